package language

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

//go:embed tables/*.toml
var files embed.FS

// Tables are all commands and sections, of all versions. A name may have more
// than one row, for different versions.
type Tables struct {
	Commands []*Command `toml:"command"`
	Sections []*Command `toml:"section"` // headers of sections, named without the percent sign
}

// All gives the tables that come with the program.
var All = sync.OnceValue(func() *Tables {
	t, err := LoadTables(files)
	if err != nil {
		panic(err) // they are a part of this program, and a test reads them
	}
	return t
})

// LoadTables reads tables/*.toml and reports everything that is wrong with them.
func LoadTables(fsys fs.FS) (*Tables, error) {
	names, err := fs.Glob(fsys, "tables/*.toml")
	if err != nil {
		return nil, err
	}
	tables, faults := make([]Tables, len(names)), make([]error, len(names))
	var wait sync.WaitGroup
	for i, name := range names {
		wait.Go(func() { tables[i], faults[i] = loadTable(fsys, name) })
	}
	wait.Wait()
	all := &Tables{}
	for _, t := range tables {
		all.Commands = append(all.Commands, t.Commands...)
		all.Sections = append(all.Sections, t.Sections...)
	}
	return all, errors.Join(faults...)
}

func loadTable(fsys fs.FS, name string) (t Tables, err error) {
	md, err := toml.DecodeFS(fsys, name, &t)
	if err != nil {
		return t, fmt.Errorf("%s: %w", name, err)
	}
	var faults []error
	for _, key := range md.Undecoded() {
		faults = append(faults, fmt.Errorf("%s: unknown key %s", name, key))
	}
	for _, c := range slices.Concat(t.Commands, t.Sections) {
		for _, fault := range c.faults() {
			faults = append(faults, fmt.Errorf("%s: %s: %s", name, c.Name, fault))
		}
	}
	return t, errors.Join(faults...)
}

// faults says what is wrong with a row.
func (c *Command) faults() (all []string) {
	fault := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if c.Name == "" || c.Does == "" {
		fault("name and does are needed")
	}
	if c.Canonical != "" && canonicals[c.Canonical] == nil {
		fault("there is no canonical function %q", c.Canonical)
	}
	names := make(map[string]bool)
	for i := range c.Options {
		o := &c.Options[i]
		for _, n := range append([]string{o.Name}, o.Aliases...) {
			names[n] = true
		}
		all = append(all, o.faults()...)
	}
	for _, w := range c.Words {
		if !slices.Contains(prints, w.Print) {
			fault("there is no print %q for words", w.Print)
		}
	}
	known := func(options ...string) {
		for _, n := range options {
			if name, _, _ := strings.Cut(n, "="); name != "" && name != "words" && name != "word" && !names[name] {
				fault("a rule names %s, which is no option", n)
			}
		}
	}
	for _, r := range c.Rules {
		known(slices.Concat(r.Conflict, r.OneOf, r.Need, r.Refuse, []string{r.When})...)
		if r.Check != "" && checks[r.Check] == nil {
			fault("there is no check %q", r.Check)
		}
		if _, ok := ruleLevels[r.Level]; !ok {
			fault("there is no level %q", r.Level)
		}
	}
	for _, u := range c.Unique {
		known(u.By...)
	}
	for _, o := range c.Options {
		known(slices.Concat(o.Implies, []string{strings.TrimPrefix(o.With, "!"), o.Means, o.Like})...)
	}
	return all
}

func (o *Option) faults() (all []string) {
	fault := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	for _, n := range append([]string{o.Name}, o.Aliases...) {
		if !strings.HasPrefix(n, "--") {
			fault("option %q does not begin with --", n)
		}
	}
	if !slices.Contains(types, o.Type) {
		fault("%s: there is no type %q", o.Name, o.Type)
	}
	if !slices.Contains(prints, o.Print) || !slices.Contains(fixes, o.Fixed) {
		fault("%s: print %q or fixed %q is unknown", o.Name, o.Print, o.Fixed)
	}
	return all
}

var (
	types  = []string{"", "text", "int", "float", "bool", "list", "optional"}
	prints = []string{"", "quoted", "escaped", "hash", "no"}
	fixes  = []string{"", "upper", "lower", "raid", "md", "base", "last", "onoff"}
)
