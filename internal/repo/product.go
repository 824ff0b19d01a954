package repo

import (
	"fmt"
	"io/fs"

	"cdbuilder/internal/pgp"
	"cdbuilder/internal/product"
)

// SourceOf makes a source of a repository in a product's version.toml: its
// address as Base finds it, and its keys, which are files of the product's.
func SourceOf(p *product.File, s product.Repository, hostFS fs.FS, getenv func(string) string) (Source, error) {
	src := Source{ID: s.ID, Suites: s.Suites, Components: s.Components, Arch: p.Target.Arch, Trusted: s.Trusted, Pin: s.Pin}
	var err error
	if src.Base, err = Base(s, hostFS, getenv); err != nil {
		return src, err
	}
	if len(s.Keys) == 0 {
		return src, nil
	}
	paths := make([]string, len(s.Keys))
	for i, key := range s.Keys {
		paths[i] = p.Join(key)
	}
	if src.Keys, err = pgp.ReadKeyringFiles(paths...); err != nil {
		return src, fmt.Errorf("repository %s: %w", s.ID, err)
	}
	return src, nil
}
