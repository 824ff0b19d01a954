package pkgset

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Lock is the outcome of resolving: every package of the medium with the
// digest of its file and the reason it is there. With a lock and the package
// files an old release is built again bit for bit.
type Lock struct {
	Format  int      `toml:"format"`  // 1
	Request string   `toml:"request"` // SHA-256 of what was asked and of whom
	Asked   []string `toml:"asked"`   // names and groups as the kickstarts ask for them
	Arch    string   `toml:"arch"`
	Package []Locked `toml:"package"` // sorted by name, version, architecture
}

// Locked is one package of a lock.
type Locked struct {
	Name       string `toml:"name"`
	Version    string `toml:"version"`
	Arch       string `toml:"arch"`
	Size       int64  `toml:"size"` // bytes
	SHA256     string `toml:"sha256"`
	Path       string `toml:"path"`
	Repository string `toml:"repository"`
	Suite      string `toml:"suite"`
	Component  string `toml:"component"`
	Source     string `toml:"source,omitempty"`
	Section    string `toml:"section,omitempty"`
	Priority   string `toml:"priority,omitempty"`
	// Role is "medium" for a package in the medium's pool, "boot" for one that
	// only lends files to the boot loader or to stage2.
	Role string `toml:"role"`
	// Why names the reason it is here: "asked for by @core", "depends: bash".
	Why string `toml:"why"`
	// Needs lists the locked packages that satisfy its Depends and Pre-Depends,
	// Wants those that satisfy its Recommends.
	Needs []string `toml:"needs,omitempty"`
	Wants []string `toml:"wants,omitempty"`
}

// LockFormat is the format number this code writes and reads.
const LockFormat = 1

// Sort puts the packages into the lock's order.
func (l *Lock) Sort() {
	slices.SortFunc(l.Package, func(a, b Locked) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		if c := strings.Compare(a.Version, b.Version); c != 0 {
			return c
		}
		return strings.Compare(a.Arch, b.Arch)
	})
}

// Named returns the locked package of that name, or nil.
func (l *Lock) Named(name string) *Locked {
	for i := range l.Package {
		if l.Package[i].Name == name {
			return &l.Package[i]
		}
	}
	return nil
}

// Encode writes the lock as TOML.
func (l *Lock) Encode(w io.Writer) error {
	l.Sort()
	var b bytes.Buffer
	b.WriteString("# Written by revisor. Keep it with the release: it rebuilds this very medium.\n")
	enc := toml.NewEncoder(&b)
	enc.Indent = ""
	if err := enc.Encode(l); err != nil {
		return fmt.Errorf("encoding the lock: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// DecodeLock reads a lock; name stands in its errors.
func DecodeLock(r io.Reader, name string) (*Lock, error) {
	var l Lock
	md, err := toml.NewDecoder(r).Decode(&l)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var faults []error
	for _, k := range md.Undecoded() {
		faults = append(faults, fmt.Errorf("%s: unknown key %q; delete the file and run make revisor", name, k))
	}
	if l.Format != LockFormat {
		faults = append(faults, fmt.Errorf("%s: format %d, this cd-builder reads format %d; delete the file and run make revisor", name, l.Format, LockFormat))
	}
	for i := range l.Package {
		if err := l.Package[i].check(); err != nil {
			faults = append(faults, fmt.Errorf("%s: package %d: %w", name, i+1, err))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return &l, nil
}

func (p *Locked) check() error {
	switch {
	case p.Name == "" || p.Version == "" || p.Arch == "":
		return errors.New("name, version and arch must be given")
	case len(p.SHA256) != 64 || strings.Trim(p.SHA256, "0123456789abcdef") != "":
		return fmt.Errorf("%s: sha256 %q is not 64 lower-case hexadecimal digits", p.Name, p.SHA256)
	case p.Size <= 0:
		return fmt.Errorf("%s: size %d is not a file's size", p.Name, p.Size)
	case p.Role != "medium" && p.Role != "boot":
		return fmt.Errorf("%s: role %q is neither \"medium\" nor \"boot\"", p.Name, p.Role)
	}
	return nil
}

// Kernel returns the package that holds the kernel itself: the one named, or,
// where that is a metapackage such as linux-image-amd64, the linux-image
// package that it needs.
func (l *Lock) Kernel(name string) (*Locked, error) {
	p := l.Named(name)
	if p == nil {
		return nil, fmt.Errorf("the kernel package %q is not locked; name it in installer.kernel", name)
	}
	for _, need := range p.Needs {
		if strings.HasPrefix(need, "linux-image-") {
			if k := l.Named(need); k != nil {
				return k, nil
			}
		}
	}
	return p, nil
}

// Needed lists the locked packages that the named ones depend on, directly or
// not, without the named ones themselves: nearer ones first, those at the same
// distance in the order of their names.
func (l *Lock) Needed(names []string) []*Locked {
	seen := make(map[string]bool)
	for _, name := range names {
		seen[name] = true
	}
	var out []*Locked
	for level := names; len(level) > 0; {
		var next []string
		for _, name := range level {
			p := l.Named(name)
			if p == nil {
				continue
			}
			for _, need := range p.Needs {
				if !seen[need] {
					seen[need] = true
					next = append(next, need)
				}
			}
		}
		slices.Sort(next)
		for _, name := range next {
			if p := l.Named(name); p != nil {
				out = append(out, p)
			}
		}
		level = next
	}
	return out
}

// Medium counts the packages in the medium's pool.
func (l *Lock) Medium() (n int) {
	for i := range l.Package {
		if l.Package[i].Role == "medium" {
			n++
		}
	}
	return n
}
