// Package stage2 is the program that the medium boots into: /init of the
// initramfs, and the home of the installer. It loads the kernel modules that
// the machine's devices call for, finds the medium by its volume label among
// all disks and discs, checks it on request, says what is on it, and offers a
// menu on the screen and on every serial console. Where no boot argument names
// a kickstart, it takes that of a volume labelled OEMDRV.
//
// It speaks the boot arguments of Anaconda, as dracut.cmdline(7) and Anaconda's
// boot options have them: inst.stage2, inst.repo, inst.ks, inst.rescue,
// rd.live.check, also without the prefix.
//
// Two processes run. The first, process 1, only starts the second, buries
// orphans, and says so if the second dies: see Supervise. The second is Run.
// Under the name modprobe the program is what the kernel calls to have a module
// loaded: see Modprobe.
//
// Everything that only a kernel can do is in the struct Kernel, and every path
// is below System.Root, so that tests run it as anybody anywhere.
package stage2

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cdbuilder/internal/install"
)

// System is the machine as stage2 meets it.
type System struct {
	// Root is where /proc, /sys, /dev and /run are; "/" but in tests.
	Root   string
	Kernel Kernel
	Now    func() time.Time
	// Wait lets time pass, or returns the context's error.
	Wait func(context.Context, time.Duration) error
	// Patience is how long to look for the medium before giving up; USB sticks
	// and card readers take seconds to appear.
	Patience time.Duration
	// Hands are what does an installation on this machine. Nil: nothing can be
	// installed, and the menu comes.
	Hands func(install.Machine) install.Hands
	// Rescue mounts an installed system below install.SysRoot and gives what
	// unmounts it. Nil: the rescue shell has the installer only.
	Rescue func(ctx context.Context, m install.Machine, say func(string, ...any)) (release func() error, err error)
	// Random is where the salts of passwords come from.
	Random io.Reader
	// Settle is how long after the last new device another medium with the
	// same label may still turn up.
	Settle time.Duration
}

// Kernel is what stage2 asks of the kernel beyond reading and writing files.
type Kernel struct {
	// Mount is mount(2), with the flags below.
	Mount func(source, target, fstype string, flags uintptr, data string) error
	// Unmount is umount2(2) with MNT_DETACH.
	Unmount func(target string) error
	// LoadModule is finit_module(2). A module that is in already is no error.
	LoadModule func(file string) error
	// Node makes a character device.
	Node func(file string, major, minor uint32) error
	// Console opens a terminal for reading and writing without making it the
	// process's own.
	Console func(file string) (io.ReadWriteCloser, error)
	// Shell runs a command on a terminal, as leader of a session of its own
	// with job control, and returns when it ends. The kernel then hangs the
	// terminal up: whoever has it open must open it again.
	Shell func(file string, argv, env []string) error
	// Raw has a terminal that Console gave hand over each key as it is pressed,
	// and show none of them.
	Raw func(tty io.ReadWriteCloser) (Raw, error)
	// Command runs a command without any terminal.
	Command func(argv []string) error
	// Eject opens the drive's tray. One without is no error.
	Eject func(device string) error
	// Halt restarts the machine or switches it off.
	Halt func(Halt) error
}

// Raw is a terminal whose keys come one by one.
type Raw struct {
	Width, Height int          // in letters; 0: unknown
	Restore       func() error // makes it what it was
}

// Flags of Kernel.Mount, with the values of mount(2).
const (
	ReadOnly = 1
	NoSUID   = 2
	NoDev    = 4
	NoExec   = 8
)

// Halt is a way to end.
type Halt int

// The ways to end.
const (
	Reboot Halt = iota
	PowerOff
)

// RepoDir is where the medium is mounted, as under Anaconda.
const RepoDir = "/run/install/repo"

// path is a path of the machine below Root.
func (s *System) path(name string) string { return filepath.Join(s.Root, name) }

