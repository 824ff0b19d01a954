package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"cdbuilder/internal/initrd"
	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/product"
)

// loan is the locked packages that lend files to the initramfs.
type loan struct {
	kernel, shell       *pkgset.Locked
	programs, libraries []*pkgset.Locked
}

// choose finds in the lock what version.toml names, and reports every name
// that is not there.
func choose(p *product.File, lock *pkgset.Lock) (*loan, error) {
	var faults []error
	find := func(key, name string) *pkgset.Locked {
		locked := lock.Named(name)
		if locked == nil {
			faults = append(faults, fmt.Errorf("%s: installer.%s names %q, which is not locked; make revisor locks it", p.Path, key, name))
		}
		return locked
	}
	l := &loan{shell: find("shell", p.Installer.Shell)}
	var err error
	if l.kernel, err = lock.Kernel(p.Installer.Kernel); err != nil {
		faults = append(faults, err)
	}
	for _, name := range p.Installer.Packages {
		l.programs = append(l.programs, find("packages", name))
	}
	l.libraries = lock.Needed(p.Installer.Packages)
	// Where a library's name does not tell its package, those that say that
	// they hold libraries are read first, the large ones last.
	slices.SortStableFunc(l.libraries, func(a, b *pkgset.Locked) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Size, b.Size))
	})
	return l, errors.Join(faults...)
}

func rank(p *pkgset.Locked) int {
	if p.Section == "libs" || p.Section == "oldlibs" {
		return 0
	}
	return 1
}

// size is what there is to read at most, bytes.
func (l *loan) size() (n int64) {
	for _, p := range slices.Concat([]*pkgset.Locked{l.kernel, l.shell}, l.programs, l.libraries) {
		n += p.Size
	}
	return n
}

// open opens the packages' files in the cache. What it gives closes those that
// were opened, and is never nil.
func (o *options) open(l *loan, opt *initrd.Options) (closeAll func(), err error) {
	var files []io.Closer
	var faults []error
	open := func(p *pkgset.Locked) initrd.Package {
		f, err := o.OpenLocked(p)
		if err != nil {
			faults = append(faults, err)
			return initrd.Package{}
		}
		files = append(files, f)
		return initrd.Package{Name: p.Name + " " + p.Version, Reader: f}
	}
	opt.Kernel, opt.Shell = []initrd.Package{open(l.kernel)}, open(l.shell)
	for _, p := range l.programs {
		opt.Programs = append(opt.Programs, open(p))
	}
	for _, p := range l.libraries {
		opt.Libraries = append(opt.Libraries, open(p))
	}
	closeAll = func() {
		for _, f := range files {
			_ = f.Close() // only read
		}
	}
	return closeAll, errors.Join(faults...)
}
