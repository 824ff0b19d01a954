package rpm

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"cdbuilder/internal/rpm"
	"cdbuilder/internal/solve"
)

// A name can mean a package in several forms. They are tried in dnf's order,
// and the first that fits any package counts.
const (
	formFull     = iota // name-[epoch:]version-release.arch
	formNameArch        // name.arch
	formName
	formRelease // name-[epoch:]version-release
	formVersion // name-[epoch:]version
	numForms
)

// parts is a name taken apart; what is empty is not said.
type parts struct{ name, epoch, version, release, arch string }

// parts takes a name apart by one form; it may not have that form.
func (sel selector) parts(form int) (p parts, ok bool) {
	p.name = sel.text
	cut := func(sep string) (tail string) {
		i := strings.LastIndex(p.name, sep)
		ok = ok && i > 0 && i < len(p.name)-1
		if ok {
			p.name, tail = p.name[:i], p.name[i+1:]
		}
		return tail
	}
	ok = true
	if form == formFull || form == formNameArch {
		p.arch = cut(".")
	}
	if form == formFull || form == formRelease {
		p.release = cut("-")
	}
	if form == formFull || form == formRelease || form == formVersion {
		p.version = cut("-")
		if epoch, version, found := strings.Cut(p.version, ":"); found {
			p.epoch, p.version = epoch, version
		}
	}
	return p, ok
}

// fit reports whether a package is meant.
func (p parts) fit(q *Package) bool {
	return fits(p.name, q.Name) && (p.arch == "" || fits(p.arch, q.Arch)) &&
		(p.epoch == "" || fits(p.epoch, cmp.Or(q.EVR.Epoch, "0"))) &&
		(p.version == "" || fits(p.version, q.EVR.Version)) && (p.release == "" || fits(p.release, q.EVR.Release))
}

func fits(pattern, s string) bool {
	if pattern == s {
		return true
	}
	ok, err := path.Match(pattern, s)
	return ok && err == nil
}

// matching lists the candidates that a selector names, and by which form; -1
// for a capability or a path.
func (x *Index) matching(sel selector) (ids []solve.ID, form int) {
	if sel.dep != nil {
		x.positive(sel.dep, false, func(id solve.ID) { ids = append(ids, id) })
		slices.Sort(ids)
		return slices.Compact(ids), -1
	}
	for form := range numForms {
		p, ok := sel.parts(form)
		if !ok {
			continue
		}
		among := x.byName[p.name]
		if sel.glob {
			among = x.everything()
		}
		for _, id := range among {
			if p.fit(x.pkgs[id]) {
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

// matchingProvides lists the candidates that provide something which fits a
// pattern.
func (x *Index) matchingProvides(sel selector) []solve.ID {
	var ids []solve.ID
	for i, p := range x.pkgs {
		if slices.ContainsFunc(p.Provides, func(d rpm.Dep) bool { return fits(sel.text, d.Name) }) {
			ids = append(ids, solve.ID(i))
		}
	}
	return ids
}
