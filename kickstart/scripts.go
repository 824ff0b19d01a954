package kickstart

import "strings"

// Script is one script that a kickstart brings along.
type Script struct {
	When        string // "pre", "pre-install", "post", "onerror" or "traceback"
	Line        int    // of the header
	Interpreter string // path: /bin/sh unless the header names another
	Log         string // path that takes the script's output, or empty
	ErrorOnFail bool   // its failure ends the installation
	Chroot      bool   // runs inside the installed system
	Body        string
}

// Scripts returns the file's scripts in their order.
func (f *File) Scripts() []Script {
	var all []Script
	for i := range f.Nodes {
		if s, ok := f.Nodes[i].Script(); ok {
			all = append(all, s)
		}
	}
	return all
}

func (n *Node) isScript() bool {
	switch n.Name {
	case "pre", "pre-install", "post", "onerror", "traceback":
		return true
	}
	return false
}

// Script takes a section as a script; ok is false where it is none.
func (n *Node) Script() (s Script, ok bool) {
	if n.Kind != Section || !n.isScript() {
		return Script{}, false
	}
	s = Script{When: n.Name, Line: n.Number, Interpreter: "/bin/sh"}
	if v, ok := n.Option("interpreter"); ok {
		s.Interpreter = v
	}
	s.Log, _ = n.Option("log")
	_, s.ErrorOnFail = n.Option("erroronfail")
	_, nochroot := n.Option("nochroot")
	s.Chroot = n.Name == "post" && !nochroot
	var b strings.Builder
	for _, l := range n.Body {
		b.WriteString(l.Raw)
	}
	s.Body = b.String()
	return s, true
}
