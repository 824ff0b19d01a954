package solve

import (
	"slices"
	"strings"
)

// Unsolvable says why a request cannot be met. Every problem stands for itself:
// solving one leaves the others.
type Unsolvable struct {
	Problems []Problem // in the order of the request
}

// Problem is one contradiction.
type Problem struct {
	// Asked holds the requests that contradict each other or themselves; the
	// first is the one that is blamed.
	Asked  []*Rule
	Blamed *Rule
	// Rules are all the rules that it takes, none of which can be spared.
	Rules []*Rule
}

func (u *Unsolvable) sort() {
	slices.SortStableFunc(u.Problems, func(a, b Problem) int { return a.Blamed.Order - b.Blamed.Order })
}

// Error gives every problem as a chain of sentences from the request to its
// end. A chain of one stands on the same line; alternatives are indented.
func (u *Unsolvable) Error() string {
	texts := make([]string, len(u.Problems))
	for i := range u.Problems {
		texts[i] = u.Problems[i].String()
	}
	return strings.Join(texts, "\n")
}

// String is the text of one problem.
func (p *Problem) String() string {
	t := newTeller(p.Rules)
	names := make([]string, len(p.Asked))
	for i, r := range p.Asked {
		t.told[r] = true
		names[i] = r.Why.Sentence()
		if len(r.Any) == 0 {
			t.lines = append(t.lines, line{0, r.Why.Lack()})
		}
	}
	head := "cannot install " + strings.Join(names, " and ")
	if len(names) > 1 {
		head += " together"
	}
	for _, r := range p.Asked {
		t.alternatives(r, 0)
	}
	t.rest()
	if len(t.lines) == 1 {
		return head + ": " + t.lines[0].text
	}
	var b strings.Builder
	b.WriteString(head + ":")
	for _, l := range t.lines {
		b.WriteString("\n" + strings.Repeat("  ", l.depth+1) + l.text)
	}
	return b.String()
}

// teller brings the rules of a contradiction into the order in which a person
// would ask: a demand, then for each alternative why it falls.
type teller struct {
	rules []*Rule
	told  map[*Rule]bool
	met   map[ID]bool // candidates the telling has come to
	order []*Rule
	lines []line
}

func newTeller(rules []*Rule) *teller {
	return &teller{rules: rules, told: make(map[*Rule]bool), met: make(map[ID]bool)}
}

type line struct {
	depth int
	text  string
}

func (t *teller) alternatives(r *Rule, depth int) {
	if len(r.Any) > 1 {
		depth++
	}
	for _, id := range r.Any {
		t.falls(id, depth)
	}
}

// falls tells the rules that speak against a candidate. What excludes it at
// once comes before what it needs; that two exclude each other is said when the
// telling has come to both.
func (t *teller) falls(id ID, depth int) {
	t.met[id] = true
	for _, needs := range []bool{false, true} {
		for _, r := range t.rules {
			if !t.told[r] && (len(r.Any) > 0) == needs && slices.Contains(r.If, id) && !slices.ContainsFunc(r.If, t.ahead) {
				t.tell(r, depth)
			}
		}
	}
}

func (t *teller) ahead(id ID) bool { return !t.met[id] }

func (t *teller) tell(r *Rule, depth int) {
	t.told[r] = true
	t.order = append(t.order, r)
	t.lines = append(t.lines, line{depth, sentence(r)})
	t.alternatives(r, depth)
}

// rest tells what no chain from the requests led to.
func (t *teller) rest() {
	for _, r := range t.rules {
		if !t.told[r] {
			t.tell(r, 0)
		}
	}
}

// inOrder sorts rules that exclude a candidate into the order of the telling.
func inOrder(rules []*Rule, id ID) []*Rule {
	t := newTeller(rules)
	t.falls(id, 0)
	t.rest()
	return t.order
}

// sentence is a rule in words, and when nothing can meet it, what is there
// instead.
func sentence(r *Rule) string {
	s := r.Why.Sentence()
	if len(r.Any) > 0 {
		return s
	}
	if lack := r.Why.Lack(); lack != "" {
		return s + "; " + lack
	}
	return s
}

func joinUnique(lines []string, sep string) string {
	seen := make(map[string]bool)
	lines = slices.DeleteFunc(lines, func(s string) bool {
		was := seen[s]
		seen[s] = true
		return was
	})
	return strings.Join(lines, sep)
}
