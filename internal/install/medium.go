package install

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"cdbuilder/comps"
	"cdbuilder/internal/fetch"
	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/repo"
)

// archive reads the packages that the medium's own repository lists, held to
// the product's key.
func (in *installation) archive(ctx context.Context) (*pkgset.Set, error) {
	m := &in.Medium
	if m.Keys == nil || m.Keys.Len() == 0 {
		return nil, errors.New("this installer holds no key, so nothing can be said of who made the medium's packages")
	}
	components, err := m.components(in.path(m.Dir))
	if err != nil {
		return nil, err
	}
	cache, err := os.MkdirTemp(in.path("/tmp"), "packages-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(cache) }() // in memory, and gone with it
	// The clock of a machine may be years behind. What was signed when the
	// medium was built is not from the future.
	now := in.Now()
	if built := m.Built.Add(48 * time.Hour); now.Before(built) {
		now = built
	}
	packages, err := repo.Load(ctx, &fetch.Client{Dir: cache}, repo.Source{
		ID: "medium", Base: (&url.URL{Scheme: "file", Path: filepath.ToSlash(in.path(m.Dir))}).String(), Suites: []string{m.Suite}, Components: components, Arch: m.Arch, Keys: m.Keys,
	}, repo.Options{Now: now, IgnoreValidUntil: true})
	if err != nil {
		return nil, err
	}
	set := &pkgset.Set{}
	set.Add(packages...)
	return set, nil
}

// components are the directories of the medium's suite.
func (m *Medium) components(dir string) ([]string, error) {
	suite := path.Join("dists", m.Suite)
	if m.Suite == "" || !fs.ValidPath(suite) || strings.Contains(m.Suite, "/") {
		return nil, fmt.Errorf("the medium says that its suite is %q, which names none", m.Suite)
	}
	entries, err := fs.ReadDir(os.DirFS(dir), suite)
	if err != nil {
		return nil, fmt.Errorf("the medium has no packages for %s: %w", m.Suite, err)
	}
	var all []string
	for _, e := range entries {
		if e.IsDir() {
			all = append(all, e.Name())
		}
	}
	slices.Sort(all)
	if len(all) == 0 {
		return nil, fmt.Errorf("the medium has no packages for %s: %s holds no component", m.Suite, suite)
	}
	return all, nil
}

// groups reads the medium's comps.xml; a medium may have none.
func (in *installation) groups() (*comps.Comps, error) {
	return comps.ReadFile(filepath.Join(in.path(in.Medium.Dir), "comps", "comps.xml"))
}
