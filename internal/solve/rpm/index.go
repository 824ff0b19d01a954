package rpm

import (
	"cmp"
	"slices"
	"strings"

	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/rpm"
	"cdbuilder/internal/solve"
)

// Index is a set of packages seen from one architecture. Many requests can be
// answered from it, also at the same time; the set must not change meanwhile.
type Index struct {
	set   *Set
	archs []string // the native one first
	// pkgs are the candidates: all packages that can be installed.
	pkgs    []*Package
	ids     map[*Package]solve.ID
	classes []int

	byName   map[string][]solve.ID // ascending, like all lists of candidates
	others   map[string][]*Package // packages that are no candidates, by name
	provides map[string][]provide
	owners   map[string][]solve.ID // of the paths that something asks for

	deps   []dependency
	depIDs map[depKey]depID
	facts  []facts
	// enemies are, for each candidate, those who conflict with it or obsolete it.
	enemies [][]enemy
	// backwards are the candidates with supplements or enhances.
	backwards []solve.ID
}

// provide is something that a candidate gives.
type provide struct {
	by  solve.ID
	dep *rpm.Dep
}

// depID numbers the distinct dependencies of all candidates.
type depID int32

// depKey is what makes a dependency distinct. Of a rich one the name is the
// whole text.
type depKey struct {
	name string
	op   pkgset.Op
	evr  rpm.EVR
}

type dependency struct {
	*rpm.Dep
	// providers satisfy it; of a rich one they satisfy it on their own, and
	// there are none unless it is about single packages.
	providers []solve.ID
}

// facts are a candidate's relations, each by its number.
type facts struct {
	requires, conflicts, obsoletes              []depID
	recommends, suggests, supplements, enhances []depID
}

type enemy struct {
	id   solve.ID
	dep  depID
	kind relation // conflicts or obsoletes
}

// NewIndex makes the index. Packages for other architectures and sources are
// not usable; they are remembered for explanations only.
func NewIndex(set *Set, arch string) *Index {
	x := &Index{
		set: set, archs: compatible(arch), ids: make(map[*Package]solve.ID, len(set.All)),
		byName: make(map[string][]solve.ID, len(set.All)), others: make(map[string][]*Package),
		provides: make(map[string][]provide, 2*len(set.All)), depIDs: make(map[depKey]depID),
	}
	// dnf reads the repositories in this order, and numbers packages by it.
	inOrder := slices.Clone(set.All)
	slices.SortStableFunc(inOrder, func(a, b *Package) int {
		return cmp.Or(cmp.Compare(a.priority(), b.priority()), cmp.Compare(a.cost(), b.cost()))
	})
	for _, p := range inOrder {
		c := x.class(p.Arch)
		if c == unfit || p.source() {
			x.others[p.Name] = append(x.others[p.Name], p)
			continue
		}
		id := solve.ID(len(x.pkgs))
		x.ids[p] = id
		x.pkgs = append(x.pkgs, p)
		x.classes = append(x.classes, c)
		x.byName[p.Name] = append(x.byName[p.Name], id)
		x.provide(id, p)
	}
	x.facts = make([]facts, len(x.pkgs))
	for i, p := range x.pkgs {
		x.facts[i] = facts{
			requires: x.intern(p.Requires), conflicts: x.intern(p.Conflicts), obsoletes: x.intern(p.Obsoletes),
			recommends: x.intern(p.Recommends), suggests: x.intern(p.Suggests),
			supplements: x.intern(p.Supplements), enhances: x.intern(p.Enhances),
		}
		if len(p.Supplements)+len(p.Enhances) > 0 {
			x.backwards = append(x.backwards, solve.ID(i))
		}
	}
	x.findOwners()
	for i := range x.deps {
		x.deps[i].providers = x.satisfying(x.deps[i].Dep)
	}
	x.findEnemies()
	return x
}

// provide notes what a candidate gives: what it states, and its own name and
// version, which a header need not state.
func (x *Index) provide(id solve.ID, p *Package) {
	own := false
	for i := range p.Provides {
		d := &p.Provides[i]
		own = own || d.Name == p.Name && d.Op == pkgset.EQ && d.EVR.Compare(p.EVR) == 0
		x.provides[d.Name] = append(x.provides[d.Name], provide{id, d})
	}
	if !own {
		x.provides[p.Name] = append(x.provides[p.Name], provide{id, &rpm.Dep{Name: p.Name, Op: pkgset.EQ, EVR: p.EVR}})
	}
}

// intern numbers dependencies. What asks for a feature of rpm itself asks
// nothing of the repositories.
func (x *Index) intern(list []rpm.Dep) []depID {
	var out []depID
	for i := range list {
		d := &list[i]
		if strings.HasPrefix(d.Name, "rpmlib(") {
			continue
		}
		key := depKey{name: d.Name}
		if d.Rich == nil {
			key.op, key.evr = d.Op, d.EVR
		}
		id, ok := x.depIDs[key]
		if !ok {
			id = depID(len(x.deps))
			x.depIDs[key] = id
			x.deps = append(x.deps, dependency{Dep: d})
		}
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// findOwners looks up the paths that are asked for, in what the packages list
// themselves and in the filelists.
func (x *Index) findOwners() {
	x.owners = make(map[string][]solve.ID)
	for i := range x.deps {
		x.deps[i].All(func(d rpm.Dep) {
			if strings.HasPrefix(d.Name, "/") {
				x.owners[d.Name] = nil
			}
		})
	}
	for i, p := range x.pkgs {
		for _, f := range p.Files {
			if list, asked := x.owners[f.Path]; asked {
				x.owners[f.Path] = append(list, solve.ID(i))
			}
		}
	}
	for path, list := range x.owners {
		x.owners[path] = x.withFilelists(path, list)
	}
}

// withFilelists adds the owners of a path that the filelists know.
func (x *Index) withFilelists(path string, list []solve.ID) []solve.ID {
	if x.set.Owners == nil {
		return list
	}
	for _, p := range x.set.Owners(path) {
		if id, ok := x.ids[p]; ok {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// findEnemies turns conflicts and obsoletes round, so that what a chosen
// candidate excludes is known whoever states it. Rich conflicts are left to
// their owners.
func (x *Index) findEnemies() {
	x.enemies = make([][]enemy, len(x.pkgs))
	for i := range x.facts {
		id := solve.ID(i)
		for _, d := range x.facts[i].conflicts {
			for _, other := range x.deps[d].providers {
				if other != id {
					x.enemies[other] = append(x.enemies[other], enemy{id, d, conflicts})
				}
			}
		}
		for _, d := range x.facts[i].obsoletes {
			for _, other := range x.obsoleted(d) {
				if other != id {
					x.enemies[other] = append(x.enemies[other], enemy{id, d, obsoletes})
				}
			}
		}
	}
}
