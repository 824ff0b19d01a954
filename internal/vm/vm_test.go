package vm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"cdbuilder/internal/judge"
)

// boot starts a machine and stops it with the test.
func boot(t *testing.T, m Machine) (context.Context, *Running) {
	t.Helper()
	judge.Program(t, program)
	if _, err := FindHost(m.Firmware); err != nil {
		if judge.Full() {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute)
	t.Cleanup(cancel)
	r, err := Start(ctx, m)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Stop(); err != nil {
			t.Error(err)
		}
	})
	return ctx, r
}

func TestEveryBusBoots(t *testing.T) {
	for _, bus := range []Bus{USB, AHCI, Virtio, NVMe} {
		t.Run(string(bus), func(t *testing.T) {
			ctx, r := boot(t, Machine{Drives: []Drive{{Path: disk(t, bootSector()), As: bus, ReadOnly: true}}})
			if err := r.WaitLine(ctx, greeting); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestFirstDriveBoots(t *testing.T) {
	ctx, r := boot(t, Machine{Drives: []Drive{
		{Path: disk(t, bootSector()), As: Virtio, ReadOnly: true},
		{Path: disk(t, nil), As: AHCI, Discard: true},
	}})
	if err := r.WaitLine(ctx, greeting); err != nil {
		t.Fatal(err)
	}
}

func TestTypingAndKeys(t *testing.T) {
	ctx, r := boot(t, Machine{Drives: []Drive{{Path: disk(t, bootSector()), As: AHCI}}})
	if err := r.WaitLine(ctx, greeting); err != nil {
		t.Fatal(err)
	}
	if err := r.Type("over the line"); err != nil {
		t.Fatal(err)
	}
	if err := r.WaitLine(ctx, "over the line"); err != nil {
		t.Fatal(err)
	}
	if err := r.Keys(ctx, "k", "e", "shift+y", "1"); err != nil {
		t.Fatal(err)
	}
	if err := r.WaitLine(ctx, "keY1"); err != nil {
		t.Fatal(err)
	}
	if err := r.Keys(ctx, "no-such-key"); err == nil || !strings.Contains(err.Error(), "no-such-key") {
		t.Errorf("a key that is none: %v", err)
	}
}

func TestShot(t *testing.T) {
	judge.Program(t, program)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	var b bytes.Buffer
	m := Machine{Drives: []Drive{{Path: disk(t, bootSector()), As: AHCI}}}
	err := Shot(ctx, m, &b, func(ctx context.Context, r *Running) error { return r.WaitLine(ctx, greeting) })
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	if size := img.Bounds().Size(); size.X < 640 || size.Y < 350 {
		t.Errorf("a picture of %v pixels", size)
	}
}

func TestNothingIsLeft(t *testing.T) {
	m := Machine{Firmware: UEFI, Drives: []Drive{{Path: disk(t, nil), As: USB}}}
	t.Setenv("TMPDIR", shortTemp(t))
	ctx, r := boot(t, m)
	pid := r.process.PID()
	if err := r.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d is still there: %v", pid, err)
	}
	if left, _ := os.ReadDir(os.TempDir()); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := r.Stop(); err != nil {
		t.Errorf("stopping twice: %v", err)
	}
	if err := r.WaitLine(ctx, "anything"); err == nil || !strings.Contains(err.Error(), "ended before") {
		t.Errorf("waiting for a machine that has ended: %v", err)
	}
}

func TestEndOfContextEndsTheMachine(t *testing.T) {
	judge.Program(t, program)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := Start(ctx, Machine{Drives: []Drive{{Path: disk(t, bootSector()), As: AHCI}}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Stop()
	cancel()
	select {
	case <-r.Done():
	case <-time.After(20 * time.Second):
		t.Fatal("the machine outlived its context")
	}
}

// TestKilledParent starts a machine in another process of this test and kills
// that process.
func TestKilledParent(t *testing.T) {
	if os.Getenv("VM_TEST_CHILD") != "" {
		r, err := Start(t.Context(), Machine{})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("qemu %d\n", r.process.PID())
		select {}
	}
	judge.Program(t, program)
	judge.Program(t, "setpriv")
	child := exec.Command(os.Args[0], "-test.run=^TestKilledParent$")
	child.Env = append(os.Environ(), "VM_TEST_CHILD=1", "TMPDIR="+shortTemp(t))
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscanf(out, "qemu %d\n", &pid); err != nil {
		t.Fatal(err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	for range 50 {
		if state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err != nil || strings.Contains(string(state), ") Z ") {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	_ = syscall.Kill(pid, syscall.SIGKILL)
	t.Error("QEMU outlived the process that started it")
}

func TestWhatQEMUSaysIsPassedOn(t *testing.T) {
	judge.Program(t, program)
	bad := filepath.Join(t.TempDir(), "no.qcow2")
	t.Setenv("TMPDIR", shortTemp(t))
	if err := os.WriteFile(bad, []byte("not a disk"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Machine{Drives: []Drive{{Path: bad, As: Virtio, Format: "qcow2"}}})
	if err == nil || !strings.Contains(err.Error(), "not in qcow2 format") {
		t.Errorf("got %v", err)
	}
	if left, _ := os.ReadDir(os.TempDir()); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestSecureBootIsEnforced is the proof that the firmware checks signatures:
// the same unsigned program runs under plain UEFI and is refused here.
func TestSecureBootIsEnforced(t *testing.T) {
	judge.Slow(t)
	d := Drive{Path: espWith(t, unsignedProgram()), As: USB}
	t.Run("without", func(t *testing.T) {
		ctx, r := boot(t, Machine{Firmware: UEFI, Drives: []Drive{d}})
		if err := r.WaitLine(ctx, unsignedWords); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("with", func(t *testing.T) {
		ctx, r := boot(t, Machine{Firmware: SecureBoot, Drives: []Drive{d}})
		said, err := r.Wait(ctx, regexp.MustCompile(`Access Denied|Security Violation|`+unsignedWords))
		if err != nil {
			t.Fatal(err)
		}
		if said == unsignedWords {
			t.Error("an unsigned program runs: Secure Boot is not enforced")
		}
	})
}

// shortTemp is a directory whose path leaves room for a socket's name.
func shortTemp(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "vm")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
