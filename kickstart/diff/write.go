package diff

import (
	"fmt"
	"io"
	"strings"
)

// Paint colours a line: sign is '+', '-' or '~'. The identity where there is
// no colour.
type Paint func(sign byte, line string) string

// Plain paints nothing.
func Plain(_ byte, line string) string { return line }

// Write prints differences for a person.
func Write(w io.Writer, changes []Change, paint Paint) error {
	var b strings.Builder
	area := ""
	for _, c := range changes {
		if c.Area != area {
			area = c.Area
			fmt.Fprintf(&b, "%s\n", headings[area])
		}
		c.write(&b, paint)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

var headings = map[string]string{"command": "commands", "packages": "packages", "script": "scripts"}

func (c *Change) write(b *strings.Builder, paint Paint) {
	line := func(sign byte, format string, args ...any) {
		b.WriteString(paint(sign, fmt.Sprintf("%c ", sign)+fmt.Sprintf(format, args...)) + "\n")
	}
	switch {
	case c.Area == "script" && c.What != "":
		line('~', "%s (line %d, now line %d)", c.Name, c.OldLine, c.NewLine)
		for _, l := range hunks(c.What) {
			sign := byte('~')
			if l[0] == '+' || l[0] == '-' {
				sign = l[0]
			}
			b.WriteString(paint(sign, "    "+l) + "\n")
		}
	case c.Area == "script" && c.New == "":
		line('-', "%s (line %d), %d lines", c.Name, c.OldLine, strings.Count(c.Old, "\n")-1)
	case c.Area == "script":
		line('+', "%s (line %d), %d lines", c.Name, c.NewLine, strings.Count(c.New, "\n")-1)
	case c.New == "":
		line('-', "%s", c.Old)
	case c.Old == "":
		line('+', "%s", c.New)
	default:
		line('~', "%s: %s", c.Name, c.What)
	}
}

// hunks are the lines of a unified diff below its file names.
func hunks(diff string) []string {
	var lines []string
	for l := range strings.Lines(diff) {
		l = strings.TrimSuffix(l, "\n")
		if l == "" || strings.HasPrefix(l, "diff ") || strings.HasPrefix(l, "--- old") || strings.HasPrefix(l, "+++ new") || strings.HasPrefix(l, "@@") {
			continue
		}
		lines = append(lines, l)
	}
	return lines
}
