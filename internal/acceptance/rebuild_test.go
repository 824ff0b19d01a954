package acceptance

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"cdbuilder/internal/judge"
)

// Go, make, git and coreutils: all that a bare machine has.
var bare = []string{
	"go", "make", "git", "basename", "cat", "chmod", "cp", "cut", "date", "dirname", "echo", "env", "head", "id", "ln", "ls",
	"mkdir", "mktemp", "mv", "nproc", "printf", "pwd", "rm", "rmdir", "sha256sum", "sleep", "sort", "tail", "test", "touch",
	"tr", "true", "uname", "uniq", "wc",
}

// openDir is a temporary directory that other users can reach; those of the
// testing package are for their owner alone.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "cdb-acceptance-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// The module cache is written without the right to write.
		_ = filepath.Walk(dir, func(p string, info os.FileInfo, err error) error {
			if err == nil && info.IsDir() {
				_ = os.Chmod(p, 0o755)
			}
			return nil
		})
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// barePath makes a directory with those programs and no others.
func barePath(t *testing.T) string {
	t.Helper()
	dir := openDir(t)
	for _, name := range bare {
		if err := os.Symlink(judge.Program(t, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// checkout copies the files that git tracks, as they are in the work tree.
func checkout(t *testing.T, to string) {
	t.Helper()
	root := judge.Repository(t)
	git := exec.Command("git", "ls-files", "-z")
	git.Dir = root
	list, err := git.Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(list), "\x00"), "\x00") {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		target := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// chown gives a tree to nobody, where this test is root.
func chown(t *testing.T, dir string) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	const nobody = 65534
	err := filepath.Walk(dir, func(p string, _ os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(p, nobody, nobody)
	})
	if err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: nobody, Gid: nobody, NoSetGroups: true}
}

// same compares two files byte for byte.
func same(t *testing.T, a, b string) bool {
	t.Helper()
	f, err := os.Open(a)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	g, err := os.Open(b)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	x, y := make([]byte, 1<<20), make([]byte, 1<<20)
	for at := int64(0); ; at += int64(len(x)) {
		n, errX := io.ReadFull(f, x)
		m, errY := io.ReadFull(g, y)
		if n != m || !bytes.Equal(x[:n], y[:m]) {
			t.Errorf("%s and %s differ in the mebibyte at %d", a, b, at)
			return false
		}
		if errX != nil || errY != nil {
			return true
		}
	}
}

// On a machine with nothing but Go, make, git and coreutils, as an unprivileged
// user, in another directory, time zone, locale, umask and with one processor,
// the same bytes come out.
func TestBareMachineBuildsTheSameBytes(t *testing.T) {
	judge.Slow(t)
	t.Parallel()
	p, iso := demo(t)
	top := openDir(t)
	clone, home := filepath.Join(top, "elsewhere"), filepath.Join(top, "home")
	checkout(t, clone)
	if err := os.MkdirAll(home, 0o755); err != nil {
		t.Fatal(err)
	}
	user := chown(t, top)
	path := barePath(t)
	build := func(args string) string {
		cmd := exec.Command("/bin/sh", "-c", "umask 077; exec make "+args)
		cmd.Dir = clone
		cmd.Env = []string{"PATH=" + path, "HOME=" + home, "TZ=Asia/Kathmandu", "LC_ALL=tr_TR.UTF-8", "GOMAXPROCS=1"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: user}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("make %s: %v\n%s", args, err, out)
		}
		return string(out)
	}
	begun := time.Now()
	out := build("iso")
	t.Logf("make iso from nothing, one processor: %.0f s", time.Since(begun).Seconds())
	other := filepath.Join(clone, "releases", p.ReleaseName(), p.ReleaseName()+".iso")
	if !same(t, iso, other) {
		t.Log(out)
	}
	if out := build("iso"); strings.Count(out, "\n") != 1 || !strings.Contains(out, "nothing to do") {
		t.Errorf("a second make iso said:\n%s", out)
	}
	ks := filepath.Join(clone, "kickstart", p.Installer.Kickstart)
	text, err := os.ReadFile(ks)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(ks, append(text, "# a line more\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(build("iso")), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "kick: ") || !strings.HasPrefix(lines[1], "kick: ") || !strings.Contains(lines[2], ".iso: ") {
		t.Errorf("after an edit of a kickstart make iso did more than kick and iso:\n%s", strings.Join(lines, "\n"))
	}
}

// Killed at any moment, make iso completes when it is run again, and the
// result is the same.
func TestKilledBuildCompletes(t *testing.T) {
	judge.Slow(t)
	t.Parallel()
	p, iso := demo(t)
	clone := filepath.Join(t.TempDir(), "clone")
	checkout(t, clone)
	cache := filepath.Join(judge.Repository(t), "build", "cache")
	result := filepath.Join(clone, "releases", p.ReleaseName(), p.ReleaseName()+".iso")
	argv := []string{"iso", "CACHE=" + cache}
	// First the tools, without being disturbed: the moments belong to the steps.
	run(t, clone, 0, "tools")
	for i, after := range []time.Duration{200, 700, 1500, 2500, 4000, 6000, 9000, 12000, 15000} {
		if done := run(t, clone, after*time.Millisecond, argv...); done {
			t.Logf("the build was done before kill %d", i+1)
			break
		}
		if _, err := os.Stat(result); err == nil && !same(t, iso, result) {
			t.Fatalf("kill %d left something else under the ISO's name", i+1)
		}
	}
	run(t, clone, 0, argv...)
	same(t, iso, result)
	sums := exec.Command(judge.Program(t, "sha256sum"), "--check", "--strict", "SHA256SUMS")
	sums.Dir = filepath.Dir(result)
	if out, err := sums.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(result), ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("%v %v are left beside the ISO", left, err)
	}
}

// run runs make; after a while it kills make and everything below it with
// SIGKILL. It reports whether make had ended by then.
func run(t *testing.T, dir string, after time.Duration, args ...string) (done bool) {
	t.Helper()
	cmd := exec.Command("make", args...)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if after > 0 {
		killer := time.AfterFunc(after, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
		defer killer.Stop()
	}
	err := cmd.Wait()
	if err != nil && after == 0 {
		t.Fatal(fmt.Errorf("make %s: %w\n%s", strings.Join(args, " "), err, out.Bytes()))
	}
	return err == nil
}
