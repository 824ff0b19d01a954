package wizard

import (
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// styles are how things look. Bold and reverse are known to every terminal;
// colours only come where they are wanted. Nothing depends on them alone: the
// chosen row has a mark, and what is wrong says so.
type styles struct {
	title, chosen, faint, wrong, danger lipgloss.Style
	plain                               lipgloss.Style
	width, height                       int
}

// newStyles never asks the terminal what it can do.
func newStyles(colour bool, width, height int) styles {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.ANSI)
	r.SetHasDarkBackground(true)
	s := styles{
		plain: r.NewStyle(), title: r.NewStyle().Bold(true), chosen: r.NewStyle().Reverse(true), faint: r.NewStyle(),
		wrong: r.NewStyle().Bold(true), danger: r.NewStyle().Bold(true), width: width, height: height,
	}
	if colour {
		s.faint = s.faint.Foreground(lipgloss.ANSIColor(6))
		s.wrong = s.wrong.Foreground(lipgloss.ANSIColor(3))
		s.danger = s.danger.Foreground(lipgloss.ANSIColor(1))
	}
	return s
}

// line cuts a text to the width of the screen.
func (s styles) line(text string) string {
	return s.plain.Inline(true).MaxWidth(s.width).Render(text)
}

// wrap breaks a text into lines of the screen's width, at blanks where it can.
func (s styles) wrap(text string, before int) []string {
	width := max(10, s.width-before)
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		row := ""
		for word := range strings.FieldsSeq(paragraph) {
			if row != "" && lipgloss.Width(row)+1+lipgloss.Width(word) > width {
				lines, row = append(lines, row), ""
			}
			if row != "" {
				row += " "
			}
			row += word
			for lipgloss.Width(row) > width { // a word longer than a line
				head, tail := split(row, width)
				lines, row = append(lines, head), tail
			}
		}
		lines = append(lines, row)
	}
	return lines
}

// split divides a word where a line is full.
func split(word string, width int) (head, tail string) {
	for i := range word {
		if i > 0 && lipgloss.Width(word[:i]) >= width {
			return word[:i], word[i:]
		}
	}
	return word, ""
}

// column pads or cuts a text to a width.
func column(text string, width int) string {
	if n := lipgloss.Width(text); n <= width {
		return text + strings.Repeat(" ", width-n)
	}
	for lipgloss.Width(text) > max(0, width-1) {
		r := []rune(text)
		text = string(r[:len(r)-1])
	}
	return column(text+"~", width)
}
