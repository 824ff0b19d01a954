package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"cdbuilder/internal/fetch"
	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/product"
	"cdbuilder/internal/repo"
	"cdbuilder/internal/repo/rpmmd"
	"cdbuilder/internal/rpm"
	"cdbuilder/internal/tool"
)

// names are the packages that exist.
type names struct {
	real map[string]bool
	set  *pkgset.Set // where names may also be virtual
}

func (n *names) add(name string) {
	if n.real == nil {
		n.real = make(map[string]bool)
	}
	n.real[name] = true
}

func (n *names) has(name string) bool {
	return n.real[name] || n.set != nil && len(n.set.Named(name))+len(n.set.Providers(name)) > 0
}

func (n *names) sorted() []string {
	list := slices.Collect(maps.Keys(n.real))
	if n.set != nil {
		list = append(list, n.set.Names()...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// addLock takes what is locked; without a lock that is nothing.
func (n *names) addLock(t *tool.Tool) error {
	lock, err := t.Lock()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for i := range lock.Package {
		n.add(lock.Package[i].Name)
	}
	return nil
}

// addRepositories takes what the repositories offer: those in directories, or
// else those of the product.
func (n *names) addRepositories(ctx context.Context, t *tool.Tool, p *product.File, trees []string) error {
	if len(trees) > 0 {
		var faults []error
		for _, dir := range trees {
			faults = append(faults, n.addTree(dir))
		}
		return errors.Join(faults...)
	}
	if p.Target.Family != "debian" {
		return &tool.Hint{
			Err:    fmt.Errorf("repositories of the family %s are read from directories only", p.Target.Family),
			Advice: "give the directory of each, which has repodata/ in it, with --repodata",
		}
	}
	const parallel = 8
	client := &fetch.Client{Dir: t.CacheDir, HTTP: fetch.NewHTTP(t.Getenv, parallel), Parallel: parallel, Now: t.Now}
	bar := t.Progress("reading package indexes", 0, tool.Bytes)
	defer bar.End()
	n.set = new(pkgset.Set)
	var faults []error
	for _, s := range p.Repository {
		src, err := repo.SourceOf(p, s, os.DirFS("/"), t.Getenv)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		packages, err := repo.Load(ctx, client, src, repo.Options{Now: t.Now(), Progress: bar.Add})
		if err != nil {
			faults = append(faults, err)
			continue
		}
		n.set.Add(packages...)
	}
	return errors.Join(faults...)
}

// addTree takes what a repository in a directory offers. It is asked for names
// alone, so that nothing is believed that a signature would have to vouch for.
func (n *names) addTree(dir string) error {
	return readData(dir, "primary", func(r io.Reader) error {
		return rpmmd.ReadPrimary(r, nil, func(p *rpm.Package) error {
			n.add(p.Name)
			return nil
		})
	})
}

// readData reads one file of the metadata of a repository in a directory.
func readData(dir, kind string, parse func(io.Reader) error) error {
	fault := func(err error) error { return fmt.Errorf("the repository in %s: %w", dir, err) }
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fault(err)
	}
	defer root.Close()
	f, err := root.Open(filepath.Join("repodata", "repomd.xml"))
	if err != nil {
		return fault(err)
	}
	defer f.Close()
	md, err := rpmmd.ReadRepomd(f, nil)
	if err != nil {
		return fault(err)
	}
	data := md.Find(kind)
	if data == nil {
		return fault(fmt.Errorf("its repomd.xml lists no %s", kind))
	}
	packed, err := root.Open(filepath.FromSlash(data.Location))
	if err != nil {
		return fault(err)
	}
	defer packed.Close()
	if err := data.Read(packed, rpmmd.Trust{Weak: true}, parse); err != nil {
		return fault(err)
	}
	return nil
}
