package stage2

import (
	"errors"
	"fmt"
	"os"
)

// fixture is a file system that the rest of the system stands on.
type fixture struct {
	target, fstype, data string
	flags                uintptr
}

// fixtures are mounted in this order.
var fixtures = []fixture{
	{"/proc", "proc", "", NoSUID | NoDev | NoExec},
	{"/sys", "sysfs", "", NoSUID | NoDev | NoExec},
	{"/dev", "devtmpfs", "mode=0755", NoSUID},
	{"/dev/pts", "devpts", "mode=0620,gid=5,ptmxmode=0666", NoSUID | NoExec},
	{"/dev/shm", "tmpfs", "mode=1777", NoSUID | NoDev},
	{"/run", "tmpfs", "mode=0755", NoSUID | NoDev},
}

// MountFixtures is the first thing that process 1 does. It tries all of them;
// a machine without devpts still has a menu.
func (s *System) MountFixtures() error {
	var faults []error
	for _, f := range fixtures {
		err := os.MkdirAll(s.path(f.target), 0o755)
		if err == nil {
			err = s.Kernel.Mount(f.fstype, s.path(f.target), f.fstype, f.flags, f.data)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("mount %s: %w", f.target, err))
		}
	}
	return errors.Join(faults...)
}
