package comps

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// doctype is what every composer writes; nothing reads the file that it names.
const doctype = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE comps PUBLIC "-//Red Hat, Inc.//DTD Comps info//EN" "comps.dtd">
`

// Write writes the canonical comps.xml: UTF-8, two blanks for each level, the
// elements in the order of comps.dtd; groups and members in the order in which
// they are held, translations and what stands in langpacks, blacklist and
// whiteout in that of their names. What Read reads of it is the same again,
// comments with it; elements that Read doesn't know are gone. A file that dnf
// could not read for what Validate finds is not written.
func (c *Comps) Write(w io.Writer) error {
	if err := c.Validate(); err != nil {
		return fmt.Errorf("writing %s: %w", c.Name, err)
	}
	p := printer{unit: "  ", newline: "\n"}
	p.raw(doctype)
	p.comments(c.Comments.Above)
	p.open("comps")
	for i := range c.Groups {
		p.group(&c.Groups[i])
	}
	for i := range c.Environments {
		p.environment(&c.Environments[i])
	}
	for i := range c.Categories {
		p.category(&c.Categories[i])
	}
	p.langpacks(c.Langpacks)
	p.forComposers(c.Blacklist, c.Whiteout)
	p.comments(c.Comments.Last)
	p.close("comps", nil)
	p.comments(c.Comments.Beside)
	_, err := w.Write(p.b.Bytes())
	return err
}

// printer writes elements, each on lines of its own.
type printer struct {
	b       bytes.Buffer
	base    string // in front of every line
	unit    string // of indentation
	newline string
	level   int
}

// attr is an attribute; one with an empty value is not written.
type attr struct{ name, value string }

func (p *printer) raw(s string) { p.b.WriteString(s) }

func (p *printer) indent() {
	p.raw(p.base)
	for range p.level {
		p.raw(p.unit)
	}
}

func (p *printer) tag(name string, attrs []attr) {
	p.raw("<" + name)
	for _, a := range attrs {
		if a.value != "" {
			p.raw(" " + a.name + `="` + quote(a.value, true) + `"`)
		}
	}
}

func (p *printer) open(name string, attrs ...attr) {
	p.indent()
	p.tag(name, attrs)
	p.raw(">" + p.newline)
	p.level++
}

func (p *printer) close(name string, beside []string) {
	p.level--
	p.indent()
	p.raw("</" + name + ">")
	p.beside(beside)
	p.raw(p.newline)
}

// leaf writes an element that holds a text, or nothing.
func (p *printer) leaf(name, text string, beside []string, attrs ...attr) {
	p.indent()
	p.tag(name, attrs)
	if text == "" {
		p.raw("/>")
	} else {
		p.raw(">" + quote(text, false) + "</" + name + ">")
	}
	p.beside(beside)
	p.raw(p.newline)
}

func (p *printer) comments(list []string) {
	for _, text := range list {
		p.indent()
		p.raw("<!--" + text + "-->" + p.newline)
	}
}

func (p *printer) beside(list []string) {
	for _, text := range list {
		p.raw(" <!--" + text + "-->")
	}
}

var (
	inText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;")
	inTag  = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;", "\n", "&#10;", "\t", "&#9;", `"`, "&quot;")
)

func quote(s string, tag bool) string {
	if tag {
		return inTag.Replace(s)
	}
	return inText.Replace(s)
}

func archs(list []string) attr { return attr{"arch", strings.Join(list, ",")} }

// entry opens a group, environment or category, and writes what these share.
func (p *printer) entry(kind string, e *Entry) {
	p.comments(e.Comments.Above)
	p.open(kind, archs(e.Arch), attr{"variant", e.Variant})
	p.leaf("id", e.ID, nil)
	p.comments(e.Comments.Fields)
	p.text("name", e.Name)
	p.text("description", e.Description)
}

func (p *printer) text(name string, t Text) {
	p.leaf(name, t.Default, nil)
	for _, in := range sorted(t.Translations, func(in Translation) string { return in.Lang }) {
		p.leaf(name, in.Text, nil, attr{"xml:lang", in.Lang})
	}
}

