package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cdbuilder/comps"
	"cdbuilder/internal/near"
	"cdbuilder/internal/tool"

	"github.com/spf13/cobra"
)

// source reads the file to be changed. One that isn't there is empty, where a
// change may make it.
func (d *desk) source(create bool) (*comps.Source, error) {
	text, err := os.ReadFile(d.path())
	switch {
	case errors.Is(err, fs.ErrNotExist) && create:
		text = []byte(comps.Empty)
	case errors.Is(err, fs.ErrNotExist):
		return nil, &tool.Hint{Err: err, Advice: "comps add-group makes the file with its first group"}
	case err != nil:
		return nil, err
	}
	s, err := comps.NewSource(d.path(), text)
	if err != nil {
		return nil, &tool.Hint{Err: err, Advice: "comps edit opens the file, and tells what is left to mend"}
	}
	return s, nil
}

// rewrite replaces a file's content, also behind a symbolic link.
func rewrite(name string, data []byte) error {
	target, err := filepath.EvalSymlinks(name)
	if errors.Is(err, fs.ErrNotExist) {
		target, err = name, os.MkdirAll(filepath.Dir(name), 0o755)
	}
	if err != nil {
		return err
	}
	return tool.WriteFile(target, data)
}

// outcome is what a change did.
type outcome struct {
	File string   `json:"file"`
	Done []string `json:"done"` // one sentence a change
	Left []string `json:"left"` // what was so already
}

// change makes changes, all or none, and says what was done.
func (d *desk) change(create bool, apply func(*comps.Source, *outcome) error) error {
	s, err := d.source(create)
	if err != nil {
		return err
	}
	o := outcome{File: d.path(), Done: []string{}, Left: []string{}}
	if err := apply(s, &o); err != nil {
		return err
	}
	if len(o.Done) > 0 {
		if err := rewrite(d.path(), s.Bytes()); err != nil {
			return err
		}
	}
	for _, w := range s.Comps().Warnings {
		d.Warn("%v", w)
	}
	return d.Result(o, func(io.Writer) error {
		for _, text := range slices.Concat(o.Done, o.Left) {
			d.Say("%s: %s", o.File, text)
		}
		return nil
	})
}

// members are the flags by which something is added or taken out.
type members struct {
	kind, requires   string
	option, category bool
}

// place tells apart where groups are members: in an environment or a category.
func (m *members) place(name string) (p comps.Place, isPlace bool) {
	id, isEnvironment := strings.CutPrefix(name, "@^")
	if m.category {
		return comps.Place{Category: name}, true
	}
	return comps.Place{Environment: id, Options: m.option}, isEnvironment
}

func (d *desk) addCommand() *cobra.Command {
	var m members
	cmd := &cobra.Command{
		Use:   "add GROUP PACKAGE...",
		Short: "Add packages to a group, or groups to an environment",
		Long: "Adds packages to a group, behind the last one of their type; one that is there already gets the\n" +
			"type. Where GROUP is an environment (@^NAME), or with --category a category, groups are added.\n" +
			"The rest of the file stays byte for byte as it was.",
		Example: "  build/bin/comps add core htop tmux --type optional\n  build/bin/comps add web-server php-fpm --requires nginx\n" +
			"  build/bin/comps add @^server-environment @web-server",
		Args:              cobra.MinimumNArgs(2),
		ValidArgsFunction: d.complete,
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := m.typed(cmd.Flags().Changed("type"))
			if err != nil {
				return err
			}
			return d.change(false, func(s *comps.Source, o *outcome) error { return m.add(s, o, t, args[0], args[1:]) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&m.kind, "type", "mandatory", "the `type` of the members: mandatory, default, optional or conditional")
	f.StringVar(&m.requires, "requires", "", "the `package` whose presence conditional members wait for")
	f.BoolVar(&m.option, "option", false, "what may be added to the environment, not what it consists of")
	f.BoolVar(&m.category, "category", false, "GROUP is a category")
	return cmd
}

// typed reads --type, which --requires alone makes conditional.
func (m *members) typed(said bool) (comps.Type, error) {
	types := map[string]comps.Type{
		"mandatory": comps.Mandatory, "default": comps.Default, "optional": comps.Optional, "conditional": comps.Conditional,
	}
	if m.requires != "" && !said {
		return comps.Conditional, nil
	}
	t, known := types[m.kind]
	if !known {
		return 0, tool.Usage("--type %s: give mandatory, default, optional or conditional%s", m.kind,
			near.DidYouMean(m.kind, []string{"mandatory", "default", "optional", "conditional"}))
	}
	if (t == comps.Conditional) != (m.requires != "") {
		return 0, tool.Usage("a conditional package, and no other, has --requires with the package it waits for")
	}
	return t, nil
}

func (m *members) add(s *comps.Source, o *outcome, t comps.Type, to string, names []string) error {
	var faults []error
	p, isPlace := m.place(to)
	for _, name := range names {
		done, what := false, ""
		var err error
		if isPlace {
			done, err = s.AddRef(p, strings.TrimPrefix(name, "@"))
			what = fmt.Sprintf("@%s is in %v", strings.TrimPrefix(name, "@"), p)
		} else {
			done, err = s.AddPackage(strings.TrimPrefix(to, "@"), comps.Package{Name: name, Type: t, Requires: m.requires})
			what = fmt.Sprintf("%s is in @%s, %v", name, strings.TrimPrefix(to, "@"), t)
		}
		faults = append(faults, err)
		if done {
			o.Done = append(o.Done, what)
		} else {
			o.Left = append(o.Left, what+", as it was")
		}
	}
	return errors.Join(faults...)
}

func (d *desk) removeCommand() *cobra.Command {
	var m members
	cmd := &cobra.Command{
		Use:   "remove GROUP PACKAGE...",
		Short: "Take packages out of a group, or groups out of an environment",
		Long: "Takes packages out of a group; where GROUP is an environment (@^NAME), or with --category a\n" +
			"category, groups out of that. A comment in the same line goes with the package; the rest of\n" +
			"the file stays byte for byte as it was.",
		Example:           "  build/bin/comps remove core nano\n  build/bin/comps remove @^server-environment @monitoring",
		Args:              cobra.MinimumNArgs(2),
		ValidArgsFunction: d.complete,
		RunE: func(_ *cobra.Command, args []string) error {
			return d.change(false, func(s *comps.Source, o *outcome) error { return m.remove(s, o, args[0], args[1:]) })
		},
	}
	cmd.Flags().BoolVar(&m.category, "category", false, "GROUP is a category")
	return cmd
}

func (m *members) remove(s *comps.Source, o *outcome, from string, names []string) error {
	var faults []error
	p, isPlace := m.place(from)
	for _, name := range names {
		var err error
		if isPlace {
			err = s.RemoveRef(p, strings.TrimPrefix(name, "@"))
			o.Done = append(o.Done, fmt.Sprintf("@%s is out of %v", strings.TrimPrefix(name, "@"), p))
		} else {
			err = s.RemovePackage(strings.TrimPrefix(from, "@"), name)
			o.Done = append(o.Done, fmt.Sprintf("%s is out of @%s", name, strings.TrimPrefix(from, "@")))
		}
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}
