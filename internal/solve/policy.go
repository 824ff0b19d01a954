package solve

// Policy drives the decisions of one search.
type Policy interface {
	// Next names the candidate to choose next, one that is still open. It
	// returns false when every rule in force is met or, being weak, dropped.
	// All conclusions have been drawn from what is chosen.
	Next(s *State) (ID, bool)
	// Save keeps the policy's state; it is called before every decision.
	Save()
	// Restore goes back to the state of the given Save, counted from 0, and
	// forgets it and the later ones.
	Restore(save int)
	// Chosen gives what was reached so far, in order, each with the rule that
	// first asked for it.
	Chosen() []Choice
}

// State is what a policy may see of the search.
type State struct{ e *engine }

// Chosen reports whether the candidate is known to be in the result.
func (s *State) Chosen(id ID) bool { return s.e.values[id] == 1 }

// Refused reports whether it is known that the candidate cannot be.
func (s *State) Refused(id ID) bool { return s.e.values[id] == -1 }

// Rules gives the rules of a chosen candidate, weak and strong.
func (s *State) Rules(id ID) []*Rule { return s.e.rules[id] }

// Roots gives the unconditional rules, the weak ones last.
func (s *State) Roots() []*Rule { return s.e.roots }

// Len is the number of candidates.
func (s *State) Len() int { return len(s.e.values) }

// DepthFirst asks like a person who works through a list: first everything that
// is asked for by name is noted; then, one after the other, what each needs,
// and what that needs, before the next. A rule is met when something reached
// meets it. That a candidate will be needed further on does not count before it
// is reached: of "a | b" a is taken although a later rule is going to ask for
// b. This is the order of APT's pkgDepCache::MarkInstall.
type DepthFirst struct {
	reached []bool
	order   []Choice
	top     *frame
	saves   []save
}

// frame is a place in the walk. Frames form a stack that saved states share.
type frame struct {
	at    ID // whose rules; or noting, or visiting
	next  int
	end   int // visiting: how many were noted
	age   int // the number of saves when it was made
	under *frame
}

const (
	noting   ID = -1 // the roots themselves
	visiting ID = -2 // the rules of each candidate that was noted
)

type save struct {
	top *frame
	len int
}

// NewDepthFirst returns the policy for one search.
func NewDepthFirst() *DepthFirst { return &DepthFirst{top: &frame{at: noting}} }

// Next implements Policy.
func (d *DepthFirst) Next(s *State) (ID, bool) {
	if d.reached == nil {
		d.reached = make([]bool, s.Len())
	}
	for d.top != nil {
		switch f := d.top; f.at {
		case noting:
			roots := s.Roots()
			if f.next == len(roots) {
				d.top = &frame{at: visiting, end: len(d.order), age: len(d.saves)}
				continue
			}
			if id, open := d.meet(s, roots[f.next], false); open {
				return id, true
			}
		case visiting:
			if f.next == f.end {
				d.top = f.under
				continue
			}
			noted := d.order[f.next].ID
			d.advance()
			d.push(noted)
		default:
			rules := s.Rules(f.at)
			if f.next == len(rules) {
				d.top = f.under
				continue
			}
			if id, open := d.meet(s, rules[f.next], true); open {
				return id, true
			}
		}
	}
	return 0, false
}

// meet sees to one rule. It returns a candidate to decide on, or moves on: the
// rule is met, or does not apply, or cannot be met.
func (d *DepthFirst) meet(s *State, r *Rule, descend bool) (ID, bool) {
	id, wanted := d.pick(s, r)
	if wanted && !s.Chosen(id) {
		return id, true
	}
	d.advance()
	if wanted {
		d.reached[id] = true
		d.order = append(d.order, Choice{id, r})
		if descend {
			d.push(id)
		}
	}
	return 0, false
}

// pick finds the alternative that a rule asks for now.
func (d *DepthFirst) pick(s *State, r *Rule) (ID, bool) {
	for _, id := range r.If {
		if !d.reached[id] {
			return 0, false
		}
	}
	for _, id := range r.Any {
		if d.reached[id] {
			return 0, false
		}
	}
	for _, id := range r.Any {
		if !s.Refused(id) {
			return id, true
		}
	}
	return 0, false
}

func (d *DepthFirst) push(id ID) {
	d.top = &frame{at: id, age: len(d.saves), under: d.top}
}

// advance moves the top frame to its next rule; a frame that a saved state may
// hold is copied before.
func (d *DepthFirst) advance() {
	if d.top.age < len(d.saves) {
		copied := *d.top
		copied.age = len(d.saves)
		d.top = &copied
	}
	d.top.next++
}

// Save implements Policy.
func (d *DepthFirst) Save() { d.saves = append(d.saves, save{d.top, len(d.order)}) }

// Restore implements Policy.
func (d *DepthFirst) Restore(n int) {
	s := d.saves[n]
	for _, c := range d.order[s.len:] {
		d.reached[c.ID] = false
	}
	d.order, d.top, d.saves = d.order[:s.len], s.top, d.saves[:n]
}

// Chosen implements Policy.
func (d *DepthFirst) Chosen() []Choice { return d.order }
