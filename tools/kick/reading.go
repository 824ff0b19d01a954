package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"cdbuilder/internal/fetch"
	"cdbuilder/internal/tool"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
	"cdbuilder/kickstart/medium"
	"cdbuilder/kickstart/scripts"

	"github.com/spf13/pflag"
)

// options are what all subcommands that read kickstarts take.
type options struct {
	version string
	fetch   bool
}

func (o *options) flags(f *pflag.FlagSet) {
	f.StringVar(&o.version, "version", "auto", "the `version` of the language: RHEL3 and later, FC3 to FC6, F7 and later, DEVEL; auto takes the file's own #version=, else DEVEL")
	f.BoolVar(&o.fetch, "fetch", false, "follow %include of addresses too")
}

// reading is a kickstart that was read and judged by its version.
type reading struct {
	name    string
	src     []byte
	version kickstart.Syntax
	tree    *kickstart.Tree
	recipe  *language.Recipe
	found   []kickstart.Finding // by the language: sections, commands, options
	open    []kickstart.Finding // about includes that weren't followed
}

// read reads a kickstart; "-" is standard input. An error is one of reading:
// what is wrong with the kickstart stands in the reading.
func (o *options) read(ctx context.Context, t *tool.Tool, name string) (*reading, error) {
	src, err := readSource(t, name)
	if err != nil {
		return nil, err
	}
	r := &reading{name: name, src: src}
	if r.version, err = o.versionOf(name, src); err != nil {
		return nil, err
	}
	return r, o.reread(ctx, t, r)
}

// reread judges the kickstart's text as it is now.
func (o *options) reread(ctx context.Context, t *tool.Tool, r *reading) error {
	open, done, err := o.opener(ctx, t, r.name)
	if err != nil {
		return err
	}
	defer done()
	r.judge(open)
	return nil
}

// readSource reads at most a little more than a kickstart may have: what is
// longer is refused by the parser.
func readSource(t *tool.Tool, name string) (src []byte, err error) {
	in := t.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	if src, err = io.ReadAll(io.LimitReader(in, kickstart.MaxSize+1)); err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return src, nil
}

// judge parses the kickstart and all that it includes, and reads it by its version.
func (r *reading) judge(open kickstart.Opener) {
	tree, err := kickstart.ReadTree(r.name, r.src, r.version, open, kickstart.Limits{})
	recipe, found := language.Read(r.version, tree.All())
	r.tree, r.recipe = tree, recipe
	r.found = append(kickstart.Findings(err), found...)
	r.open = tree.Findings()
	kickstart.Sort(r.found)
}

// versionOf is the version that the flag names, or the file's own.
func (o *options) versionOf(name string, src []byte) (kickstart.Syntax, error) {
	if o.version != "auto" {
		v, err := kickstart.ParseSyntax(o.version)
		if err != nil {
			return v, tool.Usage("--version: %w", err)
		}
		return v, nil
	}
	v, err := kickstart.OwnSyntax(name, src, kickstart.Syntax{})
	if err != nil {
		return v, &tool.Hint{Err: err, Advice: "--version says by which version to read it"}
	}
	return v, nil
}

// opener reads what a kickstart includes: files below the working directory
// where the kickstart is there too, else below the kickstart's own; and
// addresses where they were asked for.
func (o *options) opener(ctx context.Context, t *tool.Tool, name string) (kickstart.Opener, func(), error) {
	dir := filepath.Dir(name)
	if filepath.IsLocal(name) {
		dir = "."
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, err
	}
	open := kickstart.Dir(root.FS(), filepath.ToSlash(dir))
	if o.fetch {
		client := &fetch.Client{Dir: t.CacheDir, Now: t.Now}
		open = kickstart.Web(open, func(address string) (io.ReadCloser, error) {
			data, err := client.Get(ctx, address, kickstart.MaxSize)
			return io.NopCloser(bytes.NewReader(data)), err
		})
	}
	return open, func() { _ = root.Close() }, nil
}

// readAll reads several kickstarts; what can't be read is reported together.
func (o *options) readAll(ctx context.Context, t *tool.Tool, names []string) ([]*reading, error) {
	var all []*reading
	var faults []error
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r, err := o.read(ctx, t, name)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		all = append(all, r)
	}
	return all, errors.Join(faults...)
}

// sound gives an error where the kickstart is not one that its version takes.
func (r *reading) sound() error {
	var faults []error
	for i := range r.found {
		if f := &r.found[i]; f.Level == kickstart.Error {
			faults = append(faults, errors.New(f.String()))
		}
	}
	return errors.Join(faults...)
}

// otherRules are the rules beside those of lint that every check looks at, and
// mediumRules those that only a product's kickstart meets, once its medium
// is known. A comment may silence them all.
func otherRules() []string {
	return append(language.Rules(), kickstart.RuleIncludeUnseen, kickstart.RuleIncludeUnmade, kickstart.RuleIncludeSkipped,
		kickstart.RuleIncludeWords, kickstart.UnusedFragment, scripts.SyntaxRule)
}

func mediumRules() []string { return slices.Sorted(maps.Keys(medium.Rules)) }
