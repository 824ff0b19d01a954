package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"cdbuilder/internal/deb"
	"cdbuilder/internal/pgp"
	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/repo"
	"cdbuilder/internal/tool"
	"cdbuilder/isotree"
)

// place puts pool/, the signed dists/, the groups and the product's public key
// on the medium.
func (r *revisor) place(ctx context.Context, signer *pgp.Signer) error {
	return isotree.Roll(r.BuildDir, "revisor", func(layer *isotree.Layer) error {
		pool, err := r.placePool(ctx, layer)
		if err != nil {
			return err
		}
		if err := r.placeDists(layer, signer, pool); err != nil {
			return err
		}
		if err := r.placeComps(layer); err != nil {
			return err
		}
		var public bytes.Buffer
		if err := signer.PublicKey(&public); err != nil {
			return err
		}
		if err := layer.WriteFile("keys/"+r.p.Product.ID+".asc", 0o644, public.Bytes()); err != nil {
			return err
		}
		return r.keepKey(public.Bytes())
	})
}

// keepKey writes the public key for the step that builds the installer, which
// trusts what it signed. A file that is so already is left alone.
func (r *revisor) keepKey(public []byte) error {
	path := filepath.Join(r.BuildDir, isotree.KeyFile)
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, public) {
		return nil
	}
	return tool.WriteFile(path, public)
}

// checkPool holds the places that a repository gives its packages to those
// that the medium has for packages.
func checkPool(lock *pkgset.Lock) error {
	taken := make(map[string]pkgset.Locked)
	var faults []error
	for _, p := range lock.Package {
		if p.Role != "medium" {
			continue
		}
		if !strings.HasPrefix(p.Path, "pool/") || !fs.ValidPath(p.Path) {
			faults = append(faults, fmt.Errorf("package %s %s: the repository %s keeps it at %q, which is not below pool/", p.Name, p.Version, p.Repository, p.Path))
		}
		if other, twice := taken[p.Path]; twice {
			faults = append(faults, fmt.Errorf("package %s %s: the repository %s keeps it at %q, as %s keeps %s %s", p.Name, p.Version, p.Repository, p.Path, other.Repository, other.Name, other.Version))
		}
		taken[p.Path] = p
	}
	return errors.Join(faults...)
}

// placePool links the packages from the cache, and reads what each says of itself.
func (r *revisor) placePool(ctx context.Context, layer *isotree.Layer) ([]repo.Entry, error) {
	var pool []repo.Entry
	for _, p := range r.lock.Package {
		if p.Role != "medium" {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := layer.Link(p.Path, 0o644, r.Cached(p.SHA256), p.SHA256); err != nil {
			return nil, err
		}
		entry, err := r.entry(p)
		if err != nil {
			return nil, err
		}
		pool = append(pool, entry)
	}
	return pool, nil
}

// entry is a package as the medium's own index lists it.
func (r *revisor) entry(p pkgset.Locked) (repo.Entry, error) {
	fault := func(err error) (repo.Entry, error) {
		return repo.Entry{}, fmt.Errorf("package %s %s: %w", p.Name, p.Version, err)
	}
	f, err := os.Open(r.Cached(p.SHA256))
	if err != nil {
		return fault(err)
	}
	defer f.Close()
	archive, err := deb.NewReader(f)
	if err != nil {
		return fault(err)
	}
	control, err := deb.ReadParagraph(bytes.NewReader(archive.Control()))
	if err != nil {
		return fault(err)
	}
	if name, version := control.Get("Package"), control.Get("Version"); name != p.Name || version != p.Version {
		return fault(fmt.Errorf("the file %s says that it is %s %s", path.Base(p.Path), name, version))
	}
	return repo.Entry{Control: control, Filename: p.Path, Size: p.Size, SHA256: p.SHA256, Section: p.Section, Priority: p.Priority, Component: p.Component}, nil
}

// placeDists writes the medium's own repository, signed with the product's key.
func (r *revisor) placeDists(layer *isotree.Layer, signer *pgp.Signer, pool []repo.Entry) error {
	var components []string
	for _, e := range pool {
		components = append(components, e.Component)
	}
	slices.Sort(components)
	return repo.WriteDists(repo.Archive{
		Suite: r.p.Target.Suite, Codename: r.p.Target.Suite, Origin: r.p.Product.Vendor, Label: r.p.Product.Name,
		Version: r.p.Target.Version, Description: r.p.ReleaseName(), Architectures: []string{r.p.Target.Arch},
		Components: slices.Compact(components), Date: r.p.Epoch,
	}, pool, signer, func(name string, data []byte) error { return layer.WriteFile(name, 0o644, data) })
}

func (r *revisor) placeComps(layer *isotree.Layer) error {
	text, err := os.ReadFile(r.compsPath())
	if err != nil {
		if os.IsNotExist(err) {
			return nil
		}
		return err
	}
	return layer.WriteFile("comps/comps.xml", 0o644, text)
}
