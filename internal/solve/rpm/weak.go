package rpm

import (
	"slices"
	"strconv"
	"strings"

	"cdbuilder/internal/solve"
)

// wishes is one round of weak dependencies. What supplements something chosen
// comes first, then what the chosen recommend.
type wishes struct {
	begun, granted bool
	supplements    []solve.ID
	recommends     []*solve.Rule
	// best are the candidates worth taking: the best version of each name.
	best map[solve.ID]bool
}

// grant looks for a wish that can be met.
func (p *search) grant(s *solve.State) (decision, bool) {
	w := &p.wish
	if !w.begun {
		*w = wishes{begun: true}
		if p.weak {
			p.collect(s)
		}
	}
	for len(w.supplements) > 0 {
		id := w.supplements[0]
		w.supplements = w.supplements[1:]
		if !s.Chosen(id) && !s.Refused(id) {
			w.granted = true
			return decision{Choice: solve.Choice{ID: id, Rule: p.supplement(id)}}, true
		}
	}
	for len(w.recommends) > 0 {
		r := w.recommends[0]
		w.recommends = w.recommends[1:]
		open := slices.DeleteFunc(p.open(s, r), func(id solve.ID) bool { return !w.best[id] })
		if len(open) > 0 {
			w.granted = true
			return p.choose(r, open), true
		}
	}
	// What was granted has dependencies and wishes of its own.
	if w.granted {
		p.enter()
	} else {
		p.phase = finished
	}
	*w = wishes{}
	return decision{}, false
}

// collect gathers the wishes of what is chosen.
func (p *search) collect(s *solve.State) {
	w := &p.wish
	var open, supplements []solve.ID
	add := func(ids []solve.ID) {
		for _, id := range ids {
			if !slices.Contains(open, id) {
				open = append(open, id)
			}
		}
	}
	for _, id := range p.order {
		for _, r := range s.Rules(id) {
			if r.Weak && r.If[0] == id {
				if ids := p.open(s, r); len(ids) > 0 {
					add(ids)
					w.recommends = append(w.recommends, r)
				}
			}
		}
	}
	for _, id := range p.backwards {
		if p.reach[id] && !p.dead[id] && !s.Chosen(id) && !s.Refused(id) && !excluded(p.soft, id) &&
			p.supplementing(id) && !p.hasSibling(s, id) {
			supplements = append(supplements, id)
		}
	}
	add(supplements)
	w.best = make(map[solve.ID]bool)
	for _, id := range p.best(open) {
		w.best[id] = true
	}
	w.supplements = slices.DeleteFunc(supplements, func(id solve.ID) bool { return !w.best[id] })
	w.supplements = p.prefer(w.supplements)
}

// hasSibling reports whether another version, or another architecture, of an
// installonly or two-coloured package is chosen: supplements do not ask for a
// second one.
func (p *search) hasSibling(s *solve.State, id solve.ID) bool {
	return slices.ContainsFunc(p.byName[p.pkgs[id].Name], func(other solve.ID) bool {
		return s.Chosen(other) && (excluded(p.multi, id) || p.pkgs[other].Arch != p.pkgs[id].Arch)
	})
}

// supplement is the rule by which a candidate comes of its own accord.
func (p *search) supplement(id solve.ID) *solve.Rule {
	for _, d := range p.facts[id].supplements {
		dep := &p.deps[d]
		why := &demanded{u: p.universe, kind: supplements, owner: p.pkgs[id], dep: dep.Dep}
		if i := slices.IndexFunc(dep.providers, p.last.Chosen); i >= 0 {
			why.other = p.pkgs[dep.providers[i]]
			return &solve.Rule{If: []solve.ID{dep.providers[i]}, Any: []solve.ID{id}, Weak: true, Why: why}
		}
		if dep.Rich != nil && p.holds(dep.Dep, p.last.Chosen) {
			return &solve.Rule{Any: []solve.ID{id}, Weak: true, Why: why}
		}
	}
	return &solve.Rule{Any: []solve.ID{id}, Weak: true}
}

// tries is what several searches for one request learn from each other. A
// choice among equals is made before it is known what else will be chosen. When
// the answer then holds another of the equals too, the search is done again
// with that one in its place: the first may be superfluous (libsolv calls this
// minimization).
type tries struct {
	forced map[string]solve.ID
	tried  map[string][]solve.ID
	again  bool
}

// maxTries bounds the searches. Each takes one choice back.
const maxTries = 200

// improve looks for a choice to be made otherwise, the earliest there is.
func (t *tries) improve(p *search) {
	t.again = false
	var wished map[solve.ID]bool
	for _, d := range p.decisions {
		if d.also == nil {
			continue
		}
		key := ruleKey(d.Rule)
		fresh := func(id solve.ID) bool { return id != d.ID && id != d.also[0] && !slices.Contains(t.tried[key], id) }
		i := slices.IndexFunc(d.also, func(id solve.ID) bool { return fresh(id) && p.last.Chosen(id) })
		if i < 0 {
			if wished == nil {
				wished = p.asked(func(f *facts) []depID { return f.recommends })
			}
			liked := func(id solve.ID) bool { return wished[id] || p.supplementing(id) }
			if i = slices.IndexFunc(d.also, func(id solve.ID) bool { return fresh(id) && liked(id) }); i < 0 || liked(d.ID) {
				continue
			}
		}
		t.forced[key] = d.also[i]
		t.tried[key] = append(t.tried[key], d.also[i])
		t.again = true
		return
	}
}

// ruleKey names a rule in the same way in every search for one request.
func ruleKey(r *solve.Rule) string {
	var b strings.Builder
	b.WriteString(strconv.Itoa(r.Order))
	for _, list := range [][]solve.ID{r.If, r.Any} {
		b.WriteByte('|')
		for _, id := range list {
			b.WriteString(strconv.Itoa(int(id)))
			b.WriteByte(' ')
		}
	}
	return b.String()
}
