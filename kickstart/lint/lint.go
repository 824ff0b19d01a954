// Package lint finds what is wrong with a kickstart although every word of it
// is right: partitions without a size, a clearpart that clears nothing, a
// volume group without its physical volumes, an installed system that nobody
// can log in to.
//
// Check takes a kickstart that the language package has read, and what is
// known of the machine and the medium; it gives findings, each under the
// identifier of its rule. Rules lists the rules. A comment in the kickstart
// silences a rule for a line or for the file (Silence), and where a fault can
// be mended without guessing, the finding brings the new lines along (Apply).
//
// What the rules know of the installer is what Anaconda does with the commands
// once pykickstart has taken them, and what Red Hat's "Kickstart commands and
// options reference" of the version says.
package lint

import (
	"fmt"
	"slices"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// Facts is what is known besides the kickstart itself. The zero value is:
// nothing.
type Facts struct {
	Firmware []string // what the machines start with: "bios", "uefi"; empty: unknown
	Disks    []Disk   // the target's disks; empty: unknown
	Medium   bool     // the kickstart goes onto a medium that brings the packages along
	CD       bool     // that medium is a disc, which stays in the drive
	Family   string   // of the installed system: "debian", "rhel", "fedora"; empty: unknown
	Open     bool     // something it includes could not be read: it may say more than is seen

	// Tree is what was read, if it was read with what it includes; it then says
	// what is in sections, and whether something could not be read. nil: the
	// statements' and sections' own files.
	Tree *kickstart.Tree

	// The names that exist, and the ones that come near to one that doesn't.
	// nil: those that this package knows.
	Zones, Locales, Keymaps, Layouts Lookup
}

// Disk is a disk of the machine that is to be installed.
type Disk struct {
	Name string // "sda"; empty: whatever it is called
	Size int64  // MiB
}

// Lookup says whether a name exists, and if not, which ones come near.
type Lookup func(name string) (ok bool, near []string)

// Rule is one thing that Check looks for.
type Rule struct {
	ID      string          // by which a comment silences it: "part-size-zero"
	Level   kickstart.Level // of most of its findings
	Reason  string          // why it is worth saying, in one line
	Fixable bool            // some of its findings bring a fix
}

// rule is a Rule with its check.
type rule struct {
	Rule
	check   func(*view)
	factual bool // looks for something only where Facts say enough
}

// all gives the rules with their checks, theme by theme.
func all() []rule {
	return slices.Concat(sizeRules, diskRules, bootRules, mountRules, memberRules, passwordRules, accountRules, sourceRules,
		argumentRules, networkRules, nameRules, systemRules, packageRules, scriptRules, shellRules)
}

// Rules lists the rules in the order in which they are checked.
func Rules() []Rule {
	var list []Rule
	for _, r := range append(all(), silenceRules...) {
		list = append(list, r.Rule)
	}
	return list
}

// Check looks at a kickstart with every rule and gives what it finds in the
// order of the lines. Nothing is silenced yet.
func Check(r *language.Recipe, f Facts) []kickstart.Finding {
	v := newView(r, f)
	for _, rule := range all() {
		v.rule = rule.Rule
		rule.check(v)
	}
	kickstart.Sort(v.findings)
	return slices.CompactFunc(v.findings, func(a, b kickstart.Finding) bool { // of a file that is included twice
		return a.Rule == b.Rule && a.File == b.File && a.Line == b.Line && a.Text == b.Text
	})
}

// place is a line of a file.
type place struct {
	file string
	line int
}

func at(s *language.Statement) place { return place{s.File.Name, s.Line()} }

// in names another line for a message about this one: "in line 5", or "in
// disks.ks:5" where it stands in another file.
func (p place) in(o place) string {
	if o.file == p.file {
		return fmt.Sprintf("in line %d", o.line)
	}
	return fmt.Sprintf("in %s:%d", o.file, o.line)
}

// other is in for two statements.
func other(s, o *language.Statement) string { return at(s).in(at(o)) }

// say adds a finding of the rule that is being checked.
func (v *view) say(p place, format string, args ...any) {
	v.sayAs(v.rule.Level, p, format, args...)
}

// sayAs is say with a level of its own.
func (v *view) sayAs(level kickstart.Level, p place, format string, args ...any) {
	v.findings = append(v.findings, kickstart.Finding{
		Rule: v.rule.ID, Level: level, File: p.file, Line: p.line, Text: fmt.Sprintf(format, args...),
	})
}

// offer gives the finding that was said last a fix.
func (v *view) offer(does string, first, last int, with ...string) {
	v.findings[len(v.findings)-1].Fix = &kickstart.Fix{Does: does, First: first, Last: last, With: with}
}

// rewrite offers a new text for a statement's line.
func (v *view) rewrite(s *language.Statement, does, line string) {
	if line != s.Node.Text() {
		v.offer(does, s.Line(), s.Line(), line)
	}
}
