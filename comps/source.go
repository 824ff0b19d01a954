package comps

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Source is a comps.xml that a person keeps. What is added and taken out
// changes those lines alone: the rest, comments, blank lines and the order of
// attributes, stays byte for byte as it was. New lines are indented and ended
// as their neighbours are.
type Source struct {
	name  string
	text  []byte
	comps *Comps
	root  *node
}

// Empty is a comps.xml with nothing in it.
const Empty = doctype + "<comps>\n</comps>\n"

// NewSource reads a file that is to be changed; name stands in its messages. A
// file with faults is refused with all of them: it has to be mended first.
func NewSource(name string, text []byte) (*Source, error) {
	c, err := Read(bytes.NewReader(text), name)
	if err != nil {
		return nil, err
	}
	root, err := parseNodes(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &Source{name, text, c, root}, nil
}

// Bytes is the file as it is now.
func (s *Source) Bytes() []byte { return s.text }

// Comps is what stands in it.
func (s *Source) Comps() *Comps { return s.comps }

// splice puts text in the place of what stands from one byte to another.
type splice struct {
	from, to int
	with     string
}

// apply makes changes; two of them may take out the same blank line. Where the
// result were faulty the file stays as it is.
func (s *Source) apply(changes ...splice) error {
	slices.SortFunc(changes, func(a, b splice) int { return a.from - b.from })
	var out bytes.Buffer
	at := 0
	for _, c := range changes {
		out.Write(s.text[at:max(at, c.from)])
		out.WriteString(c.with)
		at = max(at, c.to)
	}
	out.Write(s.text[at:])
	next, err := NewSource(s.name, out.Bytes())
	if err != nil {
		return fmt.Errorf("this change would leave a faulty file: %w", err)
	}
	*s = *next
	return nil
}

// node is an element of the text with its place: the bytes from start to end,
// and of these from inner to innerEnd between its tags.
type node struct {
	name                        string
	text                        []byte // what stands directly in it
	start, inner, innerEnd, end int
	children                    []*node
}

// errEncoding is why a file in another encoding is not changed: places in it
// are counted in bytes of UTF-8.
var errEncoding = errors.New("only a file in UTF-8 can be changed; save it as UTF-8, and say so in its first line")

// parseNodes reads the root element. The text has been read once already, so
// that it is XML.
func parseNodes(text []byte) (*node, error) {
	dec := xml.NewDecoder(bytes.NewReader(text))
	dec.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		switch strings.ToLower(label) {
		case "utf8", "us-ascii", "ascii":
			return in, nil
		}
		return nil, errEncoding
	}
	document := new(node)
	open := []*node{document}
	for {
		at := int(dec.InputOffset())
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.Is(err, errEncoding) {
			return nil, errEncoding
		}
		if err != nil {
			return nil, err
		}
		top := open[len(open)-1]
		switch tok := tok.(type) {
		case xml.StartElement:
			n := &node{name: tok.Name.Local, start: at, inner: int(dec.InputOffset())}
			top.children = append(top.children, n)
			open = append(open, n)
		case xml.EndElement:
			top.innerEnd, top.end = at, int(dec.InputOffset())
			top.text = bytes.Trim(top.text, " \t\r\n")
			open = open[:len(open)-1]
		case xml.CharData:
			if top != document {
				top.text = append(top.text, tok...)
			}
		}
	}
	root := document.child("comps")
	if root == nil {
		return nil, errors.New("no <comps> element in the file")
	}
	return root, nil
}

// named lists the children of a name.
func (n *node) named(name string) []*node {
	var list []*node
	for _, c := range n.children {
		if c.name == name {
			list = append(list, c)
		}
	}
	return list
}

// child is the last child of a name, or nil.
func (n *node) child(name string) *node {
	if list := n.named(name); len(list) > 0 {
		return list[len(list)-1]
	}
	return nil
}

