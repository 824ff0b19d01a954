package rpm

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"cdbuilder/internal/rpm"
	"cdbuilder/internal/solve"
)

// forms are the ways in which a name can mean a package, in the order in which
// dnf tries them: the first that fits any package counts.
var forms = []func(p *Package) []string{
	func(p *Package) []string { return dotted(p, spelled(p.EVR)...) },
	func(p *Package) []string { return []string{p.Name + "." + p.Arch} },
	func(p *Package) []string { return []string{p.Name} },
	func(p *Package) []string { return hyphened(p, spelled(p.EVR)...) },
	func(p *Package) []string {
		return hyphened(p, spelled(rpm.EVR{Epoch: p.EVR.Epoch, Version: p.EVR.Version})...)
	},
}

const (
	formFull     = 0
	formNameArch = 1
	formName     = 2
)

// spelled gives a version with its epoch, 0 if it has none, and without.
func spelled(e rpm.EVR) []string {
	with := e
	with.Epoch = cmp.Or(e.Epoch, "0")
	e.Epoch = ""
	return []string{e.String(), with.String()}
}

func hyphened(p *Package, evrs ...string) []string {
	for i := range evrs {
		evrs[i] = p.Name + "-" + evrs[i]
	}
	return evrs
}

func dotted(p *Package, evrs ...string) []string {
	for i, s := range hyphened(p, evrs...) {
		evrs[i] = s + "." + p.Arch
	}
	return evrs
}

// matching lists the candidates that a selector names, and by which form; -1
// for a capability or a path.
func (x *Index) matching(sel selector) (ids []solve.ID, form int) {
	if sel.dep != nil {
		x.positive(sel.dep, false, func(id solve.ID) { ids = append(ids, id) })
		slices.Sort(ids)
		return slices.Compact(ids), -1
	}
	for form, spell := range forms {
		for _, id := range x.plausible(sel) {
			if slices.ContainsFunc(spell(x.pkgs[id]), sel.fits) {
				ids = append(ids, id)
			}
		}
		if ids != nil {
			return ids, form
		}
	}
	if sel.glob {
		return x.matchingProvides(sel), -1
	}
	ids = slices.Clone(x.providing(&rpm.Dep{Name: sel.text}))
	if strings.HasPrefix(sel.text, "/") {
		ids = append(ids, x.owning(sel.text)...)
		slices.Sort(ids)
		ids = slices.Compact(ids)
	}
	return ids, -1
}

func (sel selector) fits(s string) bool {
	if sel.glob {
		ok, err := path.Match(sel.text, s)
		return ok && err == nil
	}
	return sel.text == s
}

// plausible lists the candidates whose names a selector can start with.
func (x *Index) plausible(sel selector) []solve.ID {
	if sel.glob {
		return x.everything()
	}
	ids := slices.Clone(x.byName[sel.text])
	for i, c := range sel.text {
		if c == '-' || c == '.' {
			ids = append(ids, x.byName[sel.text[:i]]...)
		}
	}
	slices.Sort(ids)
	return ids
}

// matchingProvides lists the candidates that provide something which fits a
// pattern.
func (x *Index) matchingProvides(sel selector) []solve.ID {
	var ids []solve.ID
	for i, p := range x.pkgs {
		if slices.ContainsFunc(p.Provides, func(d rpm.Dep) bool { return sel.fits(d.Name) }) {
			ids = append(ids, solve.ID(i))
		}
	}
	return ids
}
