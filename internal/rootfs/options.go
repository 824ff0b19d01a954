package rootfs

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// Package is a binary package to install.
type Package struct {
	Name, Version, Arch string
	// File is what errors call the package's file, such as its path on the medium.
	File   string
	SHA256 string // lower-case hexadecimal digest of the file
	Size   int64  // bytes
	// Open opens the file. It is called two or three times, also by several goroutines.
	Open func() (io.ReadCloser, error)
	// Auto marks it for apt as there for others' sake: it may go when nothing needs it.
	Auto bool
}

// ID is the name, version and architecture: bash_5.2.37-2_amd64.
func (p *Package) ID() string { return p.Name + "_" + p.Version + "_" + p.Arch }

// Options says what to install and where.
type Options struct {
	// Root is an existing directory in which nothing is installed. Mount points may
	// be there; proc, sys, dev and run are the caller's, see Mount. So may files
	// that scripts of packages look at: etc/hostname above all, for mail servers.
	Root string
	// Arch is the target's architecture, such as amd64; packages are of it or "all".
	Arch string
	// Packages is the whole set, in any order. It must satisfy its own
	// dependencies and hold dpkg.
	Packages []Package
	// Chroot runs the target's programs.
	Chroot Runner
	// Log takes what dpkg and the maintainer scripts say; nil for none.
	Log io.Writer

	// ExcludeDocs leaves out documentation except copyright files.
	ExcludeDocs bool
	// Languages, when not nil, are those whose translations and manual pages
	// are kept, such as "de" or "pt_BR"; English always stays.
	Languages []string
	// Selections is input of debconf-set-selections(1): answers to the
	// questions of packages, one on a line.
	Selections []byte
	// NoInitramfs keeps kernel packages from making an initramfs, which takes
	// long, for callers who make one at the end anyway.
	NoInitramfs bool

	// Workers is how many packages are unpacked at a time; 0: as many as there
	// are processors.
	Workers int
	// Progress is told of each step, from one goroutine at a time; nil for nobody.
	Progress func(Event)
}

// Event is a piece of progress.
type Event struct {
	Step    Step
	Package string // name of the package at hand
	// Done of Total: bytes of package files while unpacking, packages while configuring.
	Done, Total int64
}

// Step is a part of the work on a package.
type Step string

// The steps, in their order.
const (
	Reading     Step = "reading"
	Unpacking   Step = "unpacking"
	Preparing   Step = "preparing" // its preinst runs
	Configuring Step = "configuring"
	Triggers    Step = "triggers"
)

// Validate reports all faults that show before anything is opened.
func (o *Options) Validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if !filepath.IsAbs(o.Root) {
		fault("root %q is not an absolute path", o.Root)
	}
	if o.Arch == "" || o.Arch == "all" || o.Arch == "any" {
		fault("architecture %q: name the target's, such as amd64", o.Arch)
	}
	if o.Chroot == nil {
		fault("nothing to run the target's programs with")
	}
	for _, l := range o.Languages {
		if l == "" || strings.Trim(l, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@.-") != "" {
			fault("%q is not the name of a language", l)
		}
	}
	named := make(map[string]string, len(o.Packages))
	for i := range o.Packages {
		p := &o.Packages[i]
		if err := p.validate(o.Arch); err != nil {
			fault("package %d, %s: %w", i+1, p.ID(), err)
		}
		if other, twice := named[p.Name]; twice {
			fault("package %s is there twice: %s and %s", p.Name, other, p.ID())
		}
		named[p.Name] = p.ID()
	}
	if named["dpkg"] == "" {
		fault("dpkg is not among the packages: nothing could configure them")
	}
	return errors.Join(faults...)
}

func (p *Package) validate(arch string) error {
	switch {
	case !plainName(p.Name):
		return fmt.Errorf("%q is not a package name (Policy §5.6.1)", p.Name)
	case p.Version == "":
		return errors.New("it has no version")
	case p.Arch != arch && p.Arch != "all":
		return fmt.Errorf("its architecture is neither %s nor all", arch)
	case len(p.SHA256) != 64 || strings.Trim(p.SHA256, "0123456789abcdef") != "":
		return fmt.Errorf("sha256 %q is not 64 lower-case hexadecimal digits", p.SHA256)
	case p.Size <= 0:
		return fmt.Errorf("size %d is not a file's size", p.Size)
	case p.Open == nil:
		return errors.New("there is nothing to open it with")
	}
	return nil
}

// plainName holds a package name to Policy §5.6.1, since it becomes part of
// file names.
func plainName(name string) bool {
	const first = "abcdefghijklmnopqrstuvwxyz0123456789"
	return len(name) >= 2 && strings.ContainsRune(first, rune(name[0])) && strings.Trim(name, first+"+-.") == ""
}
