// Package rpm states the semantics of RPM packages as rules for the solver:
// requires (of files too), provides, conflicts, obsoletes, rich dependencies
// (rpm's manual, "Boolean Dependencies"), weak ones (recommends, supplements,
// suggests, enhances), architectures side by side (multilib), installonly
// packages. It takes a Set and a Request and gives a Solution.
//
// Where the rules leave a choice it takes the one that dnf 4 would: the order
// of decisions and what is preferred are those of libsolv 0.7 as libdnf sets it
// up (yum's obsoletes, explicit obsoletes of installonly packages, implicit
// obsoletes within one colour, a lesser architecture only beside the same
// version of the best one). Recommends and supplements are tried when all
// dependencies are met and never turn an earlier choice; suggests and enhances
// only say which of equals is taken.
//
// The root is empty. Features of rpm itself, rpmlib(…), count as there, and
// scriptlets, triggers and the order of installation are rpm's affair.
package rpm

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"cdbuilder/internal/rpm"
)

// Request is what shall be installed into an empty root, or put on a medium.
type Request struct {
	// Arch is the machine's: x86_64. What else runs there follows from it.
	Arch string
	Mode Mode
	// Wants is what is asked for by name, in the asker's order.
	Wants []Want
	// Inclusive takes for each need every package that meets it, the newest
	// of each name, whether or not they go together; what stays open is
	// reported and is no fault. Without it the answer can be installed as a
	// whole, and what contradicts itself is refused.
	Inclusive bool
	// Best takes the best package for each name or none, as dnf does where
	// dnf.conf says best=True. Without it an older version may do.
	Best bool
	// WeakDeps asks for recommended and supplementing packages too.
	WeakDeps bool
	// HardExclude forbids packages, as if no repository had them. SoftExclude
	// keeps them out of what is asked for and out of weak dependencies; they
	// still come when something requires them. Both take the forms of Want.Name.
	HardExclude, SoftExclude []string
	// InstallOnly names what can be there in several versions, by what the
	// packages provide; nil stands for DefaultInstallOnly.
	InstallOnly []string
	// Sources adds the source package of each binary one, Debuginfo the
	// packages with its debugging symbols, where there are such.
	Sources, Debuginfo bool
	// MaxConflicts bounds the search; 0 stands for the solver's default.
	MaxConflicts int
}

// Mode is how names are read and how far the answer may go beyond them.
type Mode uint8

const (
	// Normal takes for each name the best package, and what that needs.
	Normal Mode = iota
	// Respin takes the names as patterns, the newest of each name and
	// architecture that fits, and what those need.
	Respin
	// Exact takes for each name the best package and refuses when they need
	// anything else. Weak dependencies don't count.
	Exact
	// Everything takes the newest of each name and architecture that there is.
	Everything
)

// String is the mode's word in a product's definition.
func (m Mode) String() string {
	if int(m) < len(modes) {
		return modes[m]
	}
	return fmt.Sprintf("mode %d", m)
}

var modes = [...]string{"normal", "respin", "exact", "everything"}

// ParseMode reads a mode's word.
func ParseMode(s string) (Mode, error) {
	if i := slices.Index(modes[:], s); i >= 0 {
		return Mode(i), nil
	}
	return 0, fmt.Errorf("mode %q is none of %s", s, strings.Join(modes[:], ", "))
}

// DefaultInstallOnly is dnf's installonlypkgs.
var DefaultInstallOnly = []string{"kernel", "kernel-PAE", "installonlypkg(kernel)", "installonlypkg(kernel-module)", "installonlypkg(vm)", "multiversion(kernel)"}

// Want is one thing that is asked for.
type Want struct {
	// Name is, as for dnf: name, name.arch, name-version, name-version-release,
	// also with an epoch or an architecture; a pattern of those with *, ? and
	// [...]; a capability, such as perl(Carp) or "python3 >= 3.6"; a path; or a
	// rich dependency on one package.
	Name string
	// By says who asks: "@core", "demo.ks". It may be empty.
	By string
	// If names a package without which the want does not count: what a comps
	// group calls conditional.
	If string
	// Optional wants are dropped when they cannot be met.
	Optional bool
}

// Validate reports all faults of the request that show without a repository.
func (r *Request) Validate() error {
	var faults []error
	if r.Arch == "" || r.Arch == "noarch" || r.Arch == "src" || r.Arch == "nosrc" {
		faults = append(faults, fmt.Errorf("architecture %q: name that of the machine, such as x86_64", r.Arch))
	}
	if int(r.Mode) >= len(modes) {
		faults = append(faults, fmt.Errorf("%v is none of %s", r.Mode, strings.Join(modes[:], ", ")))
	}
	for _, w := range r.Wants {
		for _, name := range []string{w.Name, w.If} {
			if _, err := parseSelector(name); err != nil && (name != "" || w.Name == "") {
				faults = append(faults, fmt.Errorf("%sasked for: %w", by(w.By), err))
				break
			}
		}
	}
	for _, x := range slices.Concat(r.HardExclude, r.SoftExclude) {
		if _, err := parseSelector(x); err != nil {
			faults = append(faults, fmt.Errorf("excluded: %w", err))
		}
	}
	return errors.Join(faults...)
}

func by(who string) string {
	if who == "" {
		return ""
	}
	return who + ": "
}

// selector is a parsed name of a request.
type selector struct {
	text string
	glob bool
	dep  *rpm.Dep // a capability with a version, or a rich dependency
}

func parseSelector(s string) (selector, error) {
	sel := selector{text: s}
	switch {
	case s == "" || s != strings.TrimSpace(s):
		return sel, fmt.Errorf("%q names no package", s)
	case strings.ContainsAny(s, " \t") || s[0] == '(':
		d, err := rpm.ParseDep(s)
		if err != nil {
			return sel, err
		}
		if d.Rich != nil && severalPackages(d.Rich) {
			return sel, fmt.Errorf("%q is about several packages; ask for each by name", s)
		}
		sel.dep = &d
		return sel, nil
	}
	// perl(Carp) and libc.so.6()(64bit) are no patterns, and an epoch's colon
	// is none either.
	if sel.glob = strings.ContainsAny(s, "*?["); sel.glob {
		if _, err := path.Match(s, ""); err != nil {
			return sel, fmt.Errorf("%q: the pattern's bracket is not closed", s)
		}
	}
	return sel, nil
}
