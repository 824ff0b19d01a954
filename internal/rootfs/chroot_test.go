package rootfs

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/judge"
)

type runnerFunc func(Command) error

func (f runnerFunc) Run(_ context.Context, c Command) error { return f(c) }

func TestChrootStreams(t *testing.T) {
	judge.Root(t)
	var out, status bytes.Buffer
	err := Chroot{Root: "/"}.Run(t.Context(), Command{
		Argv: []string{"/bin/sh", "-c", `cat; echo "$A" >&2; echo told >&3; pwd`}, Env: []string{"A=b"}, Stdin: []byte("in\n"), Output: &out, Status: &status,
	})
	if err != nil || out.String() != "in\nb\n/\n" || status.String() != "told\n" {
		t.Errorf("output %q, status %q, %v", &out, &status, err)
	}
	err = Chroot{Root: "/"}.Run(t.Context(), Command{Argv: []string{"/bin/sh", "-c", "exit 7"}})
	if err == nil || !strings.Contains(err.Error(), "exit status 7") {
		t.Errorf("got %v", err)
	}
}

func TestChrootIsTheRoot(t *testing.T) {
	judge.Root(t)
	root := t.TempDir()
	err := Chroot{Root: root}.Run(t.Context(), Command{Argv: []string{"/bin/sh"}})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a program ran in an empty root: %v", err)
	}
}

// fsync of a descriptor that is none fails, except where the call does nothing.
func TestSyncDoesNothing(t *testing.T) {
	judge.Root(t)
	python := judge.Program(t, "python3")
	for sync, want := range map[bool]bool{true: false, false: true} {
		err := Chroot{Root: "/", Sync: sync}.Run(t.Context(), Command{Argv: []string{python, "-c", "import os; os.fsync(999); os.fdatasync(999)"}})
		if (err == nil) != want {
			t.Errorf("sync %v: got %v", sync, err)
		}
	}
	// The filter stays with that program: here nothing has changed.
	if err := os.NewFile(^uintptr(0), "none").Sync(); err == nil {
		t.Error("this program can sync no more")
	}
}

func TestChrootEndsWithItsContext(t *testing.T) {
	judge.Root(t)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	err := Chroot{Root: "/", Grace: 300 * time.Millisecond}.Run(ctx, Command{Argv: []string{"/bin/sh", "-c", `trap "" TERM; while :; do sleep 0.1; done`}})
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > time.Minute {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
}

func TestMountsComeAndGo(t *testing.T) {
	judge.Root(t)
	root := t.TempDir()
	m, err := Mount(root)
	if err != nil {
		t.Skipf("nothing can be mounted here: %v", err)
	}
	for _, name := range []string{"proc/self/status", "sys/kernel", "dev/null", "dev/pts/ptmx", "run", "dev/shm"} {
		if _, err := os.Stat(filepath.Join(root, name)); err != nil {
			t.Error(err)
		}
	}
	if err := m.Unmount(); err != nil {
		t.Error(err)
	}
	mounted, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(mounted), root) {
		t.Errorf("something is still mounted below %s", root)
	}
	if _, err := os.Stat("/dev/pts/ptmx"); err != nil {
		t.Errorf("the host's own dev suffered: %v", err)
	}
}
