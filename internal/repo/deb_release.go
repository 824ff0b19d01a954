package repo

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"cdbuilder/internal/deb"
)

// release is what a Release file says (apt-secure(8), apt-ftparchive(1)).
type release struct {
	Origin, Label, Suite, Codename string
	Date, ValidUntil               time.Time // zero when not stated
	Architectures, Components      []string
	ByHash                         bool // Acquire-By-Hash: yes
	AllInArch                      bool // binary-amd64 lists the packages for all too
	Files                          map[string]releaseFile
	// weak: there were digests, none of them good enough.
	weak bool
}

// releaseFile is an entry of the digest lists.
type releaseFile struct {
	Size           int64 // bytes
	SHA256, SHA512 string
}

// maxIndex bounds the size of an index that we are ready to read, in bytes.
const maxIndex = 1 << 30

// parseRelease reads the text of a Release file. Errors name the line.
func parseRelease(text []byte) (*release, error) {
	p, err := deb.ReadParagraph(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	r := &release{
		Origin: p.Get("Origin"), Label: p.Get("Label"), Suite: p.Get("Suite"), Codename: p.Get("Codename"),
		Architectures: strings.Fields(p.Get("Architectures")), Components: strings.Fields(p.Get("Components")),
		ByHash: p.Get("Acquire-By-Hash") == "yes",
		Files:  make(map[string]releaseFile),
	}
	noAll := strings.Fields(p.Get("No-Support-for-Architecture-all"))
	r.AllInArch = slices.Contains(noAll, "Packages") || !slices.Contains(r.Architectures, "all")
	_, md5 := p.Lookup("MD5Sum")
	_, sha1 := p.Lookup("SHA1")
	for _, f := range p.Fields {
		switch {
		case strings.EqualFold(f.Name, "Date"):
			r.Date, err = parseDate(f)
		case strings.EqualFold(f.Name, "Valid-Until"):
			r.ValidUntil, err = parseDate(f)
		case strings.EqualFold(f.Name, "SHA256"):
			err = r.digests(f, 64)
		case strings.EqualFold(f.Name, "SHA512"):
			err = r.digests(f, 128)
		}
		if err != nil {
			return nil, err
		}
	}
	r.weak = len(r.Files) == 0 && (md5 || sha1)
	return r, nil
}

// parseDate reads a date of RFC 5322 in UTC, with or without a leading zero.
func parseDate(f deb.Field) (time.Time, error) {
	v := f.Value
	for _, zone := range []string{" UTC", " GMT", " Z"} {
		if s, ok := strings.CutSuffix(v, zone); ok {
			v = s + " +0000"
		}
	}
	t, err := time.Parse("Mon, 2 Jan 2006 15:04:05 -0700", v)
	if err != nil {
		return t, fmt.Errorf("line %d: %s: %.60q is not a date such as Sat, 12 Sep 2026 07:55:41 UTC", f.Line, f.Name, f.Value)
	}
	return t.UTC(), nil
}

// digests reads the lines " digest size path" of SHA256 or SHA512.
func (r *release) digests(f deb.Field, width int) error {
	line := f.Line
	for text := range strings.Lines(f.Value) {
		if strings.TrimSpace(text) != "" {
			if err := r.digest(text, width); err != nil {
				return fmt.Errorf("line %d: %s: %w", line, f.Name, err)
			}
		}
		line++
	}
	return nil
}

func (r *release) digest(line string, width int) error {
	part := strings.Fields(line)
	if len(part) != 3 {
		return fmt.Errorf("%.100q is not digest, size and path", strings.TrimSpace(line))
	}
	digest, name := strings.ToLower(part[0]), part[2]
	if _, err := hex.DecodeString(digest); err != nil || len(digest) != width {
		return fmt.Errorf("%.140q is not a digest of %d hexadecimal digits", part[0], width)
	}
	size, err := strconv.ParseInt(part[1], 10, 64)
	if err != nil || size < 0 {
		return fmt.Errorf("%.40q is not a size", part[1])
	}
	if !cleanPath(name) {
		return fmt.Errorf("%.100q is not a path below the suite", name)
	}
	file, known := r.Files[name]
	if known && file.Size != size {
		return fmt.Errorf("%s has the sizes %d and %d", name, file.Size, size)
	}
	file.Size = size
	old := &file.SHA256
	if width == 128 {
		old = &file.SHA512
	}
	if *old != "" && *old != digest {
		return fmt.Errorf("%s is listed twice, with different digests", name)
	}
	*old = digest
	r.Files[name] = file
	return nil
}

// check holds the Release file against what was asked for and against the clock.
func (r *release) check(suite string, trusted bool, opt *Options) error {
	switch {
	case r.weak:
		return errors.New("it has only MD5 or SHA-1 digests, which are refused as weak; SHA256 is needed")
	case len(r.Files) == 0:
		return errors.New("it lists no index with a SHA256 or SHA512 digest")
	case !r.names(suite):
		return fmt.Errorf("it is of suite %q, codename %q, where %q was asked for", r.Suite, r.Codename, suite)
	case r.Date.IsZero() && !trusted:
		return errors.New("it has no Date, so an old one could not be told from a new one")
	case r.Date.After(opt.Now.Add(24 * time.Hour)):
		return fmt.Errorf("it is dated %s, which is in the future (this machine's clock says %s)", stamp(r.Date), stamp(opt.Now))
	case !r.ValidUntil.IsZero() && !opt.IgnoreValidUntil && opt.Now.After(r.ValidUntil):
		return fmt.Errorf("it was valid until %s and has expired (this machine's clock says %s); the mirror may no longer be updated", stamp(r.ValidUntil), stamp(opt.Now))
	}
	return nil
}

// names reports whether the file is that of the suite, by either of its names.
// A codename may carry a suffix as in trixie-security; a path such as
// trixie/updates is known by its first element.
func (r *release) names(suite string) bool {
	if r.Suite == "" && r.Codename == "" {
		return true
	}
	first, _, _ := strings.Cut(suite, "/")
	for _, name := range []string{r.Suite, r.Codename} {
		if name != "" && (name == suite || name == first) {
			return true
		}
	}
	return false
}

// lists reports whether there is any file below the directory.
func (r *release) lists(dir string) bool {
	for name := range r.Files {
		if strings.HasPrefix(name, dir) {
			return true
		}
	}
	return false
}

func stamp(t time.Time) string { return t.UTC().Format(time.DateTime + " UTC") }
