package signature

import (
	"fmt"
	"strings"
)

// md finds the superblock of an array: version 1.2 at 4 KiB, 1.1 at the
// beginning, 1.0 and 0.90 near the end.
func md(d device) (Content, bool) {
	const magic = 0xa92b4efc
	for _, at := range []int64{4 << 10, 0, (d.size - 8<<10) &^ (4<<10 - 1)} {
		b := d.at(at, 64)
		if le.Uint32(b) == magic && le.Uint32(b[4:]) == 1 {
			return Content{Type: RAID, UUID: uuid(b[16:]), Label: text(b[32:64])}, true
		}
	}
	b := d.at(d.size&^(64<<10-1)-64<<10, 64)
	if le.Uint32(b) != magic || le.Uint32(b[4:]) != 0 {
		return Content{}, false
	}
	id := make([]byte, 16)
	be.PutUint32(id, le.Uint32(b[20:]))
	for i := range 3 {
		be.PutUint32(id[4+4*i:], le.Uint32(b[52+4*i:]))
	}
	return Content{Type: RAID, UUID: uuid(id)}, true
}

// lvm finds a physical volume's label in one of the first four sectors, and
// in its metadata the name of the volume group.
func lvm(d device) (Content, bool) {
	for i := range int64(4) {
		b := d.at(i*512, 512)
		if string(b[:8]) != "LABELONE" || string(b[24:32]) != "LVM2 001" {
			continue
		}
		c := Content{Type: LVM}
		at := le.Uint32(b[20:])
		if at < 32 || at > 512-40 {
			return c, true
		}
		c.UUID = lvmUUID(string(b[at : at+32]))
		c.Label = groupName(d, b[at+40:])
		return c, true
	}
	return Content{}, false
}

func lvmUUID(s string) string {
	var groups []string
	for _, n := range []int{6, 4, 4, 4, 4, 4, 6} {
		groups, s = append(groups, s[:n]), s[n:]
	}
	return text([]byte(strings.Join(groups, "-")))
}

// groupName follows a physical volume's list of areas to its first metadata
// area: the list of data areas ends with an empty one, then comes the other.
func groupName(d device, list []byte) string {
	for data := true; len(list) >= 16; list = list[16:] {
		at := int64(le.Uint64(list))
		switch {
		case at == 0 && data:
			data = false
		case at == 0:
			return ""
		case !data:
			h := d.at(at, 512)
			if string(h[4:20]) != " LVM2 x[5A%r0N*>" {
				return ""
			}
			where := int64(le.Uint64(h[40:]))
			if where <= 0 || where > d.size {
				return ""
			}
			name, _, ok := strings.Cut(string(d.at(at+where, 256)), " {")
			if !ok {
				return ""
			}
			return text([]byte(name))
		}
	}
	return ""
}

// MDUUID writes an array's UUID as mdadm(8) does: four groups with colons.
func MDUUID(s string) string {
	s = strings.ReplaceAll(s, "-", "")
	if len(s) != 32 {
		return s
	}
	return fmt.Sprintf("%s:%s:%s:%s", s[:8], s[8:16], s[16:24], s[24:])
}
