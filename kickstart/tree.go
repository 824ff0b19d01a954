package kickstart

import (
	"iter"
	"strings"
)

// Tree is a kickstart with the files that it includes. Each file is there as
// often as it is included, for what its lines mean depends on where that is:
// inside of %packages they are packages.
//
// pykickstart follows %include everywhere, also inside of a script. A file
// included in a section goes on with it: the file's first line that is neither
// blank nor a comment begins a Section node without a header (its Raw is
// empty), which holds the file's part of the section's lines. All leaves these
// nodes out; Lines has what is in them.
type Tree struct {
	Root     *File
	Includes []*Inclusion // in the order in which the installer meets them

	files []*File
	by    map[*File][]*Inclusion // in the order of the file's lines
	at    map[spot]*Inclusion
	next  map[spot]spot // where a section without %end goes on, by the numbers of the nodes
}

type spot struct {
	file *File
	line int
}

// Inclusion is one %include or %ksappend.
type Inclusion struct {
	From    *File
	Line    int    // in From
	Kind    Kind   // Include or Append
	Section string // the name of the section that it stands in, or empty
	Ref     string // as it is written
	Words   int    // how many more words the line has, which the installer doesn't read

	File   *File  // what it brings; nil where it brings nothing
	Reason Reason // why
	Err    error  // likewise, where somebody was asked

	node int // the index in From.Nodes of the node that it belongs to
}

// Reason says why an inclusion brings nothing.
type Reason uint8

// The reasons.
const (
	Followed    Reason = iota
	Missing            // no such file
	AtInstall          // an absolute path that a %pre script speaks of: it writes the file, one may hope
	OnMedium           // an absolute path where the installer mounts its medium
	InInstaller        // any other absolute path: it must be in the installer's own file system
	Offline            // an address, and nobody fetches
	Unreadable         // is there and cannot be read, or not be fetched
	Refused            // leads out of the directory, is of no known scheme, …
	Circle             // includes itself, in the end
	TooMuch            // beyond the limits
	Skipped            // a %ksappend that isn't in the first file: pykickstart leaves it out
)

// Files gives all files, in the order in which the installer meets them. One
// that is included twice is there twice.
func (t *Tree) Files() []*File { return t.files }

// Included gives the inclusion that a line of a file is, or nil.
func (t *Tree) Included(f *File, line int) *Inclusion { return t.at[spot{f, line}] }

// All gives the nodes of all files in the order in which the installer meets
// them: after an Include node, and after a section with %include lines, come
// the nodes of what it brings.
func (t *Tree) All() iter.Seq2[*File, *Node] {
	return func(yield func(*File, *Node) bool) { t.walk(t.Root, yield) }
}

func (t *Tree) walk(f *File, yield func(*File, *Node) bool) bool {
	brought := t.by[f]
	for i := range f.Nodes {
		n := &f.Nodes[i]
		if !n.goesOn() && !yield(f, n) {
			return false
		}
		for len(brought) > 0 && brought[0].node == i {
			if child := brought[0].File; child != nil && !t.walk(child, yield) {
				return false
			}
			brought = brought[1:]
		}
	}
	return true
}

// goesOn reports whether the node is a section that began in another file.
func (n *Node) goesOn() bool { return n.Kind == Section && n.Raw == "" }

// Lines gives the lines of a section's body as the installer reads them, each
// with its file: a %include line that was followed is replaced by the lines it
// brings, one that wasn't stays.
func (t *Tree) Lines(f *File, n *Node) iter.Seq2[*File, Line] {
	return func(yield func(*File, Line) bool) {
		for n != nil && n.Kind == Section && t.body(f, n, yield) {
			after, ok := t.next[spot{f, n.Number}]
			if !ok {
				return
			}
			f, n = after.file, after.file.goingOn(after.line)
		}
	}
}

func (f *File) goingOn(line int) *Node {
	for i := range f.Nodes {
		if n := &f.Nodes[i]; n.goesOn() && n.Number == line {
			return n
		}
	}
	return nil
}

func (t *Tree) body(f *File, n *Node, yield func(*File, Line) bool) bool {
	for _, l := range n.Body {
		inc := t.at[spot{f, l.Number}]
		switch {
		case inc == nil || inc.File == nil:
			if !yield(f, l) {
				return false
			}
		case !t.fragment(inc.File, yield):
			return false
		}
	}
	return true
}

// fragment gives the lines with which an included file goes on with the
// section that it was included in. The comments before the first of them are
// not among them: pykickstart drops those.
func (t *Tree) fragment(f *File, yield func(*File, Line) bool) bool {
	for i := range f.Nodes {
		n := &f.Nodes[i]
		switch n.Kind {
		case Include:
			if inc := t.at[spot{f, n.Number}]; inc != nil && inc.File != nil && !t.fragment(inc.File, yield) {
				return false
			}
		case Section:
			return !n.goesOn() || t.body(f, n, yield)
		case Command, Append:
			return true
		}
	}
	return true
}

// Requests gives what the %packages sections of all files ask for, with what
// is included in them, as the function of that name does for one file.
func (t *Tree) Requests() []Request {
	var w wishes
	for f, n := range t.All() {
		if n.Kind != Section || n.Name != "packages" {
			continue
		}
		w.section(f, n)
		for f, l := range t.Lines(f, n) {
			w.line(f, l)
		}
	}
	return w.result()
}

// Scripts gives the scripts of all files, each with the file that its header
// stands in. Their bodies have what is included in them.
func (t *Tree) Scripts() iter.Seq2[*File, Script] {
	return func(yield func(*File, Script) bool) {
		for f, n := range t.All() {
			s, ok := n.Script()
			if !ok {
				continue
			}
			var b strings.Builder
			for _, l := range t.Lines(f, n) {
				b.WriteString(l.Raw)
			}
			s.Body = b.String()
			if !yield(f, s) {
				return
			}
		}
	}
}
