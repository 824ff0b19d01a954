package rootfs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Command is a program of the target to be run.
type Command struct {
	Argv   []string // Argv[0] is an absolute path within the target
	Env    []string // the whole environment
	Stdin  []byte
	Output io.Writer // standard output and error; nil: thrown away
	// Status takes what the program writes to its descriptor 3; nil: it has none.
	Status io.Writer
}

// Runner runs programs with the target as their root. An error says how the
// program ended when it did not end well.
type Runner interface {
	Run(ctx context.Context, c Command) error
}

// Chroot runs programs in a directory as their root. It needs CAP_SYS_CHROOT.
type Chroot struct {
	Root string
	// Sync lets programs sync files to the disk. dpkg and its companions do
	// so after every step, which an installation that would begin anew after a power
	// cut has no use for: unless Sync is set, their calls of fsync and the like
	// succeed without doing anything, by a seccomp filter, where the kernel knows those.
	// The caller syncs at the end, once.
	Sync bool
	// Grace is how long a program has after SIGTERM before SIGKILL; default 5 s.
	Grace time.Duration
}

// Run starts the program in a session of its own and waits for its end. When the
// context ends, so do the program and what it started in its session's first group.
func (c Chroot) Run(ctx context.Context, cmd Command) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var pipes pipes
	defer pipes.close()
	attr, err := c.attributes(cmd, &pipes)
	if err != nil {
		return err
	}
	p, err := c.start(cmd.Argv, attr)
	if err != nil {
		return fmt.Errorf("%s: %w", strings.Join(cmd.Argv, " "), err)
	}
	pipes.started()
	ended := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		c.stop(ctx, p.Pid, ended)
	}()
	state, err := p.Wait()
	close(ended)
	<-stopped
	pipes.drain(c.grace())
	switch {
	case err != nil:
	case ctx.Err() != nil:
		err = ctx.Err()
	case !state.Success():
		err = errors.New(state.String())
	}
	if err != nil {
		return fmt.Errorf("%s: %w", strings.Join(cmd.Argv, " "), err)
	}
	return nil
}

func (c Chroot) grace() time.Duration {
	if c.Grace == 0 {
		return 5 * time.Second
	}
	return c.Grace
}

// stop ends the program's group when the context ends first.
func (c Chroot) stop(ctx context.Context, pid int, ended <-chan struct{}) {
	select {
	case <-ended:
		return
	case <-ctx.Done():
	}
	_ = syscall.Kill(-pid, syscall.SIGTERM)
	select {
	case <-ended:
	case <-time.After(c.grace()):
	}
	_ = syscall.Kill(-pid, syscall.SIGKILL)
}

func (c Chroot) attributes(cmd Command, p *pipes) (*os.ProcAttr, error) {
	in, err := p.input(cmd.Stdin)
	if err != nil {
		return nil, err
	}
	out, err := p.output(cmd.Output)
	if err != nil {
		return nil, err
	}
	files := []*os.File{in, out, out}
	if cmd.Status != nil {
		status, err := p.output(cmd.Status)
		if err != nil {
			return nil, err
		}
		files = append(files, status)
	}
	env := cmd.Env
	if env == nil {
		env = []string{} // never our own
	}
	return &os.ProcAttr{Dir: "/", Env: env, Files: files, Sys: &syscall.SysProcAttr{Chroot: c.Root, Setsid: true}}, nil
}

// start starts the program from a thread of its own, which the filter is put on:
// the program inherits it, and the thread ends here.
func (c Chroot) start(argv []string, attr *os.ProcAttr) (p *os.Process, err error) {
	if c.Sync {
		return os.StartProcess(argv[0], argv, attr)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		runtime.LockOSThread() // and never unlocked: the thread goes with the goroutine
		// Where there is no seccomp, syncing is slow and nothing else.
		_ = withoutSync()
		p, err = os.StartProcess(argv[0], argv, attr)
	})
	wg.Wait()
	return p, err
}

// pipes are a program's standard streams.
type pipes struct {
	theirs, ours []*os.File
	copying      sync.WaitGroup
	copies       []func()
}

func (p *pipes) input(data []byte) (*os.File, error) {
	if len(data) == 0 {
		f, err := os.Open(os.DevNull)
		if err != nil {
			return nil, err
		}
		p.theirs = append(p.theirs, f)
		return f, nil
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.theirs, p.ours = append(p.theirs, r), append(p.ours, w)
	p.copies = append(p.copies, func() {
		_, _ = io.Copy(w, bytes.NewReader(data)) // a program need not read all of it
		_ = w.Close()
	})
	return r, nil
}

func (p *pipes) output(to io.Writer) (*os.File, error) {
	if to == nil {
		to = io.Discard
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.theirs, p.ours = append(p.theirs, w), append(p.ours, r)
	p.copies = append(p.copies, func() {
		if _, err := io.Copy(to, r); err != nil {
			_, _ = io.Copy(io.Discard, r) // a full log must not stop the program
		}
	})
	return w, nil
}

// started begins to copy, and leaves the program's ends to it alone.
func (p *pipes) started() {
	for _, f := range p.theirs {
		_ = f.Close()
	}
	p.theirs = nil
	for _, copy := range p.copies {
		p.copying.Go(copy)
	}
}

// drain waits for the ends of the streams: not for ever, since a daemon that was
// started against the rules may hold them.
func (p *pipes) drain(grace time.Duration) {
	done := make(chan struct{})
	go func() { p.copying.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(grace):
		for _, f := range p.ours {
			_ = f.Close()
		}
		<-done
	}
}

func (p *pipes) close() {
	for _, f := range append(p.theirs, p.ours...) {
		_ = f.Close()
	}
}
