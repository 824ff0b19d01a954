package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"

	"cdbuilder/internal/tool"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
	"cdbuilder/kickstart/lint"
	"cdbuilder/kickstart/migrate"

	"github.com/spf13/cobra"
)

// rewrite replaces a file's content, also behind a symbolic link.
func rewrite(name string, data []byte) error {
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		return err
	}
	return tool.WriteFile(target, data)
}

func fmtCommand(t *tool.Tool) *cobra.Command {
	var o options
	var write, check bool
	cmd := &cobra.Command{
		Use:   "fmt [flags] FILE...",
		Short: "Lay kickstarts out evenly, without changing what they say",
		Long: "Drops blanks at the ends of lines and blank lines in a row, and puts one around sections.\n" +
			"Comments, order and quotes stay, and scripts stay byte for byte. Without --write the result\n" +
			"goes to standard output.",
		Example: "  build/bin/kick fmt --write kickstart/*.ks",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			var faults []error
			for _, name := range args {
				faults = append(faults, o.format(t, name, write, check))
			}
			return errors.Join(faults...)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.version, "version", "auto", "the `version` of the language, as for lint")
	f.BoolVarP(&write, "write", "w", false, "write the result back to the file")
	f.BoolVar(&check, "check", false, "only say which files would change; exit with 1 if one would")
	cmd.MarkFlagsMutuallyExclusive("write", "check")
	return cmd
}

func (o *options) format(t *tool.Tool, name string, write, check bool) error {
	src, err := readSource(t, name)
	if err != nil {
		return err
	}
	v, err := o.versionOf(name, src)
	if err != nil {
		return err
	}
	file, err := kickstart.Parse(name, src, v)
	if err != nil {
		return err
	}
	out := kickstart.Format(file)
	same := bytes.Equal(out, src)
	switch {
	case check && !same:
		return errors.New(name + " is not laid out evenly; kick fmt --write does it")
	case check || write && same:
		return nil
	case write && name == "-":
		return tool.Usage("--write needs a file; standard input is none")
	case write:
		t.Say("%s is laid out anew", name)
		return rewrite(name, out)
	}
	_, err = t.Stdout.Write(out)
	return err
}

type migrateOptions struct {
	from, to string
	write    bool
}

func migrateCommand(t *tool.Tool) *cobra.Command {
	var o migrateOptions
	cmd := &cobra.Command{
		Use:   "migrate --to VERSION [flags] FILE",
		Short: "Rewrite a kickstart for another version of the language",
		Long: "Puts what has a successor in its place, drops what has no effect any more, and marks what a\n" +
			"person must decide by a comment \"# kick migrate: ...\" above the line. Run it again after an\n" +
			"edit: old marks go, and what is still open is marked anew. Without --write the result goes\n" +
			"to standard output, and what was done to standard error.",
		Example: "  build/bin/kick migrate --from RHEL7 --to RHEL10 old.ks > new.ks",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), t, args[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&o.from, "from", "auto", "the `version` that it is written in; auto takes the file's own #version=")
	f.StringVar(&o.to, "to", "", "the `version` that it shall be for")
	f.BoolVarP(&o.write, "write", "w", false, "write the result back to the file")
	return cmd
}

func (o *migrateOptions) run(_ context.Context, t *tool.Tool, name string) error {
	if o.to == "" {
		return tool.Usage("say with --to which version it shall be for, such as --to RHEL10")
	}
	to, err := kickstart.ParseSyntax(o.to)
	if err != nil {
		return tool.Usage("--to: %w", err)
	}
	src, err := readSource(t, name)
	if err != nil {
		return err
	}
	from, err := (&options{version: o.from}).versionOf(name, src)
	if err != nil {
		return err
	}
	result := migrate.File(name, src, from, to, further)
	for _, c := range result.Changes {
		t.Say("%s:%d: %s", name, c.Line, c.Does)
	}
	for i := range result.Left {
		t.Say("left to you: %s", &result.Left[i])
	}
	t.Say("%s: %d changes, %d things marked for you", name, len(result.Changes), len(result.Left))
	if o.write {
		return rewrite(name, result.Text)
	}
	return t.Result(migrated{result.Changes, result.Left, string(result.Text)}, func(w io.Writer) error {
		_, err := w.Write(result.Text)
		return err
	})
}

type migrated struct {
	Changes []migrate.Change    `json:"changes"`
	Left    []kickstart.Finding `json:"left"`
	Text    string              `json:"text"`
}

// further has lint look at what the rewriting left.
func further(r *language.Recipe, _ *kickstart.File) []kickstart.Finding {
	return lint.Check(r, lint.Facts{})
}
