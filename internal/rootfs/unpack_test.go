package rootfs

import (
	"archive/tar"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFilesComeAsTheArchiveHasThem(t *testing.T) {
	fifo := func(m *made) {
		m.entries = append(m.entries, tar.Header{Name: "var/pipe", Typeflag: tar.TypeFifo, Mode: 0o640})
	}
	root, _ := mustInstall(t, one(t, "things", dir(".", 0o755), dir("usr", 0o755), dir("usr/bin", 0o755), dir("var", 0o1777),
		file("usr/bin/tool", "#!/bin/sh\n", 0o4755), hard("usr/bin/same", "usr/bin/tool"), link("usr/bin/alias", "tool"), fifo))
	for name, want := range map[string]fs.FileMode{
		"usr/bin/tool":  fs.ModeSetuid | 0o755,
		"usr/bin/same":  fs.ModeSetuid | 0o755,
		"usr/bin/alias": fs.ModeSymlink | 0o777,
		"var":           fs.ModeDir | fs.ModeSticky | 0o777,
		"var/pipe":      fs.ModeNamedPipe | 0o640,
	} {
		info, err := os.Lstat(filepath.Join(root, name))
		if err != nil {
			t.Error(err)
			continue
		}
		if info.Mode() != want {
			t.Errorf("%s has mode %s, want %s", name, info.Mode(), want)
		}
		if !info.IsDir() && !info.ModTime().Equal(stamp) && name != "usr/bin/same" {
			t.Errorf("%s is of %s, want %s", name, info.ModTime(), stamp)
		}
	}
	tool, _ := os.Stat(filepath.Join(root, "usr/bin/tool"))
	same, _ := os.Stat(filepath.Join(root, "usr/bin/same"))
	if !os.SameFile(tool, same) {
		t.Error("the hard link is a file of its own")
	}
	want := "/.\n/usr\n/usr/bin\n/var\n/usr/bin/tool\n/usr/bin/same\n/usr/bin/alias\n/var/pipe\n"
	if diff := cmp.Diff(want, read(t, root, "var/lib/dpkg/info/things.list")); diff != "" {
		t.Errorf("list:\n%s", diff)
	}
	if sums := read(t, root, "var/lib/dpkg/info/things.md5sums"); strings.Count(sums, "3e2b31c72181b87149ff995e7202c0e3  usr/bin/") != 2 {
		t.Errorf("sums of a package that brings none:\n%s", sums)
	}
}

// /bin -> usr/bin and /var/run -> /run are the target's directories: files go
// through them, and never out of the root.
func TestLinkedDirectoriesAreFollowedInTheRoot(t *testing.T) {
	base := one(t, "base-files", dir("usr", 0o755), dir("usr/bin", 0o755), dir("run", 0o755), dir("var", 0o755), link("bin", "usr/bin"), link("var/run", "/run"), link("up", "../../../run"))
	root, _ := mustInstall(t, base, one(t, "old", dir("bin", 0o700), file("bin/tool", "x", 0o755), dir("var/run/old", 0o755), file("var/run/old/pid", "1", 0o644), dir("up", 0o755), file("up/two", "2", 0o644)))
	for _, name := range []string{"usr/bin/tool", "run/old/pid", "run/two"} {
		if _, err := os.Lstat(filepath.Join(root, name)); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"bin", "var/run", "up"} {
		if info, err := os.Lstat(filepath.Join(root, name)); err != nil || info.Mode().Type() != fs.ModeSymlink {
			t.Errorf("%s is no link any more: %v", name, err)
		}
	}
	// base-files ranks first, so its mode counts, not that of the later package.
	if info, _ := os.Stat(filepath.Join(root, "usr/bin")); info.Mode().Perm() != 0o755 {
		t.Errorf("usr/bin has mode %s", info.Mode())
	}
	if list := read(t, root, "var/lib/dpkg/info/old.list"); !strings.Contains(list, "/bin/tool\n") {
		t.Errorf("the list names files otherwise than the package:\n%s", list)
	}
}

func TestNothingLeavesTheRoot(t *testing.T) {
	outside := t.TempDir()
	victim := filepath.Join(outside, "victim")
	if err := os.WriteFile(victim, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	up := strings.Repeat("../", 20)
	for name, parts := range map[string][]func(*made){
		"a name with dots":            {file("../victim", "x", 0o644)},
		"an absolute link, then file": {link("d", outside), file("d/victim", "x", 0o644)},
		"a climbing link, then file":  {link("d", up+outside), file("d/victim", "x", 0o644)},
		"a link, then directory":      {link("d", outside), dir("d/sub", 0o755)},
		"a link at the file's place":  {link("victim", victim), file("victim", "x", 0o4777)},
		"a hard link to outside":      {link("d", outside), hard("v", "d/victim")},
		"a conffile's new name":       {link("x"+newExt, victim), script("conffiles", "/x\n"), file("x", "x", 0o644)},
		"a device through a link":     {link("d", outside), func(m *made) { m.entries = append(m.entries, tar.Header{Name: "d/f", Typeflag: tar.TypeFifo}) }},
	} {
		_, _, err := install(t, one(t, "evil", parts...))
		entries, _ := os.ReadDir(outside)
		info, statErr := os.Stat(victim)
		if statErr != nil || len(entries) != 1 || info.Mode().Perm() != 0o600 || read(t, victim) != "mine" {
			t.Fatalf("%s (%v): got out", name, err)
		}
		if st := info.Sys().(*syscall.Stat_t); st.Nlink != 1 {
			t.Errorf("%s (%v): the victim has a second name", name, err)
		}
	}
}

func TestLinkLoopEnds(t *testing.T) {
	_, _, err := install(t, one(t, "loops", link("a", "b"), link("b", "a"), file("a/x", "x", 0o644)))
	if !errors.Is(err, syscall.ELOOP) || !strings.Contains(err.Error(), "loops_1.0_amd64") {
		t.Errorf("got %v", err)
	}
}

func TestConfigurationFilesWaitForDpkg(t *testing.T) {
	root, _ := mustInstall(t, one(t, "conf", script("conffiles", "remove-on-upgrade /etc/old\n/etc/new\n"), dir("etc", 0o755), file("etc/new", "a=1\n", 0o640)))
	if got := read(t, root, "etc/new"+newExt); got != "a=1\n" {
		t.Errorf("etc/new%s holds %q", newExt, got)
	}
	if _, err := os.Lstat(filepath.Join(root, "etc/new")); err == nil {
		t.Error("etc/new is there before dpkg configured its package")
	}
	want := "Conffiles:\n /etc/old newconffile remove-on-upgrade\n /etc/new newconffile\n"
	if status := read(t, root, "var/lib/dpkg/status"); !strings.Contains(status, want) {
		t.Errorf("the status lacks %q:\n%s", want, status)
	}
}

func TestSymlinkOverDirectoryStaysADirectory(t *testing.T) {
	first := one(t, "first", dir("d", 0o755), file("d/f", "1", 0o644))
	second := one(t, "second", field("Depends: first"), link("d", "elsewhere"))
	root, _ := mustInstall(t, first, second)
	if info, err := os.Lstat(filepath.Join(root, "d")); err != nil || !info.IsDir() {
		t.Errorf("%v, %v: dpkg keeps a directory where a package has a link", info, err)
	}
}

func TestRootThatIsInUseIsRefused(t *testing.T) {
	root, f := mustInstall(t)
	err := Install(t.Context(), Options{Root: root, Arch: "amd64", Packages: []Package{theDpkg(t)}, Chroot: f})
	if err == nil || !strings.Contains(err.Error(), "holds packages already") {
		t.Errorf("got %v", err)
	}
}
