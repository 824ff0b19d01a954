package splash

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestSVGFaults(t *testing.T) {
	svg := func(inside string) string {
		return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 30">` + inside + "\n</svg>"
	}
	cases := []struct {
		name, src string
		want      []string
	}{
		{"all at once", svg("<text x='1'>hi</text>\n<image/>\n<path d='M0 0 Lx'/>\n<rect x='a' width='1' height='1'/>\n<circle r='1000000'/>"), []string{
			"s.svg:1: <text> isn't drawn: the product's words are set onto the picture; convert other text to paths",
			"s.svg:2: <image> isn't drawn: use paths, shapes and gradients, or save the picture as PNG",
			"s.svg:3: <path d=…> cannot be read: param mismatch",
			`s.svg:4: <rect x="a">: not a number`,
			"s.svg:5: <circle r=…>: 1000000 is too large; keep coordinates under 100000",
		}},
		{"gradients", svg("<linearGradient id='night' gradientUnits='userSpaceOnUse'><stop style='stop-color:red'/></linearGradient>\n<rect fill='url(#nigth)'/>"), []string{
			`s.svg:1: <linearGradient gradientUnits="userSpaceOnUse"> isn't drawn rightly: use objectBoundingBox, or save the picture as PNG`,
			"s.svg:1: <stop style=…> isn't drawn: write stop-color and stop-opacity as attributes",
			`s.svg:2: <rect fill="url(#nigth)">: no gradient "nigth" is defined above; did you mean "night"?`,
		}},
		{"use that goes round in circles", svg("<defs><g id='a'><use href='#a'/></g></defs><use href='#a'/>"),
			[]string{"s.svg:1: <use> inside <defs> isn't drawn: repeat what it names"}},
		{"not XML", svg("\n<rect></circle>"), []string{"s.svg:2: not well-formed XML: XML syntax error on line 2: element <rect> closed by </circle>"}},
		{"another root", "<html/>", []string{"s.svg:1: the root element is <html>, not <svg>"}},
		{"empty", "", []string{"s.svg:1: no <svg> in the file"}},
		{"no area", "<svg viewBox='0 0 0 3'/>", []string{"s.svg: viewBox: a picture of 0×3 has no area"}},
		{"too small", "<svg viewBox='0 0 8 6'/>", []string{"s.svg: viewBox: 8×6 is too small: coordinates count in 64ths of a unit; scale the drawing up to 16 or more"}},
		{"too many dashes", svg("<path d='M-90000 0H90000' stroke='#fff' stroke-width='1' stroke-dasharray='0.02'/>"),
			[]string{"s.svg: the SVG reader cannot cope with this picture (a shape of more than a million lines); save it as plain SVG or as PNG"}},
		{"too large", "<svg viewBox='0 0 20000 3'/>", []string{"s.svg: viewBox: 20000×3 is too large: at most 10000 a side and 40 million pixels"}},
		{"an editor's notes are none of ours", svg("<metadata><rdf><text/></rdf></metadata><x:namedview xmlns:x='http://sodipodi/'/><title>t</title>"), nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Draw([]byte(c.src), "s.svg", Words{})
			var got []string
			if err != nil {
				got = strings.Split(err.Error(), "\n")
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("faults (-want +got):\n%s", d)
			}
		})
	}
}

// picture is a PNG of four quarters, each in a colour of its own.
func picture(t testing.TB, w, h int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetRGBA(x, y, color.RGBA{uint8(x * 2 / w * 60), uint8(y * 2 / h * 60), 40, 0xff})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPNGFillsThePicture(t *testing.T) {
	for _, size := range []image.Point{{640, 480}, {1024, 768}, {1600, 480}, {90, 300}, {1, 1}} {
		m := drawBIOS(t, picture(t, size.X, size.Y), "b.PNG", Words{})
		for at, want := range map[image.Point]color.RGBA{{5, 5}: {0, 0, 40, 0xff}, {634, 5}: {60, 0, 40, 0xff}, {634, 474}: {60, 60, 40, 0xff}} {
			if size.X == 1 {
				want = color.RGBA{0, 0, 40, 0xff}
			}
			if got := m.RGBAAt(at.X, at.Y); got != want {
				t.Errorf("%v: %v at %v, want %v", size, got, at, want)
			}
		}
	}
}

func TestPNGFaults(t *testing.T) {
	good := picture(t, 64, 48)
	bomb := bytes.Clone(good)
	binary.BigEndian.PutUint32(bomb[16:], 60000)
	binary.BigEndian.PutUint32(bomb[20:], 60000)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 0x40
	cases := []struct {
		name, file string
		src        []byte
		want       string
	}{
		{"a bomb", "b.png", bomb, "b.png: 60000×60000 is too large: at most 10000 a side and 40 million pixels"},
		{"cut off", "b.png", good[:len(good)/2], "reading the artwork b.png: png: invalid format: not enough pixel data"},
		{"a flipped bit", "b.png", flipped, "reading the artwork b.png: png: invalid format: zlib: invalid checksum"},
		{"something else", "b.png", []byte("GIF89a and more"), "reading the artwork b.png: png: invalid format: not a PNG file"},
		{"another ending", "b.gif", good, "b.gif: artwork is an SVG or PNG file, with that ending"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Draw(c.src, c.file, Words{})
			if err == nil || err.Error() != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

func TestFind(t *testing.T) {
	file := &fstest.MapFile{}
	cases := []struct {
		name string
		dir  fstest.MapFS
		want string
	}{
		{"an SVG", fstest.MapFS{"background.svg": file}, "background.svg"},
		{"a PNG", fstest.MapFS{"background.png": file, "other.svg": file}, "background.png"},
		{"both", fstest.MapFS{"background.png": file, "background.svg": file}, "both background.svg and background.png are there; keep the one that the boot menu shall show"},
		{"none", fstest.MapFS{}, "no splash artwork: put a background.svg or background.png there"},
	}
	for _, c := range cases {
		got, err := Find(c.dir)
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func FuzzArtwork(f *testing.F) {
	f.Add([]byte(small), "x.svg")
	f.Add(artworkOfDemo(f), "x.svg")
	f.Add([]byte(`<svg viewBox="0 0 9 9"><path d="M1 1a2 2 0 1 1 3 3zm1-1h3v-2q1 1 2 2t3 3" stroke="#f00" stroke-dasharray="0.1"/></svg>`), "x.svg")
	f.Add(picture(f, 8, 6), "x.png")
	f.Fuzz(func(t *testing.T, src []byte, name string) {
		art, err := readArtwork(src, name)
		if err != nil {
			return
		}
		if err := art.paint(image.NewRGBA(image.Rect(0, 0, 64, 48))); err != nil && !strings.Contains(err.Error(), "cannot cope") {
			t.Fatal(err)
		}
	})
}
