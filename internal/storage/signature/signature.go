// Package signature tells what a block device holds by its first and last
// bytes, as blkid(8) does: the file systems of Linux and of its media, swap,
// and what devices are made of (LVM, md, LUKS).
//
// The formats are those of the kernel's own headers: fs/ext4/ext4.h,
// fs/xfs/libxfs/xfs_format.h, uapi/linux/btrfs_tree.h, uapi/linux/raid/md_p.h,
// LVM2's lib/format_text/layout.h, and the LUKS1 and LUKS2 on-disk
// specifications; FAT and ISO 9660 (ECMA-119) by their own.
package signature

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Content is what a device holds.
type Content struct {
	// Type is blkid's word: ext4, xfs, vfat, btrfs, swap, iso9660, LVM2_member,
	// linux_raid_member, crypto_LUKS, and a few that are only named. Empty:
	// nothing that is known.
	Type string
	// Label is the volume's name; for LVM2_member that of its volume group,
	// for linux_raid_member that of its array.
	Label string
	// UUID is written as blkid writes it.
	UUID string
}

// The types that are no file systems.
const (
	LVM  = "LVM2_member"
	RAID = "linux_raid_member"
	LUKS = "crypto_LUKS"
	Swap = "swap"
)

// probers are asked in turn. What a device is part of comes before what lies
// on it: the superblock of some md arrays is at the end.
var probers = []func(device) (Content, bool){md, luks, lvm, swap, xfs, ext, btrfs, fat, iso, other}

// Identify tells what a device of so many bytes holds.
func Identify(r io.ReaderAt, size int64) Content {
	for _, probe := range probers {
		if c, ok := probe(device{r, size}); ok {
			return c
		}
	}
	return Content{}
}

type device struct {
	r    io.ReaderAt
	size int64
}

// at reads n bytes; what cannot be read is zeros, which are no signature.
func (d device) at(offset int64, n int) []byte {
	b := make([]byte, n)
	if offset < 0 || offset+int64(n) > d.size {
		return b
	}
	if _, err := d.r.ReadAt(b, offset); err != nil {
		clear(b)
	}
	return b
}

var (
	le = binary.LittleEndian
	be = binary.BigEndian
)

func uuid(b []byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// text is a name that a field holds. It goes to terminals, so what is not
// printable does not.
func text(field []byte) string {
	s, _, _ := strings.Cut(string(field), "\x00")
	return strings.TrimRight(strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c == utf8.RuneError {
			return -1
		}
		return c
	}, s), " ")
}

func ext(d device) (Content, bool) {
	b := d.at(1024, 264)
	if b[0x38] != 0x53 || b[0x39] != 0xef {
		return Content{}, false
	}
	compat, incompat, ro := le.Uint32(b[0x5c:]), le.Uint32(b[0x60:]), le.Uint32(b[0x64:])
	c := Content{Type: "ext2", Label: text(b[0x78:0x88]), UUID: uuid(b[0x68:])}
	switch {
	case incompat&^0x16 != 0 || ro&^0x7 != 0: // more than ext3 knows
		c.Type = "ext4"
	case compat&4 != 0: // a journal
		c.Type = "ext3"
	}
	return c, true
}

func xfs(d device) (Content, bool) {
	b := d.at(0, 512)
	if string(b[:4]) != "XFSB" {
		return Content{}, false
	}
	return Content{Type: "xfs", Label: text(b[108:120]), UUID: uuid(b[32:])}, true
}

func btrfs(d device) (Content, bool) {
	b := d.at(64<<10, 1024)
	if string(b[0x40:0x48]) != "_BHRfS_M" {
		return Content{}, false
	}
	return Content{Type: "btrfs", Label: text(b[0x12b : 0x12b+256]), UUID: uuid(b[0x20:])}, true
}

func swap(d device) (Content, bool) {
	for _, page := range []int64{4 << 10, 8 << 10, 16 << 10, 64 << 10} {
		if string(d.at(page-10, 10)) == "SWAPSPACE2" {
			b := d.at(1024, 64)
			return Content{Type: Swap, Label: text(b[28:44]), UUID: uuid(b[12:])}, true
		}
	}
	return Content{}, false
}

func luks(d device) (Content, bool) {
	b := d.at(0, 512)
	if string(b[:6]) != "LUKS\xba\xbe" {
		return Content{}, false
	}
	c := Content{Type: LUKS, UUID: text(b[168:208])}
	if be.Uint16(b[6:]) == 2 {
		c.Label = text(b[24:72])
	}
	return c, true
}

func fat(d device) (Content, bool) {
	b := d.at(0, 512)
	if b[510] != 0x55 || b[511] != 0xaa {
		return Content{}, false
	}
	serial, name := 0, 0
	switch {
	case string(b[82:87]) == "FAT32":
		serial, name = 67, 71
	case string(b[54:57]) == "FAT":
		serial, name = 39, 43
	default:
		return Content{}, false
	}
	id := le.Uint32(b[serial:])
	c := Content{Type: "vfat", UUID: fmt.Sprintf("%04X-%04X", id>>16, id&0xffff), Label: text(b[name : name+11])}
	if c.Label == "NO NAME" {
		c.Label = ""
	}
	return c, true
}

func iso(d device) (Content, bool) {
	b := d.at(16*2048, 2048)
	if b[0] != 1 || string(b[1:6]) != "CD001" {
		return Content{}, false
	}
	return Content{Type: "iso9660", Label: text(b[40:72])}, true
}
