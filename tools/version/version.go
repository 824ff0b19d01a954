// Version shows the product's release and edits it in version.toml.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"cdbuilder/internal/product"
	"cdbuilder/internal/tool"

	"github.com/spf13/cobra"
)

func command(t *tool.Tool) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version [KEY=VALUE]...",
		Short: "Show the release, or edit it in version.toml",
		Long: "Shows the release that version.toml describes. With KEY=VALUE it edits version.toml,\n" +
			"keeping comments and order: NUMBER, STAGE, SERIES, BASE, DATE. NUMBER=+1 counts up,\n" +
			"DATE=today takes the day from the clock.",
		Example: "  make version NUMBER=+1 STAGE=RC DATE=today\n  build/bin/version NUMBER=3",
		Args:    cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			changes, err := changes(t, args)
			if err != nil {
				return err
			}
			if len(changes) > 0 {
				if err := edit(t, changes); err != nil {
					return err
				}
			}
			return show(t)
		},
	}
	cmd.AddCommand(&cobra.Command{
		Use:     "make",
		Short:   "Print the make variables that the Makefile includes",
		Example: "  build/bin/version make > build/release.mk",
		RunE: func(*cobra.Command, []string) error {
			p, err := t.Product()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(t.Stdout, "# Written by version from %s.\nNAME := %s\nTARGET_GOARCH := %s\n", p.Path, p.ReleaseName(), goarch(p.Target.Arch))
			return err
		},
	})
	return cmd
}

// goarch is Go's name of the target's architecture.
func goarch(arch string) string {
	switch arch {
	case "x86_64":
		return "amd64"
	case "aarch64":
		return "arm64"
	}
	return arch
}

// changes reads KEY=VALUE from the arguments, and from the environment those
// that make was given on its command line (their names are in CDB_SET).
func changes(t *tool.Tool, args []string) ([]product.Change, error) {
	for _, key := range strings.Fields(t.Getenv("CDB_SET")) {
		args = append(args, key+"="+t.Getenv(key))
	}
	var out []product.Change
	var faults []error
	for _, arg := range args {
		key, value, ok := strings.Cut(arg, "=")
		if !ok {
			faults = append(faults, fmt.Errorf("%q is not KEY=VALUE, for example NUMBER=+1", arg))
			continue
		}
		if strings.EqualFold(key, "date") && value == "today" {
			value = t.Now().UTC().Format("2006-01-02")
		}
		out = append(out, product.Change{Key: key, Value: value})
	}
	if err := errors.Join(faults...); err != nil {
		return nil, &tool.UsageError{Err: err}
	}
	return out, nil
}

func edit(t *tool.Tool, changes []product.Change) error {
	path := filepath.Join(t.ProductDir, "version.toml")
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	out, err := product.Edit(path, data, changes)
	if err != nil {
		return err
	}
	return tool.WriteFile(path, out)
}

func show(t *tool.Tool) error {
	p, err := t.Product()
	if err != nil {
		return err
	}
	v := map[string]any{
		"name": p.ReleaseName(), "label": p.VolumeLabel(), "product": p.Product.Name,
		"date": p.Release.Date.Format("2006-01-02"), "stage": p.Release.Stage, "number": p.Release.Number,
		"epoch": p.Epoch.Unix(),
	}
	return t.Result(v, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s\n  release  %s\n  label    %s\n  epoch    %s (%d)\n",
			p.Product.Name, p.ReleaseName(), p.VolumeLabel(), p.Epoch.UTC().Format("2006-01-02 15:04:05 UTC"), p.Epoch.Unix())
		return err
	})
}
