package splash

import (
	"image"
	"image/color"
)

// radius of the box around the selected entry, and side of each of its
// pieces, in pixels.
const radius = 6

// box cuts a box with round corners into the nine pieces of GRUB's styled box:
// corners stay as they are, edges and centre are stretched.
func box(c color.NRGBA) map[string]image.Image {
	names := [3][3]string{{"nw", "n", "ne"}, {"w", "c", "e"}, {"sw", "s", "se"}}
	pieces := make(map[string]image.Image)
	for row := range 3 {
		for column := range 3 {
			pieces[names[row][column]] = piece(c, column-1, row-1)
		}
	}
	return pieces
}

// piece draws the piece that lies to the side (dx, dy) of the centre. Its
// edge is smoothed by looking at sixteen points in each pixel.
func piece(c color.NRGBA, dx, dy int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, radius, radius))
	for y := range radius {
		for x := range radius {
			inside := 0
			for sub := range 16 {
				// In eighths of a pixel, from the corner of the circle's square.
				px, py := x*8+sub%4*2+1, y*8+sub/4*2+1
				if within(px, py, dx, dy) {
					inside++
				}
			}
			p := c
			p.A = uint8(int(c.A) * inside / 16)
			m.SetNRGBA(x, y, p)
		}
	}
	return m
}

// within reports whether a point of a piece, in eighths of a pixel, lies in
// the box: everywhere but outside of the circle in a corner.
func within(px, py, dx, dy int) bool {
	if dx == 0 || dy == 0 {
		return true
	}
	if dx < 0 {
		px = radius*8 - px
	}
	if dy < 0 {
		py = radius*8 - py
	}
	return px*px+py*py <= radius*8*radius*8
}
