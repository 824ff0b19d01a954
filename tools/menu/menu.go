// Menu prints what make can do: the banner, the product and its release, and
// one line a target, in the manner of the workshop's CD generator.
package main

import (
	"fmt"
	"io"
	"strings"

	"cdbuilder/internal/product"
	"cdbuilder/internal/tool"

	"github.com/spf13/cobra"
)

const width = 78

// target is one thing to say to make.
type target struct {
	Name string `json:"name"`
	Does string `json:"does"`
}

// targets lists what works, in the order a release is made.
var targets = [...]target{
	{"version", "show the version; NUMBER=+1 STAGE=RC DATE=today … edits version.toml"},
	{"spec", "show the whole product as it will be built, and check its files"},
	{"comps", "list the package groups and their members"},
	{"kick", "render the kickstarts onto the medium, and judge them"},
	{"revisor", "resolve, lock, download and roll up the package tree"},
	{"update", "resolve anew against the repositories as they are today"},
	{"import", "bring in boot loaders and kernel from the target's packages"},
	{"installer", "build stage2, what the medium boots into"},
	{"splash", "draw the boot pictures"},
	{"menus", "write the boot menus and the EFI system partition"},
	{"readme", "render README and put static files onto the medium"},
	{"iso", "write the ISO; does every step above that is out of date"},
	{"verify", "verify the ISO: labels, checksums, boot records, file digests"},
	{"boot", "boot the ISO in QEMU; FIRMWARE=bios|uefi|secureboot AS=cd|usb"},
	{"boot-shot", "save pictures of the boot menu in BIOS and in UEFI"},
	{"backup", "pack the product's own files and its lock into one archive"},
	{"key", "make a signing key of your own; OUT=file, outside of git"},
	{"store", "checksum, sign and publish the release to the mirror directory"},
	{"clean", "remove what was built; downloads, lock and releases stay"},
	{"install-test", "install from the ISO in QEMU, BIOS and UEFI, and look at the result"},
	{"test", "install the judges, lint, build, and run every test"},
}

func command(t *tool.Tool) *cobra.Command {
	return &cobra.Command{
		Use:     "menu",
		Short:   "Show what make can do",
		Example: "  make\n  build/bin/menu --product ../myspin",
		RunE: func(*cobra.Command, []string) error {
			p, err := t.Product()
			if err != nil {
				return err
			}
			return t.Result(targets, func(w io.Writer) error { return show(w, p) })
		},
	}
}

func show(w io.Writer, p *product.File) error {
	var b strings.Builder
	rule := strings.Repeat("=", width)
	b.WriteString(rule + "\n")
	for _, line := range []string{p.Product.Name, "CD generator", p.ReleaseName()} {
		b.WriteString(centred(line) + "\n")
	}
	b.WriteString(rule + "\n\n")
	for _, t := range targets {
		fmt.Fprintf(&b, "  make %-10s  %s\n", t.Name, t.Does)
	}
	b.WriteString("\n  PRODUCT=directory builds another product; every program has --help: build/bin/iso --help\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func centred(s string) string {
	return strings.Repeat(" ", max(0, (width-len([]rune(s)))/2)) + s
}
