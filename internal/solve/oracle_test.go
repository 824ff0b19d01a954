package solve

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// said is a reason that is just its text.
type said string

func (s said) Sentence() string { return string(s) }
func (s said) Lack() string     { return "" }

// world is a small universe that can be searched by trying everything.
type world struct {
	fixed
	roots []Rule
}

func ids(rng *rand.Rand, n, count int) []ID {
	out := make([]ID, count)
	for i := range out {
		out[i] = ID(rng.IntN(n))
	}
	return out
}

// randomWorld draws candidates with requirements, exclusions, rules with two
// conditions (in every second world), weak rules, and a few requests.
func randomWorld(rng *rand.Rand) *world {
	n := 2 + rng.IntN(9)
	rich := rng.IntN(2) == 0
	w := &world{fixed: fixed{rules: make([][]Rule, n)}}
	name := 0
	add := func(r Rule) {
		name++
		r.Why = said(fmt.Sprintf("r%d", name))
		w.rules[r.If[0]] = append(w.rules[r.If[0]], r)
	}
	for range 1 + rng.IntN(4*n) {
		self := ID(rng.IntN(n))
		switch rng.IntN(8) {
		case 0, 1, 2:
			add(Rule{If: []ID{self}, Any: ids(rng, n, 1+rng.IntN(3))})
		case 3, 4:
			add(Rule{If: []ID{self, ID(rng.IntN(n))}})
		case 5:
			if !rich {
				continue
			}
			add(Rule{If: []ID{self, ID(rng.IntN(n))}, Any: ids(rng, n, 1+rng.IntN(2))})
		case 6:
			add(Rule{If: []ID{self}, Any: ids(rng, n, 1+rng.IntN(3)), Weak: true})
		case 7:
			if rng.IntN(4) == 0 {
				add(Rule{If: []ID{self}})
			}
		}
	}
	for i := range 1 + rng.IntN(3) {
		w.roots = append(w.roots, Rule{Any: ids(rng, n, 1+rng.IntN(3)), Weak: rng.IntN(4) == 0, Order: i + 1, Why: said(fmt.Sprintf("root%d", i+1))})
	}
	return w
}

// strong lists the rules that must hold.
func (w *world) strong() []*Rule {
	var out []*Rule
	for i := range w.roots {
		if !w.roots[i].Weak {
			out = append(out, &w.roots[i])
		}
	}
	for _, list := range w.rules {
		for i := range list {
			if !list[i].Weak {
				out = append(out, &list[i])
			}
		}
	}
	return out
}

// holds reports whether a choice, a set of bits, meets a rule.
func holds(choice uint, r *Rule) bool {
	in := func(id ID) bool { return choice>>id&1 == 1 }
	return slices.ContainsFunc(r.If, func(id ID) bool { return !in(id) }) || slices.ContainsFunc(r.Any, in)
}

// extends reports whether some choice holds all of the rules and contains what
// is chosen already, by trying every one.
func extends(n int, rules []*Rule, chosen uint) bool {
	for choice := uint(0); choice < 1<<n; choice++ {
		if choice&chosen == chosen && !slices.ContainsFunc(rules, func(r *Rule) bool { return !holds(choice, r) }) {
			return true
		}
	}
	return false
}

// walk is the policy's promise, put into practice with an oracle: depth first,
// each rule takes the first alternative that can still be part of an answer.
func (w *world) walk() (order []ID) {
	strong, reached := w.strong(), uint(0)
	byID := make([][]*Rule, w.Len())
	add := func(r *Rule) {
		for _, id := range r.If {
			byID[id] = append(byID[id], r)
		}
	}
	expanded := make([]bool, w.Len())
	meet := func(r *Rule) (ID, bool) {
		if slices.ContainsFunc(r.If, func(id ID) bool { return reached>>id&1 == 0 }) {
			return 0, false
		}
		if slices.ContainsFunc(r.Any, func(id ID) bool { return reached>>id&1 == 1 }) {
			return 0, false
		}
		for _, id := range r.Any {
			if extends(w.Len(), strong, reached|1<<id) {
				reached |= 1 << id
				order = append(order, id)
				return id, true
			}
		}
		return 0, false
	}
	var visit func(id ID)
	visit = func(id ID) {
		if !expanded[id] {
			expanded[id] = true
			for i := range w.rules[id] {
				add(&w.rules[id][i])
			}
		}
		for i := 0; i < len(byID[id]); i++ {
			if next, ok := meet(byID[id][i]); ok {
				visit(next)
			}
		}
	}
	for _, weak := range []bool{false, true} {
		for i := range w.roots {
			if w.roots[i].Weak == weak {
				meet(&w.roots[i])
			}
		}
	}
	for _, id := range slices.Clone(order) {
		visit(id)
	}
	return order
}

func (w *world) String() string {
	var b strings.Builder
	for _, r := range append(w.strong(), w.weak()...) {
		fmt.Fprintf(&b, "%s: if %v any %v weak %v\n", r.Why.Sentence(), r.If, r.Any, r.Weak)
	}
	return b.String()
}

