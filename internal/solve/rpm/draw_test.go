package rpm

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/repo/rpmmd"
	"cdbuilder/internal/rpm"
)

// generated is one small case: a few packages whose names share a prefix, so
// that all cases stand in the same repositories without touching each other.
type generated struct {
	prefix string
	pkgs   []*Package
	ask    []string
}

func (g *generated) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "asked: %s\n", strings.Join(g.ask, " "))
	for _, p := range g.pkgs {
		fmt.Fprintf(&b, "%s\n", p.from())
		for _, f := range []struct {
			name string
			list []rpm.Dep
		}{{"provides", p.Provides}, {"requires", p.Requires}, {"conflicts", p.Conflicts}, {"obsoletes", p.Obsoletes},
			{"recommends", p.Recommends}, {"suggests", p.Suggests}, {"supplements", p.Supplements}, {"enhances", p.Enhances}} {
			for _, d := range f.list {
				fmt.Fprintf(&b, "  %s %s\n", f.name, d)
			}
		}
		for _, f := range p.Files {
			fmt.Fprintf(&b, "  file %s\n", f.Path)
		}
	}
	return b.String()
}

// features says what a draw may use.
type features struct {
	archs, weak, rich bool
	repos             []*Repo
}

// draw makes the packages of one case.
type draw struct {
	*rand.Rand
	features
	prefix          string
	reals, virtuals int
}

// generate draws a case: versions, virtual names, files, conflicts, obsoletes,
// and what the features allow.
func generate(rng *rand.Rand, number int, f features) *generated {
	d := &draw{rng, f, fmt.Sprintf("c%03d-", number), 3 + rng.IntN(5), 1 + rng.IntN(3)}
	g := &generated{prefix: d.prefix}
	for i := range d.reals {
		for v := range 1 + rng.IntN(2)*rng.IntN(3) {
			for _, arch := range d.archesOf() {
				p := &Package{Package: &rpm.Package{Name: d.real(i), EVR: rpm.EVR{Version: fmt.Sprint(1 + v), Release: "1"}, Arch: arch}}
				p.Repo = f.repos[rng.IntN(len(f.repos))]
				d.relations(p)
				g.pkgs = append(g.pkgs, p)
			}
		}
	}
	if len(g.pkgs) > 14 { // as many as can be tried in every combination
		rng.Shuffle(len(g.pkgs), func(i, j int) { g.pkgs[i], g.pkgs[j] = g.pkgs[j], g.pkgs[i] })
		g.pkgs = g.pkgs[:14]
	}
	for range 1 + rng.IntN(2) {
		g.ask = append(g.ask, g.pkgs[rng.IntN(len(g.pkgs))].Name)
	}
	slices.Sort(g.ask)
	g.ask = slices.Compact(g.ask)
	return g
}

func (d *draw) archesOf() []string {
	if !d.archs {
		return []string{"noarch"}
	}
	return [][]string{{"x86_64"}, {"x86_64"}, {"noarch"}, {"x86_64", "i686"}, {"i686"}, {"i686", "x86_64"}}[d.IntN(6)]
}

func (d *draw) real(i int) string { return d.prefix + string(rune('a'+i)) }

func (d *draw) relations(p *Package) {
	p.Provides = []rpm.Dep{{Name: p.Name, Op: pkgset.EQ, EVR: p.EVR}}
	if d.IntN(2) == 0 {
		v := rpm.Dep{Name: fmt.Sprintf("%sv%d", d.prefix, d.IntN(d.virtuals))}
		if d.IntN(2) == 0 {
			v.Op, v.EVR = pkgset.EQ, rpm.EVR{Version: fmt.Sprint(1 + d.IntN(3))}
		}
		p.Provides = append(p.Provides, v)
	}
	if d.IntN(4) == 0 {
		p.Files = append(p.Files, rpm.File{Path: d.path()})
	}
	p.Requires = d.deps(2, 1, d.rich)
	p.Conflicts = d.deps(1, 3, d.rich)
	p.Obsoletes = d.deps(1, 4, false)
	if d.weak {
		p.Recommends = d.deps(2, 2, d.rich)
		p.Suggests = d.deps(1, 3, false)
		p.Supplements = d.deps(1, 4, d.rich)
		p.Enhances = d.deps(1, 4, false)
	}
}

