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
// only the installer can follow, are left out. A group that is asked for
// twice counts as it was first written, as in pykickstart.
func Requests(f *File) []Request {
	var all []Request
	groups := make(map[string]bool)
	noCore, last := false, 0
	for _, n := range f.Sections("packages") {
		last = n.Number
		_, nocore := n.Option("nocore")
		noCore = noCore || nocore
		for _, l := range n.Body {
			r, err := request(l)
			if err != nil || r.Name == "" {
				continue
			}
			if r.Group && r.Exclude && r.Name == "core" {
				noCore = true
			}
			if r.Group && !r.Exclude {
				if groups[r.Name] {
					continue
				}
				groups[r.Name] = true
			}
			r.From = fmt.Sprintf("%s:%d", f.Name, l.Number)
			all = append(all, r)
		}
	}
	if last > 0 && !noCore && !groups["core"] {
		implied := Request{Name: "core", Group: true, Implied: true, From: fmt.Sprintf("%s:%d", f.Name, last)}
		all = append([]Request{implied}, all...)
	}
	return all
}

// request reads a line of a %packages section; its Name is empty where the
// line asks for nothing.
func request(l Line) (Request, error) {
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
		return fmt.Errorf("@%s cannot have both --optional and --nodefaults", r.Name)
	case !r.Group && !r.Environment && len(name) > 1:
		return fmt.Errorf("%q: a line names one package; write each on its own", r.Name)
	}
	return nil
}

func (r *Request) refuse(word string) string {
	if r.Group && !r.Exclude {
		return fmt.Sprintf("a group has no option %s", word)
	}
	return fmt.Sprintf("the option %s is only for a group that is asked for", word)
}

func isInclude(text string) bool {
	name, ok := opens(text)
	return ok && (name == "include" || name == "ksappend")
}

// checkPackages finds the faults of all %packages sections.
func (p *parser) checkPackages() {
	for _, n := range p.file.Sections("packages") {
		for _, l := range n.Body {
			if _, err := request(l); err != nil {
				p.fault(l.Number, "%v", err)
			}
		}
		_, all := n.Option("default")
		for _, other := range []string{"nobase", "nocore"} {
			if _, ok := n.Option(other); ok && all {
				p.fault(n.Number, "%%packages cannot have both --default and --%s", other)
			}
		}
	}
}
