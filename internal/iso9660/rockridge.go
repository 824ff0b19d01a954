package iso9660

import (
	"io/fs"
	"strings"
	"time"
)

// System use fields as SUSP and RRIP define them: a signature of two letters,
// the field's length, its version, and the data.
const (
	rrID          = "RRIP_1991A"
	rrDescription = "THE ROCK RIDGE INTERCHANGE PROTOCOL PROVIDES SUPPORT FOR POSIX FILE SYSTEM SEMANTICS"
	rrSource      = "PLEASE CONTACT DISC PUBLISHER FOR SPECIFICATION SOURCE.  " +
		"SEE PUBLISHER IDENTIFIER IN PRIMARY VOLUME DESCRIPTOR FOR CONTACT INFORMATION."

	ceSize   = 28  // of a CE field
	maxField = 255 // of any field; its length is one byte

	nmContinue = 1 << 0

	slContinue = 1 << 0 // of the field, and of a component
	slCurrent  = 1 << 1
	slParent   = 1 << 2
	slRoot     = 1 << 3
)

// A role says which of a directory's records is meant: that of the directory
// itself, of its parent, or of a child.
type role int

const (
	self role = iota
	parent
	child
)

// appendSystemUse appends the system use fields of the record by which n is
// known in the given role, before they are split for continuation areas.
func appendSystemUse(su []byte, n *node, as role, t time.Time) []byte {
	if as == self && n.parent == n {
		su = append(su, 'S', 'P', 7, 1, 0xBE, 0xEF, 0)
	}
	su = appendPX(su, n)
	su = appendTF(su, t)
	if as == child {
		su = appendNM(su, n.name)
		if n.mode().Type() == fs.ModeSymlink {
			su = appendSL(su, n.entry.Target)
		}
	}
	if as == self && n.parent == n {
		su = appendER(su)
	}
	return su
}

// appendPX records mode, links, user and group (RRIP §4.1.1).
func appendPX(su []byte, n *node) []byte {
	links := uint32(1)
	if n.isDir() {
		links = 2 + uint32(n.dir.subdirs)
	}
	var px [36]byte
	copy(px[:], "PX\x24\x01")
	putBoth32(px[4:], unixMode(n.mode()))
	putBoth32(px[12:], links)
	return append(su, px[:]...)
}

// modeBits are the mode bits beside type and permissions.
var modeBits = []struct {
	mode fs.FileMode
	unix uint32
}{{fs.ModeSetuid, 0o4000}, {fs.ModeSetgid, 0o2000}, {fs.ModeSticky, 0o1000}}

// unixMode is m as stat(2) gives it.
func unixMode(m fs.FileMode) uint32 {
	mode := uint32(m.Perm())
	switch m.Type() {
	case fs.ModeDir:
		mode |= 0o040000
	case fs.ModeSymlink:
		mode |= 0o120000
	default:
		mode |= 0o100000
	}
	for _, bit := range modeBits {
		if m&bit.mode != 0 {
			mode |= bit.unix
		}
	}
	return mode
}

// appendTF records times of modification, access and attribute change
// (RRIP §4.1.6), which are the same.
func appendTF(su []byte, t time.Time) []byte {
	stamp := shortTime(t)
	su = append(su, 'T', 'F', 5+3*7, 1, 0x0E)
	for range 3 {
		su = append(su, stamp[:]...)
	}
	return su
}

// appendNM records a name (RRIP §4.1.4).
func appendNM(su []byte, name string) []byte {
	const room = maxField - 5
	for len(name) > room {
		su = append(su, 'N', 'M', maxField, 1, nmContinue)
		su = append(su, name[:room]...)
		name = name[room:]
	}
	su = append(su, 'N', 'M', byte(5+len(name)), 1, 0)
	return append(su, name...)
}

// appendSL records a symbolic link's target as components (RRIP §4.1.3).
// A component that no field can hold is spread over several.
func appendSL(su []byte, target string) []byte {
	const room = maxField - 5
	field := -1 // where the current SL field begins in su
	add := func(flags byte, content string) {
		if field < 0 || len(su)-field-5+2+len(content) > room {
			if field >= 0 {
				su[field+4] = slContinue
			}
			field = len(su)
			su = append(su, 'S', 'L', 5, 1, 0)
		}
		su = append(su, flags, byte(len(content)))
		su = append(su, content...)
		su[field+2] = byte(len(su) - field)
	}
	if strings.HasPrefix(target, "/") {
		add(slRoot, "")
	}
	for component := range strings.SplitSeq(target, "/") {
		switch component {
		case "":
		case ".":
			add(slCurrent, "")
		case "..":
			add(slParent, "")
		default:
			for len(component) > room-2 {
				add(slContinue, component[:room-2])
				component = component[room-2:]
			}
			add(0, component)
		}
	}
	return su
}

// appendER announces Rock Ridge (SUSP §5.5, RRIP §4.3).
func appendER(su []byte) []byte {
	su = append(su, 'E', 'R', byte(8+len(rrID)+len(rrDescription)+len(rrSource)), 1,
		byte(len(rrID)), byte(len(rrDescription)), byte(len(rrSource)), 1)
	return append(su, rrID+rrDescription+rrSource...)
}

// splitFields splits su so that head has at most room bytes, of which a CE field
// to the tail takes ceSize when there is a tail.
func splitFields(su []byte, room int) (head, tail []byte) {
	if len(su) <= room {
		return su, nil
	}
	n := 0
	for n+int(su[n+2]) <= room-ceSize {
		n += int(su[n+2])
	}
	return su[:n:n], su[n:]
}
