// Package initrd builds the initramfs that the medium boots into, from the
// target's own packages: the kernel modules that reach media and disks, a
// static busybox for the rescue shell, and stage2, one static Go program, as
// /init. There is no shell script and no udev in it.
//
// The archive is in the newc format, packed with zstd, both as the kernel's
// documentation of its "initramfs buffer format" has them. Its bytes depend on
// nothing but the options: not on the host, the user, the clock or the number
// of processors.
package initrd

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"cdbuilder/internal/cpio"

	"github.com/klauspost/compress/zstd"
)

// window is how far back the packed stream may refer, bytes. The kernel
// unpacks an initramfs with any window up to 128 MiB, but holds it in memory
// while the machine has little of it yet.
const window = 4 << 20

// Package is a binary package to read, front to back and once.
type Package struct {
	Name   string // as it stands in messages
	Reader io.Reader
}

// File is one more entry for the archive.
type File struct {
	Name     string      // relative to the root: etc/motd. Directories above it are made.
	Mode     fs.FileMode // a regular file, a directory or a symbolic link
	Data     []byte      // content of a regular file
	Linkname string      // target of a symbolic link
}

// Options says what goes in.
type Options struct {
	// Kernel are the packages with the kernel's modules, most often one. All
	// are of one kernel release.
	Kernel []Package
	// Init is the program stage2: a static ELF file for the kernel's machine.
	Init []byte
	// Shell is a package with a static busybox, such as busybox-static.
	Shell Package
	// Drop names directories or single modules, below the kernel's module
	// directory, that are left out: "drivers/scsi/megaraid", "fs/btrfs". One
	// that would keep nothing away is an error. A dropped module that a kept
	// one needs comes along nevertheless.
	Drop []string
	// Extra are more files.
	Extra []File
	// Time is the stamp of every entry, whole seconds.
	Time time.Time
	// Progress is told of bytes of packages read; may be nil.
	Progress func(n int64)
}

// Validate reports every fault in the options, joined.
func (o *Options) Validate() error {
	var faults []error
	if len(o.Kernel) == 0 {
		faults = append(faults, errors.New("no kernel package is given"))
	}
	for _, p := range o.Kernel {
		if p.Reader == nil {
			faults = append(faults, fmt.Errorf("the kernel package %q has nothing to read", p.Name))
		}
	}
	if o.Shell.Reader == nil {
		faults = append(faults, errors.New("no package with a shell is given"))
	}
	if o.Time.IsZero() {
		faults = append(faults, errors.New("no time is given"))
	}
	if err := checkStatic(o.Init); err != nil {
		faults = append(faults, fmt.Errorf("the init program: %w", err))
	}
	for _, f := range o.Extra {
		if !fs.ValidPath(f.Name) || f.Name == "." {
			faults = append(faults, fmt.Errorf("extra file %q: not a clean relative path", f.Name))
		}
		if t := f.Mode.Type(); t != 0 && t != fs.ModeDir && t != fs.ModeSymlink {
			faults = append(faults, fmt.Errorf("extra file %q: %v is no file, directory or symbolic link", f.Name, f.Mode))
		}
	}
	for _, dir := range o.Drop {
		if strings.Trim(dir, "/") == "" {
			faults = append(faults, errors.New("drop: an empty name would leave out everything"))
		}
	}
	return errors.Join(faults...)
}

// Report tells what Build has made.
type Report struct {
	Release  string // of the kernel
	Modules  int
	Size     int64 // of the packed archive, bytes
	Unpacked int64 // of the archive, bytes
	// Dropped are the wanted modules that Options.Drop left out, as paths below
	// the kernel's module directory.
	Dropped []string
	// Unmet are names in softdeps that this kernel does not have.
	Unmet []string
	// Firmware are files that carried modules may ask for. None is carried:
	// they come in packages of their own.
	Firmware []string
}

