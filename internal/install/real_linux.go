package install

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"cdbuilder/internal/rootfs"
	"cdbuilder/internal/run"
	"cdbuilder/internal/storage"
	"cdbuilder/internal/target"
	"cdbuilder/kickstart/language"
)

// Real does to this machine what an installation asks for.
func Real(m Machine) Hands {
	r := &realHands{Machine: m, tools: storage.Tools{
		Run:    storage.Programs(func(argv []string) { fmt.Fprintf(m.Log, "run: %s\n", run.Quote(argv)) }),
		Source: storage.Here(),
	}}
	return Hands{
		Plan: r.plan, Target: r.target, Packages: rootfs.Install, Kernel: r.kernel, Release: r.release,
		Program: func(ctx context.Context, root string, c rootfs.Command) error {
			return rootfs.Chroot{Root: root}.Run(ctx, c)
		},
	}
}

type realHands struct {
	Machine
	tools storage.Tools
	made  *storage.Plan // what may be switched on
	// swapping says that the plan's swap is in use.
	swapping bool
}

// realDisks are disks as package storage plans them.
type realDisks struct {
	*storage.Plan
	hands  *realHands
	loader bool // the kickstart wants a boot loader
}

func (r *realHands) plan(recipe *language.Recipe) (Disks, error) {
	random, err := os.Open("/dev/urandom")
	if err != nil {
		return nil, err
	}
	defer random.Close()
	machine, err := r.machine()
	if err != nil {
		return nil, err
	}
	p, err := storage.Make(recipe, machine, storage.Options{Random: bufio.NewReader(random)})
	if err != nil {
		return nil, err
	}
	var faults []error
	for _, name := range p.Programs() {
		if _, err := run.Look(name); err != nil {
			faults = append(faults, fmt.Errorf("the installer has no program %s; installer.packages in version.toml brings programs", name))
		}
	}
	b := recipe.Last("bootloader")
	return realDisks{p, r, b == nil || !b.Has("--disabled")}, errors.Join(faults...)
}

// machine reads what there is.
func (r *realHands) machine() (storage.Machine, error) {
	disks, err := storage.Probe(r.tools.Source)
	if err != nil {
		return storage.Machine{}, fmt.Errorf("look at the disks: %w", err)
	}
	m := storage.Machine{Disks: disks, Firmware: storage.BIOS, Medium: r.Medium, Memory: memory()}
	if uefi() {
		m.Firmware = storage.UEFI
	}
	return m, nil
}

func uefi() bool {
	_, err := os.Stat("/sys/firmware/efi")
	return err == nil
}

// memory is the machine's RAM in bytes; 0 where the kernel doesn't say.
func memory() int64 {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), "MemTotal:"); ok {
			kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kib << 10
		}
	}
	return 0
}

// Packages adds the kernel's and the boot loader's to those of the disks.
func (d realDisks) Packages() []string {
	return append(d.Plan.Packages(), target.Packages(d.Firmware == storage.UEFI, d.loader)...)
}

// Prepare makes the disks what was planned. Swap is used at once: packages want
// more memory than a small machine has.
func (d realDisks) Prepare(ctx context.Context, step func(n, of int, does string)) error {
	for _, name := range d.Modules() {
		d.hands.LoadModule(name)
	}
	d.hands.made = d.Plan
	if err := storage.Execute(ctx, d.Plan, d.hands.tools, step); err != nil {
		return err
	}
	if err := d.link(); err != nil {
		return err
	}
	err := d.SwapOn()
	d.hands.swapping = err == nil
	if err != nil {
		fmt.Fprintf(d.hands.Log, "no swap: %v\n", err) // slower, where memory is short
	}
	return nil
}

// link makes the names in /dev/disk/by-uuid that udev would: by them GRUB's
// configuration finds the root, wherever its disk is plugged in next time.
func (d realDisks) link() error {
	const dir = "/dev/disk/by-uuid"
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	devices := map[string]string{}
	for _, v := range d.Volumes() {
		if v.Mount != "" { // or it is a part of something else
			devices[v.UUID] = v.Device()
		}
	}
	for _, b := range d.Btrfs {
		devices[b.UUID] = b.Members[0].Device()
	}
	delete(devices, "")
	for uuid, device := range devices {
		name := filepath.Join(dir, filepath.Base(uuid))
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := os.Symlink(device, name); err != nil {
			return err
		}
	}
	return nil
}

func (r *realHands) kernel(root string) (func() error, error) {
	m, err := rootfs.Mount(root)
	if err != nil {
		return nil, err
	}
	return m.Unmount, nil
}

// release lets go of the disks. It can be called again.
func (r *realHands) release() error {
	if r.made == nil {
		return nil
	}
	var err error
	if r.swapping {
		err = r.made.SwapOff()
		r.swapping = err != nil
	}
	if err = errors.Join(err, storage.Unmount(SysRoot)); err == nil {
		err = r.made.Release(context.Background(), r.tools)
	}
	if err == nil {
		r.made = nil
	}
	return err
}
