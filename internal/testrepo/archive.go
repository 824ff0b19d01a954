package testrepo

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"cdbuilder/internal/deb"
	"cdbuilder/internal/pgp"
)

// Archive is a repository to write.
type Archive struct {
	Suite      string    // default trixie
	Component  string    // default main
	Arch       string    // default amd64
	Date       time.Time // of the Release file and its signature
	ValidUntil time.Time // zero: not stated
	ByHash     bool      // also under by-hash names, and say so
	Detached   bool      // Release and Release.gpg, no InRelease
	Packages   []Package
	Signer     *pgp.Signer // nil: unsigned, a Release file alone
}

// Write writes the archive into a directory, over what stands there.
func (a Archive) Write(dir string) error {
	a.Suite, a.Component, a.Arch = cmp.Or(a.Suite, "trixie"), cmp.Or(a.Component, "main"), cmp.Or(a.Arch, "amd64")
	w := writer{Archive: a, dir: dir}
	return errors.Join(w.pool(), w.indexes(), w.release(), w.err)
}

type writer struct {
	Archive
	dir   string
	index bytes.Buffer // Packages
	sums  strings.Builder
	err   error
}

func (w *writer) put(name string, data []byte) {
	name = filepath.Join(w.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		w.err = errors.Join(w.err, err)
		return
	}
	w.err = errors.Join(w.err, os.WriteFile(name, data, 0o644))
}

// pool writes the packages, and lists them.
func (w *writer) pool() error {
	for i := range w.Packages {
		p := &w.Packages[i]
		data, err := p.Deb()
		if err != nil {
			return err
		}
		name := p.path(w.Component)
		w.put(name, data)
		entry := p.fields()
		entry.Set("Filename", cmp.Or(p.Control.Get("Filename"), name))
		entry.Set("Size", strconv.Itoa(len(data)))
		entry.Set("SHA256", fmt.Sprintf("%x", sha256.Sum256(data)))
		if _, err := entry.WriteTo(&w.index); err != nil {
			return fmt.Errorf("listing %s: %w", p.name(), err)
		}
		w.index.WriteByte('\n')
	}
	return nil
}

func (w *writer) indexes() error {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write(w.index.Bytes())
	if err := errors.Join(err, z.Close()); err != nil {
		return err
	}
	dir := w.Component + "/binary-" + w.Arch + "/"
	for _, f := range []struct {
		name string
		data []byte
	}{{"Packages", w.index.Bytes()}, {"Packages.gz", packed.Bytes()}} {
		sum := sha256.Sum256(f.data)
		fmt.Fprintf(&w.sums, " %x %d %s\n", sum, len(f.data), dir+f.name)
		w.put("dists/"+w.Suite+"/"+dir+f.name, f.data)
		if w.ByHash {
			w.put(fmt.Sprintf("dists/%s/%sby-hash/SHA256/%x", w.Suite, dir, sum), f.data)
		}
	}
	return nil
}

func (w *writer) release() error {
	p := deb.Paragraph{}
	p.Set("Origin", "Tests")
	p.Set("Suite", "stable")
	p.Set("Codename", w.Suite)
	p.Set("Date", stated(w.Date))
	if !w.ValidUntil.IsZero() {
		p.Set("Valid-Until", stated(w.ValidUntil))
	}
	if w.ByHash {
		p.Set("Acquire-By-Hash", "yes")
	}
	p.Set("Architectures", w.Arch)
	p.Set("Components", w.Component)
	var text bytes.Buffer
	if _, err := p.WriteTo(&text); err != nil {
		return fmt.Errorf("writing the Release file: %w", err)
	}
	text.WriteString("SHA256:\n" + w.sums.String())
	top := "dists/" + w.Suite + "/"
	w.put(top+"Release", text.Bytes())
	if w.Signer == nil {
		return nil
	}
	var inline, detached bytes.Buffer
	err := errors.Join(w.Signer.ClearSign(&inline, text.Bytes(), w.Date), w.Signer.Detached(&detached, bytes.NewReader(text.Bytes()), w.Date))
	if err != nil {
		return fmt.Errorf("signing the Release file: %w", err)
	}
	w.put(top+"Release.gpg", detached.Bytes())
	if !w.Detached {
		w.put(top+"InRelease", inline.Bytes())
	}
	return nil
}

func stated(t time.Time) string { return t.UTC().Format("Mon, 02 Jan 2006 15:04:05 UTC") }

// Key makes a signing key, dated at, and returns it with its public and its
// secret half, both armoured.
func Key(name string, at time.Time) (signer *pgp.Signer, public, secret []byte, err error) {
	var sec, pub bytes.Buffer
	if err := pgp.Generate(name, "", "", at, nil, &sec); err != nil {
		return nil, nil, nil, err
	}
	signer, err = pgp.ReadSigner(bytes.NewReader(sec.Bytes()), nil)
	if err != nil {
		return nil, nil, nil, err
	}
	err = signer.PublicKey(&pub)
	return signer, pub.Bytes(), sec.Bytes(), err
}
