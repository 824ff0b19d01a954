package rpm

import (
	"cmp"
	"strings"

	"cdbuilder/internal/rpm"
)

// Package is one version of one package, as a repository offers it. Of its
// files only those that primary lists need be there: Set.Owners knows the
// others.
type Package struct {
	*rpm.Package
	Repo *Repo // may be nil
}

// Repo is where a package comes from.
type Repo struct {
	ID       string
	Priority int // as dnf's: the lower wins over any version; 99 where nothing is said
	Cost     int // as dnf's: of the same package the one of the lower cost is taken
}

// Set holds the packages of all repositories.
type Set struct {
	// All is in the order of the repositories and, in each, of its metadata.
	// That order decides where nothing else does, better and cheaper
	// repositories first.
	All []*Package
	// Owners finds the packages that have a file which their Files do not
	// list; it looks into the filelists. Nil stands for no such file. It must
	// be safe for concurrent use and always give the same answer.
	Owners func(path string) []*Package
}

// String is the package's name-version-release.arch, with the epoch unless
// that is 0.
func (p *Package) String() string { return p.Name + "-" + evrText(p.EVR) + "." + p.Arch }

// evrText writes a version such that equal ones are written alike.
func evrText(e rpm.EVR) string {
	if strings.Trim(e.Epoch, "0") == "" {
		e.Epoch = ""
	}
	return e.String()
}

func (p *Package) source() bool { return p.Arch == "src" || p.Arch == "nosrc" }

func (p *Package) priority() int {
	if p.Repo == nil {
		return 99
	}
	return p.Repo.Priority
}

func (p *Package) cost() int {
	if p.Repo == nil {
		return 1000
	}
	return p.Repo.Cost
}

// from is the package with the repository it comes from.
func (p *Package) from() string {
	if p.Repo == nil || p.Repo.ID == "" {
		return p.String()
	}
	return p.String() + " (" + p.Repo.ID + ")"
}

// sameNEVRA reports whether two packages are the same one, as far as names tell.
func sameNEVRA(a, b *Package) bool {
	return a.Name == b.Name && a.Arch == b.Arch && sameEVR(a, b)
}

func sameEVR(a, b *Package) bool { return a.EVR == b.EVR || evrText(a.EVR) == evrText(b.EVR) }

// newer orders two packages by version, the newest first.
func newer(a, b *Package) int { return b.EVR.Compare(a.EVR) }

// byNEVRA is the order of everything that is shown.
func byNEVRA(a, b *Package) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), a.EVR.Compare(b.EVR), strings.Compare(a.Arch, b.Arch))
}
