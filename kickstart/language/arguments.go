package language

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"cdbuilder/internal/near"
	"cdbuilder/kickstart"
)

// arguments sorts a line's arguments into options and words, as Python's
// argparse does, by which pykickstart reads them: --size=1 and --size 1 are
// the same, options and words may stand in any order, an option's name may be
// cut where it stays the only one, and a value never begins with a dash.
func (r *reader) arguments(s *Statement, f *form) {
	n := s.Node
	args := n.Args
	if f.Raw {
		s.Words = args
		return
	}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			s.Words = append(s.Words, args[i+1:]...)
			i = len(args)
		case !f.isOption(arg):
			s.Words = append(s.Words, arg)
		default:
			i += r.option(s, f, args[i:])
		}
	}
	r.missing(s, f)
	r.words(s, f)
}

// isOption is argparse's rule: a dash in front, and an option's name or its
// beginning; else neither a dash alone, nor a negative number, nor anything with
// a blank in it.
func (f *form) isOption(arg string) bool {
	if len(arg) < 2 || arg[0] != '-' {
		return false
	}
	name, _, _ := strings.Cut(arg, "=")
	if o, begun := f.find(name); o != nil || len(begun) > 0 {
		return true
	}
	return !negative(arg) && !strings.Contains(arg, " ")
}

func negative(arg string) bool {
	_, err := strconv.ParseFloat(arg, 64)
	return err == nil
}

// option reads the option that args begin with and says how many further
// arguments it took.
func (r *reader) option(s *Statement, f *form, args []string) (took int) {
	spelling, value, given := strings.Cut(args[0], "=")
	o, begun := f.find(spelling)
	switch {
	case o == nil && len(begun) > 0:
		r.fault(s.Node, RuleOptionUnknown, "%s is short for %s; write it out", spelling, strings.Join(begun, " and for "))
		return 0
	case o == nil:
		r.noOption(s, f, spelling)
		return 0
	case o.Type == "" && given:
		r.malformed(s.Node, RuleOptionValue, "%s takes no value; write %s alone, or leave it out", o.Name, o.Name)
		return 0
	case o.Type != "" && !given:
		if len(args) < 2 || f.isOption(args[1]) || args[1] == "--" {
			if o.Type == "optional" {
				break
			}
			r.noValue(s, o, spelling)
			return 0
		}
		value, took = args[1], 1
	}
	r.deprecated(s, o)
	if say := o.refuses(value); say != "" {
		r.fault(s.Node, RuleOptionValue, "%s", say)
	}
	g := Given{o, spelling, value}
	if name, meant, ok := strings.Cut(o.Means, "="); o.Means != "" && f.options[name] != nil {
		g.Option = f.options[name]
		if ok {
			g.Value = meant
		}
	}
	s.give(g)
	for _, name := range o.Implies {
		if implied := f.options[name]; implied != nil {
			s.give(Given{implied, spelling, ""})
		}
	}
	return took
}

// noValue says that an option lacks its value.
func (r *reader) noValue(s *Statement, o *Option, spelling string) {
	if o.Deprecated.Has(r.Version) {
		r.malformed(s.Node, RuleOptionValue, "%s is deprecated in %s, and refused without a value%s", spelling, r.Version, instead(o.Instead))
		return
	}
	r.malformed(s.Node, RuleOptionValue, "%s needs a value: %s=…", spelling, o.Name)
}

// give adds an option to the line. Of the options of one choice only the last
// stays.
func (s *Statement) give(g Given) {
	if g.Choice != "" {
		s.Given = slices.DeleteFunc(s.Given, func(old Given) bool { return old.Choice == g.Choice })
	}
	s.Given = append(s.Given, g)
}

func (r *reader) deprecated(s *Statement, o *Option) {
	if o.Deprecated.Has(r.Version) {
		r.add(r.file, s.Line(), RuleOptionDeprecated, kickstart.Deprecated, "%s is deprecated in %s%s", o.Name, r.Version, instead(o.Instead))
	}
}

// noOption says why a command of this version doesn't have an option.
func (r *reader) noOption(s *Statement, f *form, spelling string) {
	if o := r.other(f, spelling); o != nil {
		if last, ok := o.In.last(r.Version); ok {
			r.fault(s.Node, RuleOptionRemoved, "%s of %s is gone since %s%s", spelling, s.title(), after(last), instead(o.Instead))
			return
		}
		if first, ok := o.In.first(r.Version); ok {
			r.fault(s.Node, RuleOptionLater, "%s of %s doesn't exist before %s; this file is read as %s", spelling, s.title(), first, r.Version)
			return
		}
		r.fault(s.Node, RuleOptionUnknown, "%s of %s is for %s, not for %s%s", spelling, s.title(), o.In, r.Version, instead(o.Instead))
		return
	}
	report := r.malformed
	if slices.ContainsFunc(s.Node.Options, func(o kickstart.Option) bool { return strings.HasPrefix("--"+o.Name, spelling) }) {
		report = r.fault // Parse took it for short for an option that only other versions have
	}
	report(s.Node, RuleOptionUnknown, "%s has no option %s%s", s.title(), quote(spelling), near.DidYouMean(shorten(spelling), f.spelled))
}

