package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"cdbuilder/comps"
	"cdbuilder/internal/run"
	"cdbuilder/internal/tool"

	"github.com/spf13/cobra"
)

// session is one editing of the file: on a copy, which takes the file's place
// only when it is sound.
type session struct {
	*desk
	goOn, discard bool
}

func (d *desk) editCommand() *cobra.Command {
	e := session{desk: d}
	cmd := &cobra.Command{
		Use:   "edit",
		Short: "Open the file in $EDITOR, then look at what was typed",
		Long: "Opens a copy of the file, and puts it in place when it is sound. A faulty one is not put in\n" +
			"place: its faults are told, and what was typed is kept and named, for --continue to go on with.",
		Example: "  build/bin/comps edit\n  build/bin/comps edit --continue",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return e.run(cmd.Context()) },
	}
	cmd.Flags().BoolVar(&e.goOn, "continue", false, "go on with what was typed before and not put in place")
	cmd.Flags().BoolVar(&e.discard, "discard", false, "throw away what was typed before, and begin with the file")
	cmd.MarkFlagsMutuallyExclusive("continue", "discard")
	return cmd
}

// copyPath is where the copy lies. Its name ends in .xml, by which editors know
// what it is.
func (e *session) copyPath() string { return filepath.Join(e.BuildDir, "comps.edit.xml") }

// basePath is where the file lies as it was when the copy was made.
func (e *session) basePath() string { return filepath.Join(e.BuildDir, "comps.edit.base.xml") }

func (e *session) run(ctx context.Context) error {
	editor := strings.Fields(e.Getenv("VISUAL"))
	if len(editor) == 0 {
		editor = strings.Fields(e.Getenv("EDITOR"))
	}
	if len(editor) == 0 {
		return &tool.Hint{Err: errors.New("no editor is set up"), Advice: "set EDITOR, for example: EDITOR=nano build/bin/comps edit"}
	}
	before, err := os.ReadFile(e.path())
	if errors.Is(err, fs.ErrNotExist) {
		before, err = []byte(comps.Empty), nil
	}
	if err != nil {
		return err
	}
	if err := e.lay(before); err != nil {
		return err
	}
	name := e.copyPath()
	if !filepath.IsAbs(name) {
		name = "./" + name // never an option
	}
	err = run.Cmd(ctx, run.Spec{Argv: append(editor, name), Env: e.Environ, Stdin: e.Stdin, Stdout: e.Stdout, Stderr: e.Stderr, Terminal: true})
	if err != nil {
		return e.kept(err)
	}
	return e.place(before)
}

// lay writes the copy, or finds the one that is kept.
func (e *session) lay(before []byte) error {
	_, err := os.Stat(e.copyPath())
	there := err == nil
	switch {
	case e.goOn && !there:
		return fmt.Errorf("there is nothing to go on with: %w", err)
	case e.goOn:
		if base, err := os.ReadFile(e.basePath()); err != nil || !bytes.Equal(base, before) {
			return &tool.Hint{
				Err:    fmt.Errorf("%s has changed since %s was made of it", e.path(), e.copyPath()),
				Advice: "take over by hand what is worth it; comps edit --discard then throws the copy away",
			}
		}
		return nil
	case there && !e.discard:
		return &tool.Hint{
			Err:    fmt.Errorf("%s holds what was typed before and not put in place", e.copyPath()),
			Advice: "comps edit --continue goes on with it, comps edit --discard throws it away",
		}
	}
	if err := os.MkdirAll(e.BuildDir, 0o755); err != nil {
		return err
	}
	if err := tool.WriteFile(e.basePath(), before); err != nil {
		return err
	}
	return tool.WriteFile(e.copyPath(), before)
}

// over takes the copy away.
func (e *session) over() error {
	return errors.Join(os.Remove(e.copyPath()), os.Remove(e.basePath()))
}

func (e *session) kept(err error) error {
	return &tool.Hint{Err: err, Advice: fmt.Sprintf("%s is as it was; what was typed is in %s, and comps edit --continue goes on with it", e.path(), e.copyPath())}
}

// place puts the copy in the file's place when it is sound.
func (e *session) place(before []byte) error {
	after, err := os.ReadFile(e.copyPath())
	if err != nil {
		return err
	}
	c, err := comps.Read(bytes.NewReader(after), e.copyPath())
	if err != nil {
		return e.kept(err)
	}
	now, err := os.ReadFile(e.path())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return e.kept(err)
	}
	if err == nil && !bytes.Equal(now, before) {
		return e.kept(fmt.Errorf("somebody else has changed %s in the meantime", e.path()))
	}
	for _, w := range c.Warnings {
		e.Warn("%s:%d: %s", e.path(), w.Line, w.Text)
	}
	if bytes.Equal(now, after) {
		e.Say("%s is as it was", e.path())
		return e.over()
	}
	if err := rewrite(e.path(), after); err != nil {
		return e.kept(err)
	}
	e.Say("%s: %s, %s", e.path(), many(len(c.Groups), "group"), many(len(c.Environments), "environment"))
	return e.over()
}
