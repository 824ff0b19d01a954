// Package explain says in plain sentences what a kickstart will do to a
// machine, and draws what becomes of its disks.
package explain

import (
	"fmt"
	"io"
	"strings"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// Part is a theme with its sentences, in the order in which things happen.
type Part struct {
	Title     string   `json:"title"`
	Sentences []string `json:"sentences"`
	Picture   string   `json:"picture,omitempty"`
}

// Explain tells what a recipe does. requests is what its %packages sections ask
// for, width the columns that a picture may take.
func Explain(r *language.Recipe, requests []kickstart.Request, width int) []Part {
	e := explainer{Recipe: r}
	parts := []Part{
		e.part("The installer", e.mode, e.scripts("pre")),
		e.part("Where the packages come from", e.source),
		e.disks(width),
		e.part("Packages", func(say sayer) { packages(say, requests) }),
		e.part("Language, keyboard and time", e.locale),
		e.part("Network", e.network),
		e.part("Who may come in", e.people),
		e.part("Services and security", e.services),
		e.part("Boot loader", e.bootloader),
		e.part("Afterwards", e.scripts("pre-install"), e.scripts("post"), e.scripts("onerror"), e.end),
		e.part("Also said, and left to the installer", e.others),
	}
	var told []Part
	for _, p := range parts {
		if len(p.Sentences) > 0 || p.Picture != "" {
			told = append(told, p)
		}
	}
	return told
}

// Write prints the parts for a person.
func Write(w io.Writer, parts []Part) error {
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.Title + "\n")
		for _, s := range p.Sentences {
			b.WriteString("  - " + s + "\n")
		}
		for l := range strings.Lines(p.Picture) {
			b.WriteString("  " + l)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

type sayer func(format string, args ...any)

type explainer struct {
	*language.Recipe
	told map[string]bool // commands that a part has spoken of
}

func (e *explainer) part(title string, tell ...func(sayer)) Part {
	p := Part{Title: title}
	for _, t := range tell {
		t(func(format string, args ...any) { p.Sentences = append(p.Sentences, fmt.Sprintf(format, args...)) })
	}
	return p
}

// last is the statement of a command that counts, and remembers that it was told.
func (e *explainer) last(name string) *language.Statement {
	e.tell(name)
	return e.Last(name)
}

func (e *explainer) tell(names ...string) {
	if e.told == nil {
		e.told = make(map[string]bool)
	}
	for _, n := range names {
		e.told[n] = true
	}
}

// each gives all statements of a command, and remembers that they were told.
func (e *explainer) each(name string, f func(*language.Statement)) {
	e.tell(name)
	for s := range e.Find(name) {
		f(s)
	}
}

// others names what no part speaks of, with what the language's table says.
func (e *explainer) others(say sayer) {
	seen := make(map[string]bool)
	for _, s := range e.Statements {
		switch {
		case s.Command == nil:
			say("line %d: %q is unknown in %s", s.Line(), s.Name, e.Version)
		case !e.told[s.Name] && !seen[s.Name]:
			seen[s.Name] = true
			say("line %d: %s: %s", s.Line(), s.Name, s.Command.Does)
		}
	}
	for _, s := range e.Sections {
		if s.Name == "addon" {
			say("line %d: the add-on %s is set up", s.Number, strings.Join(s.Args, " "))
		}
	}
}
