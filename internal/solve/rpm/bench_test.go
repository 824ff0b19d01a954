package rpm

import (
	"slices"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/solve"
)

// largest is the repository of the corpus with most packages.
func largest(t testing.TB) *corpusRepo {
	t.Helper()
	return slices.MaxFunc(loadCorpus(t, 50), func(a, b *corpusRepo) int { return len(a.set.All) - len(b.set.All) })
}

func BenchmarkIndex(b *testing.B) {
	r := largest(b)
	for b.Loop() {
		NewIndex(r.set, archOf(r.set))
	}
	b.ReportMetric(float64(len(r.set.All)), "packages")
}

// BenchmarkSet resolves every hundredth name.
func BenchmarkSet(b *testing.B) {
	r := largest(b)
	req := Request{WeakDeps: true}
	for i, n := range namesOf(r.set) {
		if i%100 == 0 {
			req.Wants = append(req.Wants, Want{Name: n, Optional: true})
		}
	}
	benchmark(b, r, req)
}

// BenchmarkSingle resolves one name.
func BenchmarkSingle(b *testing.B) {
	r := largest(b)
	benchmark(b, r, Request{WeakDeps: true, Wants: []Want{{Name: namesOf(r.set)[0]}}})
}

// BenchmarkRefusal resolves a request that cannot be met, explanation included.
func BenchmarkRefusal(b *testing.B) {
	r := largest(b)
	benchmark(b, r, Request{WeakDeps: true, Wants: []Want{{Name: namesOf(r.set)[0]}, {Name: "no-such-package"}, {Name: "nor-this"}}})
}

// BenchmarkEverything takes a whole repository, whether or not it goes together.
func BenchmarkEverything(b *testing.B) {
	benchmark(b, largest(b), Request{Mode: Everything, Inclusive: true, WeakDeps: true})
}

func benchmark(b *testing.B, r *corpusRepo, req Request) {
	req.Arch = archOf(r.set)
	x := NewIndex(r.set, req.Arch)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if sol, err := x.Solve(b.Context(), req); err == nil {
			n = len(sol.Packages)
		}
	}
	b.ReportMetric(float64(n), "packages")
}

// TestCorpusEverythingAtOnce asks, in every repository of the corpus, for each
// package as an optional want: what goes together is sound, and what is left
// out has its reason.
func TestCorpusEverythingAtOnce(t *testing.T) {
	judge.Slow(t)
	rows, together, dropped := 0, 0, 0
	for _, r := range loadCorpus(t, 1) {
		x := NewIndex(r.set, archOf(r.set))
		req := Request{Arch: x.archs[0], WeakDeps: true}
		for _, n := range namesOf(r.set) {
			req.Wants = append(req.Wants, Want{Name: n, Optional: true})
		}
		sol, err := x.Solve(t.Context(), req)
		if err != nil {
			t.Errorf("%s: %v", r.name, err)
			continue
		}
		rows++
		together += len(sol.Packages)
		dropped += len(sol.Dropped)
		checkSound(t, r.name, x, &req, sol)
		for _, d := range sol.Dropped {
			if d.Because == "" {
				t.Errorf("%s: %s is dropped without a reason", r.name, d)
			}
		}
	}
	t.Logf("everything-at-once: %d rows, %d packages go together, %d wishes dropped", rows, together, dropped)
}

// checkSound proves a solution with its own rules: each strong one met.
func checkSound(t *testing.T, where string, x *Index, req *Request, sol *Solution) {
	t.Helper()
	u := &universe{Index: x}
	u.multi = x.installOnly(req.InstallOnly)
	d := u.demands(req)
	u.explore(d.asked())
	u.explain = true
	here := make(map[solve.ID]bool)
	for _, c := range sol.Packages {
		here[x.ids[c.Package]] = true
	}
	isHere := func(id solve.ID) bool { return here[id] }
	for id := range here {
		for _, r := range u.Rules(id) {
			if !slices.ContainsFunc(r.Any, isHere) && !slices.ContainsFunc(r.If, func(c solve.ID) bool { return !here[c] }) {
				t.Errorf("%s: not met: %s", where, r.Why.Sentence())
			}
		}
	}
}