// installer is one run of the second process.
type installer struct {
	*System
	args      Args
	consoles  []*console
	screens   io.Writer // all consoles
	all       io.Writer // all consoles and the log
	log       io.Writer
	modules   *loader
	medium    *Medium
	kickstart string // the one that was asked for, as a person would say
	source    *install.Source
	release   func() error // unmounts what an installation left mounted
	eject     bool         // the medium, at the end
	checking  sync.Mutex   // one media check at a time
	turn      turn         // one wizard and installation at a time
	ran       atomic.Bool  // an installation was begun
}

// Run is the second process: from the first module to the menu. It returns
// when the context ends or no console can be read any more. A crash says that
// the process is started again after it fell, and how: then nothing is tried
// that might fell it again, and the menu comes at once.
func Run(ctx context.Context, s *System, crash string) error {
	in := &installer{System: s}
	args, err := s.readArgs()
	in.args, in.kickstart = args, args.Kickstart
	in.consoles = s.openConsoles(args.Consoles)
	log, logErr := s.openLog()
	in.log, in.screens, in.all = log, broadcast(in.consoles), broadcast(in.consoles, log)
	s.tameKernelLog(args.Debug)
	if err := errors.Join(err, logErr); err != nil {
		in.say("%v", err)
	}
	if crash != "" {
		in.say("the installer fell: %s", crash)
		in.say("what it said before is in /run/log/stage2.log; the menu below still works")
	} else if err := in.arrive(ctx); err != nil {
		in.complain(err)
	}
	return in.serve(ctx)
}

// arrive does what is to be done before the menu. A panic on the way becomes an
// error, so that a person gets a shell to look around with.
func (in *installer) arrive(ctx context.Context) (err error) {
	defer caught(&err)
	in.modules, err = in.openModules()
	if err != nil {
		in.say("%v", err) // a kernel with everything built in may still do
	}
	if in.args.Location.Kind == Nowhere {
		return errors.New("the boot arguments name no medium: inst.stage2=hd:LABEL=… is missing")
	}
	in.say("looking for the medium: %v", in.args.Location)
	medium, err := in.find(ctx)
	if err != nil {
		return err
	}
	in.medium = medium
	in.say("medium %s found", medium.Name())
	in.say("it is %v", medium.Device)
	if in.args.Check {
		in.checkMedium(ctx, in.screens, in.all)
	}
	if err := in.mountMedium(medium); err != nil {
		return err
	}
	faulty := in.fetchKickstart()
	in.present(in.all)
	switch {
	case in.args.Rescue:
		in.rescue(ctx)
	case faulty == nil && in.source != nil && in.Hands != nil:
		in.install(ctx)
	}
	return faulty
}

// caught, deferred, makes a panic an error.
func caught(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("the installer made a mistake (%v); please report this with the log /run/log/stage2.log", p)
	}
}

// say prints a line on every console, in the form that all ours have.
func (in *installer) say(format string, args ...any) {
	fmt.Fprintf(in.all, "stage2: "+format+"\n", args...)
}

// complain prints an error, each line of it as one of ours.
func (in *installer) complain(err error) {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		in.say("%s", line)
	}
	in.say("the shell in the menu below helps to look around; this run's log is /run/log/stage2.log")
}

// openLog starts the file that keeps what is said.
func (s *System) openLog() (io.Writer, error) {
	dir := s.path("/run/log")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return io.Discard, fmt.Errorf("no log is kept: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "stage2.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return io.Discard, fmt.Errorf("no log is kept: %w", err)
	}
	return f, nil
}

// tameKernelLog keeps the kernel's messages off the consoles, where they would
// run through the menu; dmesg in the shell shows them. With debug they stay.
func (s *System) tameKernelLog(debug bool) {
	if !debug {
		// Not being able to is no reason to do anything else.
		_ = os.WriteFile(s.path("/proc/sys/kernel/printk"), []byte("1 4 1 7\n"), 0o644)
	}
}
