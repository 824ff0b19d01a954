// Iso writes the medium: the tree as one bootable, hybrid ISO image.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"cdbuilder/internal/iso9660"
	"cdbuilder/internal/product"
	"cdbuilder/internal/tool"
	"cdbuilder/isotree"
	"cdbuilder/releases"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

func command(t *tool.Tool) *cobra.Command {
	return &cobra.Command{
		Use:   "iso",
		Short: "Write the ISO",
		Long: "Writes releases/NAME/NAME.iso from the tree in one pass, checking every file against its digest on\n" +
			"the way, and beside it SHA256SUMS and the lock that rebuilds it. Until it is whole, the ISO stands\n" +
			"under a temporary name.",
		Example: "  make iso\n  build/bin/iso --product ../myspin",
		RunE:    func(c *cobra.Command, _ []string) error { return run(c.Context(), t) },
	}
}

func run(ctx context.Context, t *tool.Tool) error {
	// The work needs a few MiB; without a limit the collector lets garbage of
	// many thousand entries pile up.
	debug.SetMemoryLimit(56 << 20)
	begun := t.Now()
	p, err := t.Product()
	if err != nil {
		return err
	}
	tree, err := isotree.Open(t.BuildDir)
	if err != nil {
		return err
	}
	defer tree.Close()
	files, err := sum(tree)
	if err != nil {
		return err
	}
	if err := complete(files); err != nil {
		return err
	}
	layout, err := plan(t, p, tree, files)
	if err != nil {
		return err
	}
	dir := filepath.Join(t.ProductDir, "releases", p.ReleaseName())
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	image, err := write(ctx, t, layout, filepath.Join(dir, p.ReleaseName()+".iso"))
	if err != nil {
		return err
	}
	if err := finish(t, p, image); err != nil {
		_ = os.Remove(image.path)
		return err
	}
	took := t.Now().Sub(begun).Round(100 * time.Millisecond)
	return t.Result(map[string]any{"iso": image.final, "label": p.VolumeLabel(), "size": image.result.Size, "sha256": image.sha256, "md5": image.result.MD5},
		func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%s: %s, label %s, in %s\n", image.final, tool.Size(image.result.Size), p.VolumeLabel(), took)
			return err
		})
}

// sum lists the tree's files, with md5sum.txt over all the others.
func sum(tree *isotree.Tree) ([]isotree.File, error) {
	files, err := tree.Files()
	if err != nil {
		return nil, err
	}
	layer, err := tree.Begin("sums")
	if err != nil {
		return nil, err
	}
	defer layer.Abort()
	files = slices.DeleteFunc(files, func(f isotree.File) bool { return f.Step == "sums" })
	if err := layer.WriteFile(isotree.SumsPath, 0o644, isotree.Sums(files)); err != nil {
		return nil, err
	}
	if err := layer.Commit(); err != nil {
		return nil, err
	}
	return tree.Files()
}

// complete refuses a tree in which a step has left no trace.
func complete(files []isotree.File) error {
	var faults []error
	for _, step := range []string{"kick", "revisor", "import", "installer", "splash", "menus"} {
		if !slices.ContainsFunc(files, func(f isotree.File) bool { return f.Step == step }) {
			faults = append(faults, fmt.Errorf("the tree has nothing of the step %s; run make iso, which does every step", step))
		}
	}
	return errors.Join(faults...)
}

