package language

import (
	"strconv"
	"strings"

	"cdbuilder/kickstart"
)

// canonicalFunc writes a command whose canonical form the order of its options
// can't tell.
type canonicalFunc func(v kickstart.Syntax, s *Statement) string

// canonicals are the functions that the tables name. The files check_*.go
// fill it.
var canonicals = make(map[string]canonicalFunc)

// Canonical writes a statement as pykickstart would: aliases resolved, options
// in one order, defaults that count written out, values quoted where they may
// hold blanks. A command that the version doesn't know comes back as it was.
func (r *Recipe) Canonical(s *Statement) string {
	if s.Command == nil {
		return s.Node.Text()
	}
	if write := canonicals[s.Command.Canonical]; write != nil {
		return write(r.Version, s)
	}
	return s.canonical(r.Version)
}

// canonical writes a statement by its table.
func (s *Statement) canonical(v kickstart.Syntax) string {
	parts := []string{s.Name}
	words := For(v).commands[s.Name].words
	first, last := words.arrange(s.Words)
	parts = append(parts, first...)
	parts = append(parts, s.options(v)...)
	return strings.Join(append(parts, last...), " ")
}

// arrange divides the words between the front and the end of the line.
func (w *Words) arrange(words []string) (first, last []string) {
	if w.Print == "no" {
		return nil, nil
	}
	printed := make([]string, len(words))
	for i, word := range words {
		printed[i] = inQuotes(w.Print, word)
	}
	switch {
	case w.Position == "last":
		return nil, printed
	case w.Position == "split" && len(printed) > 0:
		return printed[:1], printed[1:]
	}
	return printed, nil
}

// options writes the options in the order of the table.
func (s *Statement) options(v kickstart.Syntax) []string {
	var parts []string
	for i := range s.Command.Options {
		o := &s.Command.Options[i]
		if !o.In.HasOrEmpty(v) || o.Print == "no" || !s.with(v, o.With) {
			continue
		}
		if o.Alone && s.Has(o.Name) {
			return []string{o.Name}
		}
		parts = append(parts, s.option(o)...)
	}
	return parts
}

// with reports whether another option says that an option is written; where
// that one isn't written itself, neither is what hangs on it.
func (s *Statement) with(v kickstart.Syntax, other string) bool {
	if absent, ok := strings.CutPrefix(other, "!"); ok {
		return !s.means(absent)
	}
	if other == "" {
		return true
	}
	o := For(v).Option(s.Name, other)
	return s.means(other) && (o == nil || s.with(v, o.With))
}

// option writes one option; one that may be repeated is one list, or where it
// is no list it is written as often as it is given.
func (s *Statement) option(o *Option) []string {
	value, given := s.Value(o.Name)
	if o.Like != "" && value == "" {
		value, given = s.Value(o.Like)
	}
	switch {
	case !given && o.Default == "":
		return nil
	case o.Type == "", o.Type == "optional" && given && value == "":
		return []string{o.Name}
	case !given:
		value = o.Default
	case o.Type == "list":
		value = strings.Join(s.List(o.Name), ",")
	case o.Repeat:
		var parts []string
		for _, g := range s.Given {
			if g.Name == o.Name {
				parts = append(parts, o.write(g.Value)...)
			}
		}
		return parts
	}
	return o.write(value)
}

func (o *Option) write(value string) []string {
	value = o.fix(value)
	if value == "" || value == o.Hide || (o.Type == "int" && value == "0" && !o.Zero) {
		return nil
	}
	return []string{o.Name + "=" + inQuotes(o.Print, value)}
}

// inQuotes writes a value as a row's print asks for.
func inQuotes(how, value string) string {
	switch {
	case how == "escaped":
		return `"` + strings.ReplaceAll(value, `"`, `\"`) + `"`
	case how == "quoted", how == "hash" && strings.Contains(value, "#"):
		return `"` + value + `"`
	}
	return value
}

// fix brings a value into the spelling of the canonical form.
func (o *Option) fix(value string) string {
	if same, ok := o.Same[strings.ToLower(value)]; ok {
		return same
	}
	switch o.Fixed {
	case "upper":
		return strings.ToUpper(value)
	case "lower":
		return strings.ToLower(value)
	case "raid":
		return "RAID" + strings.TrimPrefix(strings.ToUpper(value), "RAID")
	case "md":
		return strings.TrimPrefix(value, "md")
	case "base":
		return strings.TrimPrefix(value, "/dev/")
	case "last":
		return value[strings.LastIndexByte(value, '/')+1:]
	case "onoff":
		if truth[strings.ToLower(value)] {
			return "on"
		}
		return "off"
	}
	if n, err := wholeNumber(value); o.Type == "int" && err == nil {
		return strconv.FormatInt(n, 10)
	}
	return value
}
