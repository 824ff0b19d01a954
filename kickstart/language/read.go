package language

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"cdbuilder/internal/near"
	"cdbuilder/kickstart"
)

// The rules of what Read finds.
const (
	RuleCommandUnknown    = "command-unknown"
	RuleCommandRemoved    = "command-removed"
	RuleCommandLater      = "command-later"
	RuleCommandDeprecated = "command-deprecated"
	RuleCommandConflict   = "command-conflict"
	RuleCommandTwice      = "command-twice"
	RuleOptionUnknown     = "option-unknown"
	RuleOptionRemoved     = "option-removed"
	RuleOptionLater       = "option-later"
	RuleOptionDeprecated  = "option-deprecated"
	RuleOptionValue       = "option-value"
	RuleOptionMissing     = "option-missing"
	RuleOptionConflict    = "option-conflict"
	RuleWords             = "words"

	// RuleSectionInstaller is for sections that pykickstart takes in every
	// version, and the installers of this one don't.
	RuleSectionInstaller = "section-installer"
)

// Rules lists them.
func Rules() []string {
	return []string{
		RuleCommandUnknown, RuleCommandRemoved, RuleCommandLater, RuleCommandDeprecated, RuleCommandConflict, RuleCommandTwice,
		RuleOptionUnknown, RuleOptionRemoved, RuleOptionLater, RuleOptionDeprecated, RuleOptionValue, RuleOptionMissing, RuleOptionConflict, RuleWords, RuleSectionInstaller,
	}
}

// Read judges a kickstart by a version and takes its commands apart. nodes are
// a file's (File.All) or a whole tree's. What is wrong with the sections'
// bounds Parse has said already; what is wrong with commands, options, values
// and their combinations is said here, all of it, in the order of the lines.
func Read(v kickstart.Syntax, nodes iter.Seq2[*kickstart.File, *kickstart.Node]) (*Recipe, []kickstart.Finding) {
	r := reader{Dialect: For(v), recipe: &Recipe{Version: v}}
	for f, n := range nodes {
		r.file = f
		switch n.Kind {
		case kickstart.Command:
			r.command(n)
		case kickstart.Section:
			r.section(n)
		}
	}
	r.twice()
	r.together()
	kickstart.Sort(r.findings)
	return r.recipe, r.findings
}

type reader struct {
	*Dialect
	recipe   *Recipe
	file     *kickstart.File
	findings []kickstart.Finding
}

func (r *reader) add(f *kickstart.File, line int, rule string, level kickstart.Level, format string, args ...any) {
	r.findings = append(r.findings, kickstart.Finding{
		Rule: rule, Level: level, File: f.Name, Line: line, Text: fmt.Sprintf(format, args...),
	})
}

func (r *reader) fault(n *kickstart.Node, rule, format string, args ...any) {
	r.add(r.file, n.Number, rule, kickstart.Error, format, args...)
}

// malformed reports a fault of a line that no version would take. Of a
// section's header Parse has said it.
func (r *reader) malformed(n *kickstart.Node, rule, format string, args ...any) {
	if n.Kind != kickstart.Section {
		r.fault(n, rule, format, args...)
	}
}

func (r *reader) command(n *kickstart.Node) {
	if n.Name == "" || n.Broken {
		return // Parse has said what is wrong
	}
	form := r.commands[n.Name]
	if form == nil {
		r.unknown(n)
		r.recipe.Statements = append(r.recipe.Statements, &Statement{File: r.file, Node: n, Name: n.Name})
		return
	}
	r.recipe.Statements = append(r.recipe.Statements, r.statement(n, form))
}

