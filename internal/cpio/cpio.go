// Package cpio writes and reads archives in the "newc" format (SVR4 without
// checksum, magic 070701), the only one from which a Linux kernel fills its
// initramfs. The format is defined in the kernel's documentation, "initramfs
// buffer format" (driver-api/early-userspace/buffer-format).
//
// An entry is a header of thirteen eight-digit hexadecimal fields, the name,
// the content; name and content are padded to four bytes. The archive ends
// with an entry named TRAILER!!!.
package cpio

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"
)

const (
	magic      = "070701"
	headerSize = 110 // the magic and thirteen fields
	trailer    = "TRAILER!!!"

	// maxPath is the kernel's PATH_MAX, which counts the closing zero byte. It
	// skips an entry with a longer name and a link with a longer target.
	maxPath = 4096
)

// ErrFormat is returned for an archive that is not in the newc format.
var ErrFormat = errors.New("not a newc archive")

// Header describes one entry.
type Header struct {
	Name     string      // relative: "usr/bin/env"
	Mode     fs.FileMode // type, permissions and the set-id and sticky bits
	UID, GID uint32
	ModTime  time.Time // whole seconds, 1970 to 2106
	Size     int64     // content in bytes, below 4 GiB; not used for a symbolic link
	Linkname string    // target of a symbolic link
	// Major and Minor are a device node's numbers.
	Major, Minor uint32
	// Inode and Links tell which entries of an archive are one file. The
	// writer numbers entries by itself, and makes no hard links.
	Inode, Links uint32
}

// The file types of stat(2).
const (
	typeMask    = 0o170000
	typeSocket  = 0o140000
	typeSymlink = 0o120000
	typeRegular = 0o100000
	typeBlock   = 0o060000
	typeDir     = 0o040000
	typeChar    = 0o020000
	typeFifo    = 0o010000
)

// types pairs stat(2)'s file types with Go's.
var types = []struct {
	unix uint32
	mode fs.FileMode
}{
	{typeRegular, 0},
	{typeDir, fs.ModeDir},
	{typeSymlink, fs.ModeSymlink},
	{typeChar, fs.ModeDevice | fs.ModeCharDevice},
	{typeBlock, fs.ModeDevice},
	{typeFifo, fs.ModeNamedPipe},
	{typeSocket, fs.ModeSocket},
}

// bits pairs stat(2)'s set-id and sticky bits with Go's.
var bits = []struct {
	unix uint32
	mode fs.FileMode
}{{0o4000, fs.ModeSetuid}, {0o2000, fs.ModeSetgid}, {0o1000, fs.ModeSticky}}

func toUnix(m fs.FileMode) (uint32, error) {
	for _, t := range types {
		if m.Type() != t.mode {
			continue
		}
		u := t.unix | uint32(m.Perm())
		for _, b := range bits {
			if m&b.mode != 0 {
				u |= b.unix
			}
		}
		return u, nil
	}
	return 0, fmt.Errorf("the file type %v has no place in an archive", m.Type())
}

func fromUnix(u uint32) (fs.FileMode, error) {
	for _, t := range types {
		if u&typeMask != t.unix {
			continue
		}
		m := t.mode | fs.FileMode(u&0o777)
		for _, b := range bits {
			if u&b.unix != 0 {
				m |= b.mode
			}
		}
		return m, nil
	}
	return 0, fmt.Errorf("unknown file type in mode %o", u)
}

// checkName refuses names that the kernel would skip or misplace.
func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("entry without a name")
	case name == trailer:
		return fmt.Errorf("%s is the archive's end mark and cannot be a name", trailer)
	case len(name) >= maxPath:
		return fmt.Errorf("name of %d bytes is over the limit of %d", len(name), maxPath-1)
	case name[0] == '/':
		return fmt.Errorf("name %q is absolute", name)
	case strings.Contains(name, "\x00"):
		return fmt.Errorf("name %q holds a zero byte", name)
	}
	return nil
}

// padding is the number of bytes to the next multiple of four.
func padding(n int64) int64 { return -n & 3 }
