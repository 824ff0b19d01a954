package rootfs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// Mounts are the kernel's file systems that Mount mounted below a root.
type Mounts struct {
	root   string
	points []string
}

// mount is one file system of the kernel's.
type mount struct {
	point, kind, data string
	flags             uintptr
	from              string // for a bind mount
}

// kernelMounts is what programs of the target expect to find. Their run is empty,
// so that they see no running system.
var kernelMounts = []mount{
	{point: "proc", kind: "proc", flags: unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC},
	{point: "sys", kind: "sysfs", flags: unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC},
	{point: "dev", from: "/dev"},
	{point: "dev/pts", kind: "devpts", data: "newinstance,ptmxmode=0666,mode=0620,gid=5", flags: unix.MS_NOSUID | unix.MS_NOEXEC},
	{point: "dev/shm", kind: "tmpfs", data: "mode=1777", flags: unix.MS_NOSUID | unix.MS_NODEV},
	{point: "run", kind: "tmpfs", data: "mode=0755", flags: unix.MS_NOSUID | unix.MS_NODEV},
}

// Mount mounts proc, sys, dev, dev/pts, dev/shm and run below a root, and the
// firmware's variables where this machine has them. The root may be empty. After a
// failure nothing stays mounted.
func Mount(root string) (*Mounts, error) {
	m := &Mounts{root: filepath.Clean(root)}
	all := kernelMounts
	if _, err := os.Stat("/sys/firmware/efi/efivars"); err == nil {
		all = append(slices.Clone(all), mount{point: "sys/firmware/efi/efivars", kind: "efivarfs", flags: unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC})
	}
	for _, one := range all {
		if err := m.add(root, one); err != nil {
			return nil, errors.Join(err, m.Unmount())
		}
	}
	return m, nil
}

func (m *Mounts) add(root string, one mount) error {
	point := filepath.Join(root, one.point)
	if err := os.MkdirAll(point, 0o755); err != nil {
		return err
	}
	if info, err := os.Lstat(point); err != nil || !info.IsDir() {
		return fmt.Errorf("mounting on %s: it is no directory", point)
	}
	var err error
	if one.from != "" {
		if err = unix.Mount(one.from, point, "", unix.MS_BIND, ""); err == nil {
			m.points = append(m.points, point)
			// What is mounted below it must not appear below the original.
			err = unix.Mount("", point, "", unix.MS_PRIVATE, "")
		}
	} else if err = unix.Mount(one.kind, point, one.kind, one.flags, one.data); err == nil {
		m.points = append(m.points, point)
	}
	if err != nil {
		return fmt.Errorf("mounting %s: %w", point, err)
	}
	return nil
}

// Unmount ends the programs that still have the root as theirs, such as daemons
// that a script started against the rules, and unmounts what Mount mounted.
// A point that is in use nevertheless disappears when it no longer is.
func (m *Mounts) Unmount() error {
	faults := []error{endPrograms(m.root)}
	for _, point := range slices.Backward(m.points) {
		err := unix.Unmount(point, unix.UMOUNT_NOFOLLOW)
		if errors.Is(err, unix.EBUSY) {
			err = unix.Unmount(point, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("unmounting %s: %w", point, err))
		}
	}
	m.points = nil
	return errors.Join(faults...)
}

// endPrograms kills what runs with the directory as its root, until nothing does.
func endPrograms(root string) error {
	want, err := os.Stat(root)
	if err != nil {
		return err
	}
	if is, err := os.Stat("/"); err != nil || os.SameFile(is, want) {
		return err // everything runs there
	}
	for range 50 {
		pids := programsIn(want)
		if len(pids) == 0 {
			return nil
		}
		for _, pid := range pids {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("programs in %s do not end", root)
}

func programsIn(root os.FileInfo) (pids []int) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if is, err := os.Stat("/proc/" + e.Name() + "/root"); err == nil && os.SameFile(is, root) && pid != os.Getpid() {
			pids = append(pids, pid)
		}
	}
	return pids
}
