package comps

import (
	"slices"
	"strings"
)

// Merge makes one of the comps of several repositories, and of the product's
// own, which comes last: what a later file says counts. As in libcomps, and so
// in dnf, groups of one id have the members of all, each once; a member, a
// text, a translation or an attribute that the later file has too replaces the
// earlier one, in its place. Unlike there, a group that says nothing about
// default, uservisible or biarchonly leaves them as they were, so that a file
// of a few lines can add to a vendor's group; and a package that a group has
// once for each architecture stays so.
//
// The files are not changed. Lines are those of the files. Of their warnings
// those stay that are not answered by another of them.
func Merge(name string, files ...*Comps) *Comps {
	m := &Comps{Name: name}
	for _, f := range files {
		m.Groups = merge(m.Groups, f.Groups, func(g *Group) string { return g.ID }, (*Group).merge)
		m.Environments = merge(m.Environments, f.Environments, func(e *Environment) string { return e.ID }, (*Environment).merge)
		m.Categories = merge(m.Categories, f.Categories, func(c *Category) string { return c.ID }, (*Category).merge)
		m.Langpacks = merge(m.Langpacks, f.Langpacks, func(l *Langpack) string { return l.Name }, replace)
		m.Blacklist = merge(m.Blacklist, f.Blacklist, func(b *Blacklisted) string { return b.Name + "\n" + b.Arch }, replace)
		m.Whiteout = merge(m.Whiteout, f.Whiteout, func(d *IgnoredDep) string { return d.Package + "\n" + d.Requires }, replace)
		m.Comments.merge(&f.Comments)
	}
	for _, f := range files {
		for _, w := range f.Warnings {
			if w.Group == "" || m.byID(w.Group) == nil {
				m.Warnings = append(m.Warnings, w)
			}
		}
	}
	return m
}

func (c *Comps) byID(id string) *Group {
	i := slices.IndexFunc(c.Groups, func(g Group) bool { return g.ID == id })
	if i < 0 {
		return nil
	}
	return &c.Groups[i]
}

// merge gives a list of its own with the things of a later one: those of a new
// key behind the others, those of a known one joined with the one that is there.
func merge[T any](list, later []T, key func(*T) string, join func(have, more *T)) []T {
	list = slices.Clone(list)
	at := make(map[string]int, len(list))
	for i := range list {
		if _, twice := at[key(&list[i])]; !twice {
			at[key(&list[i])] = i
		}
	}
	for i := range later {
		k := key(&later[i])
		if j, ok := at[k]; ok {
			join(&list[j], &later[i])
			continue
		}
		at[k] = len(list)
		list = append(list, later[i])
	}
	return list
}

func replace[T any](have, more *T) { *have = *more }

func (g *Group) merge(more *Group) {
	g.Entry.merge(&more.Entry)
	if more.Default || more.Stated&StatesDefault != 0 {
		g.Default = more.Default
	}
	if !more.UserVisible || more.Stated&StatesUserVisible != 0 {
		g.UserVisible = more.UserVisible
	}
	if more.BiarchOnly || more.Stated&StatesBiarchOnly != 0 {
		g.BiarchOnly = more.BiarchOnly
	}
	g.Stated |= more.Stated
	if more.LangOnly != "" {
		g.LangOnly = more.LangOnly
	}
	g.Packages = merge(g.Packages, more.Packages, (*Package).key, replace)
}

func (e *Environment) merge(more *Environment) {
	e.Entry.merge(&more.Entry)
	e.Groups = merge(e.Groups, more.Groups, (*GroupRef).key, replace)
	e.Options = merge(e.Options, more.Options, (*GroupRef).key, replace)
}

func (c *Category) merge(more *Category) {
	c.Entry.merge(&more.Entry)
	c.Groups = merge(c.Groups, more.Groups, (*GroupRef).key, replace)
}

func (r *GroupRef) key() string { return r.ID + "\n" + strings.Join(r.Arch, ",") }

func (e *Entry) merge(more *Entry) {
	e.Name.merge(more.Name)
	e.Description.merge(more.Description)
	if more.DisplayOrder != nil {
		e.DisplayOrder = more.DisplayOrder
	}
	// For other architectures it is there too when one of the files has it for all.
	if len(e.Arch) == 0 || len(more.Arch) == 0 {
		e.Arch = nil
	} else {
		e.Arch = merge(e.Arch, more.Arch, text, replace)
	}
	if more.Variant != e.Variant {
		e.Variant = "" // in both
	}
	e.Comments.merge(&more.Comments)
}

func (t *Text) merge(more Text) {
	if more.Default != "" {
		t.Default = more.Default
	}
	said := slices.DeleteFunc(slices.Clone(more.Translations), func(in Translation) bool { return in.Text == "" })
	t.Translations = merge(t.Translations, said, func(in *Translation) string { return in.Lang }, replace)
}

func (c *Comments) merge(more *Comments) {
	c.Above = merge(c.Above, more.Above, text, replace)
	c.Beside = merge(c.Beside, more.Beside, text, replace)
	c.Fields = merge(c.Fields, more.Fields, text, replace)
	c.Last = merge(c.Last, more.Last, text, replace)
}

func text(s *string) string { return *s }
