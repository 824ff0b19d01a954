package rpm

import (
	"slices"

	"cdbuilder/internal/solve"
)

// universe is an index under one request.
type universe struct {
	*Index
	hard, soft []bool // what is excluded; nil when nothing is
	multi      []bool // installonly packages
	weak       bool   // recommends and supplements are followed
	// free are the names that are asked for also for a lesser architecture.
	free map[string]bool
	// reach are the candidates that can come up at all, dead those of them that
	// cannot be had whatever else is chosen. Rules leave the dead out, unless
	// they are to explain why nothing is left.
	reach, dead []bool
	explain     bool
	bestClass   map[string]int            // see lockstep
	extra       map[solve.ID][]solve.Rule // conditional wants
}

// Len implements solve.Universe.
func (u *universe) Len() int { return len(u.pkgs) }

// Rules implements solve.Universe.
func (u *universe) Rules(id solve.ID) []solve.Rule {
	f := &u.facts[id]
	rules := make([]solve.Rule, 0, len(f.requires)+len(f.conflicts)+len(f.obsoletes)+len(u.enemies[id]))
	for _, d := range f.requires {
		rules = u.demand(rules, requires, id, d)
	}
	if beside, must := u.lockstep(id); must {
		rules = append(rules, solve.Rule{If: []solve.ID{id}, Any: beside, Why: &inferior{u, u.pkgs[id]}})
	}
	for _, d := range f.conflicts {
		if u.deps[d].Rich != nil && severalPackages(u.deps[d].Rich) {
			rules = u.richConflict(rules, id, d)
			continue
		}
		for _, other := range u.providers(d) {
			if other != id {
				rules = append(rules, u.exclusion(conflicts, id, d, other))
			}
		}
	}
	for _, d := range f.obsoletes {
		for _, other := range u.obsoleted(d) {
			if other != id && !excluded(u.hard, other) {
				rules = append(rules, u.exclusion(obsoletes, id, d, other))
			}
		}
	}
	for _, e := range u.enemies[id] {
		if !excluded(u.hard, e.id) {
			rules = append(rules, u.exclusion(e.kind, e.id, e.dep, id))
		}
	}
	for _, other := range u.byName[u.pkgs[id].Name] {
		if other != id && !excluded(u.hard, other) && !u.coinstallable(id, other) {
			rules = append(rules, solve.Rule{If: []solve.ID{id, other}, Why: &siblings{u.pkgs[id], u.pkgs[other]}})
		}
	}
	rules = append(rules, u.extra[id]...)
	if u.weak {
		for _, d := range f.recommends {
			rules = u.demand(rules, recommends, id, d)
		}
	}
	return rules
}

func excluded(list []bool, id solve.ID) bool { return list != nil && list[id] }

// providers lists the candidates that satisfy a dependency on their own and
// are not excluded.
func (u *universe) providers(d depID) []solve.ID {
	return u.allowed(u.deps[d].providers)
}

func (u *universe) allowed(ids []solve.ID) []solve.ID {
	if u.hard == nil || !slices.ContainsFunc(ids, func(id solve.ID) bool { return u.hard[id] }) {
		return ids
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id solve.ID) bool { return u.hard[id] })
}

// demand adds the rules of a dependency that wants something to be there. What
// the owner gives itself needs no rule.
func (u *universe) demand(rules []solve.Rule, kind relation, id solve.ID, d depID) []solve.Rule {
	dep := u.deps[d].Dep
	why := &demanded{u: u, kind: kind, owner: u.pkgs[id], dep: dep}
	if dep.Rich == nil || !severalPackages(dep.Rich) {
		ids := u.providers(d)
		if kind == recommends {
			ids = u.wanted(ids)
		}
		if !contains(ids, id) {
			rules = append(rules, solve.Rule{If: []solve.ID{id}, Any: u.alive(ids), Weak: kind == recommends, Why: why})
		}
		return rules
	}
	f, ok := u.normal(dep, false)
	if !ok {
		why.intricate = true
		return append(rules, solve.Rule{If: []solve.ID{id}, Weak: kind == recommends, Why: why})
	}
	if slices.ContainsFunc(f, u.never) {
		return append(rules, solve.Rule{If: []solve.ID{id}, Weak: kind == recommends, Why: why})
	}
	for _, t := range f {
		r := u.clause(id, t)
		if kind == recommends {
			r.Any = u.wanted(r.Any)
		}
		if !contains(r.Any, id) && !slices.ContainsFunc(r.If, func(c solve.ID) bool { return excluded(u.hard, c) }) {
			r.Any, r.Weak, r.Why = u.alive(r.Any), kind == recommends, why
			rules = append(rules, r)
		}
	}
	return rules
}

