package releases

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/BurntSushi/toml"

	"cdbuilder/internal/product"
	"cdbuilder/internal/tool"
)

// RecordFormat is the format number this code writes and reads.
const RecordFormat = 1

// Record says what a release is and holds the digests by which it is known. It
// stands beside the ISO, and a copy is kept in git as releases/<name>.toml.
type Record struct {
	Format  int          `toml:"format"`  // RecordFormat
	Name    string       `toml:"name"`    // CDdemo-13R-Debian-13-20261120-Beta-01
	Product string       `toml:"product"` // the product's id
	Title   string       `toml:"title"`   // the product's name for people
	Series  string       `toml:"series"`
	Base    string       `toml:"base"`
	Date    product.Date `toml:"date"`
	Stage   string       `toml:"stage"`
	Number  int          `toml:"number"`
	Arch    string       `toml:"arch"`
	Label   string       `toml:"label"`    // volume label
	Epoch   int64        `toml:"epoch"`    // the build's clock, seconds since 1970
	ISO     string       `toml:"iso"`      // file name
	Size    int64        `toml:"size"`     // of the ISO, bytes
	SHA256  string       `toml:"sha256"`   // of the ISO
	MD5     string       `toml:"md5"`      // the ISO's implanted media checksum, as checkisomd5 shows it
	Lock    string       `toml:"lock"`     // SHA-256 of packages.lock
	Count   int          `toml:"packages"` // packages on the medium
	Tool    string       `toml:"tool"`     // version of cd-builder
}

// NewRecord fills in what version.toml says of a release; what the ISO says,
// Size, SHA256, MD5, Lock, Count and Tool, is the caller's.
func NewRecord(f *product.File) *Record {
	r := f.Release
	return &Record{
		Format: RecordFormat, Name: f.ReleaseName(), Product: f.Product.ID, Title: f.Product.Name,
		Series: r.Series, Base: r.Base, Date: r.Date, Stage: r.Stage, Number: r.Number,
		Arch: f.Target.Arch, Label: f.VolumeLabel(), Epoch: f.Epoch.Unix(), ISO: f.ReleaseName() + ".iso",
	}
}

// RecordFile is the file name of a release's record.
func RecordFile(name string) string { return name + ".toml" }

// WriteRecord writes dir/<name>.toml in one step.
func WriteRecord(dir string, r *Record) error {
	data, err := r.Encode()
	if err != nil {
		return err
	}
	return tool.WriteFile(filepath.Join(dir, RecordFile(r.Name)), data)
}

// Encode writes the record as TOML, its keys in the order of the struct.
func (r *Record) Encode() ([]byte, error) {
	if err := r.Validate(); err != nil {
		return nil, fmt.Errorf("writing the record of %q: %w", r.Name, err)
	}
	var b bytes.Buffer
	b.WriteString("# What this release is. Written by cd-builder.\n\n")
	if err := toml.NewEncoder(&b).Encode(r); err != nil {
		return nil, fmt.Errorf("writing the record of %s: %w", r.Name, err)
	}
	return b.Bytes(), nil
}

// ParseRecord reads a record; keys that it does not know are errors.
func ParseRecord(data []byte) (*Record, error) {
	var r Record
	md, err := toml.Decode(string(data), &r)
	if err != nil {
		return nil, err
	}
	if r.Format != RecordFormat {
		return nil, fmt.Errorf("the record has format %d; this cd-builder reads format %d", r.Format, RecordFormat)
	}
	var errs []error
	for _, key := range md.Undecoded() {
		errs = append(errs, fmt.Errorf("unknown key %s", key))
	}
	return &r, errors.Join(append(errs, r.Validate())...)
}

var (
	sha256Form = regexp.MustCompile(`^[0-9a-f]{64}$`)
	md5Form    = regexp.MustCompile(`^[0-9a-f]{32}$`)
	nameForm   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*-[0-9]{8}-[A-Za-z0-9_.]+-[0-9]{2}$`)
)

// Validate reports everything that a record cannot be.
func (r *Record) Validate() error {
	var errs []error
	add := func(wrong bool, format string, args ...any) {
		if wrong {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	add(r.Format != RecordFormat, "format is %d, not %d", r.Format, RecordFormat)
	add(!nameForm.MatchString(r.Name), "name %q is not the name of a release", r.Name)
	add(r.Product == "" || !strings.HasPrefix(r.Name, r.Product+"-"), "product %q does not begin the name %q", r.Product, r.Name)
	add(r.Date.IsZero(), "date is missing")
	add(r.Label == "" || len(r.Label) > product.MaxLabel, "label %q has not 1 to %d characters", r.Label, product.MaxLabel)
	add(r.ISO != r.Name+".iso", "iso is %q, not %q", r.ISO, r.Name+".iso")
	add(r.Size <= 0, "size is %d", r.Size)
	add(!sha256Form.MatchString(r.SHA256), "sha256 %q is not a SHA-256 digest", r.SHA256)
	add(r.MD5 != "" && !md5Form.MatchString(r.MD5), "md5 %q is not an MD5 digest", r.MD5)
	add(r.Lock != "" && !sha256Form.MatchString(r.Lock), "lock %q is not a SHA-256 digest", r.Lock)
	add(r.Count < 0, "packages is %d", r.Count)
	return errors.Join(errs...)
}
