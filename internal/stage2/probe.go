package stage2

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
)

// Volume is a file system that was recognised by its first kilobytes.
type Volume struct {
	Type   string   // as mount(2) calls it: iso9660
	Labels []string // all its names, the longest-standing first; none when it has no name
	UUID   string   // as blkid(8) writes it
	Size   int64    // bytes, where the file system tells; else 0
}

// probers recognise one file system each.
var probers = []func(io.ReaderAt) (Volume, bool){probeISO9660, probeFAT, probeExt}

// probe tells which file system r holds.
func probe(r io.ReaderAt) (Volume, bool) {
	for _, p := range probers {
		if v, ok := p(r); ok {
			return v, true
		}
	}
	return Volume{}, false
}

const sector = 2048

// probeISO9660 reads the volume descriptors, ECMA-119 §8: from sector 16 on,
// one a sector, up to the terminator. Joliet's supplementary descriptor has a
// volume name of its own, in UCS-2.
func probeISO9660(r io.ReaderAt) (Volume, bool) {
	var v Volume
	for i := range int64(16) {
		d := make([]byte, sector)
		if _, err := r.ReadAt(d, (16+i)*sector); err != nil || string(d[1:6]) != "CD001" {
			break
		}
		switch {
		case d[0] == 1 && v.Type == "":
			v.Type = "iso9660"
			v.label(string(d[40:72]))
			v.Size = int64(binary.LittleEndian.Uint32(d[80:])) * sector
			if v.UUID = isoTime(d[830:846]); v.UUID == "" {
				v.UUID = isoTime(d[813:829])
			}
		case d[0] == 2 && d[88] == '%' && d[89] == '/' && bytes.IndexByte([]byte("@CE"), d[90]) >= 0:
			units := make([]uint16, 16)
			for i := range units {
				units[i] = binary.BigEndian.Uint16(d[40+2*i:])
			}
			v.label(string(utf16.Decode(units)))
		case d[0] == 255:
			return v, v.Type != ""
		}
	}
	return v, v.Type != ""
}

// isoTime turns the digits 2025080900000000 into blkid's 2025-08-09-00-00-00-00.
func isoTime(digits []byte) string {
	zero := true
	for _, c := range digits {
		if c < '0' || c > '9' {
			return ""
		}
		zero = zero && c == '0'
	}
	if zero {
		return ""
	}
	parts := []string{string(digits[:4])}
	for i := 4; i < 16; i += 2 {
		parts = append(parts, string(digits[i:i+2]))
	}
	return strings.Join(parts, "-")
}

// probeFAT reads the boot sector: Microsoft's FAT specification 1.03, §3.
func probeFAT(r io.ReaderAt) (Volume, bool) {
	b := make([]byte, 512)
	if _, err := r.ReadAt(b, 0); err != nil || b[510] != 0x55 || b[511] != 0xaa {
		return Volume{}, false
	}
	serial, name := 0, 0
	switch {
	case string(b[82:87]) == "FAT32":
		serial, name = 67, 71
	case string(b[54:57]) == "FAT":
		serial, name = 39, 43
	default:
		return Volume{}, false
	}
	id := binary.LittleEndian.Uint32(b[serial:])
	v := Volume{Type: "vfat", UUID: fmt.Sprintf("%04X-%04X", id>>16, id&0xffff)}
	if label := string(b[name : name+11]); label != "NO NAME    " {
		v.label(label)
	}
	return v, true
}

// probeExt reads the superblock of ext2, 3 and 4, which one driver mounts.
func probeExt(r io.ReaderAt) (Volume, bool) {
	b := make([]byte, 1024)
	if _, err := r.ReadAt(b, 1024); err != nil || b[0x38] != 0x53 || b[0x39] != 0xef {
		return Volume{}, false
	}
	v := Volume{Type: "ext4", UUID: uuid(b[0x68:0x78])}
	v.label(string(b[0x78:0x88]))
	return v, true
}

func uuid(b []byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// label adds a name, without what fills the field up. Names go to terminals,
// so what is not printable does not.
func (v *Volume) label(field string) {
	field, _, _ = strings.Cut(field, "\x00")
	field = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c == '\ufffd' {
			return -1
		}
		return c
	}, strings.ToValidUTF8(strings.TrimRight(field, " "), ""))
	if field != "" && !slices.Contains(v.Labels, field) {
		v.Labels = append(v.Labels, field)
	}
}
