package rpm

import (
	"cmp"
	"slices"
	"strings"

	"cdbuilder/internal/solve"
)

// exclusions marks the candidates that selectors name; nil when there are none.
func (x *Index) exclusions(names []string) []bool {
	var out []bool
	for _, name := range names {
		sel, err := parseSelector(name)
		if err != nil {
			continue // Validate refused it
		}
		if out == nil {
			out = make([]bool, len(x.pkgs))
		}
		ids, _ := x.matching(sel)
		for _, id := range ids {
			out[id] = true
		}
	}
	return out
}

// demands are a request as rules: the unconditional ones, those that hang on a
// candidate, and what soft excludes left nothing of.
type demands struct {
	roots   []solve.Rule
	extra   map[solve.ID][]solve.Rule
	dropped []Dropped
}

// asked lists every candidate that the rules name.
func (d *demands) asked() []solve.ID {
	var ids []solve.ID
	for _, r := range d.roots {
		ids = append(ids, r.Any...)
	}
	for _, list := range d.extra {
		for _, r := range list {
			ids = append(ids, r.Any...)
		}
	}
	return ids
}

// demands turns a request into rules, in the asker's order: of several that
// contradict each other the last is blamed.
func (u *universe) demands(req *Request) *demands {
	out := &demands{extra: make(map[solve.ID][]solve.Rule)}
	for _, w := range req.Wants {
		sel, err := parseSelector(w.Name)
		if err != nil {
			continue // Validate refused it
		}
		groups := u.groups(sel, req.Mode)
		if req.Best {
			for i := range groups {
				groups[i] = u.bestEqual(groups[i])
			}
		}
		kept := slices.DeleteFunc(slices.Clone(groups), func(ids []solve.ID) bool { return len(ids) == 0 })
		switch {
		case len(groups) == 0:
			u.add(out, w, "", nil, u.nothing(sel))
		case len(kept) == 0:
			out.dropped = append(out.dropped, Dropped{Want: (&requested{want: w}).Sentence(), Because: "excluded by the request unless something requires it"})
		}
		for _, ids := range kept {
			what := ""
			if sel.glob || req.Mode == Respin {
				what = u.pkgs[ids[0]].Name
			}
			u.add(out, w, what, ids, "")
		}
	}
	if req.Mode == Everything {
		for _, id := range u.newestByNameArch(u.allowed(u.everything())) {
			if !excluded(u.soft, id) {
				u.add(out, Want{By: "everything"}, u.pkgs[id].String(), []solve.ID{id}, "")
			}
		}
	}
	return out
}

// add makes the rule of one want. A conditional one comes into force with any
// candidate that its condition names.
func (u *universe) add(out *demands, w Want, what string, ids []solve.ID, lack string) {
	why := &requested{want: w, what: what, lack: lack, ids: ids}
	if w.If == "" {
		out.roots = append(out.roots, solve.Rule{Any: ids, Weak: w.Optional, Order: len(out.roots) + 1, Why: why})
		return
	}
	sel, err := parseSelector(w.If)
	if err != nil {
		return // Validate refused it
	}
	conditions, _ := u.matching(sel)
	for _, c := range u.allowed(conditions) {
		out.extra[c] = append(out.extra[c], solve.Rule{If: []solve.ID{c}, Any: ids, Weak: w.Optional, Why: why})
	}
}

// groups finds what a name stands for: lists of candidates of each of which
// one is wanted. A list of which soft excludes leave nothing is empty.
func (u *universe) groups(sel selector, mode Mode) [][]solve.ID {
	found, form := u.matching(sel)
	ids := u.allowed(found)
	if len(ids) == 0 {
		return nil
	}
	var groups [][]solve.ID
	switch {
	case mode == Respin:
		for _, id := range u.newestByNameArch(ids) {
			groups = append(groups, []solve.ID{id})
		}
	case form == formNameArch || form == formFull:
		groups = u.grouped(ids, true)
	case sel.glob:
		groups = u.grouped(ids, false)
	default:
		groups = [][]solve.ID{ids}
	}
	for i, g := range groups {
		if mode != Respin && (form == formName || form == formNameArch || form == formFull) {
			g = u.withObsoleting(g)
		}
		groups[i] = u.wanted(g)
	}
	return groups
}

// grouped splits candidates by name, or by name and architecture, in the order
// of the names.
func (x *Index) grouped(ids []solve.ID, byArch bool) [][]solve.ID {
	key := func(id solve.ID) string {
		if byArch {
			return x.pkgs[id].Name + " " + x.pkgs[id].Arch
		}
		return x.pkgs[id].Name
	}
	lists := make(map[string][]solve.ID)
	var keys []string
	for _, id := range ids {
		k := key(id)
		if lists[k] == nil {
			keys = append(keys, k)
		}
		lists[k] = append(lists[k], id)
	}
	slices.Sort(keys)
	groups := make([][]solve.ID, len(keys))
	for i, k := range keys {
		groups[i] = lists[k]
	}
	return groups
}

// withObsoleting adds the packages that say they take the place of those named.
func (u *universe) withObsoleting(ids []solve.ID) []solve.ID {
	out := slices.Clone(ids)
	for _, id := range ids {
		for _, e := range u.enemies[id] {
			if e.kind == obsoletes && !excluded(u.hard, e.id) {
				out = append(out, e.id)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// newestByNameArch keeps of each name and architecture the best package: that
// of the best priority, the newest, the cheapest.
func (x *Index) newestByNameArch(ids []solve.ID) []solve.ID {
	ids = slices.Clone(ids)
	slices.SortFunc(ids, func(a, b solve.ID) int {
		p, q := x.pkgs[a], x.pkgs[b]
		return cmp.Or(strings.Compare(p.Name, q.Name), strings.Compare(p.Arch, q.Arch),
			cmp.Compare(p.priority(), q.priority()), newer(p, q), cmp.Compare(p.cost(), q.cost()), cmp.Compare(a, b))
	})
	return slices.CompactFunc(ids, func(a, b solve.ID) bool {
		return x.pkgs[a].Name == x.pkgs[b].Name && x.pkgs[a].Arch == x.pkgs[b].Arch
	})
}

// bestEqual keeps the candidates that are best, with those that are the same
// package from elsewhere.
func (x *Index) bestEqual(ids []solve.ID) []solve.ID {
	best := x.best(ids)
	return slices.DeleteFunc(slices.Clone(ids), func(id solve.ID) bool {
		return !slices.ContainsFunc(best, func(b solve.ID) bool { return sameNEVRA(x.pkgs[b], x.pkgs[id]) })
	})
}

func (x *Index) everything() []solve.ID {
	all := make([]solve.ID, len(x.pkgs))
	for i := range all {
		all[i] = solve.ID(i)
	}
	return all
}
