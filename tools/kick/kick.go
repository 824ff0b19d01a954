// Kick renders the product's kickstarts, judges them and puts them on the
// medium; and it is the workshop for any kickstart anywhere.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"cdbuilder/internal/product"
	"cdbuilder/internal/tool"
	"cdbuilder/isotree"
	"cdbuilder/kickstart"

	"github.com/spf13/cobra"
)

func command(t *tool.Tool) *cobra.Command {
	var fix, edit bool
	cmd := &cobra.Command{
		Use:   "kick",
		Short: "Render the kickstarts onto the medium, and judge them",
		Long: "Fills the templates kickstart/*.ks with the product's values, judges each by the version of the\n" +
			"language that [target] kickstart names and by what it will do, and puts the results into ks/ on\n" +
			"the medium. Errors stop it, warnings are printed. What their %packages sections ask for is\n" +
			"written to packages.request in the build directory, so that make resolves anew only when that\n" +
			"changes. The commands below it work on any kickstart.",
		Example: "  build/bin/kick --product ../myspin\n  build/bin/kick --fix\n  build/bin/kick lint --version RHEL9 ks.cfg",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if edit {
				if err := editTemplates(cmd.Context(), t); err != nil {
					return err
				}
			}
			return work(t, fix)
		},
	}
	cmd.Flags().BoolVar(&fix, "fix", false, "mend in the templates what can be mended without guessing")
	cmd.Flags().BoolVar(&edit, "edit", false, "open the templates in $EDITOR first")
	cmd.AddCommand(lintCommand(t), explainCommand(t), migrateCommand(t), fmtCommand(t), diffCommand(t), oemdrvCommand(t), commandsCommand(t), mediumCommand(t))
	return cmd
}

func work(t *tool.Tool, fix bool) error {
	p, err := t.Product()
	if err != nil {
		return err
	}
	b, err := newBench(t, p)
	if err != nil {
		return err
	}
	found, err := b.render()
	if fix && err == nil {
		found, err = b.mend(found)
	}
	if err := b.tell(found, err); err != nil {
		return err
	}
	if err := b.write(); err != nil {
		return err
	}
	if err := b.request(); err != nil {
		return err
	}
	t.Say("%s on the medium", many(len(b.rendered), "kickstart"))
	return nil
}

// bench is where the product's kickstarts lie while they are worked on.
type bench struct {
	*tool.Tool
	p        *product.File
	syntax   kickstart.Syntax
	rendered []*kickstart.Rendered
}

func newBench(t *tool.Tool, p *product.File) (*bench, error) {
	syntax, err := kickstart.ParseSyntax(p.Target.Kickstart)
	if err != nil {
		return nil, fmt.Errorf("%s: target.kickstart: %w", p.Path, err)
	}
	return &bench{Tool: t, p: p, syntax: syntax}, nil
}

// dir is where the templates are.
func (b *bench) dir() string { return filepath.Join(b.ProductDir, "kickstart") }

// render fills all templates and judges the results. The findings stand at
// their places in the templates; the error joins what could not even be filled.
func (b *bench) render() ([]kickstart.Finding, error) {
	templates, err := kickstart.ReadTemplates(b.dir())
	if err != nil {
		return nil, err
	}
	rendered, found, err := templates.Render(kickstart.NewData(b.p, b.p.ReleaseName(), b.p.VolumeLabel()), b.syntax)
	b.rendered = rendered
	if want := b.p.Installer.Kickstart; want != "" && err == nil && !slices.ContainsFunc(rendered, func(r *kickstart.Rendered) bool { return r.Name == want }) {
		err = fmt.Errorf("%s: installer.kickstart names %q, and there is no kickstart/%s", b.p.Path, want, want)
	}
	for _, r := range rendered {
		found = append(found, b.judge(r)...)
	}
	return once(found), errors.Join(err, b.menu())
}

// menu says what is wrong with the entries that the kickstarts get in the boot menu.
func (b *bench) menu() error {
	var entries []kickstart.Entry
	for _, r := range b.rendered {
		entries = append(entries, r.Entry)
	}
	_, err := kickstart.Menu(entries, b.p.Installer.Kickstart, b.p.Product.Name)
	return err
}

// once drops repetitions: a fragment's findings come with each kickstart that
// uses it.
func once(found []kickstart.Finding) []kickstart.Finding {
	seen := make(map[string]bool)
	return slices.DeleteFunc(found, func(f kickstart.Finding) bool {
		text := f.String()
		again := seen[text]
		seen[text] = true
		return again
	})
}

// fill only fills the templates.
func (b *bench) fill() ([]*kickstart.Rendered, error) {
	templates, err := kickstart.ReadTemplates(b.dir())
	if err != nil {
		return nil, err
	}
	rendered, _, err := templates.Render(kickstart.NewData(b.p, b.p.ReleaseName(), b.p.VolumeLabel()), b.syntax)
	return rendered, err
}

// tell prints what was found; errors among it stop the run.
func (b *bench) tell(found []kickstart.Finding, err error) error {
	faults := []error{err}
	for i := range found {
		f := &found[i]
		switch f.Level {
		case kickstart.Error:
			faults = append(faults, errors.New(f.String()))
		case kickstart.Note:
		default:
			fmt.Fprintf(b.Stderr, "%s: %s\n", b.Name, f)
		}
	}
	return errors.Join(faults...)
}

func (b *bench) write() error {
	return isotree.Roll(b.BuildDir, "kick", func(layer *isotree.Layer) error {
		for _, r := range b.rendered {
			if err := layer.WriteFile("ks/"+r.Name, 0o644, r.Text); err != nil {
				return err
			}
		}
		return nil
	})
}

// request writes what the kickstarts ask for, without line numbers, and leaves
// the file alone when it says so already.
func (b *bench) request() error {
	var text bytes.Buffer
	text.WriteString("# Written by kick: what the %packages sections ask for.\n")
	for _, r := range b.rendered {
		fmt.Fprintf(&text, "\n# %s\n", r.Name)
		for _, req := range r.Requests() {
			fmt.Fprintln(&text, req)
		}
	}
	path := filepath.Join(b.BuildDir, "packages.request")
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, text.Bytes()) {
		return nil
	}
	return tool.WriteFile(path, text.Bytes())
}
