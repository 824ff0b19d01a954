// Readme renders the README of the medium and brings the product's static files.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"cdbuilder/internal/tool"
	"cdbuilder/isotree"
	"cdbuilder/kickstart"

	"github.com/spf13/cobra"
)

func command(t *tool.Tool) *cobra.Command {
	return &cobra.Command{
		Use:   "readme",
		Short: "Render README and put static files onto the medium",
		Long: "Fills the template isotree/README.in with the product's values and puts it on the medium as\n" +
			"README; copies what stands in isotree/files/ to the medium's root as it is.",
		Example: "  build/bin/readme --product ../myspin",
		RunE:    func(*cobra.Command, []string) error { return run(t) },
	}
}

func run(t *tool.Tool) error {
	p, err := t.Product()
	if err != nil {
		return err
	}
	tree, err := isotree.Open(t.BuildDir)
	if err != nil {
		return err
	}
	defer tree.Close()
	layer, err := tree.Begin("readme")
	if err != nil {
		return err
	}
	defer layer.Abort()

	source := filepath.Join(t.ProductDir, "isotree", "README.in")
	switch text, err := os.ReadFile(source); {
	case err == nil:
		out, err := kickstart.Expand(source, string(text), kickstart.NewData(p, p.ReleaseName(), p.VolumeLabel()))
		if err != nil {
			return err
		}
		if err := layer.WriteFile("README", 0o644, out); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	n, err := static(layer, filepath.Join(t.ProductDir, "isotree", "files"))
	if err != nil {
		return err
	}
	if err := layer.Commit(); err != nil {
		return err
	}
	t.Say("README and %d static files on the medium", n)
	return nil
}

// static copies a directory's regular files onto the medium. A link is refused:
// it could lead out of the product's directory.
func static(layer *isotree.Layer, dir string) (n int, err error) {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer root.Close()
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if !d.Type().IsRegular() {
			return fmt.Errorf("%s: only regular files can go onto the medium; put a copy there instead", filepath.Join(dir, name))
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		data, err := root.ReadFile(name)
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if info.Mode()&0o111 != 0 {
			mode = 0o755
		}
		n++
		return layer.WriteFile(name, mode, data)
	})
	return n, err
}
