// Store signs the release and publishes it to the mirror directory.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"cdbuilder/internal/pgp"
	"cdbuilder/internal/product"
	"cdbuilder/internal/tool"
	"cdbuilder/releases"

	"github.com/spf13/cobra"
)

// demoKey is the fingerprint of the demo key, isotree/keys/demo-signing-key.asc,
// whose secret half everybody has.
const demoKey = "BA27411EFB7D66A75D842A0FD604BFA90FA7EE1C"

type options struct {
	*tool.Tool
	dryRun bool
}

func command(t *tool.Tool) *cobra.Command {
	o := &options{Tool: t}
	cmd := &cobra.Command{
		Use:   "store",
		Short: "Sign the release and publish it to the mirror directory",
		Long: "Publishes releases/NAME to mirror.directory of version.toml (or MIRROR_DIR) with SHA256SUMS and a\n" +
			"detached OpenPGP signature. A reader of the mirror sees the whole release or nothing of it. A\n" +
			"release that is there already is never changed.",
		Example: "  make store MIRROR_DIR=/srv/mirror/myspin\n  build/bin/store --dry-run",
		RunE:    func(c *cobra.Command, _ []string) error { return o.run(c.Context()) },
	}
	cmd.Flags().BoolVarP(&o.dryRun, "dry-run", "n", false, "say what would be done, and do nothing")
	return cmd
}

func (o *options) run(ctx context.Context) error {
	p, err := o.Product()
	if err != nil {
		return err
	}
	if p.Signing.Demo {
		return releases.ErrDemoKey
	}
	if p.Mirror.Directory == "" {
		return &tool.Hint{Err: errors.New("no mirror to publish to"), Advice: "set mirror.directory in version.toml, or say make store MIRROR_DIR=/srv/mirror/myspin"}
	}
	signer, err := releases.OpenSigner(p, o.Getenv)
	if err != nil {
		return err
	}
	if signer.Fingerprint() == demoKey { // under whatever name
		return releases.ErrDemoKey
	}
	var public bytes.Buffer
	if err := signer.PublicKey(&public); err != nil {
		return err
	}
	dir := filepath.Join(o.ProductDir, "releases", p.ReleaseName())
	bar := o.Progress("publishing", size(dir)*2, tool.Bytes)
	report, err := releases.Store(ctx, releases.StoreOptions{
		Dir: dir, Mirror: p.Join(p.Mirror.Directory), Signer: signer, Demo: p.Signing.Demo,
		PublicKey: public.Bytes(), At: p.Epoch, Keep: p.Mirror.Keep, DryRun: o.dryRun, Progress: bar.Add,
	})
	bar.End()
	if err != nil {
		return err
	}
	return o.Result(report, func(w io.Writer) error { return o.tell(w, p, report) })
}

func (o *options) tell(w io.Writer, p *product.File, r *releases.Report) error {
	verb := "published"
	switch {
	case !r.Published:
		verb = "was published already, nothing to do"
	case o.dryRun:
		verb = "would be published"
	}
	removed := "removed"
	if o.dryRun {
		removed = "would be removed"
	}
	for _, old := range r.Removed {
		fmt.Fprintf(w, "old release %s %s, mirror.keep is %d\n", old, removed, p.Mirror.Keep)
	}
	for _, old := range r.Spared {
		o.Warn("%s", old)
	}
	_, err := fmt.Fprintf(w, "%s %s: %s\n", r.Name, verb, r.Path)
	return err
}

// size adds up a release's files, for the progress bar only.
func size(dir string) (n int64) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			n += info.Size()
		}
	}
	return n
}

var _ releases.Signer = (*pgp.Signer)(nil)
