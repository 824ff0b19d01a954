package rpm

import (
	"cmp"
	"strings"

	"cdbuilder/internal/rpm"
)

// Package is one version of one package, as a repository offers it: what the
// resolver must know of it.
type Package struct {
	Name string
	EVR  rpm.EVR
	Arch string // noarch where it fits every architecture, src or nosrc for sources
	Repo *Repo  // may be nil

	Requires, Provides, Conflicts, Obsoletes    []rpm.Dep
	Recommends, Suggests, Supplements, Enhances []rpm.Dep
	// Files are the paths that the primary metadata lists; Set.Owners knows the
	// others.
	Files []string
	// SourceRPM is the file name of the source package.
	SourceRPM string
	// Origin is the caller's: what this was made from.
	Origin any
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
	// The order decides where nothing else does.
	All []*Package
	// Owners finds the packages that have a file which Package.Files does not
	// list; it looks into the filelists. Nil stands for no such file. It must
	// be safe for concurrent use and always give the same answer.
	Owners func(path string) []*Package
}

// String is the package's name-version-release.arch, with the epoch unless
// that is 0.
func (p *Package) String() string { return p.Name + "-" + evrText(p.EVR) + "." + p.Arch }

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

// newer orders two packages by version, the newest first.
func newer(a, b *Package) int { return b.EVR.Compare(a.EVR) }

// byNEVRA is the order of everything that is shown.
func byNEVRA(a, b *Package) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), a.EVR.Compare(b.EVR), strings.Compare(a.Arch, b.Arch))
}
