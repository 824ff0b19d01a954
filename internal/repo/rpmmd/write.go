package rpmmd

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"cdbuilder/internal/rpm"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Repodata is what is to be written beside the packages.
type Repodata struct {
	// Time dates every file in repomd.xml, and the signature.
	Time time.Time
	// Revision is the repository's; empty stands for Time in seconds since 1970.
	Revision string
	Tags     Tags
	// Compression is "gz", which everything reads, or "zst", which is smaller
	// and quicker to read but for newer programs only: yum, and createrepo_c of
	// Debian 12, don't read it. Empty is gz.
	Compression string
	// Changelogs is how many entries of each package's changelog are kept; 0
	// stands for 10, -1 for all.
	Changelogs int
	// The bytes of comps.xml, modules.yaml and updateinfo.xml; nil for none.
	Group, Modules, Updateinfo []byte
	// Others are further files of metadata, such as a productid.
	Others []Extra
	// Sign signs repomd.xml; nil leaves it unsigned.
	Sign Signer
}

// Extra is a file of metadata that is written as it is given, packed.
type Extra struct {
	Type string // productid
	Name string // of the file, without a path
	Data []byte
}

// Signer signs repomd.xml; *pgp.Signer is one.
type Signer interface {
	Detached(w io.Writer, msg io.Reader, at time.Time) error
}

// defaultChangelogs is createrepo_c's.
const defaultChangelogs = 10

// Write writes the repodata of the packages, which it sorts by location. It
// gives the files to write in an order in which no file names one not yet
// written: repomd.xml comes last but for repomd.xml.asc. Paths begin with
// repodata/. Everything is checked before the first call.
func Write(r Repodata, pkgs []*rpm.Package, write func(path string, data []byte) error) error {
	if err := r.Validate(pkgs); err != nil {
		return err
	}
	pkgs = slices.Clone(pkgs)
	slices.SortStableFunc(pkgs, func(a, b *rpm.Package) int {
		return cmp.Or(cmp.Compare(a.Location, b.Location), cmp.Compare(a.Checksum, b.Checksum))
	})
	w := &writer{Repodata: r, put: write}
	w.Revision = cmp.Or(r.Revision, decimal(r.Time.Unix()))
	if err := w.packages(pkgs); err != nil {
		return err
	}
	if err := w.extras(); err != nil {
		return err
	}
	return w.finish()
}

// Validate reports everything that could not be written, or not be read again.
func (r *Repodata) Validate(pkgs []*rpm.Package) error {
	var faults []error
	if r.Time.Unix() < 0 {
		faults = append(faults, fmt.Errorf("the repodata's time %s lies before 1970", r.Time.UTC().Format(time.DateTime)))
	}
	if !slices.Contains([]string{"", "gz", "zst"}, r.Compression) {
		faults = append(faults, fmt.Errorf("the repodata's compression %q is neither gz nor zst", r.Compression))
	}
	for _, e := range r.Others {
		if e.Type == "" || e.Name == "" || strings.ContainsAny(e.Name, "/\x00") || strings.HasPrefix(e.Name, ".") {
			faults = append(faults, fmt.Errorf("metadata %q: %q is not a type and the name of a file", e.Type, e.Name))
		}
	}
	at := make(map[string]*rpm.Package)
	for _, p := range pkgs {
		if err := writable(p); err != nil {
			faults = append(faults, fmt.Errorf("package %s: %w", p.NEVRA(), err))
		} else if other := at[p.Location]; other != nil {
			faults = append(faults, fmt.Errorf("package %s: %s is package %s already", p.NEVRA(), p.Location, other.NEVRA()))
		}
		at[p.Location] = p
	}
	return errors.Join(faults...)
}

// writable reports what is missing of a package.
func writable(p *rpm.Package) error {
	if missing := lacks(p); missing != "" {
		return fmt.Errorf("it has no %s", missing)
	}
	if err := (Checksum{p.ChecksumType, p.Checksum}).Check(); err != nil {
		return err
	}
	if p.Size <= 0 {
		return fmt.Errorf("its file has %d bytes", p.Size)
	}
	if path.Clean(p.Location) != p.Location || path.IsAbs(p.Location) || p.Location == ".." || strings.HasPrefix(p.Location, "../") {
		return fmt.Errorf("its location %q does not lie below the repository", p.Location)
	}
	return nil
}

