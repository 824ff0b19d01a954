package language

import (
	"slices"
	"sort"
	"strings"
	"sync"

	"cdbuilder/kickstart"
)

// Dialect is the language of one version.
type Dialect struct {
	Version  kickstart.Syntax
	commands map[string]*form // outside of sections
	inside   map[string]*form // inside of them: by "anaconda pwpolicy"
	sections map[string]*form
	tables   *Tables
}

// form is a command as one version has it.
type form struct {
	*Command
	words    Words
	takes    bool               // words at all
	options  map[string]*Option // by every spelling
	spelled  []string           // all spellings, sorted
	required []*Option
	rules    []*Rule
}

var dialects sync.Map // kickstart.Syntax → *Dialect

// For gives the language of a version.
func For(v kickstart.Syntax) *Dialect {
	if d, ok := dialects.Load(v); ok {
		return d.(*Dialect)
	}
	d, _ := dialects.LoadOrStore(v, All().dialect(v))
	return d.(*Dialect)
}

func (t *Tables) dialect(v kickstart.Syntax) *Dialect {
	d := &Dialect{
		Version: v, tables: t,
		commands: make(map[string]*form), inside: make(map[string]*form), sections: make(map[string]*form),
	}
	for _, c := range t.Commands {
		if !c.In.HasOrEmpty(v) {
			continue
		}
		f := c.form(v)
		for _, name := range append([]string{c.Name}, c.Aliases...) {
			if c.Section != "" {
				d.inside[c.Section+" "+name] = f
			} else {
				d.commands[name] = f
			}
		}
	}
	for _, s := range t.Sections {
		if s.In.HasOrEmpty(v) {
			d.sections[s.Name] = s.form(v)
		}
	}
	return d
}

// form picks from a row what a version has.
func (c *Command) form(v kickstart.Syntax) *form {
	f := &form{Command: c, options: make(map[string]*Option)}
	for _, w := range c.Words {
		if w.In.HasOrEmpty(v) {
			f.words, f.takes = w, true
			break
		}
	}
	for i := range c.Options {
		o := &c.Options[i]
		if !o.In.HasOrEmpty(v) {
			continue
		}
		for _, spelling := range append([]string{o.Name}, o.Aliases...) {
			f.options[spelling] = o
			f.spelled = append(f.spelled, spelling)
		}
		if o.Required.Has(v) {
			f.required = append(f.required, o)
		}
	}
	sort.Strings(f.spelled)
	for i := range c.Rules {
		if c.Rules[i].In.HasOrEmpty(v) {
			f.rules = append(f.rules, &c.Rules[i])
		}
	}
	return f
}

// find looks an option up as the installer does: by its whole name, or by a
// beginning that only one option has.
func (f *form) find(spelling string) (*Option, []string) {
	if o, ok := f.options[spelling]; ok {
		return o, nil
	}
	if len(spelling) < 3 {
		return nil, nil
	}
	at, _ := slices.BinarySearch(f.spelled, spelling)
	var begun []string
	for _, s := range f.spelled[at:] {
		if !strings.HasPrefix(s, spelling) {
			break
		}
		begun = append(begun, s)
	}
	if len(begun) == 1 {
		return f.options[begun[0]], nil
	}
	return nil, begun
}

// Names gives the names of the commands of this version, sorted.
func (d *Dialect) Names() []string {
	names := make([]string, 0, len(d.commands))
	for n := range d.commands {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Command gives the row of a command of this version, also by an alias; nil
// where it has none.
func (d *Dialect) Command(name string) *Command {
	if f := d.commands[name]; f != nil {
		return f.Command
	}
	return nil
}

// Option gives the row of an option of a command of this version; nil where
// it has none.
func (d *Dialect) Option(command, option string) *Option {
	if f := d.commands[command]; f != nil {
		return f.options[option]
	}
	return nil
}

// HeaderOption gives the row of an option of a section's header; nil where it
// has none.
func (d *Dialect) HeaderOption(section, option string) *Option {
	if f := d.sections[section]; f != nil {
		return f.options[option]
	}
	return nil
}

// EndRequired reports whether sections must be closed with %end.
func (d *Dialect) EndRequired() bool { return d.Version.EndRequired() }
