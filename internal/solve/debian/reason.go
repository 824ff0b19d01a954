package debian

import (
	"fmt"
	"slices"
	"strings"

	"cdbuilder/internal/deb"
	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/solve"
)

// relation is a field of Policy chapter 7 that makes rules.
type relation uint8

const (
	preDepends relation = iota
	depends
	recommends
	conflicts
	breaks
)

// String is the relation as a lock writes it.
func (r relation) String() string {
	return [...]string{"pre-depends", "depends", "recommends", "conflicts", "breaks"}[r]
}

func (r relation) verb() string {
	return [...]string{"pre-depends on", "depends on", "recommends", "conflicts with", "breaks"}[r]
}

// label names a package in a sentence.
func label(p *pkgset.Package) string { return p.Name + " " + p.Version }

// origin is a package with the place it comes from: libfoo 1.9 (debian/trixie).
func origin(p *pkgset.Package) string {
	var from []string
	for _, s := range []string{p.Repo, p.Suite} {
		if s != "" {
			from = append(from, s)
		}
	}
	if from == nil {
		return label(p)
	}
	return label(p) + " (" + strings.Join(from, "/") + ")"
}

// demanded is the reason of a Depends, Pre-Depends or Recommends.
type demanded struct {
	u      *universe
	kind   relation
	owner  *pkgset.Package
	clause pkgset.Clause
}

func (d *demanded) Sentence() string {
	return label(d.owner) + " " + d.kind.verb() + " " + d.clause.String()
}

func (d *demanded) Lack() string {
	var parts []string
	for _, dep := range d.clause {
		parts = append(parts, d.u.lack(d.kind, dep, d.owner))
	}
	return strings.Join(parts, "; ")
}

// excludes is the reason of a Conflicts or Breaks.
type excludes struct {
	kind  relation
	owner *pkgset.Package
	dep   pkgset.Dep
	other *pkgset.Package
}

func (e *excludes) Sentence() string {
	s := label(e.owner) + " " + e.kind.verb() + " " + e.dep.String()
	if e.other.Name != e.dep.Name {
		return s + ", which " + label(e.other) + " provides"
	}
	if e.dep.Op == pkgset.Any {
		return s
	}
	return s + ", and " + e.other.Name + " is " + e.other.Version
}

func (e *excludes) Lack() string { return "" }

// siblings is the reason why two packages of one name exclude each other.
type siblings struct{ a, b *pkgset.Package }

func (s *siblings) Sentence() string {
	if s.a.Arch == s.b.Arch || s.a.Arch == "all" || s.b.Arch == "all" {
		low, high := s.a.Version, s.b.Version
		if deb.Compare(low, high) > 0 {
			low, high = high, low
		}
		return fmt.Sprintf("%s can be installed in one version only: %s or %s", s.a.Name, low, high)
	}
	if s.a.MultiArch == "same" && s.b.MultiArch == "same" {
		return fmt.Sprintf("%s must have one version on all architectures, not %s for %s and %s for %s",
			s.a.Name, s.a.Version, s.a.Arch, s.b.Version, s.b.Arch)
	}
	return fmt.Sprintf("%s can be installed for one architecture only: %s or %s", s.a.Name, s.a.Arch, s.b.Arch)
}

func (s *siblings) Lack() string { return "" }

// requested is the reason of a root: somebody asked, or the package belongs to
// every system.
type requested struct {
	want Want
	what string // a package name, where it differs from want.Name: of a pattern
	base string // essential, or priority required
	lack string // why there is nothing to choose from
}

func (r *requested) Sentence() string {
	name := r.what
	if name == "" {
		name = r.want.Name
	}
	switch {
	case r.base != "":
		return name + " (" + r.base + ")"
	case r.want.By != "":
		return name + " (asked for by " + r.want.By + ")"
	}
	return name
}

func (r *requested) Lack() string { return r.lack }

// why is the reason as a lock writes it.
func (r *requested) why() string {
	switch {
	case r.base != "":
		return r.base
	case r.want.By != "":
		return "asked for by " + r.want.By
	}
	return "asked for"
}

// lack says why nothing satisfies one alternative of a clause.
func (u *universe) lack(kind relation, d pkgset.Dep, owner *pkgset.Package) string {
	var here, unfit []string
	for _, p := range u.sorted(d.Name) {
		if s := u.misfit(p); s != "" {
			unfit = append(unfit, s)
		} else if !versionHolds(d, p.Version) {
			here = append(here, origin(p))
		} else if !u.archHolds(d, owner, p) {
			unfit = append(unfit, fmt.Sprintf("%s is for %s (Multi-Arch: %s)", label(p), p.Arch, orNo(p.MultiArch)))
		}
	}
	for _, pr := range u.set.Providers(d.Name) {
		switch s := u.misfit(pr.Package); {
		case s != "":
			unfit = append(unfit, s+", which provides it")
		case pr.Provide.Op == pkgset.Any && d.Op != pkgset.Any:
			unfit = append(unfit, fmt.Sprintf("%s provides %s without a version", label(pr.Package), d.Name))
		case d.Op != pkgset.Any:
			here = append(here, fmt.Sprintf("%s %s provided by %s", d.Name, pr.Provide.Version, origin(pr.Package)))
		default:
			unfit = append(unfit, fmt.Sprintf("%s provides %s for %s only", label(pr.Package), d.Name, pr.Package.Arch))
		}
	}
	var parts []string
	if here != nil {
		parts = append(parts, "the repositories have "+listed(here))
	}
	if unfit != nil {
		parts = append(parts, listed(unfit))
	}
	switch {
	case parts != nil:
		return strings.Join(parts, "; ")
	case kind == recommends:
		// No near names: many Recommends are dropped, and nobody mistyped them.
		return "nothing provides " + d.Name
	}
	return u.unknown(d.Name)
}

func orNo(multiArch string) string {
	if multiArch == "" {
		return "no"
	}
	return multiArch
}

// misfit says why a package is not to be had for anybody.
func (u *universe) misfit(p *pkgset.Package) string {
	id, ok := u.ids[p]
	switch {
	case !ok:
		return label(p) + " is for " + p.Arch
	case u.excluded[id]:
		return label(p) + " is excluded by the request"
	}
	return ""
}

// sorted gives the packages of a name, the best version first.
func (u *universe) sorted(name string) []*pkgset.Package {
	return slices.SortedStableFunc(slices.Values(u.set.Named(name)), u.better)
}

// listed joins the first few of a list.
func listed(items []string) string {
	const most = 5
	if n := len(items); n > most {
		items = append(slices.Clone(items[:most]), fmt.Sprintf("and %d more", n-most))
	}
	return strings.Join(items, ", ")
}

// unknown is what to say of a name that no package bears or provides.
func (u *universe) unknown(name string) string {
	near := solve.Near(name, func(yield func(string) bool) {
		for _, p := range u.pkgs {
			if !yield(p.Name) {
				return
			}
			for _, d := range p.Provides {
				if !yield(d.Name) {
					return
				}
			}
		}
	}, 3)
	if near == nil {
		return "nothing provides " + name
	}
	return "nothing provides " + name + ", did you mean: " + strings.Join(near, ", ")
}
