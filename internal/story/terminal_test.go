package story

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/run"
)

// Colours are for terminals whose users want them.
func TestColours(t *testing.T) {
	t.Parallel()
	program := judge.Program(t, "script")
	s := open(t)
	s.build("kick", "iso")
	isos, err := filepath.Glob(s.path("releases", "*", "*.iso"))
	must(t, err)
	verify := run.Quote([]string{filepath.Join(programs(t), "isotree"), "verify", isos[0]})
	for _, c := range []struct {
		name    string
		env     []string
		colours bool
	}{
		{"on a terminal", []string{"TERM=xterm"}, true},
		{"with NO_COLOR", []string{"TERM=xterm", "NO_COLOR=1"}, false},
		{"on a dumb terminal", []string{"TERM=dumb"}, false},
	} {
		cmd := exec.Command(program, "--quiet", "--return", "--command", verify, "/dev/null")
		cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "SHELL=/bin/sh"}, c.env...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", c.name, err, out)
		}
		if got := strings.Contains(string(out), "\x1b["); got != c.colours || !strings.Contains(string(out), "checks:") {
			t.Errorf("%s: colours %v, want %v:\n%q", c.name, got, c.colours, out)
		}
	}
	if out := s.does("isotree", "verify", isos[0]); strings.ContainsAny(out, "\x1b\r") {
		t.Errorf("in a pipe: %q", out)
	}
}

// make can't work with blanks in file names, and says so before it does anything.
func TestMakeRefusesBlanks(t *testing.T) {
	t.Parallel()
	s := open(t)
	spin := filepath.Join(s.dir, "my spin")
	must(t, os.Rename(s.path(), spin))
	cmd := exec.Command(judge.Program(t, "make"), "--no-print-directory", "-C", judge.Repository(t), "PRODUCT="+spin, "iso")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "make cannot work in a directory whose name holds a space") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := os.Stat(filepath.Join(spin, "build", "isotree")); err == nil {
		t.Error("make has begun nevertheless")
	}
}
