package fat

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"strings"
	"time"
)

// find walks to a node, one name after the other.
func (f *FS) find(op, name string) (*inode, error) {
	fault := &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	if !fs.ValidPath(name) {
		fault.Err = fs.ErrInvalid
		return nil, fault
	}
	n := f.root
	if name == "." {
		return n, nil
	}
	for part := range strings.SplitSeq(name, "/") {
		if n = n.byFold[fold(part)]; n == nil {
			return nil, fault
		}
	}
	return n, nil
}

// Open implements fs.FS.
func (f *FS) Open(name string) (fs.File, error) {
	n, err := f.find("open", name)
	if err != nil {
		return nil, err
	}
	if n.dir() {
		return &openDir{inode: n, path: name}, nil
	}
	return &openFile{inode: n, path: name, left: n.size, chain: chain{fs: f, cluster: n.first}}, nil
}

// Stat implements fs.StatFS.
func (f *FS) Stat(name string) (fs.FileInfo, error) {
	n, err := f.find("stat", name)
	if err != nil {
		return nil, err
	}
	return info{n}, nil
}

// ReadDir implements fs.ReadDirFS.
func (f *FS) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := f.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if !n.dir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrInvalid}
	}
	return (&openDir{inode: n, path: name}).ReadDir(-1)
}

// openFile reads one file.
type openFile struct {
	*inode
	path   string
	left   int64
	chain  chain
	failed error // a fault found behind the last byte
	closed bool
}

func (o *openFile) fault(err error) error {
	return &fs.PathError{Op: "read", Path: o.path, Err: err}
}

// Read implements io.Reader. A chain that ends before the file does, or goes
// on behind it, is an error.
func (o *openFile) Read(p []byte) (int, error) {
	switch {
	case o.closed:
		return 0, o.fault(fs.ErrClosed)
	case len(p) == 0:
		return 0, nil
	case o.left == 0:
		return 0, o.finish()
	}
	n, err := o.chain.Read(p[:min(int64(len(p)), o.left)])
	o.left -= int64(n)
	if errors.Is(err, io.EOF) {
		err = damaged("its clusters end %d bytes before it does", o.left)
	}
	if err != nil {
		return n, o.fault(err)
	}
	return n, nil
}

// finish gives io.EOF where the chain ends with the file.
func (o *openFile) finish() error {
	if o.size == 0 || o.chain.ended || o.failed != nil {
		return cmp.Or(o.failed, io.EOF)
	}
	if err := o.chain.step(); err != nil {
		o.failed = o.fault(err)
	} else if !o.chain.ended {
		o.failed = o.fault(damaged("its clusters go on behind its end"))
	}
	return cmp.Or(o.failed, io.EOF)
}

func (o *openFile) Stat() (fs.FileInfo, error) { return info{o.inode}, nil }

func (o *openFile) Close() error {
	if o.closed {
		return &fs.PathError{Op: "close", Path: o.path, Err: fs.ErrClosed}
	}
	o.closed = true
	return nil
}

// openDir lists one directory.
type openDir struct {
	*inode
	path string
	at   int
}

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.path, Err: fs.ErrInvalid}
}

func (d *openDir) Stat() (fs.FileInfo, error) { return info{d.inode}, nil }
func (d *openDir) Close() error               { return nil }

// ReadDir implements fs.ReadDirFile.
func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := d.children[d.at:]
	if n > 0 {
		if len(rest) == 0 {
			return nil, io.EOF
		}
		rest = rest[:min(n, len(rest))]
	}
	d.at += len(rest)
	list := make([]fs.DirEntry, len(rest))
	for i, c := range rest {
		list[i] = fs.FileInfoToDirEntry(info{c})
	}
	return list, nil
}

// info is the fs.FileInfo of an inode.
type info struct{ n *inode }

func (i info) Name() string       { return i.n.name }
func (i info) Size() int64        { return i.n.size }
func (i info) ModTime() time.Time { return i.n.modified }
func (i info) IsDir() bool        { return i.n.dir() }
func (i info) Sys() any           { return nil }

// Mode knows two kinds and one permission bit: FAT has no others.
func (i info) Mode() fs.FileMode {
	mode := fs.FileMode(0o644)
	if i.n.attr&attrReadOnly != 0 {
		mode = 0o444
	}
	if i.IsDir() {
		mode = fs.ModeDir | mode | 0o111
	}
	return mode
}
