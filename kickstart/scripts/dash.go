package scripts

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// dashFaults are the faults of a script that bash reads and dash doesn't, or not
// as it is meant. What dash refuses is fatal and the last; of what it misreads
// the first of each kind is told.
func dashFaults(text string, err error) (faults []Fault) {
	for range maxMends {
		f, at, misread := notDash(err)
		if !slices.ContainsFunc(faults, func(g Fault) bool { return g.Text == f.Text }) {
			faults = append(faults, f)
		}
		if !misread {
			return faults
		}
		mended := unbash(text, min(at, len(text)))
		if mended == "" {
			return faults
		}
		text = mended
		if _, err = parseOnce(syntax.LangPOSIX, text); err == nil {
			return faults
		}
	}
	return faults
}

// notDash is one such fault. Dash takes &> for & and >, and meets an expansion
// that it doesn't know only when it gets there.
func notDash(err error) (f Fault, offset int, misread bool) {
	const instead = ": bash has this, but /bin/sh is dash here; write --interpreter=/bin/bash after the section's name"
	f = Fault{Line: 1, Text: err.Error() + instead, Fatal: true}
	var parse syntax.ParseError
	var lang syntax.LangError
	switch {
	case errors.As(err, &lang):
		f.Line, f.Text, offset = line(lang.Pos), plain(lang.Feature)+instead, int(lang.Pos.Offset())
		f.Fatal = !misreads.MatchString(lang.Feature)
	case errors.As(err, &parse):
		f.Line, f.Text = line(parse.Pos), plain(parse.Text)+instead
	}
	return f, offset, !f.Fatal
}

var misreads = regexp.MustCompile("&>|expansion|slicing|search and replace|indirect")

// unbash puts something that dash reads in the place of what it misreads.
func unbash(text string, at int) string {
	if strings.HasPrefix(text[at:], "&>>") {
		return text[:at] + " >>" + text[at+3:]
	}
	if strings.HasPrefix(text[at:], "&>") {
		return text[:at] + " >" + text[at+2:]
	}
	if piece, ok := around(text, at, "${", "}"); ok {
		return blank(text, piece)
	}
	return ""
}
