package kickstart

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Level says how much a finding weighs.
type Level uint8

// The levels, the lightest first.
const (
	Note       Level = iota // worth knowing
	Warning                 // works, but probably not as meant
	Deprecated              // works in this version and will not in a later one
	Error                   // the installer refuses it, or it cannot work
)

var levels = [...]string{"note", "warning", "deprecated", "error"}

func (l Level) String() string { return levels[l] }

// MarshalText writes the level as a word, for JSON.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Finding is one thing that a check has to say about a line.
type Finding struct {
	Rule  string `json:"rule"` // the check's identifier, by which a line silences it: "part-size-zero"
	Level Level  `json:"level"`
	File  string `json:"file"`
	Line  int    `json:"line"` // from 1
	Text  string `json:"text"` // what is wrong, and what to write instead
	Fix   *Fix   `json:"fix,omitempty"`
}

// Fix replaces lines of a file where that is safe: the file then means what its
// author most likely meant, and nothing else changes.
type Fix struct {
	Does        string   `json:"does"` // in a few words: "remove --size=0"
	First, Last int      // the lines it replaces, from 1; Last < First inserts before First
	With        []string // the new lines, without line endings; none removes the old ones
}

func (f *Finding) String() string {
	if f.Level == Error {
		return fmt.Sprintf("%s:%d: %s [%s]", f.File, f.Line, f.Text, f.Rule)
	}
	return fmt.Sprintf("%s:%d: %s: %s [%s]", f.File, f.Line, f.Level, f.Text, f.Rule)
}

// SyntaxRule is the rule of the findings that come from Parse. It cannot be silenced.
const SyntaxRule = "syntax"

// Findings turns what Parse returned into findings: its error is a join of
// Faults.
func Findings(err error) []Finding {
	var all []Finding
	var walk func(error)
	walk = func(err error) {
		var fault *Fault
		if join, ok := err.(interface{ Unwrap() []error }); ok {
			for _, e := range join.Unwrap() {
				walk(e)
			}
		} else if errors.As(err, &fault) {
			all = append(all, Finding{Rule: SyntaxRule, Level: Error, File: fault.File, Line: fault.Line, Text: fault.Text})
		}
	}
	walk(err)
	return all
}

// Sort brings findings into the order of their lines; files stay in the order
// in which they first occur.
func Sort(all []Finding) {
	at := make(map[string]int)
	for _, f := range all {
		if _, ok := at[f.File]; !ok {
			at[f.File] = len(at)
		}
	}
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(at[a.File], at[b.File]), cmp.Compare(a.Line, b.Line), cmp.Compare(b.Level, a.Level), cmp.Compare(a.Rule, b.Rule))
	})
}
