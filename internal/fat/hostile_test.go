package fat

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
)

// small is an image in which the places of everything are easy to say: FAT12,
// one sector a cluster, DIR at cluster 2, DIR/SUB at 3, DIR/FILE from 4 on.
func small(t testing.TB) (*Image, []byte) {
	t.Helper()
	return build(t, []Entry{
		{Path: "DIR/FILE", Data: bytes.Repeat([]byte("0123456789abcdef"), 100)},
		{Path: "DIR/SUB", Dir: true},
	}, Options{Size: 1 << 20})
}

func (im *Image) poke12(b []byte, cluster, value uint16) {
	i := im.geo.sector + int64(cluster) + int64(cluster)/2
	v := binary.LittleEndian.Uint16(b[i:])
	if cluster%2 == 0 {
		v = v&0xF000 | value&0xFFF
	} else {
		v = v&0xF | value<<4
	}
	binary.LittleEndian.PutUint16(b[i:], v)
}

func TestDamagedImages(t *testing.T) {
	slotOf := func(im *Image, dir uint32, i int64) int64 { return im.geo.offset(dir) + i*direntSize }
	for _, c := range []struct {
		name  string
		spoil func(im *Image, b []byte)
		want  string
	}{
		{"no signature", func(_ *Image, b []byte) { b[510] = 0 }, "lacks its signature"},
		{"sectors of no bytes", func(_ *Image, b []byte) { b[11], b[12] = 0, 0 }, "sectors of 0 bytes"},
		{"clusters of no sectors", func(_ *Image, b []byte) { b[13] = 0 }, "clusters of 0 sectors"},
		{"longer than the file", func(_ *Image, b []byte) { b[20] = 0xFF }, "there are"},
		{"short table", func(_ *Image, b []byte) { b[22] = 1 }, "covers"},
		{"tables without end", func(_ *Image, b []byte) { b[22], b[23], b[16] = 0xFF, 0xFF, 0xFF }, "no room"},
		{"directory in itself", func(im *Image, b []byte) { b[slotOf(im, 2, 3)+26] = 2 }, "cluster 2 belongs to a directory twice"},
		{"directory chain in a circle", func(im *Image, b []byte) {
			im.poke12(b, 2, 2)
			copy(b[im.geo.offset(2):], bytes.Repeat([]byte{0xE5}, 512))
		}, "twice"},
		{"directory outside", func(im *Image, b []byte) { b[slotOf(im, 2, 3)+27] = 0xF0 }, "which is none"},
		{"file outside", func(im *Image, b []byte) { b[slotOf(im, 2, 2)+27] = 0xF0 }, "not in the image"},
		{"file longer than the image", func(im *Image, b []byte) { b[slotOf(im, 2, 2)+31] = 0xF0 }, "not in the image"},
		{"name twice", func(im *Image, b []byte) { copy(b[slotOf(im, 2, 3):], "FILE   ") }, "there twice"},
		{"name with a slash", func(im *Image, b []byte) { copy(b[slotOf(im, 2, 3):], "A/B    ") }, "is no name"},
		{"chain to nowhere", func(im *Image, b []byte) { im.poke12(b, 5, 0xF00) }, "cluster 5 is followed by 0xf00"},
		{"chain too short", func(im *Image, b []byte) { im.poke12(b, 5, 0xFFF) }, "its clusters end"},
		{"chain in a circle", func(im *Image, b []byte) { im.poke12(b, 7, 4) }, "go on behind its end"},
	} {
		t.Run(c.name, func(t *testing.T) {
			im, b := small(t)
			if _, err := readAll(bytes.NewReader(b), int64(len(b))); err != nil {
				t.Fatalf("before it was spoilt: %v", err)
			}
			b = bytes.Clone(b)
			c.spoil(im, b)
			_, err := readAll(bytes.NewReader(b), int64(len(b)))
			if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want ErrFormat with %q", err, c.want)
			}
		})
	}
}

func TestTruncatedImage(t *testing.T) {
	_, b := small(t)
	for _, n := range []int{0, 1, 511, 512, 513, 1024, len(b) - 1} {
		if _, err := readAll(bytes.NewReader(b[:n]), int64(n)); err == nil {
			t.Errorf("%d of %d bytes were read without an error", n, len(b))
		}
	}
}

