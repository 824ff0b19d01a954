package isotree

import (
	"fmt"

	"cdbuilder/internal/product"
)

// ProductMenu is the boot menu that a product's version.toml describes.
func ProductMenu(p *product.File) Menu {
	m := Menu{
		Title: fmt.Sprintf("%s %s %02d", p.Product.Name, p.Release.Stage, p.Release.Number),
		Label: p.VolumeLabel(), Kernel: KernelPath, Initrd: InitrdPath,
		Default: p.Boot.Default, Timeout: p.Boot.Timeout, Serial: p.Boot.Serial,
	}
	kickstart := ""
	if p.Installer.Kickstart != "" {
		kickstart = "ks/" + p.Installer.Kickstart
	}
	return m.InstallerMenu(p.Product.Name, kickstart, p.Boot.Args)
}
