package wizard

import (
	"strings"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// editor changes a kickstart by whole lines. What it isn't asked to change stays
// as it is.
type editor struct {
	file  *kickstart.File
	edits map[int]*edit // by the number of the line
	end   []string      // lines below everything
	wrote []string      // all new lines, for a person
}

type edit struct {
	gone  bool
	text  string   // of the line, where it is not empty
	above []string // lines before it
	below []string
}

func newEditor(f *kickstart.File) *editor { return &editor{file: f, edits: map[int]*edit{}} }

func (e *editor) at(n *kickstart.Node) *edit {
	if e.edits[n.Number] == nil {
		e.edits[n.Number] = &edit{}
	}
	return e.edits[n.Number]
}

// replace puts lines where the first of these statements is, and takes all of
// them out. Where there are none, the lines come behind the last command.
func (e *editor) replace(old []*language.Statement, lines ...string) {
	for _, s := range old {
		e.at(s.Node).gone = true
	}
	e.wrote = append(e.wrote, lines...)
	lines = append([]string{"# answered in the installer"}, lines...)
	if len(old) > 0 {
		first := e.at(old[0].Node)
		first.above = append(first.above, lines...)
		return
	}
	if last := e.lastCommand(); last != nil {
		below := e.at(last)
		below.below = append(below.below, lines...)
		return
	}
	for i := range e.file.Nodes {
		if n := &e.file.Nodes[i]; n.Kind == kickstart.Section {
			first := e.at(n)
			first.above = append(first.above, lines...)
			return
		}
	}
	e.end = append(e.end, lines...)
}

// lastCommand is the last line that is a command, where it is not in a section
// that somebody else's %end closes.
func (e *editor) lastCommand() *kickstart.Node {
	for i := len(e.file.Nodes) - 1; i >= 0; i-- {
		if n := &e.file.Nodes[i]; n.Kind == kickstart.Command || n.Kind == kickstart.Include {
			return n
		}
	}
	return nil
}

// rewrite gives a line another text.
func (e *editor) rewrite(s *language.Statement, text string) {
	if text != s.Node.Text() {
		e.at(s.Node).text = text
		e.wrote = append(e.wrote, text)
	}
}

// bytes writes the kickstart. New lines end as those of the file do.
func (e *editor) bytes() []byte {
	eol := "\n"
	if len(e.file.Nodes) > 0 && strings.HasSuffix(e.file.Nodes[0].Raw, "\r\n") {
		eol = "\r\n"
	}
	var b []byte
	add := func(lines ...string) {
		for _, l := range lines {
			if len(b) > 0 && b[len(b)-1] != '\n' && b[len(b)-1] != '\r' {
				b = append(b, eol...) // behind a last line without an end
			}
			b = append(b, l+eol...)
		}
	}
	for i := range e.file.Nodes {
		n := &e.file.Nodes[i]
		ed := e.edits[n.Number]
		if ed == nil {
			ed = &edit{}
		}
		add(ed.above...)
		switch {
		case ed.gone:
		case ed.text != "":
			add(ed.text)
		default:
			b = append(b, n.Raw...)
			for _, l := range n.Body {
				b = append(b, l.Raw...)
			}
			b = append(b, n.End.Raw...)
		}
		add(ed.below...)
	}
	add(e.end...)
	return b
}

// without takes options out of a line, with the blanks before them.
func without(s *language.Statement, options ...string) string {
	line := s.Node.Text()
	for _, g := range s.Given {
		for _, o := range options {
			if g.Name != o {
				continue
			}
			fields, _, err := kickstart.Fields(line)
			if err != nil {
				continue
			}
			line = cut(line, fields, g)
		}
	}
	return line
}

func cut(line string, fields []kickstart.Field, g language.Given) string {
	for i, f := range fields {
		if i == 0 || f.Text != g.Spelled && !strings.HasPrefix(f.Text, g.Spelled+"=") {
			continue
		}
		last := i
		if f.Text == g.Spelled && g.Type != "" && i+1 < len(fields) {
			last++ // its value stands apart
		}
		return line[:fields[i-1].End] + line[fields[last].End:]
	}
	return line
}

// option writes an option with its value.
func option(name, value string) string { return name + "=" + kickstart.Quote(value) }

// spell writes a given option anew.
func spell(g language.Given) string {
	if g.Type == "" {
		return g.Spelled
	}
	return option(g.Spelled, g.Value)
}
