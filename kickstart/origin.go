package kickstart

import (
	"bytes"
	"strconv"
	"text/template/parse"
)

// Origin is the place in a template that a line of the result comes from.
type Origin struct {
	File string
	Line int // from 1
}

// markFunction is what the marks call. No template can: the checker knows
// no function of that name.
const markFunction = "_from"

// place is where what is written next comes from. In a template's own text the
// lines go on; the lines of a value all come from the one that asks for it.
type place struct {
	Origin
	own bool
}

// recorder takes what a template writes and notes where each line is from.
type recorder struct {
	out    bytes.Buffer
	places []place
	now    place

	lines   []Origin
	current Origin // of the line that is being written
	visible bool   // it has more than blanks already
	open    bool
}

// instrument puts marks before everything in a template that writes.
func (r *recorder) instrument(l *parse.ListNode, src *source) {
	if l == nil {
		return
	}
	var nodes []parse.Node
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.TextNode:
			nodes = append(nodes, r.markNode(n.Pos, src, true))
		case *parse.ActionNode:
			if len(n.Pipe.Decl) == 0 {
				nodes = append(nodes, r.markNode(n.Pos, src, false))
			}
		case *parse.IfNode:
			r.branches(&n.BranchNode, src)
		case *parse.WithNode:
			r.branches(&n.BranchNode, src)
		case *parse.RangeNode:
			r.branches(&n.BranchNode, src)
		}
		nodes = append(nodes, n)
	}
	l.Nodes = nodes
}

func (r *recorder) branches(b *parse.BranchNode, src *source) {
	r.instrument(b.List, src)
	r.instrument(b.ElseList, src)
}

// markNode is the action {{ _from n }}, which writes nothing.
func (r *recorder) markNode(at parse.Pos, src *source, own bool) parse.Node {
	n := len(r.places)
	r.places = append(r.places, place{Origin{src.File, src.line(at)}, own})
	number := &parse.NumberNode{NodeType: parse.NodeNumber, Pos: at, IsInt: true, Int64: int64(n), Text: strconv.Itoa(n)}
	call := &parse.CommandNode{NodeType: parse.NodeCommand, Pos: at, Args: []parse.Node{parse.NewIdentifier(markFunction).SetPos(at), number}}
	pipe := &parse.PipeNode{NodeType: parse.NodePipe, Pos: at, Cmds: []*parse.CommandNode{call}}
	return &parse.ActionNode{NodeType: parse.NodeAction, Pos: at, Pipe: pipe}
}

// mark is the function that the marks call.
func (r *recorder) mark(n int) string {
	r.now = r.places[n]
	return ""
}

// Write takes a piece of the result. A line is from where its first letter is.
func (r *recorder) Write(p []byte) (int, error) {
	r.out.Write(p)
	for rest := p; len(rest) > 0; {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		if !r.visible {
			r.current = r.now.Origin
			r.visible = len(bytes.TrimSpace(line)) > 0
		}
		r.open = true
		if ended {
			r.lines = append(r.lines, r.current)
			r.open, r.visible = false, false
			if r.now.own {
				r.now.Line++
			}
		}
		rest = after
	}
	return len(p), nil
}

// end gives the origins of all lines.
func (r *recorder) end() []Origin {
	if r.open {
		r.lines = append(r.lines, r.current)
		r.open = false
	}
	return r.lines
}
