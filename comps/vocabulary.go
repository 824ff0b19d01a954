package comps

import (
	"slices"
	"strings"

	"cdbuilder/internal/near"
)

// elementsIn are the elements that each element may hold, and attributesOf
// what may stand in their tags.
var (
	fields     = []string{"id", "name", "description", "display_order", "_name", "_description"}
	elementsIn = map[string][]string{
		"comps":       {"group", "environment", "category", "langpacks", "blacklist", "whiteout", "meta"},
		"group":       append([]string{"default", "uservisible", "biarchonly", "langonly", "packagelist"}, fields...),
		"environment": append([]string{"grouplist", "optionlist"}, fields...),
		"category":    append([]string{"grouplist"}, fields...),
		"packagelist": {"packagereq"},
		"grouplist":   {"groupid"},
		"optionlist":  {"groupid"},
		"langpacks":   {"match"},
		"blacklist":   {"package"},
		"whiteout":    {"ignoredep"},
	}
	attributesOf = map[string][]string{
		"group":        {"arch", "variant"},
		"environment":  {"arch", "variant"},
		"category":     {"arch", "variant"},
		"packagereq":   {"type", "requires", "basearchonly", "arch", "variant"},
		"groupid":      {"default", "arch"},
		"match":        {"name", "install"},
		"package":      {"name", "arch"},
		"ignoredep":    {"package", "requires"},
		"name":         {"lang"},
		"_name":        {"lang"},
		"description":  {"lang"},
		"_description": {"lang"},
	}
)

func children(parent string) []string { return elementsIn[parent] }

// checkAttributes warns of attributes that nobody reads, in an element that
// has its place here.
func (r *reader) checkAttributes(parent string, el element) {
	known, ok := attributesOf[el.Name.Local]
	if !ok || !slices.Contains(children(parent), el.Name.Local) {
		return
	}
	for _, a := range el.Attr {
		if a.Name.Space == "xmlns" || a.Name.Local == "xmlns" || slices.Contains(known, a.Name.Local) {
			continue
		}
		r.warn(el.line, "unknown attribute %s= of <%s>%s", strings.TrimPrefix(a.Name.Space+":"+a.Name.Local, ":"), el.Name.Local, near.DidYouMean(a.Name.Local, known))
	}
}
