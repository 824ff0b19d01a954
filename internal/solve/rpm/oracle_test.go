package rpm

import (
	"errors"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/rpm"
	"cdbuilder/internal/solve"
)

// oracle decides generated cases by trying every set of packages. It shares no
// code with the resolver but the comparison of versions: what it knows of
// dependencies is written down here once more, as the manual has it: a rich
// dependency is true or false of a set of packages.
type oracle struct {
	*generated
	installOnly bool
}

// solvable reports whether some set of packages is sound and holds what is
// asked for, and gives the smallest there is.
func (o *oracle) solvable() (best uint, found bool) {
	for set := uint(1); set < 1<<len(o.pkgs); set++ {
		if found && bits.OnesCount(set) >= bits.OnesCount(best) {
			continue
		}
		if o.sound(set) {
			best, found = set, true
		}
	}
	return best, found
}

func (o *oracle) sound(set uint) bool {
	for _, name := range o.ask {
		if !o.answers(set, name) {
			return false
		}
	}
	for i, p := range o.pkgs {
		if set>>i&1 == 1 && !o.fits(set, i, p) {
			return false
		}
	}
	return true
}

// answers reports whether a name is met: by a package that bears it, or one
// that obsoletes such a package.
func (o *oracle) answers(set uint, name string) bool {
	for i, p := range o.pkgs {
		if set>>i&1 == 0 {
			continue
		}
		if p.Name == name || slices.ContainsFunc(o.pkgs, func(q *Package) bool { return q.Name == name && obsoletesIt(p, q) }) {
			return true
		}
	}
	return false
}

func obsoletesIt(p, q *Package) bool {
	return slices.ContainsFunc(p.Obsoletes, func(d rpm.Dep) bool {
		return d.Name == q.Name && d.Overlaps(rpm.Dep{Name: q.Name, Op: pkgset.EQ, EVR: q.EVR})
	})
}

func (o *oracle) fits(set uint, i int, p *Package) bool {
	for _, d := range p.Requires {
		if !o.holds(set, d) {
			return false
		}
	}
	// A package's conflicts don't mean itself.
	for _, d := range p.Conflicts {
		if d.Rich == nil || !severalPackages(d.Rich) {
			if o.one(set&^(1<<i), d) {
				return false
			}
		} else if o.holds(set, d) {
			return false
		}
	}
	for k, q := range o.pkgs {
		if k == i || set>>k&1 == 0 {
			continue
		}
		if obsoletesIt(p, q) || p.Name == q.Name && !o.together(p, q) {
			return false
		}
	}
	return true
}

func (o *oracle) together(p, q *Package) bool {
	if o.installOnly && (p.EVR != q.EVR || p.Arch != q.Arch) {
		return true
	}
	return p.Arch != q.Arch && p.Arch != "noarch" && q.Arch != "noarch"
}

// holds reports whether a dependency is true of a set.
func (o *oracle) holds(set uint, d rpm.Dep) bool {
	if d.Rich == nil || d.Rich.Op == rpm.With || d.Rich.Op == rpm.Without {
		return o.one(set, d)
	}
	arg := func(i int) bool { return o.holds(set, d.Rich.Args[i]) }
	switch d.Rich.Op {
	case rpm.And:
		return arg(0) && (len(d.Rich.Args) < 2 || arg(1))
	case rpm.Or:
		return arg(0) || arg(1)
	case rpm.If:
		if arg(1) {
			return arg(0)
		}
		return len(d.Rich.Args) < 3 || arg(2)
	}
	if arg(1) {
		return len(d.Rich.Args) > 2 && arg(2)
	}
	return arg(0)
}

// one reports whether a single package of the set satisfies a dependency.
func (o *oracle) one(set uint, d rpm.Dep) bool {
	for i, p := range o.pkgs {
		if set>>i&1 == 1 && o.gives(p, d) {
			return true
		}
	}
	return false
}

