package releases

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Signer makes a detached, armoured OpenPGP signature.
type Signer interface {
	Detached(w io.Writer, msg io.Reader, at time.Time) error
}

// StoreOptions is what Store needs to know.
type StoreOptions struct {
	Dir       string    // the release: releases/<name>
	Mirror    string    // the directory to publish to; it must exist
	Signer    Signer    // signs SHA256SUMS
	Demo      bool      // the signer's key is published: refuse
	PublicKey []byte    // the signer's public key, armoured; goes beside the signature
	At        time.Time // the signature's time, and the time stamp of every published file
	Keep      int       // releases of the product that stay in the mirror; 0: all
	DryRun    bool      // say what would be done, and do nothing
	// Progress is called with the bytes done since its last call: each byte of
	// the release twice, when it is copied and when the copy is read back; once
	// when it was published already.
	Progress func(n int64)

	// fault is called before every step that changes the mirror; tests fail or
	// die in it.
	fault func(step string) error
}

// Validate reports everything that is missing.
func (o *StoreOptions) Validate() error {
	var errs []error
	add := func(wrong bool, text string) {
		if wrong {
			errs = append(errs, errors.New(text))
		}
	}
	add(o.Dir == "", "no release is named")
	add(!nameForm.MatchString(o.name()), fmt.Sprintf("%q is not the name of a release", o.name()))
	add(o.Mirror == "", `there is no directory to publish to; write [mirror] directory in version.toml, or give MIRROR_DIR=…`)
	add(o.Signer == nil && !o.Demo, "there is no key to sign with; write [signing] key in version.toml")
	add(o.At.IsZero(), "the time of the signature is not set")
	add(o.Keep < 0, "the number of releases to keep is negative")
	return errors.Join(errs...)
}

func (o *StoreOptions) name() string { return filepath.Base(filepath.Clean(o.Dir)) }

// Report says what Store did or, after a dry run, would do.
type Report struct {
	Name      string   `json:"name"`
	Path      string   `json:"path"`      // where the release stands in the mirror
	Files     []Sum    `json:"files"`     // what SHA256SUMS lists
	Published bool     `json:"published"` // false: the same release was there already
	Latest    string   `json:"latest"`    // the release that the link "latest" names
	Removed   []string `json:"removed"`   // old releases that went
	// Spared are old releases that Keep would remove but which hold foreign
	// files, with the reason.
	Spared []string `json:"spared"`
}

// ErrDemoKey refuses to publish what the demo key signed.
var ErrDemoKey = errors.New("the demo key's secret half is public, so that its signature proves nothing: " +
	"make a key of your own, name it in version.toml under [signing] key, and leave out demo = true " +
	"(docs/publishing.md shows each step)")

// Store publishes a release to a mirror directory, so that a reader of the
// mirror sees the whole of it or nothing.
//
// Everything is copied into a hidden directory beside the place where it shall
// stand, synced, read back and held to its digests; then one rename shows it,
// and a second one moves the link "latest", which names the newest release of
// the product. A run that is stopped at any point leaves at most that hidden
// directory, which the next run continues. A release that is there already with
// the same content is left alone; with another content it is a *ConflictError.
// Old releases beyond Keep go last, each hidden by a rename before its files go.
func Store(ctx context.Context, o StoreOptions) (*Report, error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("publishing %s: %w", o.name(), err)
	}
	if o.Demo {
		return nil, fmt.Errorf("publishing %s: %w", o.name(), ErrDemoKey)
	}
	s, err := open(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("publishing %s: %w", o.name(), err)
	}
	defer s.close()
	report, err := s.run()
	if err != nil {
		return report, fmt.Errorf("publishing %s to %s: %w", o.name(), o.Mirror, err)
	}
	return report, nil
}

// store is one run of Store.
type store struct {
	StoreOptions
	ctx    context.Context
	source *os.Root
	mirror *os.Root
	unlock func()
	rel    *release
}

