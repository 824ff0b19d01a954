package debian

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/solve"
)

// roots turns a request into unconditional rules: the base system, then what is
// asked for, in the asker's order. Of several that contradict each other the
// last is blamed.
func (u *universe) roots(req *Request) []solve.Rule {
	var roots []solve.Rule
	add := func(ids []solve.ID, weak bool, why *requested) {
		roots = append(roots, solve.Rule{Any: ids, Weak: weak, Order: len(roots) + 1, Why: why})
	}
	for _, p := range u.base(req) {
		base := "essential"
		if !p.Essential {
			base = "priority " + p.Priority
		}
		add([]solve.ID{u.ids[p]}, false, &requested{what: p.Name, base: base})
	}
	for _, w := range req.Wants {
		sel, err := parseSelector(w.Name)
		if err != nil {
			continue // Validate refused it
		}
		if !sel.glob {
			ids, lack := u.wanted(sel, req.PickProvider)
			add(ids, w.Optional, &requested{want: w, lack: lack})
			continue
		}
		names := u.matching(sel)
		if names == nil {
			add(nil, w.Optional, &requested{want: w, lack: "no package name matches the pattern"})
		}
		for _, name := range names {
			one := sel
			one.name = name
			ids, lack := u.wanted(one, false)
			add(ids, w.Optional, &requested{want: w, what: name, lack: lack})
		}
	}
	return roots
}

// base lists the packages that every system has, in the set's order.
func (u *universe) base(req *Request) []*pkgset.Package {
	var out []*pkgset.Package
	for id, p := range u.pkgs {
		if (req.Essential && p.Essential || slices.Contains(req.Priorities, p.Priority)) &&
			u.arch(p) == u.archs[0] && !u.excluded[solve.ID(id)] && u.candidate(solve.ID(id)) {
			out = append(out, p)
		}
	}
	return out
}

// matching lists the package names that fit a pattern, sorted.
func (u *universe) matching(sel selector) []string {
	seen := make(map[string]bool)
	var names []string
	for id, p := range u.pkgs {
		if seen[p.Name] || u.excluded[solve.ID(id)] || !sel.fits(u.Index, p) {
			continue
		}
		seen[p.Name] = true
		names = append(names, p.Name)
	}
	slices.Sort(names)
	return names
}

// fits reports whether a package is among those a selector names.
func (sel selector) fits(x *Index, p *pkgset.Package) bool {
	if sel.glob {
		if ok, err := path.Match(sel.name, p.Name); err != nil || !ok {
			return false
		}
	} else if sel.name != p.Name {
		return false
	}
	return sel.picks(x, p)
}

// picks reports the same of a package whose name fits.
func (sel selector) picks(x *Index, p *pkgset.Package) bool {
	return (sel.arch == "" || sel.arch == x.arch(p) || sel.arch == p.Arch) &&
		(sel.version == "" || sel.version == p.Version) &&
		(sel.suite == "" || sel.suite == p.Suite)
}

// wanted finds what a name of the request stands for, in order of preference;
// when that is nothing, why not.
func (u *universe) wanted(sel selector, pick bool) (ids []solve.ID, lack string) {
	var unfit []string
	for _, p := range u.sorted(sel.name) {
		id, ok := u.usable(p)
		switch {
		case !ok:
			unfit = append(unfit, u.misfit(p))
		case !sel.picks(u.Index, p):
			unfit = append(unfit, "the repositories have "+origin(p))
		default:
			ids = append(ids, id)
		}
	}
	if ids != nil {
		if sel.arch == "" {
			// Without a qualifier the native package is meant, if there is one.
			best := slices.MinFunc(ids, func(a, b solve.ID) int { return u.archRank(a) - u.archRank(b) })
			ids = slices.DeleteFunc(ids, func(id solve.ID) bool { return u.archRank(id) != u.archRank(best) })
		}
		return ids, ""
	}
	if unfit != nil {
		return nil, listed(unfit)
	}
	return u.virtual(sel, pick)
}

func (u *universe) archRank(id solve.ID) int { return slices.Index(u.archs, u.arch(u.pkgs[id])) }

// virtual finds the providers of a name that no package bears.
func (u *universe) virtual(sel selector, pick bool) (ids []solve.ID, lack string) {
	var names, unfit []string
	for _, pr := range u.set.Providers(sel.name) {
		id, ok := u.usable(pr.Package)
		if !ok {
			unfit = append(unfit, u.misfit(pr.Package)+", which provides it")
			continue
		}
		if !sel.picks(u.Index, pr.Package) || !u.candidate(id) || slices.Contains(ids, id) {
			continue
		}
		ids = append(ids, id)
		if !slices.Contains(names, pr.Package.Name) {
			names = append(names, pr.Package.Name)
		}
	}
	switch {
	case len(ids) == 0 && unfit != nil:
		return nil, listed(unfit)
	case len(ids) == 0:
		return nil, u.unknown(sel.name)
	case len(names) > 1 && !pick:
		slices.Sort(names)
		return nil, fmt.Sprintf("it is a virtual package provided by %s; name one of them", strings.Join(names, ", "))
	}
	slices.SortFunc(ids, u.prefer(sel.name))
	return ids, ""
}
