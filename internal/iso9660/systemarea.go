package iso9660

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"unicode/utf16"
)

// Limits of a GPT's entry array. Ours and sgdisk's have 128 entries of 128 bytes,
// xorriso's up to 248.
const (
	maxGPTEntries   = 1024
	maxGPTEntrySize = 4096
)

// A SystemArea is what the first 32 KiB of an image say to firmware that takes
// it for a disk. Blocks are of 512 bytes.
type SystemArea struct {
	MBR MBR
	// GPT is the primary table and Backup the one at the image's end. Each is
	// nil where there is none.
	GPT, Backup *GPT
}

// An MBR is the first block.
type MBR struct {
	Signed     bool   // ends with 55 AA
	DiskID     uint32 // disk signature
	Isohybrid  bool   // has isolinux's boot code
	BootBlock  uint64 // where that looks for isolinux.bin
	Partitions []MBRPartition
}

// An MBRPartition is an entry of the MBR that is not all zero.
type MBRPartition struct {
	Number        int // 1 to 4
	Active        bool
	Type          byte
	Start, Blocks uint32
}

// A GPT is one copy of a partition table.
type GPT struct {
	Disk        GUID
	Self, Other uint64 // blocks of this header and of the other copy's
	First, Last uint64 // usable blocks, inclusive
	Partitions  []GPTPartition
	HeaderCRC   bool // the header's checksum is right
	EntriesCRC  bool // that of the entries is right
}

// A GPTPartition is an entry of the table that is in use.
type GPTPartition struct {
	Number      int // from 1
	Type, ID    GUID
	First, Last uint64 // blocks, inclusive
	Attributes  uint64
	Name        string
}

// isohybridCode is in the boot code of isolinux's isohdpfx.bin and its kin:
// what they say when there is no isolinux.bin.
const isohybridCode = "isolinux.bin missing or corrupt"

// SystemArea reads the partition tables. The error says what is wrong with
// them, all of it; what could be read is returned beside it. An
// image without any tables has no fault.
func (img *Image) SystemArea() (*SystemArea, error) {
	block := make([]byte, blockSize)
	if err := img.src.readAt(block, 0); err != nil {
		return nil, fmt.Errorf("read the system area: %w", err)
	}
	area := &SystemArea{MBR: decodeMBR(block)}
	var faults []error
	var err error
	if area.GPT, err = readGPT(img.src, 1); err != nil {
		faults = append(faults, fmt.Errorf("primary GPT: %w", err))
	}
	last := uint64(img.src.size/blockSize) - 1
	if area.GPT != nil && area.GPT.Other > 1 && area.GPT.Other < last {
		last = area.GPT.Other
		faults = append(faults, fmt.Errorf("primary GPT: the backup is at block %d and not at the image's end", last))
	}
	if area.Backup, err = readGPT(img.src, last); err != nil {
		faults = append(faults, fmt.Errorf("backup GPT: %w", err))
	}
	return area, errors.Join(append(faults, area.disagreements(uint64(img.src.size/blockSize))...)...)
}

func decodeMBR(b []byte) MBR {
	m := MBR{
		Signed: b[mbrSignature] == 0x55 && b[mbrSignature+1] == 0xAA, DiskID: le.Uint32(b[mbrDiskID:]),
		Isohybrid: bytes.Contains(b[:mbrCodeSize], []byte(isohybridCode)),
	}
	if m.Isohybrid {
		m.BootBlock = le.Uint64(b[mbrBootBlock:])
	}
	if !m.Signed {
		return m
	}
	for i := range 4 {
		e := b[mbrTable+i*mbrEntrySize:][:mbrEntrySize]
		if bytes.Equal(e, make([]byte, mbrEntrySize)) {
			continue
		}
		m.Partitions = append(m.Partitions, MBRPartition{i + 1, e[0] == mbrActive, e[4], le.Uint32(e[8:]), le.Uint32(e[12:])})
	}
	return m
}

