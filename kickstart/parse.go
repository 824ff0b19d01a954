package kickstart

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"cdbuilder/internal/near"
)

// What is larger is no kickstart, and is refused with one fault.
const (
	MaxSize  = 16 << 20 // bytes of a file
	MaxLines = 250_000  // lines of a file
	maxLine  = 1 << 20  // bytes of a command's line
)

// Parse takes a kickstart apart; name stands in its messages. All faults are
// reported at once, each a *Fault, joined; the file is complete in any case.
// A file of more than MaxSize bytes or MaxLines lines is refused: it comes
// back as a single comment.
func Parse(name string, src []byte, syntax Syntax) (*File, error) {
	var fs faults
	p := parser{file: &File{Name: name}, syntax: syntax, faults: &fs}
	p.parse(src)
	p.ended("the end of the file")
	return p.file, fs.err()
}

type parser struct {
	file    *File
	syntax  Syntax
	section *Node // the open one; points at the last node
	faults  *faults
	number  int // of the current line

	// A file that is included inside of a section goes on with it, but not
	// before its first line that is neither blank nor a comment: lead is the
	// section's name until then.
	lead string

	// follow brings in the file that a line names; nil leaves it alone.
	follow func(p *parser, l Line, kind Kind, ref string)
}

func (p *parser) fault(line int, format string, args ...any) {
	p.faults.add(p.file.Name, line, format, args...)
}

func (p *parser) parse(src []byte) {
	if p.oversized(src) {
		p.add(Node{Kind: Comment, Line: Line{1, string(src)}})
		return
	}
	text := string(src)
	ends, binary := "\n", strings.IndexByte(text, 0) >= 0
	if strings.IndexByte(text, '\r') >= 0 {
		ends = "\r\n"
	}
	for text != "" {
		end := lineEnd(text, ends)
		p.number++
		if binary && strings.IndexByte(text[:end], 0) >= 0 {
			p.fault(p.number, "a NUL byte: this is not a text file")
		}
		p.line(Line{p.number, text[:end]})
		text = text[end:]
	}
}

func (p *parser) oversized(src []byte) bool {
	if len(src) > MaxSize {
		p.fault(1, "%d bytes: a kickstart has at most %d", len(src), MaxSize)
		return true
	}
	if n := countLines(src); n > MaxLines {
		p.fault(1, "%d lines: a kickstart has at most %d", n, MaxLines)
		return true
	}
	return false
}

// lineEnd is where the next line begins. A line ends with LF, CR LF or CR, for
// Anaconda reads a kickstart in Python's universal newlines mode; ends are the
// characters of these that the text has.
func lineEnd(text, ends string) int {
	i := strings.IndexAny(text, ends)
	switch {
	case i < 0:
		return len(text)
	case text[i] == '\r' && i+1 < len(text) && text[i+1] == '\n':
		return i + 2
	}
	return i + 1
}

func countLines(src []byte) int {
	n := bytes.Count(src, []byte("\n")) + bytes.Count(src, []byte("\r")) - bytes.Count(src, []byte("\r\n"))
	if len(src) > 0 && src[len(src)-1] != '\n' && src[len(src)-1] != '\r' {
		n++
	}
	return n
}

func (p *parser) line(l Line) {
	if p.section != nil && p.inside(l) {
		return
	}
	p.outside(l)
}

// inside adds a line to the open section, or closes it. It reports false
// where the line opens the next section: the open one is then closed without
// its %end, and the line is still to be read.
func (p *parser) inside(l Line) bool {
	name, ok := opens(l.Raw)
	switch {
	case ok && name == "end":
		p.bare(l)
		p.section.End, p.section = l, nil
		return true
	case ok && isSection(name):
		p.ended("%" + name)
		return false
	}
	p.section.Body = append(p.section.Body, l)
	switch {
	case ok && (name == "include" || name == "ksappend"):
		p.brought(l, name)
	case p.section.Name == "packages":
		p.checkRequest(l)
	}
	return true
}

// bare splits a directive inside of a section as pykickstart does: a # begins
// no comment there.
func (p *parser) bare(l Line) (words []string, ok bool) {
	split, err := splitLine(l.Text(), false)
	if err != nil {
		p.fault(l.Number, "%v; here the installer splits what is behind a # too", err)
	}
	return split, err == nil
}

