package rpmmd

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"

	"cdbuilder/internal/xzstream"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow is the dictionary a packed file may ask us to hold, in bytes.
const maxWindow = 128 << 20

// formats are the compressions of metadata by their first bytes. Names are not
// asked: repositories exist whose primary.xml.gz is plain.
var formats = []struct {
	magic string
	open  func(*bufio.Reader) (io.ReadCloser, error)
}{
	{"\x1f\x8b", func(r *bufio.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) }},
	{"\x28\xb5\x2f\xfd", openZstd},
	{"\xfd7zXZ\x00", func(r *bufio.Reader) (io.ReadCloser, error) { return xzstream.NewReader(r) }},
	{"BZh", func(r *bufio.Reader) (io.ReadCloser, error) { return io.NopCloser(bzip2.NewReader(r)), nil }},
	{"\x00ZCK1", func(*bufio.Reader) (io.ReadCloser, error) {
		return nil, errors.New("zchunk is not read; the same metadata stands beside it in gzip, zstd or xz")
	}},
}

// Decompress unpacks what its first bytes say it is; what is none of gzip,
// zstd, xz and bzip2 is taken as it is.
func Decompress(r io.Reader) (io.ReadCloser, error) {
	in := bufio.NewReaderSize(r, 256<<10)
	start, err := in.Peek(8)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	for _, f := range formats {
		if bytes.HasPrefix(start, []byte(f.magic)) {
			z, err := f.open(in)
			if err != nil {
				return nil, fmt.Errorf("unpacking: %w", err)
			}
			return z, nil
		}
	}
	return io.NopCloser(in), nil
}

func openZstd(r *bufio.Reader) (io.ReadCloser, error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(2))
	if err != nil {
		return nil, err
	}
	return z.IOReadCloser(), nil
}
