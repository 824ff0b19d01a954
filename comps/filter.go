package comps

import (
	"fmt"
	"slices"
)

// Medium is what Filter asks about a medium.
type Medium struct {
	// Has reports whether a package is on the medium; nil: all are.
	Has func(name string) bool
	// Arch is the medium's architecture, x86_64: what is for others goes, and
	// so do the arch attributes of the rest, which older installers read
	// nothing of. Empty leaves both as they are.
	Arch string
	// Variant does the same with the attribute variant, BaseOS.
	Variant string
	// Keep are ids of groups and environments that stay though nothing is left
	// in them: a kickstart's @core must not fail for want of the group.
	Keep []string
}

// Dropped is something that Filter took out because the medium lacks it.
type Dropped struct {
	From string // "@core", "@^server", or the id of a category
	Name string // what it lost: a package, or a group as "@web"; empty: it went as a whole
	Type Type   // of a package
}

// String says it for a person.
func (d Dropped) String() string {
	switch {
	case d.Name == "":
		return fmt.Sprintf("%s is left out: nothing of it is on the medium", d.From)
	case d.Name[0] == '@':
		return fmt.Sprintf("%s is without %s, of which nothing is on the medium", d.From, d.Name)
	}
	return fmt.Sprintf("%s is without its %s package %s, which is not on the medium", d.From, d.Type, d.Name)
}

// Filter gives the comps of a medium: without members that are not on it or
// are for another architecture or variant, without groups of which nothing is
// left, and without environments and categories of which no group is. It says
// what the medium lacks; what is for other architectures is not mentioned.
// Blacklist and whiteout stay. The file itself is not changed.
func (c *Comps) Filter(m Medium) (*Comps, []Dropped) {
	f := filter{Medium: m, left: make(map[string]bool)}
	out := &Comps{Name: c.Name, Blacklist: c.Blacklist, Whiteout: c.Whiteout, Comments: c.Comments}
	for _, g := range c.Groups {
		if f.group(&g) {
			out.Groups = append(out.Groups, g)
			f.left[g.ID] = true
		}
	}
	for _, e := range c.Environments {
		if f.environment(&e) {
			out.Environments = append(out.Environments, e)
		}
	}
	for _, k := range c.Categories {
		if f.category(&k) {
			out.Categories = append(out.Categories, k)
		}
	}
	for _, l := range c.Langpacks {
		if f.has(l.Name) {
			out.Langpacks = append(out.Langpacks, l)
		}
	}
	for _, w := range c.Warnings {
		if w.Group == "" {
			out.Warnings = append(out.Warnings, w)
		}
	}
	return out, f.dropped
}

type filter struct {
	Medium
	left    map[string]bool // the groups that are
	dropped []Dropped
}

func (f *filter) has(name string) bool { return f.Has == nil || f.Has(name) }

// fits reports whether something is for this medium, and takes off the
// attributes that said so.
func (f *filter) fits(arch *[]string, variant *string) bool {
	if f.Arch != "" {
		if !fits(*arch, f.Arch) {
			return false
		}
		*arch = nil
	}
	if f.Variant != "" {
		if *variant != "" && *variant != f.Variant {
			return false
		}
		*variant = ""
	}
	return true
}

func (f *filter) drop(from, name string, t Type) {
	f.dropped = append(f.dropped, Dropped{from, name, t})
}

func (f *filter) group(g *Group) bool {
	if !f.fits(&g.Arch, &g.Variant) {
		return false
	}
	members := g.Packages
	g.Packages = nil
	at := make(map[string]int)
	for _, p := range members {
		if p.Name == "" || !f.fits(&p.Arch, &p.Variant) {
			continue
		}
		if !f.has(p.Name) {
			f.drop("@"+g.ID, p.Name, p.Type)
			continue
		}
		// What was there once for each architecture is now there once.
		if i, twice := at[p.key()]; twice {
			if p.Type < g.Packages[i].Type {
				g.Packages[i] = p
			}
			continue
		}
		at[p.key()] = len(g.Packages)
		g.Packages = append(g.Packages, p)
	}
	return f.stays("@"+g.ID, g.ID, len(g.Packages) > 0)
}

// stays reports whether something that is now empty, or isn't, is kept.
func (f *filter) stays(from, id string, filled bool) bool {
	if filled || slices.Contains(f.Keep, id) {
		return true
	}
	f.drop(from, "", 0)
	return false
}

func (f *filter) refs(from string, refs []GroupRef) []GroupRef {
	var out []GroupRef
	for _, ref := range refs {
		none := ""
		switch {
		case !f.fits(&ref.Arch, &none):
		case !f.left[ref.ID]:
			f.drop(from, "@"+ref.ID, 0)
		default:
			out = append(out, ref)
		}
	}
	return out
}

func (f *filter) environment(e *Environment) bool {
	if !f.fits(&e.Arch, &e.Variant) {
		return false
	}
	from := "@^" + e.ID
	e.Groups, e.Options = f.refs(from, e.Groups), f.refs(from, e.Options)
	return f.stays(from, e.ID, len(e.Groups) > 0)
}

func (f *filter) category(k *Category) bool {
	if !f.fits(&k.Arch, &k.Variant) {
		return false
	}
	k.Groups = f.refs(k.ID, k.Groups)
	return f.stays(k.ID, k.ID, len(k.Groups) > 0)
}
