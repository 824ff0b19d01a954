package rootfs

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// stamp is on every file in the tests' packages.
var stamp = time.Unix(1577836800, 0).UTC()

// made is a package that a test makes. Entries are headers by the test's own
// user, so that no root is needed to unpack them.
type made struct {
	control string // without Package, Version and Architecture: these come from the name
	scripts map[string]string
	entries []tar.Header
	bodies  map[string]string
}

func file(name, body string, mode int64) func(*made) {
	return func(m *made) {
		m.entries = append(m.entries, tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: mode, Size: int64(len(body))})
		m.bodies[name] = body
	}
}

func dir(name string, mode int64) func(*made) {
	return func(m *made) {
		m.entries = append(m.entries, tar.Header{Name: name + "/", Typeflag: tar.TypeDir, Mode: mode})
	}
}

func link(name, target string) func(*made) {
	return func(m *made) {
		m.entries = append(m.entries, tar.Header{Name: name, Linkname: target, Typeflag: tar.TypeSymlink, Mode: 0o777})
	}
}

func hard(name, target string) func(*made) {
	return func(m *made) {
		m.entries = append(m.entries, tar.Header{Name: name, Linkname: target, Typeflag: tar.TypeLink, Mode: 0o644})
	}
}

func field(line string) func(*made) { return func(m *made) { m.control += line + "\n" } }

func script(name, text string) func(*made) { return func(m *made) { m.scripts[name] = text } }

// pack makes a package's file.
func pack(t testing.TB, name string, parts ...func(*made)) []byte {
	t.Helper()
	m := &made{scripts: map[string]string{}, bodies: map[string]string{}}
	m.control = fmt.Sprintf("Package: %s\nVersion: 1.0\nArchitecture: amd64\nMaintainer: Tests <tests@example.org>\nDescription: made for tests\n", name)
	for _, part := range parts {
		part(m)
	}
	control := []tar.Header{{Name: "./control", Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(m.control))}}
	bodies := map[string]string{"./control": m.control}
	for _, s := range slices.Sorted(func(yield func(string) bool) {
		for s := range m.scripts {
			if !yield(s) {
				return
			}
		}
	}) {
		control = append(control, tar.Header{Name: "./" + s, Typeflag: tar.TypeReg, Mode: 0o755, Size: int64(len(m.scripts[s]))})
		bodies["./"+s] = m.scripts[s]
	}
	b := bytes.NewBufferString("!<arch>\n")
	for _, member := range []struct {
		name string
		data []byte
	}{{"debian-binary", []byte("2.0\n")}, {"control.tar.gz", archive(t, control, bodies)}, {"data.tar.gz", archive(t, m.entries, m.bodies)}} {
		fmt.Fprintf(b, "%-16s%-12d%-6d%-6d%-8o%-10d`\n", member.name, 0, 0, 0, 0o100644, len(member.data))
		b.Write(member.data)
		if len(member.data)%2 == 1 {
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

func archive(t testing.TB, entries []tar.Header, bodies map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, h := range entries {
		body := bodies[h.Name]
		// As dpkg-deb writes names; dpkg's filters know no others.
		if !strings.HasPrefix(h.Name, "./") {
			h.Name = "./" + h.Name
		}
		if h.Typeflag == tar.TypeLink {
			h.Linkname = "./" + h.Linkname
		}
		h.ModTime, h.Uid, h.Gid, h.Format = stamp, os.Getuid(), os.Getgid(), tar.FormatGNU
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			if _, err := io.WriteString(w, body); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pkgOf makes a package of a file's bytes.
func pkgOf(name string, data []byte) Package {
	sum := sha256.Sum256(data)
	return Package{Name: name, Version: "1.0", Arch: "amd64", File: "pool/" + name + ".deb", SHA256: hex.EncodeToString(sum[:]), Size: int64(len(data)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}
}

func one(t testing.TB, name string, parts ...func(*made)) Package {
	t.Helper()
	return pkgOf(name, pack(t, name, parts...))
}

// theDpkg is the one package that every set must hold.
func theDpkg(t testing.TB) Package {
	return one(t, "dpkg", field("Essential: yes"), dir("usr", 0o755), dir("usr/sbin", 0o755), file("usr/bin-dpkg", "dpkg", 0o755))
}

// fake plays the target's programs: dpkg --configure marks packages as installed.
type fake struct {
	root  string
	mu    sync.Mutex
	calls []string
	// before is called before each command is played.
	before func(c Command) error
}

func (f *fake) Run(_ context.Context, c Command) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	call := strings.Join(c.Argv, " ")
	if strings.HasSuffix(c.Argv[0], "/preinst") {
		for _, e := range c.Env {
			if name, ok := strings.CutPrefix(e, "DPKG_MAINTSCRIPT_PACKAGE="); ok {
				call = "preinst of " + name
			}
		}
	}
	call = strings.TrimPrefix(call, "/usr/bin/dpkg --status-fd 3 --force-confdef --force-confold ")
	f.calls = append(f.calls, call)
	if f.before != nil {
		if err := f.before(c); err != nil {
			return err
		}
	}
	if i := slices.Index(c.Argv, "--configure"); i >= 0 {
		return f.configure(c, c.Argv[i+1:])
	}
	return nil
}

func (f *fake) configure(c Command, args []string) error {
	file := filepath.Join(f.root, "var/lib/dpkg/status")
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	stanzas := strings.Split(string(data), "\n\n")
	for i, s := range stanzas {
		name, _, _ := strings.Cut(strings.TrimPrefix(s, "Package: "), "\n")
		if args[0] == "--pending" || slices.Contains(args, name) {
			stanzas[i] = strings.Replace(s, "install ok unpacked", "install ok installed", 1)
			if stanzas[i] != s {
				fmt.Fprintf(c.Status, "processing: configure: %s\nstatus: %s: installed\n", name, name)
			}
		}
	}
	return os.WriteFile(file, []byte(strings.Join(stanzas, "\n\n")), 0o644)
}

// install installs packages and dpkg into a fresh root with a fake runner.
func install(t *testing.T, packages ...Package) (root string, f *fake, err error) {
	t.Helper()
	root = t.TempDir()
	f = &fake{root: root}
	return root, f, Install(t.Context(), Options{Root: root, Arch: "amd64", Packages: append(packages, theDpkg(t)), Chroot: f})
}

func mustInstall(t *testing.T, packages ...Package) (root string, f *fake) {
	t.Helper()
	root, f, err := install(t, packages...)
	if err != nil {
		t.Fatal(err)
	}
	return root, f
}

func read(t *testing.T, parts ...string) string {
	t.Helper()
	data, err := os.ReadFile(path.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
