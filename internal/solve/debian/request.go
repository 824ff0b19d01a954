// Package debian states the semantics of Debian packages as rules for the
// solver: the relationships of Debian Policy chapter 7 (Depends, Pre-Depends,
// Recommends, Conflicts, Breaks, Provides with versions), Essential packages,
// priorities, one version of a package an architecture, and the Multi-Arch
// specification. It takes a pkgset.Set and a Request and gives a Solution.
//
// Where the rules leave a choice it takes the one that APT would: the order of
// the walk is that of pkgDepCache::MarkInstall, the order among providers that
// of its CompareProviders, the candidate version that of apt_preferences(5).
// Where APT gives up, because its first choices do not go together, this goes
// on to others; a version that is not the candidate is the last of them.
//
// Replaces on its own decides nothing here: it speaks to dpkg, about files. Nor
// does the order of installation: a loop of Pre-Depends, which Policy §7.2
// forbids and dpkg cannot unpack, is not found out.
package debian

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// Request is what shall be installed into an empty root.
type Request struct {
	// Arch is the native architecture; Foreign are the others that dpkg would
	// have been told of, in order of preference.
	Arch    string
	Foreign []string
	// Wants is what is asked for by name, in the asker's order.
	Wants []Want
	// Exclude forbids packages, in the same forms as Want.Name.
	Exclude []string
	// Essential takes every package that is marked Essential, Priorities every
	// package of those priorities: "required" and the like.
	Essential  bool
	Priorities []string
	// Recommends asks for recommended packages too, where they are possible.
	Recommends bool
	// PickProvider takes the best provider of a purely virtual package that is
	// asked for. Without it several providers are a fault, as for apt-get.
	PickProvider bool
	// MaxConflicts bounds the search; 0 stands for the solver's default.
	MaxConflicts int
}

// Want is one thing that is asked for.
type Want struct {
	// Name is a package or virtual package: name, name:arch, name=version,
	// name/suite, or a pattern of package names with *, ? and [...].
	Name string
	// By says who asks: "@core", "demo.ks". It may be empty.
	By string
	// Optional wants are dropped when they cannot be met.
	Optional bool
}

// priorities are those of Policy §2.5, in order.
var priorities = []string{"required", "important", "standard", "optional", "extra"}

// Validate reports all faults of the request that show without a repository.
func (r *Request) Validate() error {
	var faults []error
	if r.Arch == "" || r.Arch == "all" || r.Arch == "any" {
		faults = append(faults, fmt.Errorf("architecture %q: name the native architecture, such as amd64", r.Arch))
	}
	for _, p := range r.Priorities {
		if !slices.Contains(priorities, p) {
			faults = append(faults, fmt.Errorf("priority %q is none of %s", p, strings.Join(priorities, ", ")))
		}
	}
	for _, w := range r.Wants {
		if _, err := parseSelector(w.Name); err != nil {
			faults = append(faults, fmt.Errorf("%sasked for: %w", by(w.By), err))
		}
	}
	for _, x := range r.Exclude {
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
	name, arch, version, suite string
	glob                       bool
}

func parseSelector(s string) (selector, error) {
	var sel selector
	rest, found := s, false
	if rest, sel.version, found = strings.Cut(rest, "="); found && sel.version == "" {
		return sel, fmt.Errorf("%q: no version after the =", s)
	}
	if !found {
		if rest, sel.suite, found = strings.Cut(rest, "/"); found && sel.suite == "" {
			return sel, fmt.Errorf("%q: no suite after the /", s)
		}
	}
	if sel.name, sel.arch, found = strings.Cut(rest, ":"); found && sel.arch == "" {
		return sel, fmt.Errorf("%q: no architecture after the colon", s)
	}
	sel.glob = strings.ContainsAny(sel.name, "*?[")
	switch _, err := path.Match(sel.name, ""); {
	case sel.name == "":
		return sel, fmt.Errorf("%q names no package", s)
	case sel.name != strings.TrimSpace(sel.name) || strings.ContainsAny(sel.name, " \t/|,()"):
		return sel, fmt.Errorf("%q is not a package name", s)
	case err != nil:
		return sel, fmt.Errorf("%q: the pattern's bracket is not closed", s)
	}
	return sel, nil
}
