// Package medium holds a kickstart against what is on the medium: whether what
// its %packages sections name exists and is there, whether its scripts call
// commands and modules that the packages to be installed bring, and whether the
// services and accounts it speaks of are those packages' own.
//
// What it is told (Facts) is neutral as to the family of packages: sets of
// packages, lists of files by the keys of package filelist, names of groups.
// IndexDebs makes the lists for Debian's packages; what maintainer scripts do
// in secret (alternatives, users) is read off them with package scripts.
package medium

import (
	"iter"
	"slices"
	"strings"

	"cdbuilder/internal/pkgset"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
	"cdbuilder/kickstart/scripts"
)

// Facts is what is known of the medium. What is nil is not known, and the
// checks that need it are left out.
type Facts struct {
	// Install are the packages that the kickstart installs, by name, with all
	// that they depend on. Nil: whatever is on the medium may be installed.
	Install map[string]*pkgset.Package
	// Medium has the packages on the medium, Repositories those that could be
	// put onto it.
	Medium, Repositories *pkgset.Set
	// Files has the files of the packages on the medium.
	Files Files
	// Elsewhere gets the files of the packages in the repositories. It is asked
	// only when something is not on the medium, and once.
	Elsewhere func() (Elsewhere, error)
	// Accounts has the users and groups that the packages on the medium create.
	Accounts Accounts
	// Groups has the groups and environments of comps.
	Groups Groups
	// Installer is what the scripts outside of the installed system can call.
	Installer Environment
	// Why gives the chain of dependencies by which a package is installed, from
	// what was asked for down to it.
	Why func(name string) []string
	// Sh is what /bin/sh is in the installed system, InstallerSh in the installer.
	Sh, InstallerSh scripts.Dialect
}

// Files says which packages own a key of package filelist.
type Files interface {
	Providers(key string) []string
	Keys() iter.Seq[string]
}

// Elsewhere are the files of packages that aren't on the medium.
type Elsewhere struct {
	Files
	// Silent names the repositories that don't say what files they have.
	Silent []string
}

// Accounts says which packages create a user or a group.
type Accounts interface {
	Users(name string) []string
	Groups(name string) []string
}

// Groups knows the names of groups and environments.
type Groups interface {
	HasGroup(id string) bool
	HasEnvironment(id string) bool
	GroupNames() []string       // for those that are spelled wrong
	EnvironmentNames() []string // likewise
}

// Environment is a place in which scripts run.
type Environment interface {
	Has(command string) bool
	Commands() []string // for those that are spelled wrong
}

// The rules of the findings.
const (
	CommandRule = "script-command-missing"
	ModuleRule  = "script-module-missing"
	UnknownRule = "packages-unknown"
	ReturnsRule = "packages-exclude-returns"
	ServiceRule = "service-unknown"
	AccountRule = "user-created-by-package"
)

// Rules are the rules with a reason for each, in one line.
var Rules = map[string]string{
	CommandRule: "a script calls a command that no package to be installed brings",
	ModuleRule:  "a script loads a module that no package to be installed brings",
	UnknownRule: "%packages names what is neither on the medium nor in its repositories",
	ReturnsRule: "what %packages leaves out comes back as a dependency",
	ServiceRule: "a service is switched on or off that no package to be installed brings",
	AccountRule: "an account is created that a package creates for itself",
}

// Check holds a kickstart against the facts. The findings come in the order of
// the checks; an error says that the repositories could not be asked, and the
// findings are then without that knowledge.
func Check(recipe *language.Recipe, tree *kickstart.Tree, facts Facts) ([]kickstart.Finding, error) {
	c := &checker{Facts: facts, recipe: recipe, tree: tree}
	for file, s := range tree.Scripts() {
		c.scripts = append(c.scripts, section{file, s, scripts.Of(s, facts.Sh, facts.InstallerSh)})
	}
	c.packages()
	if facts.Files != nil {
		for _, s := range c.scripts {
			c.calls(s)
		}
		c.services()
	}
	if facts.Accounts != nil {
		c.accounts()
	}
	return c.found, c.err
}

// section is a script with what it calls.
type section struct {
	file *kickstart.File
	kickstart.Script
	read *scripts.Script
}

func (s section) title() string {
	if s.When == "post" && !s.Chroot {
		return "%post --nochroot"
	}
	return "%" + s.When
}

type checker struct {
	Facts
	recipe  *language.Recipe
	tree    *kickstart.Tree
	scripts []section
	found   []kickstart.Finding
	asked   *Elsewhere // what Elsewhere gave
	err     error
}

func (c *checker) say(rule string, level kickstart.Level, file string, line int, text string) {
	c.found = append(c.found, kickstart.Finding{Rule: rule, Level: level, File: file, Line: line, Text: text})
}

// elsewhere asks for the files in the repositories, once.
func (c *checker) elsewhere() *Elsewhere {
	if c.asked == nil {
		c.asked = &Elsewhere{}
		if c.Elsewhere == nil {
			c.asked.Silent = []string{"the repositories"}
		} else if e, err := c.Elsewhere(); err != nil {
			c.err = err
			c.asked.Silent = []string{"the repositories"}
		} else {
			c.asked = &e
		}
	}
	return c.asked
}

// quoted writes names for a message: "a", "b" or "c".
func quoted(names []string) string {
	var b strings.Builder
	for i, n := range names {
		switch {
		case i > 0 && i == len(names)-1:
			b.WriteString(" or ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(`"` + n + `"`)
	}
	return b.String()
}

func sortedSet(names []string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return slices.Compact(names)
}
