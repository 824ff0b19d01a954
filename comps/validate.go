package comps

import (
	"errors"
	"fmt"
	"strings"
)

// Validate says what is wrong with groups that were put together: all that
// would make of them a file that Read refuses. What Read takes is valid.
func (c *Comps) Validate() error {
	v := validator{seen: make(map[string]bool)}
	v.comments("the file", c.Comments)
	for i := range c.Groups {
		g := &c.Groups[i]
		at := v.entry("group", &g.Entry)
		v.legal(at, "the language", g.LangOnly)
		for j := range g.Packages {
			v.member(at, &g.Packages[j])
		}
	}
	for i := range c.Environments {
		e := &c.Environments[i]
		v.refs(v.entry("environment", &e.Entry), e.Groups, e.Options)
	}
	for i := range c.Categories {
		v.refs(v.entry("category", &c.Categories[i].Entry), c.Categories[i].Groups)
	}
	for _, l := range c.Langpacks {
		v.legal("langpacks", "a <match>", l.Name, l.Install)
		v.comments("langpacks", l.Comments)
	}
	for _, b := range c.Blacklist {
		v.legal("the blacklist", "a <package>", b.Name, b.Arch)
		v.comments("the blacklist", b.Comments)
	}
	for _, d := range c.Whiteout {
		v.legal("whiteout", "an <ignoredep>", d.Package, d.Requires)
		v.comments("whiteout", d.Comments)
	}
	return errors.Join(v.faults...)
}

type validator struct {
	faults []error
	seen   map[string]bool
}

func (v *validator) fault(format string, args ...any) {
	v.faults = append(v.faults, fmt.Errorf(format, args...))
}

func (v *validator) entry(kind string, e *Entry) (at string) {
	at = fmt.Sprintf("the %s %q", kind, e.ID)
	switch {
	case trim(e.ID) == "":
		v.fault("%s without an id: nothing can ask for it", kind)
	case v.seen[at]:
		v.fault("%s is there twice; Merge makes one of two", at)
	}
	v.seen[at] = true
	v.legal(at, "its id", e.ID)
	v.legal(at, "an attribute", append([]string{e.Variant}, e.Arch...)...)
	for _, t := range []Text{e.Name, e.Description} {
		v.legal(at, "a text", t.Default)
		for _, in := range t.Translations {
			if in.Lang == "" {
				v.fault("%s: the translation %.40q is in no language", at, in.Text)
			}
			v.legal(at, "a translation", in.Lang, in.Text)
		}
	}
	v.comments(at, e.Comments)
	return at
}

func (v *validator) member(at string, p *Package) {
	if p.Type > Optional {
		v.fault("%s: package %q has the type %d; there are Mandatory, Default, Conditional and Optional", at, p.Name, p.Type)
	}
	if p.Type == Conditional && p.Requires == "" {
		v.fault("%s: the conditional package %q needs in Requires the package it waits for", at, p.Name)
	}
	v.legal(at, "a member", append([]string{p.Name, p.Requires, p.Variant}, p.Arch...)...)
	v.comments(at, p.Comments)
}

func (v *validator) refs(at string, lists ...[]GroupRef) {
	for _, list := range lists {
		for i := range list {
			v.legal(at, "a groupid", append([]string{list[i].ID}, list[i].Arch...)...)
			v.comments(at, list[i].Comments)
		}
	}
}

func (v *validator) legal(at, what string, texts ...string) {
	for _, text := range texts {
		if i := illegal(text); i >= 0 {
			v.fault("%s: %s holds %q, which XML has no place for", at, what, text[i:i+1])
		}
	}
}

func (v *validator) comments(at string, c Comments) {
	for _, list := range [][]string{c.Above, c.Beside, c.Fields, c.Last} {
		v.legal(at, "a comment", list...)
		for _, text := range list {
			if strings.Contains(text, "--") || strings.HasSuffix(text, "-") {
				v.fault("%s: a comment holds two hyphens in a row, which would end it: %.40q", at, text)
			}
		}
	}
}