// unknown says why a version doesn't have a command.
func (r *reader) unknown(n *kickstart.Node) {
	for _, c := range r.tables.Commands {
		if c.Section != "" || (c.Name != n.Name && !slices.Contains(c.Aliases, n.Name)) {
			continue
		}
		if last, ok := c.In.last(r.Version); ok {
			r.fault(n, RuleCommandRemoved, "%s is gone since %s%s", n.Name, after(last), instead(c.Instead))
			return
		}
		if first, ok := c.In.first(r.Version); ok {
			r.fault(n, RuleCommandLater, "%s doesn't exist before %s; this file is read as %s", n.Name, first, r.Version)
			return
		}
	}
	if r.elsewhere(n) {
		return
	}
	r.fault(n, RuleCommandUnknown, "unknown command %s%s", quote(n.Name), r.like(n.Name))
}

// elsewhere says that only the other line of versions has the command.
func (r *reader) elsewhere(n *kickstart.Node) bool {
	for _, c := range r.tables.Commands {
		if c.Section == "" && (c.Name == n.Name || slices.Contains(c.Aliases, n.Name)) {
			r.fault(n, RuleCommandUnknown, "%s has no command %s; it is for %s%s", r.Version, n.Name, c.In, instead(c.Instead))
			return true
		}
	}
	return false
}

// like offers the nearest names; a command stuck to an option is told apart.
func (r *reader) like(name string) string {
	if head, _, ok := strings.Cut(name, "--"); ok && r.commands[head] != nil {
		return fmt.Sprintf("; a blank is missing after %q", head)
	}
	return near.DidYouMean(name, r.Names())
}

func instead(s string) string {
	if s == "" {
		return ""
	}
	return "; " + s
}

// quote shortens what would not fit on a line of the screen.
func quote(s string) string {
	if len(s) > 60 {
		s = s[:57] + "..."
	}
	return fmt.Sprintf("%q", s)
}

// statement takes a line apart and judges it.
func (r *reader) statement(n *kickstart.Node, form *form) *Statement {
	s := &Statement{File: r.file, Node: n, Command: form.Command, Name: form.Name}
	if form.Deprecated.Has(r.Version) {
		r.add(r.file, n.Number, RuleCommandDeprecated, kickstart.Deprecated, "%s is deprecated in %s%s", s.title(), r.Version, instead(form.Instead))
		if form.Loose {
			return s
		}
	}
	before := len(r.findings)
	r.arguments(s, form)
	if !r.refused(before) {
		r.conditions(s, form)
	}
	s.refused = r.refused(before)
	return s
}

// refused reports whether an error was added since.
func (r *reader) refused(since int) bool {
	return slices.ContainsFunc(r.findings[since:], func(f kickstart.Finding) bool { return f.Level == kickstart.Error })
}

func (r *reader) section(n *kickstart.Node) {
	r.recipe.Sections = append(r.recipe.Sections, Section{r.file, n})
	form := r.sections[n.Name]
	switch {
	case form != nil:
		r.statement(n, form)
		r.body(n)
	case n.Broken:
	default:
		for _, s := range r.tables.Sections {
			if s.Name != n.Name {
				continue
			}
			if last, ok := s.In.last(r.Version); ok {
				r.fault(n, RuleCommandRemoved, "%%%s is gone since %s%s", n.Name, after(last), instead(s.Instead))
			} else {
				r.fault(n, RuleCommandLater, "%s has no section %%%s; it is for %s", r.Version, n.Name, s.In)
			}
			return
		}
	}
}

// body reads the commands inside of a section that holds commands.
func (r *reader) body(n *kickstart.Node) {
	if !r.hasInside(n.Name) {
		return
	}
	for _, l := range n.Body {
		words, err := kickstart.Words(l.Text())
		if err != nil || len(words) == 0 {
			continue
		}
		inner := &kickstart.Node{Kind: kickstart.Command, Line: l, Name: words[0], Args: words[1:]}
		form := r.inside[n.Name+" "+inner.Name]
		if form == nil {
			r.fault(inner, RuleCommandUnknown, "unknown command %s inside of %%%s", quote(inner.Name), n.Name)
			continue
		}
		r.statement(inner, form)
	}
}

func (r *reader) hasInside(section string) bool {
	for name := range r.inside {
		if strings.HasPrefix(name, section+" ") {
			return true
		}
	}
	return false
}
