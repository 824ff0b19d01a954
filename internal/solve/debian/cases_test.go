package debian

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/solve"
)

// generated is one small case: a few packages whose names share a prefix, so
// that all cases stand in one repository without touching each other.
type generated struct {
	prefix string
	pkgs   []*pkgset.Package
	ask    []string
}

// generate draws a case of conflicts, alternatives, virtual packages, versioned
// Provides and Breaks. With several architectures it also draws Multi-Arch
// fields and qualifiers. Versions are single digits, so that the oracle need not
// know how to compare others.
func generate(rng *rand.Rand, number int, archs []string) *generated {
	g := &generated{prefix: fmt.Sprintf("c%03d-", number)}
	reals, virtuals := 4+rng.IntN(6), 1+rng.IntN(3)
	real := func() string { return g.prefix + string(rune('a'+rng.IntN(reals))) }
	name := func() string {
		if rng.IntN(3) == 0 {
			return g.prefix + "v" + string(rune('0'+rng.IntN(virtuals)))
		}
		return real()
	}
	dep := func(qualified bool) pkgset.Dep {
		d := pkgset.Dep{Name: name()}
		if rng.IntN(3) == 0 {
			d.Op, d.Version = pkgset.Op(1+rng.IntN(5)), string(rune('1'+rng.IntN(3)))
		}
		if qualified && len(archs) > 1 && rng.IntN(4) == 0 {
			d.Arch = append([]string{"any", "any", "native"}, archs...)[rng.IntN(3+len(archs))]
		}
		return d
	}
	// Pre-Depends are drawn on a package without relations of its own: a loop
	// through them is no question of what to choose but of dpkg's order.
	leaf := &pkgset.Package{Name: g.prefix + "z", Version: "2", Arch: archs[0], Priority: "optional", MultiArch: "foreign",
		Provides: []pkgset.Dep{{Name: g.prefix + "z0", Op: pkgset.EQ, Version: "1"}}}
	g.pkgs = append(g.pkgs, leaf)
	clauses := func(most int) (list []pkgset.Clause) {
		for range rng.IntN(most + 1) {
			var c pkgset.Clause
			for range 1 + rng.IntN(3) {
				c = append(c, dep(true))
			}
			list = append(list, c)
		}
		return list
	}
	for i := range reals {
		for _, arch := range archs {
			for v := range 1 + rng.IntN(2)*rng.IntN(2) {
				p := &pkgset.Package{Name: g.prefix + string(rune('a'+i)), Version: string(rune('1' + v + rng.IntN(2)*v)), Arch: arch, Priority: "optional"}
				if len(archs) > 1 {
					p.MultiArch = []string{"", "same", "foreign", "allowed"}[rng.IntN(4)]
					if arch != archs[0] && rng.IntN(3) == 0 {
						continue
					}
					if rng.IntN(5) == 0 && arch == archs[0] && p.MultiArch != "same" {
						p.Arch = "all"
					}
				}
				p.Depends = clauses(2)
				if rng.IntN(4) == 0 {
					d := pkgset.Dep{Name: g.prefix + []string{"z", "z0"}[rng.IntN(2)], Op: pkgset.Op(rng.IntN(6)), Version: "2"}
					if d.Op == pkgset.Any {
						d.Version = ""
					}
					p.PreDepends = []pkgset.Clause{{d}}
				}
				if rng.IntN(3) == 0 {
					p.Conflicts = []pkgset.Dep{dep(false)}
				}
				if rng.IntN(4) == 0 {
					p.Breaks = []pkgset.Dep{dep(false)}
				}
				if rng.IntN(2) == 0 {
					provide := pkgset.Dep{Name: g.prefix + "v" + string(rune('0'+rng.IntN(virtuals)))}
					if rng.IntN(2) == 0 {
						provide.Op, provide.Version = pkgset.EQ, string(rune('1'+rng.IntN(3)))
					}
					p.Provides = []pkgset.Dep{provide}
				}
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

func (g *generated) String() string {
	var b bytes.Buffer
	for _, p := range g.pkgs {
		paragraph(&b, p)
	}
	return "asked: " + strings.Join(g.ask, " ") + "\n" + b.String()
}

// oracle knows by trying every set of packages whether the case is solvable. It
// shares no code with the resolver.
func (g *generated) oracle(native string) bool {
	arch := func(p *pkgset.Package) string { return strings.Replace(p.Arch, "all", native, 1) }
	version := func(d pkgset.Dep, v string) bool {
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
	names := func(d pkgset.Dep, p *pkgset.Package) bool {
		if p.Name == d.Name {
			return version(d, p.Version)
		}
		return slices.ContainsFunc(p.Provides, func(v pkgset.Dep) bool {
			return v.Name == d.Name && (d.Op == pkgset.Any || v.Version != "" && version(d, v.Version))
		})
	}
	fits := func(d pkgset.Dep, owner, p *pkgset.Package) bool {
		switch d.Arch {
		case "":
			return arch(p) == arch(owner) || p.MultiArch == "foreign"
		case "any":
			return p.MultiArch == "allowed"
		case "native":
			return arch(p) == native
		}
		return arch(p) == d.Arch
	}
	meets := func(d pkgset.Dep, owner, p *pkgset.Package) bool { return names(d, p) && fits(d, owner, p) }
	n := len(g.pkgs)
	sets := make([]uint32, n) // what each package excludes
	needs := make([][]uint32, n)
	for i, p := range g.pkgs {
		for _, c := range slices.Concat(p.PreDepends, p.Depends) {
			var any uint32
			for j, q := range g.pkgs {
				if slices.ContainsFunc(c, func(d pkgset.Dep) bool { return meets(d, p, q) }) {
					any |= 1 << j
				}
			}
			needs[i] = append(needs[i], any)
		}
		for j, q := range g.pkgs {
			if i == j {
				continue
			}
			if p.Name == q.Name {
				if arch(p) == arch(q) || p.MultiArch != "same" || q.MultiArch != "same" || p.Version != q.Version {
					sets[i] |= 1 << j
				}
				continue
			}
			if slices.ContainsFunc(slices.Concat(p.Conflicts, p.Breaks), func(d pkgset.Dep) bool { return names(d, q) }) {
				sets[i] |= 1 << j
			}
		}
	}
	var asked []uint32
	for _, name := range g.ask {
		var nativeOnes, any uint32
		for j, q := range g.pkgs {
			if q.Name == name {
				any |= 1 << j
				if arch(q) == native {
					nativeOnes |= 1 << j
				}
			}
		}
		if nativeOnes != 0 {
			any = nativeOnes
		}
		asked = append(asked, any)
	}
	// Closing a set is enough: start from each choice for what is asked and
	// add what is needed, trying every alternative.
	seen := make(map[uint32]bool)
	var try func(set uint32) bool
	try = func(set uint32) bool {
		if seen[set] {
			return false
		}
		seen[set] = true
		open := uint32(0)
		for _, any := range asked {
			if set&any == 0 {
				open = any
			}
		}
		for i := range n {
			if set>>i&1 == 0 {
				continue
			}
			if set&sets[i] != 0 {
				return false
			}
			for _, any := range needs[i] {
				if set&any == 0 {
					if any == 0 {
						return false
					}
					open = any
				}
			}
		}
		if open == 0 {
			return true
		}
		for j := range n {
			if open>>j&1 == 1 && try(set|1<<j) {
				return true
			}
		}
		return false
	}
	return try(0)
}

// TestJudgeAptGeneratedCases holds 300 generated cases to two judges.
//
// The oracle tries every set of packages: it and we must agree on solvable or
// not. apt's classic resolver is known to give up on some solvable cases, so its
// "no" alone proves nothing; there apt itself must install exactly the set that
// we found, named package by package. Where we say no, apt must not say yes.
func TestJudgeAptGeneratedCases(t *testing.T) {
	judgeGenerated(t, 300, 2, "amd64")
}

// TestJudgeAptMultiArch does the same with two architectures.
func TestJudgeAptMultiArch(t *testing.T) {
	judgeGenerated(t, 150, 3, "amd64", "i386")
}

func judgeGenerated(t *testing.T, count int, seed uint64, archs ...string) {
	rng := rand.New(rand.NewPCG(seed, 300))
	var (
		cases []*generated
		index bytes.Buffer
		set   pkgset.Set
	)
	for i := range count {
		g := generate(rng, i, archs)
		cases = append(cases, g)
		for _, p := range g.pkgs {
			paragraph(&index, p)
		}
		set.Add(g.pkgs...)
	}
	judgeApt := newApt(t, t.TempDir(), index.Bytes(), archs...)
	x := NewIndex(&set, archs[0], archs[1:]...)
	var tally struct{ yes, no, same, proved int }
	for _, g := range cases {
		req := Request{Arch: archs[0], Foreign: archs[1:]}
		for _, name := range g.ask {
			req.Wants = append(req.Wants, Want{Name: name})
		}
		sol, err := x.Solve(t.Context(), req)
		if _, ok := errors.AsType[*solve.Unsolvable](err); err != nil && !ok {
			t.Fatal(err)
		}
		if g.oracle(archs[0]) != (err == nil) {
			t.Errorf("%s trying everything says %v, we %v\n%s", g.prefix, err != nil, err, g)
			continue
		}
		theirs, out, aptErr := judgeApt.install(t, false, g.ask...)
		switch {
		case err != nil && aptErr == nil:
			t.Errorf("%s we say no, apt installs %v:\n%v\n%s", g.prefix, theirs, err, g)
		case err != nil:
			tally.no++
		case aptErr != nil:
			tally.proved++
			proveWithApt(t, judgeApt, g, sol, out)
		default:
			tally.yes++
			if maps.Equal(theirs, keys(sol)) {
				tally.same++
			}
		}
	}
	t.Logf("apt-generated-cases: %d rows, %d solvable for both (%d with the same set), %d for neither, %d given up by apt but installed by it when named",
		count, tally.yes, tally.same, tally.no, tally.proved)
}

// keys names a solution's packages as apt's output does.
func keys(sol *Solution) map[string]bool {
	out := make(map[string]bool)
	for _, c := range sol.Packages {
		out[aptName(c.Package)] = true
	}
	return out
}

// proveWithApt has apt install exactly our set from the whole repository.
func proveWithApt(t *testing.T, a *apt, g *generated, sol *Solution, before string) {
	t.Helper()
	var names []string
	for _, c := range sol.Packages {
		arch := c.Arch
		if arch == "all" {
			arch = "amd64"
		}
		names = append(names, c.Name+":"+arch+"="+c.Version)
	}
	theirs, out, err := a.install(t, false, names...)
	if err != nil || !maps.Equal(theirs, keys(sol)) {
		t.Errorf("%s our solution %v does not install: %v\n%s\nfor the request alone apt said:\n%s\n%s", g.prefix, names, err, out, before, g)
	}
}
