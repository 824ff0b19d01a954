package iso9660

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// imageBytes is a small image to do harm to, without its padding.
func imageBytes(t testing.TB, joliet bool) []byte {
	t.Helper()
	name, layout, _ := writeImage(t, []Entry{
		file("a/b/c/file", "content"), file("a/"+strings.Repeat("n", 250), "long"), file("top", "top"),
		{Path: "loop", Mode: fs.ModeSymlink, Target: "loop"}, {Path: "up", Mode: fs.ModeSymlink, Target: "../../../top"}, {Path: "abs", Mode: fs.ModeSymlink, Target: "/a/b"},
	}, Options{VolumeID: "HOSTILE", Time: testTime, Joliet: joliet})
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b[:layout.end*SectorSize]
}

func openBytes(b []byte) (*Image, error) { return Open(bytes.NewReader(b), int64(len(b))) }

// recordAt finds the directory record of a Rock Ridge name.
func recordAt(t testing.TB, b []byte, name string) []byte {
	t.Helper()
	nm := append([]byte{'N', 'M', byte(5 + len(name)), 1, 0}, name...)
	sector := b[bytes.Index(b, nm)/SectorSize*SectorSize:][:SectorSize]
	for len(sector) > 0 && sector[0] != 0 {
		r := sector[:sector[0]]
		if bytes.Contains(r, nm) {
			return r
		}
		sector = sector[len(r):]
	}
	t.Fatalf("no record of %q", name)
	return nil
}

