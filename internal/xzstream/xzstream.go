// Package xzstream unpacks .xz streams on several processors. A large archive or
// index is one stream of several blocks that do not refer to one another; where
// their headers say how long each is, packed and unpacked, what one processor
// takes nine seconds for, several do together. Each block is handed to
// mikelolasagasti/xz as a stream of its own, and so is whatever has no such
// blocks.
//
// The format is "The .xz File Format" 1.2.1, §2 (stream), §3 (block) and §4
// (index).
package xzstream

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"runtime"
	"sync"

	"github.com/mikelolasagasti/xz"
)

const (
	// maxWindow is the largest dictionary a stream may ask for, bytes: what xz -9 uses.
	maxWindow  = 64 << 20
	headerSize = 12
	// maxFirstBlock is the size, packed or unpacked, of the first block up to
	// which blocks are held in memory, bytes. xz cuts them all alike, at 24 MiB
	// by default. A later one may be larger, up to maxBlock.
	maxFirstBlock = 32 << 20
	maxBlock      = 256 << 20
	// maxWorkers bounds the memory on machines with many processors.
	maxWorkers = 4
)

// block is a block on its way.
type block struct {
	data []byte
	err  error
}

// reader hands out blocks in their order while later ones are unpacked.
type reader struct {
	queue   chan chan block
	stop    chan struct{}
	once    sync.Once
	reading sync.WaitGroup
	current []byte
	err     error
}

// NewReader unpacks r, on several processors where its blocks allow. Close ends
// the work, also before the stream's end.
func NewReader(r io.Reader) (io.ReadCloser, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	workers := min(runtime.GOMAXPROCS(0), maxWorkers)
	header, ok := startsInBlocks(in)
	if !ok || workers == 1 {
		z, err := xz.NewReader(in, maxWindow)
		if err != nil {
			return nil, err
		}
		return io.NopCloser(z), nil
	}
	if _, err := in.Discard(headerSize); err != nil {
		return nil, err
	}
	z := &reader{queue: make(chan chan block, workers-1), stop: make(chan struct{})}
	z.reading.Go(func() { z.read(in, header) })
	return z, nil
}

// startsInBlocks reports whether the stream's first block states its sizes,
// and they are small enough to unpack it in memory. It consumes nothing.
func startsInBlocks(in *bufio.Reader) (header []byte, ok bool) {
	start, err := in.Peek(headerSize + 1)
	if err != nil || start[headerSize] == 0 {
		return nil, false
	}
	header = bytes.Clone(start[:headerSize])
	// A stream without blocks behind this header tells whether it is sound.
	if _, err := xz.NewReader(bytes.NewReader(asStream(header, nil, nil)), maxWindow); err != nil {
		return nil, false
	}
	start, err = in.Peek(headerSize + (int(start[headerSize])+1)*4)
	if err != nil {
		return nil, false
	}
	packed, unpacked, err := blockSizes(start[headerSize:])
	return header, err == nil && packed <= maxFirstBlock && unpacked <= maxFirstBlock
}

// Read gives the blocks' bytes in order.
func (z *reader) Read(p []byte) (int, error) {
	for len(z.current) == 0 {
		if z.err != nil {
			return 0, z.err
		}
		done, ok := <-z.queue
		if !ok {
			z.err = io.EOF
			continue
		}
		b := <-done
		z.current, z.err = b.data, b.err // what came before an error counts
	}
	n := copy(p, z.current)
	z.current = z.current[n:]
	return n, nil
}

// Close ends the unpacking, also before its end.
func (z *reader) Close() error {
	z.once.Do(func() { close(z.stop) })
	for range z.queue {
	}
	z.reading.Wait()
	return nil
}

// read cuts the stream into blocks and has them unpacked, a few at a time.
func (z *reader) read(in *bufio.Reader, header []byte) {
	defer close(z.queue)
	fail := func(err error) { z.enqueue(func() block { return block{err: err} }) }
	var records []byte
	for count := uint64(0); ; count++ {
		size, err := in.ReadByte()
		if err != nil {
			fail(noEOF(err))
			return
		}
		if size == 0 {
			if err := z.finish(in, header, count, records); err != nil {
				fail(err)
			}
			return
		}
		b, err := readBlock(in, header, size)
		if err != nil {
			fail(err)
			return
		}
		records = append(records, b.record...)
		if !z.enqueue(func() block { return b.unpack(header) }) {
			return
		}
	}
}

// enqueue has a block made beside the reading; false when nobody wants it.
func (z *reader) enqueue(unpack func() block) bool {
	done := make(chan block, 1)
	select {
	case z.queue <- done:
		go func() { done <- unpack() }()
		return true
	case <-z.stop:
		return false
	}
}

// finish compares the stream's index and footer with those that its blocks
// ask for, and unpacks what follows: nothing, padding or another stream.
func (z *reader) finish(in *bufio.Reader, header []byte, count uint64, records []byte) error {
	want := tail(header, count, records)
	got := make([]byte, len(want))
	if _, err := io.ReadFull(in, got[1:]); err != nil {
		return noEOF(err)
	}
	if !bytes.Equal(got, want) {
		return errors.New("xz: the index does not describe the blocks")
	}
	return z.rest(in)
}

