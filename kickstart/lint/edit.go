package lint

import (
	"strings"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// These change one thing in a command line and leave its blanks, quotes and
// comment as they are. A line that cannot be split comes back unchanged.

// withWord puts a word after the others, before a comment.
func withWord(line, word string) string {
	fields, _, err := kickstart.Fields(line)
	if err != nil || len(fields) == 0 {
		return line
	}
	end := fields[len(fields)-1].End
	return line[:end] + " " + word + line[end:]
}

// place of an option among the fields: one field, or two where its value
// stands apart.
func optionFields(fields []kickstart.Field, g language.Given) (first, last int, ok bool) {
	for i, f := range fields {
		if strings.HasPrefix(f.Text, g.Spelled+"=") {
			return i, i, true
		}
		if f.Text != g.Spelled {
			continue
		}
		if g.Value != "" && i+1 < len(fields) && fields[i+1].Text == g.Value {
			return i, i + 1, true
		}
		return i, i, true
	}
	return 0, 0, false
}

// withoutOption removes an option and the blanks before it.
func withoutOption(line string, g language.Given) string {
	fields, _, err := kickstart.Fields(line)
	if err != nil {
		return line
	}
	first, last, ok := optionFields(fields, g)
	if !ok || first == 0 {
		return line
	}
	return line[:fields[first-1].End] + line[fields[last].End:]
}

// withOption gives an option another value.
func withOption(line string, g language.Given, value string) string {
	fields, _, err := kickstart.Fields(line)
	if err != nil {
		return line
	}
	first, last, ok := optionFields(fields, g)
	if !ok {
		return line
	}
	return line[:fields[first].Start] + g.Spelled + "=" + kickstart.Quote(value) + line[fields[last].End:]
}

// withField puts another text in the place of the first field that has one.
func withField(line, old, text string) string {
	fields, _, err := kickstart.Fields(line)
	if err != nil {
		return line
	}
	for _, f := range fields {
		if f.Text == old {
			return line[:f.Start] + text + line[f.End:]
		}
	}
	return line
}

// given is the occurrence of an option that counts, the last.
func given(s *language.Statement, option string) (g language.Given, ok bool) {
	for _, one := range s.Given {
		if one.Name == option {
			g, ok = one, true
		}
	}
	return g, ok
}