func (w *world) weak() []*Rule {
	var out []*Rule
	for _, list := range append([][]Rule{w.roots}, w.rules...) {
		for i := range list {
			if list[i].Weak {
				out = append(out, &list[i])
			}
		}
	}
	return out
}

func (w *world) solve(t *testing.T) (*Result, error) {
	return Solve(t.Context(), Task{Universe: w, Roots: w.roots})
}

// TestAgainstTryingEverything holds the solver to an oracle on some thousands
// of small worlds: solvable or not; every rule met; nothing without a reason;
// and of all answers the very one that the policy promises.
func TestAgainstTryingEverything(t *testing.T) {
	solvable, unsolvable, conflicts := 0, 0, 0
	for seed := range uint64(6000) {
		w := randomWorld(rand.New(rand.NewPCG(seed, 1)))
		res, err := w.solve(t)
		if can := extends(w.Len(), w.strong(), 0); can != (err == nil) {
			t.Fatalf("seed %d: trying everything says %v, the solver %v\n%s", seed, can, err, w)
		}
		if err != nil {
			unsolvable++
			checkProblems(t, seed, w, err)
			continue
		}
		solvable++
		conflicts += res.Stats.Conflicts
		checkResult(t, seed, w, res)
	}
	t.Logf("%d worlds solvable, %d not, %d conflicts on the way", solvable, unsolvable, conflicts)
	if solvable < 500 || unsolvable < 500 || conflicts < 500 {
		t.Error("the draw is too one-sided to prove anything")
	}
}

func checkResult(t *testing.T, seed uint64, w *world, res *Result) {
	t.Helper()
	var order []ID
	choice := uint(0)
	for _, c := range res.Chosen {
		for _, id := range c.Rule.If {
			if choice>>id&1 == 0 {
				t.Fatalf("seed %d: %d is chosen by %s, whose condition %d is not there yet\n%s", seed, c.ID, c.Rule.Why.Sentence(), id, w)
			}
		}
		if !slices.Contains(c.Rule.Any, c.ID) {
			t.Fatalf("seed %d: %s does not ask for %d", seed, c.Rule.Why.Sentence(), c.ID)
		}
		order = append(order, c.ID)
		choice |= 1 << c.ID
	}
	for _, r := range w.strong() {
		if !holds(choice, r) {
			t.Fatalf("seed %d: %s is not met by %v\n%s", seed, r.Why.Sentence(), order, w)
		}
	}
	// When a rule with several conditions comes up is not promised.
	rich := slices.ContainsFunc(w.strong(), func(r *Rule) bool { return len(r.If) > 1 && len(r.Any) > 0 })
	if diff := cmp.Diff(w.walk(), order); !rich && diff != "" {
		t.Fatalf("seed %d: not the promised answer (-promised +given):\n%s\n%s", seed, diff, w)
	}
	dropped := make(map[string]bool)
	for _, d := range res.Dropped {
		dropped[d.Rule.Why.Sentence()] = true
		for _, f := range d.Falls {
			if len(f.Rules) == 0 {
				t.Fatalf("seed %d: no reason why %d cannot be had for %s\n%s", seed, f.ID, d.Rule.Why.Sentence(), w)
			}
			if extends(w.Len(), f.Rules, choice|1<<f.ID) {
				t.Fatalf("seed %d: %s does not exclude %d\n%s", seed, d.Because(), f.ID, w)
			}
		}
	}
	for _, r := range w.weak() {
		if holds(choice, r) == dropped[r.Why.Sentence()] {
			t.Fatalf("seed %d: weak rule %s: met %v, dropped %v\n%s", seed, r.Why.Sentence(), holds(choice, r), dropped[r.Why.Sentence()], w)
		}
	}
}

// checkProblems proves each explanation: its rules contradict each other, none
// can be spared, and without what is blamed the rest of the request is solvable.
func checkProblems(t *testing.T, seed uint64, w *world, err error) {
	t.Helper()
	u, ok := errors.AsType[*Unsolvable](err)
	if !ok {
		t.Fatalf("seed %d: %v", seed, err)
	}
	blamed := make(map[*Rule]bool)
	for _, p := range u.Problems {
		blamed[p.Blamed] = true
		if extends(w.Len(), p.Rules, 0) {
			t.Fatalf("seed %d: the rules of the explanation do not contradict each other\n%s\n%s", seed, err, w)
		}
		for i := range p.Rules {
			if !extends(w.Len(), slices.Delete(slices.Clone(p.Rules), i, i+1), 0) {
				t.Fatalf("seed %d: the explanation can spare %s\n%s\n%s", seed, p.Rules[i].Why.Sentence(), err, w)
			}
		}
		for _, r := range p.Rules {
			if !strings.Contains(p.String(), r.Why.Sentence()) {
				t.Fatalf("seed %d: %s is left out of the text:\n%s", seed, r.Why.Sentence(), p.String())
			}
		}
	}
	rest := slices.DeleteFunc(w.strong(), func(r *Rule) bool { return blamed[r] })
	if !extends(w.Len(), rest, 0) {
		t.Fatalf("seed %d: not all faults are reported\n%s\n%s", seed, err, w)
	}
}

