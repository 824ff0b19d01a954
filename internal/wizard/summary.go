package wizard

import (
	"errors"
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// summary shows everything once more, and asks for a yes.
type summary struct {
	rows   []topicRow
	at     int // the row that Enter leads to; -1: none
	form   *form
	wrote  []string // of the kickstart
	top    int      // of these, the first on the screen
	height int      // how many of them are shown
	broken error    // why this cannot be installed
	disk   Disk
}

type topicRow struct{ topic, name, text string }

func (q *summary) topic() string       { return "summary" }
func (q *summary) title(*draft) string { return "Summary" }
func (q *summary) help(*draft) string  { return "" }
func (q *summary) asked(*draft) bool   { return true }

func (q *summary) begin(d *draft, s styles) {
	a := d.answers()
	who := "root, with a password"
	if a.User != "" {
		who = a.User + ", with a password and sudo; root is locked"
		if a.Key != "" {
			who = a.User + ", with a password, an SSH key and sudo; root is locked"
		}
	}
	*q = summary{at: -1, disk: a.Disk, form: newForm(s, formField{name: "Type yes to install", limit: 20})}
	if len(d.facts.Bases) > 1 {
		q.rows = append(q.rows, topicRow{"what", "System", d.basis().Title})
	}
	q.rows = append(q.rows, topicRow{"disk", "Disk", a.Disk.String()}, topicRow{"host", "Name", a.Hostname}, topicRow{"account", "Log in", who},
		topicRow{"network", "Network", a.Network.String()}, topicRow{"zone", "Time zone", a.Zone})
	text, wrote, err := a.compose(d.basis())
	if err == nil && d.check != nil {
		err = d.check(text)
	}
	q.wrote, q.broken = wrote, err
}

func (q *summary) lines(s styles, height int) []string {
	var out []string
	for i, r := range q.rows {
		text := column(r.name, 10) + r.text
		if i == q.at {
			out = append(out, s.chosen.Render(s.line("> "+text)))
			continue
		}
		out = append(out, s.line("  "+text))
	}
	end := []string{s.danger.Render(s.line(fmt.Sprintf("ERASES %s", q.disk)))}
	if q.at >= 0 {
		end = append(end, "Enter goes back to "+q.rows[q.at].name+".")
	} else {
		end = append(end, q.form.lines()...)
	}
	end = append(end, s.faint.Render(s.line("Up and Down choose an answer to change, PgUp and PgDn scroll.")))
	return append(append(out, q.kickstart(s, height-len(out)-len(end)-2)...), end...)
}

// kickstart shows its new lines, as they are, between two rules.
func (q *summary) kickstart(s styles, height int) []string {
	var all []string
	if q.broken != nil {
		all = s.wrap("This cannot be installed: "+q.broken.Error(), 2)
	}
	for _, l := range q.wrote {
		all = append(all, exact(l, s.width-2)...)
	}
	q.height = max(1, height)
	q.top = max(0, min(q.top, len(all)-q.height))
	head := "--- in the kickstart "
	if len(all) > q.height {
		head = fmt.Sprintf("--- in the kickstart, lines %d to %d of %d ", q.top+1, min(len(all), q.top+q.height), len(all))
	}
	out := []string{s.faint.Render(rule(head, s.width-1))}
	for _, l := range all[q.top:min(len(all), q.top+q.height)] {
		out = append(out, "  "+l)
	}
	return append(out, s.faint.Render(rule("", s.width-1)))
}

// exact breaks a line where the screen ends, behind a blank where it can, and
// loses nothing of it.
func exact(line string, width int) []string {
	var all []string
	for {
		head, tail := split(line, width)
		if tail == "" {
			return append(all, line)
		}
		if blank := strings.LastIndexByte(head, ' '); blank > width/2 {
			head, tail = line[:blank+1], line[blank+1:]
		}
		all, line = append(all, head), tail
	}
}

func rule(head string, width int) string {
	for len(head) < width {
		head += "-"
	}
	return head
}

func (q *summary) key(k tea.KeyMsg, d *draft) (move, error) {
	switch k.Type {
	case tea.KeyUp:
		if q.at--; q.at < -1 {
			q.at = len(q.rows) - 1
		}
		return stay, nil
	case tea.KeyDown, tea.KeyTab:
		if q.at++; q.at == len(q.rows) {
			q.at = -1
		}
		return stay, nil
	case tea.KeyPgUp:
		q.top -= q.height
		return stay, nil
	case tea.KeyPgDown:
		q.top += q.height
		return stay, nil
	}
	if q.at >= 0 && k.Type == tea.KeyEnter {
		d.goTo = q.rows[q.at].topic
		return there, nil
	}
	q.at = -1
	if m := q.form.key(k); m != next {
		return m, nil
	}
	switch typed := q.form.value(0); {
	case q.broken != nil:
		return stay, errors.New("this cannot be installed; the reason stands above, and Up and Down choose what to change")
	case typed == "yes":
		d.Answers = d.answers()
		return confirm, nil
	case typed == "":
		return stay, fmt.Errorf("the Enter key alone does nothing here: type yes to erase %s and install", q.disk.Name)
	default:
		q.form.empty(0)
		return stay, fmt.Errorf("%q is not yes; nothing was done", clip(typed))
	}
}
