// Package run starts other programs. It is the only place in cd-builder that
// does: what is run is a plain value that can be printed and tested, nothing
// passes through a shell, and a failure tells the command line and the end of
// what the program said.
package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Spec says what to run. Env nil means the empty environment, never the
// caller's own: pass world.Env.Environ where the program should see it.
type Spec struct {
	Argv           []string
	Dir            string
	Env            []string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Grace is how long the program has after SIGTERM before SIGKILL; default 5 s.
	Grace time.Duration
	// Terminal leaves the program in the caller's process group, for programs
	// that talk to the person at the terminal.
	Terminal bool
}

// Error is a command that failed.
type Error struct {
	Argv   []string
	Stderr string // the end of what it said
	Err    error
}

// Error gives the command line, copy-pasteable, the cause, and what it said last.
func (e *Error) Error() string {
	msg := Quote(e.Argv) + ": " + e.Err.Error()
	if e.Stderr != "" {
		msg += ": " + e.Stderr
	}
	return msg
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// ErrNotInstalled is in the chain of a failure to find the program.
var ErrNotInstalled = exec.ErrNotFound

// Look finds a program on PATH, then in the directories for the superuser's
// programs that an ordinary PATH lacks.
func Look(name string) (string, error) {
	for _, dir := range []string{"", "/usr/sbin/", "/sbin/", "/usr/local/sbin/"} {
		if p, err := exec.LookPath(dir + name); err == nil {
			return p, nil
		}
	}
	return "", fmt.Errorf("program %s: %w", name, ErrNotInstalled)
}

// Process is a program that was started.
type Process struct {
	cmd  *exec.Cmd
	spec Spec
	tail *tail
}

// Start runs a program in the background. Cancelling the context ends it with
// SIGTERM, and with SIGKILL after the grace time.
func Start(ctx context.Context, s Spec) (*Process, error) {
	if len(s.Argv) == 0 {
		return nil, errors.New("nothing to run: the command line is empty")
	}
	cmd := exec.CommandContext(ctx, s.Argv[0], s.Argv[1:]...) //nolint:gosec // starting what the caller names is this package's one job
	p := &Process{cmd: cmd, spec: s, tail: &tail{}}
	cmd.Dir, cmd.Stdin, cmd.Stdout = s.Dir, s.Stdin, s.Stdout
	cmd.Env = s.Env
	if cmd.Env == nil {
		cmd.Env = []string{}
	}
	cmd.Stderr = p.tail
	if s.Stderr != nil {
		cmd.Stderr = io.MultiWriter(s.Stderr, p.tail)
	}
	if s.Terminal {
		cmd.Stderr = s.Stderr
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: !s.Terminal}
	cmd.Cancel = func() error { return p.signal(syscall.SIGTERM) }
	cmd.WaitDelay = s.Grace
	if cmd.WaitDelay == 0 {
		cmd.WaitDelay = 5 * time.Second
	}
	if err := cmd.Start(); err != nil {
		return nil, &Error{Argv: s.Argv, Err: err}
	}
	return p, nil
}

// Wait waits for the program's end.
func (p *Process) Wait() error {
	err := p.cmd.Wait()
	if !p.spec.Terminal {
		// What the program left behind in its group goes with it.
		_ = p.signal(syscall.SIGKILL)
	}
	if err != nil {
		return &Error{Argv: p.spec.Argv, Stderr: p.tail.String(), Err: err}
	}
	return nil
}

// PID is the program's process number.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// signal reaches the program's whole group, or the program alone where it
// shares ours.
func (p *Process) signal(sig syscall.Signal) error {
	pid := p.cmd.Process.Pid
	if !p.spec.Terminal {
		pid = -pid
	}
	return syscall.Kill(pid, sig)
}

// Cmd runs a program to its end.
func Cmd(ctx context.Context, s Spec) error {
	p, err := Start(ctx, s)
	if err != nil {
		return err
	}
	return p.Wait()
}

// Quote writes a command line that a POSIX shell reads back as the same words.
func Quote(argv []string) string {
	words := make([]string, len(argv))
	for i, w := range argv {
		if w == "" || strings.Trim(w, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_^") != "" {
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		words[i] = w
	}
	return strings.Join(words, " ")
}

// tail keeps the last two KiB of what is written to it.
type tail struct{ b []byte }

const tailSize = 2048

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	if len(t.b) > tailSize {
		t.b = append(t.b[:0], t.b[len(t.b)-tailSize:]...)
	}
	return len(p), nil
}

func (t *tail) String() string { return strings.TrimSpace(string(t.b)) }
