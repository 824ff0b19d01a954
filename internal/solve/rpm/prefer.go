package rpm

import (
	"cmp"
	"slices"
	"strings"

	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/rpm"
	"cdbuilder/internal/solve"
)

// What is preferred among candidates, in libsolv's order (its policy.c): the
// repositories of the best priority; the best architecture; of each name the
// newest version; none that another one obsoletes; what is recommended; what
// has no better version elsewhere; what provides the higher version of a thing
// that several provide; what is suggested; what comes first by name.

// best prunes candidates to the best repository, architecture and version, and
// sorts them by name.
func (x *Index) best(ids []solve.ID) []solve.ID {
	if len(ids) < 2 {
		return ids
	}
	ids = x.newest(x.bestArch(x.bestPriority(slices.Clone(ids))))
	return x.notObsoleted(ids)
}

func (x *Index) bestPriority(ids []solve.ID) []solve.ID {
	first := slices.MinFunc(ids, func(a, b solve.ID) int { return cmp.Compare(x.pkgs[a].priority(), x.pkgs[b].priority()) })
	return slices.DeleteFunc(ids, func(id solve.ID) bool { return x.pkgs[id].priority() != x.pkgs[first].priority() })
}

func (x *Index) bestArch(ids []solve.ID) []solve.ID {
	best := noarch
	for _, id := range ids {
		if c := x.classes[id]; c != noarch && (best == noarch || c < best) {
			best = c
		}
	}
	return slices.DeleteFunc(ids, func(id solve.ID) bool { return x.classes[id] != noarch && x.classes[id] != best })
}

// newest keeps one candidate of each name: the newest; of the same version the
// one for the better architecture, from the cheaper repository, the first.
func (x *Index) newest(ids []solve.ID) []solve.ID {
	slices.SortFunc(ids, func(a, b solve.ID) int {
		p, q := x.pkgs[a], x.pkgs[b]
		arch := 0
		if x.classes[a] != noarch && x.classes[b] != noarch {
			arch = cmp.Compare(x.classes[a], x.classes[b])
		}
		return cmp.Or(strings.Compare(p.Name, q.Name), newer(p, q), arch, cmp.Compare(p.cost(), q.cost()), cmp.Compare(a, b))
	})
	return slices.CompactFunc(ids, func(a, b solve.ID) bool { return x.pkgs[a].Name == x.pkgs[b].Name })
}

// inPreference orders packages as they are tried, for explanations.
func (x *Index) inPreference(p, q *Package) int {
	a, b := x.class(p.Arch), x.class(q.Arch)
	if a == noarch || b == noarch {
		a, b = 0, 0
	}
	return cmp.Or(cmp.Compare(p.priority(), q.priority()), strings.Compare(p.Name, q.Name), cmp.Compare(a, b), newer(p, q), cmp.Compare(p.cost(), q.cost()))
}

// notObsoleted leaves out what another candidate obsoletes, unless the two
// obsolete each other, be it by way of others.
func (x *Index) notObsoleted(ids []solve.ID) []solve.ID {
	if !slices.ContainsFunc(ids, func(id solve.ID) bool { return len(x.facts[id].obsoletes) > 0 }) {
		return ids
	}
	reaches := make([][]bool, len(ids)) // who obsoletes whom in the end
	for i, a := range ids {
		reaches[i] = make([]bool, len(ids))
		for todo := []solve.ID{a}; len(todo) > 0; {
			from := todo[0]
			todo = todo[1:]
			if len(x.facts[from].obsoletes) == 0 {
				continue
			}
			for k, b := range ids {
				if !reaches[i][k] && x.replaces(from, b) {
					reaches[i][k] = true
					todo = append(todo, b)
				}
			}
		}
	}
	var out []solve.ID
	for k, id := range ids {
		if !slices.ContainsFunc(reaches, func(r []bool) bool { return r[k] }) || loops(reaches, k) {
			out = append(out, id)
		}
	}
	return out
}

// loops reports whether everything that obsoletes k is obsoleted by it.
func loops(reaches [][]bool, k int) bool {
	for i := range reaches {
		if reaches[i][k] && !reaches[k][i] {
			return false
		}
	}
	return true
}

// recommended prunes candidates to those that something chosen recommends, or
// that supplement something chosen, if there are such.
func (p *search) recommended(ids []solve.ID) []solve.ID {
	if len(ids) < 2 {
		return ids
	}
	asked := p.asked(func(f *facts) []depID { return f.recommends })
	keep := slices.DeleteFunc(slices.Clone(ids), func(id solve.ID) bool { return !asked[id] && !p.supplementing(id) })
	if len(keep) > 0 {
		return keep
	}
	return ids
}

