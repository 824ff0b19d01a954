package cpio

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/judge"

	"github.com/google/go-cmp/cmp"
)

var stamp = time.Date(2025, 8, 9, 0, 0, 0, 0, time.UTC)

type file struct {
	Header
	Body string
}

// sample has every type, every padding and the bits beyond permissions.
var sample = []file{
	{Header{Name: ".", Mode: fs.ModeDir | 0o755, ModTime: stamp}, ""},
	{Header{Name: "bin", Mode: fs.ModeDir | 0o755, ModTime: stamp}, ""},
	{Header{Name: "bin/empty", Mode: 0o600, ModTime: stamp}, ""},
	{Header{Name: "bin/a", Mode: 0o755, ModTime: stamp, Size: 1}, "a"},
	{Header{Name: "bin/bb", Mode: fs.ModeSetuid | 0o755, ModTime: stamp, Size: 2}, "bb"},
	{Header{Name: "bin/ccc", Mode: 0o644, ModTime: stamp, Size: 3}, "ccc"},
	{Header{Name: "bin/dddd", Mode: 0o644, ModTime: stamp, Size: 4}, "dddd"},
	{Header{Name: "bin/sh", Mode: fs.ModeSymlink | 0o777, ModTime: stamp, Linkname: "busybox"}, ""},
	{Header{Name: "tmp", Mode: fs.ModeDir | fs.ModeSticky | 0o777, ModTime: stamp}, ""},
	{Header{Name: strings.Repeat("long/", 40) + "name", Mode: 0o644, ModTime: stamp, Size: 5, UID: 7, GID: 9}, "12345"},
	{Header{Name: "console", Mode: fs.ModeDevice | fs.ModeCharDevice | 0o600, ModTime: stamp, Major: 5, Minor: 1}, ""},
	{Header{Name: "fifo", Mode: fs.ModeNamedPipe | 0o600, ModTime: stamp}, ""},
}

func write(t testing.TB, files []file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b)
	for _, f := range files {
		if err := w.WriteHeader(&f.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, f.Body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(data []byte) ([]file, error) {
	r := NewReader(bytes.NewReader(data))
	var files []file
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return files, err
		}
		body, err := io.ReadAll(r)
		if err != nil {
			return files, err
		}
		h.Inode, h.Links = 0, 0
		files = append(files, file{*h, string(body)})
	}
}

func TestRoundTrip(t *testing.T) {
	got, err := read(write(t, sample))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sample, got); diff != "" {
		t.Error(diff)
	}
}

func TestGNUCpioReadsWhatWeWrite(t *testing.T) {
	program := judge.Program(t, "cpio")
	dir := t.TempDir()
	files := sample[:len(sample)-2] // device nodes and pipes need root; they are listed below
	cmd := exec.Command(program, "-idm", "--no-preserve-owner", "--quiet", "-D", dir)
	cmd.Stdin = bytes.NewReader(write(t, files))
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("cpio -i: %v\n%s", err, out)
	}
	for _, f := range files {
		info, err := os.Lstat(filepath.Join(dir, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		if f.Name != "." && info.Mode() != f.Mode {
			t.Errorf("%s: mode %v, want %v", f.Name, info.Mode(), f.Mode)
		}
		if f.Mode.IsRegular() {
			body, err := os.ReadFile(filepath.Join(dir, f.Name))
			if err != nil || string(body) != f.Body || !info.ModTime().Equal(stamp) {
				t.Errorf("%s: %q at %v (%v)", f.Name, body, info.ModTime(), err)
			}
		}
		if f.Linkname != "" {
			if target, _ := os.Readlink(filepath.Join(dir, f.Name)); target != f.Linkname {
				t.Errorf("%s leads to %q", f.Name, target)
			}
		}
	}
}

func TestGNUCpioListsWhatWeWrite(t *testing.T) {
	cmd := exec.Command(judge.Program(t, "cpio"), "-itvn", "--quiet")
	cmd.Stdin = bytes.NewReader(write(t, sample))
	cmd.Env = []string{"LC_ALL=C", "TZ=UTC"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"-rwsr-xr-x   1 0        0               2 Aug  9  2025 bin/bb\n",
		"drwxrwxrwt   2 0        0               0 Aug  9  2025 tmp\n",
		"-rw-r--r--   1 7        9               5 Aug  9  2025 long/",
		"crw-------   1 0        0          5,   1 Aug  9  2025 console\n",
		"prw-------   1 0        0               0 Aug  9  2025 fifo\n",
		"lrwxrwxrwx   1 0        0               7 Aug  9  2025 bin/sh -> busybox\n",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the listing lacks %q:\n%s", want, out)
		}
	}
}

