package main

import (
	"context"
	"fmt"
	"io"

	"cdbuilder/internal/tool"
	"cdbuilder/kickstart/diff"
	"cdbuilder/kickstart/explain"

	"github.com/spf13/cobra"
)

func explainCommand(t *tool.Tool) *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "explain [flags] FILE",
		Short: "Say what a kickstart will do, and draw what becomes of the disks",
		Long: "Tells in plain sentences what an installation with this kickstart does to a machine, in the\n" +
			"order in which it happens, with a picture of the disks. - reads standard input.",
		Example: "  build/bin/kick explain --version RHEL9 ks.cfg",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return o.explain(cmd.Context(), t, args[0]) },
	}
	o.flags(cmd.Flags())
	return cmd
}

func (o *options) explain(ctx context.Context, t *tool.Tool, name string) error {
	r, err := o.read(ctx, t, name)
	if err != nil {
		return err
	}
	parts := explain.Explain(r.recipe, r.tree.Requests(), t.Width()-2)
	err = t.Result(parts, func(w io.Writer) error {
		if _, err := fmt.Fprintf(w, "%s, read as %s\n\n", r.name, r.version); err != nil {
			return err
		}
		return explain.Write(w, parts)
	})
	if err != nil {
		return err
	}
	if faults := r.sound(); faults != nil {
		return fmt.Errorf("the installer refuses this kickstart:\n%w", faults)
	}
	return nil
}

func diffCommand(t *tool.Tool) *cobra.Command {
	var o options
	var code bool
	cmd := &cobra.Command{
		Use:   "diff [flags] OLD NEW",
		Short: "Compare what two kickstarts do",
		Long: "Compares two kickstarts by their meaning: order, comments, quotes, other names of the same\n" +
			"option and values that are the default anyway make no difference.",
		Example: "  build/bin/kick diff old.ks new.ks",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			differ, err := o.diff(cmd.Context(), t, args[0], args[1])
			if err == nil && code && differ {
				err = fmt.Errorf("%s and %s differ", args[0], args[1])
			}
			return err
		},
	}
	o.flags(cmd.Flags())
	cmd.Flags().BoolVar(&code, "exit-code", false, "exit with 1 where they differ")
	return cmd
}

func (o *options) diff(ctx context.Context, t *tool.Tool, old, now string) (differ bool, err error) {
	all, err := o.readAll(ctx, t, []string{old, now})
	if err != nil {
		return false, err
	}
	a, b := all[0], all[1]
	changes := diff.Compare(diff.Side{Recipe: a.recipe, Requests: a.tree.Requests()}, diff.Side{Recipe: b.recipe, Requests: b.tree.Requests()})
	paint := t.Paint()
	colours := map[byte]tool.Colour{'+': tool.Green, '-': tool.Red, '~': tool.Plain}
	err = t.Result(append([]diff.Change{}, changes...), func(w io.Writer) error {
		return diff.Write(w, changes, func(sign byte, line string) string { return paint(colours[sign], line) })
	})
	if len(changes) == 0 {
		t.Say("%s and %s do the same", old, now)
	}
	return len(changes) > 0, err
}