// TestLearnedClausesFollow checks that what is learned follows from the rules.
func TestLearnedClausesFollow(t *testing.T) {
	learned := 0
	for seed := range uint64(3000) {
		w := randomWorld(rand.New(rand.NewPCG(seed, 2)))
		var roots []*Rule
		for i := range w.roots {
			roots = append(roots, &w.roots[i])
		}
		slices.SortStableFunc(roots, func(a, b *Rule) int { return truth(a.Weak) - truth(b.Weak) })
		e := newEngine(w, roots, NewDepthFirst(), 1000)
		if _, err := e.search(t.Context()); err != nil {
			t.Fatal(err)
		}
		strong := w.strong()
		for _, c := range e.clauses {
			if c.rule != nil {
				continue
			}
			learned++
			for choice := uint(0); choice < 1<<w.Len(); choice++ {
				holdsAll := !slices.ContainsFunc(strong, func(r *Rule) bool { return !holds(choice, r) })
				if holdsAll && !slices.ContainsFunc(c.lits, func(l lit) bool { return (choice>>l.id()&1 == 1) == l.chosen() }) {
					t.Fatalf("seed %d: learned %v, but %b meets every rule\n%s", seed, c.lits, choice, w)
				}
			}
		}
	}
	if learned < 500 {
		t.Errorf("only %d clauses were learned", learned)
	}
}

// TestRestartsAndForgetting searches with a restart after nearly every conflict
// and room for two learned clauses, in worlds dense enough to need more.
func TestRestartsAndForgetting(t *testing.T) {
	restarts, forgotten := 0, 0
	for seed := range uint64(700) {
		w := denseWorld(rand.New(rand.NewPCG(seed, 4)))
		roots := make([]*Rule, len(w.roots))
		for i := range w.roots {
			roots[i] = &w.roots[i]
		}
		e := newEngine(w, roots, NewDepthFirst(), 100_000)
		e.keep, e.unit = 2, 1
		ok, err := e.search(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if can := extends(w.Len(), w.strong(), 0); can != ok {
			t.Fatalf("seed %d: trying everything says %v, the search %v\n%s", seed, can, ok, w)
		}
		restarts += e.stats.Restarts
		for _, c := range e.clauses {
			forgotten += truth(c.dead)
		}
		if ok {
			res, err := e.result(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			checkResult(t, seed, w, res)
			continue
		}
		p, err := e.problem(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if extends(w.Len(), p.Rules, 0) {
			t.Fatalf("seed %d: the explanation does not explain\n%s\n%s", seed, p.String(), w)
		}
	}
	t.Logf("%d restarts, %d clauses forgotten", restarts, forgotten)
	if restarts < 500 || forgotten < 40 {
		t.Error("too few to prove anything")
	}
}

// denseWorld asks for one of three in many places and excludes many pairs.
func denseWorld(rng *rand.Rand) *world {
	n := 12
	w := &world{fixed: fixed{rules: make([][]Rule, n)}}
	for i := range 4*n + rng.IntN(2*n) {
		self, why := ID(rng.IntN(n)), said(fmt.Sprintf("r%d", i))
		r := Rule{If: []ID{self}, Any: ids(rng, n, 3), Why: why}
		if rng.IntN(5) < 2 {
			r = Rule{If: []ID{self, ID(rng.IntN(n))}, Why: why}
		}
		if len(r.Any) == 0 && r.If[0] == r.If[1] {
			continue
		}
		w.rules[self] = append(w.rules[self], r)
	}
	for i := range 3 {
		w.roots = append(w.roots, Rule{Any: ids(rng, n, 3), Order: i + 1, Why: said(fmt.Sprintf("root%d", i+1))})
	}
	return w
}

func TestSameQuestionSameAnswer(t *testing.T) {
	text := func(w *world) string {
		res, err := w.solve(t)
		if err != nil {
			return err.Error()
		}
		var b strings.Builder
		for _, c := range res.Chosen {
			fmt.Fprintln(&b, c.ID, c.Rule.Why.Sentence())
		}
		for i := range res.Dropped {
			fmt.Fprintln(&b, res.Dropped[i].Rule.Why.Sentence(), res.Dropped[i].Because())
		}
		return b.String()
	}
	for seed := range uint64(500) {
		a := text(randomWorld(rand.New(rand.NewPCG(seed, 3))))
		b := text(randomWorld(rand.New(rand.NewPCG(seed, 3))))
		if a != b {
			t.Fatalf("seed %d: two answers:\n%s\n%s", seed, a, b)
		}
	}
}
