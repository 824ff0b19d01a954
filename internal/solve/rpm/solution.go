package rpm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cdbuilder/internal/solve"
)

// Solution is a set of packages.
type Solution struct {
	// Packages is sorted by name, version and architecture.
	Packages []*Chosen
	// Dropped lists weak dependencies and optional wants that were not met, in
	// the order in which they came up.
	Dropped []Dropped
	// Unresolved lists, of an inclusive request, what nothing meets.
	Unresolved []Dropped
	// Sources and Debuginfo are sorted; NoSource lists the source packages,
	// by file name, that no repository has.
	Sources, Debuginfo []*Package
	NoSource           []string
	Stats              solve.Stats
}

// Chosen is a package of the solution.
type Chosen struct {
	*Package
	// Why is what first asked for it, as a lock writes it: "asked for by @core",
	// "requires: bash", "recommends: bash", "supplements: glibc"; the name is
	// that of the package that asks, or whose presence does.
	Why string
	// By is that package, nil when the request itself asked.
	By *Package
	// Needs are the chosen packages that satisfy its requires, one for each,
	// Wants those that satisfy its recommends.
	Needs, Wants []*Package
	// Instead is the newer version that would have been taken, when that one
	// could not be had together with what was asked for.
	Instead *Package
}

// Dropped is a wish that was not met.
type Dropped struct {
	Package *Package // whose it is; nil for a want of the request
	Want    string   // what: a dependency, or the want's name
	Because string
}

// String is the drop in a sentence.
func (d Dropped) String() string {
	if d.Package == nil {
		return d.Want + ": " + d.Because
	}
	return d.Package.String() + " wants " + d.Want + ": " + d.Because
}

// Added is the error of an exact request that needs more than it names.
type Added struct{ Packages []*Chosen }

// Error names what would have to be added, each with what needs it.
func (a *Added) Error() string {
	lines := make([]string, len(a.Packages))
	for i, c := range a.Packages {
		lines[i] = "\n  " + c.String()
		if c.By != nil {
			lines[i] += ", which " + c.By.String() + " requires"
		}
	}
	packages := "packages that are"
	if len(a.Packages) == 1 {
		packages = "package that is"
	}
	return fmt.Sprintf("the exact set needs %d %s not named in it:%s", len(a.Packages), packages, strings.Join(lines, ""))
}

// Solve answers a request from a set of packages; it stands for an Index that
// is used once.
func Solve(set *Set, req Request) (*Solution, error) {
	return NewIndex(set, req.Arch).Solve(context.Background(), req)
}

// Solve answers a request. Its architecture must be the index's. An error of
// type *solve.Unsolvable explains why there is no answer, one of type *Added
// why an exact set is not closed.
func (x *Index) Solve(ctx context.Context, req Request) (*Solution, error) {
	if err := req.Validate(); err != nil {
		return nil, err
	}
	if req.Arch != x.archs[0] {
		return nil, fmt.Errorf("the request is for %s, the index for %s", req.Arch, x.archs[0])
	}
	u := &universe{Index: x, weak: req.WeakDeps && req.Mode != Exact, hard: x.exclusions(req.HardExclude), soft: x.exclusions(req.SoftExclude)}
	u.multi = x.installOnly(req.InstallOnly)
	d := u.demands(&req)
	var sol *Solution
	if req.Inclusive {
		sol = u.include(d)
	} else {
		var err error
		if sol, err = u.solve(ctx, &req, d); err != nil {
			return nil, err
		}
	}
	sol.Dropped = append(d.dropped, sol.Dropped...)
	slices.SortFunc(sol.Packages, func(a, b *Chosen) int { return byNEVRA(a.Package, b.Package) })
	if req.Mode == Exact {
		if added := beyond(sol); added != nil {
			return nil, &Added{added}
		}
	}
	if req.Sources {
		x.addSources(sol)
	}
	if req.Debuginfo {
		u.addDebuginfo(sol)
	}
	return sol, nil
}

// solve searches, again as long as a search shows how to do with less.
func (u *universe) solve(ctx context.Context, req *Request, d *demands) (*Solution, error) {
	u.extra = d.extra
	u.explore(d.asked())
	t := &tries{forced: make(map[string]solve.ID), tried: make(map[string][]solve.ID)}
	task := solve.Task{
		Universe: u, MaxConflicts: req.MaxConflicts,
		Policy: func() solve.Policy { return newSearch(u, t) },
	}
	for _, r := range d.roots {
		r.Any = u.alive(r.Any)
		task.Roots = append(task.Roots, r)
	}
	for n := 0; ; n++ {
		res, err := solve.Solve(ctx, task)
		if err != nil {
			return nil, u.explained(ctx, task, d, err)
		}
		if !t.again || n == maxTries {
			return u.solution(res), nil
		}
	}
}

