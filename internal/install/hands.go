package install

import (
	"context"
	"fmt"
	"io"

	"cdbuilder/internal/rootfs"
	"cdbuilder/kickstart/language"
)

// Hands are what an installation does to a machine.
type Hands struct {
	// Plan reads the machine's disks and lays out what the kickstart asks for,
	// or says why that cannot be. Nothing is written.
	Plan func(r *language.Recipe) (Disks, error)
	// Target plans the configuration and the boot loader of the system that the
	// named packages will be on these disks. Nothing is written.
	Target func(r *language.Recipe, d Disks, packages []string, kickstart []byte) (Target, error)
	// Packages installs packages into a root.
	Packages func(ctx context.Context, o rootfs.Options) error
	// Kernel mounts the kernel's file systems below a root; undo unmounts them.
	Kernel func(root string) (undo func() error, err error)
	// Program runs a program with the directory as its root.
	Program func(ctx context.Context, root string, c rootfs.Command) error
	// Release unmounts whatever is below SysRoot and switches off what the
	// disks' layout switched on.
	Release func() error
}

// Disks are the machine's disks as they will be.
type Disks interface {
	// String is the plan for a person.
	fmt.Stringer
	// Packages are those that the system needs for its disks and to boot.
	Packages() []string
	// Capacity is the size in bytes of the file system that will hold a path.
	Capacity(path string) int64
	// Prepare does the plan: everything on the disks that it erases is gone
	// from the first step on.
	Prepare(ctx context.Context, step func(n, of int, does string)) error
	// Mount mounts the file systems below a directory.
	Mount(root string) error
}

// Target is the system as it will be, beyond its packages.
type Target interface {
	// String is the plan for the log.
	fmt.Stringer
	// Warnings are what the kickstart asks for and nothing is done about.
	Warnings() []string
	// Configure writes the files below root, makes the accounts, the initramfs
	// and the boot loader. What programs say goes to log; warn takes what was
	// not done although the work went on.
	Configure(ctx context.Context, root string, log io.Writer, step func(n, of int, does string), warn func(text string)) error
}

// Machine is what Hands are to know of the machine and its medium.
type Machine struct {
	Root    string
	Medium  string // the device of the medium, below /dev: sr0
	Product string // what is installed: "Demo server Beta 01"
	Info    string // the medium's .disk/info
	Suite   string // under which Debian has the packages: trixie
	Cmdline string // the kernel's
	Log     io.Writer
	// LoadModule has the kernel take a module, where there is one of that name.
	LoadModule func(name string)
}
