package deb

import (
	"compress/bzip2"
	"fmt"
	"io"

	"cdbuilder/internal/xzstream"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow is the largest dictionary a member may ask its reader to hold,
// bytes: what xz -9 uses, and above what zstd takes without --ultra --long.
const maxWindow = 64 << 20

// decompress unpacks r by a member name's suffix after ".tar".
func decompress(r io.Reader, suffix string) (io.ReadCloser, error) {
	switch suffix {
	case "":
		return io.NopCloser(r), nil
	case ".gz":
		return gzip.NewReader(r)
	case ".bz2":
		return io.NopCloser(bzip2.NewReader(r)), nil
	case ".xz":
		return xzstream.NewReader(r)
	case ".zst":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}
	return nil, fmt.Errorf("the compression %q is not one of gz, xz, zst, bz2", suffix)
}
