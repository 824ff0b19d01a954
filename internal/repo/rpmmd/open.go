package rpmmd

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
)

// maxOpen is what a file of metadata may unpack to when nothing says how long
// it is, bytes. The filelists of the largest distributions have 1 GB.
const maxOpen = 8 << 30

// Trust is what is asked of a file's checksums.
type Trust struct {
	// Weak takes files that only MD5 or SHA-1 vouches for.
	Weak bool
	// Warn is told when the packed file is the right one, by a checksum no
	// weaker than the one of the unpacked file, and yet the latter is not what
	// repomd.xml says. Some repositories are edited like that by hand, and every
	// other program reads them. nil hears nothing.
	Warn func(error)
}

// Read unpacks a file of metadata for parse and holds it to what repomd.xml
// says of it: size and checksum, packed and unpacked. What parse is given is
// known to be the right file only when Read returns nil; until then parse must
// do nothing that cannot be taken back. When the file is not the right one,
// that is the error, whatever parse made of it.
func (d *Data) Read(packed io.Reader, trust Trust, parse func(io.Reader) error) error {
	v, err := d.verifier(trust)
	if err != nil {
		return fmt.Errorf("%s: %w", d.Location, err)
	}
	v.packed.r = packed
	v.warn = func(err error) {
		if trust.Warn != nil {
			trust.Warn(fmt.Errorf("%s: %w", d.Location, err))
		}
	}
	if err := v.read(parse); err != nil {
		return fmt.Errorf("%s: %w", d.Location, err)
	}
	return nil
}

// verifier counts and hashes a file on both sides of its decompressor.
type verifier struct {
	packed, open meter
	warn         func(error)
}

func (d *Data) verifier(trust Trust) (*verifier, error) {
	if d.Checksum.IsZero() && d.OpenChecksum.IsZero() {
		return nil, errors.New("repomd.xml states no checksum of it")
	}
	v := &verifier{
		packed: meter{name: "", size: d.Size, want: d.Checksum},
		open:   meter{name: "open ", size: d.OpenSize, want: d.OpenChecksum},
	}
	weak := true
	for _, m := range []*meter{&v.packed, &v.open} {
		if m.want.IsZero() {
			continue
		}
		if err := m.want.Check(); err != nil {
			return nil, err
		}
		m.hash = m.want.newHash()
		weak = weak && m.want.Weak()
	}
	if weak && !trust.Weak {
		return nil, &WeakChecksum{cmp.Or(d.Checksum.Type, d.OpenChecksum.Type)}
	}
	v.packed.decides = true
	v.open.decides = d.Checksum.IsZero() || !d.OpenChecksum.IsZero() && d.OpenChecksum.strength() < d.Checksum.strength() && d.Checksum.Weak()
	return v, nil
}

func (v *verifier) read(parse func(io.Reader) error) error {
	plain, err := Decompress(&v.packed)
	if err != nil {
		return v.blame(err)
	}
	v.open.r = plain
	if err = parse(&v.open); err == nil {
		_, err = io.Copy(io.Discard, &v.open)
	}
	plain.Close() // it reads ahead; now it does not any more
	if err != nil {
		return v.blame(err)
	}
	return v.check()
}

// blame gives the reason for a fault: bytes that are not the right ones, or
// else what was found in the right ones.
func (v *verifier) blame(fault error) error {
	if _, err := io.Copy(io.Discard, &v.packed); err != nil {
		if errors.As(err, new(*Mismatch)) {
			return err
		}
		return fault
	}
	if err := v.packed.check(); err != nil {
		return err
	}
	return fault
}

// check compares, once all of the unpacked file was read.
func (v *verifier) check() error {
	if _, err := io.Copy(io.Discard, &v.packed); err != nil {
		return err
	}
	if err := v.packed.check(); err != nil {
		return err
	}
	err := v.open.check()
	if err == nil || v.open.decides {
		return err
	}
	v.warn(err)
	return nil
}

// meter counts and hashes what is read through it.
type meter struct {
	r    io.Reader
	name string
	size int64 // that there should be, bytes; -1 where nothing says
	n    int64 // that were read
	want Checksum
	hash hash.Hash // nil where there is no checksum

	over    bool // more came than there should be
	decides bool // whether a difference means that the file is not the right one
}

func (m *meter) Read(b []byte) (int, error) {
	limit := m.size
	if limit < 0 || !m.decides {
		limit = maxOpen
	}
	if int64(len(b)) > limit-m.n+1 {
		b = b[:limit-m.n+1]
	}
	n, err := 0, error(nil)
	if !m.over {
		n, err = m.r.Read(b)
	}
	if m.n+int64(n) > limit {
		m.over = true
	}
	if m.over {
		return 0, &Mismatch{m.name + "size", strconv.FormatInt(limit, 10), "more"}
	}
	m.n += int64(n)
	if m.hash != nil {
		m.hash.Write(b[:n])
	}
	return n, err
}

func (m *meter) check() error {
	if m.size >= 0 && m.n != m.size {
		return &Mismatch{m.name + "size", strconv.FormatInt(m.size, 10), strconv.FormatInt(m.n, 10)}
	}
	if m.hash == nil {
		return nil
	}
	if got := hex.EncodeToString(m.hash.Sum(nil)); got != m.want.Hex {
		return &Mismatch{m.name + "checksum", m.want.String(), m.want.Type + ":" + got}
	}
	return nil
}
