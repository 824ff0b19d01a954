package kickstart

import (
	"fmt"
	"strings"

	"cdbuilder/internal/near"
)

// Request is one wish of a %packages section.
type Request struct {
	Name        string // of the package, group or environment; a package may be a glob
	Group       bool   // @name
	Environment bool   // @^name
	Exclude     bool   // -name
	Optional    bool   // @name --optional: the group's optional packages too
	NoDefaults  bool   // @name --nodefaults: the group's mandatory packages only
	Implied     bool   // not written: @core, which every %packages without --nocore asks for
	From        string // where it stands: demo.ks:41
}

// String gives the request as a %packages section states it.
func (r Request) String() string {
	s := r.Name
	switch {
	case r.Environment:
		s = "@^" + s
	case r.Group:
		s = "@" + s
	}
	if r.Exclude {
		s = "-" + s
	}
	if r.Optional {
		s += " --optional"
	}
	if r.NoDefaults {
		s += " --nodefaults"
	}
	return s
}

// Requests gives what the %packages sections of a file ask for, in their
// order. Lines that are faulty (Parse has said so) and %include lines, which
// Tree.Requests follows, are left out. A group that is asked for twice counts
// as it was first written, and whether @core is implied is for the last
// %packages to say, as in pykickstart.
func Requests(f *File) []Request {
	var w wishes
	for _, n := range f.Sections("packages") {
		w.section(f, n)
		for _, l := range n.Body {
			w.line(f, l)
		}
	}
	return w.result()
}

// wishes collects what the %packages sections ask for.
type wishes struct {
	all    []Request
	groups map[string]bool
	noCore bool   // by the last section's header
	unCore bool   // by -@core
	last   string // where the last section begins
}

func (w *wishes) section(f *File, n *Node) {
	w.last = fmt.Sprintf("%s:%d", f.Name, n.Number)
	_, w.noCore = n.Option("nocore")
}

func (w *wishes) line(f *File, l Line) {
	r, err := request(l)
	if err != nil || r.Name == "" {
		return
	}
	if r.Group && r.Exclude && r.Name == "core" {
		w.unCore = true
	}
	if r.Group && !r.Exclude {
		if w.groups[r.Name] {
			return
		}
		if w.groups == nil {
			w.groups = make(map[string]bool)
		}
		w.groups[r.Name] = true
	}
	r.From = fmt.Sprintf("%s:%d", f.Name, l.Number)
	w.all = append(w.all, r)
}

func (w *wishes) result() []Request {
	if w.last == "" || w.noCore || w.unCore || w.groups["core"] {
		return w.all
	}
	implied := Request{Name: "core", Group: true, Implied: true, From: w.last}
	return append([]Request{implied}, w.all...)
}

// request reads a line of a %packages section; its Name is empty where the
// line asks for nothing.
func request(l Line) (Request, error) {
	if len(l.Raw) > maxLine {
		return Request{}, fmt.Errorf("%d bytes in a line: no package has such a name", len(l.Raw))
	}
	text, _, _ := strings.Cut(l.Text(), "#")
	text = strings.TrimSpace(text)
	if text == "" || isInclude(text) {
		return Request{}, nil
	}
	var r Request
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		r.Exclude, text = true, strings.TrimSpace(rest)
	}
	if rest, ok := strings.CutPrefix(text, "@^"); ok {
		r.Environment, text = true, rest
	} else if rest, ok := strings.CutPrefix(text, "@"); ok {
		r.Group, text = true, rest
	}
	return r, r.parse(text)
}

// parse reads what stands after the marks. The name of a group may contain
// spaces; that of a package cannot.
func (r *Request) parse(text string) error {
	var name []string
	for _, w := range strings.Fields(text) {
		switch {
		case r.Group && !r.Exclude && w == "--optional":
			r.Optional = true
		case r.Group && !r.Exclude && w == "--nodefaults":
			r.NoDefaults = true
		case strings.HasPrefix(w, "--"):
			return fmt.Errorf("%s%s", r.refuse(w), near.DidYouMean(w, []string{"--optional", "--nodefaults"}))
		default:
			name = append(name, w)
		}
	}
	r.Name = strings.Join(name, " ")
	switch {
	case r.Name == "":
		return fmt.Errorf("a name is missing after the mark")
	case r.Optional && r.NoDefaults:
		return fmt.Errorf("@%s cannot have both --optional and --nodefaults", clip(r.Name))
	case !r.Group && !r.Environment && len(name) > 1:
		return fmt.Errorf("%q: a line names one package; write each on its own", clip(r.Name))
	}
	return nil
}

func (r *Request) refuse(word string) string {
	if r.Group && !r.Exclude {
		return fmt.Sprintf("a group has no option %s", clip(word))
	}
	return fmt.Sprintf("the option %s is only for a group that is asked for", clip(word))
}

func isInclude(text string) bool {
	name, ok := opens(text)
	return ok && (name == "include" || name == "ksappend")
}

// checkRequest finds the fault of a line of a %packages section.
func (p *parser) checkRequest(l Line) {
	if _, err := request(l); err != nil {
		p.fault(l.Number, "%v", err)
	}
}

// checkPackages finds what of a %packages header cannot stand together.
func (p *parser) checkPackages(n *Node) {
	if _, all := n.Option("default"); !all {
		return
	}
	for _, other := range []string{"nobase", "nocore"} {
		if _, ok := n.Option(other); ok {
			p.fault(n.Number, "%%packages cannot have both --default and --%s", other)
		}
	}
}
