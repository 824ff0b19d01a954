package solve

import (
	"context"
	"slices"
)

// engine is one search: what is known of each candidate, why, and since which
// decision.
type engine struct {
	universe Universe
	roots    []*Rule
	policy   Policy
	limit    int // conflicts

	values   []int8 // 1 chosen, -1 refused, 0 open
	levels   []int32
	reasons  []*clause // nil for a decision
	expanded []bool
	rules    [][]*Rule // of each candidate, once expanded
	watches  [][]*clause
	trail    []lit
	marks    []int // length of the trail before each decision
	head     int   // what of the trail has been propagated

	clauses []*clause // by their id
	// proofs holds for each learned clause what it was derived from: ids of
	// clauses, and ^ID for candidates settled without any decision. A learned
	// clause may be forgotten, its proof is not: explanations need it.
	proofs  [][]int32
	learned []*clause
	keep    int // learned clauses to hold on to
	final   *clause

	unit        int // of Luby's sequence, in conflicts
	nextRestart int // at this number of conflicts

	seen  []bool // scratch of analyze and the explanations
	stats Stats
}

func newEngine(u Universe, roots []*Rule, p Policy, limit int) *engine {
	n := u.Len()
	return &engine{
		universe: u, roots: roots, policy: p, limit: limit, keep: 2000, unit: restartUnit,
		values: make([]int8, n), levels: make([]int32, n), reasons: make([]*clause, n),
		expanded: make([]bool, n), rules: make([][]*Rule, n),
		watches: make([][]*clause, 2*n), seen: make([]bool, n),
	}
}

// level is the number of decisions in force.
func (e *engine) level() int32 { return int32(len(e.marks)) }

// assign makes a literal hold; because is nil for a decision.
func (e *engine) assign(l lit, because *clause) {
	id := l.id()
	if l.chosen() {
		e.values[id] = 1
	} else {
		e.values[id] = -1
	}
	e.levels[id] = e.level()
	e.reasons[id] = because
	e.trail = append(e.trail, l)
}

// propagate draws every conclusion from what holds. It returns a broken clause
// when they contradict each other.
func (e *engine) propagate() (broken *clause) {
	for e.head < len(e.trail) {
		l := e.trail[e.head]
		e.head++
		if l.chosen() && !e.expanded[l.id()] {
			if broken := e.expand(l.id()); broken != nil {
				return broken
			}
		}
		if broken := e.visit(l.not()); broken != nil {
			return broken
		}
	}
	return nil
}

// expand fetches the rules of a candidate that has just been chosen. All of
// them are taken in, even when one is broken at once. A rule that breaks on the
// candidate alone is the one to report: it has no second literal to watch, so
// that nothing would bring it up again.
func (e *engine) expand(id ID) (broken *clause) {
	e.expanded[id] = true
	e.stats.Expanded++
	rules := e.universe.Rules(id)
	for i := range rules {
		r := &rules[i]
		for n, cond := range r.If {
			if !slices.Contains(r.If[:n], cond) {
				e.rules[cond] = append(e.rules[cond], r)
			}
		}
		if b := e.take(r); b != nil && (broken == nil || len(b.lits) == 1) {
			broken = b
		}
	}
	return broken
}

func (e *engine) take(r *Rule) (broken *clause) {
	if r.Weak {
		return nil
	}
	c := clauseOf(r)
	if c == nil {
		return nil
	}
	e.stats.Clauses++
	return e.attach(c)
}

// backjump undoes all decisions after the given number of them.
func (e *engine) backjump(level int32) {
	if e.level() <= level {
		return
	}
	mark := e.marks[level]
	for _, l := range e.trail[mark:] {
		e.values[l.id()] = 0
		e.reasons[l.id()] = nil
	}
	e.trail = e.trail[:mark]
	e.marks = e.marks[:level]
	e.head = mark
	e.policy.Restore(int(level))
}

// search runs until every rule is met (true) or none can be (false).
func (e *engine) search(ctx context.Context) (bool, error) {
	for _, r := range e.roots {
		if broken := e.take(r); broken != nil {
			e.final = broken
			return false, nil
		}
	}
	state := &State{e}
	for steps := 0; ; steps++ {
		if steps&63 == 0 && ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		if broken := e.propagate(); broken != nil {
			if e.level() == 0 {
				e.final = broken
				return false, nil
			}
			if e.stats.Conflicts++; e.stats.Conflicts > e.limit {
				return false, ErrTooHard
			}
			e.learn(broken)
			continue
		}
		e.restart()
		id, more := e.policy.Next(state)
		if !more {
			return true, nil
		}
		e.decide(id)
	}
}

func (e *engine) decide(id ID) {
	e.stats.Decisions++
	e.policy.Save()
	e.marks = append(e.marks, len(e.trail))
	e.assign(yes(id), nil)
}

// restart gives up all decisions when the conflicts since the last time have
// used up their share. What was learned stays, so that the same decisions are
// taken again with better knowledge.
func (e *engine) restart() {
	if e.stats.Conflicts < e.nextRestart {
		return
	}
	if e.nextRestart > 0 {
		e.stats.Restarts++
		e.backjump(0)
		e.forget()
	}
	e.nextRestart = e.stats.Conflicts + e.unit*luby(e.stats.Restarts+1)
}

// restartUnit is the number of conflicts that Luby's sequence is counted in.
const restartUnit = 128

// luby is the i-th element, from 1, of 1 1 2 1 1 2 4 1 1 2 1 1 2 4 8 …
// (Luby, Sinclair and Zuckerman, 1993).
func luby(i int) int {
	for {
		k := 1
		for 1<<k-1 < i {
			k++
		}
		if 1<<k-1 == i {
			return 1 << (k - 1)
		}
		i -= 1<<(k-1) - 1
	}
}
