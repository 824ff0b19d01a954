package solve

import "slices"

// lit is a candidate that is chosen, or one that is not.
type lit int32

func yes(id ID) lit        { return lit(id) << 1 }
func no(id ID) lit         { return lit(id)<<1 | 1 }
func (l lit) id() ID       { return ID(l >> 1) }
func (l lit) not() lit     { return l ^ 1 }
func (l lit) chosen() bool { return l&1 == 0 }

// clause is a disjunction: at least one of its literals holds. It stands for a
// rule, or it was learned from a conflict, and then rule is nil.
type clause struct {
	lits []lit // the first two are watched
	rule *Rule
	id   int32
	// levels counts the decisions a learned clause spans: the fewer, the more
	// it is worth keeping.
	levels int32
	dead   bool
}

// clauseOf puts a rule into a clause: not all of If, or one of Any. It returns
// nil for a rule that always holds, because what it asks for is in its own If.
func clauseOf(r *Rule) *clause {
	lits := make([]lit, 0, len(r.If)+len(r.Any))
	for _, id := range r.If {
		lits = append(lits, no(id))
	}
	for _, id := range r.Any {
		lits = append(lits, yes(id))
	}
	slices.Sort(lits)
	lits = slices.Compact(lits)
	for i := 1; i < len(lits); i++ {
		if lits[i] == lits[i-1].not() {
			return nil
		}
	}
	return &clause{lits: lits, rule: r}
}

// value is what is known of a literal: 1 it holds, -1 it does not, 0 open.
func (e *engine) value(l lit) int8 {
	if l.chosen() {
		return e.values[l.id()]
	}
	return -e.values[l.id()]
}

// attach takes a clause into the search at any moment of it. It returns the
// clause when it is already broken, and draws the conclusion when all of its
// literals but one are.
func (e *engine) attach(c *clause) (broken *clause) {
	c.id = int32(len(e.clauses))
	e.clauses = append(e.clauses, c)
	e.proofs = append(e.proofs, nil)
	// The two literals to watch are those that fall last: what holds or is
	// open, then what the latest decision made false.
	for i := 0; i < 2 && i < len(c.lits); i++ {
		best := i
		for j := i + 1; j < len(c.lits); j++ {
			if e.lasting(c.lits[j]) > e.lasting(c.lits[best]) {
				best = j
			}
		}
		c.lits[i], c.lits[best] = c.lits[best], c.lits[i]
	}
	switch len(c.lits) {
	case 0:
		return c
	case 1:
	default:
		e.watch(c, c.lits[0])
		e.watch(c, c.lits[1])
		if e.value(c.lits[1]) >= 0 {
			return nil
		}
	}
	switch e.value(c.lits[0]) {
	case -1:
		return c
	case 0:
		e.assign(c.lits[0], c)
	}
	return nil
}

// lasting orders literals by how long they will serve as a watch.
func (e *engine) lasting(l lit) int32 {
	const open, holds = 1 << 30, 1<<30 + 1
	switch e.value(l) {
	case 1:
		return holds
	case 0:
		return open
	}
	return e.levels[l.id()]
}

func (e *engine) watch(c *clause, l lit) { e.watches[l] = append(e.watches[l], c) }

// visit looks at the clauses that watch a literal which has just become false:
// each finds another literal to watch, draws its conclusion, or is broken.
func (e *engine) visit(fallen lit) (broken *clause) {
	list := e.watches[fallen]
	kept := list[:0]
	for i, c := range list {
		if c.dead {
			continue
		}
		if c.lits[0] == fallen {
			c.lits[0], c.lits[1] = c.lits[1], c.lits[0]
		}
		if e.value(c.lits[0]) == 1 || !e.rewatch(c) {
			kept = append(kept, c)
		} else {
			continue
		}
		switch e.value(c.lits[0]) {
		case -1:
			kept = append(kept, list[i+1:]...)
			e.watches[fallen] = kept
			return c
		case 0:
			e.assign(c.lits[0], c)
		}
	}
	clear(list[len(kept):])
	e.watches[fallen] = kept
	return nil
}

// rewatch moves the second watch to a literal that is not false.
func (e *engine) rewatch(c *clause) bool {
	for k := 2; k < len(c.lits); k++ {
		if e.value(c.lits[k]) >= 0 {
			c.lits[1], c.lits[k] = c.lits[k], c.lits[1]
			e.watch(c, c.lits[1])
			return true
		}
	}
	return false
}
