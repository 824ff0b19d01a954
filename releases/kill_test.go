package releases

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/product"
)

// killSpecs are published one after the other, two of them kept, so that every
// kind of step occurs.
func killSpecs() []spec {
	var specs []spec
	for n := 1; n <= 3; n++ {
		specs = append(specs, spec{id: "Demo", stage: "Beta", date: product.NewDate(2026, 11, 20), number: n, size: 1<<20 + 5})
	}
	return specs
}

// TestStoreDies is the process that TestKill starts: it publishes and kills
// itself at the step it is told.
func TestStoreDies(t *testing.T) {
	at, err := strconv.Atoi(os.Getenv("STORE_DIES_AT"))
	if err != nil {
		t.Skip("is run by TestKill")
	}
	step := 0
	for _, s := range killSpecs() {
		o := StoreOptions{Dir: filepath.Join(os.Getenv("STORE_WORK"), s.name()), Mirror: os.Getenv("STORE_MIRROR"),
			Signer: fakeSigner{}, At: epoch, Keep: 2}
		o.fault = func(string) error {
			if step++; step == at {
				return syscall.Kill(os.Getpid(), syscall.SIGKILL)
			}
			return nil
		}
		_, err := Store(t.Context(), o)
		must(t, err)
	}
}

// TestKill kills the publishing process before each of its steps, every time
// looks at the mirror as a reader, and then lets the next run finish.
func TestKill(t *testing.T) {
	work := t.TempDir()
	for _, s := range killSpecs() {
		s.build(t, work)
	}
	run := func(mirror string, at int) error {
		cmd := exec.Command(os.Args[0], "-test.run=^TestStoreDies$")
		cmd.Env = append(os.Environ(), "STORE_WORK="+work, "STORE_MIRROR="+mirror, "STORE_DIES_AT="+strconv.Itoa(at))
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("step %d: %v\n%s", at, err, out)
		}
		return err
	}
	undisturbed := t.TempDir()
	must(t, run(undisturbed, 0))
	want := listTree(t, undisturbed)
	steps, stride := 0, 3 // every step where everything is tested, a third of them on a developer's machine
	switch {
	case judge.Full():
		stride = 1
	case testing.Short():
		stride = 7
	}
	for at := 1; ; at += stride {
		mirror := t.TempDir()
		err := run(mirror, at)
		must(t, lookAround(mirror))
		if err == nil {
			break
		}
		steps++
		must(t, run(mirror, 0))
		if diff := cmp.Diff(want, listTree(t, mirror)); diff != "" {
			t.Fatalf("killed at step %d, then run again (-undisturbed +this):\n%s", at, diff)
		}
		must(t, os.RemoveAll(mirror))
	}
	t.Logf("killed at %d steps", steps)
	if steps < 40/stride {
		t.Errorf("only %d steps", steps)
	}
}

// lookAround is a reader: every release that is there must be whole, and latest
// must name one, if there is any. What vanishes while it looks was an old one.
func lookAround(mirror string) error {
	entries, err := os.ReadDir(mirror)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || e.Name() == latest {
			continue
		}
		path := filepath.Join(mirror, e.Name())
		if err := checkWhole(path); err != nil {
			if _, gone := os.Lstat(path); errors.Is(gone, os.ErrNotExist) {
				continue
			}
			return fmt.Errorf("a reader sees half of %s: %w", e.Name(), err)
		}
	}
	target, err := os.Readlink(filepath.Join(mirror, latest))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = checkWhole(filepath.Join(mirror, target))
	}
	if again, now := os.Readlink(filepath.Join(mirror, latest)); err != nil && now == nil && again != target {
		return nil // it moved on while we looked
	}
	return err
}

// TestConcurrentReader publishes release after release under the eyes of a
// reader that never rests.
func TestConcurrentReader(t *testing.T) {
	mirror, work := t.TempDir(), t.TempDir()
	var stop atomic.Bool
	looks, result := 0, make(chan error, 1)
	go func() {
		var err error
		seen := false
		for err == nil && !stop.Load() {
			err = lookAround(mirror)
			if _, missing := os.Lstat(filepath.Join(mirror, latest)); missing == nil {
				seen = true
			} else if seen {
				err = errors.Join(err, fmt.Errorf("after %d looks: %w", looks, missing))
			}
			looks++
		}
		result <- err
	}()
	for n := 1; n <= 12; n++ {
		s := spec{id: "Demo", stage: "Beta", date: product.NewDate(2026, 11, 20), number: n, size: 300_000}
		o := s.options(t, work, mirror)
		o.Keep = 3
		_, err := Store(t.Context(), o)
		must(t, err)
	}
	stop.Store(true)
	must(t, <-result)
	t.Logf("the reader looked %d times", looks)
	if looks < 20 {
		t.Errorf("the reader looked only %d times", looks)
	}
}
