// Kick renders the product's kickstarts and puts them on the medium.
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
	return &cobra.Command{
		Use:   "kick",
		Short: "Render the kickstarts onto the medium",
		Long: "Fills the templates kickstart/*.ks with the product's values, takes each apart, and puts\n" +
			"the results into ks/ on the medium. What their %packages sections ask for is written to\n" +
			"packages.request in the build directory, so that make resolves anew only when that changes.",
		Example: "  build/bin/kick --product ../myspin",
		RunE:    func(*cobra.Command, []string) error { return run(t) },
	}
}

func run(t *tool.Tool) error {
	p, err := t.Product()
	if err != nil {
		return err
	}
	sources, err := filepath.Glob(filepath.Join(t.ProductDir, "kickstart", "*.ks"))
	if err != nil {
		return err
	}
	rendered, err := render(p, sources)
	if err != nil {
		return err
	}
	if err := write(t, rendered); err != nil {
		return err
	}
	if err := request(t, rendered); err != nil {
		return err
	}
	t.Say("%d kickstarts on the medium", len(rendered))
	return nil
}

// one is a rendered kickstart.
type one struct {
	name string
	text []byte
	file *kickstart.File
}

// render fills and parses all kickstarts, and reports the faults of all.
func render(p *product.File, sources []string) ([]one, error) {
	syntax, err := kickstart.ParseSyntax(p.Target.Kickstart)
	if err != nil {
		return nil, fmt.Errorf("%s: target.kickstart: %w", p.Path, err)
	}
	data := kickstart.NewData(p, p.ReleaseName(), p.VolumeLabel())
	var out []one
	var faults []error
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			return nil, err
		}
		result, file, err := kickstart.Render(source, string(text), data, syntax)
		faults = append(faults, err)
		out = append(out, one{filepath.Base(source), result, file})
	}
	if want := p.Installer.Kickstart; want != "" && !slices.ContainsFunc(out, func(o one) bool { return o.name == want }) {
		faults = append(faults, fmt.Errorf("%s: installer.kickstart names %q, and there is no kickstart/%s", p.Path, want, want))
	}
	return out, errors.Join(faults...)
}

func write(t *tool.Tool, rendered []one) error {
	return isotree.Roll(t.BuildDir, "kick", func(layer *isotree.Layer) error {
		for _, o := range rendered {
			if err := layer.WriteFile("ks/"+o.name, 0o644, o.text); err != nil {
				return err
			}
		}
		return nil
	})
}

// request writes what the kickstarts ask for, without line numbers, and leaves
// the file alone when it says so already.
func request(t *tool.Tool, rendered []one) error {
	var b bytes.Buffer
	b.WriteString("# Written by kick: what the %packages sections ask for.\n")
	for _, o := range rendered {
		fmt.Fprintf(&b, "\n# %s\n", o.name)
		for _, r := range kickstart.Requests(o.file) {
			fmt.Fprintln(&b, r)
		}
	}
	path := filepath.Join(t.BuildDir, "packages.request")
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, b.Bytes()) {
		return nil
	}
	return tool.WriteFile(path, b.Bytes())
}
