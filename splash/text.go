package splash

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"slices"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// fonts are the Go fonts: Latin, Greek and Cyrillic letters.
type fonts struct {
	bold, regular *opentype.Font
	failed        error // the first failure to set a font at a size
}

func readFonts() (*fonts, error) {
	bold, err := opentype.Parse(gobold.TTF)
	if err != nil {
		return nil, fmt.Errorf("reading the bold font: %w", err)
	}
	regular, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, fmt.Errorf("reading the font: %w", err)
	}
	return &fonts{bold: bold, regular: regular}, nil
}

// face is a font at a size of so many pixels.
func (f *fonts) face(of *opentype.Font, height int) font.Face {
	face, err := opentype.NewFace(of, &opentype.FaceOptions{Size: float64(height), DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		f.failed = fmt.Errorf("setting a font at %d pixels: %w", height, err)
		return basicfont.Face7x13
	}
	return face
}

func (f *fonts) measure(of *opentype.Font, text string, height int) int {
	return font.MeasureString(f.face(of, height), text).Ceil()
}

// missing lists the characters of the words that a font lacks.
func (f *fonts) missing(w Words) []rune {
	var all []rune
	var buf sfnt.Buffer
	for _, r := range clean(w.Product) + clean(w.Version) + clean(w.Vendor) {
		if i, err := f.regular.GlyphIndex(&buf, r); (err != nil || i == 0) && !slices.Contains(all, r) {
			all = append(all, r)
		}
	}
	return all
}

// longest is how many letters of a text are looked at.
const longest = 300

// clean makes one line of a text.
func clean(s string) string {
	letters := []rune(strings.Join(strings.Fields(s), " "))
	return string(letters[:min(len(letters), longest)])
}

// line is one line of text at its place.
type line struct {
	text   string
	face   font.Face
	colour color.RGBA
	at     image.Point // left end of the baseline
}

// layout places the words on a picture.
func (f *fonts) layout(w Words, size image.Point) ([]line, error) {
	left, width := size.X*11/100, size.X*78/100
	y := size.Y * 31 / 100
	var all []line
	if version := clean(w.Version); version != "" {
		height := f.fit(f.regular, version, width, size.Y*36/1000, size.Y*27/1000)
		version = f.shorten(f.regular, version, width, height, middle)
		all = append(all, line{version, f.face(f.regular, height), dim, image.Pt(left, y)})
		y -= size.Y * 68 / 1000
	}
	rows, height := f.title(clean(w.Product), width, size)
	for _, row := range slices.Backward(rows) {
		all = append(all, line{row, f.face(f.bold, height), white, image.Pt(left, y)})
		y -= height * 115 / 100
	}
	if vendor := clean(w.Vendor); vendor != "" {
		height := size.Y * 27 / 1000
		vendor = f.shorten(f.regular, vendor, width, height, end)
		right := size.X*97/100 - f.measure(f.regular, vendor, height)
		all = append(all, line{vendor, f.face(f.regular, height), dim, image.Pt(right, size.Y*972/1000)})
	}
	return all, f.failed
}

// title breaks the product's name into at most two rows and finds their size.
func (f *fonts) title(text string, width int, size image.Point) (rows []string, height int) {
	if text == "" {
		return nil, 0
	}
	height = f.fit(f.bold, text, width, size.Y*75/1000, size.Y*55/1000)
	if f.measure(f.bold, text, height) <= width {
		return []string{text}, height
	}
	large := size.Y * 65 / 1000
	rows = f.halve(text, large)
	for _, row := range rows {
		height = min(height, f.fit(f.bold, row, width, large, size.Y*5/100))
	}
	for i, row := range rows {
		rows[i] = f.shorten(f.bold, row, width, height, end)
	}
	return rows, height
}

// halve breaks a title at the space that leaves the longer half shortest.
func (f *fonts) halve(text string, height int) []string {
	halves, best := []string{text}, f.measure(f.bold, text, height)
	for i, r := range text {
		if r != ' ' {
			continue
		}
		if w := max(f.measure(f.bold, text[:i], height), f.measure(f.bold, text[i+1:], height)); w < best {
			halves, best = []string{text[:i], text[i+1:]}, w
		}
	}
	return halves
}

// fit finds the greatest size, in pixels, at which a text is no wider than
// width; it is no smaller than least.
func (f *fonts) fit(of *opentype.Font, text string, width, greatest, least int) (height int) {
	for height = greatest; height > least; height-- {
		if f.measure(of, text, height) <= width {
			break
		}
	}
	return height
}

// Where an ellipsis goes.
const (
	middle = iota // the end of a release name tells it from its sisters
	end
)

// shorten takes letters out of a text until it is no wider than width.
func (f *fonts) shorten(of *opentype.Font, text string, width, height, where int) string {
	letters := []rune(text)
	for cut := 0; cut <= len(letters); cut++ {
		short := text
		if cut > 0 {
			keep := len(letters) - cut
			head := keep
			if where == middle {
				head = keep / 2
			}
			short = strings.TrimRight(string(letters[:head]), " ") + "…" + string(letters[head+cut:])
		}
		if f.measure(of, short, height) <= width {
			return short
		}
	}
	return ""
}

// bounds is the place that the line takes.
func (l line) bounds() image.Rectangle {
	b, _ := font.BoundString(l.face, l.text)
	return image.Rect(b.Min.X.Floor(), b.Min.Y.Floor(), b.Max.X.Ceil(), b.Max.Y.Ceil()).Add(l.at)
}

// draw writes the line with a shadow, which lifts it off the artwork.
func (l line) draw(m draw.Image) {
	pen := font.Drawer{Dst: m, Face: l.face}
	for _, s := range []struct {
		by    int
		shade uint8
	}{{2, 0x50}, {1, 0x90}} {
		pen.Src = image.NewUniform(color.NRGBA{0, 0, 0, s.shade})
		pen.Dot = fixed.P(l.at.X+s.by, l.at.Y+s.by)
		pen.DrawString(l.text)
	}
	pen.Src, pen.Dot = image.NewUniform(l.colour), fixed.P(l.at.X, l.at.Y)
	pen.DrawString(l.text)
}
