package rpm

import (
	"slices"

	"cdbuilder/internal/solve"
)

// explore finds what can come up when the given candidates are asked for, and
// what of it is dead. libsolv does the same before it searches, and its choice
// of architectures hangs on it: a name that comes up for i686 alone may be
// installed for i686 alone.
func (u *universe) explore(asked []solve.ID) {
	u.reach = make([]bool, len(u.pkgs))
	u.bestClass = make(map[string]int)
	w := walk{universe: u, todo: slices.Clone(asked)}
	w.run()
	for again := true; again; {
		again = false
		for _, id := range u.backwards {
			if u.reach[id] || excluded(u.hard, id) || !w.reversed(id) {
				continue
			}
			w.todo = append(w.todo, id)
			w.run()
			again = true
		}
	}
	u.free = make(map[string]bool)
	for _, id := range asked {
		if _, lesser := u.lockstep(id); lesser {
			u.free[u.pkgs[id].Name] = true
		}
	}
	u.findDead()
}

// walk goes along the dependencies, weak ones too.
type walk struct {
	*universe
	todo []solve.ID
}

func (w *walk) push(id solve.ID) {
	if !w.reach[id] && !excluded(w.hard, id) {
		w.todo = append(w.todo, id)
	}
}

func (w *walk) run() {
	for i := 0; i < len(w.todo); i++ {
		id := w.todo[i]
		if w.reach[id] || excluded(w.hard, id) {
			continue
		}
		w.reach[id] = true
		f := &w.facts[id]
		for _, d := range f.requires {
			if ids := w.deps[d].providers; !contains(ids, id) {
				w.all(d)
			}
		}
		w.betterArchs(id)
		for _, d := range f.recommends {
			w.all(d)
		}
		for _, d := range f.suggests {
			w.all(d)
		}
	}
	w.todo = w.todo[:0]
}

func (w *walk) all(d depID) {
	dep := &w.deps[d]
	if dep.Rich != nil && severalPackages(dep.Rich) {
		w.positive(dep.Dep, false, w.push)
		return
	}
	for _, id := range dep.providers {
		w.push(id)
	}
}

// betterArchs comes to the same version for a better architecture.
func (w *walk) betterArchs(id solve.ID) {
	if w.classes[id] <= 1 {
		return
	}
	p := w.pkgs[id]
	for _, other := range w.byName[p.Name] {
		if c := w.classes[other]; c != noarch && c < w.classes[id] && sameEVR(w.pkgs[other], p) {
			w.push(other)
		}
	}
}

// reversed reports whether something that comes up may be what a candidate
// supplements or enhances.
func (w *walk) reversed(id solve.ID) bool {
	f := &w.facts[id]
	for _, list := range [][]depID{f.supplements, f.enhances} {
		for _, d := range list {
			found := false
			w.positive(w.deps[d].Dep, false, func(other solve.ID) { found = found || w.reach[other] })
			if found {
				return true
			}
		}
	}
	return false
}

// findDead marks the candidates that need something nobody can give. The
// search would find that out by itself, but would have tried them by then.
func (u *universe) findDead() {
	u.dead = make([]bool, len(u.pkgs))
	gone := func(id solve.ID) bool { return u.dead[id] || excluded(u.hard, id) }
	for again := true; again; {
		again = false
		for i := len(u.pkgs) - 1; i >= 0; i-- {
			id := solve.ID(i)
			if !u.reach[i] || u.dead[i] {
				continue
			}
			for _, d := range u.facts[i].requires {
				dep := &u.deps[d]
				if dep.Rich != nil && severalPackages(dep.Rich) || contains(dep.providers, id) {
					continue
				}
				if !slices.ContainsFunc(dep.providers, func(p solve.ID) bool { return !gone(p) }) {
					u.dead[i], again = true, true
					break
				}
			}
		}
	}
}
