package rpm

import (
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"
)

// Build describes a binary package of format 4 to be written. What Package
// says of sizes and files is found out by writing; of the rest, what rpmbuild
// would add is added: what the package is, what its scriptlets run with, and
// what rpm must know to install it.
type Build struct {
	Package
	Scriptlets []Scriptlet
	Triggers   []Trigger
	Contents   []Content
	// Compressor is "zstd", "gzip" or "none"; empty means zstd.
	Compressor string
	// Signer signs with the date BuildTime; nil leaves the package unsigned.
	Signer Signer

	newcLimit int64 // instead of maxNewc, in tests
}

// Signer makes armoured detached signatures: a pgp.Signer.
type Signer interface {
	Detached(w io.Writer, msg io.Reader, at time.Time) error
}

// Content is a file to pack.
type Content struct {
	Path    string // absolute and clean
	Mode    uint32 // type and permissions of stat(2): 0o100644, 0o040755, 0o120777
	Size    int64  // bytes of a regular file
	ModTime int64  // seconds since 1970
	User    string // "root" when empty
	Group   string // "root" when empty
	LinkTo  string // target of a symbolic link
	RDev    uint32 // numbers of a device: major<<8 | minor
	Flags   FileFlags
	Caps    string // as cap_to_text(3) writes them
	// Open gives the content of a regular file; not asked of a ghost, nor of an
	// empty one.
	Open func() (io.ReadCloser, error)
}

// Bytes is the Open of a content in memory.
func Bytes(data string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(data)), nil }
}

const modeChar, modeBlock, modeFifo = 0o020000, 0o060000, 0o010000

// Validate reports all that stands in the way of writing the package.
func (b *Build) Validate() error {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("package %q: "+format, append([]any{b.Name}, args...)...))
	}
	for _, part := range []struct{ what, text string }{
		{"name", b.Name}, {"version", b.EVR.Version}, {"release", b.EVR.Release}, {"architecture", b.Arch},
	} {
		if part.text == "" || strings.ContainsAny(part.text, " \t\n/\x00") || strings.Contains(part.text, "-") && part.what != "name" {
			fault("the %s %q cannot be one", part.what, part.text)
		}
	}
	if strings.Trim(b.EVR.Epoch, "0123456789") != "" || len(b.EVR.Epoch) > 9 {
		fault("the epoch %q is no number", b.EVR.Epoch)
	}
	if b.Summary == "" || b.License == "" {
		fault("summary and license must be given: rpm prints them, createrepo_c asks for them")
	}
	if b.BuildTime < 0 || b.BuildTime > 1<<32-1 {
		fault("the build time %d does not fit the format", b.BuildTime)
	}
	switch b.Compressor {
	case "", "zstd", "gzip", "none":
	default:
		fault("the compressor %q is not written; zstd, gzip and none are", b.Compressor)
	}
	for _, s := range b.Scriptlets {
		if !slices.ContainsFunc(scriptlets, func(t scriptTags) bool { return t.phase == s.Phase }) {
			fault("there is no scriptlet %%%s", s.Phase)
		}
	}
	for i := range b.Triggers {
		if b.Triggers[i].Phase() == "" {
			fault("trigger %d does not say when it runs: set a SenseTrigger flag in what it is on", i+1)
		}
	}
	seen := make(map[string]bool)
	for i := range b.Contents {
		if err := b.Contents[i].check(); err != nil {
			fault("%s: %w", b.Contents[i].Path, err)
		}
		if seen[b.Contents[i].Path] {
			fault("%s: twice in it", b.Contents[i].Path)
		}
		seen[b.Contents[i].Path] = true
	}
	return errors.Join(faults...)
}

func (c *Content) check() error {
	if !path.IsAbs(c.Path) || path.Clean(c.Path) != c.Path || c.Path == "/" || strings.Contains(c.Path, "\x00") {
		return errors.New("not an absolute, clean path")
	}
	if c.ModTime < 0 || c.ModTime > 1<<32-1 {
		return fmt.Errorf("the time %d does not fit the format", c.ModTime)
	}
	switch c.Mode & modeType {
	case modeRegular:
		if c.Size < 0 || c.Size > 0 && c.Open == nil && c.Flags&FileGhost == 0 {
			return fmt.Errorf("%d bytes and nothing to read them from", c.Size)
		}
		return nil
	case modeSymlink:
		if c.LinkTo == "" || len(c.LinkTo) > 4095 {
			return errors.New("a symbolic link without a target, or with one over 4095 bytes")
		}
	case modeDir, modeChar, modeBlock, modeFifo:
	default:
		return fmt.Errorf("mode %o is of no type that can be packed", c.Mode)
	}
	if c.Size != 0 {
		return errors.New("only regular files have a size")
	}
	return nil
}

// regular reports whether there is content in the payload.
func (c *Content) regular() bool { return c.Mode&modeType == modeRegular }

// length is the size that the header states.
func (c *Content) length() int64 {
	if c.Mode&modeType == modeSymlink {
		return int64(len(c.LinkTo))
	}
	return c.Size
}
