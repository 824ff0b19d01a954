package repo

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"cdbuilder/internal/deb"
)

// Archive is what an archive's Release file says of it.
type Archive struct {
	Suite, Codename      string // at least one; the suite, else the codename, names the directory
	Origin, Label        string
	Version, Description string
	Architectures        []string // amd64; packages for all are listed under each
	Components           []string
	Date                 time.Time // of the Release file and of its signatures
}

// Entry is one package file of an archive.
type Entry struct {
	Control   deb.Paragraph // of the package's own control file
	Component string
	Filename  string // below the archive's base: pool/main/b/bash/bash_5.2_amd64.deb
	Size      int64  // bytes
	SHA256    string
	SHA512    string // optional
	MD5       string // optional; apt checks the strongest it finds
	// Section and Priority override the control file's, as an archive's
	// overrides do; empty leaves them.
	Section, Priority string
}

// Signer signs the Release file; *pgp.Signer is one.
type Signer interface {
	ClearSign(w io.Writer, text []byte, at time.Time) error
	Detached(w io.Writer, msg io.Reader, at time.Time) error
}

// WriteDists writes the dists/<suite> tree that lists the entries: for each
// component and architecture Packages, Packages.gz and Release, and above them
// Release, InRelease and Release.gpg; without a signer only Release. It gives
// the files to write in an order in which no file names one not yet written.
// Everything is checked before the first call.
func WriteDists(a Archive, entries []Entry, sign Signer, write func(path string, data []byte) error) error {
	if err := a.Validate(entries); err != nil {
		return err
	}
	dir := "dists/" + cmp.Or(a.Suite, a.Codename)
	sorted := slices.Clone(entries)
	slices.SortFunc(sorted, compareEntries)
	var sums []indexSum
	put := func(name string, data []byte) error {
		if err := write(dir+"/"+name, data); err != nil {
			return fmt.Errorf("writing %s/%s: %w", dir, name, err)
		}
		sums = append(sums, indexSum{name, int64(len(data)), sha256.Sum256(data)})
		return nil
	}
	for _, component := range a.Components {
		for _, arch := range a.Architectures {
			if err := a.writeIndex(component, arch, sorted, put); err != nil {
				return err
			}
		}
	}
	text := a.release(sums)
	if err := put("Release", text); err != nil || sign == nil {
		return err
	}
	var message, detached bytes.Buffer
	if err := sign.Detached(&detached, bytes.NewReader(text), a.Date); err != nil {
		return fmt.Errorf("signing %s/Release: %w", dir, err)
	}
	if err := sign.ClearSign(&message, text, a.Date); err != nil {
		return fmt.Errorf("signing %s/InRelease: %w", dir, err)
	}
	if err := put("Release.gpg", detached.Bytes()); err != nil {
		return err
	}
	return put("InRelease", message.Bytes())
}

// indexSum is a line of the Release file's digest list.
type indexSum struct {
	name string
	size int64
	sum  [sha256.Size]byte
}

func compareEntries(a, b Entry) int {
	return cmp.Or(
		cmp.Compare(a.Control.Get("Package"), b.Control.Get("Package")),
		deb.Compare(a.Control.Get("Version"), b.Control.Get("Version")),
		cmp.Compare(a.Control.Get("Architecture"), b.Control.Get("Architecture")),
		cmp.Compare(a.Filename, b.Filename),
	)
}

// writeIndex writes the three files of one component and architecture.
func (a *Archive) writeIndex(component, arch string, entries []Entry, put func(string, []byte) error) error {
	var plain, packed bytes.Buffer
	for i := range entries {
		e := &entries[i]
		if of := e.Control.Get("Architecture"); e.Component != component || (of != arch && of != "all") {
			continue
		}
		if _, err := e.stanza().WriteTo(&plain); err != nil {
			return fmt.Errorf("%s: %w", e.Filename, err)
		}
		plain.WriteByte('\n')
	}
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	_, err = z.Write(plain.Bytes())
	if err := errors.Join(err, z.Close()); err != nil {
		return fmt.Errorf("compressing the index of %s: %w", component, err)
	}
	own := paragraph("Archive", a.Suite, "Origin", a.Origin, "Label", a.Label, "Version", a.Version, "Component", component, "Architecture", arch)
	dir := component + "/binary-" + arch
	return errors.Join(put(dir+"/Packages", plain.Bytes()), put(dir+"/Packages.gz", packed.Bytes()), put(dir+"/Release", own))
}

// indexFields are the archive's to say; a control file that has them is wrong.
var indexFields = []string{"Filename", "Size", "MD5sum", "SHA1", "SHA256", "SHA512", "Status"}

// stanza is the entry's paragraph of the index.
func (e *Entry) stanza() deb.Paragraph {
	p := deb.Paragraph{Fields: slices.Clone(e.Control.Fields)}
	for _, name := range indexFields {
		p.Delete(name)
	}
	set := func(name, value string) {
		if value != "" {
			p.Set(name, value)
		}
	}
	set("Section", e.Section)
	set("Priority", e.Priority)
	set("Filename", e.Filename)
	set("Size", strconv.FormatInt(e.Size, 10))
	set("MD5sum", e.MD5)
	set("SHA256", e.SHA256)
	set("SHA512", e.SHA512)
	return p
}

// release is the text of the suite's Release file.
func (a *Archive) release(sums []indexSum) []byte {
	slices.SortFunc(sums, func(x, y indexSum) int { return cmp.Compare(x.name, y.name) })
	var list strings.Builder
	for _, s := range sums {
		fmt.Fprintf(&list, "\n %x %d %s", s.sum, s.size, s.name)
	}
	return paragraph("Origin", a.Origin, "Label", a.Label, "Suite", a.Suite, "Version", a.Version, "Codename", a.Codename,
		"Date", a.Date.UTC().Format("Mon, 02 Jan 2006 15:04:05 UTC"),
		"Architectures", strings.Join(a.Architectures, " "), "Components", strings.Join(a.Components, " "),
		"Description", a.Description, "SHA256", list.String())
}

// paragraph writes name and value pairs, leaving out empty values. Validate
// has made sure that they can be written.
func paragraph(pairs ...string) []byte {
	var b bytes.Buffer
	for pair := range slices.Chunk(pairs, 2) {
		name, value := pair[0], pair[1]
		switch {
		case value == "":
		case value[0] == '\n':
			fmt.Fprintf(&b, "%s:%s\n", name, value)
		default:
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	return b.Bytes()
}
