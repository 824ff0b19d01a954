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
			r.over(&r.c.Groups[len(r.c.Groups)-1].Comments)
			r.unique(seen, "group", g.ID, g.Line)
		case "environment":
			e := r.environment(el)
			r.c.Environments = append(r.c.Environments, e)
			r.over(&r.c.Environments[len(r.c.Environments)-1].Comments)
			r.unique(seen, "environment", e.ID, e.Line)
		case "category":
			c := r.category(el)
			r.c.Categories = append(r.c.Categories, c)
			r.over(&r.c.Categories[len(r.c.Categories)-1].Comments)
			r.unique(seen, "category", c.ID, c.Line)
		case "langpacks":
			r.langpacks()
		case "blacklist":
			r.blacklist()
		case "whiteout":
			r.whiteout()
		case "meta":
			r.skip() // for the distribution's own composer; dnf passes over it too
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

func (r *reader) entry(el element) Entry {
	return Entry{Arch: list(el.attr("arch")), Variant: el.attr("variant"), Line: el.line, Comments: Comments{Above: r.take()}}
}

// read takes a child that groups, environments and categories share. The
// names with an underscore are those of comps.xml.in, the form that is
// translated from.
func (e *Entry) read(r *reader, el element) (known bool) {
	e.Comments.Fields = append(e.Comments.Fields, r.take()...)
	switch el.Name.Local {
	case "id":
		e.ID = r.text(el)
	case "name", "_name":
		r.translation(&e.Name, el)
	case "description", "_description":
		r.translation(&e.Description, el)
	case "display_order":
		text := r.text(el)
		n, err := strconv.Atoi(text)
		if err != nil {
			r.fault(el.line, "<display_order> is %q; write a whole number", text)
			break
		}
		e.DisplayOrder = &n
	default:
		return false
	}
	return true
}

func (r *reader) group(el element) Group {
	g := Group{Entry: r.entry(el), UserVisible: true}
	states := func(which Switches, el element, otherwise bool) bool {
		g.Comments.Fields = append(g.Comments.Fields, r.take()...)
		value, known := r.truth(el.line, "<"+el.Name.Local+">", r.text(el), otherwise)
		if known {
			g.Stated |= which
		}
		return value
	}
	r.each("group", func(el element) bool {
		switch el.Name.Local {
		case "default":
			g.Default = states(StatesDefault, el, false)
		case "uservisible":
			g.UserVisible = states(StatesUserVisible, el, true)
		case "biarchonly":
			g.BiarchOnly = states(StatesBiarchOnly, el, false)
		case "langonly":
			g.Comments.Fields = append(g.Comments.Fields, r.take()...)
			g.LangOnly = r.text(el)
		case "packagelist":
			r.packages(&g)
		default:
			return g.read(r, el)
		}
		return true
	})
	g.Comments.Last = r.take()
	return g
}

func (r *reader) packages(g *Group) {
	seen := make(map[string]int)
	for i := range g.Packages {
		seen[g.Packages[i].key()] = g.Packages[i].Line
	}
	r.each("packagelist", func(el element) bool {
		if el.Name.Local != "packagereq" {
			return false
		}
		p := r.packagereq(el)
		if p.Name == "" {
			r.warn(p.Line, "a <packagereq> without a name")
		} else if first, twice := seen[p.key()]; twice {
			r.warn(p.Line, "package %q already stands in line %d of this group", p.Name, first)
		}
		seen[p.key()] = p.Line
		g.Packages = append(g.Packages, p)
		r.over(&g.Packages[len(g.Packages)-1].Comments)
		return true
	})
}

// key tells the members of a group apart: a source of comps may have a package
// once for each architecture.
func (p *Package) key() string {
	return p.Name + "\n" + strings.Join(p.Arch, ",") + "\n" + p.Variant
}

