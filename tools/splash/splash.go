// Splash draws the pictures that stand behind the boot menus.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"cdbuilder/internal/product"
	"cdbuilder/internal/tool"
	"cdbuilder/isotree"
	"cdbuilder/splash"

	"github.com/spf13/cobra"
)

func command(t *tool.Tool) *cobra.Command {
	return &cobra.Command{
		Use:   "splash",
		Short: "Draw the boot pictures",
		Long: "Draws the artwork, splash/background.svg or .png, with the product's name and version on it:\n" +
			"640×480 for the BIOS menu, 1024×768 and the pieces of the selection box for GRUB's theme.",
		Example: "  make splash",
		RunE:    func(*cobra.Command, []string) error { return run(t) },
	}
}

func run(t *tool.Tool) error {
	p, err := t.Product()
	if err != nil {
		return err
	}
	dir := filepath.Join(t.ProductDir, "splash")
	name, err := splash.Find(os.DirFS(dir))
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	artwork, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	pictures, err := splash.Draw(artwork, filepath.Join(dir, name), splash.Words{
		Product: p.Product.Name, Version: p.ReleaseName(), Vendor: p.Product.Vendor,
	})
	if err != nil {
		return err
	}
	if len(pictures.Missing) > 0 {
		t.Warn("the fonts have no letters for %q; the pictures show boxes there", string(pictures.Missing))
	}
	if err := write(t, p, pictures); err != nil {
		return err
	}
	t.Say("pictures for BIOS (%s) and UEFI (%s)", tool.Size(int64(len(pictures.BIOS))), tool.Size(int64(len(pictures.UEFI))))
	return nil
}

func write(t *tool.Tool, p *product.File, pictures *splash.Pictures) error {
	theme, err := isotree.ThemePictures(pictures.UEFI, pictures.Highlight)
	if err != nil {
		return err
	}
	return isotree.Roll(t.BuildDir, "splash", func(layer *isotree.Layer) error {
		if slices.Contains(p.Boot.Firmware, "bios") {
			if err := layer.WriteFile(isotree.IsolinuxSplash, 0o644, pictures.BIOS); err != nil {
				return err
			}
		}
		for name, data := range theme {
			if !slices.Contains(p.Boot.Firmware, "uefi") {
				break
			}
			if err := layer.WriteFile(name, 0o644, data); err != nil {
				return err
			}
		}
		return nil
	})
}
