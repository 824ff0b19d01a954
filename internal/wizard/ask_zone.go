package wizard

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"
)

// askZone asks for the time zone.
type askZone struct{ list list }

func (q *askZone) topic() string       { return "zone" }
func (q *askZone) title(*draft) string { return "Time zone" }
func (q *askZone) asked(*draft) bool   { return true }
func (q *askZone) help(*draft) string {
	return "Type a part of its name, such as the nearest large city, to narrow the list."
}
func (q *askZone) lines(s styles, height int) []string { return q.list.lines(s, height) }

func (q *askZone) begin(d *draft, _ styles) {
	zones := d.facts.Zones
	if !slices.Contains(zones, d.Zone) {
		zones = append([]string{d.Zone}, zones...)
	}
	q.list = list{typing: true}
	for _, z := range zones {
		q.list.rows = append(q.list.rows, row{text: z})
	}
	q.list.choose(slices.Index(zones, d.Zone))
}

func (q *askZone) key(k tea.KeyMsg, d *draft) (move, error) {
	m, wrong := q.list.key(k)
	if m == next {
		d.Zone = q.list.rows[q.list.chosen()].text
	}
	return m, wrong
}
