package wizard

import (
	"errors"
	"fmt"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"
)

// password is what the questions about root and the user share.
type password struct {
	form   *form
	first  int    // the field of the password; it is repeated in the next one
	warned string // the short one that was warned about
}

// fields are those of the password.
func (p *password) fields() []formField {
	return []formField{{name: "Password", secret: true}, {name: "The same again", secret: true}}
}

// kept says that there is a password already, and how it stays.
func kept(d *draft) string {
	if d.Hash == "" {
		return ""
	}
	return " Leave both fields of the password empty to keep the one that you gave."
}

// take hashes the password, where the two agree.
func (p *password) take(d *draft) error {
	one, two := p.form.value(p.first), p.form.value(p.first+1)
	if one == "" && two == "" && d.Hash != "" {
		return nil
	}
	if err := checkPassword(one, two); err != nil {
		if one != two && one != "" {
			p.form.empty(p.first)
			p.form.empty(p.first + 1)
		}
		p.form.focus(p.first)
		return err
	}
	if n := utf8.RuneCountInString(one); n < shortPassword && one != p.warned {
		p.warned = one
		return fmt.Errorf("this password has %d letters, which is soon guessed; Enter takes it nevertheless", n)
	}
	h, err := hash(d.random, one)
	if err != nil {
		return err
	}
	d.Hash, p.warned = h, ""
	return nil
}

// askRoot asks for root's password.
type askRoot struct{ password }

func (q *askRoot) topic() string              { return "account" }
func (q *askRoot) title(*draft) string        { return "root's password" }
func (q *askRoot) asked(d *draft) bool        { return d.root }
func (q *askRoot) help(d *draft) string       { return "Only its hash is written down." + kept(d) }
func (q *askRoot) lines(styles, int) []string { return q.form.lines() }

func (q *askRoot) begin(_ *draft, s styles) {
	q.first, q.form = 0, newForm(s, q.fields()...)
}

func (q *askRoot) key(k tea.KeyMsg, d *draft) (move, error) {
	if m := q.form.key(k); m != next {
		return m, nil
	}
	if err := q.take(d); err != nil {
		return stay, err
	}
	return next, nil
}

// askUser asks for the user.
type askUser struct {
	password
	keys bool // the kickstart's language has SSH keys
}

func (q *askUser) topic() string       { return "account" }
func (q *askUser) title(*draft) string { return "The user" }
func (q *askUser) asked(d *draft) bool { return !d.root }
func (q *askUser) help(d *draft) string {
	text := "Only the password's hash is written down." + kept(d)
	if q.keys {
		text += " The SSH key, the line of a .pub file, may stay empty."
	}
	return text
}
func (q *askUser) lines(styles, int) []string { return q.form.lines() }

func (q *askUser) begin(d *draft, s styles) {
	fields := []formField{{name: "User name", value: d.User, limit: 64}, {name: "Full name", value: d.FullName}}
	q.first = len(fields)
	fields = append(fields, q.fields()...)
	if q.keys = takes(d.basis().Syntax, `sshkey --username=x "y"`); q.keys {
		fields = append(fields, formField{name: "SSH key", value: d.Key, limit: 8192})
	}
	q.form = newForm(s, fields...)
}

func (q *askUser) key(k tea.KeyMsg, d *draft) (move, error) {
	if m := q.form.key(k); m != next {
		return m, nil
	}
	for i, check := range []func(string) error{checkUser, checkFullName} {
		if err := check(q.form.value(i)); err != nil {
			q.form.focus(i)
			return stay, err
		}
	}
	key := ""
	if q.keys {
		if key = q.form.value(q.first + 2); key != "" {
			if err := checkKey(key); err != nil {
				return stay, fmt.Errorf("the SSH key: %w", err)
			}
		}
	}
	if d.random == nil {
		return stay, errors.New("there is nothing to make a salt from")
	}
	if err := q.take(d); err != nil {
		return stay, err
	}
	d.User, d.FullName, d.Key = q.form.value(0), q.form.value(1), key
	return next, nil
}
