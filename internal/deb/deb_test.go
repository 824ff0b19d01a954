package deb

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cdbuilder/internal/deb/debtest"
	"cdbuilder/internal/judge"

	"github.com/google/go-cmp/cmp"
)

// specimens are small packages with something particular in them: hard links
// (perl-base), absolute symlinks (base-files), set-id programs (passwd, mount),
// boot loaders, many maintainer scripts, names beyond 100 characters.
var specimens = []string{
	"base-files", "busybox-static", "dash", "grub-efi-amd64-signed", "isolinux",
	"mount", "passwd", "perl-base", "syslinux-common", "systemd", "tzdata", "ca-certificates",
}

// entry is what two readers of one archive must agree on.
type entry struct {
	Name, Link, Owner string
	Type              byte
	Mode              int64
	Size              int64
	Mtime             int64
	Sum               string
}

func describe(h *tar.Header, body io.Reader) (entry, error) {
	sum := sha256.New()
	if _, err := io.Copy(sum, body); err != nil {
		return entry{}, err
	}
	return entry{
		Name: h.Name, Link: h.Linkname, Owner: h.Uname + ":" + h.Gname, Type: h.Typeflag,
		Mode: h.Mode, Size: h.Size, Mtime: h.ModTime.Unix(), Sum: fmt.Sprintf("%x", sum.Sum(nil)),
	}, nil
}

func TestDataArchiveAgainstDpkg(t *testing.T) {
	dpkg := judge.Program(t, "dpkg-deb")
	for _, name := range specimens {
		t.Run(name, func(t *testing.T) { compareWithDpkg(t, dpkg, debtest.Fetch(t, "trixie", name)) })
	}
	t.Run("kernel", func(t *testing.T) {
		judge.Slow(t)
		compareWithDpkg(t, dpkg, debtest.Kernel(t, "trixie"))
	})
}

func compareWithDpkg(t *testing.T, dpkg, path string) {
	t.Helper()
	ours := open(t, path)
	control := t.TempDir()
	if out, err := exec.Command(dpkg, "-e", path, control).CombinedOutput(); err != nil {
		t.Fatalf("dpkg-deb -e: %v\n%s", err, out)
	}
	compareControl(t, ours, control)

	listing, err := exec.Command(dpkg, "-c", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(dpkg, "--fsys-tarfile", path)
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs := tar.NewReader(pipe)
	count := 0
	for f, err := range ours.Files() {
		if err != nil {
			t.Fatal(err)
		}
		count++
		h, err := theirs.Next()
		if err != nil {
			t.Fatalf("after %d entries dpkg-deb's archive ends: %v", count, err)
		}
		got, err := describe(f.Header, f.Body)
		if err != nil {
			t.Fatal(err)
		}
		want, err := describe(h, theirs)
		if err != nil {
			t.Fatal(err)
		}
		want.Name = filepath.Clean(want.Name)
		if want.Type == tar.TypeLink {
			want.Link = filepath.Clean(want.Link)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("entry %d (-dpkg +ours):\n%s", count, diff)
		}
	}
	if _, err := theirs.Next(); err != io.EOF {
		t.Fatalf("dpkg-deb's archive goes on after our %d entries: %v", count, err)
	}
	if _, err := io.Copy(io.Discard, pipe); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(listing, []byte("\n")); lines != count {
		t.Errorf("dpkg-deb -c lists %d entries, we read %d", lines, count)
	}
}

func compareControl(t *testing.T, ours *Reader, dir string) {
	t.Helper()
	want := map[string]string{}
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		want[e.Name()] = fmt.Sprintf("%v %x", info.Mode().Perm(), sha256.Sum256(data))
	}
	got := map[string]string{}
	for _, f := range ours.ControlFiles() {
		got[f.Name] = fmt.Sprintf("%v %x", f.Mode, sha256.Sum256(f.Data))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("control archive (-dpkg +ours):\n%s", diff)
	}
	if p, err := ours.Paragraph(); err != nil || p.Get("Package") == "" || !bytes.HasPrefix(ours.Control(), []byte("Package: "+p.Get("Package")+"\n")) {
		t.Errorf("control starts with %.40q (%v)", ours.Control(), err)
	}
}

