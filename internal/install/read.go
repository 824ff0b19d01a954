package install

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// read takes the kickstart apart as far as it is there yet. What %pre is to
// write can be missing; everything that is there is judged, unless something
// is missing that could set it right.
func (in *installation) read(context.Context) error {
	if err := in.parse(); err != nil {
		return err
	}
	if len(in.tree.Unresolved()) > 0 {
		return nil
	}
	return in.judge()
}

// pre runs the scripts of %pre.
func (in *installation) pre(ctx context.Context) error { return in.scripts(ctx, "pre") }

// check reads the kickstart again, with what %pre wrote, and says all that is
// wrong with it.
func (in *installation) check(context.Context) error {
	if err := in.parse(); err != nil {
		return err
	}
	var faults []error
	for _, i := range in.tree.Unresolved() {
		if i.Reason != kickstart.Skipped {
			faults = append(faults, fmt.Errorf("%s:%d: %s cannot be included: %s", i.From.Name, i.Line, i.Ref, whyUnresolved(i)))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	return in.judge()
}

func whyUnresolved(i *kickstart.Inclusion) string {
	switch {
	case i.Reason == kickstart.Offline:
		return "this installer has no network"
	case i.Err == nil || errors.Is(i.Err, fs.ErrNotExist):
		return "there is no such file, also after %pre"
	}
	return i.Err.Error()
}

// parse reads the kickstart by the version that it names itself, or else by that
// of the medium's own.
func (in *installation) parse() (err error) {
	if in.syntax, err = kickstart.OwnSyntax(in.Kickstart.Name, in.Kickstart.Text, in.Medium.Syntax); err != nil {
		return err
	}
	in.tree, err = kickstart.ReadTree(in.Kickstart.Name, in.Kickstart.Text, in.syntax, in.open, kickstart.Limits{})
	return err
}

// open brings a file of the installer's own file system, where the medium and
// the files of %pre are, or else one from beside the kickstart.
func (in *installation) open(ref string, from *kickstart.File) (io.ReadCloser, string, error) {
	if path.IsAbs(ref) && !strings.Contains(ref, "://") {
		info, err := os.Stat(in.path(ref))
		if err != nil {
			return nil, "", err
		}
		if !info.Mode().IsRegular() {
			return nil, "", fmt.Errorf("%w: %s is no regular file", kickstart.ErrRefused, ref)
		}
		f, err := os.Open(in.path(ref))
		return f, ref, err
	}
	if strings.Contains(ref, "://") {
		return nil, "", kickstart.ErrOffline
	}
	if in.Kickstart.Open == nil {
		return nil, "", &fs.PathError{Op: "open", Path: ref, Err: fs.ErrNotExist}
	}
	return in.Kickstart.Open(ref, from)
}

// judge reads the commands; its error is everything that the language refuses.
func (in *installation) judge() error {
	recipe, found := language.Read(in.syntax, in.tree.All())
	kickstart.Sort(found)
	var faults []error
	for i := range found {
		if found[i].Level == kickstart.Error {
			faults = append(faults, errors.New(found[i].String()))
		}
	}
	in.recipe = recipe
	return errors.Join(faults...)
}
