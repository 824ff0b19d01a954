// Package table reads and writes partition tables: GPT (UEFI Specification
// 2.10, §5.3) and MBR with the chain of logical partitions that PC systems
// agree on.
//
// A Table is a plain value, in bytes. Read takes it from a disk, Write puts it
// there; what Write makes, sgdisk(8) and sfdisk(8) accept. No kernel is told.
package table

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// Kind is the kind of a table.
type Kind string

// The kinds.
const (
	GPT Kind = "gpt"
	MBR Kind = "mbr"
)

// Table is what a disk is divided into.
type Table struct {
	Kind Kind
	// ID names the disk: a GUID, or for MBR the eight digits of its signature.
	ID string
	// Entries are sorted by number. MBR numbers logical partitions from 5 on.
	Entries []Entry
	// Extended is where the logical partitions of an MBR lie; Number 0: none.
	Extended Entry
}

// Entry is one partition. Start and Size are bytes, multiples of a sector.
type Entry struct {
	Number int
	Start  int64
	Size   int64
	// Type is a GUID, or for MBR two hexadecimal digits.
	Type string
	// GUID and Name are GPT's.
	GUID string
	Name string
	// Attributes are those of GPT; Boot is MBR's flag.
	Attributes uint64
	Boot       bool
	// Head is where a logical partition's own table stands.
	Head int64
}

// The types of partitions, as GPT and MBR have them.
const (
	TypeLinux     = "0fc63daf-8483-4772-8e79-3d69d8477de4"
	TypeSwap      = "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f"
	TypeLVM       = "e6d6d379-f507-44c2-a23c-238f2a3df928"
	TypeRAID      = "a19d880f-05fc-4d3b-a006-743f0f84911e"
	TypeESP       = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
	TypeBIOSBoot  = "21686148-6449-6e6f-744e-656564454649"
	TypeLUKS      = "ca7d7ccb-63ed-4c53-861c-1742536059cc"
	TypeMicrosoft = "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7"

	MBRLinux    = "83"
	MBRSwap     = "82"
	MBRLVM      = "8e"
	MBRRAID     = "fd"
	MBRESP      = "ef"
	MBRFAT32    = "0c"
	MBRExtended = "0f"
)

// ErrNone says that the disk holds no partition table that could be read.
var ErrNone = errors.New("no partition table")

// Read takes the table from a disk of so many bytes and of such sectors.
func Read(r io.ReaderAt, size int64, sector int) (*Table, error) {
	if sector < 512 || sector > 1<<16 || size < int64(3*sector) {
		return nil, ErrNone
	}
	if t, err := readGPT(r, size, int64(sector)); err == nil {
		return t, nil
	}
	return readMBR(r, size, int64(sector))
}

// Write puts the table on a disk. The first 440 bytes, where a boot loader may
// stand, stay as they are. Nothing is written of a table that Validate refuses.
func (t *Table) Write(d Disk, size int64, sector int) error {
	if err := t.Validate(size, sector); err != nil {
		return err
	}
	if t.Kind == GPT {
		return t.writeGPT(d, size, int64(sector))
	}
	return t.writeMBR(d, int64(sector))
}

// Disk is what a table is written to.
type Disk interface {
	io.ReaderAt
	io.WriterAt
}

// Bounds gives the first and last byte (exclusive) that partitions may take on
// a disk of such a size, on whole MiB.
func Bounds(kind Kind, size int64, sector int) (first, end int64) {
	end = size
	switch kind {
	case GPT:
		end -= int64(sector) * (1 + entrySectors(int64(sector)))
	case MBR:
		end = min(end, int64(sector)<<32)
	}
	return Align, end / Align * Align
}

// Align is where partitions start and end.
const Align = 1 << 20

// Validate reports all that is wrong with the table for a disk.
func (t *Table) Validate(size int64, sector int) error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if t.Kind != GPT && t.Kind != MBR {
		return fmt.Errorf("a partition table is gpt or mbr, not %q", t.Kind)
	}
	sec := int64(sector)
	first, end := sec*(2+entrySectors(sec)), size-sec*(1+entrySectors(sec))
	if t.Kind == MBR {
		first, end = sec, min(size, sec<<32)
	}
	seen := make(map[int]bool)
	for _, e := range t.Entries {
		switch {
		case e.Number < 1 || e.Number > 128 || seen[e.Number]:
			fault("partition number %d: numbers are 1 to 128, each once", e.Number)
		case e.Start%sec != 0 || e.Size%sec != 0 || e.Size <= 0:
			fault("partition %d: %d bytes from byte %d are no whole sectors of %d bytes", e.Number, e.Size, e.Start, sector)
		case e.Start < first || e.Size > end-e.Start:
			fault("partition %d: bytes %d to %d lie outside of %d to %d, where a %s table has its partitions", e.Number, e.Start, e.Start+e.Size, first, end, t.Kind)
		}
		seen[e.Number] = true
	}
	faults = append(faults, t.overlaps()...)
	if t.Kind == MBR {
		faults = append(faults, t.validateMBR()...)
	}
	return errors.Join(faults...)
}

func (t *Table) overlaps() (faults []error) {
	sorted := slices.Clone(t.Entries)
	slices.SortFunc(sorted, func(a, b Entry) int {
		if a.Start < b.Start {
			return -1
		}
		return 1
	})
	for i := 1; i < len(sorted); i++ {
		if a, b := sorted[i-1], sorted[i]; a.Start+a.Size > b.Start {
			faults = append(faults, fmt.Errorf("partitions %d and %d overlap", a.Number, b.Number))
		}
	}
	return faults
}

func (t *Table) validateMBR() (faults []error) {
	used := make(map[int]bool)
	for _, e := range t.Entries {
		used[e.Number] = true
		if _, err := strconv.ParseUint(e.Type, 16, 8); err != nil {
			faults = append(faults, fmt.Errorf("partition %d: type %q is not two hexadecimal digits", e.Number, e.Type))
		}
		if e.Number <= 4 {
			if x := t.Extended; x.Number != 0 && e.Start < x.Start+x.Size && x.Start < e.Start+e.Size {
				faults = append(faults, fmt.Errorf("partition %d overlaps the extended partition", e.Number))
			}
			continue
		}
		x := t.Extended
		if x.Number == 0 || e.Head < x.Start || e.Head >= e.Start || e.Start+e.Size > x.Start+x.Size {
			faults = append(faults, fmt.Errorf("logical partition %d lies outside of the extended partition", e.Number))
		}
	}
	if n := t.Extended.Number; n < 0 || n > 4 || (n > 0 && used[n]) {
		faults = append(faults, fmt.Errorf("the extended partition cannot be number %d", n))
	}
	for n := 5; n <= 128; n++ {
		if used[n+1] && !used[n] {
			faults = append(faults, fmt.Errorf("logical partition %d follows none: they are numbered without gaps", n+1))
		}
	}
	return faults
}
