package repo

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"cdbuilder/internal/xzstream"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow is the dictionary a compressed index may ask us to hold, in bytes:
// as much as xz -9 does.
const maxWindow = 64 << 20

// parseIndex parses a verified index file into the form of the cache. Of a
// whole distribution only that is ever held in memory, not the text and not
// the packages one by one. Errors begin with a colon.
func parseIndex(path string, c choice) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf(": %w", err)
	}
	defer f.Close()
	plain, err := unpack(f, c.format)
	if err != nil {
		return nil, fmt.Errorf(": unpacking: %w", err)
	}
	defer plain.Close()
	ahead := readAhead(plain)
	defer ahead.Close()
	w := newCacheWriter(c.unpacked)
	if err := parsePackages(bounded(ahead, c.unpacked), w.pkg); err != nil {
		return nil, err
	}
	return w.bytes(), nil
}

// unpack decompresses by the ending of an index's name.
func unpack(f *os.File, format string) (io.ReadCloser, error) {
	switch format {
	case "":
		return io.NopCloser(f), nil
	case "gz":
		return gzip.NewReader(bufio.NewReaderSize(f, 256<<10))
	case "zst":
		z, err := zstd.NewReader(f, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(2))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	case "xz":
		return xzstream.NewReader(f)
	}
	return nil, fmt.Errorf("the compression %q is not known", format)
}

// bounded holds what comes out of a decompressor to the size that the Release
// file states, or to what an index may have at all.
func bounded(r io.Reader, size int64) io.Reader {
	if size < 0 {
		return &limited{r: r, left: maxIndex, limit: maxIndex}
	}
	return &limited{r: r, left: size, limit: size, exact: true}
}

type limited struct {
	r           io.Reader
	left, limit int64
	exact       bool
}

func (l *limited) Read(b []byte) (int, error) {
	if int64(len(b)) > l.left+1 {
		b = b[:l.left+1]
	}
	n, err := l.r.Read(b)
	if int64(n) > l.left {
		return int(l.left), fmt.Errorf("unpacks to more than the %d bytes there should be", l.limit)
	}
	l.left -= int64(n)
	if errors.Is(err, io.EOF) && l.exact && l.left > 0 {
		return n, fmt.Errorf("unpacks to %d bytes, %d less than there should be", l.limit-l.left, l.left)
	}
	return n, err
}

// readAhead reads in a goroutine of its own, so that unpacking and parsing go
// on at the same time.
func readAhead(r io.Reader) io.ReadCloser {
	a := &ahead{full: make(chan chunk, 2), empty: make(chan []byte, 3), stop: make(chan struct{})}
	for range cap(a.empty) {
		a.empty <- make([]byte, 512<<10)
	}
	go a.fill(r)
	return a
}

type chunk struct {
	data []byte
	err  error
}

type ahead struct {
	full  chan chunk
	empty chan []byte
	stop  chan struct{}
	now   chunk
	rest  []byte
}

func (a *ahead) fill(r io.Reader) {
	defer close(a.full)
	for {
		select {
		case <-a.stop:
			return
		case buf := <-a.empty:
			n, err := fillBuffer(r, buf)
			select {
			case a.full <- chunk{buf[:n], err}:
			case <-a.stop:
				return
			}
			if err != nil {
				return
			}
		}
	}
}

// fillBuffer is io.ReadFull, except that an error stays what it is.
func fillBuffer(r io.Reader, b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var m int
		m, err = r.Read(b[n:])
		n += m
	}
	return n, err
}

func (a *ahead) Read(b []byte) (int, error) {
	for len(a.rest) == 0 {
		if a.now.err != nil {
			return 0, a.now.err
		}
		if a.now.data != nil {
			a.empty <- a.now.data[:cap(a.now.data)]
		}
		a.now = <-a.full
		a.rest = a.now.data
	}
	n := copy(b, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

// Close ends the goroutine and waits until it no longer reads.
func (a *ahead) Close() error {
	close(a.stop)
	for range a.full {
	}
	return nil
}
