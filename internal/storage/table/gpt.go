package table

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"unicode/utf16"
)

const (
	entrySize  = 128
	entryCount = 128
	gptHeader  = 92
	maxArray   = 1 << 20 // of a foreign table's entries that we are ready to read
)

var le = binary.LittleEndian

// entrySectors is how many sectors our array of entries takes.
func entrySectors(sector int64) int64 { return (entrySize*entryCount + sector - 1) / sector }

// readGPT reads the first header, and where that is damaged the one at the end.
func readGPT(r io.ReaderAt, size, sector int64) (*Table, error) {
	t, err := readHeader(r, sector, sector, size)
	if err != nil {
		if t, errEnd := readHeader(r, (size/sector-1)*sector, sector, size); errEnd == nil {
			return t, nil
		}
	}
	return t, err
}

func readHeader(r io.ReaderAt, at, sector, size int64) (*Table, error) {
	h := make([]byte, sector)
	if _, err := r.ReadAt(h, at); err != nil {
		return nil, err
	}
	length := le.Uint32(h[12:])
	if string(h[:8]) != "EFI PART" || length < gptHeader || int64(length) > sector {
		return nil, ErrNone
	}
	sum := le.Uint32(h[16:])
	le.PutUint32(h[16:], 0)
	if crc32.ChecksumIEEE(h[:length]) != sum {
		return nil, errors.New("the GPT's header is damaged")
	}
	count, each, lba := int64(le.Uint32(h[80:])), int64(le.Uint32(h[84:])), int64(le.Uint64(h[72:]))
	if each < entrySize || each > 4096 || count < 0 || count*each > maxArray || lba < 0 || lba > size/sector {
		return nil, errors.New("the GPT's header makes no sense")
	}
	array := make([]byte, count*each)
	if _, err := r.ReadAt(array, lba*sector); err != nil {
		return nil, err
	}
	if crc32.ChecksumIEEE(array) != le.Uint32(h[88:]) {
		return nil, errors.New("the GPT's entries are damaged")
	}
	t := &Table{Kind: GPT, ID: formatGUID([16]byte(h[56:72]))}
	for i := range count {
		if e, ok := decodeEntry(array[i*each:], int(i+1), sector, size); ok {
			t.Entries = append(t.Entries, e)
		}
	}
	return t, nil
}

// decodeEntry reads one entry. What lies outside of the disk is none.
func decodeEntry(b []byte, number int, sector, size int64) (Entry, bool) {
	if [16]byte(b[:16]) == [16]byte{} {
		return Entry{}, false
	}
	first, last := int64(le.Uint64(b[32:])), int64(le.Uint64(b[40:]))
	if first < 0 || last < first || last >= size/sector {
		return Entry{}, false
	}
	units := make([]uint16, 36)
	for i := range units {
		units[i] = le.Uint16(b[56+2*i:])
	}
	name, _, _ := strings.Cut(string(utf16.Decode(units)), "\x00")
	return Entry{
		Number: number, Start: first * sector, Size: (last - first + 1) * sector,
		Type: formatGUID([16]byte(b[:16])), GUID: formatGUID([16]byte(b[16:32])),
		Name: name, Attributes: le.Uint64(b[48:]),
	}, true
}

// writeGPT writes the copy at the end before the table at the beginning, so
// that there always is one to be read.
func (t *Table) writeGPT(d Disk, size, sector int64) error {
	array, err := t.encodeEntries(sector)
	if err != nil {
		return err
	}
	last := size/sector - 1
	n := entrySectors(sector)
	writes := []struct {
		at   int64
		what []byte
	}{
		{last - n, array}, {last, nil}, {2, array}, {1, nil},
	}
	for _, w := range writes {
		if w.what == nil {
			w.what, err = t.encodeHeader(w.at, last, sector, crc32.ChecksumIEEE(array[:entrySize*entryCount]))
			if err != nil {
				return err
			}
		}
		if _, err := d.WriteAt(w.what, w.at*sector); err != nil {
			return fmt.Errorf("write the partition table: %w", err)
		}
	}
	return t.protect(d, size, sector)
}

func (t *Table) encodeHeader(at, last, sector int64, sum uint32) ([]byte, error) {
	id, err := parseGUID(t.ID)
	if err != nil {
		return nil, fmt.Errorf("the disk's GUID: %w", err)
	}
	n := entrySectors(sector)
	other, array := last, int64(2)
	if at == last {
		other, array = 1, last-n
	}
	h := make([]byte, sector)
	copy(h, "EFI PART")
	le.PutUint32(h[8:], 0x00010000)
	le.PutUint32(h[12:], gptHeader)
	le.PutUint64(h[24:], uint64(at))
	le.PutUint64(h[32:], uint64(other))
	le.PutUint64(h[40:], uint64(2+n))
	le.PutUint64(h[48:], uint64(last-n-1))
	copy(h[56:], id[:])
	le.PutUint64(h[72:], uint64(array))
	le.PutUint32(h[80:], entryCount)
	le.PutUint32(h[84:], entrySize)
	le.PutUint32(h[88:], sum)
	le.PutUint32(h[16:], crc32.ChecksumIEEE(h[:gptHeader]))
	return h, nil
}

func (t *Table) encodeEntries(sector int64) ([]byte, error) {
	array := make([]byte, entrySectors(sector)*sector)
	for _, e := range t.Entries {
		b := array[(e.Number-1)*entrySize:]
		kind, err := parseGUID(e.Type)
		if err != nil {
			return nil, fmt.Errorf("type of partition %d: %w", e.Number, err)
		}
		id, err := parseGUID(e.GUID)
		if err != nil {
			return nil, fmt.Errorf("GUID of partition %d: %w", e.Number, err)
		}
		copy(b, kind[:])
		copy(b[16:], id[:])
		le.PutUint64(b[32:], uint64(e.Start/sector))
		le.PutUint64(b[40:], uint64((e.Start+e.Size)/sector-1))
		le.PutUint64(b[48:], e.Attributes)
		name := utf16.Encode([]rune(e.Name))
		for i, u := range name[:min(len(name), 36)] {
			le.PutUint16(b[56+2*i:], u)
		}
	}
	return array, nil
}

// protect writes the MBR that keeps old programs off a GPT (UEFI §5.2.3).
func (t *Table) protect(d Disk, size, sector int64) error {
	b := make([]byte, sector)
	if _, err := d.ReadAt(b, 0); err != nil {
		return fmt.Errorf("read the first sector: %w", err)
	}
	clear(b[440:512])
	length := min(size/sector-1, 0xffffffff)
	copy(b[446:], []byte{0, 0, 2, 0, 0xee, 0xff, 0xff, 0xff, 1, 0, 0, 0})
	le.PutUint32(b[458:], uint32(length))
	b[510], b[511] = 0x55, 0xaa
	if _, err := d.WriteAt(b, 0); err != nil {
		return fmt.Errorf("write the protective MBR: %w", err)
	}
	return nil
}

// Wipe removes both headers of a GPT from a disk that gets another table.
func Wipe(d Disk, size int64, sector int) error {
	zero := make([]byte, sector)
	for _, at := range []int64{int64(sector), (size/int64(sector) - 1) * int64(sector)} {
		b := make([]byte, 8)
		if _, err := d.ReadAt(b, at); err != nil || !bytes.Equal(b, []byte("EFI PART")) {
			continue
		}
		if _, err := d.WriteAt(zero, at); err != nil {
			return fmt.Errorf("remove the GPT: %w", err)
		}
	}
	return nil
}
