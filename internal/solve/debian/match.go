package debian

import (
	"slices"

	"cdbuilder/internal/deb"
	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/solve"
)

// meets reports whether a package of the very name satisfies the version and
// the architecture of a relation that owner states.
func (x *Index) meets(d pkgset.Dep, owner, p *pkgset.Package) bool {
	return versionHolds(d, p.Version) && x.archHolds(d, owner, p)
}

// provides reports the same for a package that provides the name. Per Policy
// §7.5 an unversioned Provides does not satisfy a versioned relation.
func (x *Index) provides(d pkgset.Dep, owner *pkgset.Package, pr pkgset.Provider) bool {
	if d.Op != pkgset.Any && (pr.Provide.Op != pkgset.EQ || !versionHolds(d, pr.Provide.Version)) {
		return false
	}
	if pr.Provide.Arch != "" {
		return pr.Provide.Arch == d.Arch || d.Arch == "" && pr.Provide.Arch == x.arch(owner)
	}
	return x.archHolds(d, owner, pr.Package)
}

func versionHolds(d pkgset.Dep, version string) bool {
	return d.Op == pkgset.Any || d.Op.Holds(deb.Compare(version, d.Version))
}

// archHolds is the Multi-Arch specification's table: a plain name means the
// architecture of who asks, unless the package is foreign and serves all; :any
// is granted by packages that allow it; other qualifiers name the architecture.
func (x *Index) archHolds(d pkgset.Dep, owner, p *pkgset.Package) bool {
	switch d.Arch {
	case "":
		return p.MultiArch == "foreign" || x.arch(p) == x.arch(owner)
	case "any":
		return p.MultiArch == "allowed"
	case "native", "all":
		return x.arch(p) == x.archs[0]
	}
	return x.arch(p) == d.Arch
}

// collides reports whether a negative relation of owner speaks against p. It
// reaches every architecture unless it is qualified.
func (x *Index) collides(d pkgset.Dep, p *pkgset.Package) bool {
	switch d.Arch {
	case "":
		return true
	case "any":
		return p.MultiArch == "allowed"
	case "native", "all":
		return x.arch(p) == x.archs[0]
	}
	return x.arch(p) == d.Arch
}

// against lists the candidates that a Conflicts or Breaks of owner excludes. A
// package never conflicts with itself, nor with other versions of itself by
// such a field.
func (x *Index) against(d pkgset.Dep, owner *pkgset.Package) []solve.ID {
	var ids []solve.ID
	if d.Name != owner.Name {
		for _, p := range x.set.Named(d.Name) {
			if id, ok := x.ids[p]; ok && versionHolds(d, p.Version) && x.collides(d, p) {
				ids = append(ids, id)
			}
		}
	}
	for _, pr := range x.set.Providers(d.Name) {
		id, ok := x.ids[pr.Package]
		if !ok || pr.Package.Name == owner.Name || slices.Contains(ids, id) || !x.collides(d, pr.Package) {
			continue
		}
		if d.Op == pkgset.Any || pr.Provide.Op == pkgset.EQ && versionHolds(d, pr.Provide.Version) {
			ids = append(ids, id)
		}
	}
	return ids
}

// coinstallable reports whether two packages of one name can be there together:
// for different architectures, both Multi-Arch: same, in the same version.
func (x *Index) coinstallable(a, b *pkgset.Package) bool {
	return x.arch(a) != x.arch(b) && a.MultiArch == "same" && b.MultiArch == "same" && a.Version == b.Version
}
