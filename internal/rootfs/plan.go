package rootfs

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"cdbuilder/internal/deb"
	"cdbuilder/internal/pkgset"
)

// pkg is a package on its way.
type pkg struct {
	*Package
	control   deb.Paragraph
	text      []byte // the control file as it is
	headSum   [sha256.Size]byte
	preinst   kind
	essential bool
	replaces  []pkgset.Dep
	provides  []pkgset.Dep
	needs     []*pkg // what satisfies its Depends and Pre-Depends
	before    []*pkg // what satisfies its Pre-Depends
	// rank is its place in the order of unpacking: after what it depends on, circles apart.
	rank int

	ahead  *ahead // its data archive, decompressed beforehand; nil: it is not
	placed placed // what is known of it when it has been unpacked
}

// plan is the packages in the order of their ranks.
type plan struct {
	pkgs   []*pkg
	byName map[string]*pkg
}

// newPlan reads the packages' control files and finds their order.
func newPlan(ctx context.Context, packages []Package, workers int) (*plan, error) {
	pl := &plan{byName: make(map[string]*pkg, len(packages))}
	for i := range packages {
		p := &pkg{Package: &packages[i]}
		pl.pkgs = append(pl.pkgs, p)
		pl.byName[p.Name] = p
	}
	err := each(ctx, workers, pl.pkgs, func(ctx context.Context, p *pkg) error {
		err := p.head()
		if err == nil {
			return nil
		}
		// Damage explains everything else.
		if damage := p.reading(ctx, nil, nil); damage != nil {
			err = damage
		}
		return &PackageError{Package: p.ID(), File: p.File, Step: Reading, Err: err}
	})
	if err != nil {
		return nil, err
	}
	providers := pl.providers()
	if err := errors.Join(pl.link(providers), pl.clashes(providers)); err != nil {
		return nil, err
	}
	pl.order()
	return pl, nil
}

// relations reads the fields that bear on the order and on overlaps.
func (p *pkg) relations() (err error) {
	p.essential = p.control.Get("Essential") == "yes"
	if p.replaces, err = deb.ParseDeps(p.control.Get("Replaces")); err != nil {
		return fmt.Errorf("field Replaces: %w", err)
	}
	if p.provides, err = deb.ParseDeps(p.control.Get("Provides")); err != nil {
		return fmt.Errorf("field Provides: %w", err)
	}
	return nil
}

// provider is a package with the Provides entry that gives it another name.
type provider struct {
	*pkg
	as pkgset.Dep
}

func (pl *plan) providers() map[string][]provider {
	out := make(map[string][]provider)
	for _, p := range pl.pkgs {
		for _, d := range p.provides {
			out[d.Name] = append(out[d.Name], provider{p, d})
		}
	}
	return out
}

// clashes finds packages that must not be installed together, which dpkg would
// refuse to unpack.
func (pl *plan) clashes(providers map[string][]provider) error {
	var faults []error
	for _, p := range pl.pkgs {
		for _, field := range []string{"Conflicts", "Breaks"} {
			deps, err := deb.ParseDeps(p.control.Get(field))
			if err != nil {
				faults = append(faults, &PackageError{Package: p.ID(), File: p.File, Step: Reading, Err: fmt.Errorf("field %s: %w", field, err)})
			}
			for _, d := range deps {
				for _, q := range pl.satisfying(pkgset.Clause{d}, providers) {
					if q != p {
						faults = append(faults, &PackageError{Package: p.ID(), Step: Reading, Err: fmt.Errorf("it cannot be installed with %s: %s: %s", q.ID(), field, d)})
					}
				}
			}
		}
	}
	return errors.Join(faults...)
}

// link finds for each dependency the packages of the set that satisfy it.
func (pl *plan) link(providers map[string][]provider) error {
	for _, p := range pl.pkgs {
		for _, field := range []string{"Pre-Depends", "Depends"} {
			clauses, err := deb.ParseClauses(p.control.Get(field))
			if err != nil {
				return &PackageError{Package: p.ID(), File: p.File, Step: Reading, Err: fmt.Errorf("field %s: %w", field, err)}
			}
			for _, c := range clauses {
				for _, q := range pl.satisfying(c, providers) {
					if q != p && !slices.Contains(p.needs, q) {
						p.needs = append(p.needs, q)
					}
					if q != p && field == "Pre-Depends" {
						p.before = append(p.before, q)
					}
				}
			}
		}
	}
	return nil
}

// satisfying gives every package of the set that satisfies a clause: for an
// order more is better.
func (pl *plan) satisfying(c pkgset.Clause, providers map[string][]provider) (out []*pkg) {
	for _, d := range c {
		if q := pl.byName[d.Name]; q != nil && satisfies(d, q.Version) {
			out = append(out, q)
		}
		for _, q := range providers[d.Name] {
			// Only a version that is stated satisfies a relation to versions.
			if d.Op == pkgset.Any || q.as.Version != "" && satisfies(d, q.as.Version) {
				out = append(out, q.pkg)
			}
		}
	}
	return out
}

func satisfies(d pkgset.Dep, version string) bool {
	return d.Op == pkgset.Any || d.Op.Holds(deb.Compare(version, d.Version))
}

// order ranks the packages: Essential ones and their needs first, then by name,
// each after what it needs.
func (pl *plan) order() {
	slices.SortFunc(pl.pkgs, func(a, b *pkg) int {
		return cmp.Or(cmp.Compare(precedence(a), precedence(b)), cmp.Compare(a.Name, b.Name))
	})
	var out []*pkg
	seen := make(map[*pkg]bool, len(pl.pkgs))
	var visit func(p *pkg)
	visit = func(p *pkg) {
		if seen[p] {
			return
		}
		seen[p] = true
		for _, q := range p.needs {
			visit(q)
		}
		p.rank = len(out)
		out = append(out, p)
	}
	for _, p := range pl.pkgs {
		// base-files makes the top of the tree and needs nothing to be unpacked.
		if p.Name == "base-files" {
			seen[p] = true
			out = append(out, p)
		}
	}
	for _, p := range pl.pkgs {
		visit(p)
	}
	pl.pkgs = out
}

func precedence(p *pkg) int {
	switch {
	case p.Name == "base-files" || p.Name == "base-passwd":
		return 0
	case p.essential:
		return 1
	}
	return 2
}

// base gives the Essential packages, dpkg, and all that these need.
func (pl *plan) base() []*pkg {
	return pl.closure(pl.where(func(p *pkg) bool { return p.essential || p.Name == "dpkg" }))
}

// closure gives the packages and all that they need, by rank.
func (pl *plan) closure(from []*pkg) []*pkg {
	in := make(map[*pkg]bool)
	var visit func(p *pkg)
	visit = func(p *pkg) {
		if in[p] {
			return
		}
		in[p] = true
		for _, q := range p.needs {
			visit(q)
		}
	}
	for _, p := range from {
		visit(p)
	}
	return pl.where(func(p *pkg) bool { return in[p] })
}

// where gives the packages for which the condition holds, by rank.
func (pl *plan) where(holds func(*pkg) bool) (out []*pkg) {
	for _, p := range pl.pkgs {
		if holds(p) {
			out = append(out, p)
		}
	}
	return out
}