// brought reads a directive that brings another file into a section. %ksappend
// is replaced before anything is parsed, so that it is one wherever it stands;
// pykickstart takes what follows the first space for its address.
func (p *parser) brought(l Line, name string) {
	kind := Include
	if name == "ksappend" {
		kind = Append
	}
	split, ok := p.bare(l)
	if ok && (len(split) < 2 || split[1] == "") {
		p.fault(l.Number, "%%%s takes a file or an address", name)
		ok = false
	}
	if ok {
		p.bring(l, kind, split[1])
	}
}

func (p *parser) bring(l Line, kind Kind, ref string) {
	if p.follow != nil {
		p.follow(p, l, kind, ref)
	}
}

// ended closes a section that has no %end; before says what ends it. The
// fault is at the line where the %end is missed, as pykickstart has it.
func (p *parser) ended(before string) {
	if p.section == nil {
		return
	}
	if p.syntax.EndRequired() {
		opened := ""
		if p.section.Number > 0 {
			opened = fmt.Sprintf(" in line %d", p.section.Number)
		}
		p.fault(p.number, "%%%s%s is not closed with %%end before %s", clip(p.section.Name), opened, before)
	}
	p.section = nil
}

func (p *parser) outside(l Line) {
	n := Node{Line: l}
	text := strings.TrimLeft(l.Text(), " \t\v\f\r")
	switch {
	case strings.TrimLeftFunc(text, unicode.IsSpace) == "":
		p.add(n)
		return
	case text[0] == '#':
		n.Kind = Comment
		p.add(n)
		return
	case p.lead != "" && p.led(l):
		return
	case len(text) > maxLine:
		p.fault(l.Number, "%d bytes in a line: a command has at most %d", len(text), maxLine)
		n.Kind, n.Broken = Command, true
		p.add(n)
		return
	case strings.HasPrefix(text, "\ufeff"):
		p.fault(l.Number, "the file begins with a byte order mark, which the installer takes for a part of the first word; save it as plain UTF-8")
		text = strings.TrimPrefix(text, "\ufeff")
	}
	p.command(n, text)
}

func (p *parser) command(n Node, text string) {
	split, err := words(text)
	if err != nil {
		p.fault(n.Number, "%v", err)
		n.Broken = true
	}
	if len(split) == 0 || split[0] == "" {
		if err == nil {
			p.fault(n.Number, "an empty pair of quotes where a command was expected")
		}
		n.Kind, n.Broken = Command, true
		p.add(n)
		return
	}
	n.Name, n.Args = split[0], split[1:]
	if strings.HasPrefix(n.Name, "%") {
		n.Name = n.Name[1:]
		p.directive(n)
		return
	}
	n.Kind = Command
	p.add(n)
}

func (p *parser) add(n Node) { p.file.Nodes = append(p.file.Nodes, n) }

// directive reads a line that begins with a percent sign outside of sections.
func (p *parser) directive(n Node) {
	switch n.Name {
	case "include", "ksappend":
		n.Kind = Include
		if n.Name == "ksappend" {
			n.Kind = Append
		}
		p.add(n)
		if len(n.Args) == 0 || n.Args[0] == "" {
			p.fault(n.Number, "%%%s takes a file or an address", n.Name)
			return
		}
		p.bring(n.Line, n.Kind, n.Args[0])
	case "end":
		n.Kind, n.Broken = Command, true
		p.fault(n.Number, "%%end, but no section is open")
		p.add(n)
	default:
		n.Kind = Section
		p.header(&n)
		p.open(n)
	}
}

// open begins a section.
func (p *parser) open(n Node) {
	p.add(n)
	p.section = &p.file.Nodes[len(p.file.Nodes)-1]
}

// header reads the header of a section. The lines of an unknown one are its
// body nonetheless, so that they aren't reported as commands.
func (p *parser) header(n *Node) {
	h, ok := headers[n.Name]
	if !ok {
		p.fault(n.Number, "unknown section %%%s%s", clip(n.Name), near.DidYouMean(n.Name, slices.Collect(maps.Keys(headers))))
		n.Rest = n.Args
		return
	}
	var faults []string
	n.Options, n.Rest, faults = h.parse(n.Name, n.Args)
	for _, f := range faults {
		p.fault(n.Number, "%s", f)
	}
	if n.Name == "packages" {
		p.checkPackages(n)
	}
}

func isSection(name string) bool {
	_, ok := headers[name]
	return ok
}
