package comps

import (
	"encoding/xml"
	"strconv"
	"strings"

	"cdbuilder/internal/near"
)

// root reads what stands in <comps>.
func (r *reader) root(start xml.StartElement) {
	seen := make(map[string]int)
	r.each(start.Name.Local, func(el element) bool {
		switch el.Name.Local {
		case "group":
			g := r.group(el)
			r.c.Groups = append(r.c.Groups, g)
			r.unique(seen, "group", g.ID, g.Line)
		case "environment":
			e := r.environment(el)
			r.c.Environments = append(r.c.Environments, e)
			r.unique(seen, "environment", e.ID, e.Line)
		case "category":
			c := r.category(el)
			r.c.Categories = append(r.c.Categories, c)
			r.unique(seen, "category", c.ID, c.Line)
		case "langpacks":
			r.langpacks()
		case "blacklist", "whiteout", "meta":
			// For the distribution's own composer; dnf passes over them too.
			r.skip()
		default:
			return false
		}
		return true
	})
}

func (r *reader) unique(seen map[string]int, kind, id string, line int) {
	if id == "" {
		if r.failed == nil {
			r.fault(line, "%s without an id: nothing can ask for it", kind)
		}
		return
	}
	key := kind + " " + id
	if first, twice := seen[key]; twice {
		r.fault(line, "the %s %q is already defined in line %d", kind, id, first)
		return
	}
	seen[key] = line
}

func entry(el element) Entry {
	return Entry{Arch: list(el.attr("arch")), Variant: el.attr("variant"), Line: el.line}
}

// read takes a child that groups, environments and categories share. The
// names with an underscore are those of comps.xml.in, the form that is
// translated from.
func (e *Entry) read(r *reader, el element) (known bool) {
	switch el.Name.Local {
	case "id":
		e.ID = r.text(el)
	case "name", "_name":
		e.Name.add(el.attr("lang"), r.text(el))
	case "description", "_description":
		e.Description.add(el.attr("lang"), r.text(el))
	case "display_order":
		text := r.text(el)
		n, err := strconv.Atoi(text)
		if err != nil {
			r.fault(el.line, "<display_order> is %q; write a whole number", text)
		}
		e.DisplayOrder = n
	default:
		return false
	}
	return true
}

func (r *reader) group(el element) Group {
	g := Group{Entry: entry(el), UserVisible: true}
	r.each("group", func(el element) bool {
		switch el.Name.Local {
		case "default":
			g.Default = r.truth(el.line, "<default>", r.text(el))
		case "uservisible":
			g.UserVisible = r.truth(el.line, "<uservisible>", r.text(el))
		case "biarchonly":
			g.BiarchOnly = r.truth(el.line, "<biarchonly>", r.text(el))
		case "langonly":
			g.LangOnly = r.text(el)
		case "packagelist":
			r.packages(&g)
		default:
			return g.read(r, el)
		}
		return true
	})
	return g
}

func (r *reader) packages(g *Group) {
	seen := make(map[string]int)
	for _, p := range g.Packages {
		seen[p.Name] = p.Line
	}
	r.each("packagelist", func(el element) bool {
		if el.Name.Local != "packagereq" {
			return false
		}
		p := r.packagereq(el)
		if p.Name == "" {
			r.warn(p.Line, "a <packagereq> without a name")
		} else if first, twice := seen[p.Name]; twice {
			r.warn(p.Line, "package %q already stands in line %d of this group", p.Name, first)
		}
		seen[p.Name] = p.Line
		g.Packages = append(g.Packages, p)
		return true
	})
}

func (r *reader) packagereq(el element) Package {
	p := Package{Line: el.line, Requires: el.attr("requires"), Arch: list(el.attr("arch")), Variant: el.attr("variant")}
	if v := el.attr("basearchonly"); v != "" {
		p.BasearchOnly = r.truth(el.line, "basearchonly", v)
	}
	switch v := el.attr("type"); v {
	case "", "mandatory": // libcomps takes no type for mandatory
	case "default":
		p.Type = Default
	case "optional":
		p.Type = Optional
	case "conditional":
		p.Type = Conditional
		if p.Requires == "" {
			r.fault(el.line, "a conditional package needs requires= with the package it waits for")
		}
	default:
		types := []string{"mandatory", "default", "optional", "conditional"}
		r.fault(el.line, "unknown type %q; write mandatory, default, optional or conditional%s", v, near.DidYouMean(v, types))
	}
	p.Name = r.text(el)
	return p
}

func (r *reader) environment(el element) Environment {
	e := Environment{Entry: entry(el)}
	r.each("environment", func(el element) bool {
		switch el.Name.Local {
		case "grouplist":
			e.Groups = append(e.Groups, r.grouplist(el)...)
		case "optionlist":
			e.Options = append(e.Options, r.grouplist(el)...)
		default:
			return e.read(r, el)
		}
		return true
	})
	return e
}

func (r *reader) category(el element) Category {
	c := Category{Entry: entry(el)}
	r.each("category", func(el element) bool {
		if el.Name.Local == "grouplist" {
			c.Groups = append(c.Groups, r.grouplist(el)...)
			return true
		}
		return c.read(r, el)
	})
	return c
}

func (r *reader) grouplist(parent element) []GroupRef {
	var refs []GroupRef
	r.each(parent.Name.Local, func(el element) bool {
		if el.Name.Local != "groupid" {
			return false
		}
		ref := GroupRef{Line: el.line, Arch: list(el.attr("arch"))}
		if v := el.attr("default"); v != "" {
			ref.Default = r.truth(el.line, "default", v)
		}
		ref.ID = r.text(el)
		refs = append(refs, ref)
		return true
	})
	return refs
}

func (r *reader) langpacks() {
	r.each("langpacks", func(el element) bool {
		if el.Name.Local != "match" {
			return false
		}
		r.c.Langpacks = append(r.c.Langpacks, Langpack{el.attr("name"), el.attr("install"), el.line})
		r.skip()
		return true
	})
}

// checkReferences warns of groups that are named but not defined: with comps
// split over several repositories they may stand in another file.
func (r *reader) checkReferences() {
	if r.failed != nil {
		return
	}
	known := make(map[string]bool)
	var ids []string
	for _, g := range r.c.Groups {
		known[g.ID] = true
		ids = append(ids, g.ID)
	}
	check := func(kind, id string, refs []GroupRef) {
		for _, ref := range refs {
			if known[ref.ID] {
				continue
			}
			hint := ""
			if len(r.c.Warnings) < 200 { // no file of this size is one that a person mistyped
				hint = near.DidYouMean(ref.ID, ids)
			}
			r.warn(ref.Line, "the %s %q names group %q, which is not defined here%s", kind, id, ref.ID, hint)
		}
	}
	for _, e := range r.c.Environments {
		check("environment", e.ID, e.Groups)
		check("environment", e.ID, e.Options)
	}
	for _, c := range r.c.Categories {
		check("category", c.ID, c.Groups)
	}
}

func (el element) attr(name string) string {
	for _, a := range el.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// list splits the value of an arch attribute.
func list(s string) []string {
	return strings.FieldsFunc(s, func(c rune) bool { return c == ',' || c == ' ' })
}

func (t *Text) add(lang, text string) {
	if lang == "" {
		t.Default = text
		return
	}
	t.Translations = append(t.Translations, Translation{lang, text})
}
