package oemdrv

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cdbuilder/internal/judge"
)

const text = "text\nlang en_US.UTF-8\n%packages\nvim\n%end\n"

func volume() *Volume {
	return &Volume{
		Kickstart: []byte(text),
		Files:     map[string][]byte{"notes.txt": []byte(strings.Repeat("x", 5000)), "empty": nil},
		Time:      time.Date(2025, 8, 9, 13, 14, 15, 0, time.FixedZone("", 7200)),
	}
}

// write puts the image into a file.
func write(t testing.TB, v *Volume) string {
	t.Helper()
	var b bytes.Buffer
	n, err := v.WriteTo(&b)
	if err != nil {
		t.Fatal(err)
	}
	if n != int64(b.Len()) || n%sector != 0 {
		t.Fatalf("%d bytes said, %d written", n, b.Len())
	}
	name := filepath.Join(t.TempDir(), "oemdrv.iso")
	if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// say runs a judge and gives what it says on both streams.
func say(t testing.TB, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(judge.Program(t, name), args...)
	cmd.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func TestSameBytes(t *testing.T) {
	var images [][]byte
	for i := range 3 {
		var b bytes.Buffer
		if _, err := volume().WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		images = append(images, b.Bytes())
		if !bytes.Equal(images[0], b.Bytes()) {
			t.Fatalf("image %d differs from the first", i)
		}
		time.Sleep(11 * time.Millisecond) // the library counts in hundredths
	}
	if bytes.Contains(images[0], []byte("linux")) {
		t.Error("the image names the system that it was written on")
	}
	for _, year := range []string{"2024", "2026", "2027"} {
		if bytes.Contains(images[0][16*sector:18*sector], []byte(year)) {
			t.Errorf("the descriptors speak of %s", year)
		}
	}
}

func TestIsoinfo(t *testing.T) {
	iso := write(t, volume())
	if out := say(t, "isoinfo", "-d", "-i", iso); !strings.Contains(out, "Volume id: OEMDRV\n") {
		t.Errorf("isoinfo -d:\n%s", out)
	}
	list := say(t, "isoinfo", "-l", "-i", iso)
	for _, want := range []string{"ks.cfg;1", "notes.txt;1", "empty;1", " 5000 Aug  9 2025 "} {
		if !strings.Contains(list, want) {
			t.Errorf("isoinfo -l lacks %q:\n%s", want, list)
		}
	}
	if out := say(t, "isoinfo", "-x", "/ks.cfg;1", "-i", iso); out != text {
		t.Errorf("isoinfo -x: %q", out)
	}
}

func TestXorriso(t *testing.T) {
	iso := write(t, volume())
	out := say(t, "xorriso", "-indev", iso, "-toc", "-find", "/", "-exec", "lsdl")
	for _, want := range []string{"Volume id    : 'OEMDRV'", "'/ks.cfg'", "'/notes.txt'", "'/empty'", "Aug  9  2025"} {
		if !strings.Contains(out, want) {
			t.Errorf("xorriso lacks %q:\n%s", want, out)
		}
	}
	for _, bad := range []string{"WARNING", "SORRY", "FAILURE"} {
		if strings.Contains(out, bad) {
			t.Errorf("xorriso complains:\n%s", out)
		}
	}
}

func TestBlkid(t *testing.T) {
	iso := write(t, volume())
	out := say(t, "blkid", "-p", "-o", "export", iso)
	for _, want := range []string{"\nLABEL=OEMDRV\n", "\nTYPE=iso9660\n", "\nUUID=2025-08-09-11-14-15-00\n"} {
		if !strings.Contains("\n"+out, want) {
			t.Errorf("blkid lacks %q:\n%s", want, out)
		}
	}
}

// TestKernel mounts the image as an installer does.
func TestKernel(t *testing.T) {
	judge.Root(t)
	iso, dir := write(t, volume()), t.TempDir()
	mount := exec.Command(judge.Program(t, "mount"), "-o", "loop,ro", "-t", "iso9660", iso, dir)
	if out, err := mount.CombinedOutput(); err != nil {
		t.Skipf("nothing can be mounted here: %v: %s", err, out)
	}
	defer func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	}()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, e.Name()+" "+info.ModTime().UTC().Format(time.RFC3339))
	}
	want := []string{"empty 2025-08-09T11:14:15Z", "ks.cfg 2025-08-09T11:14:15Z", "notes.txt 2025-08-09T11:14:15Z"}
	if d := cmp.Diff(want, names); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "ks.cfg")); err != nil || string(got) != text {
		t.Errorf("ks.cfg: %q, %v", got, err)
	}
}

func TestValidate(t *testing.T) {
	v := &Volume{Kickstart: []byte(" \n"), Files: map[string][]byte{"ks.cfg": nil, "Upper": nil, "a/b": nil, "two.dots.x": nil, strings.Repeat("n", 20): nil}}
	_, err := v.WriteTo(&bytes.Buffer{})
	for _, want := range []string{"the kickstart is empty", "ks.cfg is the kickstart's own name", `"Upper"`, `"a/b"`, `"two.dots.x"`, `"nnnn`, "the year 1 "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("lacks %q:\n%v", want, err)
		}
	}
	v = volume()
	v.Files["big"] = make([]byte, MaxSize)
	if _, err := v.WriteTo(&bytes.Buffer{}); err == nil {
		t.Error("a volume of more than MaxSize is written")
	}
}

// TestManyFiles fills more than one sector of the directory.
func TestManyFiles(t *testing.T) {
	v := volume()
	for i := range 120 {
		v.Files["file_of_some_"+string(rune('a'+i/26))+string(rune('a'+i%26))+".dat"] = bytes.Repeat([]byte{byte(i)}, 100+i*37)
	}
	iso, dir := write(t, v), t.TempDir()
	say(t, "xorriso", "-osirrox", "on", "-indev", iso, "-extract", "/", dir)
	for name, data := range v.Files {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s came out as %d bytes: %v", name, len(got), err)
		}
	}
}
