package fat

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
)

// inode is a file or directory as the image's directories state it.
type inode struct {
	name     string
	attr     byte
	size     int64
	modified time.Time
	first    uint32
	children []*inode          // sorted by name
	byFold   map[string]*inode // children by folded name
}

func (n *inode) dir() bool { return n.attr&attrDirectory != 0 }

// indexer reads all directories once. Every cluster of a directory may be
// read once only, which ends loops and what would grow without end.
type indexer struct {
	fs      *FS
	entries int
	seen    map[uint32]bool
}

// index reads the tree of directories. It goes level by level, so that depth
// costs no stack.
func (f *FS) index(rootCluster uint32) (*inode, error) {
	x := &indexer{fs: f, seen: map[uint32]bool{}}
	root := &inode{name: ".", attr: attrDirectory, first: rootCluster}
	type place struct {
		dir   *inode
		path  string
		depth int
	}
	for queue := []place{{root, ".", 0}}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if at.depth > maxDepth {
			return nil, damaged("directories lie more than %d deep in one another", maxDepth)
		}
		r, err := x.open(at.dir, at.dir == root)
		if err == nil {
			err = x.readDir(at.dir, r)
		}
		if err != nil {
			return nil, fmt.Errorf("reading directory %s: %w", at.path, err)
		}
		for _, n := range at.dir.children {
			if n.dir() {
				queue = append(queue, place{n, path.Join(at.path, n.name), at.depth + 1})
			}
		}
	}
	return root, nil
}

// open gives a directory's bytes.
func (x *indexer) open(dir *inode, root bool) (io.Reader, error) {
	g := x.fs.geo
	if root && g.bits != 32 {
		return io.NewSectionReader(x.fs.r, g.rootStart(), g.rootSlots*direntSize), nil
	}
	if !g.valid(dir.first) {
		return nil, damaged("it begins at cluster %d, which is none", dir.first)
	}
	return io.LimitReader(&chain{fs: x.fs, cluster: dir.first, fresh: x.fresh}, maxDirSize), nil
}

func (x *indexer) fresh(cluster uint32) error {
	switch {
	case x.seen[cluster]:
		return damaged("cluster %d belongs to a directory twice", cluster)
	case int64(len(x.seen)) >= maxDirBytes/x.fs.geo.cluster():
		return damaged("its directories take more than %d bytes", maxDirBytes)
	}
	x.seen[cluster] = true
	return nil
}

// readDir reads the slots of one directory.
func (x *indexer) readDir(dir *inode, r io.Reader) error {
	dir.byFold = map[string]*inode{}
	slot := make([]byte, direntSize)
	var long longName
	for br := bufio.NewReaderSize(r, 4096); ; {
		_, err := io.ReadFull(br, slot)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || err == nil && slot[0] == 0 {
			break
		}
		if err != nil {
			return err
		}
		switch attr := slot[11]; {
		case slot[0] == 0xE5:
			long = longName{}
		case attr&0x3F == attrLong:
			long.add(slot)
		case attr&attrVolume != 0:
			if dir.name == "." {
				x.fs.label = shortText(slot[:11])
			}
			long = longName{}
		default:
			err := x.add(dir, slot, long.name(slot))
			if long = (longName{}); err != nil {
				return err
			}
		}
	}
	slices.SortFunc(dir.children, func(a, b *inode) int { return strings.Compare(a.name, b.name) })
	return nil
}

// add puts what a slot describes into its directory.
func (x *indexer) add(dir *inode, slot []byte, name string) error {
	le := binary.LittleEndian
	if name == "." || name == ".." {
		return nil
	}
	if x.entries++; x.entries > maxEntries {
		return damaged("more than %d entries", maxEntries)
	}
	n := &inode{
		name:     name,
		attr:     slot[11],
		size:     int64(le.Uint32(slot[28:])),
		modified: unstamp(le.Uint16(slot[24:]), le.Uint16(slot[22:])),
		first:    uint32(le.Uint16(slot[26:])),
	}
	if x.fs.geo.bits == 32 {
		n.first |= uint32(le.Uint16(slot[20:])) << 16
	}
	if n.dir() {
		n.size = 0
	}
	switch key := fold(name); {
	case !fs.ValidPath(name) || strings.Contains(name, "/"):
		return damaged("%q is no name", name)
	case dir.byFold[key] != nil:
		return damaged("%q is there twice", name)
	case n.size > 0 && !x.fs.geo.valid(n.first), n.size > x.fs.geo.clusters*x.fs.geo.cluster():
		return damaged("%q: %d bytes from cluster %d on are not in the image", name, n.size, n.first)
	default:
		dir.byFold[key] = n
	}
	dir.children = append(dir.children, n)
	return nil
}

// longName gathers the slots of a long name, which come last part first.
type longName struct {
	units []uint16
	part  byte // number of the last slot taken
	sum   byte
	ok    bool
}

func (l *longName) add(slot []byte) {
	part := slot[0] &^ longLast
	if slot[0]&longLast != 0 {
		*l = longName{part: part + 1, sum: slot[13], ok: part >= 1 && part <= (maxLongName+12)/13}
	}
	if !l.ok || part != l.part-1 || part == 0 || slot[13] != l.sum {
		*l = longName{}
		return
	}
	l.part = part
	units := make([]uint16, 0, 13+len(l.units))
	for _, at := range longFields {
		units = append(units, binary.LittleEndian.Uint16(slot[at:]))
	}
	l.units = append(units, l.units...)
}

// name is the long name where it is whole and belongs to the short one in the
// slot, and otherwise the short one.
func (l *longName) name(slot []byte) string {
	if !l.ok || l.part != 1 || l.sum != checksum([11]byte(slot[:11])) {
		return shortDisplay(slot)
	}
	units := l.units
	if i := slices.Index(units, 0); i >= 0 {
		units = units[:i]
	}
	if len(units) == 0 || len(units) > maxLongName {
		return shortDisplay(slot)
	}
	return string(utf16.Decode(units))
}

// Case bits that Windows NT and mtools keep in byte 12 of a slot, so that a
// name all in lower case needs no long one.
const (
	lowerBase = 0x08
	lowerExt  = 0x10
)

// shortDisplay is a short name as people see it.
func shortDisplay(slot []byte) string {
	raw := slices.Clone(slot[:11])
	if raw[0] == 0x05 { // stands for E5, which would mark a free slot
		raw[0] = 0xE5
	}
	base, ext := shortText(raw[:8]), shortText(raw[8:])
	if slot[12]&lowerBase != 0 {
		base = strings.ToLower(base)
	}
	if slot[12]&lowerExt != 0 {
		ext = strings.ToLower(ext)
	}
	if ext != "" {
		base += "." + ext
	}
	return base
}

// shortText decodes code page 437, which Linux takes for short names too; an
// image does not say which one its maker meant.
func shortText(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		s.WriteRune(charmap.CodePage437.DecodeByte(c))
	}
	return strings.TrimRight(s.String(), " ")
}
