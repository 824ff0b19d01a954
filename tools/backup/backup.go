// Backup packs what a person wrote of a product, and its lock, into one archive.
package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"cdbuilder/internal/product"
	"cdbuilder/internal/tool"

	"github.com/klauspost/compress/zstd"
	"github.com/spf13/cobra"
)

// parts are the product's own files; patterns are below the product's directory.
var parts = []string{
	"version.toml", "comps/*.xml", "kickstart/*.ks", "kickstart/*/*.ks",
	"splash/*.svg", "splash/*.png", "splash/*.jpg", "isotree/README.in", "isotree/keys/*", "releases/*.toml",
}

func command(t *tool.Tool) *cobra.Command {
	return &cobra.Command{
		Use:   "backup",
		Short: "Pack the product's own files and its lock into one archive",
		Long: "Writes backup/NAME.tar.zst in the build directory: version.toml, comps/, kickstart/, splash/,\n" +
			"isotree/ (keys, files, README.in), the records of releases, and packages.lock. Unpacked elsewhere,\n" +
			"it builds the same release again. Secret keys are left out, but for the demo product's.",
		Example: "  make backup\n  build/bin/backup --product ../myspin",
		RunE:    func(*cobra.Command, []string) error { return run(t) },
	}
}

func run(t *tool.Tool) error {
	p, err := t.Product()
	if err != nil {
		return err
	}
	if _, err := t.Lock(); err != nil {
		return err
	}
	names, err := collect(t.ProductDir)
	if err != nil {
		return err
	}
	if names, err = withoutSecrets(names, p); err != nil {
		return err
	}
	dir := filepath.Join(t.BuildDir, "backup")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	path := filepath.Join(dir, p.ReleaseName()+".tar.zst")
	if err := pack(path, p.ReleaseName(), t.ProductDir, t.LockPath(), names, p.Epoch); err != nil {
		return fmt.Errorf("packing %s: %w", path, err)
	}
	return t.Result(map[string]any{"archive": path, "files": len(names) + 1}, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s: %d files\n", path, len(names)+1)
		return err
	})
}

// collect lists the product's own files, sorted.
func collect(dir string) ([]string, error) {
	root := os.DirFS(dir)
	var names []string
	for _, pattern := range parts {
		found, err := fs.Glob(root, pattern)
		if err != nil {
			return nil, err
		}
		names = append(names, found...)
	}
	err := fs.WalkDir(root, "isotree/files", func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && d.Type().IsRegular() {
			names = append(names, name)
		}
		return err
	})
	names = slices.DeleteFunc(names, func(n string) bool { return strings.HasSuffix(n, "~") })
	slices.Sort(names)
	return names, err
}

// withoutSecrets leaves out the product's signing key, by whatever path
// version.toml names it, and every other secret key but the demo product's.
func withoutSecrets(names []string, p *product.File) ([]string, error) {
	own, err := os.Stat(p.Join(p.Signing.Key))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var kept []string
	for _, name := range names {
		info, err := os.Stat(p.Join(name))
		if err != nil {
			return nil, err
		}
		secret := own != nil && os.SameFile(own, info)
		switch {
		case secret && p.Signing.Demo:
			secret = false
		case strings.HasPrefix(name, "isotree/keys/") && !secret:
			if secret, err = isSecret(p.Join(name)); err != nil {
				return nil, err
			}
		}
		if !secret {
			kept = append(kept, name)
		}
	}
	return kept, nil
}

// isSecret reports whether a file begins as secret keys do, armoured, or as
// packets with the tag 5 (RFC 9580 §5.5.1.3).
func isSecret(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	head := make([]byte, 8<<10)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, fmt.Errorf("reading %s: %w", path, err)
	}
	head = head[:n]
	binary := n > 0 && (head[0]&0xfc == 0x94 || head[0] == 0xc5)
	return binary || bytes.Contains(head, []byte("-----BEGIN PGP PRIVATE KEY BLOCK-----")), nil
}

// pack writes the archive under a temporary name and renames it.
func pack(path, top, dir, lock string, names []string, stamp time.Time) (err error) {
	temp := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".part")
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temp)
		}
	}()
	z, err := zstd.NewWriter(f, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return errors.Join(err, f.Close())
	}
	w := tar.NewWriter(z)
	for _, name := range names {
		if err := add(w, filepath.Join(dir, name), top+"/"+name, stamp); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	err = add(w, lock, top+"/build/packages.lock", stamp)
	err = errors.Join(err, w.Close(), z.Close(), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(temp, path)
}

func add(w *tar.Writer, path, name string, stamp time.Time) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	mode := int64(0o644)
	if info.Mode()&0o100 != 0 {
		mode = 0o755
	}
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: mode, Size: int64(len(data)), ModTime: stamp, Format: tar.FormatPAX}); err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}
