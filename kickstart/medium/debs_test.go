package medium

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/deb"
	"cdbuilder/internal/deb/debtest"
	"cdbuilder/internal/judge"
	"cdbuilder/internal/testrepo"

	"github.com/google/go-cmp/cmp"
)

// asDeb is a package file in memory.
func asDeb(name string, data []byte, opened *int) Deb {
	return Deb{name, fmt.Sprintf("%x", sha256.Sum256(data)), func() (io.ReadCloser, error) {
		if opened != nil {
			*opened++
		}
		return io.NopCloser(bytes.NewReader(data)), nil
	}}
}

func made(t *testing.T, p testrepo.Package) []byte {
	t.Helper()
	data, err := p.Deb()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func contents(i *Inventory) map[string][]string {
	all := make(map[string][]string)
	for key := range i.Keys() {
		all[key] = i.Providers(key)
	}
	return all
}

// What a package brings by its scripts is there too; dpkg-deb has made it.
func TestIndexOfPackageWithScripts(t *testing.T) {
	dpkg := judge.Program(t, "dpkg-deb")
	dir := t.TempDir()
	for name, text := range map[string]string{
		"DEBIAN/control": "Package: x\nVersion: 1\nArchitecture: all\nMaintainer: T <t@example.org>\nDescription: x\n",
		"DEBIAN/postinst": `#!/bin/sh
set -e
USER=xd
case "$1" in
configure)
	update-alternatives --install /usr/bin/editor editor /bin/x 10 \
		--slave /usr/share/man/man1/editor.1.gz editor.1.gz /m --slave /usr/bin/pico pico /bin/x
	if ! getent passwd $USER >/dev/null; then
		adduser --system --group --home /var/lib/x --no-create-home $USER
	fi
	addgroup --system xg || true
	;;
esac
`,
		"bin/x":                            "x",
		"usr/lib/systemd/system/x.service": "[Unit]\n[Install]\nWantedBy=multi-user.target\nAlias=y.service z.service\n",
		"usr/lib/sysusers.d/x.conf":        "# c\nu! xu - \"X\"\ng xv 5\nm a b\n",
		"usr/share/perl5/X.pm":             "1;",
		"etc/other":                        "",
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o644)
		if strings.HasSuffix(name, "inst") {
			mode = 0o755
		}
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("x", filepath.Join(dir, "bin/w")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "x.deb")
	if out, err := exec.Command(dpkg, "--root-owner-group", "-b", dir, file).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	inv, err := IndexDebs(t.Context(), []Deb{asDeb("x", data, nil)}, t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	x := []string{"x"}
	want := map[string][]string{
		"/usr/bin/x": x, "/usr/bin/w": x, "/usr/bin/editor": x, "/usr/bin/pico": x, "perl:X": x,
		"unit:x.service": x, "unit:y.service": x, "unit:z.service": x,
		"user:xd": x, "group:xd": x, "group:xg": x, "user:xu": x, "group:xu": x, "group:xv": x,
	}
	if diff := cmp.Diff(want, contents(inv)); diff != "" {
		t.Error(diff)
	}
	if cmp.Diff(x, inv.Units("y")) != "" || cmp.Diff(x, inv.Users("xd")) != "" || cmp.Diff(x, inv.Groups("xv")) != "" || inv.Units("q") != nil {
		t.Errorf("%q %q %q", inv.Units("y"), inv.Users("xd"), inv.Groups("xv"))
	}
}

// A package is opened once; a cache that is damaged counts as none.
func TestIndexIsCached(t *testing.T) {
	opened := 0
	data := made(t, testrepo.New("Package: a", testrepo.File{Name: "usr/bin/a"}))
	// Two packages of one content have one entry in the cache.
	debs := []Deb{asDeb("a", data, &opened), asDeb("a2", data, &opened)}
	dir := t.TempDir()
	count := int64(0)
	index := func() map[string][]string {
		inv, err := IndexDebs(t.Context(), debs[:1], dir, func(n int64) { count += n })
		if err != nil {
			t.Fatal(err)
		}
		again, err := IndexDebs(t.Context(), debs, dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"a", "a2"}, again.Providers("/usr/bin/a")); diff != "" {
			t.Error(diff)
		}
		return contents(inv)
	}
	want := map[string][]string{"/usr/bin/a": {"a"}}
	for range 2 {
		if diff := cmp.Diff(want, index()); diff != "" {
			t.Error(diff)
		}
	}
	if opened != 1 || count != 2 {
		t.Errorf("opened %d times, %d packages counted", opened, count)
	}
	file := filepath.Join(dir, "files", readsAs, debs[0].SHA256[:2], debs[0].SHA256)
	if err := os.Truncate(file, 30); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, index()); diff != "" || opened != 2 {
		t.Errorf("after damage: opened %d times\n%s", opened, diff)
	}
}

