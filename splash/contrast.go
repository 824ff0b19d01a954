package splash

import (
	"image"
	"image/color"
	"math"
)

// readable is the contrast that text needs on what is behind it: WCAG 2.1,
// success criterion 1.4.3, asks 4.5 to 1.
const readable = 4.5

// luminance is the relative luminance of WCAG 2.1, from 0 (black) to 1 (white).
func luminance(c color.RGBA) float64 {
	return 0.2126*linear[c.R] + 0.7152*linear[c.G] + 0.0722*linear[c.B]
}

// linear undoes the gamma of sRGB.
var linear = func() (t [256]float64) {
	for i := range t {
		v := float64(i) / 255
		if v <= 0.04045 {
			t[i] = v / 12.92
		} else {
			t[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return t
}()

// contrast is the ratio of two luminances, from 1 to 21.
func contrast(a, b float64) float64 {
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

// darken lays just as much night over a part of the picture as makes light
// text of that colour readable there.
func darken(m *image.RGBA, area image.Rectangle, text color.RGBA) {
	area = area.Intersect(m.Rect)
	if area.Empty() {
		return
	}
	bright := brightest(m, area)
	for veil := 0; veil <= 16; veil++ {
		if contrast(luminance(text), luminance(over(night, bright, veil))) >= readable {
			if veil > 0 {
				lay(m, area, veil)
			}
			return
		}
	}
	lay(m, area, 16)
}

// brightest is the colour that no more than a fiftieth of the area outshines.
func brightest(m *image.RGBA, area image.Rectangle) color.RGBA {
	var count [256]int
	var sample [256]color.RGBA
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			c := m.RGBAAt(x, y)
			step := int(math.Sqrt(luminance(c)) * 255)
			count[step]++
			sample[step] = c
		}
	}
	rest := area.Dx() * area.Dy() / 50
	for step := 255; step > 0; step-- {
		if rest -= count[step]; rest < 0 {
			return sample[step]
		}
	}
	return sample[0]
}

// over mixes sixteenths of one colour over another.
func over(top, bottom color.RGBA, sixteenths int) color.RGBA {
	mix := func(a, b uint8) uint8 { return uint8((int(a)*sixteenths + int(b)*(16-sixteenths) + 8) / 16) }
	return color.RGBA{mix(top.R, bottom.R), mix(top.G, bottom.G), mix(top.B, bottom.B), 0xff}
}

// soft is how wide the edge of a veil is, in parts of the picture's height.
const soft = 24

// lay draws a veil over the area, fading out around it.
func lay(m *image.RGBA, area image.Rectangle, sixteenths int) {
	edge := max(1, m.Rect.Dy()/soft)
	around := area.Inset(-edge).Intersect(m.Rect)
	for y := around.Min.Y; y < around.Max.Y; y++ {
		for x := around.Min.X; x < around.Max.X; x++ {
			away := max(area.Min.X-x, x-area.Max.X+1, area.Min.Y-y, y-area.Max.Y+1, 0)
			t := 256 * (edge - away) / edge
			alpha := sixteenths * (t * t * (3*256 - 2*t) >> 16) / 16 // of 256; rises and settles softly
			c := m.RGBAAt(x, y)
			mix := func(a, b uint8) uint8 { return uint8((int(a)*alpha + int(b)*(256-alpha) + 128) >> 8) }
			m.SetRGBA(x, y, color.RGBA{mix(night.R, c.R), mix(night.G, c.G), mix(night.B, c.B), 0xff})
		}
	}
}