// sorted puts a list into the order of its keys. libcomps 0.1.19 loses keys that
// have others in front of them which begin alike (zh behind zh_CN).
func sorted[T any](list []T, key func(T) string) []T {
	return slices.SortedStableFunc(slices.Values(list), func(a, b T) int { return strings.Compare(key(a), key(b)) })
}

func (p *printer) displayOrder(e *Entry) {
	if e.DisplayOrder != nil {
		p.leaf("display_order", strconv.Itoa(*e.DisplayOrder), nil)
	}
}

func (p *printer) end(kind string, e *Entry) {
	p.comments(e.Comments.Last)
	p.close(kind, e.Comments.Beside)
}

func (p *printer) group(g *Group) {
	p.entry("group", &g.Entry)
	if g.Default || g.Stated&StatesDefault != 0 {
		p.leaf("default", strconv.FormatBool(g.Default), nil)
	}
	if !g.UserVisible || g.Stated&StatesUserVisible != 0 {
		p.leaf("uservisible", strconv.FormatBool(g.UserVisible), nil)
	}
	if g.BiarchOnly || g.Stated&StatesBiarchOnly != 0 {
		p.leaf("biarchonly", strconv.FormatBool(g.BiarchOnly), nil)
	}
	if g.LangOnly != "" {
		p.leaf("langonly", g.LangOnly, nil)
	}
	p.displayOrder(&g.Entry)
	p.open("packagelist")
	for i := range g.Packages {
		p.member(&g.Packages[i])
	}
	p.close("packagelist", nil)
	p.end("group", &g.Entry)
}

func (p *printer) member(m *Package) {
	p.comments(m.Comments.Above)
	p.leaf("packagereq", m.Name, m.Comments.Beside, m.attrs()...)
}

func (m *Package) attrs() []attr {
	only := attr{name: "basearchonly"}
	if m.BasearchOnly {
		only.value = "true"
	}
	return []attr{{"type", m.Type.String()}, {"requires", m.Requires}, only, archs(m.Arch), {"variant", m.Variant}}
}

func (p *printer) environment(e *Environment) {
	p.entry("environment", &e.Entry)
	p.displayOrder(&e.Entry)
	p.refs("grouplist", e.Groups)
	p.refs("optionlist", e.Options)
	p.end("environment", &e.Entry)
}

func (p *printer) category(c *Category) {
	p.entry("category", &c.Entry)
	p.displayOrder(&c.Entry)
	p.refs("grouplist", c.Groups)
	p.end("category", &c.Entry)
}

func (p *printer) refs(list string, refs []GroupRef) {
	p.open(list)
	for i := range refs {
		p.comments(refs[i].Comments.Above)
		p.leaf("groupid", refs[i].ID, refs[i].Comments.Beside, refs[i].attrs()...)
	}
	p.close(list, nil)
}

func (r *GroupRef) attrs() []attr {
	preselected := attr{name: "default"}
	if r.Default {
		preselected.value = "true"
	}
	return []attr{preselected, archs(r.Arch)}
}

func (p *printer) langpacks(list []Langpack) {
	if len(list) == 0 {
		return
	}
	p.open("langpacks")
	for _, l := range sorted(list, func(l Langpack) string { return l.Name }) {
		p.comments(l.Comments.Above)
		p.leaf("match", "", l.Comments.Beside, attr{"name", l.Name}, attr{"install", l.Install})
	}
	p.close("langpacks", nil)
}

func (p *printer) forComposers(black []Blacklisted, white []IgnoredDep) {
	if len(black) > 0 {
		p.open("blacklist")
		for _, b := range sorted(black, func(b Blacklisted) string { return b.Name }) {
			p.comments(b.Comments.Above)
			p.leaf("package", "", b.Comments.Beside, attr{"name", b.Name}, attr{"arch", b.Arch})
		}
		p.close("blacklist", nil)
	}
	if len(white) > 0 {
		p.open("whiteout")
		for _, d := range sorted(white, func(d IgnoredDep) string { return d.Requires }) {
			p.comments(d.Comments.Above)
			p.leaf("ignoredep", "", d.Comments.Beside, attr{"package", d.Package}, attr{"requires", d.Requires})
		}
		p.close("whiteout", nil)
	}
}
