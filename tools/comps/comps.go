// Comps lists, changes and checks the product's package groups.
package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"cdbuilder/comps"
	"cdbuilder/internal/tool"

	"github.com/spf13/cobra"
)

// desk is where a comps.xml lies while it is worked on.
type desk struct {
	*tool.Tool
	file string // another one than the product's
}

func command(t *tool.Tool) *cobra.Command {
	d := &desk{Tool: t}
	cmd := &cobra.Command{
		Use:   "comps [GROUP]...",
		Short: "List the package groups and their members",
		Long: "Reads comps/comps.xml and lists its environments, groups and categories; with GROUP, the members\n" +
			"of those. A kickstart asks for a group as @GROUP. The commands below it show more, change the\n" +
			"file, and hold it against the packages that there are.",
		Example:           "  make comps\n  build/bin/comps core ssh-server\n  build/bin/comps add core htop",
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: d.complete,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return d.show(args, false)
			}
			return d.list()
		},
	}
	cmd.PersistentFlags().StringVar(&d.file, "file", "", "work on this comps `file` (default: comps/comps.xml of the product)")
	cmd.AddCommand(d.listCommand(), d.showCommand(), d.addCommand(), d.removeCommand(), d.addGroupCommand(), d.removeGroupCommand(),
		d.checkCommand(), d.editCommand(), d.mergeCommand())
	return cmd
}

func (d *desk) path() string {
	if d.file != "" {
		return d.file
	}
	return filepath.Join(d.ProductDir, "comps", "comps.xml")
}

// read reads the file and tells its oddities; faults come all at once.
func (d *desk) read() (*comps.Comps, error) {
	f, err := os.Open(d.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &tool.Hint{Err: err, Advice: "comps add-group makes the file with its first group"}
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := comps.Read(f, d.path())
	if err != nil {
		return nil, err
	}
	for _, w := range c.Warnings {
		d.Warn("%v", w)
	}
	return c, nil
}

// complete offers what a command line may go on with: groups and environments.
func (d *desk) complete(_ *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	c, err := comps.ReadFile(d.path())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for i := range c.Groups {
		names = append(names, "@"+c.Groups[i].ID+"\t"+c.Groups[i].Name.Default)
	}
	for i := range c.Environments {
		names = append(names, "@^"+c.Environments[i].ID+"\t"+c.Environments[i].Name.Default)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func (d *desk) listCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List environments, groups and categories",
		Example: "  build/bin/comps list\n  build/bin/comps list --json",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return d.list() },
	}
}

func (d *desk) list() error {
	c, err := d.read()
	if err != nil {
		return err
	}
	return d.Result(viewOf(c), func(w io.Writer) error {
		var b strings.Builder
		for i := range c.Environments {
			fmt.Fprintf(&b, "@^%-16s %s\n", c.Environments[i].ID, c.Environments[i].Name.Default)
		}
		for i := range c.Groups {
			headline(&b, &c.Groups[i])
		}
		for i := range c.Categories {
			fmt.Fprintf(&b, "%-18s %s, a category of %s\n", c.Categories[i].ID, c.Categories[i].Name.Default, many(len(c.Categories[i].Groups), "group"))
		}
		_, err := io.WriteString(w, b.String())
		return err
	})
}

func headline(b *strings.Builder, g *comps.Group) {
	fmt.Fprintf(b, "@%-17s %s, %s\n", g.ID, g.Name.Default, many(len(g.Packages), "package"))
}

func many(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
