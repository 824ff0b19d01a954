package repo

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"runtime"

	"github.com/mikelolasagasti/xz"
)

// A large .xz file is a stream of several blocks that do not depend on each
// other (The .xz File Format 1.2.1, §2 and §3). The index at its end says where
// each one lies, so they can be unpacked at the same time, each dressed up as a
// stream of its own.

// xzFile is where the blocks of a file of one stream lie.
type xzFile struct {
	flags  [2]byte // stream flags: the kind of check
	blocks []xzBlock
}

type xzBlock struct {
	offset   int64 // bytes from the start of the file
	unpadded int64 // bytes without the padding to four
	unpacked int64 // bytes
}

var (
	xzMagic    = []byte{0xfd, '7', 'z', 'X', 'Z', 0}
	xzEndMagic = []byte{'Y', 'Z'}
)

const (
	xzHeaderSize = 12
	maxXZIndex   = 1 << 20 // bytes of an index we read
	// maxBlock bounds the bytes of one block, which is held in memory; xz -6
	// on several cores makes blocks of 24 MiB.
	maxBlock = 32 << 20
)

// xzBlocks reads the index of an xz file. It is false for files that are
// better read from start to end: of one block, of several streams, with large
// blocks, or not understood, which is then the plain reader's to complain about.
func xzBlocks(f *os.File) (*xzFile, bool) {
	info, err := f.Stat()
	if err != nil || info.Size() < 2*xzHeaderSize {
		return nil, false
	}
	var head, foot [xzHeaderSize]byte
	if _, err := f.ReadAt(head[:], 0); err != nil {
		return nil, false
	}
	if _, err := f.ReadAt(foot[:], info.Size()-xzHeaderSize); err != nil {
		return nil, false
	}
	if !bytes.Equal(head[:6], xzMagic) || !bytes.Equal(foot[10:], xzEndMagic) || !bytes.Equal(head[6:8], foot[8:10]) ||
		binary.LittleEndian.Uint32(foot[:]) != crc32.ChecksumIEEE(foot[4:10]) {
		return nil, false
	}
	size := 4 * (int64(binary.LittleEndian.Uint32(foot[4:])) + 1)
	if size > maxXZIndex || size > info.Size()-2*xzHeaderSize {
		return nil, false
	}
	index := make([]byte, size)
	at := info.Size() - xzHeaderSize - size
	if _, err := f.ReadAt(index, at); err != nil {
		return nil, false
	}
	x := &xzFile{flags: [2]byte(head[6:8])}
	if !x.parse(index) || len(x.blocks) < 2 || x.end() != at {
		return nil, false
	}
	return x, true
}

// parse reads the index: a zero byte, the number of records, the records,
// padding, checksum.
func (x *xzFile) parse(index []byte) bool {
	body := index[:len(index)-4]
	if binary.LittleEndian.Uint32(index[len(body):]) != crc32.ChecksumIEEE(body) || len(body) == 0 || body[0] != 0 {
		return false
	}
	body = body[1:]
	next := func() int64 {
		v, n := binary.Uvarint(body)
		if n <= 0 || v == 0 || v > maxIndex {
			body = nil
			return 0
		}
		body = body[n:]
		return int64(v)
	}
	count := next()
	if count > int64(len(body)) {
		return false
	}
	for range count {
		b := xzBlock{offset: x.end(), unpadded: next(), unpacked: next()}
		if b.unpadded == 0 || b.unpacked == 0 || b.unpacked > maxBlock || b.unpadded > maxBlock {
			return false
		}
		x.blocks = append(x.blocks, b)
	}
	return true
}

// end is where the next block, or the index, begins.
func (x *xzFile) end() int64 {
	if len(x.blocks) == 0 {
		return xzHeaderSize
	}
	last := x.blocks[len(x.blocks)-1]
	return last.offset + (last.unpadded+3)&^3
}

// unpackBlocks reads the blocks in order. The first is handed on as it is
// unpacked; meanwhile the next ones are unpacked into memory, one for each
// further processor.
func unpackBlocks(f io.ReaderAt, x *xzFile) io.ReadCloser {
	r, w := io.Pipe()
	later := make([]chan result, len(x.blocks))
	slots := make(chan struct{}, max(1, min(runtime.GOMAXPROCS(0)-1, 3)))
	closed := make(chan struct{})
	for i := range later {
		later[i] = make(chan result, 1)
	}
	go func() {
		for i, b := range x.blocks[1:] {
			select {
			case slots <- struct{}{}:
			case <-closed:
				return
			}
			go func() {
				// With room for the read that finds the end, nothing is moved.
				buf := bytes.NewBuffer(make([]byte, 0, b.unpacked+2*bytes.MinRead))
				err := x.unpack(buf, f, b)
				later[i+1] <- result{buf.Bytes(), err}
			}()
		}
	}()
	go func() {
		defer close(closed)
		err := x.unpack(w, f, x.blocks[0])
		for i := 1; i < len(later) && err == nil; i++ {
			res := <-later[i]
			if err = res.err; err == nil {
				_, err = w.Write(res.data)
			}
			<-slots
		}
		w.CloseWithError(err)
	}()
	return r
}

type result struct {
	data []byte
	err  error
}

// unpack unpacks one block, through to the check at its end.
func (x *xzFile) unpack(w io.Writer, f io.ReaderAt, b xzBlock) error {
	z, err := xz.NewReader(x.alone(f, b), maxWindow)
	if err != nil {
		return err
	}
	n, err := io.Copy(w, io.LimitReader(z, b.unpacked+1))
	if err == nil && n != b.unpacked {
		err = fmt.Errorf("a block of the xz file unpacks to %d bytes, its index says %d", n, b.unpacked)
	}
	return err
}

// alone gives a block a stream header, an index of itself and a footer.
func (x *xzFile) alone(f io.ReaderAt, b xzBlock) io.Reader {
	le := binary.LittleEndian
	head := append(bytes.Clone(xzMagic), x.flags[:]...)
	head = le.AppendUint32(head, crc32.ChecksumIEEE(x.flags[:]))
	index := binary.AppendUvarint([]byte{0, 1}, uint64(b.unpadded))
	index = binary.AppendUvarint(index, uint64(b.unpacked))
	for len(index)%4 != 0 {
		index = append(index, 0)
	}
	index = le.AppendUint32(index, crc32.ChecksumIEEE(index))
	foot := le.AppendUint32(nil, uint32(len(index)/4-1))
	foot = append(foot, x.flags[:]...)
	tail := le.AppendUint32(index, crc32.ChecksumIEEE(foot))
	tail = append(append(tail, foot...), xzEndMagic...)
	body := io.NewSectionReader(f, b.offset, (b.unpadded+3)&^3)
	return io.MultiReader(bytes.NewReader(head), body, bytes.NewReader(tail))
}
