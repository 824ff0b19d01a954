package vm

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"cdbuilder/internal/run"
)

// Running is a machine that was started. Stop must be called.
type Running struct {
	*Console
	dir     string
	process *run.Process
	serial  net.Conn
	control *control
	cancel  context.CancelFunc
	done    chan struct{} // closed when the process has ended
	err     error         // its end; valid once done is closed
	once    sync.Once
}

// Argv is the command line with which Start would run the machine, with its
// own files in dir.
func (m Machine) Argv(h Host, dir string) []string {
	f := m.files(dir)
	argv := append(m.argv(h, f), f.headless()...)
	if h.Setpriv != "" {
		argv = append([]string{h.Setpriv, "--pdeathsig", "KILL", "--"}, argv...)
	}
	return argv
}

func (m Machine) files(dir string) files {
	return files{
		vars:    cmp.Or(m.Vars, filepath.Join(dir, "vars.fd")),
		serial:  filepath.Join(dir, "serial"),
		control: filepath.Join(dir, "control"),
		log:     m.Log,
	}
}

// Start runs the machine without a window. It runs until Stop, until it
// switches itself off, or until the context ends.
func Start(ctx context.Context, m Machine) (_ *Running, err error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	h, err := FindHost(m.Firmware)
	if err != nil {
		return nil, err
	}
	dir, err := prepare(m, h)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	r := &Running{Console: newConsole(), dir: dir, cancel: cancel, done: make(chan struct{})}
	if err := r.start(ctx, m.files(dir), m.Argv(h, dir)); err != nil {
		cancel()
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return r, nil
}

// prepare makes the directory with the machine's own files.
func prepare(m Machine, h Host) (string, error) {
	for _, d := range m.Drives {
		if _, err := os.Stat(d.Path); err != nil {
			return "", fmt.Errorf("drive %s: %w", d.Path, err)
		}
	}
	dir, err := os.MkdirTemp("", "cdb-vm-")
	if err != nil {
		return "", err
	}
	if !m.uefi() || m.Vars != "" && exist(m.Vars) {
		return dir, nil
	}
	vars := h.Vars
	if m.Firmware == SecureBoot {
		vars = h.SecureVars
	}
	if err := copyFile(m.files(dir).vars, vars); err != nil {
		return "", errors.Join(fmt.Errorf("copying the firmware's variables: %w", err), os.RemoveAll(dir))
	}
	return dir, nil
}

func copyFile(to, from string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o600) //nolint:gosec // a file in the directory that prepare has just made
}

// start listens, runs QEMU and waits until it has connected to both sockets.
func (r *Running) start(ctx context.Context, f files, argv []string) error {
	var listeners [2]net.Listener
	for i, path := range []string{f.serial, f.control} {
		l, err := net.Listen("unix", path)
		if err != nil {
			return err
		}
		defer func() { _ = l.Close() }()
		listeners[i] = l
	}
	var err error
	if r.process, err = run.Start(ctx, run.Spec{Argv: argv, Dir: r.dir, Env: []string{"TMPDIR=" + r.dir}}); err != nil {
		return err
	}
	go func() {
		r.err = r.process.Wait()
		close(r.done)
		for _, l := range listeners { // who waits for a connection waits in vain
			_ = l.Close()
		}
	}()
	if err := r.connect(ctx, listeners); err != nil {
		if r.endsWithin(time.Second) { // by itself, and said why
			err = r.err
		}
		r.cancel()
		<-r.done
		return errors.Join(fmt.Errorf("starting the machine: %w", err), r.hangUp())
	}
	go func() {
		_, _ = io.Copy(r.Console, r.serial) // its end is the machine's end
		r.end()
	}()
	return nil
}

func (r *Running) connect(ctx context.Context, listeners [2]net.Listener) error {
	stop := context.AfterFunc(ctx, func() {
		for _, l := range listeners {
			_ = l.Close()
		}
	})
	defer stop()
	var err error
	if r.serial, err = listeners[0].Accept(); err != nil {
		return fmt.Errorf("QEMU did not connect: %w", err)
	}
	conn, err := listeners[1].Accept()
	if err != nil {
		return fmt.Errorf("QEMU did not connect: %w", err)
	}
	r.control = newControl(conn)
	// QEMU takes commands only after this one.
	return r.control.do(ctx, "qmp_capabilities", nil)
}

// hangUp closes what was connected.
func (r *Running) hangUp() error {
	var faults []error
	if r.serial != nil {
		faults = append(faults, r.serial.Close())
	}
	if r.control != nil {
		faults = append(faults, r.control.conn.Close())
	}
	return errors.Join(faults...)
}

// Type sends text over the serial line, as a person at a terminal would.
func (r *Running) Type(text string) error {
	if _, err := io.WriteString(r.serial, text); err != nil {
		return fmt.Errorf("typing on the serial line: %w", err)
	}
	return nil
}

// Keys presses keys on the machine's keyboard, one after the other, by QEMU's
// names: ret, down, esc, tab, a, 1. Keys held together are joined by a plus:
// ctrl+alt+f2.
func (r *Running) Keys(ctx context.Context, keys ...string) error {
	for _, k := range keys {
		var held []map[string]any
		for _, name := range bytes.Split([]byte(k), []byte("+")) {
			held = append(held, map[string]any{"type": "qcode", "data": string(name)})
		}
		if err := r.control.do(ctx, "send-key", map[string]any{"keys": held, "hold-time": 60}); err != nil {
			return err
		}
		if err := pause(ctx, 150*time.Millisecond); err != nil { // firmware takes keys one at a time
			return err
		}
	}
	return nil
}

// Done is closed when the machine has ended.
func (r *Running) Done() <-chan struct{} { return r.done }

// endsWithin waits for the machine to end by itself.
func (r *Running) endsWithin(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-r.done:
		return true
	case <-t.C:
		return false
	}
}

// Stop ends the machine and removes its files. It may be called more than once.
func (r *Running) Stop() error {
	var err error
	r.once.Do(func() {
		r.cancel()
		<-r.done
		err = errors.Join(r.hangUp(), os.RemoveAll(r.dir))
		r.end()
	})
	return err
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
