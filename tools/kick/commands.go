package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"cdbuilder/internal/near"
	"cdbuilder/internal/tool"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"

	"github.com/spf13/cobra"
)

func commandsCommand(t *tool.Tool) *cobra.Command {
	var version string
	cmd := &cobra.Command{
		Use:   "commands [flags] [COMMAND]",
		Short: "Say which commands and options a version of the language has",
		Long: "Without a COMMAND lists the commands; with one, what may stand behind it. Sections are named\n" +
			"with their percent sign. Without --version tells of all versions, each with the span in which it\n" +
			"is there.",
		Example: "  build/bin/kick commands --version RHEL9\n  build/bin/kick commands part",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return listCommands(t, version, strings.Join(args, ""))
		},
	}
	cmd.Flags().StringVar(&version, "version", "", "the `version` of the language; none: all")
	return cmd
}

// entry is a command or an option in the list.
type entry struct {
	Name       string  `json:"name"`
	Does       string  `json:"does,omitempty"`
	Versions   string  `json:"versions"`             // "FC3- RHEL3-"; "always"
	Deprecated string  `json:"deprecated,omitempty"` // likewise
	Instead    string  `json:"instead,omitempty"`
	Options    []entry `json:"options,omitempty"`
}

func listCommands(t *tool.Tool, version, name string) error {
	has := func(language.Spans) bool { return true }
	if version != "" {
		v, err := kickstart.ParseSyntax(version)
		if err != nil {
			return tool.Usage("--version: %w", err)
		}
		has = func(s language.Spans) bool { return s.HasOrEmpty(v) }
	}
	var found []entry
	var names []string
	tables := language.All()
	for _, row := range slices.Concat(tables.Commands, sections(tables)) {
		names = append(names, row.Name)
		if has(row.In) && (name == "" || name == row.Name || slices.Contains(row.Aliases, name)) {
			found = append(found, entryOf(row, has))
		}
	}
	if len(found) == 0 {
		if name == "" || !slices.Contains(names, name) {
			return fmt.Errorf("there is no command %q%s", name, near.DidYouMean(name, names))
		}
		return fmt.Errorf("%s has no command %s; kick commands %s says which have", version, name, name)
	}
	slices.SortStableFunc(found, func(a, b entry) int { return cmp.Compare(a.Name, b.Name) })
	return t.Result(found, func(w io.Writer) error { return writeEntries(w, found, name != "") })
}

// sections are the headers of sections, named as they are written.
func sections(tables *language.Tables) []*language.Command {
	all := make([]*language.Command, len(tables.Sections))
	for i, s := range tables.Sections {
		row := *s
		row.Name = "%" + s.Name
		all[i] = &row
	}
	return all
}

func entryOf(row *language.Command, has func(language.Spans) bool) entry {
	e := entry{
		Name: strings.Join(append([]string{row.Name}, row.Aliases...), ", "), Does: row.Does,
		Versions: cmp.Or(row.In.String(), "always"), Deprecated: row.Deprecated.String(), Instead: row.Instead,
	}
	for _, o := range row.Options {
		if !has(o.In) {
			continue
		}
		name := strings.Join(append([]string{o.Name}, o.Aliases...), ", ")
		if o.Type != "" {
			name += "=" + cmp.Or(strings.Join(o.Choices, "|"), strings.ToUpper(o.Type))
		}
		e.Options = append(e.Options, entry{
			Name: name, Does: o.Does, Versions: cmp.Or(o.In.String(), "always"), Deprecated: o.Deprecated.String(), Instead: o.Instead,
		})
	}
	return e
}

func writeEntries(w io.Writer, found []entry, whole bool) error {
	var b strings.Builder
	for i, e := range found {
		if !whole {
			fmt.Fprintf(&b, "%-30s %s\n", e.Name, e.Does)
			continue
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s: %s\n  versions: %s%s\n", e.Name, e.Does, e.Versions, e.past())
		for _, o := range e.Options {
			fmt.Fprintf(&b, "  %-34s %-22s%s\n", o.Name, o.Versions, prefixed(" ", strings.TrimSpace(o.Does+o.past())))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// past says where it is deprecated, and what to write instead.
func (e *entry) past() string {
	s := prefixed("; deprecated in ", e.Deprecated)
	return s + prefixed("; instead: ", e.Instead)
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}
