package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"cdbuilder/internal/pgp"
	"cdbuilder/internal/tool"
	"cdbuilder/isotree"

	"github.com/spf13/cobra"
)

func verifyCommand(t *tool.Tool) *cobra.Command {
	v := &verify{Tool: t}
	cmd := &cobra.Command{
		Use:   "verify FILE.iso...",
		Short: "Check finished media, ours or anybody's",
		Long: "Checks that the volume is whole, that every menu names the label the medium has, that CD and disk,\n" +
			"BIOS and UEFI start the same loaders, the checksum implanted in the image, and every file that a list\n" +
			"on the medium has a digest of. Each check is a line: ok, warn (unusual, may still work), fail, or none\n" +
			"(nothing there to check). Ends with exit code 1 when a check fails.",
		Example: "  build/bin/isotree verify releases/NAME/NAME.iso\n" +
			"  build/bin/isotree verify --key /usr/share/keyrings/debian-archive-keyring.gpg debian-13.iso",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return v.run(cmd.Context(), args) },
	}
	cmd.Flags().StringArrayVar(&v.keys, "key", nil, "`file` with public keys that sign the archive on the medium (may be repeated)")
	return cmd
}

type verify struct {
	*tool.Tool
	keys []string
}

// medium is one file's part of the result.
type medium struct {
	File string `json:"file"`
	*isotree.Report
}

func (v *verify) run(ctx context.Context, files []string) error {
	opt := isotree.VerifyOptions{Now: v.Now()}
	if len(v.keys) > 0 {
		keys, err := pgp.ReadKeyringFiles(v.keys...)
		if err != nil {
			return err
		}
		opt.Keys = keys
	}
	media := make([]medium, 0, len(files))
	var faults []error
	for _, file := range files {
		report, err := v.one(ctx, file, opt)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", file, err))
			continue
		}
		media = append(media, medium{file, report})
		if n := report.Count(isotree.VerdictFail); n > 0 {
			faults = append(faults, fmt.Errorf("%s: %d of %d checks failed", file, n, len(report.Rows)))
		}
	}
	err := v.Result(media, func(w io.Writer) error { return writeReports(w, media, v.palette()) })
	return errors.Join(err, errors.Join(faults...))
}

// one verifies one file, and holds it to the SHA256SUMS that lies beside it.
func (v *verify) one(ctx context.Context, file string, opt isotree.VerifyOptions) (*isotree.Report, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, plain(err)
	}
	defer func() { _ = f.Close() }() // only read
	info, err := f.Stat()
	if err != nil {
		return nil, plain(err)
	}
	if info.IsDir() {
		return nil, syscall.EISDIR
	}
	size, err := f.Seek(0, io.SeekEnd) // of a drive, too, where Stat says 0
	if err != nil {
		return nil, plain(err)
	}
	if opt.SHA256, opt.SHA256From, err = publishedSum(file); err != nil {
		return nil, err
	}
	var shown *tool.Progress
	end := func() {
		if shown != nil {
			shown.End()
		}
	}
	defer func() { end() }()
	opt.Progress = func(step string, total int64) func(int64) {
		end()
		shown = v.Progress(filepath.Base(file)+": "+step, total, tool.Bytes)
		return shown.Add
	}
	return isotree.Verify(ctx, f, size, opt)
}

// plain takes the operation and the path out of an error, which our caller says
// in its own way.
func plain(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// publishedSum looks for the file's SHA-256 in the lists that are published
// beside ISOs.
func publishedSum(file string) (sum, from string, err error) {
	dir, base := filepath.Split(file)
	for _, name := range []string{"SHA256SUMS", base + ".sha256", base + ".CHECKSUM", "CHECKSUM"} {
		list, err := os.Open(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", "", err
		}
		sum, err := isotree.FindSum(list, base)
		if err = errors.Join(err, list.Close()); err != nil {
			return "", "", fmt.Errorf("%s: %w", name, err)
		}
		if sum != "" {
			return sum, name, nil
		}
	}
	return "", "", nil
}
