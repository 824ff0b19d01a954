package kickstart

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// Limits bound a tree. A zero means the default.
type Limits struct {
	Depth int // how deep files may include one another; 64
	Files int // how many files, each as often as it is included; 10,000
	Bytes int // of all files; 32 MiB
	Lines int // of all files; 500,000
}

func (l Limits) filled() Limits {
	for _, v := range []struct {
		value    *int
		standard int
	}{{&l.Depth, 64}, {&l.Files, 10_000}, {&l.Bytes, 32 << 20}, {&l.Lines, 500_000}} {
		if *v.value <= 0 {
			*v.value = v.standard
		}
	}
	return l
}

// ReadTree parses a kickstart and all that it includes. Open brings the files;
// with nil none is brought. All faults are reported at once, each a *Fault,
// joined: those of the files, and each %include that cannot work. One that
// only the installer can follow is no fault; Tree.Findings says so. The tree
// holds whatever could be read in any case.
func ReadTree(name string, src []byte, v Syntax, open Opener, limits Limits) (*Tree, error) {
	r := treeReader{
		tree:   &Tree{by: make(map[*File][]*Inclusion), at: make(map[spot]*Inclusion), next: make(map[spot]spot)},
		open:   open,
		syntax: v,
		left:   limits.filled(),
		faults: new(faults),
	}
	r.limits = r.left
	p := r.parser(name)
	r.tree.Root = p.file
	r.take(src)
	r.chain = []link{{file: p.file}}
	p.parse(src)
	p.ended("the end of the file")
	r.tree.settle()
	return r.tree, r.faults.err(r.tree.files...)
}

type treeReader struct {
	tree         *Tree
	open         Opener
	syntax       Syntax
	limits, left Limits
	full         bool // the limits are reached
	faults       *faults
	chain        []link // the files that are being read, the root first
}

// link is one file in the chain, and the line that brought it.
type link struct {
	file *File
	by   *Inclusion
}

func (r *treeReader) parser(name string) *parser {
	f := &File{Name: name}
	r.tree.files = append(r.tree.files, f)
	return &parser{file: f, syntax: r.syntax, faults: r.faults, follow: r.follow}
}

// take counts a file against the limits and reports whether it fits.
func (r *treeReader) take(src []byte) bool {
	r.left.Files--
	r.left.Bytes -= len(src)
	r.left.Lines -= countLines(src)
	return r.left.Files >= 0 && r.left.Bytes >= 0 && r.left.Lines >= 0
}

// follow is what the parser calls for a line that brings a file.
func (r *treeReader) follow(p *parser, l Line, kind Kind, ref string) {
	inc := &Inclusion{From: p.file, Line: l.Number, Kind: kind, Ref: ref, node: len(p.file.Nodes) - 1}
	if split, err := splitLine(l.Text(), p.section == nil); err == nil {
		inc.Words = max(0, len(split)-2)
	}
	if s := p.within(); s != "" {
		inc.Section = s
	}
	t := r.tree
	t.Includes = append(t.Includes, inc)
	t.by[p.file] = append(t.by[p.file], inc)
	t.at[spot{p.file, l.Number}] = inc
	if src, name, ok := r.fetch(inc); ok {
		r.enter(p, inc, src, name)
	}
}

// fetch reads what an inclusion names, or notes why it brings nothing.
func (r *treeReader) fetch(inc *Inclusion) (src []byte, name string, ok bool) {
	switch {
	case inc.Kind == Append && len(r.chain) > 1:
		inc.Reason = Skipped
		return nil, "", false
	case r.full:
		inc.Reason = TooMuch
		return nil, "", false
	case len(r.chain) > r.limits.Depth:
		r.full = true
		r.refuse(inc, TooMuch, "files include one another more than %d deep; nothing more is included", r.limits.Depth)
		return nil, "", false
	case r.open == nil:
		inc.Reason = Offline
		return nil, "", false
	}
	body, name, err := r.look(inc)
	if err != nil {
		r.failed(inc, err)
		return nil, "", false
	}
	src, err = io.ReadAll(io.LimitReader(body, MaxSize+1))
	if err = errors.Join(err, body.Close()); err != nil {
		r.failed(inc, err)
		return nil, "", false
	}
	if circle := r.circle(inc, name); circle != "" {
		r.refuse(inc, Circle, "%s", circle)
		return nil, "", false
	}
	if !r.take(src) {
		r.full = true
		r.refuse(inc, TooMuch, "with what it includes, the kickstart is larger than %d files, %d bytes or %d lines; nothing more is included",
			r.limits.Files, r.limits.Bytes, r.limits.Lines)
		return nil, "", false
	}
	return src, name, true
}

// look opens a file beside the one that includes it, or else beside the root
// kickstart. pykickstart looks in the current directory, and then beside the
// including file; whoever runs it does so where the root kickstart is.
func (r *treeReader) look(inc *Inclusion) (io.ReadCloser, string, error) {
	body, name, err := r.open(inc.Ref, inc.From)
	if !errors.Is(err, fs.ErrNotExist) || inc.From == r.tree.Root || path.IsAbs(inc.Ref) {
		return body, name, err
	}
	if body, name, err2 := r.open(inc.Ref, r.tree.Root); err2 == nil {
		return body, name, nil
	}
	return body, name, err
}

