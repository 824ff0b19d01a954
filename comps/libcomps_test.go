package comps

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cdbuilder/internal/judge"

	"github.com/google/go-cmp/cmp"
)

// libcomps asks the library beneath dnf.
type libcomps struct {
	t      testing.TB
	python string
	in     *json.Encoder
	out    *bufio.Scanner
}

// question is what testdata/judge.py answers.
type question struct {
	Files []string `json:"files"`
	Arch  string   `json:"arch,omitempty"`
}

func openLibcomps(t testing.TB) *libcomps {
	t.Helper()
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(python, "-c", "import libcomps").Run() == nil {
			return &libcomps{t: t, python: python}
		}
	}
	judge.Missing(t, "the Python module libcomps is not installed; make setup installs every judge")
	return nil
}

func (l *libcomps) start() {
	l.t.Helper()
	cmd := exec.Command(l.python, filepath.Join("testdata", "judge.py"))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { in.Close(); _ = cmd.Wait() })
	l.in, l.out = json.NewEncoder(in), bufio.NewScanner(out)
	l.out.Buffer(nil, 1<<26)
}

// reads is what libcomps makes of a file, as JSON. It sometimes crashes on what
// it takes at the next try.
func (l *libcomps) reads(file string) string {
	l.t.Helper()
	for range 3 {
		if l.in == nil {
			l.start()
		}
		if l.in.Encode(question{Files: []string{file}}) == nil && l.out.Scan() {
			return l.out.Text()
		}
		l.in = nil
	}
	l.t.Fatalf("libcomps fails on %s: %v", file, l.out.Err())
	return ""
}

// makes is what libcomps makes of a harder question, or nothing: it sometimes
// crashes when it merges, so that each time has a process of its own.
func (l *libcomps) makes(q question) string {
	l.t.Helper()
	text, err := json.Marshal(q)
	if err != nil {
		l.t.Fatal(err)
	}
	cmd := exec.Command(l.python, filepath.Join("testdata", "judge.py"))
	cmd.Stdin = bytes.NewReader(text)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && !exit.Exited() { // by a signal
		return ""
	}
	if err != nil {
		l.t.Fatalf("%v: %v\n%s", q, err, exit.Stderr)
	}
	return strings.TrimSpace(string(out))
}

// differ says in what two answers of libcomps differ.
func differ(t testing.TB, a, b string) string {
	t.Helper()
	if a == b {
		return ""
	}
	var before, after map[string]any
	if err := errors.Join(json.Unmarshal([]byte(a), &before), json.Unmarshal([]byte(b), &after)); err != nil {
		t.Fatal(err)
	}
	return cmp.Diff(before, after)
}