func TestHostileImages(t *testing.T) {
	for _, c := range []struct {
		why  string
		harm func(b []byte) []byte
		path string // that is read
		want string // in the error
		is   error
	}{
		{"cycle to the root", func(b []byte) []byte {
			copy(recordAt(t, b, "b")[2:], b[primarySector*SectorSize+156+2:][:16])
			return b
		}, "a/b/a/b/top", "also as", ErrCycle},
		{"cycle to the parent", func(b []byte) []byte {
			copy(recordAt(t, b, "c")[2:18], recordAt(t, b, "b")[2:18])
			return b
		}, "a/b/c/c", "also as", ErrCycle},
		{"link to itself", func(b []byte) []byte { return b }, "loop", "symbolic links", nil},
		{"directory beyond the end", func(b []byte) []byte { putBoth32(recordAt(t, b, "b")[2:], 1<<31); return b }, "a/b/c", "beyond the image's end", nil},
		{"directory of 4 GiB", func(b []byte) []byte { putBoth32(recordAt(t, b, "b")[10:], 1<<32-1); return b }, "a/b/d", "directory of more than", nil},
		{"file beyond the end", func(b []byte) []byte { putBoth32(recordAt(t, b, "top")[2:], 1<<31); return b }, "top", "beyond the image's end", io.ErrUnexpectedEOF},
		{"file of 4 GiB", func(b []byte) []byte { putBoth32(recordAt(t, b, "top")[10:], 1<<32-1); return b }, "top", "beyond the image's end", io.ErrUnexpectedEOF},
		{"record across its sector", func(b []byte) []byte { recordAt(t, b, "c")[0] = 255; return b }, "a/b/c/x", "", fs.ErrNotExist},
		{"identifier longer than the record", func(b []byte) []byte { recordAt(t, b, "c")[32] = 250; return b }, "a/b/c", "malformed", fs.ErrNotExist},
		{"name with a slash", func(b []byte) []byte {
			r := recordAt(t, b, "top")
			copy(r, bytes.Replace(r, []byte("top"), []byte("t/p"), 1))
			return b
		}, "t/p", "", fs.ErrNotExist},
		{"name that is two dots", func(b []byte) []byte {
			r := recordAt(t, b, "up")
			copy(r, bytes.Replace(r, []byte("upSL"), []byte("..SL"), 1))
			return b
		}, "up", `name ".." can't be that of a file`, fs.ErrNotExist},
		{"continuation that leads to itself", func(b []byte) []byte {
			ce := bytes.Index(b, []byte("CE\x1c\x01"))
			putBoth32(b[ce+4:], uint32(ce/SectorSize))
			putBoth32(b[ce+12:], uint32(ce%SectorSize))
			putBoth32(b[ce+20:], 28)
			return b
		}, ".", "continuation areas", nil},
	} {
		t.Run(c.why, func(t *testing.T) {
			img, err := openBytes(c.harm(imageBytes(t, false)))
			if err != nil {
				t.Fatal(err)
			}
			if c.path == "." {
				_, _, err = img.dot(img.primary.root.extent.Block, 0, new(int64(maxAreasBytes)))
			} else {
				_, err = fs.ReadFile(img, c.path)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestDamagedDirectoryShowsTheRest(t *testing.T) {
	b := imageBytes(t, false)
	recordAt(t, b, "loop")[32] = 250
	img, err := openBytes(b)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := img.ReadDir(".")
	if err == nil || !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == "up" }) {
		t.Errorf("%v, %v", entries, err)
	}
	if b, err := fs.ReadFile(img, "top"); string(b) != "top" || err != nil {
		t.Errorf("the undamaged file reads %q, %v", b, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	good := imageBytes(t, true)
	for _, c := range []struct {
		why  string
		b    []byte
		want string
	}{
		{"nothing", nil, "not an ISO 9660 image"},
		{"zeros", make([]byte, 1<<20), "not an ISO 9660 image"},
		{"an image's head", good[:16*SectorSize+100], "not an ISO 9660 image"},
		{"a strange block size", patched(good, 16*SectorSize+128, 7), "block size"},
		{"a root that is a file", patched(good, 16*SectorSize+156+25, 0), "root directory record"},
	} {
		if _, err := openBytes(c.b); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v", c.why, err)
		}
	}
}

func patched(b []byte, at int, v byte) []byte {
	b = slices.Clone(b)
	b[at] = v
	return b
}

func TestLinksStayInTheImage(t *testing.T) {
	img, err := openBytes(imageBytes(t, false))
	if err != nil {
		t.Fatal(err)
	}
	for p, want := range map[string]string{"up": "top", "abs/c/file": "content"} {
		if b, err := fs.ReadFile(img, p); string(b) != want || err != nil {
			t.Errorf("%s reads %q, %v", p, b, err)
		}
	}
	if target, err := img.ReadLink("up"); target != "../../../top" || err != nil {
		t.Errorf("link to %q, %v", target, err)
	}
	if info, err := img.Lstat("abs"); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("%v, %v", info, err)
	}
}

func TestImageIsAnFS(t *testing.T) {
	name, _, _ := writeImage(t, []Entry{file("a/b", "bee"), file("c", "sea"), file("empty", ""), {Path: "d/e", Mode: fs.ModeDir | 0o755}}, Options{VolumeID: "FS", Time: testTime, Joliet: true})
	img := openImage(t, name)
	for _, k := range []NameKind{RockRidge, Joliet} {
		fsys, err := img.View(k)
		if err != nil {
			t.Fatal(err)
		}
		if err := fstest.TestFS(fsys, "a/b", "c", "d/e", "empty"); err != nil {
			t.Errorf("%v: %v", k, err)
		}
	}
	plain, err := img.View(Plain)
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(plain, "A/B", "C", "D/E", "EMPTY"); err != nil {
		t.Error(err)
	}
}

// FuzzOpen walks whatever an image claims, as far as bounds let it. The system
// area is mostly zeros, of which the fuzzer needs to know only the head.
func FuzzOpen(f *testing.F) {
	const head = 3 * blockSize
	add := func(b []byte) { f.Add(b[:head], b[primarySector*SectorSize:]) }
	add(imageBytes(f, false))
	add(imageBytes(f, true))
	cycle := imageBytes(f, false)
	copy(recordAt(f, cycle, "b")[2:], cycle[primarySector*SectorSize+156+2:][:16])
	add(cycle)
	boot, _, _ := hybridImage(f)
	if b, err := os.ReadFile(boot); err == nil {
		add(b[:48*SectorSize])
	}
	f.Fuzz(func(t *testing.T, area, rest []byte) {
		b := make([]byte, primarySector*SectorSize, primarySector*SectorSize+len(rest))
		copy(b, area)
		b = append(b, rest...)
		start := time.Now()
		if _, err := CheckMD5(t.Context(), bytes.NewReader(b), nil); err != nil {
			t.Fatal(err)
		}
		img, err := openBytes(b)
		if err != nil {
			return
		}
		if c, err := img.BootCatalog(); err == nil {
			for _, i := range c.Images {
				img.BootInfo(i.Block)
			}
		}
		img.SystemArea()
		img.Implanted()
		for _, kind := range []NameKind{RockRidge, Joliet, Plain} {
			if fsys, err := img.View(kind); err == nil {
				walkBounded(t, fsys)
			}
		}
		if took := time.Since(start); took > 2*time.Minute {
			t.Errorf("%d bytes took %v", len(b), took)
		}
	})
}

// walkBounded reads a tree, and the head of every file, up to so many files.
func walkBounded(t *testing.T, fsys *FS) {
	files, head := 0, make([]byte, 64)
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if files++; files > 5000 {
			return fs.SkipAll
		}
		if err != nil {
			return nil
		}
		if !fs.ValidPath(p) {
			t.Errorf("path %q", p)
		}
		if d.Type() == fs.ModeSymlink {
			fsys.ReadLink(p)
			fsys.Stat(p)
			return nil
		}
		if f, err := fsys.Open(p); err == nil {
			f.Read(head)
			f.Close()
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
