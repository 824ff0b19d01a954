// Package solve chooses packages: it finds a set in which every demand is met,
// or says in terms a person can follow why there is none.
//
// It takes candidates, which are numbers, and rules between them: when all of
// these are chosen, one of those must be. Dependencies, conflicts, obsoletes,
// rich dependencies, one version per name: each family of distributions states
// its semantics as such rules (a Universe), so that nothing here knows a
// package format or a version syntax.
//
// The search is conflict-driven clause learning (Marques-Silva and Sakallah,
// GRASP, 1999; Moskewicz et al., Chaff, 2001: two watched literals, first
// unique implication point, backjumping, restarts). It differs from a general
// solver in two ways. Decisions are not guessed from statistics but come from a
// Policy, which asks as a person would: the rules of what is chosen, in their
// order, the best alternative first. A decision therefore falls only when it is
// proved impossible with those before it, and nothing is ever chosen that no
// rule asks for. And a candidate's rules are fetched when it is first chosen,
// so that the cost follows the answer and not the repository.
package solve

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// ID numbers a candidate: one thing that can be chosen or not, such as one
// version of one package. IDs run from 0 to Universe.Len()-1.
type ID int32

// Rule is one demand: when every candidate of If is chosen, at least one of Any
// must be. With Any empty the candidates of If exclude each other (or, alone,
// themselves); with If empty the demand is unconditional.
type Rule struct {
	If  []ID
	Any []ID // in order of preference
	// Weak rules are met where that is possible and dropped otherwise.
	Weak bool
	// Order is the place of an unconditional rule in the request: of several
	// that do not go together, the one with the highest is blamed.
	Order int
	Why   Reason
}

// Reason puts a rule into words. The texts are asked for only when something is
// explained.
type Reason interface {
	// Sentence is the demand: "bash 5.2-1 depends on libc6 (>= 2.36)". For an
	// unconditional rule it is what was asked for: "bash".
	Sentence() string
	// Lack says what is there instead when no candidate can meet the demand:
	// "the repositories have libc6 2.31 (debian/bullseye)". It may be empty.
	Lack() string
}

// Universe is what a family of distributions tells about its candidates.
type Universe interface {
	// Len is the number of candidates.
	Len() int
	// Rules gives the rules that come into force when id is chosen, weak and
	// strong, in the order in which they shall be met. Each has id in If. A rule
	// with several candidates in If need be given by one of them only. It is
	// called at most once for each candidate and search.
	Rules(id ID) []Rule
}

// Task is one question to the solver.
type Task struct {
	Universe Universe
	// Roots are the unconditional rules: what is asked for.
	Roots []Rule
	// Policy makes the policy of one search; nil stands for NewDepthFirst.
	Policy func() Policy
	// MaxConflicts bounds the search; 0 stands for DefaultMaxConflicts.
	MaxConflicts int
}

// DefaultMaxConflicts ends a search that a repository of real packages has
// never come near; a thousand conflicts are already unusual.
const DefaultMaxConflicts = 200_000

// ErrTooHard is returned when MaxConflicts conflicts did not settle the task.
var ErrTooHard = errors.New("the conflicts between the candidates are too intricate to settle")

// Result is a set of candidates that meets all strong rules.
type Result struct {
	// Chosen lists the candidates in the order in which they were reached.
	Chosen []Choice
	// Dropped lists the weak rules in force that could not be met.
	Dropped []Drop
	// Stats tells what the search cost.
	Stats Stats
}

// Choice is a chosen candidate with the rule that first asked for it.
type Choice struct {
	ID   ID
	Rule *Rule
}

// Drop is a weak rule that was not met.
type Drop struct {
	Rule *Rule
	// Falls has one entry for each alternative, in the rule's order; it is empty
	// when the rule has none.
	Falls []Fall
}

// Fall is why one alternative could not be chosen: a few rules which together
// with what is chosen exclude it, in the order a person would ask.
type Fall struct {
	ID    ID
	Rules []*Rule
}

// Because puts the drop into one line.
func (d *Drop) Because() string {
	if len(d.Falls) == 0 {
		return d.Rule.Why.Lack()
	}
	var lines []string
	for _, f := range d.Falls {
		for _, r := range f.Rules {
			lines = append(lines, sentence(r))
		}
	}
	return joinUnique(lines, "; ")
}

// Stats counts what a search did.
type Stats struct {
	Expanded  int // candidates whose rules were fetched
	Clauses   int // strong rules among them
	Decisions int
	Conflicts int
	Restarts  int
}

// Solve answers the task. The error is an *Unsolvable when there is no answer;
// it names all faults of the request at once.
func Solve(ctx context.Context, t Task) (*Result, error) {
	if t.Policy == nil {
		t.Policy = func() Policy { return NewDepthFirst() }
	}
	if t.MaxConflicts == 0 {
		t.MaxConflicts = DefaultMaxConflicts
	}
	roots := make([]*Rule, len(t.Roots))
	for i := range t.Roots {
		roots[i] = &t.Roots[i]
	}
	slices.SortStableFunc(roots, func(a, b *Rule) int { return truth(a.Weak) - truth(b.Weak) })
	var failed Unsolvable
	for {
		e := newEngine(t.Universe, roots, t.Policy(), t.MaxConflicts)
		ok, err := e.search(ctx)
		if err != nil {
			return nil, fmt.Errorf("resolving %d requests: %w", len(t.Roots), err)
		}
		if ok {
			if len(failed.Problems) > 0 {
				failed.sort()
				return nil, &failed
			}
			return e.result(ctx)
		}
		p, err := e.problem(ctx)
		if err != nil {
			return nil, fmt.Errorf("explaining a failed request: %w", err)
		}
		failed.Problems = append(failed.Problems, p)
		// What was blamed is taken out, so that the next round finds the next
		// fault; every round takes one, so this ends.
		roots = slices.DeleteFunc(roots, func(r *Rule) bool { return r == p.Blamed })
	}
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}
