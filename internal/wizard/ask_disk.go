package wizard

import (
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// askDisk asks for the disk that is wiped.
type askDisk struct{ list list }

func (q *askDisk) topic() string       { return "disk" }
func (q *askDisk) title(*draft) string { return "Disk" }
func (q *askDisk) asked(*draft) bool   { return true }
func (q *askDisk) help(*draft) string {
	return "The system takes a whole disk, and ERASES everything on it. No other disk is touched. Nothing is written before the last question."
}
func (q *askDisk) lines(s styles, height int) []string { return q.list.lines(s, height) }

func (q *askDisk) begin(d *draft, _ styles) {
	q.list = list{rows: diskRows(d.facts.Disks)}
	at := slices.IndexFunc(d.facts.Disks, func(o Disk) bool { return o.Name == d.Disk.Name })
	if at < 0 {
		at = slices.IndexFunc(d.facts.Disks, func(o Disk) bool { return o.Unusable == "" })
	}
	q.list.choose(at)
}

// diskRows are the disks in columns, whose widths are those of the longest.
func diskRows(disks []Disk) []row {
	var name, size, model int
	for _, d := range disks {
		name, size, model = max(name, len(d.Name)), max(size, len(d.Size)), max(model, len(d.Model))
	}
	model = min(model, 28)
	rows := make([]row, len(disks))
	for i, d := range disks {
		text := column(d.Name, name) + "  " + fmt.Sprintf("%*s", size, d.Size)
		if model > 0 {
			text += "  " + column(d.Model, model)
		}
		if d.Serial != "" {
			text += "  serial " + d.Serial
		}
		rows[i] = row{text: strings.TrimRight(text, " "), detail: diskDetail(d), invalid: d.Unusable}
	}
	return rows
}

func diskDetail(d Disk) string {
	text := "On it: " + d.Holds
	if d.Holds == "" {
		text = "On it: nothing that is known"
	}
	if d.Unusable != "" {
		return text + "\nCannot be chosen: " + d.Unusable
	}
	return text + "\nIn the kickstart: " + d.ID
}

func (q *askDisk) key(k tea.KeyMsg, d *draft) (move, error) {
	m, wrong := q.list.key(k)
	if m == next {
		d.Disk = d.facts.Disks[q.list.chosen()]
	}
	return m, wrong
}

// String names the disk to a person.
func (d Disk) String() string {
	facts := []string{d.Size}
	if d.Model != "" {
		facts = append([]string{d.Model}, facts...)
	}
	if d.Serial != "" {
		facts = append(facts, "serial "+d.Serial)
	}
	return d.Name + " (" + strings.Join(facts, ", ") + ")"
}