// readGPT reads the copy whose header is at a block; nil when there is none.
func readGPT(src *source, at uint64) (*GPT, error) {
	h := make([]byte, blockSize)
	if at > uint64(src.size/blockSize) || src.readAt(h, int64(at)*blockSize) != nil || string(h[:8]) != gptSignature {
		return nil, nil
	}
	g := &GPT{
		Disk: GUID(h[56:72]), Self: le.Uint64(h[24:]), Other: le.Uint64(h[32:]), First: le.Uint64(h[40:]), Last: le.Uint64(h[48:]),
	}
	size, sum := le.Uint32(h[12:]), le.Uint32(h[16:])
	if size < gptHeaderSize || size > blockSize {
		return g, fmt.Errorf("the header has %d bytes", size)
	}
	clear(h[16:20])
	var faults []error
	if g.HeaderCRC = crc32.ChecksumIEEE(h[:size]) == sum; !g.HeaderCRC {
		faults = append(faults, errors.New("the header's checksum is wrong"))
	}
	if g.Self != at {
		faults = append(faults, fmt.Errorf("the header at block %d says that it is at %d", at, g.Self))
	}
	return g, errors.Join(append(faults, g.readEntries(src, h))...)
}

// readEntries reads the entry array that the header points to.
func (g *GPT) readEntries(src *source, h []byte) error {
	at, count, size := le.Uint64(h[72:]), le.Uint32(h[80:]), le.Uint32(h[84:])
	if count > maxGPTEntries || size < gptEntrySize || size > maxGPTEntrySize {
		return fmt.Errorf("the table has %d entries of %d bytes", count, size)
	}
	if at > uint64(src.size/blockSize) {
		return fmt.Errorf("the entries are at block %d, beyond the image's end", at)
	}
	table := make([]byte, count*size)
	if err := src.readAt(table, int64(at)*blockSize); err != nil {
		return fmt.Errorf("read the entries: %w", err)
	}
	for i := range int(count) {
		e := table[i*int(size):]
		if kind := GUID(e[:16]); kind != (GUID{}) {
			g.Partitions = append(g.Partitions, GPTPartition{
				i + 1, kind, GUID(e[16:32]), le.Uint64(e[32:]), le.Uint64(e[40:]), le.Uint64(e[48:]), partitionName(e[56:128]),
			})
		}
	}
	if g.EntriesCRC = crc32.ChecksumIEEE(table) == le.Uint32(h[88:]); !g.EntriesCRC {
		return errors.New("the entries' checksum is wrong")
	}
	return nil
}

func partitionName(b []byte) string {
	var units []uint16
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, le.Uint16(b))
	}
	name, _, _ := strings.Cut(string(utf16.Decode(units)), "\x00")
	return name
}

// disagreements says where the two copies of the table differ, and
// which partitions an image of so many blocks can't have.
func (a *SystemArea) disagreements(blocks uint64) (faults []error) {
	if a.GPT == nil && a.Backup == nil {
		return nil
	}
	switch {
	case a.GPT == nil:
		return append(faults, errors.New("there is a backup GPT and no primary one"))
	case a.Backup == nil:
		faults = append(faults, errors.New("there is a primary GPT and no backup"))
	case a.GPT.Disk != a.Backup.Disk || len(a.GPT.Partitions) != len(a.Backup.Partitions):
		faults = append(faults, errors.New("primary and backup GPT differ"))
	default:
		for i, p := range a.GPT.Partitions {
			if p != a.Backup.Partitions[i] {
				faults = append(faults, fmt.Errorf("primary and backup GPT differ in partition %d", p.Number))
			}
		}
	}
	// Isohybrid's own partitions overlap the table on purpose; that is left to
	// sgdisk to mention.
	for _, p := range a.GPT.Partitions {
		if p.First > p.Last || p.Last >= blocks {
			faults = append(faults, fmt.Errorf("partition %d, blocks %d to %d, is not within the image's %d blocks", p.Number, p.First, p.Last, blocks))
		}
	}
	return faults
}
