package story

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cdbuilder/internal/testrepo"
)

// session is a product in a directory of its own, with a mirror, for what a
// script can't tell: signals, full disks, many moments.
type session struct {
	t      testing.TB
	dir    string
	mirror *testrepo.Mirror
	env    []string // beyond the least there is
}

// open lays a product and an archive, and begins to serve it.
func open(t testing.TB) *session {
	t.Helper()
	s := &session{t: t, dir: t.TempDir()}
	must(t, layProduct(filepath.Join(s.dir, "product")))
	s.shelf()
	s.mirror = testrepo.Serve(filepath.Join(s.dir, "shelf"))
	t.Cleanup(s.mirror.Close)
	return s
}

// shelf writes the archive of the product's packages anew.
func (s *session) shelf(words ...string) {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "product", "packages"))
	must(s.t, err)
	must(s.t, layArchive(filepath.Join(s.dir, "shelf"), string(text), words...))
}

// path is a path below the product's directory.
func (s *session) path(elem ...string) string {
	return filepath.Join(append([]string{s.dir, "product"}, elem...)...)
}

// command prepares a program to be run in the product's directory.
func (s *session) command(name string, args ...string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	s.t.Helper()
	cmd = exec.Command(filepath.Join(programs(s.t), name), args...)
	cmd.Dir = s.path()
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=/nowhere", "TMPDIR=" + s.dir, "MIRROR=" + s.mirror.URL}, s.env...)
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd, stdout, stderr
}

// ends runs a program to its end.
func (s *session) ends(name string, args ...string) (code int, stdout, stderr string) {
	s.t.Helper()
	cmd, out, said := s.command(name, args...)
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), said.String()
}

// does runs a program that must succeed.
func (s *session) does(name string, args ...string) string {
	s.t.Helper()
	code, stdout, stderr := s.ends(name, args...)
	if code != 0 {
		s.t.Fatalf("%s %q ended with %d\n%s%s", name, args, code, stdout, stderr)
	}
	return stdout
}

// build runs the steps from one to another.
func (s *session) build(from, to string) {
	s.t.Helper()
	begun := false
	for _, step := range steps {
		argv := strings.Fields(step)
		if begun = begun || argv[0] == from; begun {
			s.does(argv[0], argv[1:]...)
		}
		if argv[0] == to {
			return
		}
	}
}

// absent says that none of the paths below the product's directory is there.
func (s *session) absent(names ...string) {
	s.t.Helper()
	for _, pattern := range names {
		found, err := filepath.Glob(s.path(pattern))
		must(s.t, err)
		for _, name := range found {
			s.t.Errorf("%s is there", name)
		}
	}
}

// state describes the tree with its manifests, and the lock.
func (s *session) state() string {
	s.t.Helper()
	var b strings.Builder
	for _, dir := range []string{"build/isotree", "build/isotree.d", "build/packages.lock"} {
		text, err := list(s.path(dir))
		must(s.t, err)
		b.WriteString(text)
	}
	return b.String()
}

// edit replaces text in one of the product's files.
func (s *session) edit(name, before, after string) {
	s.t.Helper()
	data, err := os.ReadFile(s.path(name))
	must(s.t, err)
	if !bytes.Contains(data, []byte(before)) {
		s.t.Fatalf("%s does not hold %q", name, before)
	}
	must(s.t, os.WriteFile(s.path(name), bytes.Replace(data, []byte(before), []byte(after), 1), 0o644))
}

// serveAlso gives a file of the archive a second name.
func (s *session) serveAlso(name, as string) {
	s.t.Helper()
	shelf := filepath.Join(s.dir, "shelf")
	must(s.t, os.MkdirAll(filepath.Dir(filepath.Join(shelf, name)), 0o755))
	must(s.t, os.Link(filepath.Join(shelf, as), filepath.Join(shelf, name)))
}
