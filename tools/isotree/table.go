package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"cdbuilder/internal/tool"
	"cdbuilder/isotree"

	"golang.org/x/term"
)

// maxColumn is the width from which on a cell may push its line out of the table.
const maxColumn = 44

// A palette colours verdicts; nil colours nothing.
type palette map[isotree.Verdict]string

// palette has colours where stdout is a terminal whose user didn't decline them
// (https://no-color.org).
func (v *verify) palette() palette {
	f, ok := v.Stdout.(*os.File)
	if !ok || v.Getenv("NO_COLOR") != "" || v.Getenv("TERM") == "dumb" || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return palette{isotree.VerdictOK: "\x1b[32m", isotree.VerdictWarn: "\x1b[33m", isotree.VerdictFail: "\x1b[31m"}
}

func (p palette) paint(v isotree.Verdict) string {
	text := fmt.Sprintf("%-4s", v)
	if p[v] == "" {
		return text
	}
	return p[v] + text + "\x1b[0m"
}

// writeReports writes one table a medium.
func writeReports(w io.Writer, media []medium, colours palette) error {
	var out strings.Builder
	for i, m := range media {
		if i > 0 {
			out.WriteByte('\n')
		}
		writeReport(&out, m, colours)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func writeReport(w *strings.Builder, m medium, colours palette) {
	fmt.Fprintf(w, "%s: %s, %s\n", m.File, shown(m.Label), tool.Size(m.Size))
	group, check := 0, 0
	for _, r := range m.Rows {
		group = max(group, utf8.RuneCountInString(r.Group))
		if n := utf8.RuneCountInString(shown(r.Check)); n <= maxColumn {
			check = max(check, n)
		}
	}
	last := ""
	for _, r := range m.Rows {
		name := r.Group
		if name == last {
			name = ""
		}
		last = r.Group
		line := fmt.Sprintf("%-*s  %-*s  ", group, name, check, shown(r.Check))
		fmt.Fprintln(w, strings.TrimRight(line+colours.paint(r.Verdict)+"  "+shown(r.Detail), " "))
	}
	fmt.Fprintf(w, "%d checks: %d ok, %d warn, %d fail, %d none\n", len(m.Rows),
		m.Count(isotree.VerdictOK), m.Count(isotree.VerdictWarn), m.Count(isotree.VerdictFail), m.Count(isotree.VerdictNone))
}

// shown escapes what a medium could do to the terminal with its names.
func shown(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if unicode.IsPrint(r) && r != utf8.RuneError {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRune(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}
