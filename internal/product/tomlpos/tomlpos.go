// Package tomlpos tells where in a TOML document every key and value stands:
// its line, and the bytes of its value. Decoders give values without places;
// who wants to name the line of a wrong value, or to change one value and leave
// every other byte as it was, needs both.
//
// It reads TOML 1.1 (https://toml.io/en/v1.1.0) and checks nothing: a decoder
// must have accepted the document. In one that is not valid TOML, the places
// before the error are right and the rest is missing.
package tomlpos

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// MaxDepth is how deep tables and arrays may nest. Decoders recurse, so that a
// document which is nothing but "[[[[…" could exhaust the stack.
const MaxDepth = 32

// DepthError refuses a document that nests deeper than MaxDepth.
type DepthError struct{ Line int }

func (e *DepthError) Error() string {
	return fmt.Sprintf("line %d: tables and arrays nest deeper than %d levels", e.Line, MaxDepth)
}

// Place is where one key, table header or array element stands.
type Place struct {
	Path string // product.id, repository[0].keys[1]
	Line int    // first line is 1; of the key, or of the array element itself
	// Start and End bound the bytes of the value: data[Start:End]. Of a table
	// with a header they bound the header.
	Start, End int
}

// Document is the map of one TOML document.
type Document struct {
	places []Place
	index  map[string]int
}

// Places lists all places in the order of the document.
func (d *Document) Places() []Place { return d.places }

// Lookup finds a path as made by Key and Index.
func (d *Document) Lookup(path string) (Place, bool) {
	i, ok := d.index[path]
	if !ok {
		return Place{}, false
	}
	return d.places[i], true
}

// Line is the line of the path or, when the document does not have it, of the
// nearest table or array around it; 1 when there is none of these either.
func (d *Document) Line(path string) int {
	for path != "" {
		if p, ok := d.Lookup(path); ok {
			return p.Line
		}
		path = Parent(path)
	}
	return 1
}

// Key is the path of a key in the table parent; the top table is "".
func Key(parent, name string) string {
	if !bare(name) {
		name = strconv.Quote(name)
	}
	if parent == "" {
		return name
	}
	return parent + "." + name
}

// Index is the path of an element of the array parent, from 0.
func Index(parent string, i int) string { return fmt.Sprintf("%s[%d]", parent, i) }

// Parent cuts the last key or index off a path.
func Parent(path string) string {
	if strings.HasSuffix(path, "]") {
		return path[:strings.LastIndexByte(path, '[')]
	}
	if strings.HasSuffix(path, `"`) {
		return strings.TrimSuffix(path[:openingQuote(path)], ".")
	}
	return path[:max(0, strings.LastIndexByte(path, '.'))]
}

// openingQuote finds the quote that opens the quoted key at the path's end: the
// last one before which stands a dot or nothing, and from which the rest unquotes.
func openingQuote(path string) int {
	for i := len(path) - 2; i >= 0; i-- {
		if path[i] != '"' || i > 0 && path[i-1] != '.' {
			continue
		}
		if _, err := strconv.Unquote(path[i:]); err == nil {
			return i
		}
	}
	return 0
}

func bare(name string) bool {
	for _, c := range []byte(name) {
		if !bareByte(c) {
			return false
		}
	}
	return name != ""
}

func bareByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

// Scan maps the document. The only error is a *DepthError.
func Scan(data []byte) (*Document, error) {
	s := scanner{data: data, line: 1, doc: &Document{index: map[string]int{}}, arrays: map[string]int{}}
	s.pos = len(data) - len(bytes.TrimPrefix(data, []byte("\ufeff")))
	for more := true; more; {
		more = s.statement() && s.err == nil
	}
	if s.err != nil {
		return nil, s.err
	}
	return s.doc, nil
}
