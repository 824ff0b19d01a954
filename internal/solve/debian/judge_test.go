package debian

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"cdbuilder/internal/deb"
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
				diff := compareWithApt(t, x, whole, base, []string{name}, recommends, dir)
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

// TestJudgeAptServer does the same with a server's worth of packages at once: no
// difference is allowed.
func TestJudgeAptServer(t *testing.T) {
	judge.Slow(t)
	set, raw := loadTrixie(t)
	x := NewIndex(set, "amd64")
	whole := newApt(t, t.TempDir(), raw)
	for _, recommends := range []bool{false, true} {
		if diff := compareWithApt(t, x, whole, baseNames(t, x), server, recommends, t.TempDir()); diff != "" {
			t.Errorf("recommends %v: %s", recommends, diff)
		}
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
func compareWithApt(t *testing.T, x *Index, whole *apt, base, names []string, recommends bool, dir string) string {
	t.Helper()
	asked := append(slices.Clone(base), names...)
	theirs, out, aptErr := whole.choose(t, recommends, asked...)
	sol, err := x.Solve(t.Context(), baseRequest(recommends, names...))
	switch {
	case err != nil && aptErr != nil:
		return ""
	case err != nil:
		t.Errorf("%s: apt installs it, we do not: %v", names, err)
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
	got, aloneOut, err := alone.install(t, recommends, all(sol)...)
	if err != nil || len(got) != len(ours) {
		t.Errorf("%s (recommends %v): our closure of %d does not install: %v\n%s", names, recommends, len(ours), err, aloneOut)
	}
	if aptErr != nil {
		return "apt gives up: " + lastLines(out)
	}
	return difference(sol, ours, theirs)
}

func all(sol *Solution) []string {
	var names []string
	for _, c := range sol.Packages {
		names = append(names, c.Name+"="+c.Version)
	}
	return names
}

// difference tells where the two choices part: what we took and apt did not,
// what we dropped that apt took, and what of apt's could have served a clause of
// ours. The rest, which follows from these, is counted.
func difference(sol *Solution, ours, theirs map[string]bool) string {
	if maps.Equal(ours, theirs) {
		return ""
	}
	extra := make(map[string]bool)
	for id := range theirs {
		if !ours[id] {
			name, _, _ := strings.Cut(id, "=")
			extra[name] = true
		}
	}
	var parts []string
	for _, c := range sol.Packages {
		if !theirs[c.Name+"="+c.Version] {
			parts = append(parts, fmt.Sprintf("only ours: %s (%s)", label(c.Package), c.Why))
		}
	}
	isExtra := func(c pkgset.Clause) bool {
		return slices.ContainsFunc(c, func(d pkgset.Dep) bool { return extra[d.Name] })
	}
	for _, d := range sol.Dropped {
		if clause, err := deb.ParseClauses(d.Want); err == nil && len(clause) == 1 && isExtra(clause[0]) {
			parts = append(parts, "dropped here: "+d.String())
		}
	}
	for _, c := range sol.Packages {
		for _, clause := range slices.Concat(c.PreDepends, c.Depends) {
			if isExtra(clause) {
				parts = append(parts, fmt.Sprintf("met otherwise here: %s needs %s", c.Name, clause))
			}
		}
	}
	return strings.Join(parts, "; ") + fmt.Sprintf("; in all %d of %d only here, %d of %d only apt's", missing(ours, theirs), len(ours), missing(theirs, ours), len(theirs))
}

// missing counts what of a is not in b.
func missing(a, b map[string]bool) int {
	n := 0
	for id := range a {
		if !b[id] {
			n++
		}
	}
	return n
}

func lastLines(out string) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return strings.Join(lines[max(0, len(lines)-6):], " / ")
}
