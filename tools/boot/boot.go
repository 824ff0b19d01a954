// Boot opens the ISO in QEMU, for a person or for a picture of its menu.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"cdbuilder/internal/tool"
	"cdbuilder/internal/vm"

	"github.com/spf13/cobra"
)

type options struct {
	*tool.Tool
	firmware, as, display string
	memory                int
}

func command(t *tool.Tool) *cobra.Command {
	o := &options{Tool: t}
	cmd := &cobra.Command{
		Use:   "boot [FILE.iso]",
		Short: "Boot the ISO in QEMU",
		Long: "Boots the product's ISO, or the one named, in QEMU: in a window where there is a desktop, else with\n" +
			"its serial console on this terminal (Ctrl-A X ends it there).",
		Example: "  make boot FIRMWARE=secureboot AS=usb\n  build/bin/boot --display serial other.iso\n  make boot-shot",
		Args:    cobra.MaximumNArgs(1),
		RunE:    func(c *cobra.Command, args []string) error { return o.open(c.Context(), args) },
	}
	f := cmd.PersistentFlags()
	f.StringVar(&o.firmware, "firmware", "uefi", "bios, uefi or secureboot")
	f.StringVar(&o.as, "as", "cd", "attach the ISO as cd, usb, ahci, virtio or nvme")
	f.IntVar(&o.memory, "memory", 1024, "memory in `MiB`")
	cmd.Flags().StringVar(&o.display, "display", "", "gtk, sdl, curses or serial (default: a window where there is a desktop)")
	cmd.AddCommand(&cobra.Command{
		Use:     "shot [FILE.iso]",
		Short:   "Save pictures of the boot menu in BIOS and in UEFI",
		Example: "  build/bin/boot shot",
		Args:    cobra.MaximumNArgs(1),
		RunE:    func(c *cobra.Command, args []string) error { return o.shots(c.Context(), args) },
	})
	return cmd
}

// machine describes the virtual machine with the ISO in it.
func (o *options) machine(args []string, firmware string) (vm.Machine, error) {
	if fw := []string{"bios", "uefi", "secureboot"}; !slices.Contains(fw, firmware) {
		return vm.Machine{}, tool.Usage("unknown firmware %q: bios, uefi or secureboot", firmware)
	}
	iso := ""
	if len(args) == 1 {
		iso = args[0]
	} else {
		p, err := o.Product()
		if err != nil {
			return vm.Machine{}, err
		}
		iso = filepath.Join(o.ProductDir, "releases", p.ReleaseName(), p.ReleaseName()+".iso")
	}
	iso, err := filepath.Abs(iso) // QEMU runs in a directory of its own
	if err != nil {
		return vm.Machine{}, err
	}
	if _, err := os.Stat(iso); err != nil {
		return vm.Machine{}, &tool.Hint{Err: err, Advice: "make iso writes it"}
	}
	return vm.Machine{
		Name: filepath.Base(iso), Firmware: vm.Firmware(firmware), Memory: o.memory, Network: true,
		Drives: []vm.Drive{{Path: iso, As: vm.Bus(o.as), ReadOnly: true}},
	}, nil
}

func (o *options) open(ctx context.Context, args []string) error {
	m, err := o.machine(args, o.firmware)
	if err != nil {
		return err
	}
	return vm.Open(ctx, m, o.Env, o.display)
}

// shots saves what the screen shows once the menu is up.
func (o *options) shots(ctx context.Context, args []string) error {
	dir := filepath.Join(o.BuildDir, "shots")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for _, firmware := range []string{"bios", "uefi"} {
		m, err := o.machine(args, firmware)
		if err != nil {
			return err
		}
		path := filepath.Join(dir, "menu-"+firmware+".png")
		if err := shot(ctx, m, path); err != nil {
			return fmt.Errorf("picture of the %s menu: %w", firmware, err)
		}
		fmt.Fprintln(o.Stdout, path)
	}
	return nil
}

func shot(ctx context.Context, m vm.Machine, path string) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	err = vm.Shot(ctx, m, f, func(ctx context.Context, r *vm.Running) error {
		// The menu is on the serial line as well; the screen follows within a moment.
		if err := r.WaitLine(ctx, "Rescue shell"); err != nil {
			return err
		}
		select {
		case <-time.After(4 * time.Second):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	return errors.Join(err, f.Close())
}
