package fat

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// windowSize is how much of the allocation table is held at a time. Entries of
// 12 bits may straddle its end, so one byte more is read.
const windowSize = 4096

// next gives the cluster after c in its chain; end is true after the last.
func (f *FS) next(c uint32) (after uint32, end bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, width := int64(c)*int64(f.geo.bits)/8, int64(4)
	if f.geo.bits != 32 {
		width = 2
	}
	entry, err := f.tableBytes(at, width)
	if err != nil {
		return 0, false, err
	}
	var top uint32
	switch f.geo.bits {
	case 12:
		after, top = uint32(binary.LittleEndian.Uint16(entry)), 0xFF8
		after = after >> (4 * (c & 1)) & 0xFFF
	case 16:
		after, top = uint32(binary.LittleEndian.Uint16(entry)), 0xFFF8
	default:
		after, top = binary.LittleEndian.Uint32(entry)&0x0FFFFFFF, 0x0FFFFFF8
	}
	if after >= top {
		return 0, true, nil
	}
	if !f.geo.valid(after) {
		return 0, false, damaged("cluster %d is followed by %#x, which is none", c, after)
	}
	return after, false, nil
}

// tableBytes gives width bytes of the first allocation table.
func (f *FS) tableBytes(at, width int64) ([]byte, error) {
	if start := at / windowSize * windowSize; start != f.at {
		if f.window == nil {
			f.window = make([]byte, windowSize+1)
		}
		f.at = -1
		n := min(windowSize+1, f.geo.fatSectors*f.geo.sector-start)
		if _, err := f.r.ReadAt(f.window[:n], f.geo.reserved*f.geo.sector+start); err != nil {
			return nil, fmt.Errorf("reading the allocation table: %w", err)
		}
		f.at = start
	}
	return f.window[at-f.at:][:width], nil
}

// chain reads the clusters that follow one another from a first one on.
type chain struct {
	fs      *FS
	cluster uint32
	offset  int64 // in the cluster
	ended   bool
	fresh   func(cluster uint32) error // asked before a cluster is read; may be nil
}

// Read reads up to the end of the current cluster. After the chain's last
// cluster it gives io.EOF.
func (c *chain) Read(p []byte) (int, error) {
	size := c.fs.geo.cluster()
	if c.offset == size {
		if err := c.step(); err != nil {
			return 0, err
		}
	}
	if c.ended {
		return 0, io.EOF
	}
	if c.offset == 0 && c.fresh != nil {
		if err := c.fresh(c.cluster); err != nil {
			return 0, err
		}
	}
	p = p[:min(int64(len(p)), size-c.offset)]
	n, err := c.fs.r.ReadAt(p, c.fs.geo.offset(c.cluster)+c.offset)
	c.offset += int64(n)
	if errors.Is(err, io.EOF) && n == len(p) {
		err = nil
	}
	return n, err
}

func (c *chain) step() error {
	after, end, err := c.fs.next(c.cluster)
	if err != nil {
		return err
	}
	c.cluster, c.offset, c.ended = after, 0, end
	return nil
}
