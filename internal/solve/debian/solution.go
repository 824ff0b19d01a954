package debian

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/solve"
)

// Solution is a set of packages that can be installed together.
type Solution struct {
	// Packages is sorted by name, version and architecture.
	Packages []*Chosen
	// Dropped lists Recommends and optional wants that were not met, in the
	// order in which they came up.
	Dropped []Dropped
	Stats   solve.Stats
}

// Chosen is a package of the solution.
type Chosen struct {
	*pkgset.Package
	// Why is what first asked for it, as a lock writes it: "asked for by @core",
	// "essential", "priority required", "depends: bash", "recommends: bash";
	// the name is that of the package that depends or recommends.
	Why string
	// By is that package, nil when the request itself asked.
	By *pkgset.Package
	// Needs are the chosen packages that satisfy its Depends and Pre-Depends,
	// one for each clause, the first that the packager names; Wants those that
	// satisfy its Recommends.
	Needs, Wants []*pkgset.Package
	// Instead is the version that APT would have taken, when that one could not
	// be installed together with what was asked for.
	Instead *pkgset.Package
}

// Dropped is a wish that was not met.
type Dropped struct {
	Package *pkgset.Package // who recommends; nil for an optional want
	Want    string          // what: a clause, or the want's name
	Because string
}

// String is the drop in a sentence.
func (d Dropped) String() string {
	if d.Package == nil {
		return d.Want + ": " + d.Because
	}
	return label(d.Package) + " recommends " + d.Want + ": " + d.Because
}

// Solve answers a request from a set of packages; it stands for an Index that
// is used once.
func Solve(set *pkgset.Set, req Request) (*Solution, error) {
	return NewIndex(set, req.Arch, req.Foreign...).Solve(context.Background(), req)
}

// Solve answers a request. Its architectures must be the index's. An error of
// type *solve.Unsolvable explains why there is no answer.
func (x *Index) Solve(ctx context.Context, req Request) (*Solution, error) {
	if err := req.Validate(); err != nil {
		return nil, err
	}
	if !slices.Equal(append([]string{req.Arch}, req.Foreign...), x.archs) {
		return nil, fmt.Errorf("the request is for %s %s, the index for %s", req.Arch, req.Foreign, x.archs)
	}
	u := &universe{Index: x, excluded: x.excluded(req.Exclude), recommends: req.Recommends}
	res, err := solve.Solve(ctx, solve.Task{Universe: u, Roots: u.roots(&req), MaxConflicts: req.MaxConflicts})
	if err != nil {
		return nil, err
	}
	return u.solution(res), nil
}

// excluded finds the candidates that the request forbids.
func (x *Index) excluded(names []string) map[solve.ID]bool {
	if len(names) == 0 {
		return nil
	}
	out := make(map[solve.ID]bool)
	for _, name := range names {
		sel, err := parseSelector(name)
		if err != nil {
			continue // Validate refused it
		}
		among := x.pkgs
		if !sel.glob {
			among = x.set.Named(sel.name)
		}
		for _, p := range among {
			if id, ok := x.ids[p]; ok && sel.fits(x, p) {
				out[id] = true
			}
		}
	}
	return out
}

func (u *universe) solution(res *solve.Result) *Solution {
	sol := &Solution{Stats: res.Stats}
	here := make(map[solve.ID]bool, len(res.Chosen))
	for _, c := range res.Chosen {
		here[c.ID] = true
	}
	for _, c := range res.Chosen {
		p := u.pkgs[c.ID]
		ch := &Chosen{Package: p, Needs: u.satisfiers(here, p, p.PreDepends, p.Depends)}
		if u.recommends {
			ch.Wants = u.satisfiers(here, p, p.Recommends)
		}
		switch why := c.Rule.Why.(type) {
		case *requested:
			ch.Why = why.why()
		case *demanded:
			ch.Why, ch.By = why.kind.String()+": "+why.owner.Name, why.owner
		}
		if !u.candidate(c.ID) {
			ch.Instead = u.instead(p)
		}
		sol.Packages = append(sol.Packages, ch)
	}
	slices.SortFunc(sol.Packages, func(a, b *Chosen) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Version, b.Version), strings.Compare(a.Arch, b.Arch))
	})
	for i := range res.Dropped {
		d := &res.Dropped[i]
		switch why := d.Rule.Why.(type) {
		case *requested:
			sol.Dropped = append(sol.Dropped, Dropped{Want: why.Sentence(), Because: d.Because()})
		case *demanded:
			sol.Dropped = append(sol.Dropped, Dropped{why.owner, why.clause.String(), d.Because()})
		}
	}
	return sol
}

// satisfiers lists what of the solution satisfies the clauses of a package.
func (u *universe) satisfiers(here map[solve.ID]bool, p *pkgset.Package, fields ...[]pkgset.Clause) []*pkgset.Package {
	var out []*pkgset.Package
	for _, c := range slices.Concat(fields...) {
		for _, id := range u.alternatives(c, p) {
			if q := u.pkgs[id]; here[id] {
				if q != p && !slices.Contains(out, q) {
					out = append(out, q)
				}
				break
			}
		}
	}
	return out
}

// instead finds the version that would have been the candidate.
func (u *universe) instead(p *pkgset.Package) *pkgset.Package {
	for _, q := range u.sorted(p.Name) {
		if _, ok := u.usable(q); ok && u.arch(q) == u.arch(p) {
			return q
		}
	}
	return nil
}
