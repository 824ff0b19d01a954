package target

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// State says what becomes of a command or an option.
type State string

// The states. Accepted is for what makes no difference here, or what no machine of
// ours has; Ignored for what a person may miss, and is warned of by name.
const (
	Executed State = "executed"
	Accepted State = "accepted"
	Ignored  State = "accepted, with a warning"
	Refused  State = "refused"
)

// Row is a line of the table: a command, or one of its options.
type Row struct {
	Command string // %post for a section
	Option  string // empty: the command itself
	State   State
	Note    string
}

// entry is a command of the table with its options, by what becomes of them.
type entry struct {
	command                              string
	state                                State
	note                                 string
	executed, accepted, ignored, refused string            // options, without dashes, divided by blanks
	notes                                map[string]string // of options
	// silent: another room says itself what it refuses and ignores.
	silent bool
}

// Support is the table of all commands and options of the kickstart language from
// RHEL 8 on, in the order of their names; sections come last.
func Support() []Row {
	var rows []Row
	for _, e := range slices.Concat(systemTable, storageTable, installerTable, sectionTable) {
		rows = append(rows, Row{e.command, "", e.state, e.note})
		for _, list := range []struct {
			options string
			state   State
		}{{e.executed, Executed}, {e.accepted, Accepted}, {e.ignored, Ignored}, {e.refused, Refused}} {
			for name := range strings.FieldsSeq(list.options) {
				rows = append(rows, Row{e.command, "--" + name, list.state, e.notes[name]})
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b Row) int {
		if a.isSection() != b.isSection() {
			return map[bool]int{true: 1, false: -1}[a.isSection()]
		}
		return strings.Compare(a.Command+" "+a.Option, b.Command+" "+b.Option)
	})
	return rows
}

func (r Row) isSection() bool { return strings.HasPrefix(r.Command, "%") }

// WriteSupport writes the table as Markdown.
func WriteSupport(w io.Writer) error {
	var b strings.Builder
	b.WriteString("| command | option | what becomes of it | |\n|---|---|---|---|\n")
	last := ""
	for _, r := range Support() {
		command, option := "", ""
		if r.Command != last {
			command, last = "`"+r.Command+"`", r.Command
		}
		if r.Option != "" {
			option = "`" + r.Option + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", command, option, r.State, r.Note)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// supported says by the table what of a kickstart is not done.
func (p *planner) supported() {
	table := make(map[string]*entry)
	for _, list := range [][]entry{systemTable, storageTable, installerTable, sectionTable} {
		for i := range list {
			table[list[i].command] = &list[i]
		}
	}
	for _, s := range p.Statements {
		if s.Command == nil {
			continue // language.Read has said that the version doesn't know it
		}
		e := table[s.Name]
		if e == nil {
			p.warn(s, RuleNotExecuted, "%s is understood and not done by this installer", s.Name)
			continue
		}
		p.judge(s, e.state, s.Name, e.note, e.silent)
		for _, g := range s.Given {
			if e.state == Executed {
				p.judge(s, e.stateOf(g.Name), s.Name+" "+g.Name, e.notes[strings.TrimPrefix(g.Name, "--")], e.silent)
			}
		}
	}
	for _, s := range p.Sections {
		e := table["%"+s.Name]
		if e == nil || e.state != Ignored {
			continue
		}
		p.findings = append(p.findings, kickstart.Finding{Rule: RuleNotExecuted, Level: kickstart.Warning, File: s.File.Name, Line: s.Number,
			Text: "%" + s.Name + " is understood and not done by this installer" + because(e.note)})
	}
}

// stateOf is what becomes of an option; of one that no row has, Ignored.
func (e *entry) stateOf(option string) State {
	name := strings.TrimPrefix(option, "--")
	for _, list := range []struct {
		options string
		state   State
	}{{e.executed, Executed}, {e.accepted, Accepted}, {e.refused, Refused}} {
		if slices.Contains(strings.Fields(list.options), name) {
			return list.state
		}
	}
	return Ignored
}

func because(note string) string {
	if note == "" {
		return ""
	}
	return ": " + note
}

// judge says of one word what its row says.
func (p *planner) judge(s *language.Statement, state State, what, note string, silent bool) {
	switch {
	case state == Ignored:
		p.warn(s, RuleNotExecuted, "%s is understood and not done by this installer%s", what, because(note))
	case state == Refused && !silent:
		p.refuse(s, "%s is not done by this installer%s", what, because(note))
	}
}
