package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"cdbuilder/comps"
	"cdbuilder/internal/deb"
	"cdbuilder/internal/filelist"
	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/solve"
	"cdbuilder/internal/tool"
	"cdbuilder/isotree"
	"cdbuilder/kickstart/medium"
	"cdbuilder/kickstart/scripts"
)

type tablesOf = filelist.Tables

// shelf looks into the packages of the medium, and into those that lend the
// installer its programs.
func (b *bench) shelf(ctx context.Context, lock *pkgset.Lock) (*shelf, error) {
	groups, err := comps.ReadFile(path.Join(b.ProductDir, "comps", "comps.xml"))
	if err != nil {
		return nil, err
	}
	var debs, lent []medium.Deb
	set := new(pkgset.Set)
	for i := range lock.Package {
		p := &lock.Package[i]
		d := medium.Deb{Package: p.Name, SHA256: p.SHA256, Open: func() (io.ReadCloser, error) { return b.OpenLocked(p) }}
		if p.Role == "medium" && !isKernel(p) {
			debs = append(debs, d)
		}
		if slices.Contains(b.p.Installer.Packages, p.Name) {
			lent = append(lent, d)
		}
	}
	if err := b.offers(lock, set); err != nil {
		return nil, err
	}
	bar := b.Progress("looking into packages", int64(len(debs)+len(lent)), tool.Items)
	defer bar.End()
	inside, err := medium.IndexDebs(ctx, debs, b.CacheDir, bar.Add)
	if err != nil {
		return nil, err
	}
	programs, err := medium.IndexDebs(ctx, lent, b.CacheDir, bar.Add)
	if err != nil {
		return nil, err
	}
	installer, err := b.installer(lock, programs)
	if err != nil {
		return nil, err
	}
	return &shelf{lock, groups, b.p.Target.Arch, b.p.Packages.Recommends, medium.Facts{
		Medium: set, Files: inside, Accounts: inside, Groups: groupNames{groups}, Installer: installer,
		Elsewhere: func() (medium.Elsewhere, error) { return b.elsewhere(ctx) },
		Why:       func(name string) []string { return why(lock, name) },
		Sh:        b.shell(), InstallerSh: scripts.Dash,
	}}, nil
}

// isKernel tells the packages of kernels, which are the largest of all and
// bring no command.
func isKernel(p *pkgset.Locked) bool {
	return p.Section == "kernel" && strings.HasPrefix(p.Name, "linux-image-")
}

// offers reads from the medium's own index what each package provides.
func (b *bench) offers(lock *pkgset.Lock, set *pkgset.Set) error {
	tree, err := isotree.Open(b.BuildDir)
	if err != nil {
		return err
	}
	defer tree.Close()
	var components []string
	for _, p := range lock.Package {
		if p.Role == "medium" && !slices.Contains(components, p.Component) {
			components = append(components, p.Component)
		}
	}
	for _, component := range components {
		name := fmt.Sprintf("dists/%s/%s/binary-%s/Packages", b.p.Target.Suite, component, b.p.Target.Arch)
		if err := readIndex(tree, name, set); err != nil {
			return err
		}
	}
	return nil
}

func readIndex(tree *isotree.Tree, name string, set *pkgset.Set) error {
	f, err := tree.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the medium has no %s; run make revisor", name)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	for paragraph, err := range deb.ReadParagraphs(f) {
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		provides, err := deb.ParseDeps(paragraph.Get("Provides"))
		if err != nil {
			return fmt.Errorf("%s: %s: %w", name, paragraph.Get("Package"), err)
		}
		set.Add(&pkgset.Package{
			Name: paragraph.Get("Package"), Version: paragraph.Get("Version"), Arch: paragraph.Get("Architecture"), Provides: provides,
		})
	}
	return nil
}

// installer is what scripts can call before the new system is there: busybox,
// and the programs that packages lend; nil where nobody knows.
func (b *bench) installer(lock *pkgset.Lock, programs *medium.Inventory) (medium.Environment, error) {
	var more []string
	for key := range programs.Keys() {
		if kind, name := filelist.Is(key); kind == "" && strings.HasSuffix(path.Dir(name), "bin") {
			more = append(more, path.Base(name))
		}
	}
	p := lock.Named(b.p.Installer.Shell)
	if p == nil {
		return nil, fmt.Errorf("the lock has no %s, which installer.shell names; run make revisor", b.p.Installer.Shell)
	}
	busybox, err := b.program(p, "busybox")
	if err != nil {
		return nil, err
	}
	if len(medium.Applets(busybox)) == 0 {
		return nil, nil // it doesn't tell what it can
	}
	return medium.Busybox(busybox, append(more, "sh", "modprobe")...), nil
}

// program reads a program out of a package.
func (b *bench) program(p *pkgset.Locked, name string) ([]byte, error) {
	f, err := b.OpenLocked(p)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := deb.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("package %s: %w", p.Name, err)
	}
	for file, err := range r.Files() {
		if err != nil {
			return nil, fmt.Errorf("package %s: %w", p.Name, err)
		}
		if path.Base(file.Name) == name && strings.HasSuffix(path.Dir(file.Name), "bin") && file.FileInfo().Mode().IsRegular() {
			return io.ReadAll(file.Body)
		}
	}
	return nil, fmt.Errorf("package %s has no program %s", p.Name, name)
}

// why is the chain of names by which a package came onto the medium.
func why(lock *pkgset.Lock, name string) []string {
	text, err := solve.Why(lock, name)
	if err != nil {
		return nil
	}
	var chain []string
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) > 1 && (words[0] == "needs" || words[0] == "wants") {
			words = words[1:]
		}
		if len(words) > 0 {
			chain = append(chain, words[0])
		}
	}
	return chain
}

// groupNames are the names in comps.
type groupNames struct{ *comps.Comps }

func (g groupNames) HasGroup(id string) bool       { return g.Group(id) != nil }
func (g groupNames) HasEnvironment(id string) bool { return g.Environment(id) != nil }

func (g groupNames) GroupNames() []string {
	var names []string
	for i := range g.Groups {
		names = append(names, g.Groups[i].ID)
	}
	return names
}

func (g groupNames) EnvironmentNames() []string {
	var names []string
	for i := range g.Environments {
		names = append(names, g.Environments[i].ID)
	}
	return names
}
