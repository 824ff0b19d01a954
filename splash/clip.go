package splash

import "golang.org/x/image/math/fixed"

// line gives the rasterizer what of a line lies in a tile of w×h: it counts in
// numbers too small for what lies far outside. What is above or below doesn't
// count; to the left and right only the rows do, so there the line is bent to
// run along the edge.
func (c *canvas) line(a, b fixed.Point26_6, w, h fixed.Int26_6) {
	if a.Y == b.Y || max(a.Y, b.Y) <= 0 || min(a.Y, b.Y) >= h {
		return
	}
	a, b = cutRows(a, b, h), cutRows(b, a, h)
	edges := [2]fixed.Int26_6{0, w}
	if a.X > b.X {
		edges = [2]fixed.Int26_6{w, 0}
	}
	for _, edge := range edges {
		if (a.X < edge) != (b.X < edge) {
			cross := fixed.Point26_6{X: edge, Y: between(a.Y, b.Y, edge-a.X, b.X-a.X)}
			c.piece(a, cross, w)
			a = cross
		}
	}
	c.piece(a, b, w)
}

// piece draws a line that crosses neither side of the tile.
func (c *canvas) piece(a, b fixed.Point26_6, w fixed.Int26_6) {
	x := func(p fixed.Point26_6) float32 { return float32(min(max(p.X, 0), w)) / 64 }
	c.r.MoveTo(x(a), float32(a.Y)/64)
	c.r.LineTo(x(b), float32(b.Y)/64)
}

// cutRows moves the end p of a line to where the line enters the rows 0 to h.
func cutRows(p, other fixed.Point26_6, h fixed.Int26_6) fixed.Point26_6 {
	y := min(max(p.Y, 0), h)
	if y == p.Y {
		return p
	}
	return fixed.Point26_6{X: between(p.X, other.X, y-p.Y, other.Y-p.Y), Y: y}
}

// between is the value part/whole of the way from one to the other.
func between(from, to, part, whole fixed.Int26_6) fixed.Int26_6 {
	return from + fixed.Int26_6((int64(to)-int64(from))*int64(part)/int64(whole))
}