// other finds the option in the other versions' rows: the row that came last
// before this version, else the first.
func (r *reader) other(f *form, spelling string) (found *Option) {
	best := -1
	for i := range f.Options {
		o := &f.Options[i]
		if !o.is(spelling) {
			continue
		}
		if last := o.In.lastNumber(r.Version); found == nil || last > best {
			found, best = o, last
		}
	}
	return found
}

// shorten keeps the search for near names from reading a whole file.
func shorten(s string) string { return s[:min(len(s), 60)] }

// title is the command as a person calls it.
func (s *Statement) title() string {
	if s.Node.Kind == kickstart.Section {
		return "%" + s.Node.Name
	}
	return s.Node.Name
}

// missing reports the required options that the line doesn't have.
func (r *reader) missing(s *Statement, f *form) {
	for _, o := range f.required {
		if !s.Has(o.Name) {
			r.fault(s.Node, RuleOptionMissing, "%s needs %s", s.title(), o.shape())
		}
	}
}

func (o *Option) shape() string {
	if o.Type == "" {
		return o.Name
	}
	return o.Name + "=…"
}

// words judges what stands beside the options.
func (r *reader) words(s *Statement, f *form) {
	n, w := len(s.Words), f.words
	if w.Path > 0 && n >= w.Path {
		s.Words[w.Path-1] = mountPath(s.Words[w.Path-1])
	}
	switch {
	case n > 0 && !f.takes:
		r.malformed(s.Node, RuleWords, "%s takes no word of its own, and this line has %s%s", s.title(), quote(strings.Join(s.Words, " ")), dashes(s, f))
		return
	case n < w.Min:
		r.fault(s.Node, RuleWords, "%s needs %s", s.title(), w.title(w.Min))
	case w.Max > 0 && n > w.Max:
		r.fault(s.Node, RuleWords, "%s takes %s, and this line has %s too", s.title(), w.title(w.Max), quote(strings.Join(s.Words[w.Max:], " ")))
	}
	for _, word := range s.Words {
		if len(w.Choices) > 0 && !slices.Contains(w.Choices, word) {
			r.fault(s.Node, RuleWords, "%s cannot be %s; it is one of %s", w.Name, quote(word), strings.Join(w.Choices, ", "))
		}
	}
}

// mountPath writes a mount point without what doesn't matter in it, a slash at
// its end for one. What isn't a path from the root stays as it is.
func mountPath(word string) string {
	if !strings.HasPrefix(word, "/") {
		return word
	}
	return path.Clean(word)
}

func (w *Words) title(n int) string {
	name := w.Name
	if name == "" {
		name = "word"
	}
	if n == 1 {
		return "one " + name
	}
	return fmt.Sprintf("%d words (%s)", n, name)
}

// dashes offers the option that a word would be with dashes before it, as
// in "clearpart all".
func dashes(s *Statement, f *form) string {
	if f.options["--"+s.Words[0]] != nil {
		return fmt.Sprintf("; did you mean --%s?", s.Words[0])
	}
	return ""
}

// refuses says what is wrong with a value; empty where nothing is.
func (o *Option) refuses(value string) string {
	switch o.Type {
	case "int":
		n, err := wholeNumber(value)
		switch {
		case err != nil:
			return fmt.Sprintf("%s takes a whole number, not %s", o.Name, quote(value))
		case o.Min != nil && n < *o.Min:
			return fmt.Sprintf("%s=%d is less than %d", o.Name, n, *o.Min)
		case o.Max != nil && n > *o.Max:
			return fmt.Sprintf("%s=%d is more than %d", o.Name, n, *o.Max)
		}
	case "float":
		if _, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err != nil {
			return fmt.Sprintf("%s takes a number, not %s", o.Name, quote(value))
		}
	case "bool":
		if _, ok := truth[strings.ToLower(value)]; !ok {
			return fmt.Sprintf("%s takes yes or no, not %s", o.Name, quote(value))
		}
	}
	if o.NotEmpty && value == "" {
		return fmt.Sprintf("%s has an empty value", o.Name)
	}
	if len(o.Choices) == 0 || slices.ContainsFunc(o.Choices, func(c string) bool { return c == value || o.Fold && strings.EqualFold(c, value) }) {
		return ""
	}
	return fmt.Sprintf("%s cannot be %s; it is one of %s", o.Name, quote(value), strings.Join(o.Choices, ", "))
}

// wholeNumber reads a number as Python's int does: blanks around it and
// underscores in it don't matter, and 007 is 7.
func wholeNumber(value string) (int64, error) {
	return strconv.ParseInt(strings.ReplaceAll(strings.TrimSpace(value), "_", ""), 10, 64)
}

// what pykickstart takes for yes and no, in any case
var truth = map[string]bool{"on": true, "yes": true, "true": true, "1": true, "off": false, "no": false, "false": false, "0": false}
