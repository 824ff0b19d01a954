// Package language knows what the commands of a kickstart may say, in every
// version of the language from Red Hat Enterprise Linux 3 and Fedora Core 3 on.
//
// The knowledge is data: the tables in tables/*.toml say for each command and
// option in which versions it exists, in which it is deprecated and what takes
// its place, what value it takes and which options go together. To teach the
// package a new version or option is to edit a table; tables/README.md
// describes their keys. Only what no table can say (an interface name inside
// of a VLAN option, the members of a RAID level) is code, in check_*.go, and
// bound to versions by a table too.
//
// Read judges a whole kickstart by one version and gives its commands in a
// form that later checks, the explanation and the installer can work with.
// The reference is pykickstart 3.74: what it accepts, deprecates or refuses,
// this package does.
package language

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"cdbuilder/kickstart"
)

// Recipe is a kickstart read by one version of the language.
type Recipe struct {
	Version    kickstart.Syntax
	Statements []*Statement // the commands, in the order in which the installer meets them
	Sections   []Section    // the sections likewise
}

// Section is a section and the file it stands in.
type Section struct {
	File *kickstart.File
	*kickstart.Node
}

// Statement is one command line, taken apart.
type Statement struct {
	File    *kickstart.File
	Node    *kickstart.Node
	Command *Command // nil where the version doesn't know the command
	Name    string   // canonical: "part" also where the file says "partition"
	Words   []string // what stands beside the options: the mount point of part, the members of raid
	Given   []Given  // the options, in their order
	refused bool     // the line has an error
}

// Given is one option as a line gives it.
type Given struct {
	*Option
	Spelled string // as the line has it, with dashes: "--type" for --fstype
	Value   string // empty for a switch
}

func (o *Option) is(name string) bool { return o.Name == name || slices.Contains(o.Aliases, name) }

// Has reports whether the line gives the option. The name has its dashes and
// may be any that the line's version knows the option by: "--utc" is also there
// where the version calls it --isUtc.
func (s *Statement) Has(option string) bool {
	_, ok := s.Value(option)
	return ok
}

// Value is the value of the option that counts, the last; empty for a switch.
func (s *Statement) Value(option string) (value string, ok bool) {
	for _, g := range s.Given {
		if g.is(option) {
			value, ok = g.Value, true
		}
	}
	return value, ok
}

// Get is the option's value, or empty.
func (s *Statement) Get(option string) string {
	v, _ := s.Value(option)
	return v
}

// Int is the option's value as a number.
func (s *Statement) Int(option string) (n int64, ok bool) {
	v, ok := s.Value(option)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
	return n, err == nil
}

// List is the option's value split at commas, blanks trimmed; an option that
// may be repeated gives all of its values.
func (s *Statement) List(option string) []string {
	var all []string
	for _, g := range s.Given {
		if !g.is(option) {
			continue
		}
		if !g.Repeat {
			all = nil
		}
		for v := range strings.SplitSeq(g.Value, ",") {
			if v = strings.TrimSpace(v); v != "" {
				all = append(all, v)
			}
		}
	}
	return all
}

// Word is the n-th word beside the options, from 0, or empty.
func (s *Statement) Word(n int) string {
	if n >= len(s.Words) {
		return ""
	}
	return s.Words[n]
}

// Line is the number of the statement's line.
func (s *Statement) Line() int { return s.Node.Number }

// Find gives the statements of the named commands, in their order.
func (r *Recipe) Find(names ...string) iter.Seq[*Statement] {
	return func(yield func(*Statement) bool) {
		for _, s := range r.Statements {
			for _, n := range names {
				if s.Name == n {
					if !yield(s) {
						return
					}
					break
				}
			}
		}
	}
}

// Last is the last statement of the command, the one that counts for commands
// that are said once; nil where there is none.
func (r *Recipe) Last(name string) *Statement {
	var last *Statement
	for s := range r.Find(name) {
		last = s
	}
	return last
}
