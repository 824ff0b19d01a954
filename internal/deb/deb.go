package deb

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"strings"
)

// Limits on what a package may make us hold in memory or throw away.
const (
	maxControl  = 32 << 20 // the unpacked control archive, bytes
	maxTrailing = 1 << 20  // bytes after the data archive's end mark; tar pads to 10 KiB
)

// Reader reads one binary package, format 2.x as in deb(5), front to back and
// once: NewReader has read the control archive when it returns, Files then
// streams the data archive.
type Reader struct {
	ar      *arReader
	data    io.ReadCloser // the data archive, unpacked before; nil: it is in ar
	control []ControlFile
	used    bool
}

// Unpacked is the Reader of a package whose data archive Data has written.
func Unpacked(control []ControlFile, data io.Reader) *Reader {
	return &Reader{control: control, data: io.NopCloser(data)}
}

// Data writes the data archive, a tar archive, without its compression, instead
// of going through its files. Nothing is said of what is in it.
func (d *Reader) Data(w io.Writer) error {
	stream, err := d.open()
	if err != nil {
		return err
	}
	defer stream.Close()
	if _, err := io.Copy(w, stream); err != nil {
		return fmt.Errorf("data archive: %w", err)
	}
	return nil
}

// open gives the data archive, once.
func (d *Reader) open() (io.ReadCloser, error) {
	if d.used {
		return nil, errors.New("already read")
	}
	d.used = true
	if d.data != nil {
		return d.data, nil
	}
	return openMember(d.ar, "data.tar")
}

// ControlFile is a member of the control archive: control itself, md5sums,
// conffiles, a maintainer script.
type ControlFile struct {
	Name string // without directory: "control", "postinst"
	Mode fs.FileMode
	Data []byte
}

// File is one entry of the data archive. Its Name is relative to the root of
// the installed system, clean and without "..": "usr/bin/env"; the root itself
// is ".". So is a hard link's Linkname. A symbolic link's Linkname is as the
// package has it: where it leads is for the unpacker to judge.
type File struct {
	*tar.Header
	// Body is the content of a regular file. It is valid until the next step
	// of the iteration.
	Body io.Reader
}

// NewReader reads a package's format member and its control archive.
func NewReader(r io.Reader) (*Reader, error) {
	a, err := newArReader(r)
	if err != nil {
		return nil, err
	}
	if err := checkFormat(a); err != nil {
		return nil, err
	}
	d := &Reader{ar: a}
	stream, err := openMember(a, "control.tar")
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	if d.control, err = readControl(stream); err != nil {
		return nil, fmt.Errorf("control archive: %w", err)
	}
	if d.Control() == nil {
		return nil, errors.New("control archive: no file named control")
	}
	return d, nil
}

// Control returns the control file's bytes: one paragraph, as it is.
func (d *Reader) Control() []byte {
	for _, f := range d.control {
		if f.Name == "control" {
			return f.Data
		}
	}
	return nil
}

// Paragraph returns the control file as its fields.
func (d *Reader) Paragraph() (Paragraph, error) {
	return ReadParagraph(bytes.NewReader(d.Control()))
}

// ControlFiles returns the control archive's files in the archive's order.
func (d *Reader) ControlFiles() []ControlFile { return d.control }

// Files iterates over the data archive, which can be read once. An error ends
// the iteration. When it ends without one, the whole archive has been read and
// its compressor's own checksum, where it has one, has held.
func (d *Reader) Files() iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		if err := d.walk(yield); err != nil {
			yield(File{}, fmt.Errorf("data archive: %w", err))
		}
	}
}

// walk is Files without the wrapping; it returns nil when yield had enough.
func (d *Reader) walk(yield func(File, error) bool) error {
	stream, err := d.open()
	if err != nil {
		return err
	}
	defer stream.Close()
	tr := tar.NewReader(stream)
	for {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return drain(stream)
		}
		if err != nil {
			return noEOF(err)
		}
		if err := sanitise(h); err != nil {
			return err
		}
		if !yield(File{Header: h, Body: tr}, nil) {
			return nil
		}
	}
}