// plan lays the tree out on the medium.
func plan(t *tool.Tool, p *product.File, tree *isotree.Tree, files []isotree.File) (*iso9660.Layout, error) {
	entries := make([]iso9660.Entry, len(files))
	for i, f := range files {
		entries[i] = iso9660.Entry{
			Path: f.Path, Mode: f.Mode, Size: f.Size, SHA256: f.SHA256, Weight: isotree.Weight(f.Path),
			Open: func() (io.ReadCloser, error) { return tree.Open(f.Path) },
		}
	}
	opt := iso9660.Options{
		VolumeID: p.VolumeLabel(), SystemID: "LINUX", VolumeSet: p.ReleaseName(),
		Publisher: p.Product.Vendor, Preparer: "cd-builder", Application: p.Product.Name,
		Time: p.Epoch, Joliet: true, ImplantMD5: true, ElTorito: &iso9660.ElTorito{CatalogPath: "isolinux/boot.cat"},
		Hybrid: &iso9660.Hybrid{},
	}
	if slices.Contains(p.Boot.Firmware, "bios") {
		opt.ElTorito.Entries = append(opt.ElTorito.Entries, iso9660.BootEntry{Platform: iso9660.BIOS, Path: "isolinux/isolinux.bin", InfoTable: true})
		code, err := os.ReadFile(filepath.Join(t.BuildDir, "boot", "isohdpfx.bin"))
		if err != nil {
			return nil, &tool.Hint{Err: err, Advice: "make import brings the boot code"}
		}
		opt.Hybrid.MBRCode = code
	}
	if slices.Contains(p.Boot.Firmware, "uefi") {
		opt.ElTorito.Entries = append(opt.ElTorito.Entries, iso9660.BootEntry{Platform: iso9660.UEFI, Path: isotree.ESPPath})
		opt.Hybrid.ESPPath = isotree.ESPPath
	}
	return iso9660.Plan(entries, opt)
}

// part is the image under its temporary name.
type part struct {
	path, final string
	result      *iso9660.Result
	sha256      string
}

// write writes the image under a temporary name and syncs it.
func write(ctx context.Context, t *tool.Tool, layout *iso9660.Layout, final string) (_ *part, err error) {
	temp := filepath.Join(filepath.Dir(final), "."+filepath.Base(final)+".part")
	_ = os.Remove(temp) // what a killed run left takes room
	if err := tool.Room(filepath.Dir(final), layout.Size()); err != nil {
		return nil, fmt.Errorf("writing %s: %w", final, err)
	}
	f, err := os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return nil, err
	}
	defer func() {
		err = errors.Join(err, f.Close())
		if err != nil {
			_ = os.Remove(temp)
			err = fmt.Errorf("writing %s: %w", final, err)
		}
	}()
	if err := reserve(f, layout.Size()); err != nil {
		return nil, err
	}
	bar := t.Progress("writing", layout.Size(), tool.Bytes)
	defer bar.End()
	result, err := layout.Write(ctx, f, bar.Add)
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	digest := sha256.New()
	if _, err := io.Copy(digest, f); err != nil {
		return nil, err
	}
	return &part{temp, final, result, hex.EncodeToString(digest.Sum(nil))}, f.Sync()
}

// reserve asks for the whole space at once, so that a disk too full is said
// before the work begins and not after. Some file systems can't reserve.
func reserve(f *os.File, size int64) error {
	err := unix.Fallocate(int(f.Fd()), 0, 0, size)
	switch {
	case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.ENOSYS):
		return nil
	case errors.Is(err, unix.ENOSPC):
		return fmt.Errorf("the disk has no room for an ISO of %s: %w", tool.Size(size), err)
	}
	return err
}

// finish writes the record, the lock and SHA256SUMS, and gives the ISO its
// name last: make takes the ISO for the sign that all of it is done.
func finish(t *tool.Tool, p *product.File, image *part) error {
	dir := filepath.Dir(image.final)
	lock, err := t.Lock()
	if err != nil {
		return err
	}
	text, err := os.ReadFile(t.LockPath())
	if err != nil {
		return err
	}
	if err := tool.WriteFile(filepath.Join(dir, lockName), text); err != nil {
		return err
	}
	record := releases.NewRecord(p)
	record.ISO, record.Size = filepath.Base(image.final), image.result.Size
	record.SHA256, record.MD5, record.Lock = image.sha256, image.result.MD5, hexSum(text)
	record.Count, record.Tool = lock.Medium(), tool.Version()
	if err := releases.WriteRecord(dir, record); err != nil {
		return err
	}
	note, err := record.Encode()
	if err != nil {
		return err
	}
	sums := releases.FormatSums([]releases.Sum{
		{Name: record.ISO, SHA256: image.sha256},
		{Name: lockName, SHA256: record.Lock},
		{Name: releases.RecordFile(record.Name), SHA256: hexSum(note)},
	})
	if err := tool.WriteFile(filepath.Join(dir, releases.SumsFile), sums); err != nil {
		return err
	}
	return os.Rename(image.path, image.final)
}

const lockName = "packages.lock"

func hexSum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
