package splash

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"cdbuilder/internal/near"

	"github.com/srwiley/oksvg"
)

// maxUnit bounds every coordinate, so that the rasterizer's fixed-point
// numbers hold it.
const maxUnit = 100_000

// checkSVG finds what the library would leave out or draw wrongly without a
// word. All faults are reported at once, with their lines.
func checkSVG(src []byte, name string) error {
	c := svgCheck{name: name, dec: xml.NewDecoder(bytes.NewReader(src))}
	for {
		line, _ := c.dec.InputPos()
		tok, err := c.dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			c.fault(line, "not well-formed XML: %v", err)
			break
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			c.element(line, tok)
			c.open = append(c.open, tok.Name.Local)
		case xml.EndElement:
			c.open = c.open[:len(c.open)-1]
		}
	}
	if !c.root && len(c.faults) == 0 {
		c.fault(1, "no <svg> in the file")
	}
	return errors.Join(c.faults...)
}

type svgCheck struct {
	name   string
	dec    *xml.Decoder
	open   []string // the elements that we are inside of
	root   bool
	grads  []string // gradients defined so far
	faults []error
}

func (c *svgCheck) fault(line int, format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf("%s:%d: %s", c.name, line, fmt.Sprintf(format, args...)))
}

const namespace = "http://www.w3.org/2000/svg"

var (
	drawn = []string{"svg", "g", "line", "stop", "rect", "circle", "ellipse", "polyline", "polygon", "path",
		"desc", "defs", "style", "title", "linearGradient", "radialGradient", "use"}
	// Attributes that hold numbers only.
	measures = []string{"x", "y", "width", "height", "rx", "ry", "cx", "cy", "r", "x1", "y1", "x2", "y2", "points",
		"viewBox", "transform", "stroke-width", "stroke-dasharray", "stroke-dashoffset", "d"}
)

func (c *svgCheck) element(line int, el xml.StartElement) {
	tag := el.Name.Local
	if el.Name.Space != "" && el.Name.Space != namespace || tag == "metadata" || slices.Contains(c.open, "metadata") {
		return // an editor's own notes
	}
	if len(c.open) == 0 {
		c.root = tag == "svg"
		if !c.root {
			c.fault(line, "the root element is <%s>, not <svg>", tag)
			return
		}
	}
	switch {
	case tag == "text" || tag == "tspan":
		c.fault(line, "<%s> isn't drawn: the product's words are set onto the picture; convert other text to paths", tag)
	case !slices.Contains(drawn, tag):
		c.fault(line, "<%s> isn't drawn: use paths, shapes and gradients, or save the picture as PNG", tag)
	case tag == "use" && slices.Contains(c.open, "defs"):
		c.fault(line, "<use> inside <defs> isn't drawn: repeat what it names")
	}
	for _, a := range el.Attr {
		if a.Name.Local == "id" && strings.HasSuffix(tag, "Gradient") {
			c.grads = append(c.grads, a.Value)
		}
		c.attribute(line, tag, a.Name.Local, a.Value)
	}
}

func (c *svgCheck) attribute(line int, tag, name, value string) {
	switch {
	case name == "gradientUnits" && strings.TrimSpace(value) == "userSpaceOnUse":
		c.fault(line, "<%s gradientUnits=\"userSpaceOnUse\"> isn't drawn rightly: use objectBoundingBox, or save the picture as PNG", tag)
	case tag == "stop" && name == "style":
		c.fault(line, "<stop style=…> isn't drawn: write stop-color and stop-opacity as attributes")
	case tag == "path" && name == "d":
		c.path(line, value)
	case slices.Contains([]string{"svg", "rect", "circle", "ellipse", "line"}, tag) && slices.Contains(measures, name) &&
		name != "viewBox" && name != "transform" && !strings.HasPrefix(name, "stroke"):
		if _, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), "px"), 64); err != nil && (tag != "svg" || !strings.HasSuffix(value, "%")) {
			c.fault(line, "<%s %s=%q>: not a number", tag, name, value)
		}
	}
	if id, ok := strings.CutPrefix(value, "url(#"); ok && (name == "fill" || name == "stroke") {
		if id = strings.TrimSuffix(id, ")"); !slices.Contains(c.grads, id) {
			c.fault(line, "<%s %s=%q>: no gradient %q is defined above%s", tag, name, value, id, near.DidYouMean(id, c.grads))
		}
	}
	if slices.Contains(measures, name) {
		c.bound(line, tag, name, value)
	}
}

// path has the library read the shape: in a whole picture it would pass over
// one that it cannot read.
func (c *svgCheck) path(line int, d string) {
	err := guard(c.name, func() error {
		cursor := oksvg.PathCursor{ErrorMode: oksvg.StrictErrorMode}
		return cursor.CompilePath(d)
	})
	if err != nil {
		c.fault(line, "<path d=…> cannot be read: %v", err)
	}
}

// bound refuses numbers that are too large to calculate with.
func (c *svgCheck) bound(line int, tag, name, value string) {
	words := strings.FieldsFunc(value, func(r rune) bool { return !strings.ContainsRune("0123456789.eE+-", r) })
	for _, w := range words {
		w = strings.TrimLeft(w, "eE")
		if v, err := strconv.ParseFloat(w, 64); (err == nil || v != 0) && (math.Abs(v) > maxUnit || math.IsNaN(v)) {
			c.fault(line, "<%s %s=…>: %s is too large; keep coordinates under %d", tag, name, w, maxUnit)
			return
		}
	}
}
