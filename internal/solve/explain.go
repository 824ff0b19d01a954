package solve

import (
	"context"
	"errors"
	"slices"
)

// result reads the answer off a finished search.
func (e *engine) result(ctx context.Context) (*Result, error) {
	res := &Result{Chosen: slices.Clone(e.policy.Chosen()), Stats: e.stats}
	reached := make(map[ID]bool, len(res.Chosen))
	for _, c := range res.Chosen {
		reached[c.ID] = true
	}
	isReached := func(id ID) bool { return reached[id] }
	for _, r := range e.wishes(res.Chosen) {
		if slices.ContainsFunc(r.Any, isReached) ||
			slices.ContainsFunc(r.If, func(id ID) bool { return !reached[id] }) {
			continue
		}
		drop := Drop{Rule: r}
		for _, id := range r.Any {
			rules, err := e.fall(ctx, id)
			if err != nil {
				return nil, err
			}
			drop.Falls = append(drop.Falls, Fall{id, rules})
		}
		res.Dropped = append(res.Dropped, drop)
	}
	return res, nil
}

// wishes lists the weak rules of what is chosen and of the request.
func (e *engine) wishes(chosen []Choice) []*Rule {
	var weak []*Rule
	for _, c := range chosen {
		for _, r := range e.rules[c.ID] {
			// A rule with several conditions hangs on each of them.
			if r.Weak && r.If[0] == c.ID {
				weak = append(weak, r)
			}
		}
	}
	for _, r := range e.roots {
		if r.Weak {
			weak = append(weak, r)
		}
	}
	return weak
}

// fall explains why a candidate is refused at the end of a search.
func (e *engine) fall(ctx context.Context, id ID) ([]*Rule, error) {
	switch c := e.reasons[id]; {
	case c == nil:
		return nil, nil // open: the universe gave a rule too late
	case c.rule != nil && len(c.rule.Any) == 0:
		return []*Rule{c.rule}, nil
	}
	rules, chosen := e.derivation(nil, id)
	given := []*Rule{{Any: []ID{id}}}
	for _, c := range chosen {
		given = append(given, &Rule{Any: []ID{c}})
	}
	rules, err := minimal(ctx, append(given, rules...))
	if err != nil {
		return nil, err
	}
	rules = slices.DeleteFunc(rules, func(r *Rule) bool { return r.Why == nil })
	return inOrder(rules, id), nil
}

// problem explains a search that failed: the fewest rules that contradict each
// other, and which request is to blame.
func (e *engine) problem(ctx context.Context) (Problem, error) {
	rules, _ := e.derivation(e.final, -1)
	// Deleting starts at the front, so that what was asked for last, which is
	// going to be blamed, is also what the explanation is about.
	slices.SortStableFunc(rules, func(a, b *Rule) int { return a.Order - b.Order })
	rules, err := minimal(ctx, rules)
	if err != nil {
		return Problem{}, err
	}
	var p Problem
	for _, r := range rules {
		if len(r.If) == 0 {
			p.Asked = append(p.Asked, r)
		}
	}
	slices.SortStableFunc(p.Asked, func(a, b *Rule) int { return b.Order - a.Order })
	p.Blamed = p.Asked[0]
	p.Rules = rules
	return p, nil
}

// derivation collects the rules from which a broken clause or the state of a
// candidate follows, and the decisions it rests on.
func (e *engine) derivation(broken *clause, id ID) (rules []*Rule, decisions []ID) {
	d := descent{engine: e, clauses: make([]bool, len(e.clauses)), states: make(map[ID]bool)}
	if broken != nil {
		d.broken(broken)
	} else {
		d.state(id)
	}
	for len(d.todo) > 0 || len(d.ids) > 0 {
		if n := len(d.ids); n > 0 {
			id := d.ids[n-1]
			d.ids = d.ids[:n-1]
			if c := e.reasons[id]; c != nil {
				d.broken(c)
			} else if e.values[id] == 1 {
				decisions = append(decisions, id)
			}
			continue
		}
		c := d.todo[len(d.todo)-1]
		d.todo = d.todo[:len(d.todo)-1]
		if c.rule != nil {
			rules = append(rules, c.rule)
		}
		for _, from := range e.proofs[c.id] {
			if from >= 0 {
				d.clause(e.clauses[from])
			} else {
				d.state(ID(^from))
			}
		}
	}
	return rules, decisions
}

// descent is a walk back through the reasons: what has been come to, and what
// of it is still to be looked into.
type descent struct {
	*engine
	clauses []bool
	states  map[ID]bool
	todo    []*clause
	ids     []ID
}

func (d *descent) clause(c *clause) {
	if !d.clauses[c.id] {
		d.clauses[c.id] = true
		d.todo = append(d.todo, c)
	}
}

func (d *descent) state(id ID) {
	if !d.states[id] {
		d.states[id] = true
		d.ids = append(d.ids, id)
	}
}

// broken comes to a clause as it stands in the search, with the states of all
// its candidates.
func (d *descent) broken(c *clause) {
	d.clause(c)
	for _, l := range c.lits {
		d.state(l.id())
	}
}

// minimal takes rules that contradict each other and leaves out all that the
// contradiction does not need. It tries large pieces first.
func minimal(ctx context.Context, rules []*Rule) ([]*Rule, error) {
	for piece := (len(rules) + 1) / 2; piece > 0; piece /= 2 {
		for i := 0; i < len(rules); {
			rest := slices.Concat(rules[:i], rules[min(i+piece, len(rules)):])
			broken, err := contradict(ctx, rest)
			if err != nil {
				return nil, err
			}
			if broken {
				rules = rest
			} else {
				i += piece
			}
		}
	}
	return rules, nil
}

// contradict reports whether no choice meets all of the rules.
func contradict(ctx context.Context, rules []*Rule) (bool, error) {
	u := &fixed{}
	var roots []*Rule
	number := make(map[ID]ID)
	dense := func(ids []ID) []ID {
		out := make([]ID, len(ids))
		for i, id := range ids {
			n, ok := number[id]
			if !ok {
				n = ID(len(number))
				number[id] = n
				u.rules = append(u.rules, nil)
			}
			out[i] = n
		}
		return out
	}
	for _, r := range rules {
		d := Rule{If: dense(r.If), Any: dense(r.Any)}
		if len(d.If) == 0 {
			roots = append(roots, &d)
		} else {
			u.rules[d.If[0]] = append(u.rules[d.If[0]], d)
		}
	}
	ok, err := newEngine(u, roots, NewDepthFirst(), 2000).search(ctx)
	if errors.Is(err, ErrTooHard) {
		return false, nil
	}
	return !ok, err
}

// fixed is a universe of a few rules.
type fixed struct{ rules [][]Rule }

func (f *fixed) Len() int           { return len(f.rules) }
func (f *fixed) Rules(id ID) []Rule { return f.rules[id] }
