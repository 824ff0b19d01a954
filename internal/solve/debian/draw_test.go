package debian

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"cdbuilder/internal/pkgset"
)

// generated is one small case: a few packages whose names share a prefix, so
// that all cases stand in one repository without touching each other.
type generated struct {
	prefix string
	pkgs   []*pkgset.Package
	ask    []string
}

func (g *generated) String() string {
	var b bytes.Buffer
	for _, p := range g.pkgs {
		paragraph(&b, p)
	}
	return "asked: " + strings.Join(g.ask, " ") + "\n" + b.String()
}

// draw makes the packages of one case.
type draw struct {
	*rand.Rand
	prefix          string
	archs           []string
	reals, virtuals int
}

// generate draws a case of conflicts, alternatives, virtual packages, versioned
// Provides and Breaks. With several architectures it also draws Multi-Arch
// fields and qualifiers. Versions are single digits, so that the oracle need not
// know how to compare others.
func generate(rng *rand.Rand, number int, archs []string) *generated {
	d := &draw{rng, fmt.Sprintf("c%03d-", number), archs, 4 + rng.IntN(6), 1 + rng.IntN(3)}
	// Pre-Depends are drawn on a package without relations of its own: a loop
	// through them is no question of what to choose but of dpkg's order.
	leaf := &pkgset.Package{Name: d.prefix + "z", Version: "2", Arch: archs[0], Priority: "optional", MultiArch: "foreign",
		Provides: []pkgset.Dep{{Name: d.prefix + "z0", Op: pkgset.EQ, Version: "1"}}}
	g := &generated{prefix: d.prefix, pkgs: []*pkgset.Package{leaf}}
	for i := range d.reals {
		for _, arch := range archs {
			for v := range 1 + rng.IntN(2)*rng.IntN(2) {
				p := &pkgset.Package{Name: d.real(i), Version: string(rune('1' + v + rng.IntN(2)*v)), Arch: arch, Priority: "optional"}
				if len(archs) > 1 && !d.multiArch(p) {
					continue
				}
				d.relations(p)
				g.pkgs = append(g.pkgs, p)
			}
		}
	}
	for range 1 + rng.IntN(2) {
		g.ask = append(g.ask, g.pkgs[rng.IntN(len(g.pkgs))].Name)
	}
	slices.Sort(g.ask)
	g.ask = slices.Compact(g.ask)
	return g
}

func (d *draw) real(i int) string { return d.prefix + string(rune('a'+i)) }
func (d *draw) virtual() string   { return d.prefix + "v" + string(rune('0'+d.IntN(d.virtuals))) }
func (d *draw) version() string   { return string(rune('1' + d.IntN(3))) }

// multiArch draws a package's Multi-Arch field and may make it a package for
// all architectures, or leave it out of a foreign one.
func (d *draw) multiArch(p *pkgset.Package) bool {
	p.MultiArch = []string{"", "same", "foreign", "allowed"}[d.IntN(4)]
	native := p.Arch == d.archs[0]
	if native && p.MultiArch != "same" && d.IntN(5) == 0 {
		p.Arch = "all"
	}
	return native || d.IntN(3) > 0
}

func (d *draw) relations(p *pkgset.Package) {
	p.Depends = d.clauses(2)
	if d.IntN(4) == 0 {
		dep := pkgset.Dep{Name: d.prefix + []string{"z", "z0"}[d.IntN(2)], Op: pkgset.Op(d.IntN(6))}
		if dep.Op != pkgset.Any {
			dep.Version = "2"
		}
		p.PreDepends = []pkgset.Clause{{dep}}
	}
	if d.IntN(3) == 0 {
		p.Conflicts = []pkgset.Dep{d.dep(false)}
	}
	if d.IntN(4) == 0 {
		p.Breaks = []pkgset.Dep{d.dep(false)}
	}
	if d.IntN(2) == 0 {
		provide := pkgset.Dep{Name: d.virtual()}
		if d.IntN(2) == 0 {
			provide.Op, provide.Version = pkgset.EQ, d.version()
		}
		p.Provides = []pkgset.Dep{provide}
	}
}

func (d *draw) clauses(most int) (list []pkgset.Clause) {
	for range d.IntN(most + 1) {
		var c pkgset.Clause
		for range 1 + d.IntN(3) {
			c = append(c, d.dep(true))
		}
		list = append(list, c)
	}
	return list
}

func (d *draw) dep(qualified bool) pkgset.Dep {
	dep := pkgset.Dep{Name: d.real(d.IntN(d.reals))}
	if d.IntN(3) == 0 {
		dep.Name = d.virtual()
	}
	if d.IntN(3) == 0 {
		dep.Op, dep.Version = pkgset.Op(1+d.IntN(5)), d.version()
	}
	if qualified && len(d.archs) > 1 && d.IntN(4) == 0 {
		dep.Arch = append([]string{"any", "any", "native"}, d.archs...)[d.IntN(3+len(d.archs))]
	}
	return dep
}