// never reports whether nothing can make a term of a conjunctive form true.
func (u *universe) never(t term) bool {
	return !slices.ContainsFunc(t, func(l solve.ID) bool { return l < 0 || !excluded(u.hard, l) })
}

// alive leaves out the dead, unless all of them shall be explained.
func (u *universe) alive(ids []solve.ID) []solve.ID {
	if u.explain {
		return ids
	}
	return u.aliveOf(ids)
}

func (u *universe) aliveOf(ids []solve.ID) []solve.ID {
	if !slices.ContainsFunc(ids, func(id solve.ID) bool { return u.dead[id] }) {
		return ids
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id solve.ID) bool { return u.dead[id] })
}

// wanted leaves out what a weak dependency must not bring.
func (u *universe) wanted(ids []solve.ID) []solve.ID {
	if u.soft == nil {
		return ids
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id solve.ID) bool { return u.soft[id] })
}

// clause makes a rule of id and one term of a conjunctive form.
func (u *universe) clause(id solve.ID, t term) solve.Rule {
	r := solve.Rule{If: []solve.ID{id}}
	for _, l := range t {
		switch {
		case l >= 0:
			r.Any = append(r.Any, l)
		case ^l != id:
			r.If = append(r.If, ^l)
		}
	}
	r.Any = u.allowed(r.Any)
	return r
}

// richConflict adds the rules of a conflict with several packages at once: for
// each way in which it comes about, one that forbids it.
func (u *universe) richConflict(rules []solve.Rule, id solve.ID, d depID) []solve.Rule {
	why := &demanded{u: u, kind: conflicts, owner: u.pkgs[id], dep: u.deps[d].Dep}
	f, ok := u.normal(u.deps[d].Dep, true)
	if !ok {
		why.intricate = true
		return append(rules, solve.Rule{If: []solve.ID{id}, Why: why})
	}
	for _, t := range f {
		not := make(term, len(t))
		for i, l := range t {
			not[len(t)-1-i] = ^l
		}
		r := u.clause(id, not)
		itself := len(t) == 1 && t[0] == id // no package conflicts with itself
		if !itself && !contains(r.Any, id) && !slices.ContainsFunc(r.If, func(c solve.ID) bool { return excluded(u.hard, c) }) {
			r.Why = why
			rules = append(rules, r)
		}
	}
	return rules
}

func (u *universe) exclusion(kind relation, id solve.ID, d depID, other solve.ID) solve.Rule {
	return solve.Rule{If: []solve.ID{id, other}, Why: &excludes{kind, u.pkgs[id], u.deps[d].Dep, u.pkgs[other]}}
}

// coinstallable reports whether two packages of one name can be there together:
// when their files differ in colour, or both are installonly and not the same.
func (u *universe) coinstallable(a, b solve.ID) bool {
	p, q := u.pkgs[a], u.pkgs[b]
	if excluded(u.multi, a) && excluded(u.multi, b) && !sameNEVRA(p, q) {
		return true
	}
	return !sameColor(p, q)
}

// lockstep lists what must be there beside a package of a lesser architecture:
// the same version for the best one, if the name comes up for that at all
// (libsolv's infarch rules).
func (u *universe) lockstep(id solve.ID) (beside []solve.ID, must bool) {
	p := u.pkgs[id]
	if u.classes[id] <= 1 || u.free[p.Name] {
		return nil, false
	}
	best, known := u.bestClass[p.Name]
	if !known {
		for _, other := range u.byName[p.Name] {
			if c := u.classes[other]; u.reach[other] && c != noarch && (best == 0 || c < best) {
				best = c
			}
		}
		u.bestClass[p.Name] = best
	}
	if best == 0 || u.classes[id] == best {
		return nil, false
	}
	for _, other := range u.byName[p.Name] {
		if q := u.pkgs[other]; sameEVR(p, q) && q.Arch != p.Arch && !excluded(u.hard, other) &&
			(u.classes[other] == noarch || u.classes[other] == best) {
			beside = append(beside, other)
		}
	}
	return beside, true
}

// relation is a kind of dependency.
type relation uint8

const (
	requires relation = iota
	recommends
	supplements
	conflicts
	obsoletes
)

// String is the relation as a lock writes it.
func (r relation) String() string {
	return [...]string{"requires", "recommends", "supplements", "conflicts", "obsoletes"}[r]
}

func (r relation) verb() string {
	if r == conflicts {
		return "conflicts with"
	}
	return r.String()
}