// rest unpacks what follows a stream: mostly nothing, else padding by fours
// and further streams.
func (z *reader) rest(in *bufio.Reader) error {
	for {
		next, err := in.Peek(4)
		if len(next) == 0 {
			return noMore(err)
		}
		if !bytes.Equal(next, []byte{0, 0, 0, 0}) {
			break
		}
		if _, err := in.Discard(4); err != nil {
			return err
		}
	}
	more, err := xz.NewReader(in, maxWindow)
	for err == nil {
		data, readErr := io.ReadAll(io.LimitReader(more, 1<<20))
		if len(data) == 0 && readErr == nil {
			return nil
		}
		if !z.enqueue(func() block { return block{data, readErr} }) {
			return nil
		}
		err = readErr
	}
	return err
}

// noMore takes the end of the input for success.
func noMore(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// packedBlock is a block as it stands in the stream.
type packedBlock struct {
	raw    []byte // header, data, padding and check
	record []byte // what the index has to say of it
	room   uint64 // that it will take when unpacked, as far as it is believed
}

// readBlock reads one block. Its sizes are believed up to maxFirstBlock;
// beyond that memory grows with what is really there.
func readBlock(in io.Reader, header []byte, first byte) (packedBlock, error) {
	var raw bytes.Buffer
	raw.WriteByte(first)
	if _, err := io.CopyN(&raw, in, (int64(first)+1)*4-1); err != nil {
		return packedBlock{}, noEOF(err)
	}
	h := raw.Bytes()
	packed, unpacked, err := blockSizes(h)
	if err != nil {
		return packedBlock{}, err
	}
	if packed > maxBlock || unpacked > maxBlock {
		return packedBlock{}, fmt.Errorf("xz: a block of %d bytes, packed %d, is over the limit of %d", unpacked, packed, maxBlock)
	}
	size := int64(packed + -packed&3 + checkSize(header))
	raw.Grow(int(min(size, maxFirstBlock)) + bytes.MinRead)
	unpadded := uint64(len(h)) + packed + checkSize(header)
	if _, err := io.CopyN(&raw, in, size); err != nil {
		return packedBlock{}, noEOF(err)
	}
	record := binary.AppendUvarint(binary.AppendUvarint(nil, unpadded), unpacked)
	return packedBlock{raw.Bytes(), record, min(unpacked, maxFirstBlock)}, nil
}

// blockSizes reads a block's header.
func blockSizes(h []byte) (packed, unpacked uint64, err error) {
	if len(h) < 8 || crc32.ChecksumIEEE(h[:len(h)-4]) != binary.LittleEndian.Uint32(h[len(h)-4:]) {
		return 0, 0, errors.New("xz: damaged block header")
	}
	if h[1]&0xc0 != 0xc0 {
		return 0, 0, errors.New("xz: a block does not state its sizes, but one before it does")
	}
	packed, n := binary.Uvarint(h[2 : len(h)-4])
	if n <= 0 {
		return 0, 0, errors.New("xz: damaged block header")
	}
	unpacked, m := binary.Uvarint(h[2+n : len(h)-4])
	if m <= 0 {
		return 0, 0, errors.New("xz: damaged block header")
	}
	return packed, unpacked, nil
}

// unpack unpacks a block by making a stream of it alone.
func (b packedBlock) unpack(header []byte) block {
	z, err := xz.NewReader(bytes.NewReader(asStream(header, b.raw, b.record)), maxWindow)
	if err != nil {
		return block{err: err}
	}
	data := bytes.NewBuffer(make([]byte, 0, b.room+bytes.MinRead))
	_, err = data.ReadFrom(z)
	return block{data.Bytes(), err}
}

// asStream makes a stream of one block, or none.
func asStream(header, block, record []byte) []byte {
	count := uint64(min(1, len(block)))
	return append(append(bytes.Clone(header), block...), tail(header, count, record)...)
}

// tail is the index and the footer of a stream.
func tail(header []byte, count uint64, records []byte) []byte {
	index := binary.AppendUvarint([]byte{0}, count)
	index = append(index, records...)
	index = append(index, make([]byte, -len(index)&3)...)
	index = binary.LittleEndian.AppendUint32(index, crc32.ChecksumIEEE(index))
	footer := binary.LittleEndian.AppendUint32(nil, uint32(len(index)/4-1))
	footer = append(footer, header[6:8]...)
	tail := binary.LittleEndian.AppendUint32(index, crc32.ChecksumIEEE(footer))
	return append(append(tail, footer...), 'Y', 'Z')
}

// checkSize is the length of the checksum behind each block, by the stream's
// flags.
func checkSize(header []byte) uint64 {
	sizes := [16]uint64{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}
	return sizes[header[7]&15]
}

// noEOF turns an end that comes where bytes were owed into an error.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
