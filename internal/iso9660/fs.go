package iso9660

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"time"
)

var (
	_ fs.ReadDirFS  = (*FS)(nil)
	_ fs.StatFS     = (*FS)(nil)
	_ fs.ReadLinkFS = (*FS)(nil)
)

// Attributes are what FileInfo.Sys gives beside the usual.
type Attributes struct {
	Extents  []Extent // where the content lies, in logical blocks of the volume
	Links    uint32
	UID, GID uint32
}

type fileInfo struct {
	name string
	e    *dirent
}

func (i fileInfo) Name() string       { return i.name }
func (i fileInfo) Size() int64        { return i.e.size }
func (i fileInfo) Mode() fs.FileMode  { return i.e.mode }
func (i fileInfo) ModTime() time.Time { return i.e.modified }
func (i fileInfo) IsDir() bool        { return i.e.mode.IsDir() }
func (i fileInfo) Sys() any {
	return &Attributes{slices.Clone(i.e.extents), i.e.links, i.e.uid, i.e.gid}
}

// Stat implements fs.StatFS.
func (fsys *FS) Stat(name string) (fs.FileInfo, error) {
	e, err := fsys.lookup("stat", name, true)
	if err != nil {
		return nil, err
	}
	return fileInfo{path.Base(name), e}, nil
}

// Lstat implements fs.ReadLinkFS.
func (fsys *FS) Lstat(name string) (fs.FileInfo, error) {
	e, err := fsys.lookup("lstat", name, false)
	if err != nil {
		return nil, err
	}
	return fileInfo{path.Base(name), e}, nil
}

// ReadLink implements fs.ReadLinkFS.
func (fsys *FS) ReadLink(name string) (string, error) {
	e, err := fsys.lookup("readlink", name, false)
	if err != nil {
		return "", err
	}
	if e.mode.Type() != fs.ModeSymlink {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	return e.target, nil
}

// ReadDir implements fs.ReadDirFS.
func (fsys *FS) ReadDir(name string) ([]fs.DirEntry, error) {
	e, err := fsys.lookup("readdir", name, true)
	if err != nil {
		return nil, err
	}
	if !e.mode.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a directory")}
	}
	l := fsys.listing(e)
	entries := make([]fs.DirEntry, 0, len(l.entries))
	for i := range l.entries {
		entries = append(entries, fs.FileInfoToDirEntry(fileInfo{l.entries[i].name, &l.entries[i]}))
	}
	if l.fault != nil {
		return entries, &fs.PathError{Op: "readdir", Path: name, Err: l.fault}
	}
	return entries, nil
}

// Open implements fs.FS. A regular file also is an io.ReaderAt and an io.Seeker.
func (fsys *FS) Open(name string) (fs.File, error) {
	e, err := fsys.lookup("open", name, true)
	if err != nil {
		return nil, err
	}
	info := fileInfo{path.Base(name), e}
	switch {
	case e.mode.IsDir():
		return &openDir{fsys: fsys, path: name, info: info}, nil
	case e.fault != nil:
		return nil, &fs.PathError{Op: "open", Path: name, Err: e.fault}
	}
	r, err := newExtentReader(fsys.src, e)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &openFile{SectionReader: io.NewSectionReader(r, 0, r.size), path: name, info: info}, nil
}

type openFile struct {
	*io.SectionReader
	path   string
	info   fileInfo
	closed bool
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }

func (f *openFile) Read(b []byte) (int, error) {
	if f.closed {
		return 0, &fs.PathError{Op: "read", Path: f.path, Err: fs.ErrClosed}
	}
	n, err := f.SectionReader.Read(b)
	return n, f.named(err)
}

func (f *openFile) ReadAt(b []byte, offset int64) (int, error) {
	n, err := f.SectionReader.ReadAt(b, offset)
	return n, f.named(err)
}

func (f *openFile) named(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return &fs.PathError{Op: "read", Path: f.path, Err: err}
}

func (f *openFile) Close() error {
	if f.closed {
		return &fs.PathError{Op: "close", Path: f.path, Err: fs.ErrClosed}
	}
	f.closed = true
	return nil
}

// An openDir is a directory that is read in parts.
type openDir struct {
	fsys    *FS
	path    string
	info    fileInfo
	entries []fs.DirEntry
	read    bool
	err     error // told when the entries are through
}

func (d *openDir) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *openDir) Close() error               { return nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.path, Err: errors.New("is a directory")}
}

func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if !d.read {
		d.entries, d.err = d.fsys.ReadDir(d.path)
		d.read = true
	}
	if n <= 0 {
		rest, err := d.entries, d.err
		d.entries, d.err = nil, nil
		return rest, err
	}
	if len(d.entries) == 0 {
		if d.err != nil {
			return nil, d.err
		}
		return nil, io.EOF
	}
	n = min(n, len(d.entries))
	part := d.entries[:n]
	d.entries = d.entries[n:]
	return part, nil
}

// An extentReader reads a file's extents as one.
type extentReader struct {
	src     *source
	extents []Extent
	starts  []int64 // of each extent in the file
	size    int64
}

// newExtentReader refuses a file that can't be in the image whole: who opens it
// may make room for its size, as fs.ReadFile does.
func newExtentReader(src *source, e *dirent) (*extentReader, error) {
	r := &extentReader{src: src, extents: e.extents, starts: make([]int64, 0, len(e.extents))}
	for _, x := range e.extents {
		if start := int64(x.Block) * src.block; x.Size > src.size-start && x.Size > 0 {
			return nil, fmt.Errorf("%d bytes at %d lie beyond the image's end at %d: %w", x.Size, start, src.size, io.ErrUnexpectedEOF)
		}
		r.starts = append(r.starts, r.size)
		r.size += x.Size
	}
	if r.size > src.size {
		return nil, fmt.Errorf("its extents add up to %d bytes, more than the image's %d: %w", r.size, src.size, io.ErrUnexpectedEOF)
	}
	return r, nil
}

// ReadAt implements io.ReaderAt.
func (r *extentReader) ReadAt(b []byte, offset int64) (n int, err error) {
	if offset < 0 {
		return 0, fmt.Errorf("read at %d: %w", offset, fs.ErrInvalid)
	}
	i, found := slices.BinarySearch(r.starts, offset)
	if !found {
		i--
	}
	for ; n < len(b) && i >= 0 && i < len(r.extents); i++ {
		x := r.extents[i]
		in := offset + int64(n) - r.starts[i]
		part := b[n:min(int64(len(b)), int64(n)+max(0, x.Size-in))]
		if len(part) == 0 {
			continue
		}
		if err := r.src.readAt(part, int64(x.Block)*r.src.block+in); err != nil {
			return n, err
		}
		n += len(part)
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}
