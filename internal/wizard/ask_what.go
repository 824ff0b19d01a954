package wizard

import tea "github.com/charmbracelet/bubbletea"

// askWhat asks which kickstart is the basis.
type askWhat struct{ list list }

func (q *askWhat) topic() string                       { return "what" }
func (q *askWhat) title(*draft) string                 { return "What to install" }
func (q *askWhat) help(*draft) string                  { return "" }
func (q *askWhat) asked(d *draft) bool                 { return len(d.facts.Bases) > 1 }
func (q *askWhat) lines(s styles, height int) []string { return q.list.lines(s, height) }

func (q *askWhat) begin(d *draft, _ styles) {
	q.list = list{}
	for _, b := range d.facts.Bases {
		q.list.rows = append(q.list.rows, row{text: b.Title, detail: "The basis is " + b.Name + " on this medium; what is asked next goes into it."})
	}
	q.list.choose(d.base)
}

func (q *askWhat) key(k tea.KeyMsg, d *draft) (move, error) {
	m, wrong := q.list.key(k)
	if m == next {
		d.take(q.list.chosen())
	}
	return m, wrong
}
