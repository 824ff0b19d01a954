package rpm

import (
	"slices"

	"cdbuilder/internal/solve"
)

// search is the policy of one search. It decides in libsolv's order: what is
// asked for; then dependencies, first those where one candidate is plainly the
// best, the others when nothing else is left; then, all dependencies being
// met, what is recommended, and again the dependencies of that.
type search struct {
	*universe
	tries *tries

	phase phase
	job   int // the root to look at next
	scan  scan
	wish  wishes

	order     []solve.ID // what is chosen, as far as it was seen, in that order
	seen      []bool
	rules     []choices // of each candidate
	decisions []decision
	pending   decision
	saves     []mark
	last      *solve.State
}

type phase uint8

const (
	asking phase = iota
	resolving
	wishing
	finished
)

// decision is a candidate that was preferred to others by a rule.
type decision struct {
	solve.Choice
	also []solve.ID // what the rule would have taken as well
}

// mark is what Restore goes back to.
type mark struct{ order, decisions int }

// scan is a place in the rules of what is chosen. They are looked at from the
// last candidate to the first, and round again until nothing changes.
type scan struct {
	next place
	base int // decisions before this round
	// put is the first rule that was put off because several candidates are
	// equally good; hurry ends the putting off.
	put        place
	off, hurry bool
}

type place struct {
	id   solve.ID
	rule int
}

func newSearch(u *universe, t *tries) *search {
	return &search{universe: u, tries: t, seen: make([]bool, len(u.pkgs)), rules: make([]choices, len(u.pkgs))}
}

// Next implements solve.Policy.
func (p *search) Next(s *solve.State) (solve.ID, bool) {
	p.last = s
	for id := range solve.ID(len(p.pkgs)) {
		if s.Chosen(id) && !p.seen[id] {
			p.seen[id] = true
			p.order = append(p.order, id)
		}
	}
	for {
		var d decision
		found := false
		switch p.phase {
		case asking:
			d, found = p.ask(s)
		case resolving:
			d, found = p.resolve(s)
		case wishing:
			d, found = p.grant(s)
		case finished:
			p.tries.improve(p)
			return 0, false
		}
		if found {
			p.pending = d
			return d.ID, true
		}
	}
}

// ask sees to the roots.
func (p *search) ask(s *solve.State) (decision, bool) {
	roots := s.Roots()
	for ; p.job < len(roots); p.job++ {
		if open := p.open(s, roots[p.job]); len(open) > 0 {
			return p.choose(roots[p.job], open), true
		}
	}
	p.enter()
	return decision{}, false
}

// enter begins a round of dependencies.
func (p *search) enter() {
	p.phase = resolving
	p.scan = scan{next: place{id: solve.ID(len(p.pkgs))}, base: len(p.saves)}
}

// resolve looks for a dependency that is not met.
func (p *search) resolve(s *solve.State) (decision, bool) {
	places := p.places(s)
	at := p.find(places, p.scan.next)
	for turn := 0; ; turn++ {
		if turn >= len(places) {
			if p.scan.hurry || !p.scan.off {
				break
			}
			turn, at = 0, p.find(places, p.scan.put)
			p.scan.hurry = true
		}
		here := places[at]
		r := p.rules[here.id].rules[here.rule]
		at = (at + 1) % len(places)
		open := p.open(s, r)
		if len(open) > 1 && !p.scan.hurry {
			if open = p.recommended(p.best(open)); len(open) > 1 {
				if !p.scan.off {
					p.scan.off, p.scan.put = true, here
				}
				continue
			}
		}
		if len(open) > 0 {
			p.scan.next = places[at]
			return p.choose(r, open), true
		}
	}
	p.phase = wishing
	return decision{}, false
}

// places lists the rules of what is chosen that leave a choice.
func (p *search) places(s *solve.State) []place {
	var out []place
	for id := solve.ID(len(p.pkgs)) - 1; id >= 0; id-- {
		if !s.Chosen(id) {
			continue
		}
		for k := range p.choicesOf(s, id) {
			out = append(out, place{id, k})
		}
	}
	return out
}

// find is the index of a place, or of the first behind it.
func (p *search) find(places []place, at place) int {
	i := slices.IndexFunc(places, func(q place) bool { return q.id < at.id || q.id == at.id && q.rule >= at.rule })
	return max(i, 0)
}

