// Package pkgset is the ground on which repositories and the resolver meet: a
// package as its repository's metadata describes it, the relations it states,
// a set of packages with the indexes every reader of it needs, and the lock
// that records what was chosen.
//
// It knows no file format. The shapes are those of Debian Policy chapter 7
// (relationships) and of the RPM header (requires, provides, conflicts,
// obsoletes); what a field means is for the reader who speaks that family.
package pkgset

import (
	"slices"
	"strings"
)

// Op is the comparison in a versioned relation.
type Op uint8

// The comparisons; Any stands for a relation without a version.
const (
	Any Op = iota
	LT     // strictly earlier: Debian's <<
	LE
	EQ
	GE
	GT // strictly later: Debian's >>
)

// String gives the operator as Debian control files write it.
func (o Op) String() string {
	return [...]string{"", "<<", "<=", "=", ">=", ">>"}[o]
}

// Holds reports whether a comparison result (negative, zero, positive: the
// candidate's version against the relation's) satisfies the operator.
func (o Op) Holds(cmp int) bool {
	switch o {
	case LT:
		return cmp < 0
	case LE:
		return cmp <= 0
	case EQ:
		return cmp == 0
	case GE:
		return cmp >= 0
	case GT:
		return cmp > 0
	}
	return true
}

// Dep is one relation to a package name or a virtual name.
type Dep struct {
	Name    string
	Arch    string // qualifier: "", "any", "native" or an architecture
	Op      Op
	Version string // empty when Op is Any
}

// String gives the relation as Debian control files write it: name:any (>= 1.2).
func (d Dep) String() string {
	s := d.Name
	if d.Arch != "" {
		s += ":" + d.Arch
	}
	if d.Op != Any {
		s += " (" + d.Op.String() + " " + d.Version + ")"
	}
	return s
}

// Clause is a list of alternatives, in the packager's order of preference;
// any one of them satisfies it.
type Clause []Dep

// String gives the clause as Debian control files write it: a | b (>= 2).
func (c Clause) String() string {
	parts := make([]string, len(c))
	for i, d := range c {
		parts[i] = d.String()
	}
	return strings.Join(parts, " | ")
}

// Package is one version of one package, as a repository offers it.
type Package struct {
	Name    string
	Version string
	Arch    string // "all" or "noarch" where it fits every architecture

	Repo      string // id of the repository in version.toml
	Suite     string
	Component string
	Path      string // below the repository's base, slash separated, as the index states it
	Size      int64  // bytes of the package file
	Installed int64  // bytes on disk, as the packager states it
	SHA256    string // lower-case hexadecimal digest of the package file

	Source    string // name of the source package; Name where the index is silent
	Section   string
	Priority  string // required, important, standard, optional, extra
	Essential bool
	MultiArch string // "", no, same, foreign, allowed
	// Pin orders the repositories: a higher one wins over a newer version.
	Pin int

	PreDepends, Depends                   []Clause
	Recommends, Suggests, Enhances        []Clause
	Conflicts, Breaks, Replaces, Provides []Dep
}

// ID is the name, version and architecture: bash_5.2.37-2_amd64.
func (p *Package) ID() string { return p.Name + "_" + p.Version + "_" + p.Arch }

// Set holds packages with indexes by name and by provided name. Fill it with
// Add; it is not safe for concurrent filling.
type Set struct {
	All      []*Package
	byName   map[string][]*Package
	provides map[string][]Provider
}

// Provider is a package together with the Provides entry that names it.
type Provider struct {
	Package *Package
	Provide Dep
}

// Add appends packages to the set.
func (s *Set) Add(pkgs ...*Package) {
	if s.byName == nil {
		s.byName = make(map[string][]*Package)
		s.provides = make(map[string][]Provider)
	}
	for _, p := range pkgs {
		s.All = append(s.All, p)
		s.byName[p.Name] = append(s.byName[p.Name], p)
		for _, d := range p.Provides {
			s.provides[d.Name] = append(s.provides[d.Name], Provider{p, d})
		}
	}
}

// Named returns the packages with that very name, in the order they were added.
func (s *Set) Named(name string) []*Package { return s.byName[name] }

// Providers returns the packages that state the name in Provides.
func (s *Set) Providers(name string) []Provider { return s.provides[name] }

// Names returns every package name once, sorted.
func (s *Set) Names() []string {
	names := make([]string, 0, len(s.byName))
	for n := range s.byName {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
