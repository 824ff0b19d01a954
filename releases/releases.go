// Package releases keeps what was built and puts it where others find it: the
// checksums beside an ISO, the record of what the release is, and Store, which
// publishes a release to a mirror directory.
//
// A release is a directory of the release's name. In it stand the ISO
// (<name>.iso), the record (<name>.toml), whatever else belongs to it, and
// SHA256SUMS, which lists every other file in the format of GNU coreutils
// (sha256sum -c). A published release has two more: SHA256SUMS.asc, a detached
// armoured OpenPGP signature (RFC 4880 §11.4), and signing-key.asc, the public
// key that made it.
package releases

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// Names of the files that every release has.
const (
	SumsFile      = "SHA256SUMS"
	SignatureFile = "SHA256SUMS.asc"
	KeyFile       = "signing-key.asc"
)

// release is a release's directory as it stands on a disk.
type release struct {
	name   string
	record *Record
	sums   []Sum  // every file but SHA256SUMS and the seals, sorted by name
	list   []byte // SHA256SUMS itself
}

// maxSmall bounds the files of a release that are read whole, in bytes.
const maxSmall = 4 << 20

// readRelease reads the directory's record and SHA256SUMS, and holds the files
// that are there to the list, by name only.
func readRelease(root *os.Root, name string) (*release, error) {
	list, err := readSmall(root, SumsFile)
	if err != nil {
		return nil, err
	}
	sums, err := ParseSums(list)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", SumsFile, err)
	}
	text, err := readSmall(root, RecordFile(name))
	if err != nil {
		return nil, err
	}
	record, err := ParseRecord(text)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", RecordFile(name), err)
	}
	r := &release{name, record, sums, list}
	return r, errors.Join(r.agree(), r.complete(root))
}

// agree holds the record, the list and the directory's name together.
func (r *release) agree() error {
	var errs []error
	if r.record.Name != r.name {
		errs = append(errs, fmt.Errorf("the record in %s is that of %s", r.name, r.record.Name))
	}
	listed := map[string]string{}
	for _, s := range r.sums {
		listed[s.Name] = s.SHA256
	}
	iso := r.record.ISO
	switch {
	case listed[iso] == "":
		errs = append(errs, fmt.Errorf("%s does not list %s", SumsFile, iso))
	case listed[iso] != r.record.SHA256:
		errs = append(errs, fmt.Errorf("%s and %s give different digests of %s", SumsFile, RecordFile(r.name), iso))
	}
	if listed[RecordFile(r.name)] == "" {
		errs = append(errs, fmt.Errorf("%s does not list %s", SumsFile, RecordFile(r.name)))
	}
	return errors.Join(errs...)
}

// complete reports the files that are listed and not there, and those that are
// there and not listed. Names that begin with a dot are nobody's.
func (r *release) complete(root *os.Root) error {
	listed := map[string]bool{}
	for _, s := range r.sums {
		listed[s.Name] = true
	}
	var errs []error
	err := fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == ".":
		case strings.HasPrefix(path.Base(name), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.IsDir():
		case !d.Type().IsRegular():
			errs = append(errs, fmt.Errorf("%s is not a plain file", name))
		case !listed[name] && !unlisted(name):
			errs = append(errs, fmt.Errorf("%s is not in %s", name, SumsFile))
		}
		delete(listed, name)
		return nil
	})
	for _, s := range r.sums {
		if listed[s.Name] {
			errs = append(errs, fmt.Errorf("%s is missing", s.Name))
		}
	}
	return errors.Join(errors.Join(errs...), err)
}

// unlisted tells the files that SHA256SUMS cannot hold: itself and its seals.
func unlisted(name string) bool {
	return name == SumsFile || name == SignatureFile || name == KeyFile
}

func readSmall(root *os.Root, name string) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxSmall+1))
	if err == nil && len(data) > maxSmall {
		err = fmt.Errorf("%s is larger than %d MiB", name, maxSmall>>20)
	}
	return data, err
}
