package cpio

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"strings"
)

// Writer writes one archive. For each entry call WriteHeader, then Write with
// exactly the content promised; in the end Close. The bytes depend on nothing
// but the calls: inode numbers count the entries from one.
type Writer struct {
	w     io.Writer
	left  int64 // of the current entry's content
	pad   int64 // after it
	inode uint32
	err   error
}

// NewWriter returns a writer of an archive to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// WriteHeader begins an entry. A symbolic link is complete with it.
func (w *Writer) WriteHeader(h *Header) error {
	if err := w.finish(); err != nil {
		return err
	}
	if err := checkName(h.Name); err != nil {
		return err
	}
	mode, err := toUnix(h.Mode)
	if err != nil {
		return fmt.Errorf("%s: %w", h.Name, err)
	}
	mtime := h.ModTime.Unix()
	if h.ModTime.IsZero() {
		mtime = 0
	}
	size := h.Size
	if mode&typeMask == typeSymlink {
		size = int64(len(h.Linkname))
	}
	switch {
	case mtime < 0 || mtime > math.MaxUint32:
		return fmt.Errorf("%s: the time %v does not fit the format", h.Name, h.ModTime)
	case size < 0 || size > math.MaxUint32:
		return fmt.Errorf("%s: the size %d does not fit the format", h.Name, size)
	case size != 0 && mode&typeMask != typeRegular && mode&typeMask != typeSymlink:
		return fmt.Errorf("%s: only regular files have content", h.Name)
	case mode&typeMask == typeSymlink && (size == 0 || size >= maxPath || strings.Contains(h.Linkname, "\x00")):
		return fmt.Errorf("%s: the link target %.100q cannot be stored", h.Name, h.Linkname)
	}
	w.inode++
	links := uint32(1)
	if h.Mode.IsDir() {
		links = 2
	}
	w.entry(h.Name, w.inode, mode, h.UID, h.GID, links, uint32(mtime), uint32(size), h.Major, h.Minor)
	w.left, w.pad = size, padding(size)
	if h.Mode&fs.ModeSymlink != 0 {
		if _, err := io.WriteString(w, h.Linkname); err != nil {
			return err
		}
	}
	return w.err
}

// Write adds to the current entry's content.
func (w *Writer) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	if int64(len(p)) > w.left {
		return 0, errors.New("cpio: content longer than its header says")
	}
	n, err := w.w.Write(p)
	w.left -= int64(n)
	w.err = err
	return n, err
}

// Close writes the end mark. It does not close the underlying writer.
func (w *Writer) Close() error {
	if err := w.finish(); err != nil {
		return err
	}
	w.entry(trailer, 0, 0, 0, 0, 1, 0, 0, 0, 0)
	if w.err != nil {
		return w.err
	}
	w.err = errors.New("cpio: archive already closed")
	return nil
}

// finish pads the current entry.
func (w *Writer) finish() error {
	if w.err == nil && w.left > 0 {
		return fmt.Errorf("cpio: %d bytes of content missing", w.left)
	}
	w.raw(zeroes[:w.pad])
	w.pad = 0
	return w.err
}

var zeroes [4]byte

func (w *Writer) entry(name string, inode, mode, uid, gid, links, mtime, size, major, minor uint32) {
	b := make([]byte, 0, headerSize+len(name)+4)
	b = append(b, magic...)
	for _, field := range []uint32{inode, mode, uid, gid, links, mtime, size, 0, 0, major, minor, uint32(len(name) + 1), 0} {
		b = fmt.Appendf(b, "%08X", field)
	}
	b = append(b, name...)
	b = append(b, 0)
	b = append(b, zeroes[:padding(int64(len(b)))]...)
	w.raw(b)
}

func (w *Writer) raw(p []byte) {
	if w.err == nil {
		_, w.err = w.w.Write(p)
	}
}
