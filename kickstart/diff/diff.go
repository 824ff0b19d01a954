// Package diff compares two kickstarts by what they do: the order of commands,
// comments, quotes, other names of a command or an option and values that are
// the default anyway make no difference.
package diff

import (
	"fmt"
	"slices"
	"strings"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"

	linediff "github.com/rogpeppe/go-internal/diff"
)

// Side is one of the two kickstarts.
type Side struct {
	Recipe   *language.Recipe
	Requests []kickstart.Request // what %packages asks for
}

// Change is one difference.
type Change struct {
	Area string `json:"area"`           // "command", "packages" or "script"
	Name string `json:"name"`           // "part /", "@core", "%post 2"
	Old  string `json:"old,omitempty"`  // canonical; empty where it is new
	New  string `json:"new,omitempty"`  // canonical; empty where it is gone
	What string `json:"what,omitempty"` // where both are there: what differs
	// The lines where it stands, 0 where it doesn't:
	OldLine int `json:"old_line,omitempty"`
	NewLine int `json:"new_line,omitempty"`
}

// Compare gives the differences: commands in the order of the old file, then
// what is new, then packages, then scripts.
func Compare(a, b Side) []Change {
	return slices.Concat(commands(a.Recipe, b.Recipe), packages(a.Requests, b.Requests), scripts(a.Recipe, b.Recipe))
}

// said is a statement in its canonical form.
type said struct {
	*language.Statement
	text string
	used bool
}

func forms(r *language.Recipe) []said {
	all := make([]said, len(r.Statements))
	for i, s := range r.Statements {
		text := r.Canonical(s)
		if s.Command != nil && s.Command.Loose && s.Command.Deprecated.Has(r.Version) {
			text = strings.Join(append([]string{s.Name}, s.Node.Args...), " ") // nothing of it was taken apart
		}
		all[i] = said{s, text, false}
	}
	return all
}

func commands(a, b *language.Recipe) []Change {
	old, now := forms(a), forms(b)
	pairUp(old, now, func(s said) string { return s.text })
	var changes []Change
	byName := make(map[string]*said)
	for i := range now {
		if !now[i].used {
			if name := identity(now[i].Statement); byName[name] == nil {
				byName[name] = &now[i]
			}
		}
	}
	for i := range old {
		o := &old[i]
		if o.used {
			continue
		}
		name := identity(o.Statement)
		c := Change{Area: "command", Name: name, Old: o.text, OldLine: o.Line()}
		if n := byName[name]; n != nil && !n.used {
			n.used = true
			c.New, c.NewLine, c.What = n.text, n.Line(), options(o.Statement, n.Statement)
		}
		changes = append(changes, c)
	}
	for i := range now {
		if n := &now[i]; !n.used {
			changes = append(changes, Change{Area: "command", Name: identity(n.Statement), New: n.text, NewLine: n.Line()})
		}
	}
	return changes
}

// pairUp marks what both sides have, as often as both have it.
func pairUp(old, now []said, key func(said) string) {
	have := make(map[string][]int)
	for i, n := range now {
		have[key(n)] = append(have[key(n)], i)
	}
	for i, o := range old {
		if at := have[key(o)]; len(at) > 0 {
			old[i].used, now[at[0]].used = true, true
			have[key(o)] = at[1:]
		}
	}
}

// identity is what a line is about: the mount point of part, the name of a
// user, the device of a network; for commands that are said once, the command.
func identity(s *language.Statement) string {
	if s.Command == nil {
		return s.Name
	}
	for _, u := range s.Command.Unique {
		var parts []string
		for _, by := range u.By {
			part := s.Word(0)
			if by != "word" {
				part = s.Get(by)
			}
			if part != "" {
				parts = append(parts, part)
			}
		}
		if len(parts) > 0 {
			return s.Name + " " + strings.Join(parts, " ")
		}
	}
	if identified[s.Name] && len(s.Words) > 0 {
		return s.Name + " " + s.Words[0]
	}
	return s.Name
}

// identified are commands that occur often and are told apart by their first word.
var identified = map[string]bool{"part": true, "logvol": true, "raid": true, "volgroup": true, "btrfs": true, "mount": true}

// options says how two lines of one identity differ.
func options(a, b *language.Statement) string {
	var parts []string
	if old, now := strings.Join(a.Words, " "), strings.Join(b.Words, " "); old != now {
		parts = append(parts, fmt.Sprintf("%s → %s", orNothing(old), orNothing(now)))
	}
	for _, name := range names(a, b) {
		old, had := a.Value(name)
		now, has := b.Value(name)
		switch {
		case had && !has:
			parts = append(parts, "without "+written(name, old))
		case has && !had:
			parts = append(parts, "with "+written(name, now))
		case old != now:
			parts = append(parts, fmt.Sprintf("%s %s → %s", name, orNothing(old), orNothing(now)))
		}
	}
	if len(parts) == 0 {
		return strings.Join(a.Node.Args, " ") + " → " + strings.Join(b.Node.Args, " ")
	}
	return strings.Join(parts, ", ")
}

func names(a, b *language.Statement) []string {
	var all []string
	for _, g := range slices.Concat(a.Given, b.Given) {
		if !slices.Contains(all, g.Name) {
			all = append(all, g.Name)
		}
	}
	return all
}

func written(name, value string) string {
	if value == "" {
		return name
	}
	return name + "=" + kickstart.Quote(value)
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// packages compares what is asked for.
func packages(a, b []kickstart.Request) []Change {
	in := func(all []kickstart.Request, r kickstart.Request) bool {
		return slices.ContainsFunc(all, func(o kickstart.Request) bool { return o.String() == r.String() })
	}
	var changes []Change
	for _, r := range a {
		if !in(b, r) {
			changes = append(changes, Change{Area: "packages", Name: r.String(), Old: r.String()})
		}
	}
	for _, r := range b {
		if !in(a, r) {
			changes = append(changes, Change{Area: "packages", Name: r.String(), New: r.String()})
		}
	}
	return changes
}

// scripts compares the scripts of each kind in their order.
func scripts(a, b *language.Recipe) []Change {
	var changes []Change
	for _, when := range []string{"pre", "pre-install", "post", "onerror", "traceback"} {
		old, now := scriptsOf(a, when), scriptsOf(b, when)
		for i := range max(len(old), len(now)) {
			c := Change{Area: "script", Name: fmt.Sprintf("%%%s %d", when, i+1)}
			if i < len(old) {
				c.Old, c.OldLine = old[i].text(), old[i].Line
			}
			if i < len(now) {
				c.New, c.NewLine = now[i].text(), now[i].Line
			}
			if c.Old == c.New {
				continue
			}
			if c.Old != "" && c.New != "" {
				c.What = string(linediff.Diff("old", []byte(c.Old), "new", []byte(c.New)))
			}
			changes = append(changes, c)
		}
	}
	return changes
}

type script struct{ kickstart.Script }

// text is the script with what its header says, in one order.
func (s script) text() string {
	head := "%" + s.When
	if s.Interpreter != "/bin/sh" {
		head += " --interpreter=" + s.Interpreter
	}
	if s.Log != "" {
		head += " --log=" + s.Log
	}
	if s.ErrorOnFail {
		head += " --erroronfail"
	}
	if s.When == "post" && !s.Chroot {
		head += " --nochroot"
	}
	return head + "\n" + s.Body
}

func scriptsOf(r *language.Recipe, when string) []script {
	var all []script
	for _, section := range r.Sections {
		if s, ok := section.Script(); ok && s.When == when {
			all = append(all, script{s})
		}
	}
	return all
}
