package scripts

import (
	"errors"
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// judge says what a parse error means to the shell, and mends the text where
// the shell would read on.
func judge(d Dialect, text string, err error) (f Fault, mended string) {
	f = Fault{Line: 1, Rule: SyntaxRule, Fatal: true, Text: err.Error()}
	var at syntax.Pos
	var parse syntax.ParseError
	var lang syntax.LangError
	switch {
	case errors.Is(err, errDeep):
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
	offset := min(int(at.Offset()), len(text))
	if name, ok := strings.CutPrefix(f.Text, "unclosed here-document "); ok {
		f.Fatal = false
		name = strings.Trim(name, `"`)
		f.Text = fmt.Sprintf("no line is just %q, so everything to the end of the script belongs to this here-document", name)
		return f, closeDocument(text, name)
	}
	if span, ok := around(text, offset, "`", "`"); ok {
		return lazy(f, "what stands between the backquotes: "), blank(text, span)
	}
	if strings.Contains(f.Text, "parameter expansion") || strings.Contains(f.Text, "matching \"[\"") || inExpansion(text, offset) {
		if span, ok := around(text, offset, "${", "}"); ok {
			return lazy(f, ""), blank(text, span)
		}
	}
	if strings.TrimSpace(lineAt(text, offset)) == "!" {
		return lazy(f, ""), text[:offset] + ":" + text[offset+1:]
	}
	return f, ""
}

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

func inExpansion(text string, offset int) bool {
	s, ok := around(text, offset, "${", "}")
	return ok && !strings.Contains(text[s.from:offset], "}")
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
