package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cdbuilder/internal/run"
	"cdbuilder/internal/tool"
	"cdbuilder/internal/world"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
	"cdbuilder/kickstart/lint"
	"cdbuilder/kickstart/scripts"
)

// judge reads a rendered kickstart by its version and looks at it with every
// rule. Parse's own faults Render has reported.
func (b *bench) judge(r *kickstart.Rendered) []kickstart.Finding {
	tree, err := kickstart.ReadTree(r.File.Name, r.Text, b.syntax, kickstart.Dir(nothing{}, ""), kickstart.Limits{})
	recipe, found := language.Read(b.syntax, tree.All())
	found = slices.Concat(includeFaults(tree, err), tree.Findings(), scripts.Check(tree, b.shell(), scripts.Dash), merge(found, lint.Check(recipe, b.facts(tree))))
	found = lint.Silence(found, tree.Files(), otherRules(), mediumRules())
	kickstart.Sort(found)
	return r.Trace(found)
}

// includeFaults are those faults of a tree that Render could not see.
func includeFaults(tree *kickstart.Tree, err error) []kickstart.Finding {
	lines := make(map[int]bool)
	for _, inc := range tree.Includes {
		lines[inc.Line] = inc.Err != nil
	}
	return slices.DeleteFunc(kickstart.Findings(err), func(f kickstart.Finding) bool { return !lines[f.Line] })
}

// facts is what the product says of the machines.
func (b *bench) facts(tree *kickstart.Tree) lint.Facts {
	family := b.p.Target.Family
	if family == "rpm" {
		family = "fedora"
		if b.syntax.Family == "RHEL" {
			family = "rhel"
		}
	}
	return lint.Facts{
		Firmware: b.p.Boot.Firmware, Medium: true, CD: true, Family: family, Tree: tree,
	}
}

// nothing is a directory without files: a kickstart on the medium includes
// only what is there when the installer runs. Templates share fragments.
type nothing struct{}

// Open finds nothing.
func (nothing) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// mend applies the fixes to the templates until there are none left, rendering
// them anew each time.
func (b *bench) mend(found []kickstart.Finding) ([]kickstart.Finding, error) {
	for range rounds {
		byFile := make(map[string][]kickstart.Finding)
		for _, f := range found {
			if f.Fix != nil {
				byFile[f.File] = append(byFile[f.File], f)
			}
		}
		done := 0
		for _, name := range slices.Sorted(maps.Keys(byFile)) {
			n, err := b.apply(name, byFile[name])
			if err != nil {
				return found, err
			}
			done += n
		}
		if done == 0 {
			break
		}
		var err error
		if found, err = b.render(); err != nil {
			return found, err
		}
	}
	return found, nil
}

// apply mends one template and says in how many places.
func (b *bench) apply(name string, found []kickstart.Finding) (int, error) {
	src, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	out, n := lint.Apply(src, found)
	if n == 0 || bytes.Equal(out, src) {
		return 0, nil
	}
	b.Say("%s: mended in %s", name, many(n, "place"))
	return n, rewrite(name, out)
}

// editTemplates opens the templates in the person's editor.
func editTemplates(ctx context.Context, t *tool.Tool) error {
	editor := strings.Fields(firstOf(t.Env, "VISUAL", "EDITOR"))
	if len(editor) == 0 {
		return &tool.Hint{Err: errors.New("no editor is set up"), Advice: "set EDITOR, for example: make kick EDIT=1 EDITOR=nano"}
	}
	dir := filepath.Join(t.ProductDir, "kickstart")
	templates, err := kickstart.ReadTemplates(dir)
	if err != nil {
		return err
	}
	var names []string
	for _, s := range slices.Concat(templates.Kickstarts, templates.Fragments) {
		if !filepath.IsAbs(s.File) {
			s.File = "./" + s.File // never an option
		}
		names = append(names, s.File)
	}
	if len(names) == 0 {
		return fmt.Errorf("there is no kickstart to edit: %s has no *.ks", dir)
	}
	return run.Cmd(ctx, run.Spec{Argv: append(editor, names...), Env: t.Environ, Stdin: t.Stdin, Stdout: t.Stdout, Stderr: t.Stderr, Terminal: true})
}

func firstOf(env *world.Env, names ...string) string {
	for _, n := range names {
		if v := env.Getenv(n); v != "" {
			return v
		}
	}
	return ""
}
