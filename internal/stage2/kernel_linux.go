package stage2

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"cdbuilder/internal/install"

	"golang.org/x/sys/unix"
)

// Real is the machine that the program runs on.
func Real(now func() time.Time) *System {
	return &System{
		Root: "/", Now: now, Wait: wait, Patience: 60 * time.Second, Settle: time.Second, Hands: install.Real, Rescue: install.Rescue, Random: random{},
		Kernel: Kernel{
			Mount:      unix.Mount,
			Unmount:    func(target string) error { return unix.Unmount(target, unix.MNT_DETACH) },
			LoadModule: loadModule,
			Node:       makeNode,
			Console:    openTerminal,
			Shell:      runOnTerminal,
			Raw:        rawTerminal,
			Command:    runQuietly,
			Eject:      eject,
			Halt:       halt,
		},
	}
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func loadModule(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	err = unix.FinitModule(int(f.Fd()), "", 0)
	if errors.Is(err, unix.EEXIST) {
		return nil
	}
	return err
}

func makeNode(file string, major, minor uint32) error {
	return unix.Mknod(file, unix.S_IFCHR|0o600, int(unix.Mkdev(major, minor)))
}

// openTerminal opens a terminal without waiting for a serial line's carrier,
// and without taking it as the controlling one.
func openTerminal(file string) (io.ReadWriteCloser, error) {
	fd, err := unix.Open(file, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: file, Err: err}
	}
	if err := unix.SetNonblock(fd, false); err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	if _, err := unix.IoctlGetTermios(fd, unix.TCGETS); err != nil {
		return nil, errors.Join(fmt.Errorf("%s is no terminal: %w", file, err), unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), file), nil
}

// runOnTerminal starts a program as leader of a new session whose controlling
// terminal the file is, waits for it, and sets the terminal back to what it was.
func runOnTerminal(file string, argv, env []string) error {
	fd, err := unix.Open(file, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: file, Err: err}
	}
	tty := os.NewFile(uintptr(fd), file)
	defer tty.Close()
	before, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return fmt.Errorf("read the terminal's settings: %w", err)
	}
	p, err := os.StartProcess(argv[0], argv, &os.ProcAttr{
		Dir: "/", Env: env, Files: []*os.File{tty, tty, tty},
		Sys: &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0},
	})
	if err != nil {
		return err
	}
	if _, err := p.Wait(); err != nil {
		return err
	}
	return restore(file, before)
}

// restore undoes what a program did to a terminal and left so. The terminal
// has to be opened anew: the kernel hung it up when its session's leader ended.
func restore(file string, settings *unix.Termios) error {
	fd, err := unix.Open(file, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: file, Err: err}
	}
	err = unix.IoctlSetTermios(fd, unix.TCSETS, settings)
	return errors.Join(err, unix.Close(fd))
}

// rawTerminal has a terminal give keys one by one. What is written to it is
// still made fit for it: a line feed goes to the beginning of the next line.
func rawTerminal(tty io.ReadWriteCloser) (Raw, error) {
	f, ok := tty.(*os.File)
	if !ok {
		return Raw{}, fmt.Errorf("%T is no terminal", tty)
	}
	fd := int(f.Fd())
	before, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return Raw{}, fmt.Errorf("read the terminal's settings: %w", err)
	}
	raw := *before
	raw.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	raw.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	raw.Cc[unix.VMIN], raw.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &raw); err != nil {
		return Raw{}, fmt.Errorf("change the terminal's settings: %w", err)
	}
	r := Raw{Restore: func() error { return unix.IoctlSetTermios(fd, unix.TCSETS, before) }}
	if size, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ); err == nil { // a serial line has none
		r.Width, r.Height = int(size.Col), int(size.Row)
	}
	return r, nil
}

// random is the kernel's.
type random struct{}

func (random) Read(p []byte) (int, error) { return unix.Getrandom(p, 0) }

// runQuietly runs a program with nothing to read and nobody to hear it.
func runQuietly(argv []string) error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	p, err := os.StartProcess(argv[0], argv, &os.ProcAttr{Dir: "/", Files: []*os.File{null, null, null}})
	if err != nil {
		return err
	}
	state, err := p.Wait()
	if err == nil && !state.Success() {
		err = fmt.Errorf("%s: %v", argv[0], state)
	}
	return err
}

func halt(how Halt) error {
	unix.Sync()
	if how == PowerOff {
		return unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
	}
	return unix.Reboot(unix.LINUX_REBOOT_CMD_RESTART)
}

// Requests of linux/cdrom.h.
const (
	cdromEject    = 0x5309
	cdromLockDoor = 0x5329
)

func eject(device string) error {
	fd, err := unix.Open(device, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: device, Err: err}
	}
	_ = unix.IoctlSetInt(fd, cdromLockDoor, 0)
	err = unix.IoctlSetInt(fd, cdromEject, 0)
	if errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) {
		err = nil // no disc: a stick, or a drive without a tray
	}
	return errors.Join(err, unix.Close(fd))
}