func open(t *testing.T, path string) *Reader {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	r, err := NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEveryCompressionDpkgWrites(t *testing.T) {
	dpkg := judge.Program(t, "dpkg-deb")
	tree := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(tree, "DEBIAN"), 0o755))
	must(t, os.MkdirAll(filepath.Join(tree, "etc"), 0o755))
	must(t, os.WriteFile(filepath.Join(tree, "DEBIAN/control"), []byte("Package: a\nVersion: 1\nArchitecture: all\nMaintainer: x <x@y.z>\nDescription: d\n"), 0o644))
	body := bytes.Repeat([]byte("some text that packs well\n"), 20000)
	must(t, os.WriteFile(filepath.Join(tree, "etc/conf"), body, 0o600))
	for _, how := range []string{"none", "gzip", "xz", "zstd"} {
		t.Run(how, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.deb")
			if out, err := exec.Command(dpkg, "--root-owner-group", "-Z"+how, "-b", tree, path).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			compareWithDpkg(t, dpkg, path)
		})
	}
	t.Run("bzip2", func(t *testing.T) {
		cmd := exec.Command(judge.Program(t, "bzip2"))
		cmd.Stdin = bytes.NewReader(tarOf(tar.Header{Name: "./x", Typeflag: tar.TypeReg, Mode: 0o644}))
		packed, err := cmd.Output()
		must(t, err)
		_, files, err := readAll(arOf("debian-binary", "2.0\n", "control.tar", goodControl, "data.tar.bz2", string(packed)))
		must(t, err)
		if diff := cmp.Diff([]string{"x"}, files); diff != "" {
			t.Error(diff)
		}
	})
}

// goodControl is a control archive with the least there can be.
var goodControl = string(tarOf(tar.Header{Name: "./", Typeflag: tar.TypeDir, Mode: 0o755}, tar.Header{Name: "./control", Typeflag: tar.TypeReg, Mode: 0o644}))

