package debian

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"cdbuilder/internal/deb"
	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/solve"
)

// Index is a set of packages seen from one choice of architectures. Many
// requests can be answered from it, also at the same time; the set must not
// change meanwhile.
type Index struct {
	set   *pkgset.Set
	archs []string // the native one first
	pkgs  []*pkgset.Package
	ids   map[*pkgset.Package]solve.ID

	once  sync.Once
	place []int32 // see mentions
}

// NewIndex makes the index. Packages of other architectures are not usable;
// they are remembered for explanations only.
func NewIndex(set *pkgset.Set, arch string, foreign ...string) *Index {
	x := &Index{set: set, archs: append([]string{arch}, foreign...)}
	x.pkgs = make([]*pkgset.Package, 0, len(set.All))
	x.ids = make(map[*pkgset.Package]solve.ID, len(set.All))
	for _, p := range set.All {
		if slices.Contains(x.archs, x.arch(p)) {
			x.ids[p] = solve.ID(len(x.pkgs))
			x.pkgs = append(x.pkgs, p)
		}
	}
	return x
}

// arch is the architecture that counts for a package: one for all of them
// counts as native.
func (x *Index) arch(p *pkgset.Package) string {
	if p.Arch == "all" {
		return x.archs[0]
	}
	return p.Arch
}

// better orders the versions of one package: the higher pin, then the newer
// version, then the repository that comes first.
func (x *Index) better(a, b *pkgset.Package) int {
	return cmp.Or(cmp.Compare(b.Pin, a.Pin), deb.Compare(b.Version, a.Version), cmp.Compare(x.ids[a], x.ids[b]))
}

// mentions gives each package its place in the order in which APT comes across
// package names when it reads the indexes: a name is met where a package bears
// it or in a relationship of an earlier one. APT numbers packages so, walks
// requests in that order, and prefers the latest of otherwise equal providers.
func (x *Index) mentions() []int32 {
	x.once.Do(func() {
		met := make(map[string]int32, 2*len(x.pkgs))
		meet := func(name, arch string) int32 {
			if arch != x.archs[0] {
				name += ":" + arch
			}
			n, ok := met[name]
			if !ok {
				n = int32(len(met))
				met[name] = n
			}
			return n
		}
		x.place = make([]int32, len(x.pkgs))
		for i, p := range x.pkgs {
			arch := x.arch(p)
			x.place[i] = meet(p.Name, arch)
			meetAll(p, func(d pkgset.Dep) {
				switch d.Arch {
				case "":
					meet(d.Name, arch)
				case "any":
				case "native":
					meet(d.Name, x.archs[0])
				default:
					meet(d.Name, d.Arch)
				}
			})
		}
	})
	return x.place
}

// meetAll goes through a package's relationships in APT's order of reading.
func meetAll(p *pkgset.Package, meet func(pkgset.Dep)) {
	clauses := func(list []pkgset.Clause) {
		for _, c := range list {
			for _, d := range c {
				meet(d)
			}
		}
	}
	deps := func(list []pkgset.Dep) {
		for _, d := range list {
			meet(d)
		}
	}
	clauses(p.PreDepends)
	clauses(p.Depends)
	deps(p.Conflicts)
	deps(p.Breaks)
	clauses(p.Recommends)
	clauses(p.Suggests)
	deps(p.Replaces)
	clauses(p.Enhances)
	deps(p.Provides)
}

// prefer orders the providers of a name as APT's CompareProviders does: the
// package of that very name, essential ones, the native architecture, the
// higher priority, and of equal ones the one APT met last.
func (x *Index) prefer(name string) func(a, b solve.ID) int {
	return func(i, j solve.ID) int {
		a, b := x.pkgs[i], x.pkgs[j]
		if a == b {
			return 0
		}
		c := cmp.Or(
			first(a.Name == name, b.Name == name),
			first(a.Essential, b.Essential),
			cmp.Compare(slices.Index(x.archs, x.arch(a)), slices.Index(x.archs, x.arch(b))),
			cmp.Compare(priority(a), priority(b)),
		)
		if c != 0 {
			return c
		}
		place := x.mentions()
		return cmp.Or(cmp.Compare(place[j], place[i]), x.better(a, b))
	}
}

// first puts what has a property before what has not.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

func priority(p *pkgset.Package) int {
	if p.Priority == "" {
		return -1 // APT: unset sorts before required
	}
	if i := slices.Index(priorities, strings.ToLower(p.Priority)); i >= 0 {
		return i
	}
	return len(priorities) - 1 // APT: an unknown one is extra
}
