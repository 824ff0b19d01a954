// Installer builds stage2: the initramfs that the medium boots into.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"cdbuilder/internal/initrd"
	"cdbuilder/internal/tool"
	"cdbuilder/isotree"

	"github.com/spf13/cobra"
)

type options struct {
	*tool.Tool
	init string
}

func command(t *tool.Tool) *cobra.Command {
	o := &options{Tool: t}
	cmd := &cobra.Command{
		Use:   "installer",
		Short: "Build stage2, what the medium boots into",
		Long: "Builds images/pxeboot/initrd.img from the locked kernel package (its modules for media and disks),\n" +
			"the programs of installer.packages with their libraries, the static shell, and stage2, our\n" +
			"installer, as /init.",
		Example: "  make installer\n  build/bin/installer --init build/stage2/init",
		RunE:    func(c *cobra.Command, _ []string) error { return o.run(c.Context()) },
	}
	cmd.Flags().StringVar(&o.init, "init", "", "the static `program` that becomes /init (default: stage2/init in the build directory)")
	cmd.AddCommand(&cobra.Command{
		Use:   "inputs",
		Short: "Note what of version.toml the initramfs is made of",
		Long: "Writes installer.inputs in the build directory: the build's clock and [installer]. A file that says\n" +
			"so already is left alone, so that make builds the initramfs anew only when it would be another.",
		Example: "  build/bin/installer inputs",
		RunE:    func(*cobra.Command, []string) error { return o.inputs() },
	})
	return cmd
}

func (o *options) inputs() error {
	p, err := o.Product()
	if err != nil {
		return err
	}
	i := p.Installer
	text := fmt.Appendf(nil, "clock %d\nkernel %s\nshell %s\npackages %q\ndrop %q\n", p.Epoch.Unix(), i.Kernel, i.Shell, i.Packages, i.Drop)
	path := filepath.Join(o.BuildDir, "installer.inputs")
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, text) {
		return nil
	}
	return tool.WriteFile(path, text)
}

func (o *options) run(ctx context.Context) (err error) {
	if o.init == "" {
		o.init = filepath.Join(o.BuildDir, "stage2", "init")
	}
	p, err := o.Product()
	if err != nil {
		return err
	}
	lock, err := o.Lock()
	if err != nil {
		return err
	}
	program, err := os.ReadFile(o.init)
	if err != nil {
		return &tool.Hint{Err: err, Advice: "make installer builds it first"}
	}
	key, err := os.ReadFile(filepath.Join(o.BuildDir, isotree.KeyFile))
	if err != nil {
		return &tool.Hint{Err: fmt.Errorf("the public key of the medium: %w", err), Advice: "make revisor writes it"}
	}
	l, err := choose(p, lock)
	if err != nil {
		return err
	}
	bar := o.Progress("unpacking", l.size(), tool.Bytes)
	opt := initrd.Options{
		Init: program, Drop: p.Installer.Drop, Time: p.Epoch, Progress: bar.Add,
		Extra: []initrd.File{{Name: isotree.InstallerKey, Mode: 0o644, Data: key}},
	}
	closeAll, err := o.open(l, &opt)
	defer closeAll()
	if err != nil {
		return err
	}
	report, err := o.write(ctx, opt)
	bar.End()
	if err != nil {
		return err
	}
	return o.Result(report, func(io.Writer) error {
		o.Say("stage2 with %d modules of kernel %s, %d programs and %d libraries: %s", report.Modules, report.Release, report.Programs, report.Libraries, tool.Size(report.Size))
		return nil
	})
}

// write builds the initramfs into the tree.
func (o *options) write(ctx context.Context, opt initrd.Options) (report *initrd.Report, err error) {
	err = isotree.Roll(o.BuildDir, "installer", func(layer *isotree.Layer) error {
		return layer.Write(isotree.InitrdPath, 0o644, func(w io.Writer) error {
			report, err = initrd.Build(ctx, w, opt)
			return err
		})
	})
	return report, err
}
