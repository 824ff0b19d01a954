// Package comps reads comps.xml, the file in which a distribution of the
// Fedora and Enterprise Linux family sorts its packages into groups, groups
// into environments, and both into categories; and tells which packages a
// kickstart's requests for groups and environments stand for. It merges the
// files of several repositories, takes out what a medium lacks, writes comps.xml
// in one canonical form, and changes a file that a person keeps without
// touching the rest of it.
//
// The format is that of comps.rng in the fedora-comps repository and of
// libcomps, with the older dialects back to RHEL 5, and with the architecture
// and variant attributes of comps sources. Nothing that a DOCTYPE names is
// fetched. The names in the groups may be those of any distribution's
// packages: the demo product groups Debian's.
package comps

import "fmt"

// Comps is one comps.xml. Everything stands in the order of the file.
type Comps struct {
	Name         string // of the file, as it stands in messages
	Groups       []Group
	Environments []Environment
	Categories   []Category
	Langpacks    []Langpack
	Blacklist    []Blacklisted
	Whiteout     []IgnoredDep
	// Comments are those above <comps>, above its end, and behind it.
	Comments Comments
	// Warnings are oddities that every reader of comps lives with: unknown
	// elements, groups that are named but not defined.
	Warnings []*Fault
}

// Comments are the comments of the file at one of its elements, without their
// marks. Those at an element that holds nothing but a text go on to the next
// thing that can have them.
type Comments struct {
	Above  []string // in front of the element
	Beside []string // behind its end, in the same line
	Fields []string // of a group, environment or category: in front of one of its fields
	Last   []string // of a group, environment or category: behind all that is in it
}

// Entry is what groups, environments and categories have in common.
type Entry struct {
	ID           string
	Name         Text
	Description  Text
	DisplayOrder *int     // the place in menus, small ones first; nil: behind the others
	Arch         []string // architectures that have it; empty: all
	Variant      string
	Line         int
	Comments     Comments
}

// Group is a set of packages that are chosen together.
type Group struct {
	Entry
	Default     bool // chosen where nothing is asked for
	UserVisible bool // shown in menus; true where the file is silent
	BiarchOnly  bool
	Stated      Switches // which of these the file states, also where that is what silence means
	LangOnly    string   // language that the group is for, or empty
	Packages    []Package
}

// Switches is a set of a group's switches.
type Switches uint8

// The switches of a group.
const (
	StatesDefault Switches = 1 << iota
	StatesUserVisible
	StatesBiarchOnly
)

// Type says how much a group insists on a package.
type Type uint8

// The types of membership, the most insistent first.
const (
	Mandatory   Type = iota
	Default          // taken unless defaults are declined
	Conditional      // taken where another package is
	Optional         // taken only when asked for
)

// String gives the type as comps.xml writes it.
func (t Type) String() string {
	return [...]string{"mandatory", "default", "conditional", "optional"}[t]
}

// Package is one member of a group.
type Package struct {
	Name         string
	Type         Type
	Requires     string // the package whose presence a conditional one waits for
	BasearchOnly bool
	Arch         []string
	Variant      string
	Line         int
	Comments     Comments
}

// Environment is a set of groups that make up a whole system.
type Environment struct {
	Entry
	Groups  []GroupRef // what it consists of
	Options []GroupRef // what may be added
}

// Category is a heading over groups in a menu.
type Category struct {
	Entry
	Groups []GroupRef
}

// GroupRef names a group.
type GroupRef struct {
	ID      string
	Default bool // preselected among the options of an environment
	Arch    []string
	Line    int

	Comments Comments
}

// Langpack says which package brings the translations of another: Install has
// a %s where the language goes.
type Langpack struct {
	Name, Install string
	Line          int
	Comments      Comments
}

// Blacklisted is a package that a composer leaves out, on one architecture or,
// where Arch is empty, on all.
type Blacklisted struct {
	Name, Arch string
	Line       int
	Comments   Comments
}

// IgnoredDep is a dependency that a composer passes over.
type IgnoredDep struct {
	Package, Requires string
	Line              int
	Comments          Comments
}

// Text is a text with its translations, in the file's order.
type Text struct {
	Default      string
	Translations []Translation
}

// Translation is a text in one language.
type Translation struct {
	Lang string // zh_TW, sr@Latn
	Text string
}

// Fault is one thing wrong with a file, and where.
type Fault struct {
	File string
	Line int // from 1
	Text string
	// Group is the id of a group that is named but not defined, where that is
	// what is wrong: it may be defined in another repository's file.
	Group string
}

func (f *Fault) Error() string { return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Text) }

// Group returns the group with that id, or else with that name, or nil.
func (c *Comps) Group(name string) *Group {
	for i := range c.Groups {
		if c.Groups[i].ID == name {
			return &c.Groups[i]
		}
	}
	for i := range c.Groups {
		if c.Groups[i].Name.Default == name {
			return &c.Groups[i]
		}
	}
	return nil
}

// Environment returns the environment with that id, or else with that name, or nil.
func (c *Comps) Environment(name string) *Environment {
	for i := range c.Environments {
		if c.Environments[i].ID == name {
			return &c.Environments[i]
		}
	}
	for i := range c.Environments {
		if c.Environments[i].Name.Default == name {
			return &c.Environments[i]
		}
	}
	return nil
}
