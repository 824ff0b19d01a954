package rpm

import (
	"slices"
	"strings"

	"cdbuilder/internal/rpm"
	"cdbuilder/internal/solve"
)

// gathering collects the answer to an inclusive request.
type gathering struct {
	*universe
	sol  *Solution
	here []bool
	by   []*Chosen // by candidate
	todo []solve.ID
}

// include takes for each need every package that meets it, of each name the
// best, and goes on with what those need. Nothing excludes anything here.
func (u *universe) include(d *demands) *Solution {
	g := &gathering{universe: u, sol: new(Solution), here: make([]bool, len(u.pkgs)), by: make([]*Chosen, len(u.pkgs))}
	for _, r := range d.roots {
		why := r.Why.(*requested)
		if len(r.Any) == 0 {
			g.sol.Unresolved = append(g.sol.Unresolved, Dropped{Want: why.Sentence(), Because: why.lack})
		}
		g.take(g.eachBest(r.Any), why.why(), nil)
	}
	for i := 0; i < len(g.todo); i++ {
		id := g.todo[i]
		for _, r := range d.extra[id] {
			g.take(g.eachBest(r.Any), r.Why.(*requested).why(), nil)
		}
		for _, dep := range u.facts[id].requires {
			g.need(id, requires, dep)
		}
		if u.weak {
			for _, dep := range u.facts[id].recommends {
				g.need(id, recommends, dep)
			}
			g.supplemented(i)
		}
	}
	for _, id := range g.todo {
		c := u.chosen(id, g.here)
		c.Why, c.By = g.by[id].Why, g.by[id].By
		g.sol.Packages = append(g.sol.Packages, c)
	}
	return g.sol
}

func (g *gathering) take(ids []solve.ID, why string, by *Package) {
	for _, id := range ids {
		if !g.here[id] {
			g.here[id] = true
			g.by[id] = &Chosen{Why: why, By: by}
			g.todo = append(g.todo, id)
		}
	}
}

// need meets one dependency of a candidate.
func (g *gathering) need(id solve.ID, kind relation, d depID) {
	p, dep := g.pkgs[id], &g.deps[d]
	if contains(dep.providers, id) {
		return
	}
	var ids []solve.ID
	if dep.Rich == nil || !severalPackages(dep.Rich) {
		ids = g.providers(d)
	} else {
		g.positive(dep.Dep, false, func(other solve.ID) { ids = append(ids, other) })
		ids = g.allowed(ids)
	}
	if kind == recommends {
		ids = g.wanted(ids)
	}
	g.take(g.eachBest(ids), kind.String()+": "+p.Name, p)
	if kind == requires && len(ids) == 0 && !g.optional(dep.Dep) {
		why := demanded{u: g.universe, kind: kind, owner: p, dep: dep.Dep}
		g.sol.Unresolved = append(g.sol.Unresolved, Dropped{p, dep.String(), why.Lack()})
	}
}

// optional reports whether a rich dependency holds when nothing of it is there.
func (x *Index) optional(d *rpm.Dep) bool {
	return d.Rich != nil && x.holds(d, func(solve.ID) bool { return false })
}

// supplemented takes what supplements the packages so far, when the last of
// them has been looked at.
func (g *gathering) supplemented(i int) {
	if i+1 < len(g.todo) {
		return
	}
	for _, id := range g.backwards {
		if g.here[id] || excluded(g.hard, id) || excluded(g.soft, id) {
			continue
		}
		for _, d := range g.facts[id].supplements {
			if g.holds(g.deps[d].Dep, func(other solve.ID) bool { return g.here[other] }) && g.isBest(id) {
				g.take([]solve.ID{id}, "supplements: "+g.deps[d].Name, nil)
				break
			}
		}
	}
}

func (g *gathering) isBest(id solve.ID) bool {
	return slices.Contains(g.eachBest(g.allowed(g.byName[g.pkgs[id].Name])), id)
}

// eachBest keeps of each name the best repository, architecture and version.
func (g *gathering) eachBest(ids []solve.ID) []solve.ID {
	if len(ids) < 2 {
		return ids
	}
	var out []solve.ID
	for _, group := range g.grouped(ids, false) {
		out = append(out, g.newest(g.bestArch(g.bestPriority(group)))...)
	}
	return out
}

// addSources adds the source package of each package.
func (x *Index) addSources(sol *Solution) {
	seen := make(map[string]bool)
	for _, c := range sol.Packages {
		file := c.SourceRPM
		if file == "" || seen[file] {
			continue
		}
		seen[file] = true
		name, evr, ok := sourceName(file)
		i := -1
		if ok {
			i = slices.IndexFunc(x.others[name], func(p *Package) bool {
				return p.source() && p.EVR.Version == evr.Version && p.EVR.Release == evr.Release
			})
		}
		if i < 0 {
			sol.NoSource = append(sol.NoSource, file)
			continue
		}
		sol.Sources = append(sol.Sources, x.others[name][i])
	}
	slices.Sort(sol.NoSource)
	slices.SortFunc(sol.Sources, byNEVRA)
}

// sourceName takes the file name of a source package apart.
func sourceName(file string) (string, rpm.EVR, bool) {
	s, ok := strings.CutSuffix(file, ".src.rpm")
	if !ok {
		if s, ok = strings.CutSuffix(file, ".nosrc.rpm"); !ok {
			return "", rpm.EVR{}, false
		}
	}
	r := strings.LastIndexByte(s, '-')
	if r < 0 {
		return "", rpm.EVR{}, false
	}
	v := strings.LastIndexByte(s[:r], '-')
	if v < 0 {
		return "", rpm.EVR{}, false
	}
	return s[:v], rpm.EVR{Version: s[v+1 : r], Release: s[r+1:]}, true
}

// addDebuginfo adds the packages with the symbols of each package: those of its
// own name, or of its source's where one serves all, and the source's
// debugsource.
func (u *universe) addDebuginfo(sol *Solution) {
	for _, c := range sol.Packages {
		names := []string{c.Name + "-debuginfo"}
		if source, _, ok := sourceName(c.SourceRPM); ok {
			names = append(names, source+"-debuginfo", source+"-debugsource")
		}
		for _, name := range names {
			for _, id := range u.byName[name] {
				q := u.pkgs[id]
				fits := q.Arch == c.Arch && q.EVR.Compare(c.EVR) == 0 && (q.SourceRPM == c.SourceRPM || c.SourceRPM == "")
				if fits && !excluded(u.hard, id) && !slices.Contains(sol.Debuginfo, q) {
					sol.Debuginfo = append(sol.Debuginfo, q)
				}
			}
		}
	}
	slices.SortFunc(sol.Debuginfo, byNEVRA)
}
