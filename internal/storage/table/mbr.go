package table

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
)

const maxLogical = 60

// readMBR reads the four entries of the first sector and the chain of logical
// partitions. The boot sector of a file system ends like an MBR; its
// entries make no sense, though.
func readMBR(r io.ReaderAt, size, sector int64) (*Table, error) {
	b := make([]byte, 512)
	if _, err := r.ReadAt(b, 0); err != nil || b[510] != 0x55 || b[511] != 0xaa {
		return nil, ErrNone
	}
	if string(b[82:87]) == "FAT32" || string(b[54:57]) == "FAT" || string(b[3:7]) == "NTFS" {
		return nil, ErrNone
	}
	t := &Table{Kind: MBR, ID: fmt.Sprintf("%08x", le.Uint32(b[440:]))}
	for i := range 4 {
		e, ok, err := decodeMBR(b[446+16*i:], 0, sector, size)
		if err != nil || (ok && e.Type == "ee") {
			return nil, ErrNone
		}
		if !ok {
			continue
		}
		e.Number = i + 1
		if extended(e.Type) {
			if t.Extended.Number == 0 {
				t.Extended = e
			}
			continue
		}
		t.Entries = append(t.Entries, e)
	}
	t.chain(r, sector, size)
	return t, nil
}

func extended(kind string) bool { return slices.Contains([]string{"05", "0f", "85"}, kind) }

// decodeMBR reads 16 bytes, whose sectors count from base.
func decodeMBR(b []byte, base, sector, size int64) (Entry, bool, error) {
	if bytes.Equal(b[:16], make([]byte, 16)) || b[4] == 0 {
		return Entry{}, false, nil
	}
	e := Entry{
		Start: base + int64(le.Uint32(b[8:]))*sector, Size: int64(le.Uint32(b[12:])) * sector,
		Type: fmt.Sprintf("%02x", b[4]), Boot: b[0] == 0x80,
	}
	if b[0]&0x7f != 0 || e.Start < sector || e.Size <= 0 || e.Start >= size {
		return Entry{}, false, ErrNone
	}
	e.Size = min(e.Size, (size-e.Start)/sector*sector)
	return e, e.Size > 0, nil
}

// chain follows the logical partitions. A broken chain ends where it breaks.
func (t *Table) chain(r io.ReaderAt, sector, size int64) {
	x := t.Extended
	if x.Number == 0 {
		return
	}
	seen := make(map[int64]bool)
	for head := x.Start; len(seen) < maxLogical && !seen[head]; {
		seen[head] = true
		b := make([]byte, 512)
		if _, err := r.ReadAt(b, head); err != nil || b[510] != 0x55 || b[511] != 0xaa {
			return
		}
		if e, ok, err := decodeMBR(b[446:], head, sector, size); err == nil && ok && e.Start+e.Size <= x.Start+x.Size {
			e.Number, e.Head = 5+t.logical(), head
			t.Entries = append(t.Entries, e)
		}
		next, ok, err := decodeMBR(b[462:], x.Start, sector, size)
		if err != nil || !ok || next.Start >= x.Start+x.Size {
			return
		}
		head = next.Start
	}
}

func (t *Table) logical() (n int) {
	for _, e := range t.Entries {
		if e.Number > 4 {
			n++
		}
	}
	return n
}

func (t *Table) writeMBR(d Disk, sector int64) error {
	id, err := strconv.ParseUint(t.ID, 16, 32)
	if err != nil {
		return fmt.Errorf("the disk's signature %q is not eight hexadecimal digits", t.ID)
	}
	b := make([]byte, sector)
	if _, err := d.ReadAt(b, 0); err != nil {
		return fmt.Errorf("read the first sector: %w", err)
	}
	clear(b[440:512])
	le.PutUint32(b[440:], uint32(id))
	for _, e := range append(slices.Clone(t.Entries), t.Extended) {
		if e.Number >= 1 && e.Number <= 4 {
			encodeMBR(b[446+16*(e.Number-1):], e, 0, sector)
		}
	}
	b[510], b[511] = 0x55, 0xaa
	if err := t.writeChain(d, sector); err != nil {
		return err
	}
	if _, err := d.WriteAt(b, 0); err != nil {
		return fmt.Errorf("write the partition table: %w", err)
	}
	return nil
}

// writeChain writes the tables of the logical partitions. The first stands at
// the extended partition's beginning, whether or not a partition follows it.
func (t *Table) writeChain(d Disk, sector int64) error {
	x := t.Extended
	if x.Number == 0 {
		return nil
	}
	var links []Entry
	for _, e := range t.Entries {
		if e.Number > 4 {
			links = append(links, e)
		}
	}
	slices.SortFunc(links, func(a, b Entry) int { return a.Number - b.Number })
	if len(links) == 0 || links[0].Head != x.Start {
		links = append([]Entry{{Head: x.Start}}, links...)
	}
	for i, e := range links {
		b := make([]byte, sector)
		if e.Size > 0 {
			encodeMBR(b[446:], e, e.Head, sector)
		}
		if i+1 < len(links) {
			next := links[i+1]
			link := Entry{Start: next.Head, Size: next.Start + next.Size - next.Head, Type: "05"}
			encodeMBR(b[462:], link, x.Start, sector)
		}
		b[510], b[511] = 0x55, 0xaa
		if _, err := d.WriteAt(b, e.Head); err != nil {
			return fmt.Errorf("write the table of logical partition %d: %w", e.Number, err)
		}
	}
	return nil
}

func encodeMBR(b []byte, e Entry, base, sector int64) {
	kind, _ := strconv.ParseUint(e.Type, 16, 8) // Validate has seen it
	if e.Boot {
		b[0] = 0x80
	}
	putCHS(b[1:4], e.Start/sector)
	b[4] = byte(kind)
	putCHS(b[5:8], (e.Start+e.Size)/sector-1)
	le.PutUint32(b[8:], uint32((e.Start-base)/sector))
	le.PutUint32(b[12:], uint32(e.Size/sector))
}

// putCHS writes cylinder, head and sector for 255 heads of 63 sectors, or the
// largest there is where the number does not fit.
func putCHS(b []byte, lba int64) {
	const heads, sectors = 255, 63
	c, h, s := lba/(heads*sectors), lba/sectors%heads, lba%sectors+1
	if c > 1023 {
		b[0], b[1], b[2] = 0xfe, 0xff, 0xff
		return
	}
	b[0], b[1], b[2] = byte(h), byte(s)|byte(c>>8)<<6, byte(c)
}
