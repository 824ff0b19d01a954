package comps

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cdbuilder/internal/near"
)

// inline writes one element without a line of its own.
func inline(name, text string, attrs []attr) string {
	p := printer{}
	p.leaf(name, text, nil, attrs...)
	return p.b.String()
}

// group finds a group by its id, or its name, in the text and in what was read.
func (s *Source) group(name string) (*node, *Group, error) {
	nodes := s.root.named("group")
	for _, by := range []func(*Group) string{func(g *Group) string { return g.ID }, func(g *Group) string { return g.Name.Default }} {
		for i := range s.comps.Groups {
			if g := &s.comps.Groups[i]; by(g) == name {
				return nodes[i], g, nil
			}
		}
	}
	return nil, nil, fmt.Errorf("%s has no group %q%s", s.name, name, s.comps.hint(name, "@"))
}

// checkName refuses what is the name of no package.
func checkName(what, name string) error {
	switch {
	case name == "":
		return fmt.Errorf("%s without a name", what)
	case strings.ContainsAny(name, " \t\r\n,<>=@*?[") || illegal(name) >= 0:
		return fmt.Errorf("%q is not the name of a package; give one name, without a version or a pattern", name)
	}
	return nil
}

// AddPackage adds a member to a group, behind the last one of its type. A
// package that is a member already gets the type; done is false where it has
// it, and nothing changes.
func (s *Source) AddPackage(group string, p Package) (done bool, err error) {
	n, g, err := s.group(group)
	if err != nil {
		return false, err
	}
	if err := p.check(); err != nil {
		return false, err
	}
	nodes := s.members(n)
	var changes []splice
	known := false
	for i, m := range g.Packages {
		if m.Name != p.Name {
			continue
		}
		known = true
		if m.Type != p.Type || m.Requires != p.Requires {
			m.Type, m.Requires = p.Type, p.Requires
			changes = append(changes, splice{nodes[i].start, nodes[i].end, inline("packagereq", m.Name, m.attrs())})
		}
	}
	if !known {
		var like *node
		if i := lastLike(g.Packages, p.Type); i >= 0 {
			like = nodes[i]
		}
		changes = append(changes, s.add(n, "packagelist", like, inline("packagereq", p.Name, p.attrs())))
	}
	if len(changes) == 0 {
		return false, nil
	}
	return true, s.apply(changes...)
}

// check refuses a member that no group can have.
func (p *Package) check() error {
	err := checkName("a package", p.Name)
	switch {
	case p.Type == Conditional:
		err = errors.Join(err, checkName("the package that a conditional one waits for", p.Requires))
	case p.Requires != "":
		err = errors.Join(err, fmt.Errorf("%s waits for %s: only a conditional package does that", p.Name, p.Requires))
	}
	return err
}

// lastLike is the last member of a type, or the last of all, or -1.
func lastLike(list []Package, t Type) int {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].Type == t {
			return i
		}
	}
	return len(list) - 1
}

// members are the nodes of a group's packages, in the order in which Read has
// them.
func (s *Source) members(group *node) []*node {
	var all []*node
	for _, list := range group.named("packagelist") {
		all = append(all, list.named("packagereq")...)
	}
	return all
}

// add puts an element into the list of a group, environment or category: behind
// the element that it is like, else into the list, which is made where there is none.
func (s *Source) add(entry *node, list string, like *node, text string) splice {
	if like != nil {
		return s.after(like, text)
	}
	if n := entry.child(list); n != nil {
		return s.into(n, text)
	}
	newline, unit := s.newline(), s.unit(entry)
	blanks, own := s.indent(entry.start)
	if !own {
		newline, unit, blanks = "", "", ""
	}
	text = "<" + list + ">" + newline + blanks + unit + unit + text + newline + blanks + unit + "</" + list + ">"
	if len(entry.children) > 0 {
		return s.after(entry.children[len(entry.children)-1], text)
	}
	return s.into(entry, text)
}

// RemovePackage takes a member out of a group.
func (s *Source) RemovePackage(group, name string) error {
	n, g, err := s.group(group)
	if err != nil {
		return err
	}
	members := s.members(n)
	var changes []splice
	var names []string
	for i, m := range g.Packages {
		names = append(names, m.Name)
		if m.Name == name {
			changes = append(changes, s.remove(members[i]))
		}
	}
	if len(changes) == 0 {
		return fmt.Errorf("the group %q has no package %q%s", g.ID, name, near.DidYouMean(name, names))
	}
	return s.apply(changes...)
}

