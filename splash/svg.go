package splash

import (
	"bytes"
	"fmt"
	"image"

	"github.com/srwiley/oksvg"
	"github.com/srwiley/rasterx"
)

// drawing is artwork made of lines.
type drawing struct {
	name string
	svg  *oksvg.SvgIcon
}

func readSVG(src []byte, name string) (artwork, error) {
	if err := checkSVG(src, name); err != nil {
		return nil, err
	}
	var svg *oksvg.SvgIcon
	err := guard(name, func() (err error) {
		svg, err = oksvg.ReadIconStream(bytes.NewReader(src))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the artwork %s: %w", name, err)
	}
	if err := checkSize(svg.ViewBox.W, svg.ViewBox.H); err != nil {
		return nil, fmt.Errorf("%s: viewBox: %w", name, err)
	}
	return drawing{name, svg}, nil
}

func (d drawing) paint(dst *image.RGBA) error {
	box := d.svg.ViewBox
	scale, x, y := cover(box.W, box.H, dst.Rect)
	d.svg.Transform = rasterx.Identity.Translate(x, y).Scale(scale, scale).Translate(-box.X, -box.Y)
	w, h := dst.Rect.Dx(), dst.Rect.Dy()
	return guard(d.name, func() error {
		d.svg.Draw(rasterx.NewDasher(w, h, newCanvas(dst)), 1)
		return nil
	})
}

// guard turns a panic of the SVG library, which has them for odd pictures,
// into an error.
func guard(name string, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: the SVG reader cannot cope with this picture (%v); save it as plain SVG or as PNG", name, p)
		}
	}()
	return f()
}
