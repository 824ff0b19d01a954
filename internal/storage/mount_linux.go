package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Mount mounts the plan's file systems below root, the outer ones first, and
// makes their directories. Of the options of fstab only those count that
// change what is written; noexec and its like would keep packages from being
// installed. When one cannot be mounted, those that are get unmounted again.
func (p *Plan) Mount(root string) error {
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	for _, m := range p.Mounts() {
		if m.Where == "swap" || m.Type == "tmpfs" {
			continue
		}
		where, err := inside(root, m.Where)
		if err == nil {
			err = unix.Mount(m.Device, where, m.Type, 0, structural(m))
		}
		if err != nil {
			err = fmt.Errorf("mount %s at %s: %w", m.Device, m.Where, err)
			return errors.Join(err, p.Unmount(root))
		}
	}
	return nil
}

// structural are the options without which other bytes would be written.
func structural(m Mount) string {
	if m.Type != "btrfs" {
		return ""
	}
	options := slices.DeleteFunc(strings.Split(m.Options, ","), func(o string) bool {
		return !strings.HasPrefix(o, "subvol") && !strings.HasPrefix(o, "compress")
	})
	return strings.Join(options, ",")
}

// inside makes a directory below root, following no link out of it.
func inside(root, where string) (string, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return "", err
	}
	defer r.Close()
	rel := strings.Trim(where, "/")
	if rel == "" {
		return root, nil
	}
	if err := r.MkdirAll(rel, 0o755); err != nil {
		return "", err
	}
	return filepath.Join(root, rel), nil
}

// Unmount unmounts everything at and below root, the innermost first, also
// what others mounted there.
func (p *Plan) Unmount(root string) error { return Unmount(root) }

// Unmount unmounts everything at and below a directory, the innermost first.
func Unmount(root string) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	data, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return err
	}
	var below []string
	for line := range bytes.Lines(data) {
		if f := strings.Fields(string(line)); len(f) > 4 {
			if where := unescapeMount(f[4]); where == root || strings.HasPrefix(where, root+"/") {
				below = append(below, where)
			}
		}
	}
	var errs []error
	for _, where := range slices.Backward(below) {
		if err := unix.Unmount(where, 0); err != nil {
			errs = append(errs, fmt.Errorf("unmount %s: %w", where, err))
		}
	}
	return errors.Join(errs...)
}

// SwapOn uses the plan's swap, for machines with little memory; SwapOff gives
// it back.
func (p *Plan) SwapOn() error {
	return p.eachSwap(unix.SYS_SWAPON)
}

// SwapOff gives the plan's swap back.
func (p *Plan) SwapOff() error {
	return p.eachSwap(unix.SYS_SWAPOFF)
}

func (p *Plan) eachSwap(call uintptr) error {
	var errs []error
	for _, m := range p.Mounts() {
		if m.Where != "swap" {
			continue
		}
		name, err := unix.BytePtrFromString(m.Device)
		if err != nil {
			return err
		}
		if _, _, errno := unix.Syscall(call, uintptr(unsafe.Pointer(name)), 0, 0); errno != 0 { //nolint:gosec // the call wants a pointer
			errs = append(errs, fmt.Errorf("swap on %s: %w", m.Device, errno))
		}
	}
	return errors.Join(errs...)
}

// subvolumeArgument is the kernel's struct btrfs_ioctl_vol_args.
type subvolumeArgument struct {
	fd   int64
	name [4088]byte
}

const btrfsSubvolCreate = 0x5000940e // _IOW(0x94, 14, struct btrfs_ioctl_vol_args)

func makeSubvolume(dir, name string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	var arg subvolumeArgument
	if len(name) >= len(arg.name) {
		return errors.New("its name is too long")
	}
	copy(arg.name[:], name)
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), btrfsSubvolCreate, uintptr(unsafe.Pointer(&arg))) //nolint:gosec // the ioctl wants a pointer
	if errno != 0 {
		return errno
	}
	return nil
}

// scanBtrfs tells the kernel of a device of a btrfs, as btrfs device scan does.
func scanBtrfs(ctx context.Context, device string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f, err := os.OpenFile("/dev/btrfs-control", os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	var arg subvolumeArgument
	copy(arg.name[:len(arg.name)-1], device)
	const scan = 0x50009404                                                                  // _IOW(0x94, 4, struct btrfs_ioctl_vol_args)
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), scan, uintptr(unsafe.Pointer(&arg))) //nolint:gosec // the ioctl wants a pointer
	if errno != 0 {
		return errno
	}
	return nil
}
