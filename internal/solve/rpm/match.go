package rpm

import (
	"slices"
	"strings"

	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/rpm"
	"cdbuilder/internal/solve"
)

// satisfying lists the candidates each of which satisfies a dependency on its
// own: for a plain one those that provide it or own the file, for "or", "with"
// and "without" the union, intersection and difference. A dependency that is
// about several packages at once has none.
func (x *Index) satisfying(d *rpm.Dep) []solve.ID {
	if d.Rich == nil {
		return x.providing(d)
	}
	if severalPackages(d.Rich) {
		return nil
	}
	var out []solve.ID
	for i := range d.Rich.Args {
		ids := x.satisfying(&d.Rich.Args[i])
		switch {
		case i == 0:
			out = slices.Clone(ids)
		case d.Rich.Op == rpm.Or:
			out = append(out, ids...)
			slices.Sort(out)
			out = slices.Compact(out)
		default:
			keep := d.Rich.Op == rpm.With
			out = slices.DeleteFunc(out, func(id solve.ID) bool {
				_, found := slices.BinarySearch(ids, id)
				return found != keep
			})
		}
	}
	return out
}

// severalPackages reports whether it takes more than one package to tell that
// a rich dependency holds.
func severalPackages(r *rpm.Rich) bool {
	switch {
	case r.Op == rpm.If || r.Op == rpm.Unless || r.Op == rpm.And && len(r.Args) > 1:
		return true
	case r.Op == rpm.With || r.Op == rpm.Without:
		return false // rpm.ParseDep refuses others inside
	}
	return slices.ContainsFunc(r.Args, func(d rpm.Dep) bool { return d.Rich != nil && severalPackages(d.Rich) })
}

func (x *Index) providing(d *rpm.Dep) []solve.ID {
	var ids []solve.ID
	for _, pr := range x.provides[d.Name] {
		if (len(ids) == 0 || ids[len(ids)-1] != pr.by) && d.Overlaps(*pr.dep) {
			ids = append(ids, pr.by)
		}
	}
	if !strings.HasPrefix(d.Name, "/") || d.Op != pkgset.Any {
		return ids
	}
	own := x.owners[d.Name]
	if ids == nil {
		return own
	}
	ids = append(ids, own...)
	slices.Sort(ids)
	return slices.Compact(ids)
}

// owning lists the candidates that have a file, whether or not something asks
// for it.
func (x *Index) owning(path string) []solve.ID {
	if ids, known := x.owners[path]; known {
		return ids
	}
	var ids []solve.ID
	for i, p := range x.pkgs {
		if slices.ContainsFunc(p.Files, func(f rpm.File) bool { return f.Path == path }) {
			ids = append(ids, solve.ID(i))
		}
	}
	return x.withFilelists(path, ids)
}

// obsoleted lists the candidates that an Obsoletes means: it goes by the names
// of packages, not by what they provide.
func (x *Index) obsoleted(d depID) []solve.ID {
	var ids []solve.ID
	for _, id := range x.byName[x.deps[d].Name] {
		if x.named(x.deps[d].Dep, x.pkgs[id]) {
			ids = append(ids, id)
		}
	}
	return ids
}

// named reports whether a relation means a package by its own name and version.
func (x *Index) named(d *rpm.Dep, p *Package) bool {
	return d.Overlaps(rpm.Dep{Name: p.Name, Op: pkgset.EQ, EVR: p.EVR})
}

// replaces reports whether a states that it obsoletes b.
func (x *Index) replaces(a, b solve.ID) bool {
	p, q := x.pkgs[a], x.pkgs[b]
	return p.Name != q.Name && slices.ContainsFunc(x.facts[a].obsoletes, func(d depID) bool { return x.named(x.deps[d].Dep, q) })
}

// positive visits the candidates that a dependency can ask to be there.
func (x *Index) positive(d *rpm.Dep, negated bool, visit func(solve.ID)) {
	if d.Rich == nil || !severalPackages(d.Rich) {
		if !negated {
			for _, id := range x.satisfying(d) {
				visit(id)
			}
		}
		return
	}
	conditional := d.Rich.Op == rpm.If || d.Rich.Op == rpm.Unless
	for i := range d.Rich.Args {
		x.positive(&d.Rich.Args[i], negated != (conditional && i == 1), visit)
	}
}

// holds reports whether a dependency is satisfied by what is chosen, as
// supplements and enhances ask.
func (x *Index) holds(d *rpm.Dep, chosen func(solve.ID) bool) bool {
	if d.Rich == nil || !severalPackages(d.Rich) {
		return slices.ContainsFunc(x.satisfying(d), chosen)
	}
	args := d.Rich.Args
	arg := func(i int) bool { return x.holds(&args[i], chosen) }
	switch d.Rich.Op {
	case rpm.If:
		if arg(1) {
			return arg(0)
		}
		return len(args) < 3 || arg(2)
	case rpm.Unless:
		if arg(1) {
			return len(args) > 2 && arg(2)
		}
		return arg(0)
	case rpm.Or:
		return slices.ContainsFunc(args, func(d rpm.Dep) bool { return x.holds(&d, chosen) })
	}
	return !slices.ContainsFunc(args, func(d rpm.Dep) bool { return !x.holds(&d, chosen) })
}
