package storage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
	"unsafe"

	"cdbuilder/internal/run"

	"golang.org/x/sys/unix"
)

// Here is the machine that the program runs on.
func Here() Source { return Below("/") }

// Below is the machine whose /sys, /proc and /dev are in a directory.
func Below(root string) Source {
	return Source{
		Sys: os.DirFS(filepath.Join(root, "sys")), Proc: os.DirFS(filepath.Join(root, "proc")),
		Open: func(name string) (Device, error) { return os.Open(filepath.Join(root, "dev", name)) },
	}
}

// Environment is what the programs need where no udev runs: they make the
// device nodes themselves, and speak English.
var Environment = []string{
	"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "HOME=/", "TERM=dumb",
	"DM_DISABLE_UDEV=1", "MDADM_NO_UDEV=1", "LVM_SUPPRESS_FD_WARNINGS=1",
}

// Tools is what Execute works with.
type Tools struct {
	// Run runs a program with what its standard input is to hold.
	Run func(ctx context.Context, argv []string, stdin []byte) error
	// Source is where the kernel's view of a disk is read.
	Source Source
	// Patience is how long a device may take to appear. 0: ten seconds.
	Patience time.Duration
}

// partitionArgument is the kernel's struct blkpg_ioctl_arg, with the struct
// blkpg_partition that it points to (uapi/linux/blkpg.h).
type partitionArgument struct {
	op, flags, length int32
	data              unsafe.Pointer
}

type kernelPartition struct {
	start, length  int64
	number         int32
	devname, label [64]byte
	_              [4]byte
}

const (
	blkpgAdd = 1
	blkpgDel = 2
)

func blkpg(f *os.File, op int32, number int, start, length int64) error {
	p := kernelPartition{start: start, length: length, number: int32(number)}
	arg := partitionArgument{op: op, length: int32(unsafe.Sizeof(p)), data: unsafe.Pointer(&p)}    //nolint:gosec // the ioctl wants a pointer in its argument
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), unix.BLKPG, uintptr(unsafe.Pointer(&arg))) //nolint:gosec // the ioctl wants a pointer
	if errno != 0 {
		return errno
	}
	return nil
}

// tell makes the kernel see the partitions of a plan. Those that are as they
// were stay untouched, since they may be in use. BLKPG works on kernels that
// cannot read the table, and does not fail as a whole as BLKRRPART does.
func (d *DiskPlan) tell(f *os.File, s Source) error {
	have := s.kernelPartitions(d.Name)
	var errs []error
	want := make(map[int][2]int64)
	for _, e := range d.After().Entries {
		want[e.Number] = [2]int64{e.Start, e.Size}
	}
	for _, n := range sortedKeys(have) {
		if want[n] == have[n] {
			delete(want, n)
			continue
		}
		if err := blkpg(f, blkpgDel, n, 0, 0); err != nil && !errors.Is(err, unix.ENXIO) {
			errs = append(errs, fmt.Errorf("make the kernel forget %s: %w", partitionName(d.Name, n), err))
		}
	}
	for _, n := range sortedKeys(want) {
		if err := blkpg(f, blkpgAdd, n, want[n][0], want[n][1]); err != nil {
			errs = append(errs, fmt.Errorf("make the kernel see %s: %w", partitionName(d.Name, n), err))
		}
	}
	return errors.Join(errs...)
}

func sortedKeys(m map[int][2]int64) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// open opens a disk for writing and for nobody else: the kernel refuses that
// while a file system of it is mounted, or an array or volume stands on it.
func (d *DiskPlan) open() (*os.File, error) {
	f, err := os.OpenFile(d.Path(), os.O_RDWR|unix.O_EXCL, 0)
	if errors.Is(err, unix.EBUSY) {
		return nil, fmt.Errorf("%s is in use, and is not written to: %w", d.Path(), err)
	}
	if err != nil {
		return nil, err
	}
	size, err := deviceSize(f)
	if err == nil && size != d.Size {
		err = fmt.Errorf("%s has %d bytes, and the plan was made for %d", d.Path(), size, d.Size)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func deviceSize(f *os.File) (int64, error) {
	var size uint64
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), unix.BLKGETSIZE64, uintptr(unsafe.Pointer(&size))) //nolint:gosec // the ioctl wants a pointer
	if errno != 0 {
		return 0, fmt.Errorf("ask for the size of %s: %w", f.Name(), errno)
	}
	return int64(size), nil
}

// Programs runs the real programs; log takes what they say.
func Programs(log func(argv []string)) func(context.Context, []string, []byte) error {
	return func(ctx context.Context, argv []string, stdin []byte) error {
		if log != nil {
			log(argv)
		}
		return runProgram(ctx, argv, stdin)
	}
}

func runProgram(ctx context.Context, argv []string, stdin []byte) error {
	program, err := run.Look(argv[0])
	if err != nil {
		return err
	}
	return run.Cmd(ctx, run.Spec{Argv: append([]string{program}, argv[1:]...), Env: Environment, Stdin: reader(stdin)})
}
