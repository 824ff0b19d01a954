package story

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"cdbuilder/internal/judge"
)

// disk mounts a file system in memory of the given size at a directory, and
// returns a function that makes it larger.
func disk(t *testing.T, dir, size string) (grow func(size string)) {
	t.Helper()
	judge.Root(t)
	mount := judge.Program(t, "mount")
	must(t, os.MkdirAll(dir, 0o755))
	if out, err := exec.Command(mount, "-t", "tmpfs", "-o", "size="+size, "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("no file system can be mounted here: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command(judge.Program(t, "umount"), dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
	return func(size string) {
		t.Helper()
		if out, err := exec.Command(mount, "-o", "remount,size="+size, dir).CombinedOutput(); err != nil {
			t.Fatalf("mount: %v: %s", err, out)
		}
	}
}

// fails runs a program that must fail, with this on stderr and nothing more.
func (s *session) fails(want, name string, args ...string) {
	s.t.Helper()
	code, stdout, stderr := s.ends(name, args...)
	if code != 1 || stdout != "" || !regexp.MustCompile(`\A`+want+`\z`).MatchString(stderr) {
		s.t.Errorf("exit code %d, stdout %q, stderr\n%swant\n%s", code, stdout, stderr, want)
	}
}

const advice = `hint: (the disk of \S+ has [0-9.]+ .?i?B free; )?make room there and run it again: what is done stays done\n`

// The disk is too small for what is to be downloaded: said before, with what is
// free and what is needed.
func TestDiskFullForDownloads(t *testing.T) {
	t.Parallel()
	s := openMany(t)
	cache := s.path("build", "cache")
	grow := disk(t, cache, "300k")
	s.fails(`revisor: downloading packages: the disk of build/cache has [0-9.]+ KiB free, and [0-9]{3} KiB are needed: no space left on device\n`+
		`revisor: `+advice, "revisor", "--quiet")
	s.absent("build/packages.lock", "build/isotree/pool", "build/isotree/dists", "build/isotree.d/revisor.toml", "build/isotree.d/tmp-*", "build/cache/sha256/*/*.part")
	grow("8m")
	s.does("revisor", "--quiet")
	s.complete()
}

// The disk fills up while the tree is rolled up: what was placed is taken back.
func TestDiskFullForTheTree(t *testing.T) {
	t.Parallel()
	s := openMany(t)
	must(t, os.RemoveAll(s.path("build")))
	grow := disk(t, s.path("build"), "400k")
	s.does("kick")
	cache := filepath.Join(s.dir, "cache")
	s.fails(`revisor: placing /pool/main/p/part\d\d/part\d\d_1.0_amd64.deb: .*no space left on device\nrevisor: `+advice, "revisor", "--quiet", "--cache", cache)
	s.absent("build/packages.lock", "build/isotree/pool", "build/isotree/dists", "build/isotree.d/revisor.toml", "build/isotree.d/tmp-*")
	grow("8m")
	s.does("revisor", "--quiet", "--cache", cache)
	s.complete()
}

// The disk is too small for the ISO: nothing under its name, nothing beside it.
func TestDiskFullForTheISO(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.build("kick", "iso")
	isos, err := filepath.Glob(s.path("releases", "*", "*.iso"))
	must(t, err)
	info, err := os.Stat(isos[0])
	must(t, err)
	must(t, os.RemoveAll(s.path("releases")))
	grow := disk(t, s.path("releases"), "600k")
	s.fails(`iso: writing releases/\S+\.iso: the disk of releases/\S+ has [0-9.]+ KiB free, and 1\.0 MiB are needed: no space left on device\n`+
		`iso: `+advice, "iso", "--quiet")
	s.absent("releases/*/*", "releases/*/.*", "build/isotree.d/tmp-*")
	grow(fmt.Sprint(info.Size() + 4096)) // enough for the ISO, and too little for what comes beside it
	s.fails(`iso: writing releases/\S+: .*no space left on device\niso: `+advice, "iso", "--quiet")
	s.absent("releases/*/*.iso", "releases/*/.*")
	grow("8m")
	s.does("iso", "--quiet")
	if isos, err := filepath.Glob(s.path("releases", "*", "*.iso")); err != nil || len(isos) != 1 {
		t.Errorf("afterwards: %q, %v", isos, err)
	}
	s.absent("releases/*/.*")
}