// checkFormat reads the member debian-binary: a version line, of which the
// number before the dot must be 2.
func checkFormat(a *arReader) error {
	m, err := a.next()
	if err != nil {
		return fmt.Errorf("first member: %w", noEOF(err))
	}
	if m.Name != "debian-binary" {
		return fmt.Errorf("first member is %q, not debian-binary", m.Name)
	}
	if m.Size > 1<<10 {
		return fmt.Errorf("debian-binary is %d bytes long", m.Size)
	}
	text, err := io.ReadAll(a)
	if err != nil {
		return fmt.Errorf("debian-binary: %w", err)
	}
	line, _, ended := bytes.Cut(text, []byte("\n"))
	if !ended || !bytes.HasPrefix(line, []byte("2.")) {
		return fmt.Errorf("package format %q, want 2.0", line)
	}
	return nil
}

// openMember goes to the archive member called stem plus a compression suffix,
// past members whose names start with "_", and returns its unpacked bytes.
func openMember(a *arReader, stem string) (io.ReadCloser, error) {
	for {
		m, err := a.next()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("no member %s", stem)
		}
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(m.Name, "_") {
			continue
		}
		suffix, ok := strings.CutPrefix(m.Name, stem)
		if !ok {
			return nil, fmt.Errorf("found member %q where %s belongs", m.Name, stem)
		}
		stream, err := decompress(a, suffix)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		return stream, nil
	}
}

// readControl reads the regular files of a control archive.
func readControl(stream io.Reader) ([]ControlFile, error) {
	limited := &io.LimitedReader{R: stream, N: maxControl + 1}
	tr := tar.NewReader(limited)
	var files []ControlFile
	for {
		h, err := tr.Next()
		if limited.N <= 0 {
			return nil, fmt.Errorf("larger than %d bytes", maxControl)
		}
		if errors.Is(err, io.EOF) {
			return files, drain(limited)
		}
		if err != nil {
			return nil, noEOF(err)
		}
		if err := sanitise(h); err != nil {
			return nil, err
		}
		if h.Typeflag == tar.TypeDir && h.Name == "." {
			continue
		}
		if h.Typeflag != tar.TypeReg || strings.Contains(h.Name, "/") {
			return nil, fmt.Errorf("%q is not a plain file at the top", h.Name)
		}
		data, err := io.ReadAll(tr) // grows with what is there, not with what is claimed
		if err != nil {
			return nil, fmt.Errorf("%s: %w", h.Name, err)
		}
		files = append(files, ControlFile{Name: h.Name, Mode: h.FileInfo().Mode().Perm(), Data: data})
	}
}

// sanitise cleans the names that h will make its reader write to, and refuses
// those that lead out of the root and entries that no package may hold.
func sanitise(h *tar.Header) error {
	name, err := cleanPath(h.Name)
	if err != nil {
		return err
	}
	h.Name = name
	for key := range h.PAXRecords {
		// A few bytes that stand for terabytes of zeroes; dpkg writes none.
		if strings.HasPrefix(key, "GNU.sparse.") {
			return fmt.Errorf("%q is a sparse file", name)
		}
	}
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeDir, tar.TypeSymlink, tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		return nil
	case tar.TypeLink:
		if h.Linkname, err = cleanPath(h.Linkname); err != nil {
			return fmt.Errorf("hard link %q: %w", name, err)
		}
		return nil
	}
	return fmt.Errorf("%q is of the unknown type %q", name, h.Typeflag)
}

// cleanPath makes "./usr//bin/" into "usr/bin".
func cleanPath(name string) (string, error) {
	switch {
	case name == "":
		return "", errors.New("an entry has no name")
	case name[0] == '/':
		return "", fmt.Errorf("the path %q is absolute", name)
	case strings.Contains(name, "\x00"):
		return "", fmt.Errorf("the path %q holds a zero byte", name)
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return "", fmt.Errorf("the path %q leads out of the archive", name)
		}
	}
	return path.Clean(name), nil
}

// drain reads what follows a tar archive's end mark, so that the compressor
// comes to its checksum and a cut-off file is noticed.
func drain(r io.Reader) error {
	n, err := io.Copy(io.Discard, io.LimitReader(r, maxTrailing))
	if err != nil {
		return err
	}
	if n == maxTrailing {
		return fmt.Errorf("over %d bytes follow the end of the archive", maxTrailing)
	}
	return nil
}
