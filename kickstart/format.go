package kickstart

import (
	"bytes"
	"slices"
	"strings"
)

// Format lays a kickstart out in the one canonical way, which means the same:
// no blanks at the ends of lines, lines that end with LF, one blank line
// around sections (and around the comment that stands on one) and never two,
// none at the beginning and the end of the file. Words, quotes, comments and
// the order of everything stay. The lines of %packages are trimmed; the bodies
// of all other sections are somebody else's language and stay byte for byte.
//
// Format of what Format has written changes nothing. A file that was refused
// for its size comes back as it is.
func Format(f *File) []byte {
	if refused(f) {
		return f.Bytes()
	}
	var items []item
	for i := range f.Nodes {
		items = append(items, layOut(&f.Nodes[i]))
	}
	items = breaks(items)
	var b bytes.Buffer
	for _, it := range items {
		if it.apart {
			b.WriteByte('\n')
		}
		b.WriteString(it.text)
	}
	return b.Bytes()
}

func refused(f *File) bool {
	if len(f.Nodes) != 1 {
		return false
	}
	text := f.Nodes[0].Text()
	return len(text) >= MaxSize || strings.ContainsAny(text, "\r\n")
}

// item is a node as it is written, and whether a blank line goes before it.
type item struct {
	node  *Node
	text  string
	apart bool
}

func layOut(n *Node) item {
	switch n.Kind {
	case Blank:
		return item{node: n}
	case Comment:
		return item{node: n, text: trim(n.Line) + "\n"}
	case Section:
		return item{node: n, text: layOutSection(n)}
	}
	return item{node: n, text: trimWords(n.Line) + "\n"}
}

func layOutSection(n *Node) string {
	var b strings.Builder
	if !n.goesOn() {
		b.WriteString(trimWords(n.Line))
		b.WriteByte('\n')
	}
	for _, l := range n.Body {
		if n.Name != "packages" {
			b.WriteString(l.Raw)
			continue
		}
		b.WriteString(trim(l))
		b.WriteByte('\n')
	}
	if n.End.Raw != "" {
		b.WriteString(trim(n.End))
		b.WriteByte('\n')
	}
	return b.String()
}

// trim removes blanks where they mean nothing. A form feed at the end of a line
// is a part of its last word.
func trim(l Line) string {
	return strings.TrimRight(strings.TrimLeft(l.Text(), " \t\v\f\r"), " \t\r")
}

// trimWords is trim for a line of words, of which the last may end with a
// blank behind a backslash, or in quotes that nobody closes. Such a line stays.
func trimWords(l Line) string {
	long := strings.TrimLeft(l.Text(), " \t\v\f\r")
	short := trim(l)
	before, err := words(long)
	after, err2 := words(short)
	if err != nil || err2 != nil || !slices.Equal(before, after) {
		return strings.TrimRight(long, "\r")
	}
	return short
}

// breaks removes blank lines and notes where one belongs: where there was one,
// and around sections.
func breaks(all []item) []item {
	items := all[:0]
	gap := false
	for _, it := range all {
		if it.node.Kind == Blank {
			gap = true
			continue
		}
		it.apart, gap = gap, false
		items = append(items, it)
	}
	for i := range items {
		n := items[i].node
		if n.Kind != Section || n.goesOn() {
			continue
		}
		if first := withComments(items, i); first == 0 || items[first-1].closed() {
			items[first].apart = true
		}
		if i+1 < len(items) && n.End.Raw != "" {
			items[i+1].apart = true
		}
	}
	if len(items) > 0 {
		items[0].apart = false
	}
	return items
}

// closed reports whether a blank line behind the item would not become a part
// of it.
func (it item) closed() bool { return it.node.Kind != Section || it.node.End.Raw != "" }

// withComments is where the comments begin that stand directly on a section.
func withComments(items []item, section int) int {
	first := section
	for first > 0 && !items[first].apart && items[first-1].node.Kind == Comment {
		first--
	}
	return first
}
