package debian

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/pkgset"
)

// baseRequest is the common ground of both sides: the Essential packages and
// those of priority required, in an empty root.
func baseRequest(recommends bool, names ...string) Request {
	r := Request{Arch: "amd64", Essential: true, Priorities: []string{"required"}, Recommends: recommends}
	for _, n := range names {
		r.Wants = append(r.Wants, Want{Name: n})
	}
	return r
}

// TestJudgeAptSinglePackages draws 200 packages of trixie main by a fixed seed
// and resolves each with and without Recommends on top of the base. Our closure
// must install from a repository that holds it alone, and be apt's own choice in
// at least 95 of 100 cases.
func TestJudgeAptSinglePackages(t *testing.T) {
	judge.Slow(t)
	set, raw := loadTrixie(t)
	x := NewIndex(set, "amd64")
	whole := newApt(t, t.TempDir(), raw)
	base := baseNames(t, x)
	tmp := t.TempDir()
	names := set.Names()
	rng := rand.New(rand.NewPCG(2, 200))
	rng.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	var (
		mu          sync.Mutex
		equal, both int
		differences []string
		wg          sync.WaitGroup
		gate        = make(chan struct{}, 2)
	)
	for _, name := range names[:200] {
		for _, recommends := range []bool{false, true} {
			wg.Add(1)
			go func() {
				defer wg.Done()
				gate <- struct{}{}
				defer func() { <-gate }()
				dir := filepath.Join(tmp, fmt.Sprint(name, recommends))
				diff := compareWithApt(t, x, whole, base, name, recommends, dir)
				mu.Lock()
				defer mu.Unlock()
				both++
				if diff == "" {
					equal++
				} else {
					differences = append(differences, fmt.Sprintf("%s (recommends %v): %s", name, recommends, diff))
				}
			}()
		}
	}
	wg.Wait()
	slices.Sort(differences)
	for _, d := range differences {
		t.Log(d)
	}
	t.Logf("apt-single-packages: %d rows, %d agree, %d differ", both, equal, both-equal)
	if equal*100 < both*95 {
		t.Errorf("only %d of %d closures are apt's choice", equal, both)
	}
}

// baseNames lists the base as apt is asked for it.
func baseNames(t *testing.T, x *Index) []string {
	t.Helper()
	u := &universe{Index: x}
	req := baseRequest(false)
	var names []string
	for _, p := range u.base(&req) {
		names = append(names, p.Name)
	}
	if len(names) < 20 {
		t.Fatalf("the base has %d packages only", len(names))
	}
	return names
}

// compareWithApt returns "" when our choice is apt's, else the difference and
// its reason.
func compareWithApt(t *testing.T, x *Index, whole *apt, base []string, name string, recommends bool, dir string) string {
	asked := append(slices.Clone(base), name)
	theirs, out, aptErr := whole.choose(t, recommends, asked...)
	sol, err := x.Solve(t.Context(), baseRequest(recommends, name))
	switch {
	case err != nil && aptErr != nil:
		return ""
	case err != nil:
		t.Errorf("%s: apt installs it, we do not: %v", name, err)
		return "we: " + err.Error()
	}
	var index bytes.Buffer
	ours := make(map[string]bool)
	for _, c := range sol.Packages {
		paragraph(&index, c.Package)
		ours[c.Name+"="+c.Version] = true
	}
	alone := newApt(t, dir, index.Bytes())
	// The whole closure is named, so that nothing of it can be left out.
	got, aloneOut, err := alone.install(recommends, all(sol)...)
	if err != nil || len(got) != len(ours) {
		t.Errorf("%s (recommends %v): our closure of %d does not install: %v\n%s", name, recommends, len(ours), err, aloneOut)
	}
	if aptErr != nil {
		return "apt gives up: " + lastLines(out)
	}
	return difference(x, sol, ours, theirs)
}

func all(sol *Solution) []string {
	var names []string
	for _, c := range sol.Packages {
		names = append(names, c.Name+"="+c.Version)
	}
	return names
}

// difference lists what one side has and the other has not, with our reasons.
func difference(x *Index, sol *Solution, ours, theirs map[string]bool) string {
	var parts []string
	for _, c := range sol.Packages {
		if !theirs[c.Name+"="+c.Version] {
			parts = append(parts, fmt.Sprintf("only ours: %s (%s)", label(c.Package), c.Why))
		}
	}
	var extra []string
	for id := range theirs {
		if !ours[id] {
			extra = append(extra, id)
		}
	}
	slices.Sort(extra)
	for _, id := range extra {
		name, _, _ := strings.Cut(id, "=")
		parts = append(parts, fmt.Sprintf("only apt's: %s (%s)", id, wantedBy(sol, name, x.set)))
	}
	return strings.Join(parts, "; ")
}

// wantedBy names what in our solution could have asked for a package.
func wantedBy(sol *Solution, name string, set *pkgset.Set) string {
	target := set.Named(name)
	var by []string
	for _, c := range sol.Packages {
		for _, clause := range slices.Concat(c.PreDepends, c.Depends, c.Recommends) {
			for _, d := range clause {
				if d.Name == name || slices.ContainsFunc(target, func(p *pkgset.Package) bool {
					return slices.ContainsFunc(p.Provides, func(v pkgset.Dep) bool { return v.Name == d.Name })
				}) {
					by = append(by, c.Name+": "+clause.String())
					break
				}
			}
		}
	}
	if by == nil {
		return "needed by apt's other choices"
	}
	return "could serve " + strings.Join(by[:min(3, len(by))], ", ")
}

func lastLines(out string) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return strings.Join(lines[max(0, len(lines)-6):], " / ")
}
