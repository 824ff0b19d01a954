// Import brings boot loaders and the kernel from the target's own packages.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"cdbuilder/internal/deb"
	"cdbuilder/internal/initrd"
	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/product"
	"cdbuilder/internal/tool"
	"cdbuilder/isotree"

	"github.com/spf13/cobra"
)

func command(t *tool.Tool) *cobra.Command {
	return &cobra.Command{
		Use:   "import",
		Short: "Bring boot loaders and kernel onto the medium",
		Long: "Takes isolinux, shim and GRUB out of the packages that [boot] names, byte for byte, and the\n" +
			"kernel out of the locked kernel package. The packages are in the cache after revisor has run.",
		Example: "  build/bin/import --product ../myspin",
		RunE:    func(c *cobra.Command, _ []string) error { return run(c.Context(), t) },
	}
}

func run(ctx context.Context, t *tool.Tool) error {
	p, err := t.Product()
	if err != nil {
		return err
	}
	lock, err := t.Lock()
	if err != nil {
		return err
	}
	var n int
	var kernel string
	err = isotree.Roll(t.BuildDir, "import", func(layer *isotree.Layer) error {
		n, err = loaders(t, p, lock, layer)
		if err != nil {
			return err
		}
		kernel, err = bootKernel(ctx, t, p, lock, layer)
		return err
	})
	if err != nil {
		return err
	}
	t.Say("%d boot files and the kernel %s on the medium", n, kernel)
	return nil
}

// loaders takes the boot files out of their packages, and misses none silently.
func loaders(t *tool.Tool, p *product.File, lock *pkgset.Lock, layer *isotree.Layer) (n int, err error) {
	wanted := make(map[string][]isotree.BootFile)
	for _, b := range isotree.DebianBootFiles {
		if slices.Contains(p.Boot.Firmware, b.Firmware) {
			wanted[b.Package] = append(wanted[b.Package], b)
		}
	}
	var faults []error
	for name, files := range wanted {
		locked := lock.Named(name)
		if locked == nil {
			faults = append(faults, fmt.Errorf("%s: the boot files of firmware %q come from the package %s, which is not locked; add it to boot.packages", p.Path, files[0].Firmware, name))
			continue
		}
		found := make(map[string]bool)
		err := extract(t, locked, func(f deb.File) error {
			for _, b := range files {
				if f.Name != b.Source {
					continue
				}
				found[b.Source] = true
				n++
				if err := place(t, layer, b, f.Body); err != nil {
					return err
				}
			}
			return nil
		})
		faults = append(faults, err)
		for _, b := range files {
			if err == nil && !found[b.Source] {
				faults = append(faults, fmt.Errorf("package %s %s has no %s", name, locked.Version, b.Source))
			}
		}
	}
	return n, errors.Join(faults...)
}

// place puts a boot file where it belongs: on the medium, or aside for the ISO writer.
func place(t *tool.Tool, layer *isotree.Layer, b isotree.BootFile, body io.Reader) error {
	if !b.Host {
		return layer.Write(b.Target, 0o644, func(w io.Writer) error { _, err := io.Copy(w, body); return err })
	}
	data, err := io.ReadAll(io.LimitReader(body, 1<<20))
	if err != nil {
		return err
	}
	dir := filepath.Join(t.BuildDir, "boot")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	return tool.WriteFile(filepath.Join(dir, b.Target), data)
}

// bootKernel takes the kernel's image out of its package.
func bootKernel(ctx context.Context, t *tool.Tool, p *product.File, lock *pkgset.Lock, layer *isotree.Layer) (release string, err error) {
	locked, err := lock.Kernel(p.Installer.Kernel)
	if err != nil {
		return "", err
	}
	f, err := t.OpenLocked(locked)
	if err != nil {
		return "", err
	}
	defer f.Close()
	err = layer.Write(isotree.KernelPath, 0o644, func(w io.Writer) error {
		release, err = initrd.WriteVmlinuz(ctx, w, initrd.Package{Name: locked.Name + " " + locked.Version, Reader: f})
		return err
	})
	return release, err
}

// extract calls visit for every file of a locked package.
func extract(t *tool.Tool, p *pkgset.Locked, visit func(deb.File) error) error {
	f, err := t.OpenLocked(p)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := deb.NewReader(f)
	if err != nil {
		return fmt.Errorf("package %s %s: %w", p.Name, p.Version, err)
	}
	for file, err := range r.Files() {
		if err == nil {
			err = visit(file)
		}
		if err != nil {
			return fmt.Errorf("package %s %s: %w", p.Name, p.Version, err)
		}
	}
	return nil
}
