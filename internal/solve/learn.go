package solve

import "slices"

// learn turns a conflict into a clause that forbids its cause, takes the search
// back to where that clause speaks, and lets it speak.
func (e *engine) learn(broken *clause) {
	lits, proof := e.analyze(broken)
	// lits[0] is the conclusion; the latest of the others says how far back
	// it can be drawn.
	back := int32(0)
	for _, l := range lits[1:] {
		back = max(back, e.levels[l.id()])
	}
	c := &clause{lits: lits, levels: e.span(lits)}
	e.backjump(back)
	e.attach(c)
	e.proofs[c.id] = proof
	if len(lits) > 1 {
		e.learned = append(e.learned, c)
	}
}

// analyze walks back from a broken clause to the first unique implication
// point: the one literal of the latest decision that all of the conflict runs
// through. The clause it returns holds the negation of that literal first.
func (e *engine) analyze(broken *clause) (lits []lit, proof []int32) {
	lits = append(lits, 0)
	var marked []ID
	open, at := 0, len(e.trail)
	for c := broken; ; c = e.reasons[e.trail[at].id()] {
		proof = append(proof, c.id)
		for _, l := range c.lits {
			id := l.id()
			if e.seen[id] {
				continue
			}
			e.seen[id] = true
			marked = append(marked, id)
			switch e.levels[id] {
			case e.level():
				open++
			case 0:
				proof = append(proof, ^int32(id))
			default:
				lits = append(lits, l)
			}
		}
		at--
		for !e.seen[e.trail[at].id()] {
			at--
		}
		if open--; open == 0 {
			break
		}
	}
	lits[0] = e.trail[at].not()
	for _, id := range marked {
		e.seen[id] = false
	}
	return lits, slices.Clip(proof)
}

// span counts the decisions that a clause's literals stem from.
func (e *engine) span(lits []lit) int32 {
	levels := make([]int32, len(lits))
	for i, l := range lits {
		levels[i] = e.levels[l.id()]
	}
	slices.Sort(levels)
	return int32(len(slices.Compact(levels)))
}

// forget drops the half of the learned clauses that span most decisions, when
// there are many. It is called with no decision in force, so that only the
// reasons of settled candidates must stay.
func (e *engine) forget() {
	if len(e.learned) < e.keep {
		return
	}
	slices.SortStableFunc(e.learned, func(a, b *clause) int { return int(a.levels - b.levels) })
	half := len(e.learned) / 2
	kept := e.learned[:half]
	for _, c := range e.learned[half:] {
		if c.levels <= 2 || e.reasons[c.lits[0].id()] == c {
			kept = append(kept, c)
			continue
		}
		c.dead = true
		c.lits = nil
	}
	clear(e.learned[len(kept):])
	e.learned = kept
	e.keep += e.keep / 10
	for l, list := range e.watches {
		e.watches[l] = slices.DeleteFunc(list, func(c *clause) bool { return c.dead })
	}
}
