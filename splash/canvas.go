package splash

import (
	"errors"
	"image"
	"image/color"

	"github.com/srwiley/rasterx"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// tile is the side of the squares that shapes are drawn in, in pixels. Up to
// this size the rasterizer counts in whole numbers, which come out the same on
// every processor.
const tile = 512

// canvas is the rasterx.Scanner that draws shapes into a picture. It looks
// only at the part of the picture that a shape covers.
type canvas struct {
	dst    *image.RGBA
	path   []segment
	min    fixed.Point26_6
	max    fixed.Point26_6
	colour rasterx.ColorFunc
	r      vector.Rasterizer
	mask   []byte // how much of each pixel of a tile a shape covers
}

// segment is the next point of a path. Start begins another line; lines aren't
// closed here, because strokes come in halves that close one another.
type segment struct {
	to    fixed.Point26_6
	start bool
}

func newCanvas(dst *image.RGBA) *canvas {
	c := &canvas{dst: dst, mask: make([]byte, tile*tile)}
	c.Clear()
	return c
}

func (c *canvas) Start(p fixed.Point26_6) { c.add(segment{p, true}) }
func (c *canvas) Line(p fixed.Point26_6)  { c.add(segment{p, false}) }

// maxSegments bounds what a shape may consist of once its curves and dashes
// are lines.
const maxSegments = 1 << 20

var errTooComplex = errors.New("a shape of more than a million lines")

// add collects a point. The library that draws has no way to take an error;
// guard catches it.
func (c *canvas) add(s segment) {
	if len(c.path) == maxSegments {
		panic(errTooComplex)
	}
	if len(c.path) == 0 {
		c.min, c.max = s.to, s.to
	}
	c.min.X, c.min.Y = min(c.min.X, s.to.X), min(c.min.Y, s.to.Y)
	c.max.X, c.max.Y = max(c.max.X, s.to.X), max(c.max.Y, s.to.Y)
	c.path = append(c.path, s)
}

func (c *canvas) GetPathExtent() fixed.Rectangle26_6 {
	return fixed.Rectangle26_6{Min: c.min, Max: c.max}
}

func (c *canvas) Clear()                  { c.path, c.min, c.max = c.path[:0], fixed.Point26_6{}, fixed.Point26_6{} }
func (c *canvas) SetBounds(int, int)      {} // the picture's
func (c *canvas) SetClip(image.Rectangle) {} // SVG's clip paths are refused
func (c *canvas) SetWinding(bool)         {} // the rasterizer knows no other

func (c *canvas) SetColor(v any) {
	switch v := v.(type) {
	case rasterx.ColorFunc:
		c.colour = v
	case color.Color:
		c.colour = func(int, int) color.Color { return v }
	}
}

// Draw fills the path that was collected.
func (c *canvas) Draw() {
	if len(c.path) == 0 || c.colour == nil {
		return
	}
	covered := image.Rect(c.min.X.Floor(), c.min.Y.Floor(), c.max.X.Ceil(), c.max.Y.Ceil()).Intersect(c.dst.Rect)
	for y := covered.Min.Y; y < covered.Max.Y; y += tile {
		for x := covered.Min.X; x < covered.Max.X; x += tile {
			c.fill(image.Rect(x, y, x+tile, y+tile).Intersect(covered))
		}
	}
}

// fill draws the part of the path that lies in a square of the picture.
func (c *canvas) fill(part image.Rectangle) {
	c.r.Reset(part.Dx(), part.Dy())
	origin := fixed.P(part.Min.X, part.Min.Y)
	var pen fixed.Point26_6
	for _, s := range c.path {
		to := s.to.Sub(origin)
		if !s.start {
			c.line(pen, to, fixed.I(part.Dx()), fixed.I(part.Dy()))
		}
		pen = to
	}
	// The rasterizer writes rows without gaps, whatever the stride says.
	mask := &image.Alpha{Pix: c.mask[:part.Dx()*part.Dy()], Stride: part.Dx(), Rect: image.Rect(0, 0, part.Dx(), part.Dy())}
	clear(mask.Pix)
	c.r.Draw(mask, mask.Rect, image.Opaque, image.Point{})
	for y := range part.Dy() {
		for x, cover := range mask.Pix[y*mask.Stride : y*mask.Stride+part.Dx()] {
			if cover != 0 {
				c.blend(part.Min.X+x, part.Min.Y+y, cover)
			}
		}
	}
}

// blend lays the colour over a pixel, as much as the shape covers of it.
func (c *canvas) blend(x, y int, cover uint8) {
	n, ok := c.colour(x, y).(color.NRGBA)
	if !ok {
		n = color.NRGBAModel.Convert(c.colour(x, y)).(color.NRGBA)
	}
	alpha := uint32(n.A) * uint32(cover) // of 255·255
	const one = 255 * 255
	p := c.dst.Pix[c.dst.PixOffset(x, y):][:3:3]
	mix := func(top, bottom uint8) uint8 {
		return uint8((uint32(top)*alpha + uint32(bottom)*(one-alpha) + one/2) / one)
	}
	p[0], p[1], p[2] = mix(n.R, p[0]), mix(n.G, p[1]), mix(n.B, p[2])
}