// tarOf writes an archive of empty files.
func tarOf(headers ...tar.Header) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		if err := w.WriteHeader(&h); err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// arOf writes an ar archive of name, content pairs.
func arOf(pairs ...string) []byte {
	b := bytes.NewBufferString(arMagic)
	for i := 0; i < len(pairs); i += 2 {
		fmt.Fprintf(b, "%-16s%-12d%-6d%-6d%-8o%-10d`\n%s", pairs[i], 0, 0, 0, 0o100644, len(pairs[i+1]), pairs[i+1])
		if len(pairs[i+1])%2 == 1 {
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

// readAll reads a package to its end.
func readAll(data []byte) (control []byte, names []string, err error) {
	r, err := NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, nil, err
	}
	for f, err := range r.Files() {
		if err != nil {
			return r.Control(), names, err
		}
		names = append(names, f.Name)
		if _, err := io.Copy(io.Discard, f.Body); err != nil {
			return r.Control(), names, err
		}
	}
	return r.Control(), names, nil
}

func TestRefusals(t *testing.T) {
	file := func(name string) string { return string(tarOf(tar.Header{Name: name, Typeflag: tar.TypeReg})) }
	data := func(content string) []byte {
		return arOf("debian-binary", "2.0\n", "control.tar", goodControl, "data.tar", content)
	}
	whole := data(file("./usr/x"))
	tests := []struct {
		name  string
		input []byte
		want  string
	}{
		{"empty", nil, "read ar magic"},
		{"not ar", []byte("PK\x03\x04 and so on"), "not an ar archive"},
		{"other first member", arOf("control.tar", goodControl), "not debian-binary"},
		{"format 3", arOf("debian-binary", "3.0\n"), `package format "3.0"`},
		{"format without end of line", arOf("debian-binary", "2.0"), "package format"},
		{"huge format member", arOf("debian-binary", strings.Repeat("2", 5000)), "5000 bytes long"},
		{"no control", arOf("debian-binary", "2.0\n", "data.tar", file("x")), `"data.tar" where control.tar belongs`},
		{"no control file", arOf("debian-binary", "2.0\n", "control.tar", file("./md5sums")), "no file named control"},
		{"directory in control", arOf("debian-binary", "2.0\n", "control.tar", file("./a/control")), "not a plain file"},
		{"control only", arOf("debian-binary", "2.0\n", "control.tar", goodControl), "no member data.tar"},
		{"unknown compression", arOf("debian-binary", "2.0\n", "control.tar.lz4", "x"), `compression ".lz4"`},
		{"compression that is not", arOf("debian-binary", "2.0\n", "control.tar.xz", "not xz at all"), "control.tar.xz"},
		{"stray member", arOf("debian-binary", "2.0\n", "control.tar", goodControl, "extra", "x"), `"extra" where data.tar belongs`},
		{"absolute path", data(file("/etc/passwd")), `"/etc/passwd" is absolute`},
		{"path upwards", data(file("./a/../../etc/passwd")), "leads out"},
		{"path upwards at the end", data(file("a/..")), "leads out"},
		{"hard link upwards", data(string(tarOf(tar.Header{Name: "x", Linkname: "../y", Typeflag: tar.TypeLink}))), "leads out"},
		{"no name", data(string(tarOf(tar.Header{Name: "", Typeflag: tar.TypeReg}))), "no name"},
		{"unknown type", data(string(tarOf(tar.Header{Name: "x", Typeflag: 'V'}))), "unknown type"},
		{"cut in the data", whole[:len(whole)-1300], "unexpected EOF"},
		{"cut in a header", whole[:70], "unexpected EOF"},
		{"size that is no number", bytes.Replace(whole, []byte("4         `"), []byte("-4        `"), 1), `has the size "-4`},
		{"end mark missing", bytes.Replace(whole, []byte("`\n"), []byte("  "), 1), "end mark"},
		{"extended name", bytes.Replace(whole, []byte("data.tar "), []byte("/12      "), 1), "not a plain one"},
		{"much after the end", data(file("x") + strings.Repeat("\x00", 2<<20)), "follow the end"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := readAll(tt.input)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestWhatIsReportedAsItIs(t *testing.T) {
	content := string(tarOf(
		tar.Header{Name: "./", Typeflag: tar.TypeDir, Mode: 0o755},
		tar.Header{Name: "./bin//sh", Typeflag: tar.TypeSymlink, Linkname: "../../../dash"},
		tar.Header{Name: "./dev/null", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3},
		tar.Header{Name: "./bin/dash", Typeflag: tar.TypeLink, Linkname: "./bin/ash"},
	))
	r, err := NewReader(bytes.NewReader(arOf("debian-binary", "2.0\n", "_gpgbuilder", "odd", "control.tar", goodControl, "data.tar", content, "later", "ignored")))
	must(t, err)
	var got []string
	for f, err := range r.Files() {
		must(t, err)
		got = append(got, fmt.Sprintf("%c %s %s %d:%d", f.Typeflag, f.Name, f.Linkname, f.Devmajor, f.Devminor))
	}
	want := []string{"5 .  0:0", "2 bin/sh ../../../dash 0:0", "3 dev/null  1:3", "1 bin/dash bin/ash 0:0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, err := range r.Files() {
		if err == nil || !strings.Contains(err.Error(), "already read") {
			t.Errorf("a second reading: %v", err)
		}
	}
}

// FuzzReader feeds whole packages.
func FuzzReader(f *testing.F) {
	content := string(tarOf(tar.Header{Name: "./usr/", Typeflag: tar.TypeDir}, tar.Header{Name: "./usr/x", Typeflag: tar.TypeReg}))
	f.Add(arOf("debian-binary", "2.0\n", "control.tar", goodControl, "data.tar", content))
	f.Add(arOf("debian-binary", "2.0\n", "control.tar.gz", "\x1f\x8b\x08\x00", "data.tar.zst", "\x28\xb5\x2f\xfd"))
	f.Add(arOf("debian-binary", "2.0\n", "control.tar.xz", "\xfd7zXZ\x00\x00\x04"))
	f.Fuzz(func(t *testing.T, data []byte) { checkNames(t, data) })
}

// FuzzTar lets the fuzzer at the data archive itself.
func FuzzTar(f *testing.F) {
	f.Add(tarOf(tar.Header{Name: "./usr/", Typeflag: tar.TypeDir}, tar.Header{Name: "./usr/x", Linkname: "./y", Typeflag: tar.TypeLink}))
	f.Add(tarOf(tar.Header{Name: strings.Repeat("long/", 60) + "x", Typeflag: tar.TypeReg}))
	f.Fuzz(func(t *testing.T, data []byte) {
		checkNames(t, arOf("debian-binary", "2.0\n", "control.tar", goodControl, "data.tar", string(data)))
	})
}

// checkNames holds every path of a package to what an unpacker relies on.
func checkNames(t *testing.T, data []byte) {
	r, err := NewReader(bytes.NewReader(data))
	if err != nil {
		return
	}
	for f, err := range r.Files() {
		if err != nil {
			return
		}
		if !filepath.IsLocal(f.Name) || (f.Typeflag == tar.TypeLink && !filepath.IsLocal(f.Linkname)) {
			t.Fatalf("path %q, link %q", f.Name, f.Linkname)
		}
		if n, err := io.Copy(io.Discard, io.LimitReader(f.Body, 64<<20)); err == nil && n > f.Size {
			t.Fatalf("%s: %d bytes of %d", f.Name, n, f.Size)
		}
	}
}

// FuzzAr feeds the ar reader alone: it must end, and must not hand out bytes
// that are not there.
func FuzzAr(f *testing.F) {
	f.Add(arOf("debian-binary", "2.0\n", "x", "odd"))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := newArReader(bytes.NewReader(data))
		total := 0
		for err == nil {
			if _, err = a.next(); err == nil {
				var body []byte
				body, err = io.ReadAll(a)
				total += len(body) + 60
			}
		}
		if total > len(data) {
			t.Fatalf("%d bytes read of %d", total, len(data))
		}
		if errors.Is(err, io.ErrNoProgress) {
			t.Fatal(err)
		}
	})
}

func BenchmarkKernelPackage(b *testing.B) {
	path := debtest.Kernel(b, "trixie")
	for b.Loop() {
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		r, err := NewReader(f)
		if err != nil {
			b.Fatal(err)
		}
		var n int64
		for e, err := range r.Files() {
			if err != nil {
				b.Fatal(err)
			}
			n += e.Size
		}
		b.SetBytes(n)
		f.Close()
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
