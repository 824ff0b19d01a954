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

	"cdbuilder/internal/near"
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
	rd.dec.CharsetReader = rd.charset
	rd.document()
	if limited.N == 0 {
		return rd.c, fmt.Errorf("reading %s: larger than %d bytes", name, int64(MaxSize))
	}
	rd.checkReferences()
	order := func(a, b *Fault) int { return a.Line - b.Line }
	slices.SortStableFunc(rd.faults, order)
	slices.SortStableFunc(rd.c.Warnings, order)
	if rd.untold > 0 {
		rd.c.Warnings = append(rd.c.Warnings, &Fault{File: name, Line: rd.line, Text: fmt.Sprintf("%d more things are wrong that are not told one by one", rd.untold)})
	}
	errs := make([]error, len(rd.faults))
	for i, f := range rd.faults {
		errs[i] = f
	}
	if rd.failed != nil {
		errs = append(errs, rd.failed)
	}
	return rd.c, errors.Join(errs...)
}

// most is how many faults, and how many warnings, are told: a file with more
// is none that a person mistyped.
const most = 1000

// reader walks the tokens of the file. Once it has failed or ended there are
// no more.
type reader struct {
	dec      *xml.Decoder
	c        *Comps
	faults   []*Fault
	untold   int
	failed   error
	ended    bool  // the file is read to its end
	line     int   // where the token at hand begins
	encoding error // why the bytes are not understood

	pending []string  // comments that belong to what comes next
	last    *Comments // those of the element that has just ended, in lastLine
	lastEnd int
}

func (r *reader) fault(line int, format string, args ...any) {
	if len(r.faults) == most {
		r.untold++
		return
	}
	r.faults = append(r.faults, &Fault{File: r.c.Name, Line: line, Text: fmt.Sprintf(format, args...)})
}

func (r *reader) warn(line int, format string, args ...any) {
	if len(r.c.Warnings) == most {
		r.untold++
		return
	}
	r.c.Warnings = append(r.c.Warnings, &Fault{File: r.c.Name, Line: line, Text: fmt.Sprintf(format, args...)})
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
	switch {
	case errors.As(err, &syntax):
		r.failed = &Fault{File: r.c.Name, Line: syntax.Line, Text: "not well-formed XML: " + syntax.Msg}
	case r.encoding != nil:
		r.failed = &Fault{File: r.c.Name, Line: r.line, Text: r.encoding.Error()}
	default:
		r.failed = fmt.Errorf("reading %s: %w", r.c.Name, err)
	}
	return nil
}

// document reads the prolog and the root element.
func (r *reader) document() {
	found := false
	for tok := r.next(); tok != nil; tok = r.next() {
		if comment, ok := tok.(xml.Comment); ok {
			r.comment(comment)
		}
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
		r.c.Comments.Above = r.take()
		r.root(start)
		r.c.Comments.Last = r.take()
	}
	r.c.Comments.Beside = r.take()
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
			r.last = nil
			r.checkAttributes(parent, el)
			if !visit(el) {
				r.warn(el.line, "unknown element <%s> in <%s>%s", el.Name.Local, parent, near.DidYouMean(el.Name.Local, children(parent)))
				r.skip()
			}
		case xml.CharData:
			if text := strings.TrimSpace(string(tok)); text != "" {
				r.warn(r.line, "text in <%s> is ignored: %.40q", parent, text)
			}
		case xml.Comment:
			r.comment(tok)
		case xml.EndElement:
			r.last = nil
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
		case xml.Comment:
			r.comment(tok)
		case xml.StartElement:
			r.warn(r.line, "unknown element <%s> in <%s>", tok.Name.Local, el.Name.Local)
			r.skip()
		case xml.EndElement:
			return trim(b.String())
		}
	}
	return trim(b.String())
}

// trim takes off the white space of XML, which other blanks are not.
func trim(s string) string { return strings.Trim(s, " \t\r\n") }

// truth reads a switch. As in libcomps one that is neither on nor off counts
// as otherwise says, as if it were not there; vendors have shipped comps with
// <default>flase</default>.
func (r *reader) truth(line int, where, text string, otherwise bool) (value, known bool) {
	switch {
	case text == "true" || text == "false":
	case strings.EqualFold(text, "true") || strings.EqualFold(text, "false"):
		r.warn(line, "%s is %q, which dnf doesn't understand; write true or false, in small letters", where, text)
	default:
		r.warn(line, "%s is %q, which counts as %t; write true or false", where, text, otherwise)
		return otherwise, false
	}
	return strings.EqualFold(text, "true"), true
}
