package story

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"cdbuilder/internal/testrepo"
)

// signalled starts a program, sends it a signal once ready says so, and waits
// for its end.
func (s *session) signalled(sig syscall.Signal, ready func() bool, name string, args ...string) (code int, stderr string) {
	s.t.Helper()
	cmd, _, said := s.command(name, args...)
	must(s.t, cmd.Start())
	for deadline := time.Now().Add(time.Minute); !ready(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			s.t.Fatalf("%s never came to the point\n%s", name, said)
		}
	}
	must(s.t, cmd.Process.Signal(sig))
	begun := time.Now()
	_ = cmd.Wait() // its end is told by the exit code
	if took := time.Since(begun); took > time.Minute {
		s.t.Errorf("%s took %s to stop", name, took)
	}
	return cmd.ProcessState.ExitCode(), said.String()
}

const interrupted = ": interrupted; nothing is left half-written, run it again to go on\n"

// Ctrl-C, and SIGTERM, end a download at once: exit code 130, one line, nothing
// half-written; the next run goes on.
func TestRevisorInterrupted(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			s := open(t)
			s.does("kick")
			s.mirror.Spoil("/web_1.4-1", testrepo.Stall)
			var asked []string
			code, stderr := s.signalled(sig, func() bool {
				asked = append(asked, s.mirror.Asked()...)
				return slices.ContainsFunc(asked, func(p string) bool { return strings.Contains(p, "/web_1.4-1") })
			}, "revisor")
			if code != 130 || stderr != "revisor"+interrupted {
				t.Errorf("exit code %d: %s", code, stderr)
			}
			s.absent("build/packages.lock", "build/isotree/pool", "build/isotree/dists", "build/isotree.d/tmp-*", "build/.*")
			s.mirror.Mend()
			s.does("revisor")
			s.complete()
			s.absent("build/cache/sha256/*/*.part")
		})
	}
}

// The ISO that was being written is gone with its temporary name.
func TestISOInterrupted(t *testing.T) {
	t.Parallel()
	s := open(t)
	big := s.path("isotree", "files", "big")
	must(t, os.MkdirAll(filepath.Dir(big), 0o755))
	must(t, os.WriteFile(big, make([]byte, 96<<20), 0o644))
	s.build("kick", "isotree")
	code, stderr := s.signalled(syscall.SIGINT, func() bool {
		parts, err := filepath.Glob(s.path("releases", "*", ".*.part"))
		must(t, err)
		return len(parts) > 0
	}, "iso")
	if code != 130 || stderr != "iso"+interrupted {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	s.absent("releases/*/*", "releases/*/.*", "build/isotree.d/tmp-*")
	s.does("iso")
	if isos, err := filepath.Glob(s.path("releases", "*", "*.iso")); err != nil || len(isos) != 1 {
		t.Errorf("afterwards: %q, %v", isos, err)
	}
	s.absent("releases/*/.*")
}
