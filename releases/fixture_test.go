package releases

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"cdbuilder/internal/product"
)

var epoch = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

// fakeSigner stands in for internal/pgp: the same message, the same signature.
type fakeSigner struct{ err error }

func (s fakeSigner) Detached(w io.Writer, msg io.Reader, at time.Time) error {
	data, err := io.ReadAll(msg)
	if err = errors.Join(err, s.err); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "signature of %x at %d\n", sha256.Sum256(data), at.Unix())
	return err
}

// spec is a release to make up for a test.
type spec struct {
	id, stage string
	date      product.Date
	number    int
	size      int // of the ISO, bytes
	seed      uint64
}

var beta1 = spec{id: "Demo", stage: "Beta", date: product.NewDate(2026, 11, 20), number: 1, size: 3<<20 + 17}

func (s spec) name() string {
	return fmt.Sprintf("%s-1R-Base-2-%s-%s-%02d", s.id, s.date.Compact(), s.stage, s.number)
}

// build makes the release's directory below dir, as make iso leaves it.
func (s spec) build(t testing.TB, dir string) string {
	t.Helper()
	name := s.name()
	path := filepath.Join(dir, name)
	iso := make([]byte, s.size)
	rand.NewChaCha8([32]byte{byte(s.number), byte(s.seed), byte(s.date.Day())}).Read(iso)
	r := &Record{Format: RecordFormat, Name: name, Product: s.id, Title: "Demo server", Series: "1R", Base: "Base-2",
		Date: s.date, Stage: s.stage, Number: s.number, Arch: "amd64", Label: "DEMO", Epoch: epoch.Unix(),
		ISO: name + ".iso", Size: int64(s.size), SHA256: fmt.Sprintf("%x", sha256.Sum256(iso)), Count: 3, Tool: "test"}
	must(t, os.MkdirAll(filepath.Join(path, "sub", "deep"), 0o700))
	must(t, os.WriteFile(filepath.Join(path, name+".iso"), iso, 0o600))
	must(t, os.WriteFile(filepath.Join(path, "packages.lock"), fmt.Appendf(nil, "lock of %s\n", name), 0o640))
	must(t, os.WriteFile(filepath.Join(path, "sub", "deep", "notes.txt"), []byte("notes\n"), 0o600))
	must(t, WriteRecord(path, r))
	must(t, WriteChecksums(path, []string{name + ".iso", RecordFile(name), "packages.lock", "sub/deep/notes.txt"}))
	return path
}

func (s spec) options(t testing.TB, work, mirror string) StoreOptions {
	return StoreOptions{Dir: s.build(t, work), Mirror: mirror, Signer: fakeSigner{}, At: epoch, PublicKey: []byte("public\n")}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// checkWhole is what a reader of the mirror does with a release.
func checkWhole(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	list, err := root.ReadFile(SumsFile)
	if err != nil {
		return err
	}
	sums, err := ParseSums(list)
	if err != nil {
		return err
	}
	if len(sums) != 4 {
		return fmt.Errorf("%s lists %d files", dir, len(sums))
	}
	for _, s := range sums {
		data, err := root.ReadFile(s.Name)
		if err != nil {
			return err
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(data)); got != s.SHA256 {
			return fmt.Errorf("%s/%s has the digest %s", dir, s.Name, got)
		}
	}
	signature, err := root.ReadFile(SignatureFile)
	if err != nil {
		return err
	}
	var want bytes.Buffer
	if err := (fakeSigner{}).Detached(&want, bytes.NewReader(list), epoch); err != nil {
		return err
	}
	if !bytes.Equal(signature, want.Bytes()) {
		return fmt.Errorf("%s carries the signature %q", dir, signature)
	}
	return nil
}

// listTree describes everything below dir: mode, time, size or link, and name.
func listTree(t testing.TB, dir string) []string {
	t.Helper()
	var out []string
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		line := fmt.Sprintf("%v %s", info.Mode(), rel)
		switch {
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			line = "link " + rel + " -> " + target
		case info.ModTime().Equal(epoch):
			line += " at epoch"
		}
		out = append(out, line)
		return nil
	}))
	return out
}
