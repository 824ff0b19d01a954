// Package migrate rewrites a kickstart from one version of the language for
// another: what has a successor is put in its place, what has no effect any
// more goes, and what a person must decide is marked by a comment in the file.
//
// What becomes of what is data, in rules.toml. A rule only takes effect where
// the new version doesn't have a thing or deprecates it, as the tables of
// package language say, so that the rules name no versions.
package migrate

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// Result is a rewritten kickstart.
type Result struct {
	Text    []byte
	Changes []Change            // what was done, in the order of the lines
	Left    []kickstart.Finding // what is marked in the text; the lines are those of Text
}

// Change is one thing that was done.
type Change struct {
	Line int    // in the old text, from 1
	Does string // "install is gone: installing is what a kickstart does"
}

// Check judges a kickstart further than the language does; its findings are
// marked too.
type Check func(r *language.Recipe, f *kickstart.File) []kickstart.Finding

// mark begins the comments that this package writes.
const mark = "# kick migrate: "

// File rewrites src, whose name stands in messages, and marks what is left to
// do. Marks of an earlier run are taken out first.
func File(name string, src []byte, from, to kickstart.Syntax, further ...Check) Result {
	old, _ := kickstart.Parse(name, unmark(src), from)
	recipe, _ := language.Read(from, old.All())
	m := migration{file: old, from: from, to: language.For(to), lines: make(map[int][]string)}
	for _, s := range recipe.Statements {
		m.statement(s)
	}
	for i := range old.Nodes {
		m.node(&old.Nodes[i])
	}
	slices.SortStableFunc(m.changes, func(a, b Change) int { return a.Line - b.Line })
	text := m.text()
	text, left := marked(name, text, to, further)
	return Result{text, m.changes, left}
}

// unmark takes the comments of an earlier run out.
func unmark(src []byte) []byte {
	var out []byte
	for line := range bytes.Lines(src) {
		if !bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte(mark)) {
			out = append(out, line...)
		}
	}
	return out
}

type migration struct {
	file    *kickstart.File
	from    kickstart.Syntax
	to      *language.Dialect
	lines   map[int][]string // what takes the place of a line, without line endings
	changes []Change
}

func (m *migration) did(line int, format string, args ...any) {
	m.changes = append(m.changes, Change{line, fmt.Sprintf(format, args...)})
}

// statement rewrites one command.
func (m *migration) statement(s *language.Statement) {
	if s.Command == nil || s.Node.Broken {
		return
	}
	l, ok := newLine(s.Node)
	if !ok {
		return
	}
	m.words(s, l)
	for _, g := range s.Given {
		m.option(s, l, g)
	}
	m.command(s, l)
	if l.changed() {
		m.lines[s.Line()] = l.text()
	}
}

// command applies the rule for a command that the new version doesn't have.
func (m *migration) command(s *language.Statement, l *line) {
	if !m.gone(s.Node.Name) {
		return
	}
	rule := find(s.Name, "")
	if rule == nil {
		return
	}
	switch {
	case rule.Func != "":
		if does := commandFuncs[rule.Func](m, s, l); does != "" {
			m.did(s.Line(), "%s", does)
		}
	case rule.Drop:
		l.drop()
		m.did(s.Line(), "%s is gone: %s", s.Node.Name, rule.Why)
	case rule.Becomes != "" && m.to.Command(rule.Becomes) != nil:
		l.rename(0, rule.Becomes)
		m.did(s.Line(), "%s is %s: %s", s.Node.Name, rule.Becomes, rule.Why)
	}
}

// gone reports whether the new version lacks a command or deprecates it.
func (m *migration) gone(command string) bool {
	c := m.to.Command(command)
	return c == nil || c.Deprecated.Has(m.to.Version)
}