func (r *treeReader) refuse(inc *Inclusion, why Reason, format string, args ...any) {
	inc.Reason, inc.Err = why, fmt.Errorf(format, args...)
	r.faults.add(inc.From.Name, inc.Line, "%s %s: %v", inc.directive(), clip(inc.Ref), inc.Err)
}

// failed sorts out why a file could not be opened. What may be there when the
// installer runs is no fault; settle looks closer.
func (r *treeReader) failed(inc *Inclusion, err error) {
	inc.Err = err
	switch {
	case errors.Is(err, ErrOffline):
		inc.Reason = Offline
	case errors.Is(err, ErrRefused):
		r.refuse(inc, Refused, "%w", err)
	case !errors.Is(err, fs.ErrNotExist):
		r.refuse(inc, Unreadable, "%w", err)
	case path.IsAbs(inc.Ref):
		inc.Reason = InInstaller
	default:
		r.refuse(inc, Missing, "there is no such file")
	}
}

// circle says how a file includes itself, or nothing.
func (r *treeReader) circle(inc *Inclusion, name string) string {
	for i, l := range r.chain {
		if path.Clean(l.file.Name) != path.Clean(name) {
			continue
		}
		var b strings.Builder
		b.WriteString("a circle: ")
		for _, l := range r.chain[i+1:] {
			fmt.Fprintf(&b, "%s:%d includes %s, ", l.by.From.Name, l.by.Line, l.file.Name)
		}
		fmt.Fprintf(&b, "%s:%d includes %s", inc.From.Name, inc.Line, name)
		return b.String()
	}
	return ""
}

// enter parses what an inclusion brings, as a part of the section that is open.
func (r *treeReader) enter(p *parser, inc *Inclusion, src []byte, name string) {
	child := r.parser(name)
	inc.File = child.file
	switch {
	case inc.Section == "":
	case inc.Kind == Append:
		child.open(Node{Kind: Section, Name: inc.Section})
	default:
		child.lead = inc.Section
	}
	r.chain = append(r.chain, link{child.file, inc})
	child.parse(src)
	r.chain = r.chain[:len(r.chain)-1]
	if inc.Kind == Append {
		r.spliced(p, child, inc)
	} else {
		r.included(p, child, inc)
	}
}

// spliced goes on after a %ksappend, which puts text in place of a line: a
// section may begin on this side of it and end on the other.
func (r *treeReader) spliced(p, child *parser, inc *Inclusion) {
	if inc.Section != "" && child.section != nil && child.section == &child.file.Nodes[0] {
		return // the section that was open still is
	}
	p.section = nil
	if child.section != nil {
		r.goOn(p, child.section, child.file, inc.Line)
	}
}

// included goes on after an %include. pykickstart comes back to the section
// that it left, whatever the file did to it. A section that the file opens it
// must also close: otherwise all that comes after the %include is lost. Where
// sections needed no %end yet, they go on in the including file.
func (r *treeReader) included(p, child *parser, inc *Inclusion) {
	if inc.Section != "" {
		if p.lead != "" && child.within() != p.lead {
			p.lead = "" // the file's first lines were an %include that closed the section
		}
		if child.section != nil && !child.section.goesOn() {
			child.ended("the end of the included file")
		}
		return
	}
	if child.section != nil && !r.syntax.EndRequired() {
		r.goOn(p, child.section, child.file, inc.Line)
		return
	}
	child.ended("the end of the included file, and the installer then skips the rest of the kickstart")
}

// goOn opens a section in p that began in another file.
func (r *treeReader) goOn(p *parser, began *Node, in *File, line int) {
	p.open(Node{Kind: Section, Line: Line{Number: line}, Name: began.Name})
	r.tree.next[spot{in, began.Number}] = spot{p.file, line}
}

// within is the name of the section that the next line is a part of, or empty.
func (p *parser) within() string {
	if p.section != nil {
		return p.section.Name
	}
	return p.lead
}

// led takes the first line of an included file that goes on with a section.
// It reports false where the line opens another one and is still to be read.
// pykickstart splits this line into words whatever the section is.
func (p *parser) led(l Line) bool {
	split, err := words(l.Text())
	if err != nil {
		p.fault(l.Number, "%v: the installer splits the first line of an included file into words, also in a script", err)
	}
	if err == nil && len(split) > 0 && split[0] == "%include" {
		p.directive(Node{Line: l, Name: "include", Args: split[1:]})
		return true
	}
	p.open(Node{Kind: Section, Name: p.lead})
	p.lead = ""
	return p.inside(l)
}

func (i *Inclusion) directive() string {
	if i.Kind == Append {
		return "%ksappend"
	}
	return "%include"
}
