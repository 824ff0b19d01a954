package rpm

import (
	"fmt"
	"slices"
	"strings"

	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/rpm"
	"cdbuilder/internal/solve"
)

// demanded is the reason of a requires, a weak dependency or a rich conflict.
type demanded struct {
	u     *universe
	kind  relation
	owner *Package
	dep   *rpm.Dep
	other *Package // supplements: the package whose presence asks
	// intricate says that the dependency's normal form is beyond all bounds.
	intricate bool
}

func (d *demanded) Sentence() string {
	return d.owner.String() + " " + d.kind.verb() + " " + d.dep.String()
}

func (d *demanded) Lack() string {
	if d.intricate {
		return "that is too intricate to follow"
	}
	if d.kind == conflicts {
		return ""
	}
	return d.u.lackOfAny(d.kind, d.dep)
}

// lackOfAny says of each part of a dependency why nothing satisfies it.
func (u *universe) lackOfAny(kind relation, d *rpm.Dep) string {
	var parts []string
	d.All(func(one rpm.Dep) {
		if s := u.lack(kind, &one); s != "" && !slices.Contains(parts, s) {
			parts = append(parts, s)
		}
	})
	return strings.Join(parts, "; ")
}

// excludes is the reason of a plain conflict or of an obsoletes.
type excludes struct {
	kind  relation
	owner *Package
	dep   *rpm.Dep
	other *Package
}

func (e *excludes) Sentence() string {
	s := e.owner.String() + " " + e.kind.verb() + " " + e.dep.String()
	if e.other.Name != e.dep.Name {
		return s + ", which " + e.other.String() + " provides"
	}
	if e.dep.Op == pkgset.Any {
		return s
	}
	return s + ", and that is " + e.other.String()
}

func (e *excludes) Lack() string { return "" }

// siblings is the reason why two packages of one name exclude each other.
type siblings struct{ a, b *Package }

func (s *siblings) Sentence() string {
	low, high := s.a, s.b
	if byNEVRA(low, high) > 0 {
		low, high = high, low
	}
	switch {
	case low.EVR.Compare(high.EVR) != 0:
		return fmt.Sprintf("%s can be installed in one version only: %s or %s", low.Name, low, high)
	case low.Arch != high.Arch:
		return fmt.Sprintf("%s can be installed for one architecture only: %s or %s", low.Name, low, high)
	}
	return fmt.Sprintf("%s can be installed once only: from %s or from %s", low.Name, repoID(s.a), repoID(s.b))
}

func repoID(p *Package) string {
	if p.Repo == nil {
		return "one repository"
	}
	return p.Repo.ID
}

func (s *siblings) Lack() string { return "" }

// inferior is the reason why a package for a lesser architecture needs the one
// for the best beside it.
type inferior struct {
	u *universe
	p *Package
}

func (i *inferior) Sentence() string {
	return fmt.Sprintf("%s is for a lesser architecture and needs the same version for the best one beside it", i.p)
}

func (i *inferior) Lack() string {
	var there []string
	for _, id := range i.u.sorted(i.p.Name) {
		if q := i.u.pkgs[id]; i.u.classes[id] < i.u.class(i.p.Arch) && !excluded(i.u.hard, id) {
			there = append(there, q.from())
		}
	}
	if there == nil {
		return "it is excluded by the request"
	}
	return "the repositories have " + listed(there)
}

// requested is the reason of a root: somebody asked.
type requested struct {
	want Want
	what string     // a package, where that is not the want's name
	lack string     // why there is nothing to choose from
	ids  []solve.ID // what there is
}

func (r *requested) Sentence() string {
	name := r.want.Name
	if r.what != "" {
		name = r.what
	}
	if r.want.If != "" {
		name += ", if " + r.want.If + " is there,"
	}
	if r.want.By != "" {
		return name + " (asked for by " + r.want.By + ")"
	}
	return name
}

func (r *requested) Lack() string { return r.lack }

// why is the reason as a lock writes it.
func (r *requested) why() string {
	if r.want.By != "" {
		return "asked for by " + r.want.By
	}
	return "asked for"
}