func TestWeReadWhatGNUCpioWrites(t *testing.T) {
	program := judge.Program(t, "cpio")
	dir := t.TempDir()
	for name, body := range map[string]string{"a": "x", "b": strings.Repeat("y", 70001)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("a", filepath.Join(dir, "l")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-o", "-H", "newc", "--quiet", "-D", dir)
	cmd.Stdin = strings.NewReader("a\nb\nl\n")
	data, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	files, err := read(data)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, f.Mode.String()+" "+f.Name+" "+f.Linkname+" "+f.Body[:min(len(f.Body), 3)])
	}
	if diff := cmp.Diff([]string{"-rw-r----- a  x", "-rw-r----- b  yyy", "Lrwxrwxrwx l a "}, got); diff != "" {
		t.Error(diff)
	}
}

func TestWriterRefuses(t *testing.T) {
	tests := []struct {
		name string
		h    Header
		want string
	}{
		{"no name", Header{}, "without a name"},
		{"absolute", Header{Name: "/init"}, "absolute"},
		{"end mark", Header{Name: trailer}, "end mark"},
		{"too long a name", Header{Name: strings.Repeat("x", 4096)}, "over the limit"},
		{"zero byte", Header{Name: "a\x00b"}, "zero byte"},
		{"4 GiB", Header{Name: "a", Size: 1 << 32}, "does not fit"},
		{"before 1970", Header{Name: "a", ModTime: time.Unix(-1, 0)}, "does not fit"},
		{"content of a directory", Header{Name: "a", Mode: fs.ModeDir, Size: 1}, "only regular files"},
		{"link to nowhere", Header{Name: "a", Mode: fs.ModeSymlink}, "cannot be stored"},
		{"unknown type", Header{Name: "a", Mode: fs.ModeIrregular}, "no place"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := NewWriter(io.Discard).WriteHeader(&tt.h)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
	w := NewWriter(io.Discard)
	if err := w.WriteHeader(&Header{Name: "a", Size: 3}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("four")); err == nil {
		t.Error("more content than promised was taken")
	}
	if err := w.Close(); err == nil || !strings.Contains(err.Error(), "3 bytes of content missing") {
		t.Errorf("closing too early: %v", err)
	}
}

func TestReaderRefuses(t *testing.T) {
	good := string(write(t, []file{{Header{Name: "a", Size: 1, ModTime: stamp}, "x"}}))
	tests := []struct {
		name, input string
		want        error
	}{
		{"empty", "", io.ErrUnexpectedEOF},
		{"old format", "070707" + good[6:], ErrFormat},
		{"not hexadecimal", strings.Replace(good, "0000", "00g0", 1), ErrFormat},
		{"no end mark", good[:120], io.ErrUnexpectedEOF},
		{"cut in the content", good[:112], io.ErrUnexpectedEOF},
		{"huge name", good[:94] + "FFFFFFFF" + good[102:], ErrFormat},
		{"unknown type", good[:14] + "0000F000" + good[22:], ErrFormat},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := read([]byte(tt.input)); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// FuzzReader reads anything without running away, and what it has read
// without error can be written and read again.
func FuzzReader(f *testing.F) {
	f.Add(write(f, sample))
	f.Fuzz(func(t *testing.T, data []byte) {
		files, err := read(data)
		if err != nil {
			return
		}
		var b bytes.Buffer
		w := NewWriter(&b)
		for _, file := range files {
			if err := w.WriteHeader(&file.Header); err != nil {
				return // names and types that we read but would not write
			}
			if _, err := io.WriteString(w, file.Body); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		again, err := read(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(files, again); diff != "" {
			t.Fatal(diff)
		}
	})
}
