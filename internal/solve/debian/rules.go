package debian

import (
	"slices"

	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/solve"
)

// universe is an index under one request.
type universe struct {
	*Index
	excluded   map[solve.ID]bool
	recommends bool
}

// Len implements solve.Universe.
func (u *universe) Len() int { return len(u.pkgs) }

// Rules implements solve.Universe: the relationships of a package in the order
// in which APT attends to them.
func (u *universe) Rules(id solve.ID) []solve.Rule {
	p := u.pkgs[id]
	self := []solve.ID{id}
	rules := make([]solve.Rule, 0, len(p.PreDepends)+len(p.Depends)+len(p.Recommends)+len(p.Conflicts)+len(p.Breaks))
	demand := func(kind relation, list []pkgset.Clause) {
		for _, c := range list {
			rules = append(rules, solve.Rule{If: self, Any: u.alternatives(c, p), Weak: kind == recommends, Why: &demanded{u, kind, p, c}})
		}
	}
	exclude := func(kind relation, list []pkgset.Dep) {
		for _, d := range list {
			for _, other := range u.against(d, p) {
				if !u.excluded[other] {
					rules = append(rules, solve.Rule{If: []solve.ID{id, other}, Why: &excludes{kind, p, d, u.pkgs[other]}})
				}
			}
		}
	}
	demand(preDepends, p.PreDepends)
	demand(depends, p.Depends)
	exclude(conflicts, p.Conflicts)
	exclude(breaks, p.Breaks)
	if u.recommends {
		demand(recommends, p.Recommends)
	}
	for _, q := range u.set.Named(p.Name) {
		if other, ok := u.ids[q]; ok && other != id && !u.excluded[other] && !u.coinstallable(p, q) {
			rules = append(rules, solve.Rule{If: []solve.ID{id, other}, Why: &siblings{p, q}})
		}
	}
	return rules
}

// alternatives lists what satisfies a clause, in order of preference: for each
// alternative of the packager its candidate versions, and after all of those the
// versions that APT would not consider.
func (u *universe) alternatives(c pkgset.Clause, owner *pkgset.Package) []solve.ID {
	var ids, older []solve.ID
	for _, d := range c {
		found := u.satisfying(d, owner)
		slices.SortFunc(found, u.prefer(d.Name))
		for _, id := range found {
			switch {
			case slices.Contains(ids, id) || slices.Contains(older, id):
			case u.candidate(id):
				ids = append(ids, id)
			default:
				older = append(older, id)
			}
		}
	}
	return append(ids, older...)
}

// satisfying lists the packages that satisfy one alternative.
func (u *universe) satisfying(d pkgset.Dep, owner *pkgset.Package) []solve.ID {
	var ids []solve.ID
	for _, p := range u.set.Named(d.Name) {
		if id, ok := u.usable(p); ok && u.meets(d, owner, p) {
			ids = append(ids, id)
		}
	}
	for _, pr := range u.set.Providers(d.Name) {
		if id, ok := u.usable(pr.Package); ok && u.provides(d, owner, pr) && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// usable finds the candidate that a package is.
func (u *universe) usable(p *pkgset.Package) (solve.ID, bool) {
	id, ok := u.ids[p]
	return id, ok && !u.excluded[id]
}

// candidate reports whether APT would consider this version of the package.
func (u *universe) candidate(id solve.ID) bool {
	p := u.pkgs[id]
	named := u.set.Named(p.Name)
	if len(named) == 1 {
		return true
	}
	for _, q := range named {
		if _, ok := u.usable(q); ok && u.arch(q) == u.arch(p) && u.better(q, p) < 0 {
			return false
		}
	}
	return true
}
