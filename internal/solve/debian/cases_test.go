package debian

import (
	"bytes"
	"errors"
	"maps"
	"math/rand/v2"
	"testing"

	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/solve"
)

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
		if g.solvable(archs[0]) != (err == nil) {
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
