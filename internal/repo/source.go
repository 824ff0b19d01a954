package repo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"
	"time"

	"cdbuilder/internal/fetch"
	"cdbuilder/internal/pgp"
)

// Source is one repository.
type Source struct {
	ID         string   // its id in version.toml; stands in errors and in each package
	Base       string   // URL below which dists/ and pool/ stand
	Suites     []string // trixie, trixie-updates
	Components []string // main, contrib
	Arch       string   // amd64; packages for all architectures come along
	Keys       *pgp.Keyring
	Trusted    bool // take it unsigned
	Pin        int  // given to each package
}

// Options steer how a source is read.
type Options struct {
	// Now is the real clock's time: expiry is judged by it, so it must not be
	// the build's epoch.
	Now time.Time
	// IgnoreValidUntil accepts a Release file past its Valid-Until, as an old
	// snapshot has it.
	IgnoreValidUntil bool
	// Progress is told the bytes of the indexes as they arrive; may be nil.
	Progress func(n int64)
}

// Validate reports all that is wrong with a source.
func (s *Source) Validate() error {
	var faults []error
	add := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if s.ID == "" {
		add("it has no id")
	}
	if u, err := url.Parse(s.Base); err != nil || u.Scheme == "" {
		add("%q is not a URL", Redact(s.Base))
	}
	if len(s.Suites) == 0 {
		add("it names no suite")
	}
	for _, suite := range s.Suites {
		if !cleanPath(suite) {
			add("suite %q is not a path below dists/; flat repositories, whose suite ends in a slash, are not read", suite)
		}
	}
	if len(s.Components) == 0 {
		add("it names no component")
	}
	for _, c := range s.Components {
		if !cleanPath(c) {
			add("component %q is not a path below its suite", c)
		}
	}
	if s.Arch == "" {
		add("it names no architecture")
	}
	if s.Keys.Len() == 0 && !s.Trusted {
		add("no keys to verify it with; name them in keys = […], or set trusted = true to take it unsigned")
	}
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("repository %s: %w", s.ID, err)
	}
	return nil
}

// cleanPath reports whether p is a relative path of plain elements, which can
// lead neither out of a directory nor to another server.
func cleanPath(p string) bool {
	if p == "" || p != path.Clean(p) || p[0] == '/' || p == "." || p == ".." || strings.HasPrefix(p, "../") {
		return false
	}
	for _, r := range p {
		if r < ' ' || r == 0x7f || r == '\\' || r == 0xfffd {
			return false
		}
	}
	return true
}

// URL joins a base URL and a path below it as indexes state it.
func URL(base, p string) string {
	escaped := (&url.URL{Path: p}).EscapedPath()
	return strings.TrimRight(base, "/") + "/" + escaped
}

// Redact hides the password that a mirror's address may hold, also in one that
// is no URL.
func Redact(base string) string {
	if u, err := url.Parse(base); err == nil {
		return u.Redacted()
	}
	scheme, rest, ok := strings.Cut(base, "://")
	user, host, found := strings.Cut(rest, "@")
	if !ok || !found {
		return base
	}
	user, _, _ = strings.Cut(user, ":")
	return scheme + "://" + user + ":xxxxx@" + host
}

// reader is one source being read.
type reader struct {
	*Source
	Options
	ctx   context.Context
	fetch *fetch.Client
}

// fault puts a file of the repository before what is wrong with it.
func (r *reader) fault(file string, err error) error {
	return fmt.Errorf("repository %s: %s: %w", r.ID, file, err)
}