// explained asks once more with the dead among the candidates, so that it is
// also said why each of them fell.
func (u *universe) explained(ctx context.Context, task solve.Task, d *demands, err error) error {
	if _, ok := errors.AsType[*solve.Unsolvable](err); !ok {
		return err
	}
	u.explain, task.Roots = true, d.roots
	if _, err = solve.Solve(ctx, task); err == nil {
		return errors.New("a request that cannot be met can be met by what is not to be had")
	}
	return u.inOrder(err)
}

// installOnly marks what can be there in several versions.
func (x *Index) installOnly(names []string) []bool {
	if names == nil {
		names = DefaultInstallOnly
	}
	var out []bool
	for _, name := range names {
		for _, pr := range x.provides[name] {
			if out == nil {
				out = make([]bool, len(x.pkgs))
			}
			out[pr.by] = true
		}
	}
	return out
}

// beyond lists what a solution has that was not asked for.
func beyond(sol *Solution) []*Chosen {
	var out []*Chosen
	for _, c := range sol.Packages {
		if !strings.HasPrefix(c.Why, "asked for") {
			out = append(out, c)
		}
	}
	return out
}

func (u *universe) solution(res *solve.Result) *Solution {
	sol := &Solution{Stats: res.Stats}
	here := make([]bool, len(u.pkgs))
	for _, c := range res.Chosen {
		here[c.ID] = true
	}
	for _, c := range res.Chosen {
		ch := u.chosen(c.ID, here)
		switch why := c.Rule.Why.(type) {
		case *requested:
			ch.Why = why.why()
		case *demanded:
			ch.Why, ch.By = why.kind.String()+": "+why.owner.Name, why.owner
			if why.other != nil {
				ch.Why, ch.By = why.kind.String()+": "+why.other.Name, why.other
			}
		case *inferior:
			ch.Why, ch.By = "requires: "+why.p.Name, why.p
		}
		sol.Packages = append(sol.Packages, ch)
	}
	for i := range res.Dropped {
		d := &res.Dropped[i]
		switch why := d.Rule.Why.(type) {
		case *requested:
			sol.Dropped = append(sol.Dropped, Dropped{Want: why.Sentence(), Because: cmp.Or(d.Because(), u.deaths(why.ids))})
		case *demanded:
			ids := u.satisfying(why.dep)
			sol.Dropped = append(sol.Dropped, Dropped{why.owner, why.dep.String(), cmp.Or(d.Because(), u.deaths(ids))})
		}
	}
	return sol
}

// chosen describes a candidate within a solution.
func (u *universe) chosen(id solve.ID, here []bool) *Chosen {
	p := u.pkgs[id]
	ch := &Chosen{Package: p, Needs: u.satisfiers(here, id, u.facts[id].requires)}
	if u.weak {
		ch.Wants = u.satisfiers(here, id, u.facts[id].recommends)
	}
	for _, other := range u.sorted(p.Name) {
		if q := u.pkgs[other]; u.outranks(q, p) && !here[other] && !excluded(u.hard, other) && !excluded(u.multi, id) {
			ch.Instead = q
			break
		}
	}
	return ch
}

// outranks reports whether q is a better version of p.
func (u *universe) outranks(q, p *Package) bool {
	return q.Arch == p.Arch && q.EVR.Compare(p.EVR) > 0 && q.priority() <= p.priority()
}

// satisfiers lists what of the solution satisfies the dependencies of a
// candidate: for each the first that does.
func (u *universe) satisfiers(here []bool, id solve.ID, deps []depID) []*Package {
	var out []*Package
	for _, d := range deps {
		dep := &u.deps[d]
		ids := dep.providers
		if dep.Rich != nil && severalPackages(dep.Rich) {
			ids = nil
			u.positive(dep.Dep, false, func(other solve.ID) { ids = append(ids, other) })
		}
		if slices.Contains(ids, id) {
			continue
		}
		if i := slices.IndexFunc(ids, func(other solve.ID) bool { return here[other] }); i >= 0 && !slices.Contains(out, u.pkgs[ids[i]]) {
			out = append(out, u.pkgs[ids[i]])
		}
	}
	return out
}

// inOrder puts the alternatives in an explanation into the order in which they
// are preferred.
func (u *universe) inOrder(err error) error {
	failed, ok := errors.AsType[*solve.Unsolvable](err)
	if !ok {
		return err
	}
	for i := range failed.Problems {
		for _, r := range failed.Problems[i].Rules {
			r.Any = slices.Clone(r.Any)
			slices.SortStableFunc(r.Any, func(a, b solve.ID) int { return u.inPreference(u.pkgs[a], u.pkgs[b]) })
		}
	}
	return err
}