// newline is how the file ends its lines.
func (s *Source) newline() string {
	if i := bytes.IndexByte(s.text, '\n'); i > 0 && s.text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// lineStart is where the line of a place begins.
func (s *Source) lineStart(at int) int { return bytes.LastIndexByte(s.text[:at], '\n') + 1 }

// indent is what stands in front of a node in its line; ok is false where that
// is more than blanks, so that the file isn't laid out in lines.
func (s *Source) indent(at int) (blanks string, ok bool) {
	blanks = string(s.text[s.lineStart(at):at])
	return blanks, strings.Trim(blanks, " \t") == ""
}

// lineEnd is where the line of a node's end ends, in front of its newline,
// where only blanks and comments follow in it; else the place itself.
func (s *Source) lineEnd(at int) int {
	end := at
	for {
		rest := s.text[end:]
		blank := len(rest) - len(bytes.TrimLeft(rest, " \t"))
		rest = rest[blank:]
		switch {
		case len(rest) == 0 || rest[0] == '\n' || bytes.HasPrefix(rest, []byte("\r\n")):
			return end + blank
		case !bytes.HasPrefix(rest, []byte("<!--")):
			return at
		}
		size := bytes.Index(rest[4:], []byte("-->"))
		if size < 0 {
			return at
		}
		end += blank + 4 + size + 3
	}
}

// unit is by how much more the children of a node are indented.
func (s *Source) unit(n *node) string {
	outer, ok := s.indent(n.start)
	for _, c := range n.children {
		inner, own := s.indent(c.start)
		if more, deeper := strings.CutPrefix(inner, outer); ok && own && deeper && more != "" {
			return more
		}
	}
	if n != s.root {
		return s.unit(s.root)
	}
	return "  "
}

// remove takes a node out, with its line where it has one of its own. A
// comment behind it in the line goes with it.
func (s *Source) remove(n *node) splice {
	end := s.lineEnd(n.end)
	if _, own := s.indent(n.start); !own || end == n.end && !s.atNewline(end) {
		return splice{from: n.start, to: n.end}
	}
	c := splice{from: s.lineStart(n.start), to: s.nextLine(end)}
	// Of two blank lines that come together one goes too, and one that would
	// be left in front of a closing tag.
	above, below := s.lineStart(max(0, c.from-1)), s.nextLine(c.to)
	if c.from > 0 && s.blank(above, c.from) {
		switch next := s.text[c.to:below]; {
		case s.blank(c.to, below):
			c.to = below
		case bytes.HasPrefix(bytes.TrimLeft(next, " \t"), []byte("</")):
			c.from = above
		}
	}
	return c
}

func (s *Source) atNewline(at int) bool {
	return at == len(s.text) || s.text[at] == '\n' || s.text[at] == '\r'
}

// nextLine is where the line after that of a place begins.
func (s *Source) nextLine(at int) int {
	if i := bytes.IndexByte(s.text[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(s.text)
}

func (s *Source) blank(from, to int) bool {
	line := s.text[from:to]
	return len(line) > 0 && len(bytes.TrimSpace(line)) == 0
}

// after puts a text behind a node: on a line of its own where the node has one.
func (s *Source) after(n *node, text string) splice {
	at := n.end
	blanks, own := s.indent(n.start)
	if own {
		at = s.lineEnd(n.end)
		text = s.newline() + blanks + text
	}
	return splice{at, at, text}
}

// into puts a text into a node that has nothing like it yet, behind what is there.
func (s *Source) into(n *node, text string) splice {
	blanks, own := s.indent(n.start)
	newline, unit := s.newline(), s.unit(n)
	if !own {
		newline, unit, blanks = "", "", ""
	}
	inside := newline + blanks + unit + text
	if bytes.HasSuffix(s.text[n.start:n.end], []byte("/>")) {
		tag := bytes.TrimRight(s.text[n.start:n.end-2], " \t\r\n")
		return splice{n.start, n.end, string(tag) + ">" + inside + newline + blanks + "</" + n.tag(s) + ">"}
	}
	if closing, alone := s.indent(n.innerEnd); alone && own {
		at := n.innerEnd - len(closing)
		return splice{at, at, blanks + unit + text + newline}
	}
	return splice{n.innerEnd, n.innerEnd, inside + newline + blanks}
}

// tag is a node's name as it is written, with a prefix that it may have.
func (n *node) tag(s *Source) string {
	name := s.text[n.start+1 : n.end]
	return string(name[:bytes.IndexAny(name, " \t\r\n/>")])
}