// writer makes the files one by one and remembers what repomd.xml must say.
type writer struct {
	Repodata
	put    func(path string, data []byte) error
	repomd Repomd
}

// packages writes primary, filelists and other.
func (w *writer) packages(pkgs []*rpm.Package) error {
	changelogs := cmp.Or(w.Changelogs, defaultChangelogs)
	const space = "http://linux.duke.edu/metadata/"
	for _, doc := range []struct {
		kind, root, space string
		pkg               func(*encoder, *rpm.Package)
	}{
		{"primary", "metadata", `xmlns="` + space + `common" xmlns:rpm="` + space + `rpm"`, (*encoder).primary},
		{"filelists", "filelists", `xmlns="` + space + `filelists"`, (*encoder).filelists},
		{"other", "otherdata", `xmlns="` + space + `other"`, func(e *encoder, p *rpm.Package) { e.other(p, changelogs) }},
	} {
		err := w.packed(doc.kind, doc.kind+".xml", func(out io.Writer) error {
			e := &encoder{w: out}
			e.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<", doc.root, " ", doc.space, ` packages="`, decimal(int64(len(pkgs))), "\">\n")
			for _, p := range pkgs {
				doc.pkg(e, p)
			}
			e.raw("</", doc.root, ">")
			e.flush()
			return e.err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// extras writes what is given as bytes.
func (w *writer) extras() error {
	write := func(kind, name string, data []byte) error {
		if data == nil {
			return nil
		}
		return w.packed(kind, name, func(out io.Writer) error {
			_, err := out.Write(data)
			return err
		})
	}
	if w.Group != nil {
		// Plain too: old yum and Anaconda look for type group first.
		if err := w.add(Data{Type: "group", OpenSize: -1}, "comps.xml", w.Group); err != nil {
			return err
		}
		if err := write("group_"+w.suffix(), "comps.xml", w.Group); err != nil {
			return err
		}
	}
	if err := write("modules", "modules.yaml", w.Modules); err != nil {
		return err
	}
	if err := write("updateinfo", "updateinfo.xml", w.Updateinfo); err != nil {
		return err
	}
	for _, e := range w.Others {
		if err := write(e.Type, e.Name, e.Data); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) suffix() string { return cmp.Or(w.Compression, "gz") }

// packed compresses what fill writes and adds it as a file.
func (w *writer) packed(kind, name string, fill func(io.Writer) error) error {
	var b bytes.Buffer
	z, err := compressor(&b, w.suffix())
	if err != nil {
		return err
	}
	open := sha256.New()
	counted := &counter{w: io.MultiWriter(z, open)}
	if err := errors.Join(fill(counted), z.Close()); err != nil {
		return fmt.Errorf("packing %s: %w", name, err)
	}
	d := Data{Type: kind, OpenSize: counted.n, OpenChecksum: Checksum{"sha256", hex.EncodeToString(open.Sum(nil))}}
	return w.add(d, name+"."+w.suffix(), b.Bytes())
}

// add writes a file under a name that its own checksum begins, so that a
// mirror that is just being updated has old and new side by side.
func (w *writer) add(d Data, name string, data []byte) error {
	sum := sha256.Sum256(data)
	d.Checksum = Checksum{"sha256", hex.EncodeToString(sum[:])}
	d.Size, d.Timestamp = int64(len(data)), w.Time.Unix()
	d.Location = "repodata/" + d.Checksum.Hex + "-" + name
	w.repomd.Data = append(w.repomd.Data, d)
	return w.file(d.Location, data)
}

func (w *writer) file(path string, data []byte) error {
	if err := w.put(path, data); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// finish writes repomd.xml and its signature.
func (w *writer) finish() error {
	w.repomd.Revision, w.repomd.Tags = w.Revision, w.Tags
	text := w.repomd.Encode()
	if err := w.file("repodata/repomd.xml", text); err != nil || w.Sign == nil {
		return err
	}
	var sig bytes.Buffer
	if err := w.Sign.Detached(&sig, bytes.NewReader(text), w.Time); err != nil {
		return fmt.Errorf("signing repodata/repomd.xml: %w", err)
	}
	return w.file("repodata/repomd.xml.asc", sig.Bytes())
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// compressor packs in a way that depends on nothing but the bytes.
func compressor(w io.Writer, format string) (io.WriteCloser, error) {
	if format == "zst" {
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBetterCompression))
	}
	return gzip.NewWriterLevel(w, gzip.BestCompression)
}
