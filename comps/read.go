package comps

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// ReadFile reads a product's comps.xml. A product without groups needs none: a
// file that isn't there is an empty one.
func ReadFile(name string) (*Comps, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return &Comps{Name: name}, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Read(f, name)
}

// MaxSize is the largest comps.xml that is read, in bytes; the largest one
// known is under 3 MiB.
const MaxSize = 64 << 20

// Read reads a comps.xml; name stands in its messages. Its faults are reported
// at once, each a *Fault, joined: XML that isn't, types that don't exist,
// things without an id or defined twice. What was read is returned in any
// case, up to the place where the XML breaks.
func Read(r io.Reader, name string) (*Comps, error) {
	limited := &io.LimitedReader{R: r, N: MaxSize + 1}
	rd := reader{dec: xml.NewDecoder(limited), c: &Comps{Name: name}}
	rd.document()
	if limited.N == 0 {
		return rd.c, fmt.Errorf("reading %s: larger than %d bytes", name, int64(MaxSize))
	}
	rd.checkReferences()
	order := func(a, b *Fault) int { return a.Line - b.Line }
	slices.SortStableFunc(rd.faults, order)
	slices.SortStableFunc(rd.c.Warnings, order)
	errs := make([]error, len(rd.faults))
	for i, f := range rd.faults {
		errs[i] = f
	}
	if rd.failed != nil {
		errs = append(errs, rd.failed)
	}
	return rd.c, errors.Join(errs...)
}

// reader walks the tokens of the file. Once it has failed or ended there are
// no more.
type reader struct {
	dec    *xml.Decoder
	c      *Comps
	faults []*Fault
	failed error
	ended  bool // the file is read to its end
	line   int  // where the token at hand begins
}

func (r *reader) fault(line int, format string, args ...any) {
	r.faults = append(r.faults, &Fault{r.c.Name, line, fmt.Sprintf(format, args...)})
}

func (r *reader) warn(line int, format string, args ...any) {
	r.c.Warnings = append(r.c.Warnings, &Fault{r.c.Name, line, fmt.Sprintf(format, args...)})
}

// next gives the next token, or nil where the file ends or breaks.
func (r *reader) next() xml.Token {
	if r.failed != nil || r.ended {
		return nil
	}
	r.line, _ = r.dec.InputPos()
	tok, err := r.dec.Token()
	if err == nil {
		return tok
	}
	if errors.Is(err, io.EOF) {
		r.ended = true
		return nil
	}
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		r.failed = &Fault{r.c.Name, syntax.Line, "not well-formed XML: " + syntax.Msg}
	} else {
		r.failed = fmt.Errorf("reading %s: %w", r.c.Name, err)
	}
	return nil
}

// document reads the prolog and the root element.
func (r *reader) document() {
	found := false
	for tok := r.next(); tok != nil; tok = r.next() {
		start, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		if start.Name.Local != "comps" || found {
			r.fault(r.line, "the root element is <%s>; a comps file has one <comps>", start.Name.Local)
			r.skip()
			continue
		}
		found = true
		r.root(start)
	}
	if r.ended && !found && len(r.faults) == 0 {
		r.fault(max(1, r.line), "no <comps> element in the file")
	}
}

// element is an element's start with the line it stands in.
type element struct {
	xml.StartElement
	line int
}

// each calls visit for every child of parent. A child that visit doesn't know
// is passed over with a warning.
func (r *reader) each(parent string, visit func(el element) (known bool)) {
	for tok := r.next(); tok != nil; tok = r.next() {
		switch tok := tok.(type) {
		case xml.StartElement:
			el := element{tok, r.line}
			if !visit(el) {
				r.warn(el.line, "unknown element <%s> in <%s>", el.Name.Local, parent)
				r.skip()
			}
		case xml.CharData:
			if text := strings.TrimSpace(string(tok)); text != "" {
				r.warn(r.line, "text in <%s> is ignored: %.40q", parent, text)
			}
		case xml.EndElement:
			return
		}
	}
}

// skip passes over the rest of the element that was begun.
func (r *reader) skip() {
	for depth := 1; depth > 0; {
		switch r.next().(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		case nil:
			return
		}
	}
}

// text reads an element that holds text only.
func (r *reader) text(el element) string {
	var b strings.Builder
	for tok := r.next(); tok != nil; tok = r.next() {
		switch tok := tok.(type) {
		case xml.CharData:
			b.Write(tok)
		case xml.StartElement:
			r.warn(r.line, "unknown element <%s> in <%s>", tok.Name.Local, el.Name.Local)
			r.skip()
		case xml.EndElement:
			return strings.TrimSpace(b.String())
		}
	}
	return strings.TrimSpace(b.String())
}

// truth reads a switch. libcomps takes whatever isn't true for false; vendors
// have shipped comps with <default>flase</default>.
func (r *reader) truth(line int, where, text string) bool {
	text = strings.ToLower(text)
	if text != "true" && text != "false" {
		r.warn(line, "%s is %q, which counts as false; write true or false", where, text)
	}
	return text == "true"
}