// lack says why nothing satisfies a plain dependency; it is empty when
// something does.
func (u *universe) lack(kind relation, d *rpm.Dep) string {
	var here, unusable []string
	for _, id := range u.sorted(d.Name) {
		p := u.pkgs[id]
		switch {
		case excluded(u.hard, id):
			unusable = append(unusable, p.String()+" is excluded by the request")
		case kind != requires && excluded(u.soft, id):
			unusable = append(unusable, p.String()+" is excluded by the request unless something requires it")
		case u.named(d, p):
			return ""
		default:
			here = append(here, p.from())
		}
	}
	for _, pr := range u.provides[d.Name] {
		p := u.pkgs[pr.by]
		switch {
		case p.Name == d.Name:
		case excluded(u.hard, pr.by):
			unusable = append(unusable, p.String()+", which provides it, is excluded by the request")
		case d.Overlaps(*pr.dep):
			return ""
		default:
			here = append(here, pr.dep.String()+" provided by "+p.from())
		}
	}
	for _, id := range u.owners[d.Name] {
		if !excluded(u.hard, id) {
			return ""
		}
		unusable = append(unusable, u.pkgs[id].String()+", which has it, is excluded by the request")
	}
	unusable = append(unusable, u.foreign(d.Name)...)
	var parts []string
	if here != nil {
		parts = append(parts, "the repositories have "+listed(here))
	}
	if unusable != nil {
		parts = append(parts, listed(unusable))
	}
	switch {
	case parts != nil:
		return strings.Join(parts, "; ")
	case kind != requires:
		// No near names: nobody mistyped what is merely recommended.
		return "nothing provides " + d.Name
	}
	return u.unknown(d.Name)
}

// deaths says of dead candidates what each lacks.
func (u *universe) deaths(ids []solve.ID) string {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id solve.ID) bool { return !u.dead[id] })
	slices.SortStableFunc(ids, func(a, b solve.ID) int { return u.inPreference(u.pkgs[a], u.pkgs[b]) })
	var parts []string
	for _, id := range ids {
		parts = append(parts, u.death(id))
	}
	return listed(parts)
}

// death follows a dead candidate's requires to something that nobody gives.
func (u *universe) death(id solve.ID) string {
	var parts []string
	seen := make(map[solve.ID]bool)
	for id >= 0 && !seen[id] {
		seen[id] = true
		next := solve.ID(-1)
		for _, d := range u.facts[id].requires {
			ids := u.providers(d)
			rich := u.deps[d].Rich != nil && severalPackages(u.deps[d].Rich)
			if rich || contains(ids, id) || len(u.aliveOf(ids)) > 0 {
				continue
			}
			parts = append(parts, u.pkgs[id].String()+" requires "+u.deps[d].String())
			if len(ids) == 0 {
				// What is merely dropped gets no near names: there may be thousands.
				parts = append(parts, u.lackOfAny(recommends, u.deps[d].Dep))
			} else {
				next = ids[0]
			}
			break
		}
		id = next
	}
	return strings.Join(parts, "; ")
}

// foreign says of packages of a name that they do not run here.
func (x *Index) foreign(name string) []string {
	var out []string
	for _, p := range x.others[name] {
		if p.source() {
			out = append(out, p.String()+" is a source package")
		} else {
			out = append(out, p.String()+" is for "+p.Arch)
		}
	}
	return out
}

// nothing says why a name of the request stands for no package.
func (u *universe) nothing(sel selector) string {
	if sel.dep != nil && sel.dep.Rich == nil {
		return u.lack(requires, sel.dep)
	}
	ids, _ := u.matching(sel)
	var unusable []string
	for _, id := range ids {
		unusable = append(unusable, u.pkgs[id].String()+" is excluded by the request")
	}
	unusable = append(unusable, u.foreign(sel.text)...)
	switch {
	case unusable != nil:
		return listed(unusable)
	case sel.glob:
		return "no package matches the pattern"
	}
	return u.unknown(sel.text)
}

// sorted gives the candidates of a name, the newest first.
func (x *Index) sorted(name string) []solve.ID {
	ids := slices.Clone(x.byName[name])
	slices.SortStableFunc(ids, func(a, b solve.ID) int { return newer(x.pkgs[a], x.pkgs[b]) })
	return ids
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
func (x *Index) unknown(name string) string {
	if strings.HasPrefix(name, "/") {
		return "no package has the file " + name
	}
	near := solve.Near(name, func(yield func(string) bool) {
		for _, p := range x.pkgs {
			if !yield(p.Name) {
				return
			}
		}
	}, 3)
	if near == nil {
		return "nothing provides " + name
	}
	return "nothing provides " + name + ", did you mean: " + strings.Join(near, ", ")
}
