package wizard

import tea "github.com/charmbracelet/bubbletea"

// askHost asks for the machine's name.
type askHost struct{ form *form }

func (q *askHost) topic() string       { return "host" }
func (q *askHost) title(*draft) string { return "Name of the machine" }
func (q *askHost) asked(*draft) bool   { return true }
func (q *askHost) help(*draft) string {
	return "Its host name, with or without a domain: server, or server.example.org."
}
func (q *askHost) lines(styles, int) []string { return q.form.lines() }

func (q *askHost) begin(d *draft, s styles) {
	q.form = newForm(s, formField{name: "Host name", value: d.Hostname})
}

func (q *askHost) key(k tea.KeyMsg, d *draft) (move, error) {
	m := q.form.key(k)
	if m != next {
		return m, nil
	}
	if err := checkHost(q.form.value(0)); err != nil {
		return stay, err
	}
	d.Hostname = q.form.value(0)
	return next, nil
}
