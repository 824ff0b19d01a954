package main

import (
	"context"
	"errors"
	"os"
	"slices"

	"cdbuilder/comps"
	"cdbuilder/internal/fetch"
	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/repo"
	"cdbuilder/internal/tool"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
	"cdbuilder/kickstart/lint"
	"cdbuilder/kickstart/medium"
	"cdbuilder/kickstart/scripts"

	"github.com/spf13/cobra"
)

func mediumCommand(t *tool.Tool) *cobra.Command {
	return &cobra.Command{
		Use:   "medium",
		Short: "Hold the product's kickstarts against the packages on the medium",
		Long: "Says which commands, Perl and Python modules and services the kickstarts use that no package\n" +
			"to be installed brings, and which package would: on the medium, in a repository, or nowhere.\n" +
			"make iso does it once the packages are there. Errors stop it.",
		Example: "  build/bin/kick medium",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return checkMedium(cmd.Context(), t) },
	}
}

func checkMedium(ctx context.Context, t *tool.Tool) error {
	p, err := t.Product()
	if err != nil {
		return err
	}
	lock, err := t.Lock()
	if err != nil {
		return err
	}
	b, err := newBench(t, p)
	if err != nil {
		return err
	}
	if b.rendered, err = b.fill(); err != nil {
		return err
	}
	shelf, err := b.shelf(ctx, lock)
	if err != nil {
		return err
	}
	var found []kickstart.Finding
	for _, r := range b.rendered {
		more, err := b.against(r, shelf)
		if err != nil {
			return err
		}
		found = append(found, more...)
	}
	if err := b.tell(once(found), nil); err != nil {
		return err
	}
	t.Say("%s: what they call and name is on the medium", many(len(b.rendered), "kickstart"))
	return nil
}

// against holds one kickstart against the medium.
func (b *bench) against(r *kickstart.Rendered, s *shelf) ([]kickstart.Finding, error) {
	tree, _ := kickstart.ReadTree(r.File.Name, r.Text, b.syntax, kickstart.Dir(nothing{}, ""), kickstart.Limits{})
	recipe, _ := language.Read(b.syntax, tree.All())
	facts := s.facts
	var err error
	if facts.Install, err = s.installed(tree.Requests(), b.p.Packages.Extra); err != nil {
		return nil, err
	}
	found, err := medium.Check(recipe, tree, facts)
	if err != nil {
		b.Warn("the repositories cannot be asked: %v", err)
	}
	idle := otherRules()
	for _, rule := range lint.Rules() {
		idle = append(idle, rule.ID)
	}
	found = lint.Silence(found, tree.Files(), mediumRules(), idle)
	return r.Trace(found), nil
}

// shelf is what is on the medium.
type shelf struct {
	lock       *pkgset.Lock
	groups     *comps.Comps
	arch       string
	recommends bool
	facts      medium.Facts
}

// installed are the packages that a kickstart installs, by its lock; nil where
// the lock doesn't tell, because something that is asked for is the name of no
// package.
func (s *shelf) installed(requests []kickstart.Request, extra []string) (map[string]*pkgset.Package, error) {
	chosen, err := s.groups.Select(requests, s.arch)
	if err != nil {
		return nil, err
	}
	roots := slices.Clone(extra)
	for _, c := range chosen.Packages {
		roots = append(roots, c.Name)
	}
	for _, name := range roots {
		if s.lock.Named(name) == nil {
			return nil, nil
		}
	}
	for _, p := range s.lock.Package {
		if p.Role == "medium" && p.Priority == "required" {
			roots = append(roots, p.Name)
		}
	}
	there := s.lock.Closure(roots, s.recommends)
	for _, c := range chosen.Conditional {
		if there[c.Requires] != nil {
			there = s.lock.Closure(append(roots, c.Name), s.recommends)
		}
	}
	install := make(map[string]*pkgset.Package, len(there))
	for name, p := range there {
		install[name] = p.Package()
	}
	return install, nil
}

// elsewhere reads what files the packages in the repositories have, which is
// only asked where something isn't on the medium.
func (b *bench) elsewhere(ctx context.Context) (medium.Elsewhere, error) {
	const parallel = 4
	client := &fetch.Client{Dir: b.CacheDir, HTTP: fetch.NewHTTP(b.Getenv, parallel), Parallel: parallel, Now: b.Now}
	bar := b.Progress("reading the repositories' lists of files", 0, tool.Bytes)
	defer bar.End()
	var all medium.Elsewhere
	var tables tablesOf
	var faults []error
	for _, s := range b.p.Repository {
		src, err := repo.SourceOf(b.p, s, os.DirFS("/"), b.Getenv)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		contents, err := repo.LoadContents(ctx, client, src, repo.Options{Now: b.Now(), Progress: bar.Add})
		if err != nil {
			faults = append(faults, err)
			continue
		}
		tables = append(tables, contents.Tables...)
		all.Silent = append(all.Silent, contents.Silent...)
	}
	all.Files = tables
	return all, errors.Join(faults...)
}

// shell is what /bin/sh is in the installed system.
func (b *bench) shell() scripts.Dialect {
	if b.p.Target.Family == "debian" {
		return scripts.Dash
	}
	return scripts.Bash
}