// choices are the rules of a candidate that leave a choice.
type choices struct {
	rules []*solve.Rule
	of    int // rules of the candidate when this was made; rich ones come later
}

// choicesOf gives each rule to the last of its conditions only, in the order of
// what the rules ask for.
func (p *search) choicesOf(s *solve.State, id solve.ID) []*solve.Rule {
	c := &p.rules[id]
	all := s.Rules(id)
	if c.of == len(all) {
		return c.rules
	}
	c.of, c.rules = len(all), nil
	for _, r := range all {
		if !r.Weak && len(r.Any) > 1 && slices.Max(r.If) == id {
			c.rules = append(c.rules, r)
		}
	}
	slices.SortStableFunc(c.rules, func(a, b *solve.Rule) int { return slices.Compare(a.Any, b.Any) })
	return c.rules
}

// open lists the candidates that can meet a rule in force which is not met.
func (p *search) open(s *solve.State, r *solve.Rule) []solve.ID {
	for _, id := range r.If {
		if !s.Chosen(id) {
			return nil
		}
	}
	if slices.ContainsFunc(r.Any, s.Chosen) {
		return nil
	}
	var open []solve.ID
	for _, id := range r.Any {
		if !s.Refused(id) {
			open = append(open, id)
		}
	}
	return open
}

// choose takes the best of several candidates, or the one that an earlier try
// found to be better.
func (p *search) choose(r *solve.Rule, open []solve.ID) decision {
	if len(open) > 1 {
		open = p.prefer(p.recommended(p.best(open)))
	}
	d := decision{Choice: solve.Choice{ID: open[0], Rule: r}}
	if len(open) > 1 {
		d.also = open
		if id, forced := p.tries.forced[ruleKey(r)]; forced && slices.Contains(open, id) {
			d.ID = id
		}
	}
	return d
}

// Save implements solve.Policy.
func (p *search) Save() {
	p.saves = append(p.saves, mark{len(p.order), len(p.decisions)})
	p.decisions = append(p.decisions, p.pending)
}

// Restore implements solve.Policy. Unless the way back ends within the present
// round of dependencies, the search starts over with what it has learned.
func (p *search) Restore(n int) {
	m := p.saves[n]
	for _, id := range p.order[m.order:] {
		p.seen[id] = false
	}
	p.order, p.decisions, p.saves = p.order[:m.order], p.decisions[:m.decisions], p.saves[:n]
	if p.phase != resolving || n < p.scan.base {
		p.phase, p.job, p.wish = asking, 0, wishes{}
	}
}

// Chosen implements solve.Policy: what was asked for, and what the rules of
// that ask for.
func (p *search) Chosen() []solve.Choice {
	if p.last == nil {
		return nil
	}
	t := tracing{search: p, reached: make([]bool, len(p.pkgs)), by: make(map[*solve.Rule]solve.ID)}
	for _, d := range p.decisions {
		t.by[d.Rule] = d.ID
	}
	for _, r := range p.last.Roots() {
		t.meet(r)
	}
	t.follow()
	for _, d := range p.decisions {
		t.reach(d.ID, d.Rule)
		t.follow()
	}
	return t.out
}

// tracing finds out which rule first asked for each chosen candidate.
type tracing struct {
	*search
	reached []bool
	by      map[*solve.Rule]solve.ID // what was decided by a rule
	out     []solve.Choice
	done    int
}

func (t *tracing) reach(id solve.ID, r *solve.Rule) {
	if !t.reached[id] && t.last.Chosen(id) {
		t.reached[id] = true
		t.out = append(t.out, solve.Choice{ID: id, Rule: r})
	}
}

func (t *tracing) meet(r *solve.Rule) {
	isReached := func(id solve.ID) bool { return t.reached[id] }
	if slices.ContainsFunc(r.Any, isReached) || slices.ContainsFunc(r.If, func(id solve.ID) bool { return !t.reached[id] }) {
		return
	}
	if id, decided := t.by[r]; decided {
		t.reach(id, r)
		return
	}
	if i := slices.IndexFunc(r.Any, t.last.Chosen); i >= 0 && !r.Weak {
		t.reach(r.Any[i], r)
	}
}

func (t *tracing) follow() {
	for ; t.done < len(t.out); t.done++ {
		for _, r := range t.last.Rules(t.out[t.done].ID) {
			t.meet(r)
		}
	}
}
