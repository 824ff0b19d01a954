package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"cdbuilder/internal/fat"
	"cdbuilder/internal/product"
	"cdbuilder/internal/tool"
	"cdbuilder/isotree"

	"github.com/spf13/cobra"
)

func menusCommand(t *tool.Tool) *cobra.Command {
	return &cobra.Command{
		Use:   "menus",
		Short: "Write the boot menus, .disk and the EFI system partition",
		Long: "Writes one menu for BIOS (isolinux) and UEFI (GRUB), with the same volume label everywhere it\n" +
			"occurs, the .disk files by which the medium says what it is, and images/efiboot.img, the EFI\n" +
			"system partition with the boot loaders that import brought.",
		Example: "  make menus",
		RunE:    func(*cobra.Command, []string) error { return menus(t) },
	}
}

func menus(t *tool.Tool) error {
	p, err := t.Product()
	if err != nil {
		return err
	}
	lock, err := t.Lock()
	if err != nil {
		return err
	}
	err = isotree.Roll(t.BuildDir, "menus", func(layer *isotree.Layer) error {
		return fill(layer, p, lock.Medium())
	})
	if err != nil {
		return err
	}
	t.Say("boot menus for %s, label %s", strings.Join(p.Boot.Firmware, " and "), p.VolumeLabel())
	return nil
}

// fill puts everything there; the loaders that another step must have brought
// are looked for before anything is written.
func fill(layer *isotree.Layer, p *product.File, packages int) (err error) {
	var esp []fat.Entry
	if slices.Contains(p.Boot.Firmware, "uefi") {
		if esp, err = loaders(layer.Tree()); err != nil {
			return err
		}
	}
	if err := identify(layer, p, packages); err != nil {
		return err
	}
	if err := writeMenus(layer, p); err != nil {
		return err
	}
	if esp != nil {
		if err := writeESP(layer, p, esp); err != nil {
			return err
		}
	}
	return nil
}

// identify writes the files by which the medium says what it is.
func identify(layer *isotree.Layer, p *product.File, packages int) error {
	id := isotree.Identity{
		Name: p.Product.Name, Release: p.ReleaseName(), Label: p.VolumeLabel(), Vendor: p.Product.Vendor,
		Version: fmt.Sprintf("%s %02d", p.Release.Stage, p.Release.Number),
		Family:  p.Target.Family, Suite: p.Target.Suite, Arch: p.Target.Arch, Packages: packages, Built: p.Epoch, Kickstart: p.Target.Kickstart, Install: p.Installer.Kickstart, Recommends: p.Packages.Recommends,
	}
	text, err := id.Encode()
	if err != nil {
		return err
	}
	return errors.Join(
		layer.WriteFile(isotree.ProductPath, 0o644, text),
		layer.WriteFile(isotree.InfoPath, 0o644, id.Info()),
		layer.WriteFile(isotree.MarkerPath(id.Label), 0o644, []byte(id.Label+"\n")),
	)
}

// writeMenus renders the menu for each firmware.
func writeMenus(layer *isotree.Layer, p *product.File) error {
	kickstarts, err := kickstarts(layer.Tree(), p)
	if err != nil {
		return err
	}
	menu, err := isotree.ProductMenu(p, kickstarts)
	if err != nil {
		return err
	}
	type rendering struct {
		firmware, path string
		render         func() ([]byte, error)
	}
	for _, r := range []rendering{
		{"bios", isotree.IsolinuxConfig, menu.Isolinux},
		{"uefi", isotree.GRUBConfig, menu.GRUB},
		{"uefi", isotree.GRUBTheme, menu.Theme},
	} {
		if !slices.Contains(p.Boot.Firmware, r.firmware) {
			continue
		}
		text, err := r.render()
		if err != nil {
			return err
		}
		if err := layer.WriteFile(r.path, 0o644, text); err != nil {
			return err
		}
	}
	return nil
}

// loaders are the boot loaders for UEFI that import brought.
func loaders(tree *isotree.Tree) ([]fat.Entry, error) {
	files, err := tree.Step("import")
	if err != nil {
		return nil, err
	}
	var found []fat.Entry
	for _, f := range files {
		if strings.HasPrefix(f.Path, "EFI/") {
			found = append(found, fat.Entry{Path: f.Path, Size: f.Size, Open: func() (io.ReadCloser, error) { return tree.Open(f.Path) }})
		}
	}
	if len(found) == 0 {
		return nil, &tool.Hint{Err: errors.New("the tree has no boot loaders for UEFI"), Advice: "make import brings them"}
	}
	return found, nil
}

// writeESP builds the EFI system partition of the boot loaders.
func writeESP(layer *isotree.Layer, p *product.File, loaders []fat.Entry) error {
	esp, err := isotree.PlanESP(p.VolumeLabel(), p.Epoch, loaders)
	if err != nil {
		return err
	}
	return layer.Write(isotree.ESPPath, 0o644, func(w io.Writer) error {
		_, err := esp.WriteTo(w)
		return err
	})
}
