package target

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/fetch"
	"cdbuilder/internal/judge"
	"cdbuilder/internal/pgp"
	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/product"
	"cdbuilder/internal/repo"
	"cdbuilder/internal/rootfs"
	"cdbuilder/internal/solve/debian"
)

// wanted are the packages of the machine that the tests set up.
var wanted = append([]string{"systemd-sysv", "udev", "dbus", "libpam-systemd", "passwd", "login", "apt", "locales", "console-setup", "tzdata", "openssh-server", "sudo",
	"nftables", "systemd-resolved", "systemd-timesyncd", "iproute2", "cron"}, append(Packages(true, true), Packages(false, true)...)...)

// packages resolves names with trixie, from this machine's mirror; files are kept
// in the build cache.
func packages(t testing.TB, names ...string) []rootfs.Package {
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
	var wants []fetch.Want
	var found []rootfs.Package
	for _, p := range solution.Packages {
		wants = append(wants, fetch.Want{URLs: []string{repo.URL(base, p.Path)}, SHA256: p.SHA256, Size: p.Size, Name: p.ID()})
		file := client.Path(p.SHA256)
		found = append(found, rootfs.Package{Name: p.Name, Version: p.Version, Arch: p.Arch, File: p.Path, SHA256: p.SHA256, Size: p.Size,
			Open: func() (io.ReadCloser, error) { return os.Open(file) }})
	}
	if err := client.FetchAll(t.Context(), wants, nil); err != nil {
		t.Fatal(err)
	}
	return found
}

// machine is a disk with an installed root on it, mounted.
type machine struct {
	root, disk, rootPartition string
	image                     string
	names                     []string // of its packages
}

func command(t testing.TB, argv ...string) string {
	t.Helper()
	out, err := exec.Command(judge.Program(t, argv[0]), argv[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(argv, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// install installs packages into a mounted root.
func (m *machine) install(t *testing.T, pkgs []rootfs.Package) {
	t.Helper()
	mounts, err := rootfs.Mount(m.root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := mounts.Unmount(); err != nil {
			t.Error(err)
		}
	})
	for _, p := range pkgs {
		m.names = append(m.names, p.Name)
	}
	began := time.Now()
	err = rootfs.Install(t.Context(), rootfs.Options{Root: m.root, Arch: "amd64", Packages: pkgs, Chroot: rootfs.Chroot{Root: m.root}, NoInitramfs: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d packages installed in %.1f s", len(pkgs), time.Since(began).Seconds())
}

// newMachine lays out a disk with a BIOS boot partition, an ESP and a root, and
// installs packages into that.
func newMachine(t *testing.T, names ...string) *machine {
	t.Helper()
	judge.Root(t)
	m := &machine{root: t.TempDir(), image: filepath.Join(t.TempDir(), "disk.img")}
	pkgs := packages(t, names...)
	command(t, "truncate", "--size=4G", m.image)
	command(t, "sgdisk", "--clear", "--new=1:0:+1M", "--typecode=1:ef02", "--new=2:0:+64M", "--typecode=2:ef00", "--new=3:0:0", m.image)
	out, err := exec.Command(judge.Program(t, "losetup"), "--find", "--show", m.image).CombinedOutput()
	if err != nil {
		judge.Missing(t, "no loop device: %v: %s", err, out)
	}
	m.disk = strings.TrimSpace(string(out))
	m.rootPartition = m.disk + "p3"
	t.Cleanup(func() { command(t, "losetup", "--detach", m.disk) })
	command(t, "partx", "--add", m.disk)
	t.Cleanup(func() { command(t, "partx", "--delete", m.disk) })
	command(t, "mkfs.ext4", "-q", m.rootPartition)
	command(t, "mkfs.vfat", m.disk+"p2")
	command(t, "mount", m.rootPartition, m.root)
	t.Cleanup(func() { command(t, "umount", m.root) })
	m.install(t, pkgs)
	return m
}

func (m *machine) fstab(t testing.TB) string {
	return "UUID=" + command(t, "blkid", "--output", "value", "--match-tag", "UUID", m.rootPartition) + " / ext4 errors=remount-ro 0 1\n"
}

// apply does what a kickstart says, and gives the warnings.
func (m *machine) apply(t testing.TB, text string, facts Facts) (warnings []string) {
	t.Helper()
	config, findings := Plan(read(t, text), facts)
	for _, f := range findings {
		t.Logf("%s", f.String())
	}
	return m.doing(t, config)
}

// doing applies a plan.
func (m *machine) doing(t testing.TB, config *Config) (warnings []string) {
	t.Helper()
	var log bytes.Buffer
	step, began := "", time.Now()
	err := Apply(context.Background(), config, Options{Root: m.root, Runner: rootfs.Chroot{Root: m.root, Sync: true}, Log: &log, Progress: func(e Event) {
		if e.Warning != "" {
			warnings = append(warnings, e.Warning)
		}
		if e.Step != step {
			step = e.Step
			t.Logf("%6.1f s: %s", time.Since(began).Seconds(), step)
		}
	}})
	if err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	t.Logf("%6.1f s: done", time.Since(began).Seconds())
	return warnings
}

// inside runs a program of the target.
func (m *machine) inside(t testing.TB, argv ...string) string {
	t.Helper()
	cmd := exec.Command("chroot", append([]string{m.root}, argv...)...)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin", "HOME=/root"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", strings.Join(argv, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// says holds what a program of the target says against what it is to say.
func (m *machine) says(t testing.TB, want string, argv ...string) {
	t.Helper()
	if got := m.inside(t, argv...); got != want {
		t.Errorf("%s says %q, not %q", strings.Join(argv, " "), got, want)
	}
}

func (m *machine) holds(t testing.TB, name, want string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(m.root, name))
	if err != nil || !strings.Contains(string(data), want) {
		t.Errorf("%s has no %q: %v\n%s", name, want, err, data)
	}
}
