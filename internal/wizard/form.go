package wizard

import (
	"strings"

	"github.com/charmbracelet/bubbles/cursor"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"
)

// form is a few fields of text, one below the other.
type form struct {
	fields []textinput.Model
	names  []string
	at     int
}

// formField is what a form is made of.
type formField struct {
	name, value string
	secret      bool // shown as asterisks
	limit       int  // letters; 0: 255
}

func newForm(s styles, fields ...formField) *form {
	f := &form{}
	longest := 0
	for _, d := range fields {
		longest = max(longest, len(d.name))
	}
	for _, d := range fields {
		t := textinput.New()
		t.Prompt, t.Width, t.CharLimit = "", max(10, s.width-longest-8), 255
		if d.limit > 0 {
			t.CharLimit = d.limit
		}
		if d.secret {
			t.EchoMode, t.EchoCharacter = textinput.EchoPassword, '*'
		}
		t.PromptStyle, t.TextStyle, t.PlaceholderStyle, t.CompletionStyle = s.plain, s.plain, s.plain, s.plain
		t.Cursor.Style, t.Cursor.TextStyle = s.plain, s.plain
		t.Cursor.SetMode(cursor.CursorStatic)
		t.KeyMap.Paste.SetEnabled(false) // there is no clipboard here
		t.SetValue(d.value)
		t.CursorEnd()
		f.fields, f.names = append(f.fields, t), append(f.names, column(d.name, longest))
	}
	f.focus(0)
	return f
}

// focus moves to a field.
func (f *form) focus(n int) {
	f.fields[f.at].Blur()
	f.at = max(0, min(n, len(f.fields)-1))
	f.fields[f.at].Focus()
}

// value is what a field holds, without blanks around it but in secrets.
func (f *form) value(n int) string {
	if v := f.fields[n].Value(); f.fields[n].EchoMode != textinput.EchoNormal {
		return v
	}
	return strings.TrimSpace(f.fields[n].Value())
}

// empty takes back what was typed into a field.
func (f *form) empty(n int) { f.fields[n].SetValue("") }

// key takes a key: next at Enter in the last field.
func (f *form) key(k tea.KeyMsg) move {
	switch k.Type {
	case tea.KeyEnter:
		if f.at == len(f.fields)-1 {
			return next
		}
		f.focus(f.at + 1)
	case tea.KeyTab, tea.KeyDown:
		f.focus((f.at + 1) % len(f.fields))
	case tea.KeyShiftTab:
		if f.at == 0 {
			return back
		}
		f.focus(f.at - 1)
	case tea.KeyUp:
		f.focus(f.at - 1)
	default:
		f.fields[f.at], _ = f.fields[f.at].Update(k)
	}
	return stay
}

// lines draws the form.
func (f *form) lines() []string {
	var out []string
	for i := range f.fields {
		mark := "  "
		if i == f.at {
			mark = "> "
		}
		out = append(out, mark+f.names[i]+": "+f.fields[i].View())
	}
	return out
}
