package iso9660

import (
	"errors"
	"time"
)

// A recordHead is a directory record that is read: its fixed part (ECMA-119
// §9.1), its identifier and its system use, which both are parts of a buffer.
type recordHead struct {
	extent Extent // in logical blocks as the record counts them
	time   time.Time
	flags  byte
	// interleaved files have units with gaps between them (ECMA-119 §6.4.3).
	interleaved bool
	id          []byte
	su          []byte
}

// An Extent is a run of logical blocks that holds content.
type Extent struct {
	Block uint32
	Size  int64 // in bytes
}

func (r recordHead) isDir() bool { return r.flags&flagDirectory != 0 }

// isDot reports whether the record is that of the directory itself or of its parent.
func (r recordHead) isDot() bool { return len(r.id) == 1 && r.id[0] <= 1 }

var errRecord = errors.New("directory record is malformed")

// decodeRecord reads the record that fills b.
func decodeRecord(b []byte) (recordHead, error) {
	if len(b) <= recordHeader || int(b[0]) != len(b) {
		return recordHead{}, errRecord
	}
	idLength := int(b[32])
	if idLength == 0 || recordHeader+idLength > len(b) {
		return recordHead{}, errRecord
	}
	r := recordHead{
		// The extended attribute record, b[1] blocks, lies before the content.
		extent: Extent{Block: le.Uint32(b[2:]) + uint32(b[1]), Size: int64(le.Uint32(b[10:]))},
		time:   decodeShortTime(b[18:25]), flags: b[25],
		interleaved: b[26] != 0 || b[27] != 0,
		id:          b[recordHeader : recordHeader+idLength],
	}
	if start := int(alignUp(int64(recordHeader+idLength), 2)); start < len(b) {
		r.su = b[start:]
	}
	return r, nil
}

// decodeShortTime reads a 7-byte time; a time that is none is the zero Time.
func decodeShortTime(b []byte) time.Time {
	return validTime(1900+int(b[0]), int(b[1]), int(b[2]), int(b[3]), int(b[4]), int(b[5]), 0, int8(b[6]))
}

// decodeLongTime reads a 17-byte time.
func decodeLongTime(b []byte) time.Time {
	var n [16]int
	for i, c := range b[:16] {
		if c < '0' || c > '9' {
			return time.Time{}
		}
		n[i] = int(c - '0')
	}
	two := func(i int) int { return 10*n[i] + n[i+1] }
	return validTime(100*two(0)+two(2), two(4), two(6), two(8), two(10), two(12), two(14)*10_000_000, int8(b[16]))
}

// validTime is a time in quarters of an hour east of Greenwich, as a UTC time.
func validTime(year, month, day, hour, minute, second, nanosecond int, quarters int8) time.Time {
	if month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60 || quarters < -48 || quarters > 56 {
		return time.Time{}
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, nanosecond, time.UTC)
	return t.Add(-time.Duration(quarters) * 15 * time.Minute)
}