func TestOrphanedLongNames(t *testing.T) {
	_, b := build(t, []Entry{{Path: "a long name.text", Data: []byte("x")}}, Options{})
	f, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	root := f.geo.rootStart()
	for _, c := range []struct {
		name string
		at   int64
	}{{"checksum", 13}, {"order", 0}} {
		t.Run(c.name, func(t *testing.T) {
			b := bytes.Clone(b)
			b[root+c.at] ^= 0x02
			got, err := readAll(bytes.NewReader(b), int64(len(b)))
			if err != nil || len(got) != 1 || got[0] != "ALONGN~1.TEX" {
				t.Errorf("got %q, %v; want the short name alone", got, err)
			}
		})
	}
}

// readAll opens an image, reads every file to its end and gives their names.
func readAll(r io.ReaderAt, size int64) (names []string, err error) {
	f, err := Open(r, size)
	if err != nil {
		return nil, err
	}
	var faults []error
	left := int64(64 << 20) // files may share clusters: bound what a fuzzer reads
	err = fs.WalkDir(f, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		names = append(names, p)
		r, err := f.Open(p)
		if err != nil {
			return err
		}
		defer r.Close()
		n, err := io.Copy(io.Discard, io.LimitReader(r, left))
		if left -= n; err != nil {
			faults = append(faults, err)
		}
		return nil
	})
	return names, errors.Join(append(faults, err)...)
}

// FuzzOpen spoils sound images: every three bytes of edits are an offset among
// the boot sector, tables and directories, and the value put there. Whole
// images would be too long for the fuzzer to come far with.
func FuzzOpen(f *testing.F) {
	list := []Entry{
		{Path: "DIR/FILE", Data: bytes.Repeat([]byte("0123456789abcdef"), 100)},
		{Path: "DIR/SUB/a long name indeed.text", Data: []byte("x")},
		{Path: "DIR/EMPTY", Dir: true},
	}
	var images []spoilt
	for _, bits := range []int{12, 16, 32} {
		im, b := build(f, list, Options{Bits: bits, Label: "SEED"})
		g := im.geo
		// Sectors that say something lie before and around the first clusters.
		images = append(images, spoilt{b, []int64{0, g.reserved * 512, g.rootStart(), g.offset(2), g.offset(3), g.offset(4)}, nil})
	}
	for kind := range images {
		f.Add(uint8(kind), []byte{})
		f.Add(uint8(kind), []byte{11, 0, 0, 13, 0, 3, 17, 0, 9})
		f.Add(uint8(kind), []byte{0, 2, 0xF0, 0, 4, 1})
	}
	f.Fuzz(func(t *testing.T, kind uint8, edits []byte) {
		b := images[int(kind)%len(images)]
		b.edits = map[int64]byte{}
		for ; len(edits) >= 3; edits = edits[3:] {
			at := b.places[int(edits[1]>>1)%len(b.places)] + int64(edits[1]&1)<<8 + int64(edits[0])
			b.edits[at] = edits[2]
		}
		names, err := readAll(b, int64(len(b.image)))
		for _, n := range names {
			if err == nil && !fs.ValidPath(n) {
				t.Errorf("invalid path %q", n)
			}
		}
	})
}

// spoilt is an image with single bytes changed.
type spoilt struct {
	image  []byte
	places []int64
	edits  map[int64]byte
}

func (s spoilt) ReadAt(p []byte, at int64) (int, error) {
	n, err := bytes.NewReader(s.image).ReadAt(p, at)
	for where, value := range s.edits {
		if i := where - at; i >= 0 && i < int64(n) {
			p[i] = value
		}
	}
	return n, err
}

func BenchmarkWrite(b *testing.B) {
	im, img := build(b, loaders(), Options{})
	b.SetBytes(int64(len(img)))
	for b.Loop() {
		if _, err := im.WriteTo(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	_, img := build(b, crowd(5000), Options{})
	for b.Loop() {
		if _, err := Open(bytes.NewReader(img), int64(len(img))); err != nil {
			b.Fatal(err)
		}
	}
}
