package splash

import (
	"bytes"
	"fmt"
	"image"
	"slices"

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
	if min(svg.ViewBox.W, svg.ViewBox.H) < 16 {
		return nil, fmt.Errorf("%s: viewBox: %g×%g is too small: coordinates count in 64ths of a unit; scale the drawing up to 16 or more", name, svg.ViewBox.W, svg.ViewBox.H)
	}
	return drawing{name, svg}, nil
}

func (d drawing) paint(dst *image.RGBA) error {
	box := d.svg.ViewBox
	scale, x, y := cover(box.W, box.H, dst.Rect)
	to := rasterx.Identity.Translate(x, y).Scale(scale, scale).Translate(-box.X, -box.Y)
	w, h := dst.Rect.Dx(), dst.Rect.Dy()
	return guard(d.name, func() error {
		pen := rasterx.NewDasher(w, h, newCanvas(dst))
		for _, shape := range d.svg.SVGPaths {
			// The library scales what it draws, but not what it draws with.
			shape.LineWidth *= scale
			shape.DashOffset *= scale
			shape.Dash = slices.Clone(shape.Dash)
			for i := range shape.Dash {
				shape.Dash[i] *= scale
			}
			shape.DrawTransformed(pen, 1, to)
		}
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
