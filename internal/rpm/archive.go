package rpm

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"cdbuilder/internal/cpio"
)

// strippedMagic starts every entry of the archive that rpm writes for packages
// with a file of 4 GiB or more, and for all of version 6: instead of a header
// with a name it has the file's number in the package's own header.
const strippedMagic = "07070X"

// peeker is the unpacked payload, with a look ahead.
type peeker struct{ *bufio.Reader }

func newPeeker(r io.Reader) peeker { return peeker{bufio.NewReaderSize(r, 64<<10)} }

func (p peeker) peek(n int) ([]byte, error) { return p.Peek(n) }

// newc is an archive in the format of cpio -H newc.
type newc struct {
	p *Payload
	r *cpio.Reader
}

func (a *newc) next() (int, int64, io.Reader, error) {
	h, err := a.r.Next()
	if err != nil {
		return 0, 0, nil, err
	}
	i, ok := a.p.byName[strings.TrimPrefix(strings.TrimPrefix(h.Name, "."), "/")]
	if !ok {
		return 0, 0, nil, fmt.Errorf("%.200q is in the payload but not in the header", h.Name)
	}
	f := &a.p.files[i]
	if f.Symlink() && h.Linkname != f.LinkTo {
		return 0, 0, nil, fmt.Errorf("%s links to %.200q, the header says %.200q", f.Path, h.Linkname, f.LinkTo)
	}
	if h.Mode.IsRegular() != f.Regular() || h.Mode.IsDir() != f.IsDir() {
		return 0, 0, nil, fmt.Errorf("%s is %v, the header says mode %o", f.Path, h.Mode, f.Mode)
	}
	return i, h.Size, a.r, nil
}

// stripped is an archive in rpm's own format: the magic, a number of eight
// hexadecimal digits and two bytes of padding, then the content, padded to
// four bytes. The end mark is that of newc.
type stripped struct {
	in  peeker
	p   *Payload
	pad int64 // behind the current content
	end bool
}

func (a *stripped) next() (int, int64, io.Reader, error) {
	if a.end {
		return 0, 0, nil, io.EOF
	}
	if _, err := io.CopyN(io.Discard, a.in, a.pad); err != nil {
		return 0, 0, nil, noEOF(err)
	}
	a.pad = 0
	start, err := a.in.peek(len(strippedMagic))
	if err != nil {
		return 0, 0, nil, noEOF(err)
	}
	if string(start) != strippedMagic {
		return 0, 0, nil, a.trailer()
	}
	var raw [16]byte
	if _, err := io.ReadFull(a.in, raw[:]); err != nil {
		return 0, 0, nil, noEOF(err)
	}
	n, err := strconv.ParseUint(string(raw[6:14]), 16, 32)
	if err != nil || n >= uint64(len(a.p.files)) {
		return 0, 0, nil, fmt.Errorf("file %q of %d", raw[6:14], len(a.p.files))
	}
	i := int(n)
	size := a.size(i)
	a.pad = -size & 3
	if a.p.files[i].Symlink() {
		return i, 0, nil, a.target(i, size)
	}
	return i, size, a.in, nil
}

// size is how long the content of a file is in the archive: of several links
// the last has it.
func (a *stripped) size(i int) int64 {
	f := &a.p.files[i]
	switch {
	case f.Symlink():
		return int64(len(f.LinkTo))
	case !f.Regular():
		return 0
	}
	if set := a.p.links[f.id()]; len(set) > 1 && set[len(set)-1] != i {
		return 0
	}
	return f.Size
}

// target holds a link's target to the header's.
func (a *stripped) target(i int, size int64) error {
	text := make([]byte, size) // as long as the header's own text
	if _, err := io.ReadFull(a.in, text); err != nil {
		return noEOF(err)
	}
	if f := &a.p.files[i]; string(text) != f.LinkTo {
		return fmt.Errorf("%s links to %.200q, the header says %.200q", f.Path, text, f.LinkTo)
	}
	return nil
}

// trailer reads the end mark.
func (a *stripped) trailer() error {
	h, err := cpio.NewReader(a.in).Next()
	if err == nil {
		return fmt.Errorf("%.200q with a header of its own among files without", h.Name)
	}
	a.end = errors.Is(err, io.EOF)
	return err
}
