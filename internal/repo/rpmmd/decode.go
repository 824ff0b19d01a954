package rpmmd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"cdbuilder/internal/repo/rpmmd/xmlscan"
)

// decoder reads documents of metadata. Its errors name the line.
type decoder struct {
	*xmlscan.Scanner
	warn    func(error)
	scratch []byte
	kept    interner
}

func newDecoder(r io.Reader, warn func(error)) *decoder {
	if warn == nil {
		warn = func(error) {}
	}
	return &decoder{Scanner: xmlscan.New(r), warn: warn}
}

// document reads a whole document whose element is called root, and each
// element in it with child, which reads to its end.
func (d *decoder) document(root string, child func(name string) error) error {
	for {
		kind, err := d.Next()
		if err != nil {
			return err
		}
		if kind == xmlscan.Start {
			break
		}
	}
	if name := string(d.Name()); name != root {
		return d.faultAt(d.Line(), "the document is <%s>, not <%s>", name, root)
	}
	if err := d.children(child); err != nil {
		return err
	}
	if _, err := d.Next(); !errors.Is(err, io.EOF) {
		return err // behind its element a document has nothing but faults
	}
	return nil
}

// children reads to the end of the current element, and each element in it
// with child, which reads to its end.
func (d *decoder) children(child func(name string) error) error {
	for {
		kind, err := d.Next()
		switch {
		case err != nil:
			return err
		case kind == xmlscan.End:
			return nil
		case kind == xmlscan.Start:
			if err := child(d.kept.get(d.Name())); err != nil {
				return err
			}
		}
	}
}

// unknown passes over an element that is not known.
func (d *decoder) unknown() error {
	d.warnAt(d.Line(), "the element <%s> is not known", d.Name())
	return d.Skip()
}

// raw reads to the end of an element and gives its text, until the next call.
func (d *decoder) raw() ([]byte, error) {
	var err error
	d.scratch, err = d.Content(d.scratch[:0])
	return d.scratch, err
}

// text reads to the end of an element that holds a word or a line.
func (d *decoder) text(s *string) error {
	raw, err := d.raw()
	*s = string(bytes.TrimSpace(raw))
	return err
}

// number reads to the end of an element that holds a number; a fraction is
// cut off, as some repositories date their files to the hundredth second.
func (d *decoder) number(n *int64) error {
	line, name := d.Line(), d.kept.get(d.Name())
	raw, err := d.raw()
	if err != nil {
		return err
	}
	*n = d.parse(line, name, raw, *n)
	return nil
}

// parse reads a number; what is none is told, and the default taken.
func (d *decoder) parse(line int, name string, raw []byte, otherwise int64) int64 {
	whole, _, _ := strings.Cut(strings.TrimSpace(string(raw)), ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n < 0 {
		d.warnAt(line, "%s is %.40q, which is not a number", name, raw)
		return otherwise
	}
	return n
}

// attr sets s to an attribute of the current element, when it has it.
func (d *decoder) attr(name string, s *string) {
	if v, ok := d.Attr(name); ok {
		*s = d.kept.get(v)
	}
}

// count sets n to an attribute that is a number, when the element has it.
func (d *decoder) count(name string, n *int64) {
	if v, ok := d.Attr(name); ok {
		*n = d.parse(d.Line(), name, v, 0)
	}
}

func (d *decoder) warnAt(line int, format string, args ...any) {
	d.warn(d.faultAt(line, format, args...))
}

func (d *decoder) faultAt(line int, format string, args ...any) error {
	return &xmlscan.SyntaxError{Line: line, What: fmt.Sprintf(format, args...)}
}

// interner gives equal bytes the same string, so that the words that a
// repository repeats a million times are held once. What it knows is bounded:
// a stream of ever new words makes it forget.
type interner struct {
	words map[string]string
	size  int
}

const (
	maxInterned = 64 << 20 // bytes of words held
	maxWord     = 256      // bytes of a word worth holding
)

func (t *interner) get(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if s, ok := t.words[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(b) > maxWord {
		return s
	}
	if t.words == nil || t.size > maxInterned {
		t.words, t.size = make(map[string]string), 0
	}
	t.words[s] = s
	t.size += len(s) + 48 // what a map's entry costs
	return s
}

// bounded gives an error where a file goes on beyond what it may have.
type bounded struct {
	r    io.Reader
	left int64
}

func (l *bounded) Read(b []byte) (int, error) {
	if int64(len(b)) > l.left+1 {
		b = b[:l.left+1]
	}
	n, err := l.r.Read(b)
	if int64(n) > l.left {
		return 0, errors.New("the file is too large for what it is")
	}
	l.left -= int64(n)
	return n, err
}