func open(ctx context.Context, o StoreOptions) (s *store, err error) {
	s = &store{StoreOptions: o, ctx: ctx, unlock: func() {}}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.source, err = os.OpenRoot(o.Dir); err != nil {
		return s, fmt.Errorf("%w; make iso builds it", err)
	}
	if s.rel, err = readRelease(s.source, o.name()); err != nil {
		return s, fmt.Errorf("the release in %s is not whole:\n%w\n"+
			"remove from it what is not its own, or build it again with make iso", o.Dir, err)
	}
	if s.mirror, err = os.OpenRoot(o.Mirror); errors.Is(err, os.ErrNotExist) {
		return s, fmt.Errorf("%w; create it, or mount what should be there", err)
	}
	if err == nil {
		err = s.apart()
	}
	return s, err
}

// apart refuses the directory that releases are built in as a mirror.
func (s *store) apart() error {
	from, err := s.source.Stat(".")
	if err != nil {
		return err
	}
	to, err := s.mirror.Stat(s.rel.name)
	if err == nil && os.SameFile(from, to) {
		return fmt.Errorf("%s is where releases are built; name another directory to publish to", s.Mirror)
	}
	return nil
}

func (s *store) close() {
	s.unlock()
	for _, root := range []*os.Root{s.source, s.mirror} {
		if root != nil {
			_ = root.Close() // nothing was written through it
		}
	}
}

func (s *store) run() (*Report, error) {
	if !s.DryRun {
		if err := s.lock(); err != nil {
			return nil, err
		}
	}
	there, err := s.there()
	if err != nil {
		return nil, err
	}
	report := &Report{Name: s.rel.name, Path: filepath.Join(s.Mirror, s.rel.name), Files: s.rel.sums, Published: !there}
	shelf, err := s.readShelf()
	if err != nil {
		return nil, err
	}
	report.Latest = shelf.newest()
	report.Removed, report.Spared = shelf.old(s.Keep, s.rel.name)
	if s.DryRun {
		return report, nil
	}
	if err := s.sweep(); err != nil {
		return nil, err
	}
	if !there {
		if err := s.publish(); err != nil {
			return nil, err
		}
	}
	if err := s.point(report.Latest); err != nil {
		return report, fmt.Errorf("the release is published, but the link %q could not be moved: %w", latest, err)
	}
	if err := s.remove(report.Removed); err != nil {
		return report, fmt.Errorf("the release is published, but an old one could not be removed: %w", err)
	}
	return report, nil
}

// step gives tests their place to fail in, and stops where the caller wants it.
func (s *store) step(format string, args ...any) error {
	if s.fault != nil {
		if err := s.fault(fmt.Sprintf(format, args...)); err != nil {
			return err
		}
	}
	return s.ctx.Err()
}

// seals makes the two files that a published release has beyond its own.
func (s *store) seals() (map[string][]byte, error) {
	var signature bytes.Buffer
	if err := s.Signer.Detached(&signature, bytes.NewReader(s.rel.list), s.At); err != nil {
		return nil, fmt.Errorf("signing %s: %w", SumsFile, err)
	}
	seals := map[string][]byte{SignatureFile: signature.Bytes(), SumsFile: s.rel.list}
	if len(s.PublicKey) > 0 {
		seals[KeyFile] = s.PublicKey
	}
	return seals, nil
}

// temporary is the hidden directory in which a release is made ready.
func temporary(name string) string { return newPrefix + name }

// Hidden names in the mirror. All but the lock are swept at the next run.
const (
	latest     = "latest"
	lockFile   = ".store.lock"
	newLatest  = ".store-latest"
	newPrefix  = ".store-new-"
	gonePrefix = ".store-gone-"
)

// sweep removes what interrupted runs have left, but keeps the copies that this
// run can go on with.
func (s *store) sweep() error {
	names, err := s.names()
	if err != nil {
		return err
	}
	for _, name := range names {
		left := name == newLatest || strings.HasPrefix(name, gonePrefix) ||
			strings.HasPrefix(name, newPrefix) && name != temporary(s.rel.name)
		if !left {
			continue
		}
		if err := s.step("sweep %s", name); err != nil {
			return err
		}
		if err := s.mirror.RemoveAll(name); err != nil {
			return err
		}
	}
	return nil
}

// names lists the mirror's top directory.
func (s *store) names() ([]string, error) {
	dir, err := s.mirror.Open(".")
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }()
	return dir.Readdirnames(-1)
}

// syncDir makes names in a directory of the mirror last over a power cut.
func (s *store) syncDir(name string) error {
	dir, err := s.mirror.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