func TestIndexFaults(t *testing.T) {
	good := made(t, testrepo.New("Package: a", testrepo.File{Name: "usr/bin/a"}))
	debs := []Deb{asDeb("cut", good[:len(good)-30], nil), asDeb("good", good, nil), asDeb("other", []byte("no package"), nil),
		{"gone", strings.Repeat("0", 64), func() (io.ReadCloser, error) { return nil, os.ErrNotExist }}, {Package: "nameless"}}
	_, err := IndexDebs(t.Context(), debs, t.TempDir(), nil)
	for _, want := range []string{"looking into package cut: ", "looking into package other: ", "looking into package gone: file does not exist", "package nameless: no digest"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := IndexDebs(ctx, debs, t.TempDir(), nil); err == nil {
		t.Error("it goes on when it should end")
	}
}

var binaries = regexp.MustCompile(`^\./(?:usr/)?(s?bin/[^/]+)$`)

// Real packages: what we list is what dpkg-deb lists, and a large package
// without anything is not unpacked.
func TestIndexOfRealPackages(t *testing.T) {
	dpkg := judge.Program(t, "dpkg-deb")
	for _, name := range []string{"openssh-server", "procps", "debianutils", "vim-tiny", "perl-base", "systemd-sysv", "libyaml-perl", "python3-yaml"} {
		file := debtest.Fetch(t, "trixie", name)
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		inv, err := IndexDebs(t.Context(), []Deb{asDeb(name, data, nil)}, t.TempDir(), nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d keys in %v", name, inv.Len(), time.Since(begin).Round(time.Millisecond))
		out, err := exec.Command(dpkg, "-c", file).Output()
		if err != nil {
			t.Fatal(err)
		}
		for l := range strings.Lines(string(out)) {
			f := strings.Fields(l)
			if f[0][0] == 'd' {
				continue
			}
			if m := binaries.FindStringSubmatch(f[5]); m != nil && inv.Providers("/usr/"+m[1]) == nil {
				t.Errorf("%s: %s is not listed", name, f[5])
			}
		}
		for key, owner := range map[string]string{"user:sshd": "openssh-server", "unit:ssh.service": "openssh-server", "unit:sshd.service": "openssh-server", "/usr/bin/which": "debianutils",
			"/usr/bin/vi": "vim-tiny", "/usr/bin/editor": "vim-tiny", "perl:strict": "perl-base", "/usr/sbin/reboot": "systemd-sysv", "perl:YAML": "libyaml-perl", "python3:yaml": "python3-yaml", "/usr/bin/w": "procps"} {
			if owner == name && inv.Providers(key) == nil {
				t.Errorf("%s should bring %s", name, key)
			}
		}
	}
	f, err := os.Open(debtest.Kernel(t, "trixie"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if d, err := deb.NewReader(f); err != nil || !bare(d) {
		t.Errorf("the kernel has nothing that is looked for: %v", err)
	}
}

// Busybox says itself what its applets are.
func TestAppletsAreThoseOfBusybox(t *testing.T) {
	file := debtest.Fetch(t, "trixie", "busybox-static")
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d, err := deb.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var program []byte
	for e, err := range d.Files() {
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(e.Name, "bin/busybox") {
			if program, err = io.ReadAll(e.Body); err != nil {
				t.Fatal(err)
			}
		}
	}
	path := filepath.Join(t.TempDir(), "busybox")
	if err := os.WriteFile(path, program, 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(path, "--list").Output()
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Fields(string(out))
	slices.Sort(want)
	if diff := cmp.Diff(want, Applets(program)); diff != "" {
		t.Error(diff)
	}
	t.Logf("busybox: %d applets", len(want))
	env := Busybox(program, "modprobe")
	if !env.Has("ls") || !env.Has("modprobe") || !env.Has("busybox") || env.Has("parted") {
		t.Error("the environment is not that of stage2")
	}
	if Applets([]byte("\x00[\x00a\x00b\x00")) != nil || Applets([]byte("no busybox")) != nil || len(Busybox(nil, "sh")) != 1 {
		t.Error("other programs")
	}
}
