package wizard

import tea "github.com/charmbracelet/bubbletea"

// askAccount asks who gets a password.
type askAccount struct{ list list }

func (q *askAccount) topic() string                       { return "account" }
func (q *askAccount) title(*draft) string                 { return "Who may log in" }
func (q *askAccount) help(*draft) string                  { return "" }
func (q *askAccount) asked(*draft) bool                   { return true }
func (q *askAccount) lines(s styles, height int) []string { return q.list.lines(s, height) }

func (q *askAccount) begin(d *draft, _ styles) {
	user := row{text: "A user who becomes root with sudo; root itself is locked",
		detail: "Every command run as root then stands in the log with the name of who ran it."}
	if !d.sudo() {
		user.invalid = "the package sudo is not on this medium, or this kickstart leaves it out"
		user.detail = "Cannot be chosen: " + user.invalid
	}
	root := row{text: "root, with a password", detail: "There is no other account but those that the kickstart makes for its own purposes."}
	q.list = list{rows: []row{user, root}}
	if d.root {
		q.list.choose(1)
	}
}

func (q *askAccount) key(k tea.KeyMsg, d *draft) (move, error) {
	m, wrong := q.list.key(k)
	if m == next {
		if root := q.list.chosen() == 1; root != d.root {
			d.root, d.Hash = root, ""
		}
	}
	return m, wrong
}
