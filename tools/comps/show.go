package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"cdbuilder/comps"
	"cdbuilder/internal/near"

	"github.com/spf13/cobra"
)

func (d *desk) showCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show NAME...",
		Short: "Show all that is said of groups, environments and categories",
		Long: "Shows groups (core or @core), environments (@^server-environment) and categories with their\n" +
			"texts, switches and members, and where a group is part of something.",
		Example:           "  build/bin/comps show core @^server-environment\n  build/bin/comps show web-server --json",
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: d.complete,
		RunE:              func(_ *cobra.Command, args []string) error { return d.show(args, true) },
	}
}

// show shows what names stand for. Without more it shows groups as the bare
// program does: their members alone.
func (d *desk) show(names []string, more bool) error {
	c, err := d.read()
	if err != nil {
		return err
	}
	found, err := pick(c, names, more)
	if err != nil {
		return err
	}
	return d.Result(viewOf(found), func(w io.Writer) error {
		var b strings.Builder
		for i := range found.Environments {
			environment(&b, &found.Environments[i])
		}
		for i := range found.Groups {
			headline(&b, &found.Groups[i])
			if more {
				about(&b, c, &found.Groups[i])
			}
			for j := range found.Groups[i].Packages {
				fmt.Fprintf(&b, "    %s\n", member(&found.Groups[i].Packages[j]))
			}
		}
		for i := range found.Categories {
			category(&b, &found.Categories[i])
		}
		_, err := io.WriteString(w, b.String())
		return err
	})
}

// pick keeps what names stand for, in the file's order.
func pick(c *comps.Comps, names []string, more bool) (*comps.Comps, error) {
	found := &comps.Comps{Name: c.Name}
	groups, environments, categories := make(map[string]bool), make(map[string]bool), make(map[string]bool)
	var unknown []string
	for _, name := range names {
		id, isEnvironment := strings.CutPrefix(name, "@^")
		id = strings.TrimPrefix(id, "@")
		g, e := c.Group(id), c.Environment(id)
		isCategory := slices.ContainsFunc(c.Categories, func(k comps.Category) bool { return k.ID == id })
		switch {
		case g != nil && !isEnvironment:
			groups[g.ID] = true
		case e != nil && more:
			environments[e.ID] = true
		case isCategory && more && name == id:
			categories[id] = true
		default:
			unknown = append(unknown, name+near.DidYouMean(name, idsOf(c, more)))
		}
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("%s has no group %s; make comps lists them", c.Name, strings.Join(unknown, ", "))
	}
	found.Groups = keep(c.Groups, func(g *comps.Group) bool { return groups[g.ID] })
	found.Environments = keep(c.Environments, func(e *comps.Environment) bool { return environments[e.ID] })
	found.Categories = keep(c.Categories, func(k *comps.Category) bool { return categories[k.ID] })
	return found, nil
}

func keep[T any](list []T, wanted func(*T) bool) (kept []T) {
	for i := range list {
		if wanted(&list[i]) {
			kept = append(kept, list[i])
		}
	}
	return kept
}

func idsOf(c *comps.Comps, more bool) (ids []string) {
	for i := range c.Groups {
		ids = append(ids, c.Groups[i].ID)
	}
	for i := range c.Environments {
		if more {
			ids = append(ids, "@^"+c.Environments[i].ID)
		}
	}
	for i := range c.Categories {
		if more {
			ids = append(ids, c.Categories[i].ID)
		}
	}
	return ids
}

// texts writes the description, and in which languages there are others.
func texts(b *strings.Builder, e *comps.Entry) {
	if e.Description.Default != "" {
		fmt.Fprintf(b, "  %s\n", strings.Join(strings.Fields(e.Description.Default), " "))
	}
	var languages []string
	for _, in := range append(e.Name.Translations[:len(e.Name.Translations):len(e.Name.Translations)], e.Description.Translations...) {
		languages = append(languages, in.Lang)
	}
	slices.Sort(languages)
	if languages = slices.Compact(languages); len(languages) > 0 {
		fmt.Fprintf(b, "  translated into: %s\n", strings.Join(languages, ", "))
	}
	if len(e.Arch) > 0 {
		fmt.Fprintf(b, "  only on: %s\n", strings.Join(e.Arch, ", "))
	}
	if e.Variant != "" {
		fmt.Fprintf(b, "  only in: %s\n", e.Variant)
	}
}

// about writes what is said of a group besides its members.
func about(b *strings.Builder, c *comps.Comps, g *comps.Group) {
	texts(b, &g.Entry)
	switches := []string{"not chosen by itself", "shown in menus"}
	if g.Default {
		switches[0] = "chosen where nothing is asked for"
	}
	if !g.UserVisible {
		switches[1] = "hidden from menus"
	}
	if g.BiarchOnly {
		switches = append(switches, "only where there are two architectures")
	}
	if g.LangOnly != "" {
		switches = append(switches, "only for the language "+g.LangOnly)
	}
	fmt.Fprintf(b, "  %s\n", strings.Join(switches, ", "))
	var in []string
	has := func(refs []comps.GroupRef) bool {
		return slices.ContainsFunc(refs, func(r comps.GroupRef) bool { return r.ID == g.ID })
	}
	for _, e := range c.Environments {
		switch {
		case has(e.Groups):
			in = append(in, "@^"+e.ID)
		case has(e.Options):
			in = append(in, "@^"+e.ID+" as an option")
		}
	}
	for _, k := range c.Categories {
		if has(k.Groups) {
			in = append(in, "the category "+k.ID)
		}
	}
	if len(in) > 0 {
		fmt.Fprintf(b, "  part of: %s\n", strings.Join(in, ", "))
	}
}

func member(p *comps.Package) string {
	s := fmt.Sprintf("%-12s %s", p.Type, p.Name)
	if p.Requires != "" {
		s += " (where " + p.Requires + " is)"
	}
	if p.BasearchOnly {
		s += " (for the main architecture alone)"
	}
	if len(p.Arch) > 0 {
		s += " (only on " + strings.Join(p.Arch, ", ") + ")"
	}
	if p.Variant != "" {
		s += " (only in " + p.Variant + ")"
	}
	return s
}

func environment(b *strings.Builder, e *comps.Environment) {
	fmt.Fprintf(b, "@^%-16s %s\n", e.ID, e.Name.Default)
	texts(b, &e.Entry)
	for _, r := range e.Groups {
		fmt.Fprintf(b, "    %-12s @%s\n", "group", r.ID)
	}
	for _, r := range e.Options {
		fmt.Fprintf(b, "    %-12s @%s\n", cmp.Or(map[bool]string{true: "preselected"}[r.Default], "option"), r.ID)
	}
}

func category(b *strings.Builder, k *comps.Category) {
	fmt.Fprintf(b, "%-18s %s, a category\n", k.ID, k.Name.Default)
	texts(b, &k.Entry)
	for _, r := range k.Groups {
		fmt.Fprintf(b, "    %-12s @%s\n", "group", r.ID)
	}
}