// AddGroup adds a group behind the others.
func (s *Source) AddGroup(g Group) error {
	if err := (&Comps{Groups: []Group{g}}).Validate(); err != nil {
		return err
	}
	if i := slices.IndexFunc(s.comps.Groups, func(have Group) bool { return have.ID == g.ID }); i >= 0 {
		return fmt.Errorf("%s:%d: there is a group %q already", s.name, s.comps.Groups[i].Line, g.ID)
	}
	p := printer{newline: s.newline(), unit: s.unit(s.root)}
	if blanks, own := s.indent(s.root.start); own {
		p.base = blanks + p.unit
	}
	last := s.root.child("group")
	if last != nil {
		if blanks, own := s.indent(last.start); own {
			p.base = blanks
		}
		p.unit = s.unit(last)
	}
	p.group(&g)
	text := strings.TrimSuffix(strings.TrimPrefix(p.b.String(), p.base), p.newline)
	if last == nil {
		return s.apply(s.first(text))
	}
	if s.apart() {
		at := s.lineEnd(last.end)
		return s.apply(splice{at, at, p.newline + p.newline + p.base + text})
	}
	return s.apply(s.after(last, text))
}

// first puts a group in front of all that stands in the file.
func (s *Source) first(text string) splice {
	if len(s.root.children) == 0 {
		return s.into(s.root, text)
	}
	at := s.root.inner
	blanks, own := s.indent(s.root.start)
	if own {
		at, text = s.lineEnd(at), blanks+s.unit(s.root)+text
	}
	return splice{at, at, s.newline() + text}
}

// apart reports whether blank lines stand between the groups.
func (s *Source) apart() bool {
	last := s.root.child("group")
	before := s.root.inner
	for _, n := range s.root.children {
		if n.end < last.start {
			before = n.end
		}
	}
	lines := strings.Split(string(s.text[before:last.start]), "\n")
	return len(lines) > 2 && slices.ContainsFunc(lines[1:len(lines)-1], func(l string) bool { return strings.TrimSpace(l) == "" })
}

// RemoveGroup takes a group out, and its name out of the environments and
// categories that have it, which it lists.
func (s *Source) RemoveGroup(name string) (from []string, err error) {
	n, g, err := s.group(name)
	if err != nil {
		return nil, err
	}
	id := g.ID
	changes := []splice{s.remove(n)}
	for _, kind := range []string{"environment", "category"} {
		for _, entry := range s.root.named(kind) {
			refs := slices.DeleteFunc(refsIn(entry, "grouplist", "optionlist"), func(r *node) bool { return string(r.text) != id })
			for _, ref := range refs {
				changes = append(changes, s.remove(ref))
			}
			if len(refs) > 0 {
				from = append(from, fmt.Sprintf("the %s %q", kind, entry.child("id").text))
			}
		}
	}
	return from, s.apply(changes...)
}

func refsIn(entry *node, lists ...string) []*node {
	var all []*node
	for _, list := range entry.children {
		if slices.Contains(lists, list.name) {
			all = append(all, list.named("groupid")...)
		}
	}
	return all
}

// Place is a list of groups: that of a category, or one of the two of an
// environment.
type Place struct {
	Environment, Category string // the id of one of them
	Options               bool   // what may be added to the environment, not what it consists of
}

func (p Place) String() string {
	if p.Category != "" {
		return fmt.Sprintf("the category %q", p.Category)
	}
	if p.Options {
		return fmt.Sprintf("the options of the environment %q", p.Environment)
	}
	return fmt.Sprintf("the environment %q", p.Environment)
}

func (p Place) list() string {
	if p.Options {
		return "optionlist"
	}
	return "grouplist"
}

// entry finds the environment or category.
func (s *Source) entry(p Place) (*node, error) {
	kind, name := "environment", p.Environment
	if p.Category != "" {
		kind, name = "category", p.Category
	}
	var known []string
	for _, n := range s.root.named(kind) {
		id := string(n.child("id").text)
		if id == name {
			return n, nil
		}
		known = append(known, id)
	}
	return nil, fmt.Errorf("%s has no %s %q%s", s.name, kind, name, near.DidYouMean(name, known))
}

// AddRef puts a group into an environment or a category; done is false where
// it is there already.
func (s *Source) AddRef(p Place, group string) (done bool, err error) {
	n, err := s.entry(p)
	if err != nil {
		return false, err
	}
	_, g, err := s.group(group)
	if err != nil {
		return false, err
	}
	var like *node
	for _, ref := range refsIn(n, p.list()) {
		if string(ref.text) == g.ID {
			return false, nil
		}
		like = ref
	}
	return true, s.apply(s.add(n, p.list(), like, inline("groupid", g.ID, nil)))
}

// RemoveRef takes a group out of an environment, out of both its lists, or out
// of a category.
func (s *Source) RemoveRef(p Place, group string) error {
	n, err := s.entry(p)
	if err != nil {
		return err
	}
	if _, g, err := s.group(group); err == nil {
		group = g.ID
	}
	var changes []splice
	var known []string
	for _, ref := range refsIn(n, "grouplist", "optionlist") {
		known = append(known, string(ref.text))
		if string(ref.text) == group {
			changes = append(changes, s.remove(ref))
		}
	}
	if len(changes) == 0 {
		p.Options = false
		return fmt.Errorf("%v has no group %q%s", p, group, near.DidYouMean(group, known))
	}
	return s.apply(changes...)
}
