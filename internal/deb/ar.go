package deb

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// arMagic opens every archive that ar(1) writes.
const arMagic = "!<arch>\n"

// arReader walks the members of an ar archive in the common format that
// deb(5) uses: plain names of at most 16 characters, no symbol table, no
// extended names. It buffers nothing but the 60-byte headers.
type arReader struct {
	r    io.Reader
	body io.LimitedReader // what is left of the current member
	pad  int64            // one newline follows a member of odd size
}

// arMember is one member's header: as much of it as deb(5) gives a meaning.
type arMember struct {
	Name string
	Size int64 // bytes
}

func newArReader(r io.Reader) (*arReader, error) {
	magic := make([]byte, len(arMagic))
	if _, err := io.ReadFull(r, magic); err != nil {
		return nil, fmt.Errorf("read ar magic: %w", noEOF(err))
	}
	if string(magic) != arMagic {
		return nil, fmt.Errorf("not an ar archive: starts with %q", magic)
	}
	return &arReader{r: r}, nil
}

// next skips to the following member. It returns io.EOF after the last one.
func (a *arReader) next() (arMember, error) {
	left := a.body.N
	if _, err := io.Copy(io.Discard, &a.body); err != nil {
		return arMember{}, err
	}
	if a.body.N > 0 {
		return arMember{}, fmt.Errorf("ar member ends %d bytes early of the %d left: %w", a.body.N, left, io.ErrUnexpectedEOF)
	}
	var header [61]byte
	n, err := io.ReadFull(a.r, header[:a.pad+60])
	if errors.Is(err, io.EOF) || (a.pad == 1 && n == 1) {
		return arMember{}, io.EOF
	}
	if err != nil {
		return arMember{}, fmt.Errorf("read ar header: %w", noEOF(err))
	}
	m, err := parseArHeader(header[a.pad : a.pad+60])
	if err != nil {
		return arMember{}, err
	}
	a.body = io.LimitedReader{R: a.r, N: m.Size}
	a.pad = m.Size & 1
	return m, nil
}

// Read reads the current member. A member cut short is an error, not an end.
func (a *arReader) Read(p []byte) (int, error) {
	n, err := a.body.Read(p)
	if errors.Is(err, io.EOF) && a.body.N > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// parseArHeader reads name, size and end mark; deb(5) ignores the rest.
func parseArHeader(h []byte) (arMember, error) {
	if string(h[58:60]) != "`\n" {
		return arMember{}, fmt.Errorf("ar header %q lacks its end mark", h)
	}
	name := strings.TrimSuffix(string(bytes.TrimRight(h[:16], " ")), "/")
	if name == "" || strings.ContainsAny(name, "/\x00") {
		return arMember{}, fmt.Errorf("ar member name %q is not a plain one", h[:16])
	}
	digits := bytes.TrimRight(h[48:58], " ")
	if len(digits) == 0 {
		return arMember{}, fmt.Errorf("ar member %q has no size", name)
	}
	var size int64 // ten digits at most, so it cannot overflow
	for _, c := range digits {
		if c < '0' || c > '9' {
			return arMember{}, fmt.Errorf("ar member %q has the size %q", name, h[48:58])
		}
		size = size*10 + int64(c-'0')
	}
	return arMember{Name: name, Size: size}, nil
}

// noEOF turns an end that comes where bytes were owed into an error.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
