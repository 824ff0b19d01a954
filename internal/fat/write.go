package fat

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// WriteTo writes the image in one pass. A file that gives more or fewer bytes
// than its entry said is an error.
func (im *Image) WriteTo(w io.Writer) (int64, error) {
	out := &counter{w: w}
	err := im.write(out)
	if err != nil {
		err = fmt.Errorf("writing the FAT image: %w", err)
	}
	return out.n, err
}

func (im *Image) write(out *counter) error {
	table := im.table()
	head := [][]byte{im.reserved(), table, table}
	if im.geo.bits != 32 {
		head = append(head, im.directory(im.tree.root))
	}
	for _, b := range head {
		if _, err := out.Write(b); err != nil {
			return err
		}
	}
	if err := out.zero(im.geo.dataStart()); err != nil {
		return err
	}
	for _, d := range im.tree.dirs {
		if d.count == 0 {
			continue
		}
		if _, err := out.Write(im.directory(d)); err != nil {
			return err
		}
		if err := out.zero(im.geo.offset(d.first + uint32(d.count))); err != nil {
			return err
		}
	}
	for _, f := range im.tree.files {
		if err := im.writeFile(out, f); err != nil {
			return fmt.Errorf("%s: %w", f.path, err)
		}
	}
	return out.zero(im.Size())
}

func (im *Image) writeFile(out *counter, f *node) (err error) {
	if f.count == 0 {
		return nil
	}
	r := io.NopCloser(bytes.NewReader(f.entry.Data))
	if f.entry.Data == nil {
		if r, err = f.entry.Open(); err != nil {
			return err
		}
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	n, err := io.Copy(out, io.LimitReader(r, f.entry.content()))
	if err != nil {
		return err
	}
	if n != f.entry.content() {
		return fmt.Errorf("ended after %d of %d bytes", n, f.entry.content())
	}
	if m, _ := io.ReadFull(r, make([]byte, 1)); m != 0 {
		return fmt.Errorf("has more than the %d bytes it was said to have", n)
	}
	return out.zero(im.geo.offset(f.first + uint32(f.count)))
}

// directory is the content of a directory.
func (im *Image) directory(dir *node) []byte {
	b := make([]byte, 0, im.tree.dirSize(dir))
	if dir == im.tree.root {
		if im.tree.label {
			label, _ := labelField(im.options.Label) // Validate has seen it
			b = append(b, im.slot(label, attrVolume, 0, 0)...)
		}
	} else {
		up := dir.parent.first
		if dir.parent == im.tree.root {
			up = 0 // §6.5: also where FAT32's root has a cluster
		}
		b = append(b, im.slot([11]byte([]byte(".          ")), attrDirectory, dir.first, 0)...)
		b = append(b, im.slot([11]byte([]byte("..         ")), attrDirectory, up, 0)...)
	}
	for _, n := range dir.children {
		b = appendLong(b, n)
		attr := byte(attrArchive)
		if n.dir {
			attr = attrDirectory
		}
		b = append(b, im.slot(n.short, attr, n.first, n.entry.content())...)
	}
	return b
}

// slot is one directory entry, §6.
func (im *Image) slot(name [11]byte, attr byte, first uint32, size int64) []byte {
	b := make([]byte, direntSize)
	le := binary.LittleEndian
	date, clock := stamp(im.options.Time)
	copy(b, name[:])
	b[11] = attr
	le.PutUint16(b[14:], clock)
	le.PutUint16(b[16:], date)
	le.PutUint16(b[18:], date)
	le.PutUint16(b[20:], uint16(first>>16))
	le.PutUint16(b[22:], clock)
	le.PutUint16(b[24:], date)
	le.PutUint16(b[26:], uint16(first))
	le.PutUint32(b[28:], uint32(size))
	return b
}

// longFields is where a long-name slot keeps its 13 UTF-16 units, §7.
var longFields = [13]int{1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30}

// appendLong adds the slots of a long name, last part first.
func appendLong(b []byte, n *node) []byte {
	parts := int(n.slots()) - 1
	for part := parts; part >= 1; part-- {
		slot := make([]byte, direntSize)
		slot[0] = byte(part)
		if part == parts {
			slot[0] |= longLast
		}
		slot[11] = attrLong
		slot[13] = checksum(n.short)
		for i, at := range longFields {
			unit := uint16(0xFFFF)
			switch k := (part-1)*13 + i; {
			case k < len(n.long):
				unit = n.long[k]
			case k == len(n.long):
				unit = 0
			}
			binary.LittleEndian.PutUint16(slot[at:], unit)
		}
		b = append(b, slot...)
	}
	return b
}

// longLast marks the slot with the end of a long name, which comes first.
const longLast = 0x40

// counter counts what it hands on, so that gaps can be filled up to a byte.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

var zeros [64 << 10]byte

// zero writes zeros up to the byte at.
func (c *counter) zero(at int64) error {
	for c.n < at {
		if _, err := c.Write(zeros[:min(int64(len(zeros)), at-c.n)]); err != nil {
			return err
		}
	}
	return nil
}
