package scripts

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// explain says what a parse error means to the shell, and mends the text where
// the shell would read on.
func explain(d Dialect, text string, err error) (f Fault, mended string) {
	f = Fault{Line: 1, Fatal: true, Text: err.Error()}
	var at syntax.Pos
	var parse syntax.ParseError
	var lang syntax.LangError
	switch {
	case errors.Is(err, errDeep), errors.Is(err, errParser):
		f.Fatal = false
		return f, ""
	case errors.As(err, &parse):
		at, f.Text = parse.Pos, plain(parse.Text)
	case errors.As(err, &lang):
		at, f.Text = lang.Pos, fmt.Sprintf("%s are not for %s", lang.Feature, d)
	default:
		return f, ""
	}
	f.Line = line(at)
	if name, ok := strings.CutPrefix(f.Text, "unclosed here-document "); ok {
		f.Fatal = false
		name = strings.Trim(name, `"`)
		f.Text = fmt.Sprintf("no line is just %q, so everything to the end of the script belongs to this here-document", name)
		return f, closeDocument(text, name)
	}
	if piece, what, ok := lateFault(text, min(int(at.Offset()), len(text)), f.Text); ok {
		return lazy(f, what), blank(text, piece)
	}
	return f, ""
}

// lateFault finds the piece of a script that the shell doesn't read before it
// runs it: what stands between backquotes, in ${…}, in a here-document.
func lateFault(text string, offset int, said string) (piece span, what string, ok bool) {
	begin := strings.LastIndexByte(text[:offset], '\n') + 1
	if strings.HasSuffix(said, "without closing quote \"`\"") {
		return span{offset, offset + 1}, "", inDocument(text, begin) && offset < len(text)
	}
	if strings.Count(text[begin:offset], "`")%2 == 1 {
		if piece, ok = around(text, offset, "`", "`"); ok {
			return piece, "between the backquotes: ", true
		}
	}
	if piece, ok = around(text, offset, "${", "}"); ok && (strings.Contains(said, "parameter expansion") ||
		strings.Contains(said, `matching "["`) || !strings.Contains(text[piece.from:offset], "}")) {
		return piece, "", true
	}
	if strings.TrimSpace(lineAt(text, offset)) == "!" {
		return span{offset, offset + 1}, "", true
	}
	return span{}, "", false
}

// inDocument reports whether a line stands in a here-document: whether one of
// the lines before it opens one that none between them closes.
func inDocument(text string, begin int) bool {
	open := ""
	for l := range strings.Lines(text[:begin]) {
		if open != "" {
			if strings.TrimLeft(strings.TrimRight(l, "\n"), "\t") == open {
				open = ""
			}
		} else if m := documents.FindStringSubmatch(l); m != nil {
			open = m[1]
		}
	}
	return open != ""
}

var documents = regexp.MustCompile("<<-?[ \t]*[\"'\\\\]?([A-Za-z0-9_.!@%+-]+)")

// lazy makes a fault one that the shell finds only when it gets there.
func lazy(f Fault, what string) Fault {
	f.Fatal = false
	f.Text = what + f.Text + "; the shell finds out only when it gets here"
	return f
}

// plain gives the parser's message our quotation marks.
func plain(s string) string { return strings.ReplaceAll(s, "`", `"`) }

func closeDocument(text, name string) string {
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text + name + "\n"
}

// span is a piece of text, by its offsets.
type span struct{ from, to int }

// around finds the piece from the last opening mark at or before offset to the
// first closing one behind it, within one line.
func around(text string, offset int, opens, closes string) (span, bool) {
	begin := strings.LastIndexByte(text[:offset], '\n') + 1
	end := len(text)
	if i := strings.IndexByte(text[offset:], '\n'); i >= 0 {
		end = offset + i
	}
	from := strings.LastIndex(text[begin:min(offset+len(opens)-1, end)], opens)
	if from < 0 {
		return span{}, false
	}
	from += begin
	rest := max(offset, from+len(opens))
	to := strings.Index(text[min(rest, end):end], closes)
	if to < 0 {
		return span{}, false
	}
	return span{from, rest + to + len(closes)}, true
}

// blank puts letters in the place of a piece, so that what follows stays where
// it is.
func blank(text string, s span) string {
	return text[:s.from] + strings.Repeat("x", s.to-s.from) + text[s.to:]
}

func lineAt(text string, offset int) string {
	begin := strings.LastIndexByte(text[:offset], '\n') + 1
	l, _, _ := strings.Cut(text[begin:], "\n")
	return l
}
