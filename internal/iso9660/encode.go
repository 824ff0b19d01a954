package iso9660

import (
	"encoding/binary"
	"time"
)

var (
	le = binary.LittleEndian
	be = binary.BigEndian
)

// putBoth16 and putBoth32 record a number first in little-endian, then in
// big-endian order (ECMA-119 §7.2.3, §7.3.3).
func putBoth16(b []byte, v uint16) {
	le.PutUint16(b, v)
	be.PutUint16(b[2:], v)
}

func putBoth32(b []byte, v uint32) {
	le.PutUint32(b, v)
	be.PutUint32(b[4:], v)
}

// shortTime is the 7-byte time of directory records, in UTC (ECMA-119 §9.1.5).
func shortTime(t time.Time) [7]byte {
	t = t.UTC()
	return [7]byte{
		byte(t.Year() - 1900), byte(t.Month()), byte(t.Day()),
		byte(t.Hour()), byte(t.Minute()), byte(t.Second()), 0,
	}
}

// longTime is the 17-byte time of volume descriptors (ECMA-119 §8.4.26.1).
func longTime(t time.Time) string {
	return t.UTC().Format("20060102150405") + "00\x00"
}

// noTime is a longTime that is not specified.
const noTime = "0000000000000000\x00"

// sectors counts the sectors that n bytes take.
func sectors(n int64) int64 { return (n + SectorSize - 1) / SectorSize }

// alignUp rounds n up to a multiple of to.
func alignUp(n, to int64) int64 { return (n + to - 1) / to * to }

// zeroSector is what sectors are filled up with; it is never written to.
var zeroSector [SectorSize]byte
