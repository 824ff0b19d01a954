package rootfs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"cdbuilder/internal/fetch"
	"cdbuilder/internal/judge"
	"cdbuilder/internal/pgp"
	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/product"
	"cdbuilder/internal/repo"
	"cdbuilder/internal/solve/debian"
)

// server is a small server; machine has what bears on a real one's disks and boot.
var (
	server  = []string{"systemd-sysv", "openssh-server", "apt", "dbus", "cron", "ca-certificates", "less", "sudo", "locales"}
	machine = append([]string{"linux-image-amd64", "initramfs-tools", "grub-efi-amd64-bin", "grub-pc-bin", "lvm2", "mdadm", "cryptsetup-initramfs",
		"console-setup", "man-db", "python3", "network-manager", "postfix", "nginx", "rsyslog", "iproute2", "nftables", "vim-tiny"}, server...)
)

// set is a resolved set of real packages, on the disk.
type set struct {
	packages []Package
	names    []string
	dir      string // a flat repository of them
}

// resolve gives what the names need of trixie, from this machine's mirror; files
// are kept in the build cache.
func resolve(t testing.TB, names ...string) *set {
	t.Helper()
	base, err := repo.Base(product.Repository{ID: "debian", Mirror: "host", Archive: "debian"}, os.DirFS("/"), os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	judge.Network(t, repo.URL(base, "dists/trixie/InRelease"))
	top := judge.Repository(t)
	keys, err := filepath.Glob(filepath.Join(top, "isotree/keys/debian-archive-trixie-*.asc"))
	if err != nil || len(keys) == 0 {
		t.Fatalf("no keys: %v", err)
	}
	ring, err := pgp.ReadKeyringFiles(keys...)
	if err != nil {
		t.Fatal(err)
	}
	client := &fetch.Client{Dir: filepath.Join(top, "build/cache")}
	source := repo.Source{ID: "debian", Base: base, Suites: []string{"trixie"}, Components: []string{"main"}, Arch: "amd64", Keys: ring}
	all, err := repo.Load(t.Context(), client, source, repo.Options{Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	var from pkgset.Set
	from.Add(all...)
	req := debian.Request{Arch: "amd64", Essential: true, Priorities: []string{"required"}}
	for _, n := range names {
		req.Wants = append(req.Wants, debian.Want{Name: n})
	}
	solution, err := debian.Solve(&from, req)
	if err != nil {
		t.Fatal(err)
	}
	return fetched(t, client, base, solution)
}

func fetched(t testing.TB, client *fetch.Client, base string, solution *debian.Solution) *set {
	t.Helper()
	s := &set{dir: t.TempDir()}
	var wants []fetch.Want
	for _, p := range solution.Packages {
		wants = append(wants, fetch.Want{URLs: []string{repo.URL(base, p.Path)}, SHA256: p.SHA256, Size: p.Size, Name: p.ID()})
	}
	if err := client.FetchAll(t.Context(), wants, nil); err != nil {
		t.Fatal(err)
	}
	for _, p := range solution.Packages {
		file := client.Path(p.SHA256)
		if err := os.Symlink(file, filepath.Join(s.dir, path.Base(p.Path))); err != nil {
			t.Fatal(err)
		}
		s.names = append(s.names, p.Name)
		s.packages = append(s.packages, Package{Name: p.Name, Version: p.Version, Arch: p.Arch, File: p.Path, SHA256: p.SHA256, Size: p.Size,
			Open: func() (io.ReadCloser, error) { return os.Open(file) }})
	}
	return s
}

// ours installs a set as stage2 does, and tells how long that took with the
// final sync.
func (s *set) ours(t testing.TB, change func(*Options)) (root string, took time.Duration) {
	t.Helper()
	root = t.TempDir()
	// mmdebstrap brings the host's name along, which postfix asks for.
	name, err := os.Hostname()
	if err := errors.Join(err, os.Mkdir(filepath.Join(root, "etc"), 0o755), os.WriteFile(filepath.Join(root, "etc/hostname"), []byte(name+"\n"), 0o644)); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := s.into(t.Context(), root, change); err != nil {
		t.Fatal(err)
	}
	if err := exec.Command("sync", "-f", root).Run(); err != nil {
		t.Fatal(err)
	}
	return root, time.Since(began)
}

func (s *set) into(ctx context.Context, root string, change func(*Options)) (err error) {
	m, err := Mount(root)
	if err != nil {
		return err
	}
	defer func() {
		if unmount := m.Unmount(); err == nil {
			err = unmount
		}
	}()
	o := Options{Root: root, Arch: "amd64", Packages: s.packages, Chroot: Chroot{Root: root}}
	if change != nil {
		change(&o)
	}
	return Install(ctx, o)
}

// mmdebstrap installs the same set, the way that Debian's own people do it.
func (s *set) mmdebstrap(t testing.TB) (root string, took time.Duration) {
	t.Helper()
	program, scan := judge.Program(t, "mmdebstrap"), judge.Program(t, "apt-ftparchive")
	index, err := exec.Command(scan, "packages", s.dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	index = bytes.ReplaceAll(index, []byte("Filename: "+s.dir+"/"), []byte("Filename: ./"))
	if err := os.WriteFile(filepath.Join(s.dir, "Packages"), index, 0o644); err != nil {
		t.Fatal(err)
	}
	root = filepath.Join(t.TempDir(), "root")
	began := time.Now()
	out, err := exec.Command(program, "--variant=custom", "--mode=root", "--format=directory", "--include="+strings.Join(s.names, ","), "trixie", root,
		"deb [trusted=yes] copy:"+s.dir+" ./").CombinedOutput()
	took = time.Since(began)
	if err != nil {
		t.Fatalf("mmdebstrap: %v\n%s", err, out)
	}
	return root, took
}

// processorTime is what this program and those that it ran have used: unlike the
// time that passes, it does not grow with what else the machine does.
func processorTime() (sum time.Duration) {
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if syscall.Getrusage(who, &u) == nil {
			sum += time.Duration(u.Utime.Nano() + u.Stime.Nano())
		}
	}
	return sum
}

// inside runs a program of the target.
func inside(t testing.TB, root string, argv ...string) string {
	t.Helper()
	out, err := exec.Command("chroot", append([]string{root}, argv...)...).CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", strings.Join(argv, " "), err, out)
	}
	return string(out)
}

// sound asks Debian's own tools what they think of the root.
func sound(t *testing.T, root string) {
	t.Helper()
	for _, argv := range [][]string{
		{judge.Program(t, "dpkg"), "--root=" + root, "--audit"},
		{judge.Program(t, "dpkg"), "--root=" + root, "--verify"},
		{judge.Program(t, "debsums"), "--silent", "--root=" + root},
	} {
		out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
		if err != nil || len(bytes.TrimSpace(out)) > 0 {
			t.Errorf("%s: %v\n%s", strings.Join(argv, " "), err, out)
		}
	}
	inside(t, root, "/usr/bin/apt-get", "check")
	if out := inside(t, root, "/usr/bin/apt-get", "-s", "-f", "install"); !strings.Contains(out, "0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded") {
		t.Errorf("apt-get -f install would do something:\n%s", out)
	}
	for _, left := range []string{policy, controlDir, "var/lib/dpkg/triggers/Unincorp.new"} {
		if _, err := os.Lstat(filepath.Join(root, left)); err == nil {
			t.Errorf("%s is left", left)
		}
	}
}

// A small server and a whole machine, by us and by mmdebstrap of the same
// files: the roots differ in nothing but what is listed in differences.
func TestSameAsMmdebstrap(t *testing.T) {
	judge.Root(t)
	judge.Installation(t)
	for name, wants := range map[string][]string{"server": server, "machine": machine} {
		t.Run(name, func(t *testing.T) {
			s := resolve(t, wants...)
			before := processorTime()
			ours, took := s.ours(t, nil)
			ourWork := processorTime() - before
			sound(t, ours)
			before = processorTime()
			theirs, theirTime := s.mmdebstrap(t)
			theirWork := processorTime() - before
			for _, d := range differences(t, theirs, ours) {
				t.Error(d)
			}
			t.Logf("%d packages: %.1f s, mmdebstrap %.1f s, which is %.1f times as long; processor %.1f s, mmdebstrap %.1f s", len(s.packages),
				took.Seconds(), theirTime.Seconds(), theirTime.Seconds()/took.Seconds(), ourWork.Seconds(), theirWork.Seconds())
		})
	}
}

// Without documentation, translations and initramfs.
func TestLeanMachine(t *testing.T) {
	judge.Root(t)
	judge.Installation(t)
	s := resolve(t, append([]string{"linux-image-amd64", "initramfs-tools"}, server...)...)
	answers := "locales locales/default_environment_locale select de_DE.UTF-8\nlocales locales/locales_to_be_generated multiselect de_DE.UTF-8 UTF-8\n"
	root, took := s.ours(t, func(o *Options) {
		o.ExcludeDocs, o.Languages, o.NoInitramfs, o.Selections = true, []string{"de"}, true, []byte(answers)
		for i := range o.Packages {
			o.Packages[i].Auto = o.Packages[i].Name == "libc6"
		}
	})
	t.Logf("%d packages in %.1f s", len(s.packages), took.Seconds())
	if audit := inside(t, root, "/usr/bin/dpkg", "--audit"); audit != "" {
		t.Error(audit)
	}
	if auto := inside(t, root, "/usr/bin/apt-mark", "showauto"); auto != "libc6\n" {
		t.Errorf("apt takes for automatic: %q", auto)
	}
	if got := inside(t, root, "/usr/bin/env", "LC_ALL=de_DE.UTF-8", "locale", "-k", "noexpr"); !strings.Contains(got, "nN") {
		t.Errorf("the answer about locales was not heard: %q", got)
	}
	for pattern, want := range map[string]bool{"boot/vmlinuz-*": true, "boot/initrd*": false, "usr/share/doc/bash/copyright": true, "usr/share/doc/bash/README*": false,
		"usr/share/man/man1/bash*": false, "usr/share/locale/de/LC_MESSAGES/*": true, "usr/share/locale/fr/LC_MESSAGES/*": false, filterFile: true} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || (len(found) > 0) != want {
			t.Errorf("%s: found %q (%v), want some: %v", pattern, found, err, want)
		}
	}
}

// A real postinst that fails, real work that is broken off, and then the
// same again in a fresh root.
func TestFailuresWithTheRealDpkg(t *testing.T) {
	judge.Root(t)
	judge.Installation(t)
	s := resolve(t, "apt")
	bad := one(t, "bad", script("postinst", "#!/bin/sh\necho cannot frobnicate >&2\nexit 3\n"))
	err := s.into(t.Context(), t.TempDir(), func(o *Options) { o.Packages = append(o.Packages, bad) })
	if err == nil || !strings.Contains(err.Error(), "configuring bad_1.0_amd64: installed bad package post-installation script subprocess returned error exit status 3") ||
		!strings.Contains(err.Error(), "\ncannot frobnicate") {
		t.Errorf("got %v", err)
	}
	worse := one(t, "worse", script("preinst", "#!/bin/sh\necho no way\nexit 4\n"))
	err = s.into(t.Context(), t.TempDir(), func(o *Options) { o.Packages = append(o.Packages, worse) })
	if err == nil || !strings.Contains(err.Error(), "preparing worse_1.0_amd64") || !strings.Contains(err.Error(), "exit status 4") || !strings.Contains(err.Error(), "\nno way") {
		t.Errorf("got %v", err)
	}
	for _, step := range []Step{Unpacking, Preparing, Configuring} {
		ctx, cancel := context.WithCancel(t.Context())
		root := t.TempDir()
		began := time.Now()
		err = s.into(ctx, root, func(o *Options) {
			o.Progress = func(e Event) {
				if e.Step == step {
					cancel()
				}
			}
		})
		if err == nil || ctx.Err() == nil || !strings.Contains(err.Error(), "canceled") {
			t.Errorf("called off while %s: got %v", step, err)
		}
		if info, err := os.Stat(root); err == nil && len(programsIn(info)) > 0 {
			t.Errorf("called off while %s: programs still run in the root", step)
		}
		t.Logf("called off while %s, after %s", step, time.Since(began).Round(time.Millisecond))
	}
	root, _ := s.ours(t, nil)
	sound(t, root)
}

// BenchmarkInstall installs the small server.
func BenchmarkInstall(b *testing.B) {
	judge.Root(b)
	s := resolve(b, server...)
	for b.Loop() {
		s.ours(b, nil)
	}
}

// BenchmarkUnpack only unpacks it.
func BenchmarkUnpack(b *testing.B) {
	judge.Root(b)
	s := resolve(b, server...)
	var bytes int64
	for _, p := range s.packages {
		bytes += p.Size
	}
	for b.Loop() {
		b.SetBytes(bytes)
		root := b.TempDir()
		if err := Install(b.Context(), Options{Root: root, Arch: "amd64", Packages: s.packages, Chroot: &fake{root: root}}); err != nil && !strings.Contains(fmt.Sprint(err), "dpkg left it") {
			b.Fatal(err)
		}
	}
}
