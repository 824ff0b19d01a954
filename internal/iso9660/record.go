package iso9660

import (
	"io"
	"time"
)

const (
	recordHeader = 33  // bytes of a directory record before its identifier
	maxRecord    = 254 // even, because records have even lengths

	// maxExtent is the most that one extent holds: its length is a 32-bit
	// number, and every extent but the last must fill its sectors.
	maxExtent = 1<<32 - SectorSize

	flagDirectory   = 1 << 1
	flagAssociated  = 1 << 2
	flagMultiExtent = 1 << 7
)

// A record is a directory record that is written (ECMA-119 §9.1).
type record struct {
	id     []byte
	sector uint32
	size   uint32
	flags  byte
	time   time.Time
	su     []byte // system use
}

// room is how many bytes of system use a record with this identifier can hold.
func room(id []byte) int { return maxRecord - int(alignUp(int64(recordHeader+len(id)), 2)) }

func (r record) append(b []byte) []byte {
	start := len(b)
	var head [recordHeader]byte
	putBoth32(head[2:], r.sector)
	putBoth32(head[10:], r.size)
	stamp := shortTime(r.time)
	copy(head[18:], stamp[:])
	head[25] = r.flags
	putBoth16(head[28:], 1)
	head[32] = byte(len(r.id))
	b = append(b, head[:]...)
	b = append(b, r.id...)
	if len(r.id)%2 == 0 {
		b = append(b, 0)
	}
	b = append(b, r.su...)
	if (len(b)-start)%2 == 1 {
		b = append(b, 0)
	}
	b[start] = byte(len(b) - start)
	return b
}

// A recordWriter writes directory records, none across a sector boundary.
type recordWriter struct {
	w      io.Writer
	offset int64
	buf    []byte
}

func (w *recordWriter) write(r record) error {
	w.buf = r.append(w.buf[:0])
	if w.offset%SectorSize+int64(len(w.buf)) > SectorSize {
		if err := w.finish(); err != nil {
			return err
		}
		w.buf = r.append(w.buf[:0])
	}
	w.offset += int64(len(w.buf))
	_, err := w.w.Write(w.buf)
	return err
}

// finish fills the sector that is begun.
func (w *recordWriter) finish() error {
	end := alignUp(w.offset, SectorSize)
	_, err := w.w.Write(zeroSector[:end-w.offset])
	w.offset = end
	return err
}