// path is a file that primary lists, or one that only filelists have.
func (d *draw) path() string {
	return []string{"/usr/bin/", "/opt/"}[d.IntN(2)] + d.prefix + string(rune('x'+d.IntN(2)))
}

// deps draws up to most dependencies, in one of rare packages.
func (d *draw) deps(most, rare int, rich bool) (list []rpm.Dep) {
	if d.IntN(rare) > 0 {
		return nil
	}
	for range d.IntN(most + 1) {
		text := d.dep()
		if rich && d.IntN(4) == 0 {
			text = d.boolean(2)
		}
		dep, err := rpm.ParseDep(text)
		if err != nil {
			panic(err)
		}
		list = append(list, dep)
	}
	return list
}

func (d *draw) dep() string {
	switch d.IntN(8) {
	case 0:
		return d.path()
	case 1, 2:
		return d.versioned(fmt.Sprintf("%sv%d", d.prefix, d.IntN(d.virtuals)))
	}
	return d.versioned(d.real(d.IntN(d.reals)))
}

func (d *draw) versioned(name string) string {
	if d.IntN(3) > 0 {
		return name
	}
	return fmt.Sprintf("%s %s %d", name, []string{"<", "<=", "=", ">=", ">"}[d.IntN(5)], 1+d.IntN(3))
}

func (d *draw) boolean(depth int) string {
	arg := func() string {
		if depth > 0 && d.IntN(4) == 0 {
			return d.boolean(depth - 1)
		}
		return d.dep()
	}
	switch d.IntN(8) {
	case 0, 1:
		return "(" + arg() + " or " + arg() + ")"
	case 2:
		return "(" + arg() + " and " + arg() + ")"
	case 3:
		return "(" + arg() + " if " + arg() + ")"
	case 4:
		return "(" + arg() + " if " + arg() + " else " + arg() + ")"
	case 5:
		return "(" + d.dep() + " with " + d.dep() + ")"
	case 6:
		return "(" + d.dep() + " without " + d.dep() + ")"
	}
	return "(" + arg() + " unless " + arg() + ")"
}

// publish writes the packages as repositories that dnf reads, one a Repo, and
// gives the set as it is read from them.
func publish(t testing.TB, repos []*Repo, pkgs []*Package) (*Set, []dnfRepo) {
	t.Helper()
	set := new(Set)
	var out []dnfRepo
	owners := make(map[string][]*Package)
	set.Owners = func(path string) []*Package { return owners[path] }
	for _, repo := range repos {
		dir := t.TempDir()
		mkdir(t, filepath.Join(dir, "repodata"))
		var mine []*rpm.Package
		for _, p := range pkgs {
			if p.Repo != repo {
				continue
			}
			n := len(mine)
			p.Location, p.Size = fmt.Sprintf("%06d.rpm", n), 1000
			p.ChecksumType, p.Checksum = "sha256", fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, repo.ID, n)))
			mine = append(mine, p.Package)
			q := *p.Package
			q.Files = nil
			listed := &Package{&q, repo}
			for _, f := range p.Files {
				if rpmmd.InPrimary(f.Path) {
					q.Files = append(q.Files, f)
				} else {
					owners[f.Path] = append(owners[f.Path], listed)
				}
			}
			set.All = append(set.All, listed)
		}
		err := rpmmd.Write(rpmmd.Repodata{Time: time.Unix(1_600_000_000, 0)}, mine, func(path string, data []byte) error {
			return os.WriteFile(filepath.Join(dir, filepath.FromSlash(path)), data, 0o666)
		})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, dnfRepo{repo.ID, dir, repo.Priority, repo.Cost})
	}
	return set, out
}
