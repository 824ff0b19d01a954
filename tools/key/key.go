// Key makes a signing key for a product.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"cdbuilder/internal/pgp"
	"cdbuilder/internal/product"
	"cdbuilder/internal/tool"

	"github.com/spf13/cobra"
)

type options struct {
	*tool.Tool
	out, public, name, email, passphrase string
}

func command(t *tool.Tool) *cobra.Command {
	o := &options{Tool: t}
	cmd := &cobra.Command{
		Use:   "key",
		Short: "Make a signing key of your own",
		Long: "Makes the OpenPGP key that signs the product's package index and its published checksums, and writes\n" +
			"its secret half to a new file that only you can read. The key is dated on the first of January of the\n" +
			"release's year, because signatures carry the release's date and none may be older than its key.",
		Example: "  make key OUT=/home/me/keys/releases-secret.asc PUBLIC=/home/me/keys/releases-public.asc\n" +
			"  build/bin/key --out /home/me/keys/releases-secret.asc --name \"Demo Releases\" --email releases@example.org --passphrase-env SIGNING_PASSPHRASE",
		RunE: func(*cobra.Command, []string) error { return o.run() },
	}
	f := cmd.Flags()
	f.StringVar(&o.out, "out", t.Getenv("CDB_OUT"), "write the secret key to this new `file`")
	f.StringVar(&o.public, "public", t.Getenv("CDB_PUBLIC"), "write the public key to this new `file` as well, for your web site")
	f.StringVar(&o.name, "name", "", "`name` on the key (default: product.vendor of version.toml)")
	f.StringVar(&o.email, "email", "", "mail `address` on the key")
	f.StringVar(&o.passphrase, "passphrase-env", "", "lock the key with the passphrase that this environment `variable` holds (default: signing.passphrase_env)")
	return cmd
}

// made is the result, for people and programs.
type made struct {
	Fingerprint string `json:"fingerprint"`
	File        string `json:"file"`
	Dated       string `json:"dated"`
	Env         string `json:"passphrase_env,omitempty"`
}

func (o *options) run() error {
	if o.out == "" {
		return tool.Usage("no file to write the key to: say --out FILE, or make key OUT=FILE")
	}
	p, err := o.Product()
	if err != nil {
		return err
	}
	if o.name == "" {
		o.name = p.Product.Vendor
	}
	phrase, env, err := o.lock(p)
	if err != nil {
		return err
	}
	dated := o.date(p)
	var secret bytes.Buffer
	if err := pgp.Generate(o.name, "", o.email, dated, phrase, &secret); err != nil {
		return &tool.Hint{Err: err, Advice: fmt.Sprintf("the key is made for %q <%s>: --name and --email say other ones", o.name, o.email)}
	}
	// What was made is read back as make store will read it.
	signer, err := pgp.ReadSigner(bytes.NewReader(secret.Bytes()), func() ([]byte, error) { return bytes.Clone(phrase), nil })
	if err != nil {
		return err
	}
	if err := o.write(signer, secret.Bytes()); err != nil {
		return err
	}
	file, err := filepath.Abs(o.out)
	if err != nil {
		return err
	}
	result := made{Fingerprint: signer.Fingerprint(), File: file, Dated: dated.Format(time.DateOnly), Env: env}
	return o.Result(result, func(w io.Writer) error { return result.tell(w, signer.UserID()) })
}

// lock finds the passphrase; without a variable to take it from there is none.
func (o *options) lock(p *product.File) (phrase []byte, env string, err error) {
	env = o.passphrase
	if env == "" {
		env = p.Signing.Passphrase
	}
	if env == "" {
		return nil, "", nil
	}
	if value := o.Getenv(env); value != "" {
		return []byte(value), env, nil
	}
	return nil, env, &tool.Hint{
		Err:    fmt.Errorf("the environment variable %s, which shall hold the passphrase, is empty", env),
		Advice: fmt.Sprintf("give it to the shell first: read -rs %s && export %s", env, env),
	}
}

// date is the first of January of the release's year; of this year where the
// release lies in a later one, because gpg takes no key from the future.
func (o *options) date(p *product.File) time.Time {
	year := min(p.Epoch.UTC().Year(), p.Release.Date.Year(), o.Now().UTC().Year())
	return time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC)
}

// write writes both halves, or none.
func (o *options) write(signer *pgp.Signer, secret []byte) error {
	if o.public == "" {
		return create(o.out, secret, 0o600)
	}
	var public bytes.Buffer
	if err := signer.PublicKey(&public); err != nil {
		return err
	}
	if err := create(o.public, public.Bytes(), 0o644); err != nil {
		return err
	}
	err := create(o.out, secret, 0o600)
	if err != nil {
		_ = os.Remove(o.public)
	}
	return err
}

// create writes a file that wasn't there.
func create(path string, data []byte, mode os.FileMode) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	switch {
	case errors.Is(err, fs.ErrExist):
		return &tool.Hint{Err: fmt.Errorf("%s is there already, and a key is never overwritten", path), Advice: "name another file, or move that one away yourself"}
	case err != nil:
		return fmt.Errorf("writing the key: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(path)
			err = fmt.Errorf("writing the key: %w", err)
		}
	}()
	_, err = f.Write(data)
	return errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
}

func (m *made) tell(w io.Writer, userID string) error {
	locked := ""
	if m.Env != "" {
		locked = fmt.Sprintf("    passphrase_env = %q\n", m.Env)
	}
	_, err := fmt.Fprintf(w, `key %s, dated %s
  for   %s
  in    %s

Write into version.toml, in place of what stands under [signing]:

    [signing]
    key = %q
%s
This is the secret half: keep it out of git and out of the product's directory,
with a copy in a safe place. Readers get the public half with every release, as
signing-key.asc. Build again (make iso): the key signs what is on the medium too.
`, m.Fingerprint, m.Dated, userID, m.File, m.File, locked)
	return err
}