// Build writes the initramfs to w.
func Build(ctx context.Context, w io.Writer, o Options) (*Report, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	k, err := readKernel(ctx, o.Kernel, o.Progress)
	if err != nil {
		return nil, fmt.Errorf("read kernel package: %w", err)
	}
	c, err := choose(ctx, k, o.Drop)
	if err != nil {
		return nil, fmt.Errorf("choose modules of kernel %s: %w", k.release, err)
	}
	k.forget()
	if err := checkMachine(o.Init, c); err != nil {
		return nil, err
	}
	busybox, err := readShell(ctx, o.Shell, o.Progress)
	if err != nil {
		return nil, fmt.Errorf("read shell package: %w", err)
	}
	t := newTree()
	t.base(o.Init, busybox)
	if err := t.modules(c); err != nil {
		return nil, err
	}
	for _, f := range o.Extra {
		t.add(f)
	}
	report := &Report{Release: k.release, Modules: len(c.modules), Unmet: slices.Sorted(maps.Keys(c.unmet))}
	report.leftOut(c)
	if err := t.write(ctx, w, o.Time, report); err != nil {
		return nil, fmt.Errorf("write initramfs: %w", err)
	}
	return report, nil
}

// leftOut fills in what Drop kept away and what firmware is missing.
func (r *Report) leftOut(c *closure) {
	kept, _ := seeds(c.kernel, nil)
	for _, name := range kept {
		if c.modules[name] == nil {
			r.Dropped = append(r.Dropped, c.kernel.files[name].stem)
		}
	}
	firmware := map[string]bool{}
	for _, m := range c.modules {
		for _, f := range m.info.firmware {
			firmware[f] = true
		}
	}
	r.Firmware = slices.Sorted(maps.Keys(firmware))
}

// write archives the tree and packs it.
func (t *tree) write(ctx context.Context, w io.Writer, stamp time.Time, report *Report) error {
	packed := &counter{w: w}
	// One worker, so that blocks are cut and matched the same way everywhere.
	z, err := zstd.NewWriter(packed, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithWindowSize(window))
	if err != nil {
		return err
	}
	unpacked := &counter{w: z}
	archive := cpio.NewWriter(unpacked)
	for _, name := range slices.Sorted(maps.Keys(t.entries)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		e := t.entries[name]
		h := e.Header
		h.Name, h.ModTime, h.Size = name, stamp, int64(len(e.data))
		if err := archive.WriteHeader(&h); err != nil {
			return err
		}
		if _, err := archive.Write(e.data); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	report.Size, report.Unpacked = packed.n, unpacked.n
	return nil
}

// counter counts what is written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// checkStatic refuses what a kernel cannot start without other files.
func checkStatic(program []byte) error {
	f, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		return fmt.Errorf("not an ELF file: %w", err)
	}
	if f.Type != elf.ET_EXEC && f.Type != elf.ET_DYN {
		return fmt.Errorf("an ELF file of type %v, not a program", f.Type)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return errors.New("linked dynamically; it must be static, there are no libraries beside it")
		}
	}
	return nil
}

// checkMachine refuses an init for another processor than the kernel's.
func checkMachine(init []byte, c *closure) error {
	ours, err := elf.NewFile(bytes.NewReader(init))
	if err != nil {
		return err
	}
	// All modules of a kernel are for one machine.
	names := slices.Sorted(maps.Keys(c.modules))
	if len(names) == 0 {
		return fmt.Errorf("the kernel %s has none of the modules that a medium needs", c.kernel.release)
	}
	theirs, err := elf.NewFile(bytes.NewReader(c.modules[names[0]].data))
	if err != nil {
		return err
	}
	if ours.Machine != theirs.Machine {
		return fmt.Errorf("the init program is for %v, the kernel %s for %v", ours.Machine, c.kernel.release, theirs.Machine)
	}
	return nil
}

// packageNames joins names for a message.
func packageNames(packages []Package) string {
	var names []string
	for _, p := range packages {
		names = append(names, path.Base(p.Name))
	}
	return strings.Join(names, ", ")
}