// asked collects what one kind of weak dependency of the chosen names.
func (p *search) asked(list func(*facts) []depID) map[solve.ID]bool {
	out := make(map[solve.ID]bool)
	for _, id := range p.order {
		for _, d := range list(&p.facts[id]) {
			dep := &p.deps[d]
			if dep.Rich == nil || !severalPackages(dep.Rich) {
				for _, other := range dep.providers {
					out[other] = true
				}
				continue
			}
			f, _ := p.normal(dep.Dep, false)
			if slices.ContainsFunc(f, p.never) {
				continue
			}
			for _, t := range f {
				p.mark(t, out)
			}
		}
	}
	return out
}

// mark notes the candidates of a term whose conditions are chosen.
func (p *search) mark(t term, out map[solve.ID]bool) {
	if slices.ContainsFunc(t, func(l solve.ID) bool { return l < 0 && !p.last.Chosen(^l) }) {
		return
	}
	for _, l := range t {
		if l >= 0 {
			out[l] = true
		}
	}
}

func (p *search) supplementing(id solve.ID) bool { return p.anyHolds(p.facts[id].supplements) }
func (p *search) enhancing(id solve.ID) bool     { return p.anyHolds(p.facts[id].enhances) }

func (p *search) anyHolds(list []depID) bool {
	for _, d := range list {
		dep := &p.deps[d]
		if slices.ContainsFunc(dep.providers, p.last.Chosen) || dep.Rich != nil && p.holds(dep.Dep, p.last.Chosen) {
			return true
		}
	}
	return false
}

// prefer orders candidates that are equally good.
func (p *search) prefer(ids []solve.ID) []solve.ID {
	if len(ids) < 2 {
		return ids
	}
	ids = last(ids, p.outdated)
	p.sortByCommon(ids)
	suggested := p.asked(func(f *facts) []depID { return f.suggests })
	return last(ids, func(id solve.ID) bool { return !suggested[id] && !p.enhancing(id) })
}

// last moves some candidates to the end and keeps the order otherwise.
func last(ids []solve.ID, bad func(solve.ID) bool) []solve.ID {
	var front, back []solve.ID
	for _, id := range ids {
		if bad(id) {
			back = append(back, id)
		} else {
			front = append(front, id)
		}
	}
	return append(front, back...)
}

// outdated reports whether a better version of a candidate exists, be it that
// it cannot be had here.
func (x *Index) outdated(id solve.ID) bool {
	p := x.pkgs[id]
	return slices.ContainsFunc(x.byName[p.Name], func(other solve.ID) bool {
		q := x.pkgs[other]
		if other == id || q.Arch != p.Arch {
			return false
		}
		return cmp.Or(cmp.Compare(p.priority(), q.priority()), q.EVR.Compare(p.EVR)) > 0
	})
}

// offer is a version that a candidate provides of something.
type offer struct {
	at   int // index of the candidate
	dep  *rpm.Dep
	less bool
}

// sortByCommon orders candidates by the versions they provide of the same
// things: each that is surpassed in one by another candidate goes behind it.
func (x *Index) sortByCommon(ids []solve.ID) {
	var offers []offer
	for i, id := range ids {
		p := x.pkgs[id]
		for k := range p.Provides {
			d := &p.Provides[k]
			if d.Op == pkgset.EQ && !isHash(d.EVR) || d.Op == pkgset.LE || d.Op == pkgset.LT {
				offers = append(offers, offer{i, d, d.Op == pkgset.LT})
			}
		}
	}
	compare := func(a, b offer) int {
		less := 0
		if a.less != b.less {
			less = -1
			if a.less {
				less = 1
			}
		}
		return cmp.Or(strings.Compare(a.dep.Name, b.dep.Name), b.dep.EVR.Compare(a.dep.EVR), less)
	}
	slices.SortStableFunc(offers, compare)
	behind := make(map[solve.ID]int, len(ids))
	surpassed := 0
	for i := range offers {
		switch {
		case i == 0 || offers[i].dep.Name != offers[i-1].dep.Name:
			surpassed = 0
		case offers[i].at != offers[i-1].at && compare(offers[i-1], offers[i]) < 0:
			surpassed++
		}
		behind[ids[offers[i].at]] += surpassed
	}
	slices.SortStableFunc(ids, func(a, b solve.ID) int { return cmp.Compare(behind[a], behind[b]) })
}

// isHash reports whether a version looks like a digest, which says nothing
// about what is newer.
func isHash(e rpm.EVR) bool {
	s := evrText(e)
	return len(s) >= 4 && strings.Trim(s, "0123456789abcdef") == ""
}
