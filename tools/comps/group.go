package main

import (
	"errors"
	"fmt"
	"strings"

	"cdbuilder/comps"
	"cdbuilder/internal/tool"

	"github.com/spf13/cobra"
)

func (d *desk) addGroupCommand() *cobra.Command {
	var name, description string
	var chosen, hidden bool
	cmd := &cobra.Command{
		Use:   "add-group ID [PACKAGE]...",
		Short: "Add a group, with its first members",
		Long: "Adds a group behind the others; the packages are its mandatory members. A product that has no\n" +
			"comps.xml gets one. A kickstart then asks for it as @ID.",
		Example: "  build/bin/comps add-group database --name \"Database server\" mariadb-server",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			id := strings.TrimPrefix(args[0], "@")
			if id == "" || strings.ContainsAny(id, " \t\r\n@^") {
				return tool.Usage("%q can't be the id of a group: give letters, digits and hyphens, such as web-server", args[0])
			}
			if name == "" {
				return tool.Usage("say with --name what menus call the group, such as --name \"Web Server\"")
			}
			g := comps.Group{
				Entry:   comps.Entry{ID: id, Name: comps.Text{Default: name}, Description: comps.Text{Default: description}},
				Default: chosen, UserVisible: !hidden, Stated: comps.StatesDefault | comps.StatesUserVisible,
			}
			return d.change(true, func(s *comps.Source, o *outcome) error { return addGroup(s, o, g, args[1:]) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&name, "name", "", "what menus call it: `text`")
	f.StringVar(&description, "description", "", "one or two sentences that menus show: `text`")
	f.BoolVar(&chosen, "default", false, "chosen where nothing is asked for")
	f.BoolVar(&hidden, "hidden", false, "not shown in menus")
	return cmd
}

func addGroup(s *comps.Source, o *outcome, g comps.Group, packages []string) error {
	if err := s.AddGroup(g); err != nil {
		return err
	}
	var faults []error
	for _, name := range packages {
		_, err := s.AddPackage(g.ID, comps.Package{Name: name})
		faults = append(faults, err)
	}
	o.Done = append(o.Done, fmt.Sprintf("the group @%s is there, with %s", g.ID, many(len(packages), "package")))
	return errors.Join(faults...)
}

func (d *desk) removeGroupCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "remove-group GROUP...",
		Short: "Take groups out, and out of environments and categories",
		Long: "Takes groups out of the file, and their names out of the environments and categories that have\n" +
			"them. Comments above a group stay. Kickstarts that ask for it must be changed by hand: make\n" +
			"revisor names the lines.",
		Example:           "  build/bin/comps remove-group monitoring",
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: d.complete,
		RunE: func(_ *cobra.Command, args []string) error {
			return d.change(false, func(s *comps.Source, o *outcome) error {
				var faults []error
				for _, name := range args {
					name = strings.TrimPrefix(name, "@")
					from, err := s.RemoveGroup(name)
					faults = append(faults, err)
					o.Done = append(o.Done, strings.Join(append([]string{fmt.Sprintf("the group @%s is gone", name)}, from...), ", also from "))
				}
				return errors.Join(faults...)
			})
		},
	}
}