// option applies the rule for an option that the new version doesn't have.
func (m *migration) option(s *language.Statement, l *line, g language.Given) {
	if m.to.Command(s.Name) == nil {
		return // the whole command goes
	}
	if o := m.to.Option(s.Name, g.Spelled); o != nil && !o.Deprecated.Has(m.to.Version) {
		return
	}
	rule := find(s.Name, g.Spelled)
	if rule == nil {
		rule = find(s.Name, g.Name)
	}
	if rule == nil {
		return
	}
	switch {
	case rule.Func != "":
		if does := optionFuncs[rule.Func](m, s, l, g); does != "" {
			m.did(s.Line(), "%s", does)
		}
	case rule.Drop:
		l.dropOption(g)
		m.did(s.Line(), "%s of %s is gone: %s", g.Spelled, s.Node.Name, rule.Why)
	case rule.Becomes != "" && m.to.Option(s.Name, rule.option()) != nil:
		l.renameOption(g, rule.Becomes)
		m.did(s.Line(), "%s of %s is %s: %s", g.Spelled, s.Node.Name, rule.Becomes, rule.Why)
	}
}

// words drops the words that the new version refuses, as in "zerombr yes".
func (m *migration) words(s *language.Statement, l *line) {
	rule := find(s.Name, "words")
	words := s.Words
	if s.Command.Raw || s.Command.Loose && len(s.Given) == 0 {
		words = s.Node.Args
	}
	if rule == nil || len(words) == 0 || !m.refused(s.Node.Text()) {
		return
	}
	for _, w := range words {
		l.dropWord(w)
	}
	m.did(s.Line(), "%s stands alone now: %s", s.Name, rule.Why)
}

// refused reports whether the new version refuses a line by itself.
func (m *migration) refused(line string) bool {
	f, _ := kickstart.Parse(m.file.Name, []byte(line), m.to.Version)
	_, found := language.Read(m.to.Version, f.All())
	return slices.ContainsFunc(found, func(f kickstart.Finding) bool { return f.Level == kickstart.Error })
}

// node rewrites what isn't a command: the header of a section, and its end.
func (m *migration) node(n *kickstart.Node) {
	if n.Kind != kickstart.Section {
		return
	}
	if l, ok := newLine(n); ok {
		m.header(n, l)
		if l.changed() {
			m.lines[n.Number] = l.text()
		}
	}
	if n.End.Number != 0 || !m.to.EndRequired() {
		return
	}
	last := n.Line
	if len(n.Body) > 0 {
		last = n.Body[len(n.Body)-1]
	}
	m.lines[last.Number] = append(m.now(last), "%end")
	m.did(last.Number, "%%%s needs an %%end", n.Name)
}

// header rewrites the options of a section's header.
func (m *migration) header(n *kickstart.Node, l *line) {
	for _, arg := range n.Args {
		spelled, _, _ := strings.Cut(arg, "=")
		if !strings.HasPrefix(spelled, "--") {
			continue
		}
		if o := m.to.HeaderOption(n.Name, spelled); o != nil && !o.Deprecated.Has(m.to.Version) {
			continue
		}
		rule := find("%"+n.Name, spelled)
		if rule == nil {
			continue
		}
		g := language.Given{Option: cmp.Or(language.For(m.from).HeaderOption(n.Name, spelled), m.to.HeaderOption(n.Name, spelled)), Spelled: spelled}
		switch {
		case g.Option == nil:
		case rule.Drop:
			l.dropOption(g)
			m.did(n.Number, "%s of %%%s is gone: %s", spelled, n.Name, rule.Why)
		case m.to.HeaderOption(n.Name, rule.Becomes) != nil:
			l.renameOption(g, rule.Becomes)
			m.did(n.Number, "%s of %%%s is %s: %s", spelled, n.Name, rule.Becomes, rule.Why)
		}
	}
}

// now is what a line is at this moment.
func (m *migration) now(l kickstart.Line) []string {
	if lines, ok := m.lines[l.Number]; ok {
		return lines
	}
	return []string{l.Text()}
}

// text puts the file together again. Lines that nothing touched come back byte for byte.
func (m *migration) text() []byte {
	var out []byte
	number := 0
	for raw := range bytes.Lines(m.file.Bytes()) {
		number++
		lines, ok := m.lines[number]
		if !ok {
			out = append(out, raw...)
			continue
		}
		for _, l := range lines {
			out = append(append(out, l...), '\n')
		}
	}
	return out
}
