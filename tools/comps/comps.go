// Comps lists the product's package groups and their members.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cdbuilder/comps"
	"cdbuilder/internal/tool"

	"github.com/spf13/cobra"
)

func command(t *tool.Tool) *cobra.Command {
	return &cobra.Command{
		Use:   "comps [GROUP]...",
		Short: "List the package groups and their members",
		Long: "Reads comps/comps.xml and lists its environments and groups; with GROUP, the members of those.\n" +
			"A kickstart asks for a group as @GROUP.",
		Example: "  make comps\n  build/bin/comps core ssh-server",
		Args:    cobra.ArbitraryArgs,
		RunE:    func(_ *cobra.Command, args []string) error { return run(t, args) },
	}
}

func run(t *tool.Tool, names []string) error {
	path := filepath.Join(t.ProductDir, "comps", "comps.xml")
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	c, err := comps.Read(f, path)
	if err != nil {
		return err
	}
	for _, w := range c.Warnings {
		t.Warn("%v", w)
	}
	if len(names) > 0 {
		if err := narrow(c, names); err != nil {
			return err
		}
	}
	return t.Result(c, func(w io.Writer) error { return list(w, c, len(names) > 0) })
}

// narrow keeps the groups named.
func narrow(c *comps.Comps, names []string) error {
	var unknown []string
	for _, name := range names {
		if c.Group(strings.TrimPrefix(name, "@")) == nil {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		return fmt.Errorf("%s has no group %s; make comps lists them", c.Name, strings.Join(unknown, ", "))
	}
	c.Environments, c.Categories = nil, nil
	c.Groups = slices.DeleteFunc(c.Groups, func(g comps.Group) bool {
		return !slices.ContainsFunc(names, func(n string) bool {
			n = strings.TrimPrefix(n, "@")
			return n == g.ID || n == g.Name.Default
		})
	})
	return nil
}

func list(w io.Writer, c *comps.Comps, members bool) error {
	var b strings.Builder
	for _, e := range c.Environments {
		fmt.Fprintf(&b, "@^%-16s %s\n", e.ID, e.Name.Default)
	}
	for _, g := range c.Groups {
		fmt.Fprintf(&b, "@%-17s %s, %d packages\n", g.ID, g.Name.Default, len(g.Packages))
		if !members {
			continue
		}
		for _, p := range g.Packages {
			fmt.Fprintf(&b, "    %-12s %s", p.Type, p.Name)
			if p.Requires != "" {
				fmt.Fprintf(&b, " (where %s is)", p.Requires)
			}
			b.WriteString("\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
