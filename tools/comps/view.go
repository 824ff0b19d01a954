package main

import "cdbuilder/comps"

// The shapes of --json.
type (
	viewEntry struct {
		ID           string              `json:"id"`
		Name         string              `json:"name"`
		Description  string              `json:"description,omitempty"`
		Translations map[string]viewText `json:"translations,omitempty"` // by language
		DisplayOrder *int                `json:"display_order,omitempty"`
		Arch         []string            `json:"arch,omitempty"`
		Variant      string              `json:"variant,omitempty"`
		Line         int                 `json:"line,omitempty"`
	}
	viewText struct {
		Name        string `json:"name,omitempty"`
		Description string `json:"description,omitempty"`
	}
	viewGroup struct {
		viewEntry
		Default     bool          `json:"default"`
		UserVisible bool          `json:"uservisible"`
		BiarchOnly  bool          `json:"biarchonly,omitempty"`
		LangOnly    string        `json:"langonly,omitempty"`
		Packages    []viewPackage `json:"packages"`
	}
	viewPackage struct {
		Name         string   `json:"name"`
		Type         string   `json:"type"`
		Requires     string   `json:"requires,omitempty"`
		BasearchOnly bool     `json:"basearchonly,omitempty"`
		Arch         []string `json:"arch,omitempty"`
		Variant      string   `json:"variant,omitempty"`
		Line         int      `json:"line"`
	}
	viewRef struct {
		ID      string   `json:"id"`
		Default bool     `json:"default,omitempty"`
		Arch    []string `json:"arch,omitempty"`
	}
	viewEnvironment struct {
		viewEntry
		Groups  []viewRef `json:"groups"`
		Options []viewRef `json:"options"`
	}
	viewCategory struct {
		viewEntry
		Groups []viewRef `json:"groups"`
	}
	view struct {
		File         string            `json:"file"`
		Environments []viewEnvironment `json:"environments"`
		Groups       []viewGroup       `json:"groups"`
		Categories   []viewCategory    `json:"categories"`
	}
)

func viewOf(c *comps.Comps) view {
	v := view{c.Name, []viewEnvironment{}, []viewGroup{}, []viewCategory{}}
	for i := range c.Environments {
		e := &c.Environments[i]
		v.Environments = append(v.Environments, viewEnvironment{entryOf(&e.Entry), refsOf(e.Groups), refsOf(e.Options)})
	}
	for i := range c.Groups {
		g := &c.Groups[i]
		group := viewGroup{entryOf(&g.Entry), g.Default, g.UserVisible, g.BiarchOnly, g.LangOnly, []viewPackage{}}
		for _, p := range g.Packages {
			group.Packages = append(group.Packages, viewPackage{p.Name, p.Type.String(), p.Requires, p.BasearchOnly, p.Arch, p.Variant, p.Line})
		}
		v.Groups = append(v.Groups, group)
	}
	for i := range c.Categories {
		k := &c.Categories[i]
		v.Categories = append(v.Categories, viewCategory{entryOf(&k.Entry), refsOf(k.Groups)})
	}
	return v
}

func entryOf(e *comps.Entry) viewEntry {
	v := viewEntry{
		ID: e.ID, Name: e.Name.Default, Description: e.Description.Default,
		DisplayOrder: e.DisplayOrder, Arch: e.Arch, Variant: e.Variant, Line: e.Line,
	}
	if len(e.Name.Translations)+len(e.Description.Translations) > 0 {
		v.Translations = make(map[string]viewText)
	}
	for _, in := range e.Name.Translations {
		v.Translations[in.Lang] = viewText{Name: in.Text}
	}
	for _, in := range e.Description.Translations {
		v.Translations[in.Lang] = viewText{v.Translations[in.Lang].Name, in.Text}
	}
	return v
}

func refsOf(refs []comps.GroupRef) []viewRef {
	list := []viewRef{}
	for _, r := range refs {
		list = append(list, viewRef{r.ID, r.Default, r.Arch})
	}
	return list
}
