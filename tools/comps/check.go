package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"cdbuilder/comps"
	"cdbuilder/internal/near"
	"cdbuilder/internal/product"

	"github.com/spf13/cobra"
)

// checker holds the groups against the packages that there are.
type checker struct {
	*desk
	trees []string // repositories in directories
	have  names
}

func (d *desk) checkCommand() *cobra.Command {
	c := checker{desk: d}
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Look for packages that no repository has, and for other faults",
		Long: "Looks at the file, and whether every package in it exists: in the lock, or else in one of the\n" +
			"repositories of version.toml, which are then read. What doesn't exist is told with its line\n" +
			"and with names that come near. With --repodata the repositories in those directories (each\n" +
			"with a repodata/ of the RPM family) are asked instead of those of version.toml.",
		Example: "  build/bin/comps check\n  build/bin/comps check --json\n  build/bin/comps check --file vendor.xml --repodata /srv/mirror/BaseOS",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context()) },
	}
	cmd.Flags().StringArrayVar(&c.trees, "repodata", nil, "a `directory` with a repository of the RPM family; may be given more than once")
	return cmd
}

// mention is a place where a package is named.
type mention struct {
	Group   string `json:"group"`
	Package string `json:"package"`
	Line    int    `json:"line"`
	Text    string `json:"text"` // what is wrong with it
}

func (c *checker) run(ctx context.Context) error {
	p, err := c.product()
	if err != nil {
		return err
	}
	groups, err := c.read()
	if err != nil {
		return err
	}
	mentions := mentioned(groups, p.Target.Arch)
	missing, err := c.missing(ctx, p, mentions)
	if err != nil {
		return err
	}
	result := map[string]any{"file": groups.Name, "packages": len(mentions), "missing": missing}
	err = c.Result(result, func(io.Writer) error {
		if len(missing) == 0 {
			c.Say("%s: %s in %s, and all of them exist", groups.Name, many(len(mentions), "name"), many(len(groups.Groups), "group"))
		}
		return nil
	})
	faults := []error{err}
	for _, m := range missing {
		faults = append(faults, fmt.Errorf("%s:%d: %s", groups.Name, m.Line, m.Text))
	}
	return errors.Join(faults...)
}

// product is the product, or nothing where a vendor's file is looked at alone.
func (c *checker) product() (*product.File, error) {
	if c.file != "" && len(c.trees) > 0 {
		return new(product.File), nil
	}
	return c.Product()
}

// mentioned lists the packages that groups name, those for other architectures
// left out.
func mentioned(c *comps.Comps, arch string) (list []mention) {
	fits := func(only []string) bool { return arch == "" || len(only) == 0 || slices.Contains(only, arch) }
	for _, g := range c.Groups {
		if !fits(g.Arch) {
			continue
		}
		for _, p := range g.Packages {
			if p.Name == "" || !fits(p.Arch) {
				continue
			}
			list = append(list, mention{Group: g.ID, Package: p.Name, Line: p.Line})
			if p.Requires != "" {
				list = append(list, mention{Group: g.ID, Package: p.Requires, Line: p.Line})
			}
		}
	}
	return list
}

// missing asks the lock first, which is at hand, and the repositories for what
// it doesn't have.
func (c *checker) missing(ctx context.Context, p *product.File, mentions []mention) ([]mention, error) {
	if len(c.trees) == 0 {
		if err := c.have.addLock(c.Tool); err != nil {
			return nil, err
		}
		if len(c.have.lacks(mentions)) == 0 {
			return []mention{}, nil
		}
	}
	if err := c.have.addRepositories(ctx, c.Tool, p, c.trees); err != nil {
		n := len(c.have.lacks(mentions))
		return nil, fmt.Errorf("the lock does not have %s that the groups name, and the repositories can't be asked: %w", many(n, "package"), err)
	}
	return c.explain(c.have.lacks(mentions)), nil
}

// explain says of each missing name what is wrong. Far more wrong names than a
// person mistypes are told without looking for near ones.
func (c *checker) explain(list []mention) []mention {
	known := c.have.sorted()
	for i := range list {
		hint := ""
		if i < 100 {
			hint = near.DidYouMean(list[i].Package, known)
		}
		list[i].Text = fmt.Sprintf("group %q names %q, which no repository provides%s", list[i].Group, list[i].Package, hint)
	}
	return list
}

// lacks lists the mentions of names that aren't known.
func (n *names) lacks(mentions []mention) []mention {
	list := []mention{}
	for _, m := range mentions {
		if !n.has(strings.TrimSpace(m.Package)) {
			list = append(list, m)
		}
	}
	return list
}
