package install

import (
	"context"
	"errors"
	"fmt"

	"cdbuilder/internal/rootfs"
	"cdbuilder/internal/run"
	"cdbuilder/internal/storage"
)

// Rescue finds the systems that are installed on this machine and mounts one of
// them below SysRoot, ready for chroot. What it does is said, line by line; the
// release unmounts it again. Encrypted disks stay closed: nobody can be asked
// for a passphrase on several consoles at once.
func Rescue(ctx context.Context, m Machine, say func(format string, args ...any)) (release func() error, err error) {
	finder := storage.Finder{
		Tools: storage.Tools{
			Run:    storage.Programs(func(argv []string) { fmt.Fprintf(m.Log, "run: %s\n", run.Quote(argv)) }),
			Source: storage.Here(),
		},
		Skip: []string{m.Medium},
	}
	if err := finder.Activate(ctx); err != nil {
		say("not all disks could be switched on: %v", err)
	}
	found, err := finder.Find(ctx)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, errors.New("no installed system was found on the disks")
	}
	missing, err := finder.Mount(found[0], SysRoot)
	if err != nil {
		return nil, fmt.Errorf("mount %v: %w", found[0], err)
	}
	say("%v is mounted at %s", found[0], SysRoot)
	if missing != nil {
		say("not all of it: %v", missing)
	}
	for _, other := range found[1:] {
		say("also here, and not mounted: %v", other)
	}
	kernel, err := rootfs.Mount(SysRoot)
	if err != nil {
		say("it is not ready for chroot: %v", err)
		return func() error { return storage.Unmount(SysRoot) }, nil
	}
	say("chroot %s leads into it", SysRoot)
	return func() error { return errors.Join(kernel.Unmount(), storage.Unmount(SysRoot)) }, nil
}
