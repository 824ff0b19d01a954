package rpm

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"fmt"
	"io"

	"cdbuilder/internal/xzstream"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz/lzma"
)

const (
	// maxWindow is the largest window that zstd may ask for, bytes: what
	// "zstd --long" uses. lzma -9 asks for half of it.
	maxWindow = 128 << 20
	// lzmaHeader is the start of an lzma stream: properties, dictionary, size.
	lzmaHeader = 13
)

var (
	gzipMagic = []byte{0x1f, 0x8b}
	xzMagic   = []byte{0xfd, '7', 'z', 'X', 'Z', 0}
)

// decompress unpacks a payload by the compressor that the header names; where
// it names none, rpm reads gzip or what is not packed at all.
func decompress(r io.Reader, compressor string) (io.ReadCloser, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	start, _ := in.Peek(lzmaHeader)
	switch compressor {
	case "", "gzip":
		if !bytes.HasPrefix(start, gzipMagic) {
			return io.NopCloser(in), nil
		}
		return gzip.NewReader(in)
	case "bzip2":
		return io.NopCloser(bzip2.NewReader(in)), nil
	case "xz", "lzma":
		// One decoder reads both for rpm, whatever the name.
		if bytes.HasPrefix(start, xzMagic) {
			return xzstream.NewReader(in)
		}
		return newLZMA(in, start)
	case "zstd":
		z, err := zstd.NewReader(in, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}
	return nil, fmt.Errorf("the payload is packed with %q; gzip, bzip2, lzma, xz and zstd are read", compressor)
}

func newLZMA(in *bufio.Reader, start []byte) (io.ReadCloser, error) {
	if len(start) < lzmaHeader {
		return nil, io.ErrUnexpectedEOF
	}
	// The decoder takes its dictionary at once, as large as the stream says.
	if dict := binary.LittleEndian.Uint32(start[1:]); dict > maxWindow {
		return nil, fmt.Errorf("lzma asks for a dictionary of %d bytes; %d are given", dict, maxWindow)
	}
	z, err := lzma.NewReader(in)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(z), nil
}