func (r *reader) packagereq(el element) Package {
	p := Package{
		Line: el.line, Requires: el.attr("requires"), Arch: list(el.attr("arch")), Variant: el.attr("variant"),
		Comments: Comments{Above: r.take()},
	}
	if v := el.attr("basearchonly"); v != "" {
		p.BasearchOnly, _ = r.truth(el.line, "basearchonly", v, false)
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
	if p.Requires != "" && p.Type != Conditional {
		r.warn(el.line, `requires= counts only in a conditional package; write type="conditional", or leave it out`)
	}
	p.Name = r.text(el)
	if strings.ContainsAny(p.Name, " \t\r\n,<>=") {
		r.warn(el.line, "%q is not the name of a package; write one name in each <packagereq>, without a version", p.Name)
	}
	return p
}

func (r *reader) environment(el element) Environment {
	e := Environment{Entry: r.entry(el)}
	r.each("environment", func(el element) bool {
		switch el.Name.Local {
		case "grouplist":
			r.grouplist(el, &e.Groups)
		case "optionlist":
			r.grouplist(el, &e.Options)
		default:
			return e.read(r, el)
		}
		return true
	})
	e.Comments.Last = r.take()
	return e
}

func (r *reader) category(el element) Category {
	c := Category{Entry: r.entry(el)}
	r.each("category", func(el element) bool {
		if el.Name.Local == "grouplist" {
			r.grouplist(el, &c.Groups)
			return true
		}
		return c.read(r, el)
	})
	c.Comments.Last = r.take()
	return c
}

func (r *reader) grouplist(parent element, refs *[]GroupRef) {
	r.each(parent.Name.Local, func(el element) bool {
		if el.Name.Local != "groupid" {
			return false
		}
		ref := GroupRef{Line: el.line, Arch: list(el.attr("arch")), Comments: Comments{Above: r.take()}}
		if v := el.attr("default"); v != "" {
			ref.Default, _ = r.truth(el.line, "default", v, false)
		}
		ref.ID = r.text(el)
		*refs = append(*refs, ref)
		r.over(&(*refs)[len(*refs)-1].Comments)
		return true
	})
}

func (r *reader) langpacks() {
	r.each("langpacks", func(el element) bool {
		if el.Name.Local != "match" {
			return false
		}
		l := Langpack{el.attr("name"), el.attr("install"), el.line, Comments{Above: r.take()}}
		if l.Name == "" || !strings.Contains(l.Install, "%s") {
			r.warn(el.line, `<match> needs name= with a package, and install= with a name in which %%s stands for the language, such as "aspell-%%s"`)
		}
		r.c.Langpacks = append(r.c.Langpacks, l)
		r.skip()
		r.over(&r.c.Langpacks[len(r.c.Langpacks)-1].Comments)
		return true
	})
}

func (r *reader) blacklist() {
	r.each("blacklist", func(el element) bool {
		if el.Name.Local != "package" {
			return false
		}
		b := Blacklisted{el.attr("name"), el.attr("arch"), el.line, Comments{Above: r.take()}}
		if b.Name == "" {
			r.warn(el.line, "a <package> on the blacklist needs name=")
		}
		r.c.Blacklist = append(r.c.Blacklist, b)
		r.skip()
		r.over(&r.c.Blacklist[len(r.c.Blacklist)-1].Comments)
		return true
	})
}

func (r *reader) whiteout() {
	r.each("whiteout", func(el element) bool {
		if el.Name.Local != "ignoredep" {
			return false
		}
		d := IgnoredDep{el.attr("package"), el.attr("requires"), el.line, Comments{Above: r.take()}}
		if d.Package == "" || d.Requires == "" {
			r.warn(el.line, "<ignoredep> needs package= and requires=: of whose dependency on what")
		}
		r.c.Whiteout = append(r.c.Whiteout, d)
		r.skip()
		r.over(&r.c.Whiteout[len(r.c.Whiteout)-1].Comments)
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
			if len(r.c.Warnings) < 200 { // the names are many, and each is compared with each
				hint = near.DidYouMean(ref.ID, ids)
			}
			n := len(r.c.Warnings)
			r.warn(ref.Line, "the %s %q names group %q, which is not defined here%s", kind, id, ref.ID, hint)
			if len(r.c.Warnings) > n {
				r.c.Warnings[n].Group = ref.ID
			}
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

// attr gives an attribute's value, its white space normalized (XML 1.0 §3.3.3).
func (el element) attr(name string) string {
	for _, a := range el.Attr {
		if a.Name.Local == name {
			return blanks.Replace(a.Value)
		}
	}
	return ""
}

var blanks = strings.NewReplacer("\r\n", " ", "\t", " ", "\r", " ", "\n", " ")

// list splits the value of an arch attribute.
func list(s string) []string {
	return strings.FieldsFunc(s, func(c rune) bool { return c == ',' || c == ' ' })
}

// translation reads a text in one language, or the one that is for all.
func (r *reader) translation(t *Text, el element) {
	lang, text := el.attr("lang"), r.text(el)
	if lang == "" {
		t.Default = text
		return
	}
	for _, old := range t.Translations {
		if old.Lang == lang {
			r.warn(el.line, "<%s> in the language %q stands here for the second time; the last one counts", el.Name.Local, lang)
		}
	}
	t.Translations = append(t.Translations, Translation{lang, text})
}
