package language

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cdbuilder/kickstart"
)

var ruleLevels = map[string]kickstart.Level{
	"": kickstart.Error, "error": kickstart.Error, "warning": kickstart.Warning, "deprecated": kickstart.Deprecated, "note": kickstart.Note,
}

// checkFunc judges a line in a way that no table can say; it returns what is
// wrong, nothing where all is well.
type checkFunc func(v kickstart.Syntax, s *Statement) []string

// checks are the functions that rules of the tables name. The files
// check_*.go fill it.
var checks = make(map[string]checkFunc)

// conditions applies a command's rules to a line.
func (r *reader) conditions(s *Statement, f *form) {
	for _, rule := range f.rules {
		for _, say := range rule.broken(r.Version, s) {
			if rule.Say != "" {
				say = rule.Say
			}
			r.add(r.file, s.Line(), cmp.Or(rule.ID, RuleOptionConflict), ruleLevels[rule.Level], "%s", say)
		}
	}
}

func (rule *Rule) broken(v kickstart.Syntax, s *Statement) []string {
	if rule.When != "" && !s.means(rule.When) {
		return nil
	}
	switch {
	case len(rule.Conflict) > 0:
		if said := s.said(rule.Conflict); len(said) > 1 {
			return []string{fmt.Sprintf("%s: %s cannot stand together", s.title(), strings.Join(said, " and "))}
		}
	case len(rule.OneOf) > 0:
		if len(s.said(rule.OneOf)) == 0 {
			return []string{fmt.Sprintf("%s needs one of %s", s.title(), strings.Join(rule.OneOf, ", "))}
		}
	case len(rule.Need) > 0:
		for _, n := range rule.Need {
			if !s.means(n) {
				return []string{fmt.Sprintf("%s needs %s too", rule.When, n)}
			}
		}
	case len(rule.Refuse) > 0:
		if said := s.said(rule.Refuse); len(said) > 0 {
			return []string{fmt.Sprintf("%s and %s cannot stand together", rule.When, strings.Join(said, " "))}
		}
	case rule.Check != "":
		return checks[rule.Check](v, s)
	case rule.When != "":
		return []string{fmt.Sprintf("%s is not possible here", rule.When)}
	}
	return nil
}

// said gives those of the options that the line has.
func (s *Statement) said(options []string) (said []string) {
	for _, o := range options {
		if s.means(o) {
			said = append(said, o)
		}
	}
	return said
}

// means reports whether a line has an option, with that value where one is
// named; an option with an empty value or list counts as not said, as do empty
// words and, but for options with "zero", the number 0. "words" stands for the
// words, "word=use" for this first word.
func (s *Statement) means(option string) bool {
	if option == "words" {
		return slices.ContainsFunc(s.Words, func(w string) bool { return w != "" })
	}
	name, want, exact := strings.Cut(option, "=")
	if name == "word" {
		return s.Word(0) == want
	}
	for _, g := range s.Given {
		if !g.is(name) || g.empty() {
			continue
		}
		if !exact || g.Value == want || g.Fold && strings.EqualFold(g.Value, want) {
			return true
		}
	}
	return false
}

// empty reports whether a line gives an option, and nothing by it.
func (g Given) empty() bool {
	switch g.Type {
	case "", "optional":
		return false
	case "list":
		return strings.Trim(g.Value, ", ") == ""
	case "int":
		n, err := wholeNumber(g.Value)
		return err == nil && n == 0 && !g.Zero
	}
	return g.Value == ""
}

// twice reports lines that name again what was named before.
func (r *reader) twice() {
	type key struct{ command, name string }
	seen := make(map[key]*Statement)
	for _, s := range r.recipe.Statements {
		if s.Command == nil || s.refused {
			continue
		}
		for _, u := range s.Command.Unique {
			if !u.In.HasOrEmpty(r.Version) {
				continue
			}
			name, ok := u.name(s)
			if !ok {
				continue
			}
			k := key{s.Name + " " + strings.Join(u.By, " "), name}
			if old := seen[k]; old != nil {
				level := kickstart.Warning
				if u.Level == "error" {
					level = kickstart.Error
				}
				r.add(s.File, s.Line(), RuleCommandTwice, level, "%s %s was already said in %s:%d", s.Name, quote(name), old.File.Name, old.Line())
				continue
			}
			seen[k] = s
		}
	}
}

// name is what a line names; ok is false where it names nothing.
func (u *Unique) name(s *Statement) (name string, ok bool) {
	var parts []string
	for _, by := range u.By {
		part := s.Word(0)
		if by != "word" {
			part = s.named(by)
		}
		parts = append(parts, part)
	}
	name = strings.TrimSpace(strings.Join(parts, " "))
	if (name == "" && len(u.By) > 0 && !u.Empty) || slices.Contains(u.Not, name) {
		return "", false
	}
	return name, true
}

// named is an option's value, spelled so that the same thing reads the same.
func (s *Statement) named(option string) string {
	value := strings.Join(s.List(option), ",")
	for _, g := range s.Given {
		if g.Name == option {
			return g.fix(value)
		}
	}
	return value
}

// together reports commands that cannot stand in one file, at the later one.
func (r *reader) together() {
	first := make(map[string]int)
	for i, s := range r.recipe.Statements {
		if _, ok := first[s.Name]; !ok {
			first[s.Name] = i
		}
	}
	for i, s := range r.recipe.Statements {
		if s.Command == nil {
			continue
		}
		for _, e := range s.Command.Excludes {
			if !e.In.HasOrEmpty(r.Version) {
				continue
			}
			for _, c := range e.Commands {
				if at, ok := first[c]; ok && at < i {
					other := r.recipe.Statements[at]
					r.add(s.File, s.Line(), RuleCommandConflict, kickstart.Error, "%s cannot stand together with %s (%s:%d)", s.Node.Name, c, other.File.Name, other.Line())
				}
			}
		}
	}
}
