package cpio

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// Reader reads one archive. Names come as the archive has them: whoever
// unpacks must contain them.
type Reader struct {
	r    io.Reader
	body io.LimitedReader
	pad  int64
	done bool
}

// NewReader returns a reader of the archive that starts at r's next byte.
func NewReader(r io.Reader) *Reader { return &Reader{r: r} }

// Next goes to the next entry, whose content Read then gives. After the end
// mark it returns io.EOF; what follows the end mark has not been read.
func (r *Reader) Next() (*Header, error) {
	if r.done {
		return nil, io.EOF
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		return nil, err
	}
	if err := r.skip(r.pad); err != nil {
		return nil, err
	}
	r.pad = 0
	var raw [headerSize]byte
	if _, err := io.ReadFull(r.r, raw[:]); err != nil {
		return nil, fmt.Errorf("read header: %w", noEOF(err))
	}
	f, err := parseFields(raw[:])
	if err != nil {
		return nil, err
	}
	name, err := r.name(f[11])
	if err != nil {
		return nil, err
	}
	if name == trailer {
		r.done = true
		return nil, io.EOF
	}
	return r.header(name, f)
}

// header makes a Header of the thirteen fields, and reads a link's target.
func (r *Reader) header(name string, f [13]uint32) (*Header, error) {
	mode, err := fromUnix(f[1])
	if err != nil {
		return nil, fmt.Errorf("%w: %.100q: %w", ErrFormat, name, err)
	}
	h := &Header{
		Name: name, Mode: mode, UID: f[2], GID: f[3], ModTime: time.Unix(int64(f[5]), 0).UTC(),
		Size: int64(f[6]), Major: f[9], Minor: f[10], Inode: f[0], Links: f[4],
	}
	r.body = io.LimitedReader{R: r.r, N: h.Size}
	r.pad = padding(h.Size)
	if mode&fs.ModeSymlink == 0 {
		return h, nil
	}
	if h.Size >= maxPath {
		return nil, fmt.Errorf("%w: %.100q: link target of %d bytes", ErrFormat, name, h.Size)
	}
	target, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("%s: read link target: %w", name, err)
	}
	h.Linkname, h.Size = string(target), 0
	return h, nil
}

// Read reads the current entry's content.
func (r *Reader) Read(p []byte) (int, error) {
	if r.body.R == nil {
		return 0, io.EOF
	}
	n, err := r.body.Read(p)
	if errors.Is(err, io.EOF) && r.body.N > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// name reads a name of the size that its header states, and its padding.
func (r *Reader) name(size uint32) (string, error) {
	if size < 2 || size > maxPath {
		return "", fmt.Errorf("%w: name of %d bytes", ErrFormat, size)
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(r.r, b); err != nil {
		return "", fmt.Errorf("read name: %w", noEOF(err))
	}
	if b[size-1] != 0 {
		return "", fmt.Errorf("%w: name %.100q does not end in a zero byte", ErrFormat, b)
	}
	return string(b[:size-1]), r.skip(padding(headerSize + int64(size)))
}

func (r *Reader) skip(n int64) error {
	if _, err := io.CopyN(io.Discard, r.r, n); err != nil {
		return fmt.Errorf("read padding: %w", noEOF(err))
	}
	return nil
}

// parseFields reads the magic and thirteen hexadecimal numbers.
func parseFields(raw []byte) (f [13]uint32, err error) {
	if string(raw[:6]) != magic {
		return f, fmt.Errorf("%w: header starts with %q", ErrFormat, raw[:6])
	}
	for i := range f {
		for _, c := range raw[6+8*i : 14+8*i] {
			var digit byte
			switch {
			case '0' <= c && c <= '9':
				digit = c - '0'
			case 'a' <= c && c <= 'f':
				digit = c - 'a' + 10
			case 'A' <= c && c <= 'F':
				digit = c - 'A' + 10
			default:
				return f, fmt.Errorf("%w: field %d is %q", ErrFormat, i+1, raw[6+8*i:14+8*i])
			}
			f[i] = f[i]<<4 | uint32(digit)
		}
	}
	return f, nil
}

// noEOF turns an end that comes where bytes were owed into an error.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
