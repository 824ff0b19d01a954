package isotree

import (
	"bufio"
	"compress/bzip2"
	"fmt"
	"io"
	"path"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"
)

// maxWindow is the largest dictionary that a compressed list may ask for, bytes.
const maxWindow = 64 << 20

// unpack reads a list through what its name says it is compressed with. All
// lists of a medium together unpack to no more than the ledger's budget.
func (l *ledger) unpack(r io.Reader, name string) (*budgeted, error) {
	var unpacked io.Reader
	closer := func() {}
	switch path.Ext(name) {
	case ".gz":
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, err
		}
		unpacked = z
	case ".xz":
		z, err := xz.NewReader(bufio.NewReaderSize(r, 64<<10), maxWindow)
		if err != nil {
			return nil, err
		}
		unpacked = z
	case ".bz2":
		unpacked = bzip2.NewReader(r)
	case ".zst":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, err
		}
		unpacked, closer = z, z.Close
	default:
		unpacked = r
	}
	return &budgeted{r: unpacked, left: &l.budget, close: closer}, nil
}

// budgeted ends with an error where a budget does.
type budgeted struct {
	r     io.Reader
	left  *int64
	close func()
}

func (b *budgeted) Read(p []byte) (int, error) {
	if *b.left <= 0 {
		return 0, fmt.Errorf("the lists unpack to more than %d bytes", int64(maxListBytes))
	}
	n, err := b.r.Read(p[:min(int64(len(p)), *b.left)])
	*b.left -= int64(n)
	return n, err
}

// end lets go of the decoder.
func (b *budgeted) end() { b.close() }