func (o *oracle) gives(p *Package, d rpm.Dep) bool {
	if d.Rich != nil {
		args := d.Rich.Args
		switch d.Rich.Op {
		case rpm.With:
			return o.gives(p, args[0]) && o.gives(p, args[1])
		case rpm.Without:
			return o.gives(p, args[0]) && !o.gives(p, args[1])
		case rpm.Or:
			return o.gives(p, args[0]) || o.gives(p, args[1])
		}
		return len(args) == 1 && o.gives(p, args[0])
	}
	if strings.HasPrefix(d.Name, "/") && slices.ContainsFunc(p.Files, func(f rpm.File) bool { return f.Path == d.Name }) {
		return true
	}
	return slices.ContainsFunc(p.Provides, d.Overlaps)
}

// TestAgainstTryingEverything holds some thousands of generated cases to the
// oracle: solvable or not; a sound set; and nothing in it without a reason.
func TestAgainstTryingEverything(t *testing.T) {
	solvable, unsolvable, smallest := 0, 0, 0
	for seed := range uint64(3000) {
		rng := rand.New(rand.NewPCG(seed, 9))
		g := generate(rng, 0, features{archs: false, weak: seed%3 == 0, rich: seed%2 == 0, repos: oneRepo()})
		if len(g.pkgs) > 12 {
			g.pkgs = g.pkgs[:12]
		}
		o := &oracle{generated: g, installOnly: seed%5 == 0}
		if o.selfish() {
			continue
		}
		best, can := o.solvable()
		req := Request{Arch: "x86_64", WeakDeps: true}
		if o.installOnly {
			for _, p := range g.pkgs {
				req.InstallOnly = append(req.InstallOnly, p.Name)
			}
		}
		for _, name := range g.ask {
			req.Wants = append(req.Wants, Want{Name: name})
		}
		sol, err := Solve(&Set{All: g.pkgs}, req)
		if can != (err == nil) {
			t.Fatalf("seed %d: trying everything says %v, we %v\n%s", seed, can, err, g)
		}
		if err != nil {
			unsolvable++
			checkRefusal(t, seed, g, err)
			continue
		}
		solvable++
		set := uint(0)
		for _, c := range sol.Packages {
			set |= 1 << slices.Index(g.pkgs, c.Package)
			if c.Why == "" {
				t.Fatalf("seed %d: %s is there without a reason\n%s", seed, c, g)
			}
		}
		if !o.sound(set) {
			t.Fatalf("seed %d: %v is not sound\n%s", seed, told(sol), g)
		}
		if bits.OnesCount(set) == bits.OnesCount(best) {
			smallest++
		}
	}
	t.Logf("%d cases solvable (%d with the fewest packages there can be), %d not", solvable, smallest, unsolvable)
	if solvable < 500 || unsolvable < 200 {
		t.Error("the draw is too one-sided to prove anything")
	}
}

// selfish reports whether a package has a rich conflict that it takes part in
// itself; what that means is left to dnf, to which another test holds us.
func (o *oracle) selfish() bool {
	return slices.ContainsFunc(o.pkgs, func(p *Package) bool {
		return slices.ContainsFunc(p.Conflicts, func(d rpm.Dep) bool {
			part := false
			d.All(func(one rpm.Dep) { part = part || o.gives(p, one) })
			return part && d.Rich != nil && severalPackages(d.Rich)
		})
	})
}

// checkRefusal holds that every explanation says what it is about, and that
// what it blames is part of the request.
func checkRefusal(t *testing.T, seed uint64, g *generated, err error) {
	t.Helper()
	u, ok := errors.AsType[*solve.Unsolvable](err)
	if !ok {
		t.Fatalf("seed %d: %v", seed, err)
	}
	for _, p := range u.Problems {
		text := p.String()
		if !strings.HasPrefix(text, "cannot install ") || !strings.Contains(text, ": ") && !strings.Contains(text, ":\n") {
			t.Fatalf("seed %d: %q explains nothing\n%s", seed, text, g)
		}
		if !slices.ContainsFunc(g.ask, func(name string) bool { return strings.Contains(text, name) }) {
			t.Fatalf("seed %d: %q is not about %v", seed, text, g.ask)
		}
	}
}
