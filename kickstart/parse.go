package kickstart

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cdbuilder/internal/near"
)

// Parse takes a kickstart apart; name stands in its messages. All faults are
// reported at once, each a *Fault, joined; the file is complete in any case.
func Parse(name string, src []byte, syntax Syntax) (*File, error) {
	p := parser{file: &File{Name: name}, syntax: syntax}
	for number := 1; len(src) > 0; number++ {
		end := bytes.IndexByte(src, '\n') + 1
		if end == 0 {
			end = len(src)
		}
		p.line(Line{number, string(src[:end])})
		src = src[end:]
	}
	if p.section != nil {
		p.unended("the end of the file")
	}
	p.checkPackages()
	return p.file, p.err()
}

type parser struct {
	file    *File
	syntax  Syntax
	section *Node // the open one; points at the last node
	faults  []*Fault
}

func (p *parser) fault(line int, format string, args ...any) {
	p.faults = append(p.faults, &Fault{p.file.Name, line, fmt.Sprintf(format, args...)})
}

// err joins the faults in the order of their lines.
func (p *parser) err() error {
	slices.SortStableFunc(p.faults, func(a, b *Fault) int { return a.Line - b.Line })
	errs := make([]error, len(p.faults))
	for i, f := range p.faults {
		errs[i] = f
	}
	return errors.Join(errs...)
}

func (p *parser) line(l Line) {
	if strings.IndexByte(l.Raw, 0) >= 0 {
		p.fault(l.Number, "a NUL byte: this is not a text file")
	}
	if p.section != nil && p.inside(l) {
		return
	}
	p.outside(l)
}

// inside adds a line to the open section, or closes it. It reports false
// where the line opens the next section: the open one is then closed without
// its %end, and the line is still to be read.
func (p *parser) inside(l Line) bool {
	name, ok := opens(l.Text())
	switch {
	case ok && name == "end":
		p.section.End, p.section = l, nil
		return true
	case ok && isSection(name):
		p.unended(fmt.Sprintf("%%%s in line %d", name, l.Number))
		return false
	}
	p.section.Body = append(p.section.Body, l)
	return true
}

func (p *parser) unended(before string) {
	if p.syntax.EndRequired() {
		p.fault(p.section.Number, "%%%s is not closed with %%end before %s", p.section.Name, before)
	}
	p.section = nil
}

func (p *parser) outside(l Line) {
	n := Node{Line: l}
	text := strings.TrimLeft(l.Text(), " \t\v\f\r")
	switch {
	case text == "":
		p.add(n)
		return
	case text[0] == '#':
		n.Kind = Comment
		p.add(n)
		return
	case strings.HasPrefix(text, "\ufeff"):
		p.fault(l.Number, "the file begins with a byte order mark, which the installer takes for a part of the first word; save it as plain UTF-8")
		text = strings.TrimPrefix(text, "\ufeff")
	}
	split, err := words(text)
	if err != nil {
		p.fault(l.Number, "%v", err)
	}
	if len(split) == 0 || split[0] == "" {
		if err == nil {
			p.fault(l.Number, "an empty pair of quotes where a command was expected")
		}
		n.Kind = Command
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
		if len(n.Args) != 1 || n.Args[0] == "" {
			p.fault(n.Number, "%%%s takes one file or address, not %d", n.Name, len(n.Args))
		}
	case "end":
		n.Kind = Command
		p.fault(n.Number, "%%end, but no section is open")
	default:
		n.Kind = Section
		p.open(&n)
	}
	p.add(n)
	if n.Kind == Section {
		p.section = &p.file.Nodes[len(p.file.Nodes)-1]
	}
}

// open reads the header of a section. The lines of an unknown one are its
// body nonetheless, so that they aren't reported as commands.
func (p *parser) open(n *Node) {
	h, ok := headers[n.Name]
	if !ok {
		p.fault(n.Number, "unknown section %%%s%s", n.Name, near.DidYouMean(n.Name, slices.Collect(maps.Keys(headers))))
		n.Rest = n.Args
		return
	}
	var faults []string
	n.Options, n.Rest, faults = h.parse(n.Name, n.Args)
	for _, f := range faults {
		p.fault(n.Number, "%s", f)
	}
}

func isSection(name string) bool {
	_, ok := headers[name]
	return ok
}
