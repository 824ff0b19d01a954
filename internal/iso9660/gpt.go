package iso9660

import (
	"crypto/sha256"
	"fmt"
	"hash/crc32"
	"time"
	"unicode/utf16"
)

// GPT as UEFI 2.10 §5.3 defines it, on a disk of 512-byte blocks.
const (
	blockSize       = 512
	blocksPerSector = SectorSize / blockSize

	gptSignature  = "EFI PART"
	gptRevision   = 0x00010000
	gptHeaderSize = 92
	gptEntries    = 128
	gptEntrySize  = 128
	gptBlocks     = gptEntries * gptEntrySize / blockSize // of the entry array
	gptFirst      = 2 + gptBlocks                         // first usable block
)

// A GUID as it stands on the disk: its first three parts are little-endian.
type GUID [16]byte

// ESPType is the partition type of an EFI system partition.
var ESPType = GUID{0x28, 0x73, 0x2A, 0xC1, 0x1F, 0xF8, 0xD2, 0x11, 0xBA, 0x4B, 0x00, 0xA0, 0xC9, 0x3E, 0xC9, 0x3B}

// String gives the usual form, as in C12A7328-F81F-11D2-BA4B-00A0C93EC93B.
func (g GUID) String() string {
	return fmt.Sprintf("%08X-%04X-%04X-%X-%X", le.Uint32(g[0:]), le.Uint16(g[4:]), le.Uint16(g[6:]), g[8:10], g[10:])
}

// derivedGUID makes a GUID of version 8 (RFC 9562) from what identifies the
// volume, so that the same volume has the same GUIDs wherever it is built.
func derivedGUID(purpose, label string, t time.Time) (g GUID) {
	sum := sha256.Sum256([]byte("iso9660 " + purpose + "\x00" + label + "\x00" + t.UTC().Format(time.RFC3339)))
	copy(g[:], sum[:])
	g[7] = g[7]&0x0F | 0x80
	g[8] = g[8]&0x3F | 0x80
	return g
}

// A partitionTable is a GPT that is written: primary copy and backup.
type partitionTable struct {
	disk    GUID
	blocks  int64 // of the whole disk
	entries []byte
}

func newPartitionTable(disk GUID, blocks int64) *partitionTable {
	return &partitionTable{disk: disk, blocks: blocks, entries: make([]byte, gptEntries*gptEntrySize)}
}

// set fills the i-th partition entry (UEFI 2.10 §5.3.3); last is inclusive.
func (t *partitionTable) set(i int, kind, id GUID, first, last int64, name string) {
	e := t.entries[i*gptEntrySize:]
	copy(e[0:], kind[:])
	copy(e[16:], id[:])
	le.PutUint64(e[32:], uint64(first))
	le.PutUint64(e[40:], uint64(last))
	for j, c := range utf16.Encode([]rune(name)) {
		le.PutUint16(e[56+2*j:], c)
	}
}

// header is the block of the header that stands at block self (UEFI 2.10 §5.3.2).
func (t *partitionTable) header(self, other, entries int64) []byte {
	h := make([]byte, blockSize)
	copy(h, gptSignature)
	le.PutUint32(h[8:], gptRevision)
	le.PutUint32(h[12:], gptHeaderSize)
	le.PutUint64(h[24:], uint64(self))
	le.PutUint64(h[32:], uint64(other))
	le.PutUint64(h[40:], gptFirst)
	le.PutUint64(h[48:], uint64(t.blocks-1-gptBlocks-1))
	copy(h[56:], t.disk[:])
	le.PutUint64(h[72:], uint64(entries))
	le.PutUint32(h[80:], gptEntries)
	le.PutUint32(h[84:], gptEntrySize)
	le.PutUint32(h[88:], crc32.ChecksumIEEE(t.entries))
	le.PutUint32(h[16:], crc32.ChecksumIEEE(h[:gptHeaderSize]))
	return h
}

// primary is blocks 1 to 33: header, then entries.
func (t *partitionTable) primary() []byte {
	return append(t.header(1, t.blocks-1, 2), t.entries...)
}

// backup is the last 33 blocks: entries, then header.
func (t *partitionTable) backup() []byte {
	return append(t.entries[:len(t.entries):len(t.entries)], t.header(t.blocks-1, 1, t.blocks-1-gptBlocks)...)
}
