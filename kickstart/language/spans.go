package language

import (
	"fmt"
	"strings"

	"cdbuilder/kickstart"
)

// Spans is a set of versions, written as "F18- RHEL7-": spans divided by
// blanks, each one version (RHEL6), an open end (F18-, up to the newest; -F8,
// from the oldest) or both ends (FC3-F8). Fedora (FC3 to FC6, then F7 and on)
// and RHEL are two lines of time: a span lies in one of them, and a line
// that isn't named isn't meant. "all" is every version.
type Spans struct {
	text  string
	spans []span
}

type span struct {
	rhel     bool
	from, to int
}

const newest = 1 << 20 // the end of an open span

// UnmarshalText reads the written form.
func (s *Spans) UnmarshalText(text []byte) error {
	*s = Spans{text: string(text)}
	for _, word := range strings.Fields(s.text) {
		if word == "all" {
			s.spans = append(s.spans, span{false, 0, newest}, span{true, 0, newest})
			continue
		}
		one, err := parseSpan(word)
		if err != nil {
			return err
		}
		s.spans = append(s.spans, one)
	}
	return nil
}

func parseSpan(word string) (span, error) {
	first, last, isRange := strings.Cut(word, "-")
	if first == "" && last == "" {
		return span{}, fmt.Errorf("%q is no span of versions", word)
	}
	one := span{from: 0, to: newest}
	var ends []kickstart.Syntax
	for _, end := range []string{first, last} {
		if end == "" {
			continue
		}
		v, err := kickstart.ParseSyntax(end)
		if err != nil {
			return span{}, err
		}
		ends = append(ends, v)
	}
	one.rhel = ends[0].Family == "RHEL"
	if len(ends) == 2 && one.rhel != (ends[1].Family == "RHEL") {
		return span{}, fmt.Errorf("%q mixes Fedora and RHEL: a span lies in one of them", word)
	}
	switch {
	case !isRange:
		one.from, one.to = ends[0].Number, ends[0].Number
	case first == "":
		one.to = ends[0].Number
	case last == "":
		one.from = ends[0].Number
	default:
		one.from, one.to = ends[0].Number, ends[1].Number
	}
	if one.from > one.to {
		return span{}, fmt.Errorf("%q ends before it begins", word)
	}
	return one, nil
}

// Empty reports whether no version is named.
func (s Spans) Empty() bool { return len(s.spans) == 0 }

// Has reports whether the version is in the set. DEVEL is the newest Fedora.
func (s Spans) Has(v kickstart.Syntax) bool {
	n := v.Number
	if v.Family == "" {
		n = newest
	}
	for _, one := range s.spans {
		if one.rhel == (v.Family == "RHEL") && one.from <= n && n <= one.to {
			return true
		}
	}
	return false
}

// HasOrEmpty is Has, but a set that names no version means all of them.
func (s Spans) HasOrEmpty(v kickstart.Syntax) bool { return s.Empty() || s.Has(v) }

// String gives the written form.
func (s Spans) String() string { return s.text }

// last is the newest version of v's line, at or before v, that the set has; ok
// is false where the set has none: something that came later, or never.
func (s Spans) last(v kickstart.Syntax) (name string, ok bool) {
	best := s.lastNumber(v)
	if best < 0 {
		return "", false
	}
	return lineName(v.Family == "RHEL", best), true
}

func (s Spans) lastNumber(v kickstart.Syntax) int {
	best, n := -1, v.Number
	if v.Family == "" {
		n = newest
	}
	for _, one := range s.spans {
		if one.rhel == (v.Family == "RHEL") && one.from <= n {
			best = max(best, min(one.to, n))
		}
	}
	return best
}

// first is the oldest version of v's line after v that the set has.
func (s Spans) first(v kickstart.Syntax) (name string, ok bool) {
	best := newest + 1
	for _, one := range s.spans {
		if one.rhel == (v.Family == "RHEL") && one.from > v.Number && v.Family != "" {
			best = min(best, one.from)
		}
	}
	if best > newest {
		return "", false
	}
	return lineName(v.Family == "RHEL", best), true
}

func lineName(rhel bool, n int) string {
	switch {
	case rhel:
		return fmt.Sprintf("RHEL%d", n)
	case n <= 6:
		return fmt.Sprintf("FC%d", n)
	}
	return fmt.Sprintf("F%d", n)
}

// after is the version that follows a named one: F34 for F33, F7 for FC6.
func after(name string) string {
	v, err := kickstart.ParseSyntax(name)
	if err != nil {
		return name
	}
	return lineName(v.Family == "RHEL", v.Number+1)
}
