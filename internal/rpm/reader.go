package rpm

import (
	"bytes"
	"fmt"
	"io"
)

// Reader reads one package: the headers at once, the payload when asked.
type Reader struct {
	Lead      Lead
	Signature *Header
	Header    *Header
	// HeaderStart and HeaderEnd are where the main header lies, bytes from the
	// start; the payload begins at HeaderEnd.
	HeaderStart, HeaderEnd int64

	r io.Reader
}

// Lead is the first 96 bytes of a package, of which only the two numbers still
// mean something.
type Lead struct {
	Major  byte // 3, of rpm 4's packages too; 4 since rpm 6
	Source bool // a source package
	Name   string
}

// NewReader reads the headers of the package that r starts with. It reads no
// byte of the payload.
func NewReader(r io.Reader) (*Reader, error) {
	in := &Reader{r: r}
	if err := in.readHead(r); err != nil {
		return nil, err
	}
	return in, nil
}

func (in *Reader) readHead(r io.Reader) error {
	sig, err := in.readSignature(r)
	if err != nil {
		return err
	}
	in.Signature = sig
	if in.Header, err = readHeader(r, TagRegionImmutable); err != nil {
		return fmt.Errorf("main header: %w", err)
	}
	in.HeaderEnd = in.HeaderStart + int64(len(in.Header.raw))
	return nil
}

// readSignature reads lead and signature header, up to the main header.
func (in *Reader) readSignature(r io.Reader) (*Header, error) {
	var lead [leadSize]byte
	if _, err := io.ReadFull(r, lead[:]); err != nil {
		return nil, fmt.Errorf("%w: reading the lead: %w", ErrFormat, noEOF(err))
	}
	var err error
	if in.Lead, err = parseLead(lead[:]); err != nil {
		return nil, err
	}
	sig, err := readHeader(r, TagRegionSignatures)
	if err != nil {
		return nil, fmt.Errorf("signature header: %w", err)
	}
	pad := -int64(len(sig.raw)) & 7
	if _, err := io.CopyN(io.Discard, r, pad); err != nil {
		return nil, fmt.Errorf("%w: reading the end of the signature header: %w", ErrFormat, noEOF(err))
	}
	in.HeaderStart = leadSize + int64(len(sig.raw)) + pad
	return sig, nil
}

func parseLead(b []byte) (Lead, error) {
	const headerSignature = 5
	lead := Lead{Major: b[4], Source: b[7] == 1, Name: string(cutZero(b[10:76]))}
	switch {
	case !bytes.Equal(b[:4], leadMagic):
		return lead, fmt.Errorf("%w: it starts with %x, a package with %x", ErrFormat, b[:4], leadMagic)
	case lead.Major < 3 || lead.Major > 4:
		return lead, fmt.Errorf("%w: lead of version %d.%d; 3 and 4 are read", ErrFormat, b[4], b[5])
	case b[79] != headerSignature || b[78] != 0:
		return lead, fmt.Errorf("%w: signature of type %d, which nothing has written since rpm 2; 5 is read", ErrFormat, int(b[78])<<8|int(b[79]))
	}
	return lead, nil
}

// Package gives what the headers say of the package, its place in the file
// included.
func (in *Reader) Package() (*Package, error) {
	p, err := in.Header.Package()
	if err != nil {
		return nil, err
	}
	p.HeaderStart, p.HeaderEnd = in.HeaderStart, in.HeaderEnd
	// rpm 4 keeps the payload's size with the signatures.
	if size := in.Signature.size(SigLongArchiveSize, SigPayloadSize); size != 0 && p.ArchiveSize == 0 {
		p.ArchiveSize = size
	}
	return p, nil
}
