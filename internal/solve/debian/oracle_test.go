package debian

import (
	"slices"
	"strings"

	"cdbuilder/internal/pkgset"
)

// oracle decides generated cases by trying every set of packages. It shares no
// code with the resolver: what it knows of Policy chapter 7 and of Multi-Arch is
// written down here once more.
type oracle struct {
	*generated
	native  string
	exclude []uint32   // for each package the set it excludes
	needs   [][]uint32 // and, for each of its clauses, the set that meets it
	asked   []uint32
	seen    map[uint32]bool
}

// solvable reports whether some set of packages holds what is asked for.
func (g *generated) solvable(native string) bool {
	o := &oracle{generated: g, native: native, seen: make(map[uint32]bool)}
	for _, p := range g.pkgs {
		o.exclude = append(o.exclude, o.set(func(q *pkgset.Package) bool { return o.excludes(p, q) }))
		var needs []uint32
		for _, c := range slices.Concat(p.PreDepends, p.Depends) {
			needs = append(needs, o.set(func(q *pkgset.Package) bool {
				return slices.ContainsFunc(c, func(d pkgset.Dep) bool { return o.names(d, q) && o.fits(d, p, q) })
			}))
		}
		o.needs = append(o.needs, needs)
	}
	for _, name := range g.ask {
		bits := o.set(func(q *pkgset.Package) bool { return q.Name == name && o.arch(q) == native })
		if bits == 0 {
			bits = o.set(func(q *pkgset.Package) bool { return q.Name == name })
		}
		o.asked = append(o.asked, bits)
	}
	return o.try(0)
}

func (o *oracle) set(in func(*pkgset.Package) bool) (bits uint32) {
	for i, p := range o.pkgs {
		if in(p) {
			bits |= 1 << i
		}
	}
	return bits
}

// try closes a set: it adds what is needed, one alternative after the other.
func (o *oracle) try(set uint32) bool {
	if o.seen[set] {
		return false
	}
	o.seen[set] = true
	open, met := o.open(set)
	if met || open == 0 {
		return met
	}
	for j := range o.pkgs {
		if open>>j&1 == 1 && o.try(set|1<<j) {
			return true
		}
	}
	return false
}

// open finds a demand that a set does not meet; met says that there is none. A
// set that can never be part of an answer has an empty one.
func (o *oracle) open(set uint32) (demand uint32, met bool) {
	demands := slices.Clone(o.asked)
	for i := range o.pkgs {
		if set>>i&1 == 1 {
			if set&o.exclude[i] != 0 {
				return 0, false
			}
			demands = append(demands, o.needs[i]...)
		}
	}
	for _, demand := range demands {
		if set&demand == 0 {
			return demand, false
		}
	}
	return 0, true
}

func (o *oracle) excludes(p, q *pkgset.Package) bool {
	if p == q {
		return false
	}
	if p.Name == q.Name {
		return o.arch(p) == o.arch(q) || p.MultiArch != "same" || q.MultiArch != "same" || p.Version != q.Version
	}
	return slices.ContainsFunc(slices.Concat(p.Conflicts, p.Breaks), func(d pkgset.Dep) bool { return o.names(d, q) })
}

func (o *oracle) arch(p *pkgset.Package) string { return strings.Replace(p.Arch, "all", o.native, 1) }

// names reports whether a relation means a package by its name or by what it
// provides. Versions are single digits here.
func (o *oracle) names(d pkgset.Dep, p *pkgset.Package) bool {
	holds := func(v string) bool {
		switch d.Op {
		case pkgset.LT:
			return v < d.Version
		case pkgset.LE:
			return v <= d.Version
		case pkgset.EQ:
			return v == d.Version
		case pkgset.GE:
			return v >= d.Version
		case pkgset.GT:
			return v > d.Version
		}
		return true
	}
	if p.Name == d.Name {
		return holds(p.Version)
	}
	return slices.ContainsFunc(p.Provides, func(v pkgset.Dep) bool {
		return v.Name == d.Name && (d.Op == pkgset.Any || v.Version != "" && holds(v.Version))
	})
}

func (o *oracle) fits(d pkgset.Dep, owner, p *pkgset.Package) bool {
	switch d.Arch {
	case "":
		return o.arch(p) == o.arch(owner) || p.MultiArch == "foreign"
	case "any":
		return p.MultiArch == "allowed"
	case "native":
		return o.arch(p) == o.native
	}
	return o.arch(p) == d.Arch
}
