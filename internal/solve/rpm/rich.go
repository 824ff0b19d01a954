package rpm

import (
	"slices"

	"cdbuilder/internal/rpm"
	"cdbuilder/internal/solve"
)

// A rich dependency is brought into a normal form over candidates, from which
// rules are read off. term is one clause of it: literals that are joined by
// "or" (conjunctive form) or by "and" (disjunctive form). A literal is id for
// a candidate that is there, ^id for one that is not; a term is sorted.
type term []solve.ID

// form is a list of terms. Without any it always holds in conjunctive form and
// never in disjunctive; with an empty term it is the other way round.
type form []term

// maxLiterals bounds a normal form. Those of real packages have a few dozen;
// a form can grow without end only when somebody wants it to.
const maxLiterals = 50_000

// normal brings a dependency into conjunctive form, or with dnf into
// disjunctive form. It returns false when that is too large.
func (x *Index) normal(d *rpm.Dep, dnf bool) (form, bool) {
	if d.Rich == nil || !severalPackages(d.Rich) {
		return plain(x.satisfying(d), dnf), true
	}
	args := d.Rich.Args
	switch d.Rich.Op {
	case rpm.If:
		return x.condition(args, dnf, false)
	case rpm.Unless:
		return x.condition(args, dnf, true)
	}
	var out form
	for i := range args {
		f, ok := x.normal(&args[i], dnf)
		if !ok {
			return nil, false
		}
		if i == 0 {
			out = f
		} else if out, ok = join(out, f, (d.Rich.Op == rpm.And) == dnf); !ok {
			return nil, false
		}
	}
	return out, true
}

// condition is "a if b else c": (a or not b) and (b or c); "a unless b else c":
// (a and not b) or (b and c). Without an else the second half is dropped.
func (x *Index) condition(args []rpm.Dep, dnf, unless bool) (form, bool) {
	a, ok1 := x.normal(&args[0], dnf)
	notB, ok2 := x.negation(&args[1], dnf)
	if !ok1 || !ok2 {
		return nil, false
	}
	first, ok := join(a, notB, unless == dnf)
	if len(args) < 3 || !ok {
		return first, ok
	}
	b, ok1 := x.normal(&args[1], dnf)
	c, ok2 := x.normal(&args[2], dnf)
	if !ok1 || !ok2 {
		return nil, false
	}
	second, ok := join(b, c, unless == dnf)
	if !ok {
		return nil, false
	}
	return join(first, second, unless != dnf)
}

// negation is the normal form of a dependency that does not hold.
func (x *Index) negation(d *rpm.Dep, dnf bool) (form, bool) {
	f, ok := x.normal(d, !dnf)
	out := make(form, len(f))
	for i, t := range f {
		out[i] = make(term, len(t))
		for k, l := range t {
			out[i][k] = ^l
		}
		slices.Sort(out[i])
	}
	return out, ok
}

// plain is the form of "one of these is there".
func plain(ids []solve.ID, dnf bool) form {
	if !dnf {
		return form{term(ids)}
	}
	out := make(form, len(ids))
	for i, id := range ids {
		out[i] = term{id}
	}
	return out
}

// join combines two forms with their outer operator, which lists the terms of
// both, or with the inner one, which pairs them (the distributive law).
func join(a, b form, pairs bool) (form, bool) {
	literals := 0
	if !pairs {
		for _, t := range b {
			literals += 1 + len(t)
		}
		return append(slices.Clip(a), b...), len(a)+literals <= maxLiterals
	}
	var out form
	for _, s := range a {
		for _, t := range b {
			both := slices.Concat(s, t)
			slices.Sort(both)
			both = slices.Compact(both)
			if literals += 1 + len(both); literals > maxLiterals {
				return nil, false
			}
			if !slices.ContainsFunc(both, func(l solve.ID) bool { return contains(both, ^l) }) {
				out = append(out, both) // else it is "p or not p", or "p and not p"
			}
		}
	}
	return out, true
}

func contains(sorted []solve.ID, id solve.ID) bool {
	_, found := slices.BinarySearch(sorted, id)
	return found
}
