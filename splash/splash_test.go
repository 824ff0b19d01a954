package splash

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/srwiley/oksvg"
	"github.com/srwiley/rasterx"
)

var demo = Words{"cd-builder demo server", "CDdemo-13R-Debian-13-20261120-Beta-01", "The cd-builder project"}

func artworkOfDemo(t testing.TB) []byte {
	t.Helper()
	src, err := os.ReadFile("background.svg")
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func mustDraw(t testing.TB, src []byte, name string, w Words) *Pictures {
	t.Helper()
	p, err := Draw(src, name, w)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func decode(t testing.TB, b []byte) image.Image {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestDemo holds the pictures to what their readers take: a PNG without
// interlacing, 24 bits a pixel, and small beside everything on the medium.
func TestDemo(t *testing.T) {
	p := mustDraw(t, artworkOfDemo(t), "background.svg", demo)
	for name, pic := range map[string]struct {
		png  []byte
		size image.Point
		most int
	}{"BIOS": {p.BIOS, sizeBIOS, 120 << 10}, "UEFI": {p.UEFI, sizeUEFI, 220 << 10}} {
		m := decode(t, pic.png)
		if m.Bounds().Size() != pic.size {
			t.Errorf("%s: %v, want %v", name, m.Bounds().Size(), pic.size)
		}
		// IHDR (PNG specification §11.2.1): depth, colour type, compression, filter, interlace.
		if d := cmp.Diff([]byte{8, 2, 0, 0, 0}, pic.png[24:29]); d != "" {
			t.Errorf("%s: depth, colour type … (-want +got):\n%s", name, d)
		}
		if len(pic.png) > pic.most {
			t.Errorf("%s: %d bytes, more than %d", name, len(pic.png), pic.most)
		}
	}
	if len(p.Missing) > 0 {
		t.Errorf("letters are missing: %q", p.Missing)
	}
	again := mustDraw(t, artworkOfDemo(t), "background.svg", demo)
	if d := cmp.Diff(p, again); d != "" {
		t.Error("drawn again, the pictures differ")
	}
}

const small = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 -10 200 100">
<defs><linearGradient id="a" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#123456"/><stop offset="1" stop-color="navy" stop-opacity="0.5"/></linearGradient>
<radialGradient id="b"><stop offset="0" stop-color="#fff"/><stop offset="1" stop-color="#000"/></radialGradient></defs>
<rect x="-10" y="-10" width="200" height="100" fill="url(#a)"/><g transform="rotate(10) translate(3,4)" opacity="0.7">
<path d="M10 10C20 0 40 50 90 40S150 0 170 70Z" fill="url(#b)" stroke="#fc0" stroke-width="3" stroke-dasharray="5,2"/></g>
<circle cx="30" cy="60" r="12" fill="none" stroke="url(#a)" stroke-width="2"/><polyline points="0,0 5,5 9,0 20,20" stroke="red" fill="none"/></svg>`

// far has shapes that reach far out of the picture, on every side.
const far = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 480"><circle cx="320" cy="20300" r="20000" fill="#123"/>
<path d="M-9000 -3000L9000 2000L8000 -7000Z" fill="#456" fill-opacity="0.5"/><path d="M-20 470L4000 90" stroke="#fed" stroke-width="7"/>
<path d="M600 -5000V5000" stroke="#fff" stroke-width="2"/><circle cx="0" cy="0" r="700" fill="none" stroke="#0f0" stroke-width="5"/></svg>`

// TestSameEverywhere pins what is drawn: another processor, system or number
// of processors must give the same bytes.
func TestSameEverywhere(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	art, err := readArtwork([]byte(small), "small.svg")
	if err != nil {
		t.Fatal(err)
	}
	fonts, err := readFonts()
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	for _, size := range []image.Point{sizeBIOS, sizeUEFI} {
		m, err := compose(art, fonts, Words{"Ärger & Söhne", "Ελληνικά", "Москва"}, size)
		if err != nil {
			t.Fatal(err)
		}
		h.Write(m.Pix)
	}
	const want = "88a821ad13264186e5d5e6b41f7786f22e5a3f25ad29ab380f23f250ca3a0475"
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("the pixels' SHA-256 is %s, want %s", got, want)
	}
}

// TestCanvasAsTheLibrary draws with our canvas and with the library's own
// scanner: they may differ by rounding only.
func TestCanvasAsTheLibrary(t *testing.T) {
	for name, src := range map[string]string{"demo": string(artworkOfDemo(t)), "small": small, "far": far} {
		pictures := [2]*image.RGBA{}
		for i := range pictures {
			svg, err := oksvg.ReadIconStream(strings.NewReader(src))
			if err != nil {
				t.Fatal(err)
			}
			m := image.NewRGBA(image.Rectangle{Max: sizeBIOS})
			for j := range m.Pix {
				m.Pix[j] = 0xff
			}
			if svg.ViewBox.W != 640 { // the library doesn't scale lines' widths
				svg.SetTarget(0, 0, 640, 480)
			}
			var scanner rasterx.Scanner = newCanvas(m)
			if i == 1 {
				scanner = rasterx.NewScannerGV(640, 480, m, m.Rect)
			}
			svg.Draw(rasterx.NewDasher(640, 480, scanner), 1)
			pictures[i] = m
		}
		// The library counts in floating point, we in whole numbers: along
		// edges, and there only, that is to be seen.
		edges, wrong := 0, 0
		for i, v := range pictures[0].Pix {
			d := math.Abs(float64(v) - float64(pictures[1].Pix[i]))
			if d > 4 {
				edges++
			}
			if d > 48 {
				wrong++
			}
		}
		t.Logf("%s: %d values differ by more than rounding", name, edges)
		if edges > len(pictures[0].Pix)/100 || wrong > 0 {
			t.Errorf("%s: of %d values %d differ by more than rounding, %d far", name, len(pictures[0].Pix), edges, wrong)
		}
	}
}

// drawBIOS draws only the picture for BIOS.
func drawBIOS(t testing.TB, src []byte, name string, w Words) *image.RGBA {
	t.Helper()
	art, err := readArtwork(src, name)
	if err != nil {
		t.Fatal(err)
	}
	fonts, err := readFonts()
	if err != nil {
		t.Fatal(err)
	}
	m, err := compose(art, fonts, w, sizeBIOS)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestReadableOnAnyArtwork(t *testing.T) {
	for _, fill := range []string{"#ffffff", "#ffe000", "#808080", "#000000"} {
		src := `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 30"><rect x="0" y="0" width="40" height="30" fill="` + fill + `"/></svg>`
		bare := drawBIOS(t, []byte(src), "x.svg", Words{})
		if got := contrast(luminance(faint), luminance(brightest(bare, menuArea(sizeBIOS)))); got < readable {
			t.Errorf("%s: the menu has a contrast of %.1f", fill, got)
		}
		corner := bare.RGBAAt(2, 2)
		if want := hexColour(t, fill); corner != want {
			t.Errorf("%s: the artwork is %v away from the menu", fill, corner)
		}
		worded := drawBIOS(t, []byte(src), "x.svg", demo)
		fonts, err := readFonts()
		if err != nil {
			t.Fatal(err)
		}
		lines, err := fonts.layout(demo, sizeBIOS)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			// The column left of the letters lies in the veil, and has no ink.
			b := l.bounds()
			column := image.Rect(b.Min.X-1, b.Min.Y, b.Min.X, b.Max.Y)
			behind := luminance(brightest(worded, column))
			if got := contrast(luminance(l.colour), behind); got < readable {
				t.Errorf("%s: %q has a contrast of %.1f", fill, l.text, got)
			}
		}
	}
}

func hexColour(t *testing.T, s string) color.RGBA {
	t.Helper()
	b, err := hex.DecodeString(strings.TrimPrefix(s, "#"))
	if err != nil {
		t.Fatal(err)
	}
	return color.RGBA{b[0], b[1], b[2], 0xff}
}

func TestLayout(t *testing.T) {
	long := strings.Repeat("Enormous ", 40)
	cases := []struct {
		name  string
		words Words
		texts []string // product rows last to first come after the version
	}{
		{"nothing", Words{}, nil},
		{"short", Words{"X", "1", "Y"}, []string{"1", "X", "Y"}},
		{"spaces and lines", Words{Product: " a \n b\t"}, []string{"a b"}},
		{"two rows", Words{Product: "The Quite Extraordinarily Complete Hosting Appliance"},
			[]string{"Complete Hosting Appliance", "The Quite Extraordinarily"}},
		{"no space to break at", Words{Product: strings.Repeat("W", 60)}, []string{"WWWWWWWWWWWWWWWWWWWW…"}},
		{"the end of a release name stays", Words{Version: strings.Repeat("Appliance-", 12) + "20261120-Beta-01"},
			[]string{"Appliance-Appliance-Appliance-Appliance…ce-Appliance-Appliance-20261120-Beta-01"}},
		{"all too long", Words{long, long, long}, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			fonts, err := readFonts()
			if err != nil {
				t.Fatal(err)
			}
			for _, size := range []image.Point{sizeBIOS, sizeUEFI} {
				lines, err := fonts.layout(c.words, size)
				if err != nil {
					t.Fatal(err)
				}
				var texts []string
				for i, l := range lines {
					texts = append(texts, l.text)
					if b := l.bounds(); !b.In(image.Rectangle{Max: size}) || b.Overlaps(menuArea(size)) {
						t.Errorf("%q at %v lies outside of the picture or in the menu", l.text, b)
					}
					for _, other := range lines[:i] {
						if l.bounds().Overlaps(other.bounds()) {
							t.Errorf("%q lies over %q", l.text, other.text)
						}
					}
				}
				if d := cmp.Diff(c.texts, texts); c.texts != nil && size == sizeBIOS && d != "" {
					t.Errorf("texts (-want +got):\n%s", d)
				}
			}
		})
	}
}

func TestMissingLetters(t *testing.T) {
	fonts, err := readFonts()
	if err != nil {
		t.Fatal(err)
	}
	if got := string(fonts.missing(Words{"日本 server 日", "Ωβ", "żółć"})); got != "日本" {
		t.Errorf("missing %q, want 日本", got)
	}
}

func TestHighlight(t *testing.T) {
	pieces := box(highlight)
	if len(pieces) != 9 {
		t.Fatalf("%d pieces, GRUB wants nine", len(pieces))
	}
	at := func(piece string, x, y int) uint32 {
		_, _, _, a := pieces[piece].At(x, y).RGBA()
		return a >> 8
	}
	full := uint32(highlight.A)
	for _, c := range []struct {
		piece string
		x, y  int
		want  uint32
	}{
		{"c", 0, 0, full}, {"n", 3, 0, full}, {"w", 0, 3, full}, {"e", 5, 5, full}, {"s", 0, 5, full},
		{"nw", 0, 0, 0}, {"nw", 5, 5, full}, {"ne", 5, 0, 0}, {"ne", 0, 5, full}, {"sw", 0, 5, 0}, {"se", 5, 5, 0}, {"se", 0, 0, full},
	} {
		if got := at(c.piece, c.x, c.y); got != c.want {
			t.Errorf("%s (%d,%d): opacity %d, want %d", c.piece, c.x, c.y, got, c.want)
		}
	}
}

func BenchmarkDraw(b *testing.B) {
	src := artworkOfDemo(b)
	for b.Loop() {
		mustDraw(b, src, "background.svg", demo)
	}
}
