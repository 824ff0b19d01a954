package rpm

import (
	"crypto"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"cdbuilder/internal/cpio"
)

// Payload reads the files of a package one after the other. Each content is
// held to the size and the digest in the header while it is read.
type Payload struct {
	header  *Header
	files   []FileInfo
	byName  map[string]int
	links   map[inode][]int // files of the payload that are one
	seen    []bool
	done    map[inode]bool // sets of links whose content has been given
	algo    crypto.Hash
	archive archive
	in      io.Reader // unpacked
	close   func() error

	entry *Entry // the current one
	body  io.Reader
	left  int64
	sum   hash.Hash
	whole bool // no byte of the current content was skipped
	err   error
}

// Entry is a file of the payload. Its path comes as the header has it: whoever
// unpacks must contain it.
type Entry struct {
	*FileInfo
	// Links are the other names of the file, for one with several.
	Links []*FileInfo
}

// ErrDigest is in the chain of the error about a content that is not the one
// of which the header states the digest.
var ErrDigest = errors.New("content does not have the digest that the header states")

type inode struct{ device, number uint32 }

// archive is the format of a payload: it goes to the next entry and says which
// file it is, and how long its content is.
type archive interface {
	next() (file int, size int64, body io.Reader, err error)
}

// Payload starts reading the payload, once. Close it in the end.
func (in *Reader) Payload() (*Payload, error) {
	h := in.Header
	if format := h.Text(TagPayloadFormat); format != "" && format != "cpio" {
		return nil, fmt.Errorf("the payload is in the format %q; cpio is read", format)
	}
	files, err := h.Files()
	if err != nil {
		return nil, err
	}
	unpacked, err := decompress(in.r, h.Text(TagPayloadCompressor))
	if err != nil {
		return nil, fmt.Errorf("%w: unpacking the payload: %w", ErrFormat, err)
	}
	p := &Payload{
		header: h, files: files, seen: make([]bool, len(files)), done: make(map[inode]bool),
		algo: h.DigestAlgo(), in: unpacked, close: unpacked.Close,
	}
	p.index()
	if err := p.sniff(); err != nil {
		return nil, err
	}
	return p, nil
}

// index finds the files by the names that the archive has for them, and those
// that are one.
func (p *Payload) index() {
	p.byName = make(map[string]int, len(p.files))
	p.links = make(map[inode][]int)
	for i := range p.files {
		f := &p.files[i]
		name := f.Path
		if f.Original != "" {
			name = f.Original
		}
		p.byName[strings.TrimPrefix(name, "/")] = i
		if f.Regular() && f.Flags&FileGhost == 0 {
			p.links[f.id()] = append(p.links[f.id()], i)
		}
	}
}

func (f *FileInfo) id() inode { return inode{f.Device, f.Inode} }

// sniff finds out which format the archive has.
func (p *Payload) sniff() error {
	in := newPeeker(p.in)
	p.in = in
	start, err := in.peek(len(strippedMagic))
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return fmt.Errorf("%w: reading the payload: %w", ErrFormat, errors.Join(err, p.close()))
	case string(start) == strippedMagic:
		p.archive = &stripped{in: in, p: p}
	default:
		p.archive = &newc{p: p, r: cpio.NewReader(in)}
	}
	return nil
}

// DigestAlgo is the algorithm of the files' digests, 0 for one that is not
// known.
func (h *Header) DigestAlgo() crypto.Hash {
	n, ok := h.Number(TagFileDigestAlgo)
	if !ok {
		return crypto.MD5
	}
	if n > 255 {
		return 0
	}
	return hashes[byte(n)]
}

// Close ends the reading.
func (p *Payload) Close() error { return p.close() }

// Next goes to the next file, whose content Read then gives. A file with
// several names comes once, with its content. At the end it returns io.EOF,
// when all of the header's files have been there and the compressor's own
// checks passed.
func (p *Payload) Next() (*Entry, error) {
	if p.err == nil {
		p.err = p.advance()
	}
	if p.err != nil {
		if !errors.Is(p.err, io.EOF) {
			return nil, fmt.Errorf("%w: payload: %w", ErrFormat, p.err)
		}
		return nil, io.EOF
	}
	return p.entry, nil
}

func (p *Payload) advance() error {
	for {
		if err := p.skipBody(); err != nil {
			return err
		}
		i, size, body, err := p.archive.next()
		if errors.Is(err, io.EOF) {
			return p.finish()
		}
		if err != nil {
			return noEOF(err)
		}
		f := &p.files[i]
		p.seen[i] = true
		p.entry, p.body, p.left, p.sum = nil, body, size, nil
		if !f.Regular() {
			p.entry = &Entry{FileInfo: f}
			return nil
		}
		set := p.links[f.id()]
		if len(set) > 1 && p.done[f.id()] || size == 0 && f.Size > 0 && len(set) > 1 {
			continue // a name of a file that came already, or that comes later
		}
		if size != f.Size {
			return fmt.Errorf("%s has %d bytes, the header says %d", f.Path, size, f.Size)
		}
		p.begin(i, set)
		return nil
	}
}

// begin makes the entry of a regular file.
func (p *Payload) begin(i int, set []int) {
	f := &p.files[i]
	p.entry = &Entry{FileInfo: f}
	if len(set) > 1 {
		p.done[f.id()] = true
		for _, other := range set {
			if other != i {
				p.entry.Links = append(p.entry.Links, &p.files[other])
			}
		}
	}
	p.whole = true
	if p.algo != 0 && f.Digest != "" {
		p.sum = p.algo.New()
	}
}

// Read reads the current file's content.
func (p *Payload) Read(b []byte) (int, error) {
	if p.entry == nil || p.left == 0 || !p.entry.Regular() {
		return 0, p.checkDigest()
	}
	n, err := p.body.Read(b[:min(int64(len(b)), p.left)])
	p.left -= int64(n)
	if p.sum != nil {
		p.sum.Write(b[:n])
	}
	if p.left > 0 {
		return n, noEOF(err)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// checkDigest compares the digest of a content that was read whole.
func (p *Payload) checkDigest() error {
	if p.entry == nil || p.sum == nil || !p.whole {
		return io.EOF
	}
	if got := hex.EncodeToString(p.sum.Sum(nil)); got != strings.ToLower(p.entry.Digest) {
		return fmt.Errorf("%s: %w: %s, not %s", p.entry.Path, ErrDigest, got, p.entry.Digest)
	}
	return io.EOF
}

func (p *Payload) skipBody() error {
	if p.body == nil || p.left == 0 {
		return nil
	}
	p.whole = false
	n, err := io.CopyN(io.Discard, p.body, p.left)
	p.left -= n
	return noEOF(err)
}

// finish reads what follows the archive, which is at most padding, so that the
// compressor checks its sums, and looks for files that did not come.
func (p *Payload) finish() error {
	const maxPadding = 1 << 20
	n, err := io.Copy(io.Discard, io.LimitReader(p.in, maxPadding+1))
	if err != nil {
		return noEOF(err)
	}
	if n > maxPadding {
		return fmt.Errorf("more than %d bytes follow the archive", maxPadding)
	}
	for i := range p.files {
		f := &p.files[i]
		lost := !p.seen[i] && f.Flags&FileGhost == 0
		if f.Regular() && f.Size > 0 && len(p.links[f.id()]) > 1 {
			lost = lost || !p.done[f.id()] && f.Flags&FileGhost == 0
		}
		if lost {
			return fmt.Errorf("%s is in the header but not in the payload", f.Path)
		}
	}
	p.entry = nil
	return io.EOF
}
