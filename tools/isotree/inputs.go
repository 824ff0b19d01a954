package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"

	"cdbuilder/internal/product"
	"cdbuilder/internal/tool"
	"cdbuilder/isotree"
	"cdbuilder/kickstart"

	"github.com/spf13/cobra"
)

func inputsCommand(t *tool.Tool) *cobra.Command {
	return &cobra.Command{
		Use:   "inputs",
		Short: "Note what of the kickstarts the boot menus are made of",
		Long: "Writes menus.inputs in the build directory: what the heads of the rendered kickstarts say of their\n" +
			"entries in the boot menus. A file that says so already is left alone, so that make writes the\n" +
			"menus anew only when they would be others.",
		Example: "  build/bin/isotree inputs",
		RunE:    func(*cobra.Command, []string) error { return inputs(t) },
	}
}

func inputs(t *tool.Tool) (err error) {
	p, err := t.Product()
	if err != nil {
		return err
	}
	tree, err := isotree.Open(t.BuildDir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tree.Close()) }()
	entries, err := kickstarts(tree, p)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for _, e := range entries {
		fmt.Fprintf(&b, "%s none=%t order=%d title=%q\n", e.File, e.None, e.Order, e.Title)
	}
	name := filepath.Join(t.BuildDir, "menus.inputs")
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, b.Bytes()) {
		return nil
	}
	return tool.WriteFile(name, b.Bytes())
}

// kickstarts reads what those that kick rendered say of themselves.
func kickstarts(tree *isotree.Tree, p *product.File) ([]kickstart.Entry, error) {
	files, err := tree.Step("kick")
	if err != nil {
		return nil, err
	}
	var all []kickstart.Entry
	for _, f := range files {
		if path.Dir(f.Path) != isotree.KickstartDir || path.Ext(f.Path) != ".ks" {
			continue
		}
		text, err := readAll(tree, f.Path)
		if err != nil {
			return nil, err
		}
		e, err := kickstart.ReadEntry(f.Path, text)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	want := p.Installer.Kickstart
	if want != "" && !slices.ContainsFunc(all, func(e kickstart.Entry) bool { return e.File == want }) {
		return nil, &tool.Hint{Err: fmt.Errorf("the tree has no %s/%s, which installer.kickstart names", isotree.KickstartDir, want), Advice: "make kick brings it"}
	}
	return all, nil
}

func readAll(tree *isotree.Tree, name string) (text []byte, err error) {
	f, err := tree.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.ReadAll(f)
}
