// Package initrd builds the initramfs that the medium boots into, from the
// target's own packages: the kernel modules that reach media and disks, the
// programs that make file systems and volumes, with the shared libraries that
// they need, a static busybox for the rescue shell, and stage2, one static Go
// program, as /init. There is no udev in it, and no script of ours.
//
// The archive is in the newc format, packed with zstd, both as the kernel's
// documentation of its "initramfs buffer format" has them. Its bytes depend on
// nothing but the options: not on the host, the user, the clock or the number
// of processors.
package initrd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
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
	Name   string // as it stands in messages: "libc6 2.41-12", the name first
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
	// Programs are packages, such as e2fsprogs, whose programs in bin and sbin
	// come along, with the files that these read. A script comes along when its
	// interpreter is there.
	Programs []Package
	// Libraries are packages, such as libc6, out of which come the shared
	// libraries that the programs need. They are read as far as something is
	// missing: first what goes by a library's name, then in this order.
	Libraries []Package
	// Drop names directories or single modules, below the kernel's module
	// directory, that are left out: "drivers/scsi/megaraid", "fs/btrfs"; and
	// programs: "usr/sbin/debugfs". One that would keep nothing away is an
	// error. A dropped module that a kept one needs comes along nevertheless.
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
	for _, p := range slices.Concat(o.Programs, o.Libraries) {
		if p.Reader == nil {
			faults = append(faults, fmt.Errorf("the package %q has nothing to read", p.Name))
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
	Release   string // of the kernel
	Modules   int
	Programs  int   // of the packages that were named, not counting second names
	Libraries int   // which these need
	Size      int64 // of the packed archive, bytes
	Unpacked  int64 // of the archive, bytes
	// Dropped are the wanted modules that Options.Drop left out, as paths below
	// the kernel's module directory.
	Dropped []string
	// Unmet are names in softdeps that this kernel does not have.
	Unmet []string
	// Firmware are files that carried modules may ask for. None is carried:
	// they come in packages of their own.
	Firmware []string
	// LeftOut are programs of the named packages that did not come along:
	// dropped ones, needless ones, scripts without their interpreter.
	LeftOut []string
}

// Build writes the initramfs to w.
func Build(ctx context.Context, w io.Writer, o Options) (*Report, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	var progress sync.Mutex
	if tell := o.Progress; tell != nil {
		o.Progress = func(n int64) {
			progress.Lock()
			defer progress.Unlock()
			tell(n)
		}
	}
	parts, err := gather(ctx, o)
	if err != nil {
		return nil, err
	}
	c := parts.modules
	t := newTree()
	t.base(o.Init, parts.busybox)
	if err := t.modules(c); err != nil {
		return nil, err
	}
	report := &Report{Release: c.kernel.release, Modules: len(c.modules), Unmet: slices.Sorted(maps.Keys(c.unmet))}
	report.leftOut(c)
	parts.tools.addTo(t, report)
	for _, f := range o.Extra {
		t.add(f)
	}
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
