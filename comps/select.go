package comps

import (
	"errors"
	"fmt"
	"path"
	"slices"

	"cdbuilder/internal/near"
	"cdbuilder/kickstart"
)

// Selection is what a list of requests stands for.
type Selection struct {
	// Packages are wanted; each name once, in the order of the requests. A
	// name that a kickstart asks for directly may be a glob.
	Packages []Chosen
	// Conditional packages are wanted where the package in Requires is installed.
	Conditional []Chosen
	// Excluded are names and globs that the requests decline, in their order.
	Excluded []string
	// Warnings are groups that an environment names and the file lacks.
	Warnings []*Fault
}

// Chosen is one wanted package.
type Chosen struct {
	Name         string
	Type         Type   // Mandatory where a kickstart asks for it by name
	Requires     string // only in Selection.Conditional
	BasearchOnly bool
	Why          string // the group, "@core" or "@^server, @core", or the place of the request, "demo.ks:41"
}

// Select finds out what the requests of a kickstart mean for an architecture.
// As in Anaconda, @group takes the mandatory, default and conditional
// packages, @^environment its groups but not its options, an exclusion
// wins over groups, and of an exclusion and a wish for the same package the
// later line wins. All requests that cannot be met are reported at once.
func (c *Comps) Select(requests []kickstart.Request, arch string) (*Selection, error) {
	s := selector{c: c, arch: arch, at: make(map[string]int), conditional: make(map[[2]string]bool)}
	s.readExclusions(requests)
	for _, r := range requests {
		switch {
		case r.Exclude:
		case r.Environment:
			s.environment(r)
		case r.Group:
			s.group(r)
		case !slices.Contains(s.Excluded, r.Name):
			s.choose(Package{Name: r.Name}, r.From)
		}
	}
	return &s.Selection, errors.Join(s.faults...)
}

type selector struct {
	Selection
	c           *Comps
	arch        string
	at          map[string]int // a package's place in Packages
	conditional map[[2]string]bool
	noGroups    map[string]bool
	noEnv       map[string]bool
	faults      []error
}

// readExclusions takes what the requests decline and don't ask for again later.
func (s *selector) readExclusions(requests []kickstart.Request) {
	s.noGroups, s.noEnv = make(map[string]bool), make(map[string]bool)
	for _, r := range requests {
		switch {
		case r.Environment:
			s.noEnv[r.Name] = r.Exclude
		case r.Group && r.Exclude:
			s.noGroups[r.Name] = true
			if g := s.c.Group(r.Name); g != nil {
				s.noGroups[g.ID] = true
			}
		case r.Group:
		default:
			s.Excluded = slices.DeleteFunc(s.Excluded, func(name string) bool { return name == r.Name })
			if r.Exclude {
				s.Excluded = append(s.Excluded, r.Name)
			}
		}
	}
}

func (s *selector) refuse(r kickstart.Request, format string, args ...any) {
	s.faults = append(s.faults, fmt.Errorf("%s: %s", r.From, fmt.Sprintf(format, args...)))
}

func (s *selector) environment(r kickstart.Request) {
	if s.noEnv[r.Name] {
		return
	}
	e := s.c.Environment(r.Name)
	switch {
	case e == nil:
		s.refuse(r, "%s has no environment %q%s", s.c.Name, r.Name, s.c.hint(r.Name, "@^"))
		return
	case !fits(e.Arch, s.arch):
		s.refuse(r, "the environment %q is not for %s, only for %v", r.Name, s.arch, e.Arch)
		return
	}
	for _, ref := range e.Groups {
		if !fits(ref.Arch, s.arch) {
			continue
		}
		g := s.c.Group(ref.ID)
		if g == nil {
			s.Warnings = append(s.Warnings, &Fault{s.c.Name, ref.Line,
				fmt.Sprintf("the environment %q names group %q, which is not defined here", e.ID, ref.ID), ref.ID})
			continue
		}
		s.members(g, kickstart.Request{}, "@^"+e.ID+", @"+g.ID)
	}
}

func (s *selector) group(r kickstart.Request) {
	if s.noGroups[r.Name] {
		return
	}
	g := s.c.Group(r.Name)
	switch {
	case g != nil && fits(g.Arch, s.arch):
		s.members(g, r, "@"+g.ID)
	case r.Implied:
	case g != nil:
		s.refuse(r, "the group %q is not for %s, only for %v", r.Name, s.arch, g.Arch)
	default:
		s.refuse(r, "%s has no group %q%s", s.c.Name, r.Name, s.c.hint(r.Name, "@"))
	}
}

// members takes from a group what the request's options leave of it.
func (s *selector) members(g *Group, r kickstart.Request, why string) {
	if s.noGroups[g.ID] || !fits(g.Arch, s.arch) {
		return
	}
	for _, p := range g.Packages {
		switch {
		case p.Name == "" || !fits(p.Arch, s.arch) || s.excluded(p.Name):
		case p.Type == Optional && !r.Optional:
		case p.Type != Mandatory && r.NoDefaults:
		case p.Type == Conditional:
			s.chooseIf(p, why)
		default:
			s.choose(p, why)
		}
	}
}

func (s *selector) chooseIf(p Package, why string) {
	key := [2]string{p.Name, p.Requires}
	if !s.conditional[key] {
		s.conditional[key] = true
		s.Conditional = append(s.Conditional, Chosen{p.Name, p.Type, p.Requires, p.BasearchOnly, why})
	}
}

// choose adds a package, or makes a choice more insistent that was made before.
func (s *selector) choose(p Package, why string) {
	if i, ok := s.at[p.Name]; ok {
		if p.Type < s.Packages[i].Type {
			s.Packages[i].Type, s.Packages[i].Why = p.Type, why
		}
		return
	}
	s.at[p.Name] = len(s.Packages)
	s.Packages = append(s.Packages, Chosen{p.Name, p.Type, "", p.BasearchOnly, why})
}

func (s *selector) excluded(name string) bool {
	return slices.ContainsFunc(s.Excluded, func(pattern string) bool {
		ok, err := path.Match(pattern, name)
		return ok && err == nil || pattern == name
	})
}

// hint says what somebody may have meant who asked for a group (mark @) or an
// environment (mark @^) that there isn't.
func (c *Comps) hint(name, mark string) string {
	if mark == "@" && c.Environment(name) != nil {
		return fmt.Sprintf("; there is an environment of that name: write @^%s", name)
	}
	if mark == "@^" && c.Group(name) != nil {
		return fmt.Sprintf("; there is a group of that name: write @%s", name)
	}
	var known []string
	add := func(e Entry) {
		known = append(known, e.ID)
		if e.Name.Default != "" {
			known = append(known, e.Name.Default)
		}
	}
	for _, g := range c.Groups {
		if mark == "@" {
			add(g.Entry)
		}
	}
	for _, e := range c.Environments {
		if mark == "@^" {
			add(e.Entry)
		}
	}
	return near.DidYouMean(name, known)
}

// fits reports whether a list of architectures, empty for all, has arch.
func fits(list []string, arch string) bool {
	return len(list) == 0 || slices.Contains(list, arch)
}
