// Package kickstart reads kickstart files, the recipes by which Anaconda and
// our own stage2 install a machine unattended, and fills the templates that a
// product keeps them as.
//
// Parse takes a file apart into commands and sections (%packages, %pre,
// %post, …) without losing a byte: every source line stays in the tree, so
// that a fault can point at it and the file can be written back as it was.
// What a command means is not known here; how lines are split into words, how
// sections open and end and what %packages asks for is, and follows the
// reference implementation, pykickstart 3, and its document
// "Kickstart Syntax Reference".
//
// Expand fills any text template (a kickstart, the README of the medium) and
// refuses unknown variables, all of them at once.
package kickstart

import (
	"fmt"
	"iter"
	"strings"
)

// File is a kickstart taken apart. The nodes stand in the order of the source
// and together hold all of its lines.
type File struct {
	Name  string // as it stands in messages
	Nodes []Node
}

// Kind says what a node is.
type Kind uint8

// The kinds of node. Directives outside of sections are nodes of their own;
// inside a section they stay lines of its body.
const (
	Blank   Kind = iota // an empty line
	Comment             // a line that begins with #
	Command             // lang, network, part, …
	Include             // %include FILE: left for the installer
	Append              // %ksappend URL: left for the installer
	Section             // %packages … %end
)

// Node is one line outside of the sections, or one whole section.
type Node struct {
	Kind   Kind
	Line            // the line, or the section's header
	Name   string   // command or section, without the percent sign: "lang", "packages"
	Args   []string // the words after the name, quotes resolved
	Broken bool     // its quoting or name is faulty, as Parse has said: Args are what comes before

	// Only in sections:
	Options []Option // the header's options, in their order
	Rest    []string // the header's other words: the name of an add-on
	Body    []Line   // the lines between the header and %end
	End     Line     // the %end line; Number 0 where the section has none
}

// Line is one line of the source.
type Line struct {
	Number int    // from 1
	Raw    string // with its line ending, if it has one
}

// Text is the line without its line ending.
func (l Line) Text() string {
	return strings.TrimSuffix(strings.TrimSuffix(l.Raw, "\n"), "\r")
}

// Option is one option of a section's header.
type Option struct {
	Name  string // canonical, without dashes: "log" also where the file says --logfile
	Value string // empty for a switch
}

// Option returns the value of the last option of that name, and whether the
// header has it.
func (n *Node) Option(name string) (value string, ok bool) {
	for _, o := range n.Options {
		if o.Name == name {
			value, ok = o.Value, true
		}
	}
	return value, ok
}

// Sections returns the sections of that name, in their order.
func (f *File) Sections(name string) []*Node {
	var found []*Node
	for i := range f.Nodes {
		if n := &f.Nodes[i]; n.Kind == Section && n.Name == name {
			found = append(found, n)
		}
	}
	return found
}

// Bytes gives the file back, byte for byte.
func (f *File) Bytes() []byte {
	var b []byte
	for i := range f.Nodes {
		n := &f.Nodes[i]
		b = append(b, n.Raw...)
		for _, l := range n.Body {
			b = append(b, l.Raw...)
		}
		b = append(b, n.End.Raw...)
	}
	return b
}

// Fault is one thing wrong with a file, and where.
type Fault struct {
	File string
	Line int // from 1
	Text string
}

func (f *Fault) Error() string { return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Text) }

// All gives the file's nodes in their order, each with the file, as checks
// that follow includes want them.
func (f *File) All() iter.Seq2[*File, *Node] {
	return func(yield func(*File, *Node) bool) {
		for i := range f.Nodes {
			if !yield(f, &f.Nodes[i]) {
				return
			}
		}
	}
}
