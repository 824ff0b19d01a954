package medium

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"cdbuilder/internal/filelist"

	"golang.org/x/sync/errgroup"
)

// Deb is a package of the medium, to be looked into.
type Deb struct {
	Package string // its name
	SHA256  string // of its file, lower-case hexadecimal; the cache goes by it
	Open    func() (io.ReadCloser, error)
}

// Inventory is what the packages on the medium bring: commands, modules and
// units by the keys of package filelist, users and groups.
type Inventory struct{ *filelist.Table }

// Keys of what packages have no files for.
const (
	userKey  = "user:"
	groupKey = "group:"
)

// Units are the packages that bring a unit of systemd: ssh.service.
func (i *Inventory) Units(name string) []string { return i.Providers(filelist.Unit(unitName(name))) }

// Users are the packages that create a user.
func (i *Inventory) Users(name string) []string { return i.Providers(userKey + name) }

// Groups are the packages that create a group.
func (i *Inventory) Groups(name string) []string { return i.Providers(groupKey + name) }

// readsAs names the way in which packages are looked into. What the cache has
// of another way counts as nothing.
const readsAs = "debs-1"

// IndexDebs looks into packages. What it finds in each is kept below the cache
// directory by the package's digest, so that a package is unpacked once.
// Progress, which may be nil, counts packages. All that cannot be read are
// reported together.
func IndexDebs(ctx context.Context, debs []Deb, cache string, progress func(n int64)) (*Inventory, error) {
	tables := make([]*filelist.Table, len(debs))
	faults := make([]error, len(debs))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	done := make(chan struct{})
	counted := make(chan int64)
	go func() {
		defer close(done)
		for n := range counted {
			if progress != nil {
				progress(n)
			}
		}
	}()
	for i, d := range debs {
		group.Go(func() error {
			if faults[i] = ctx.Err(); faults[i] == nil {
				tables[i], faults[i] = d.index(cache)
			}
			counted <- 1
			return nil
		})
	}
	_ = group.Wait() // the faults are in their places
	close(counted)
	<-done
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	var all filelist.Builder
	for i, t := range tables {
		for key := range t.Keys() {
			all.Add(key, debs[i].Package)
		}
	}
	return &Inventory{all.Table()}, nil
}

// index looks into one package, or at what the cache has of it.
func (d *Deb) index(cache string) (*filelist.Table, error) {
	if len(d.SHA256) < 3 {
		return nil, fmt.Errorf("package %s: no digest is given", d.Package)
	}
	file := filepath.Join(cache, "files", readsAs, d.SHA256[:2], d.SHA256)
	if data, err := os.ReadFile(file); err == nil {
		if t, ok := filelist.Decode(data); ok {
			return t, nil
		}
	}
	r, err := d.Open()
	if err != nil {
		return nil, fmt.Errorf("looking into package %s: %w", d.Package, err)
	}
	defer r.Close()
	t, err := readDeb(r)
	if err != nil {
		return nil, fmt.Errorf("looking into package %s: %w", d.Package, err)
	}
	if err := keep(file, t.Encode()); err != nil {
		return nil, fmt.Errorf("caching what is in package %s: %w", d.Package, err)
	}
	return t, nil
}

// keep writes a file of the cache. It is not synced: hundreds are written one
// after the other, and one that a crash damages fails its checksum and counts
// as none.
func keep(file string, data []byte) error {
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".files.*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
