package wizard

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// list lets one of several rows be chosen. Typing narrows it to the rows that
// hold what is typed, where it may.
type list struct {
	rows   []row
	typing bool // letters narrow it
	typed  string
	at     int // among the rows that are shown
	top    int // the first row on the screen
}

type row struct {
	text    string
	detail  string // shown below the list while the row is chosen
	invalid string // why it cannot be chosen
	find    string // what typing is held to, in small letters; empty: the text
}

// shown are the rows that hold what is typed, by their numbers.
func (l *list) shown() []int {
	var all []int
	typed := strings.ReplaceAll(strings.ToLower(l.typed), " ", "_")
	for i, r := range l.rows {
		text := r.find
		if text == "" {
			text = strings.ReplaceAll(strings.ToLower(r.text), " ", "_")
		}
		if strings.Contains(text, typed) {
			all = append(all, i)
		}
	}
	return all
}

// choose moves to a row.
func (l *list) choose(n int) {
	l.typed, l.at, l.top = "", max(0, min(n, len(l.rows)-1)), 0
}

// chosen is the number of the row; -1: none.
func (l *list) chosen() int {
	if s := l.shown(); l.at < len(s) {
		return s[l.at]
	}
	return -1
}

// page is how far PgUp and PgDn go.
const page = 10

// key takes a key: next where a row was chosen. It says what is wrong where that
// cannot be.
func (l *list) key(k tea.KeyMsg) (move, error) {
	n := len(l.shown())
	switch k.Type {
	case tea.KeyUp:
		l.at--
	case tea.KeyDown:
		l.at++
	case tea.KeyPgUp:
		l.at -= page
	case tea.KeyPgDown:
		l.at += page
	case tea.KeyHome:
		l.at = 0
	case tea.KeyEnd:
		l.at = n
	case tea.KeyShiftTab:
		return back, nil
	case tea.KeyEnter, tea.KeyTab:
		return l.enter()
	case tea.KeyBackspace, tea.KeyDelete, tea.KeyCtrlU:
		l.narrow(k)
	case tea.KeyRunes, tea.KeySpace:
		if l.typing && len(l.typed) < 40 {
			l.typed += string(k.Runes)
			l.at = 0
		}
	}
	l.at = max(0, min(l.at, len(l.shown())-1))
	return stay, nil
}

// narrow takes back what was typed.
func (l *list) narrow(k tea.KeyMsg) {
	typed := []rune(l.typed)
	if k.Type == tea.KeyCtrlU || len(typed) == 0 {
		typed = nil
	} else {
		typed = typed[:len(typed)-1]
	}
	l.typed, l.at = string(typed), 0
}

func (l *list) enter() (move, error) {
	n := l.chosen()
	if n < 0 {
		return stay, fmt.Errorf("nothing here holds %q; Backspace takes letters back", l.typed)
	}
	if why := l.rows[n].invalid; why != "" {
		return stay, fmt.Errorf("this cannot be chosen: %s", why)
	}
	return next, nil
}

// lines draws the list in so many lines of the screen.
func (l *list) lines(s styles, height int) []string {
	var out []string
	if l.typing {
		out = append(out, s.line("  Find: "+l.typed+"_"))
		height--
	}
	shown := l.shown()
	detail := l.detail(s)
	if len(detail) > 0 {
		height -= len(detail) + 1
	}
	if len(shown) > height {
		height-- // for the count
	}
	height = max(1, height)
	if l.at < l.top {
		l.top = l.at
	}
	if l.at >= l.top+height {
		l.top = l.at - height + 1
	}
	l.top = max(0, min(l.top, len(shown)-height))
	for i := l.top; i < len(shown) && i < l.top+height; i++ {
		mark, r := "  ", l.rows[shown[i]]
		if i == l.at {
			out = append(out, s.chosen.Render(s.line("> "+r.text)))
			continue
		}
		out = append(out, s.line(mark+r.text))
	}
	if len(shown) > height {
		out = append(out, s.faint.Render(fmt.Sprintf("  %d of %d", l.at+1, len(shown))))
	}
	if len(detail) > 0 {
		out = append(append(out, ""), detail...)
	}
	return out
}

// detail is what stands below the list.
func (l *list) detail(s styles) []string {
	n := l.chosen()
	if n < 0 || l.rows[n].detail == "" {
		return nil
	}
	lines := s.wrap(l.rows[n].detail, 2)
	for i := range lines {
		lines[i] = s.faint.Render("  " + lines[i])
	}
	return lines
}
