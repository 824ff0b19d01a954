package splash

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/image/draw"
)

// Limits of the artwork: what is larger is refused before it is unpacked.
const (
	maxFile   = 32 << 20 // bytes
	maxSide   = 10000    // pixels
	maxPixels = 40 << 20
)

// artwork fills a picture.
type artwork interface {
	paint(dst *image.RGBA) error
}

// Find looks for the artwork in a product's splash directory: background.svg
// or background.png.
func Find(dir fs.FS) (name string, err error) {
	var found []string
	for _, n := range []string{"background.svg", "background.png"} {
		if info, err := fs.Stat(dir, n); err == nil && info.Mode().IsRegular() {
			found = append(found, n)
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("looking for the splash artwork: %w", err)
		}
	}
	switch len(found) {
	case 0:
		return "", errors.New("no splash artwork: put a background.svg or background.png there")
	case 2:
		return "", errors.New("both background.svg and background.png are there; keep the one that the boot menu shall show")
	}
	return found[0], nil
}

func readArtwork(src []byte, name string) (artwork, error) {
	if len(src) > maxFile {
		return nil, fmt.Errorf("%s: %d bytes; artwork may have %d at most", name, len(src), maxFile)
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".svg":
		return readSVG(src, name)
	case ".png":
		return readPNG(src, name)
	}
	return nil, fmt.Errorf("%s: artwork is an SVG or PNG file, with that ending", name)
}

// bitmap is artwork made of pixels.
type bitmap struct{ image.Image }

func readPNG(src []byte, name string) (artwork, error) {
	c, err := png.DecodeConfig(bytes.NewReader(src))
	if err != nil {
		return nil, fmt.Errorf("reading the artwork %s: %w", name, err)
	}
	if err := checkSize(float64(c.Width), float64(c.Height)); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	m, err := png.Decode(bytes.NewReader(src))
	if err != nil {
		return nil, fmt.Errorf("reading the artwork %s: %w", name, err)
	}
	return bitmap{m}, nil
}

// checkSize judges the size of an artwork in pixels or user units.
func checkSize(w, h float64) error {
	switch {
	case !(w > 0 && h > 0):
		return fmt.Errorf("a picture of %g×%g has no area", w, h)
	case w > maxSide || h > maxSide || w*h > maxPixels:
		return fmt.Errorf("%g×%g is too large: at most %d a side and %d million pixels", w, h, maxSide, maxPixels>>20)
	}
	return nil
}

func (b bitmap) paint(dst *image.RGBA) error {
	from := b.Bounds()
	scale, x, y := cover(float64(from.Dx()), float64(from.Dy()), dst.Rect)
	// The part of the artwork that is seen.
	w, h := float64(dst.Rect.Dx())/scale, float64(dst.Rect.Dy())/scale
	seen := image.Rect(int(-x/scale+0.5), int(-y/scale+0.5), int(-x/scale+w+0.5), int(-y/scale+h+0.5))
	draw.CatmullRom.Scale(dst, dst.Rect, b, seen.Add(from.Min).Intersect(from), draw.Over, nil)
	return nil
}

// cover scales a picture of w×h so that it covers all of dst, centred.
func cover(w, h float64, dst image.Rectangle) (scale, x, y float64) {
	dw, dh := float64(dst.Dx()), float64(dst.Dy())
	scale = max(dw/w, dh/h)
	return scale, (dw - w*scale) / 2, (dh - h*scale) / 2
}
