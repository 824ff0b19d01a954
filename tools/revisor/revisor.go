// Revisor rolls the package tree up: it reads the repositories, resolves what
// the kickstarts ask for, locks the outcome, downloads it and places it on the
// medium as a signed repository.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/product"
	"cdbuilder/internal/solve"
	"cdbuilder/internal/tool"
	"cdbuilder/releases"

	"github.com/spf13/cobra"
)

// revisor is one run: the product and what is known of it so far.
type revisor struct {
	*tool.Tool
	p      *product.File
	begun  time.Time
	update bool
	lock   *pkgset.Lock
	from   string        // a lock to build from instead of resolving
	idle   time.Duration // how long a connection may be silent
}

func command(t *tool.Tool) *cobra.Command {
	r := &revisor{Tool: t}
	cmd := &cobra.Command{
		Use:   "revisor",
		Short: "Resolve, lock, download and roll up the package tree",
		Long: "Reads the repositories of version.toml whole, resolves what the kickstarts on the medium ask for,\n" +
			"writes packages.lock, downloads into the cache, and places pool/ and dists/ on the medium.\n" +
			"A lock that answers the same request is kept: the set changes only with the request or --update.",
		Example: "  make revisor\n  build/bin/revisor --update\n  build/bin/revisor --lock releases/NAME/packages.lock\n  build/bin/revisor why libssl3t64",
		RunE:    func(c *cobra.Command, _ []string) error { return r.run(c.Context()) },
	}
	cmd.Flags().BoolVar(&r.update, "update", false, "resolve anew against the repositories as they are now")
	cmd.Flags().StringVar(&r.from, "lock", t.Getenv("CDB_LOCK"), "build from this lock `file`, as it was for an earlier release")
	cmd.Flags().DurationVar(&r.idle, "idle", 30*time.Second, "give a connection up when nothing has come for this `time`, such as 2m")
	cmd.AddCommand(r.whyCommand(), r.treeCommand())
	return cmd
}

func (r *revisor) run(ctx context.Context) error {
	r.begun = r.Now()
	if r.idle <= 0 {
		return tool.Usage("--idle %s: give a time longer than nothing, such as 30s", r.idle)
	}
	var err error
	if r.p, err = r.Product(); err != nil {
		return err
	}
	if t := r.p.Target; t.Family != "debian" || t.Arch != "amd64" {
		return fmt.Errorf("%s: target: media of the family %s for %s can't be built yet; debian for amd64 can", r.p.Path, t.Family, t.Arch)
	}
	req, err := r.request()
	if err != nil {
		return err
	}
	signer, err := releases.OpenSigner(r.p, r.Getenv) // before anything that takes long
	if err != nil {
		return err
	}
	fresh, err := r.lockFor(ctx, req)
	if err != nil {
		return err
	}
	if err := checkPool(r.lock); err != nil {
		return err
	}
	if err := r.download(ctx); err != nil {
		return err
	}
	if err := r.place(ctx, signer); err != nil {
		return err
	}
	if fresh {
		if err := r.writeLock(); err != nil {
			return err
		}
	}
	var size int64
	for _, p := range r.lock.Package {
		if p.Role == "medium" {
			size += p.Size
		}
	}
	r.Say("%d packages, %s, on the medium in %s", r.lock.Medium(), tool.Size(size), r.Now().Sub(r.begun).Round(100*time.Millisecond))
	return nil
}

func (r *revisor) whyCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "why PACKAGE...",
		Short:   "Say why packages are on the medium",
		Example: "  build/bin/revisor why libssl3t64",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return r.answer(args, solve.Why)
		},
	}
}

func (r *revisor) treeCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "tree PACKAGE...",
		Short:   "Draw what packages bring with them",
		Example: "  build/bin/revisor tree openssh-server",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return r.answer(args, solve.Tree)
		},
	}
}

// answer prints what a question to the lock says of each package.
func (r *revisor) answer(names []string, ask func(*pkgset.Lock, string) (string, error)) error {
	lock, err := r.Lock()
	if err != nil {
		return err
	}
	answers := make(map[string]string)
	var faults []error
	for _, name := range names {
		text, err := ask(lock, name)
		faults = append(faults, err)
		answers[name] = text
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	return r.Result(answers, func(w io.Writer) error {
		for _, name := range names {
			if _, err := fmt.Fprintln(w, answers[name]); err != nil {
				return err
			}
		}
		return nil
	})
}
