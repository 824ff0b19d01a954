package iso9660

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limits of one directory. Honest ones are far below: 100,000 files with long
// names take 30 MB.
const (
	maxDirectoryBytes = 32 << 20 // of records
	maxEntries        = 1 << 18  // files in it
	maxAreasBytes     = 64 << 20 // of continuation areas
	maxNameBytes      = 32 << 20 // of names and targets together
	entryCost         = 256      // bytes, about, that an entry takes in memory
)

// A dirent is a name in a directory, with everything the records say of it.
type dirent struct {
	name     string
	mode     fs.FileMode
	modified time.Time
	links    uint32
	uid, gid uint32
	size     int64
	target   string
	extents  []Extent
	fault    error // why the content can't be read
}

// A listing is a directory that was read: its entries by name, each name once,
// and what was wrong with it.
type listing struct {
	entries []dirent
	fault   error
	cost    int64 // bytes of memory, about
}

func (l *listing) find(name string) *dirent {
	i, ok := slices.BinarySearchFunc(l.entries, name, func(e dirent, name string) int { return strings.Compare(e.name, name) })
	if !ok {
		return nil
	}
	return &l.entries[i]
}

// A lister reads one directory.
type lister struct {
	fsys   *FS
	areas  int64  // budget of bytes of continuation areas
	names  int64  // budget of bytes of names and targets
	open   []byte // identifier of an entry whose extents go on in the next record
	seen   []dirent
	faults []error
	unsaid int // faults beyond those that are told
}

// list reads the directory that lies in the extents. It goes on behind a
// malformed record where it can: the next sector begins with a record.
func (fsys *FS) list(extents []Extent) *listing {
	l := &lister{fsys: fsys, areas: maxAreasBytes, names: maxNameBytes}
	left := int64(maxDirectoryBytes)
	for _, e := range extents {
		if left -= e.Size; left < 0 {
			l.fail(fmt.Errorf("directory of more than %d bytes", maxDirectoryBytes))
			break
		}
		if err := l.extent(e); err != nil {
			l.fail(err)
			break
		}
	}
	slices.SortStableFunc(l.seen, func(a, b dirent) int { return strings.Compare(a.name, b.name) })
	entries := slices.CompactFunc(l.seen, func(a, b dirent) bool { return a.name == b.name })
	if l.unsaid > 0 {
		l.faults = append(l.faults, fmt.Errorf("and %d more faults", l.unsaid))
	}
	return &listing{entries, errors.Join(l.faults...), int64(len(l.seen))*entryCost + maxNameBytes - l.names}
}

// fail keeps a fault; of a directory full of them the first say enough.
func (l *lister) fail(err error) {
	if len(l.faults) < 8 {
		l.faults = append(l.faults, err)
		return
	}
	l.unsaid++
}

// extent reads the records of one extent, sector by sector (ECMA-119 §6.8.1.1).
func (l *lister) extent(e Extent) error {
	buf := make([]byte, SectorSize)
	start := int64(e.Block) * l.fsys.src.block
	for at := int64(0); at < e.Size; at += SectorSize {
		sector := buf[:min(SectorSize, e.Size-at)]
		if err := l.fsys.src.readAt(sector, start+at); err != nil {
			return fmt.Errorf("read directory records: %w", err)
		}
		for pos := 0; pos < len(sector) && sector[pos] != 0; pos += int(sector[pos]) {
			end := pos + int(sector[pos])
			if end > len(sector) {
				l.fail(fmt.Errorf("at byte %d: %w", start+at+int64(pos), errRecord))
				break
			}
			r, err := decodeRecord(sector[pos:end])
			if err != nil {
				l.fail(fmt.Errorf("at byte %d: %w", start+at+int64(pos), err))
				continue
			}
			if err := l.record(r); err != nil {
				l.fail(fmt.Errorf("at byte %d: %w", start+at+int64(pos), err))
			}
			if len(l.seen) > maxEntries || l.names < 0 {
				return fmt.Errorf("directory of more than %d entries, or names of more than %d bytes", maxEntries, maxNameBytes)
			}
		}
	}
	return nil
}

// record takes one record. Where its fields are malformed it still counts, with
// what could be read of it.
func (l *lister) record(r recordHead) error {
	if r.isDot() || r.flags&flagAssociated != 0 {
		return nil
	}
	more := r.flags&flagMultiExtent != 0
	if l.open != nil && string(l.open) == string(r.id) {
		last := &l.seen[len(l.seen)-1]
		last.extents = append(last.extents, r.extent)
		last.size += r.extent.Size
		if l.names -= entryCost / 8; !more {
			l.open = nil
		}
		return nil
	}
	l.open = nil
	e, shown, err := l.entry(r)
	if !shown {
		return err
	}
	if !fs.ValidPath(e.name) || e.name == "." || strings.ContainsAny(e.name, "/\x00") {
		return errors.Join(err, fmt.Errorf("name %q can't be that of a file", e.name))
	}
	l.names -= int64(len(e.name) + len(e.target))
	l.seen = append(l.seen, e)
	if more {
		l.open = slices.Clone(r.id)
	}
	return err
}

// entry makes an entry of a record; shown is false for what the view hides.
func (l *lister) entry(r recordHead) (e dirent, shown bool, err error) {
	e = plainEntry(r)
	if l.fsys.kind == Joliet {
		e.name = stripVersion(strings.TrimRight(decodeUCS2(r.id), "\x00"))
		return e, true, nil
	}
	if l.fsys.kind == Plain {
		return e, true, nil
	}
	rr, err := readRockRidge(l.fsys.src, r.su[min(l.fsys.skip, len(r.su)):], &l.areas)
	if rr.relocated {
		return e, false, err
	}
	if len(rr.name) > 0 {
		e.name = latin1(rr.name)
	}
	e.apply(rr)
	if rr.hasChild {
		err = errors.Join(err, l.fsys.moveTo(&e, rr.child, &l.areas))
	}
	return e, true, err
}

// plainEntry is what a record says without any extension.
func plainEntry(r recordHead) dirent {
	e := dirent{
		name: strings.TrimSuffix(stripVersion(latin1(r.id)), "."), mode: 0o444,
		modified: r.time, links: 1, size: r.extent.Size, extents: []Extent{r.extent},
	}
	if r.isDir() {
		e.mode = fs.ModeDir | 0o555
	}
	if r.interleaved {
		e.fault = fmt.Errorf("interleaved files: %w", errors.ErrUnsupported)
	}
	return e
}

// stripVersion removes a version number (ECMA-119 §7.5.1).
func stripVersion(id string) string {
	name, version, ok := strings.Cut(id, ";")
	if _, err := strconv.ParseUint(version, 10, 16); !ok || err != nil {
		return id
	}
	return name
}

// apply lets Rock Ridge say what it says of an entry. Whether it is a directory
// remains with the record: only then its extent is one.
func (e *dirent) apply(rr *rockRidge) {
	if !rr.modified.IsZero() {
		e.modified = rr.modified
	}
	if rr.hasMode {
		if mode := fileMode(rr.unixMode); mode.IsDir() == e.mode.IsDir() {
			e.mode = mode
		} else {
			e.mode = e.mode.Type() | mode.Perm()
		}
		e.links, e.uid, e.gid = rr.links, rr.uid, rr.gid
	}
	if rr.link.seen && !e.mode.IsDir() {
		e.target = latin1([]byte(rr.link.text.String()))
		e.mode = fs.ModeSymlink | e.mode.Perm()
		e.size = int64(len(e.target))
	}
	if rr.compressed {
		e.fault = fmt.Errorf("zisofs compression: %w", errors.ErrUnsupported)
	}
}

// moveTo makes e the relocated directory (RRIP §4.1.5) that lies at a block.
func (fsys *FS) moveTo(e *dirent, block uint32, budget *int64) error {
	dot, rr, err := fsys.dot(block, fsys.skip, budget)
	if err != nil {
		return fmt.Errorf("relocated directory: %w", err)
	}
	e.extents, e.size = []Extent{{block, dot.extent.Size}}, dot.extent.Size
	e.mode = fs.ModeDir | 0o555
	e.apply(rr)
	return nil
}

// dot reads the first record of the directory at a block: its own.
func (fsys *FS) dot(block uint32, skip int, budget *int64) (recordHead, *rockRidge, error) {
	b := make([]byte, maxRecord+1)
	start := int64(block) * fsys.src.block
	b = b[:max(0, min(int64(len(b)), fsys.src.size-start))]
	if err := fsys.src.readAt(b, start); err != nil {
		return recordHead{}, nil, fmt.Errorf("read a directory's own record: %w", err)
	}
	if len(b) == 0 || int(b[0]) > len(b) {
		return recordHead{}, nil, fmt.Errorf("a directory's own record at byte %d: %w", start, errRecord)
	}
	r, err := decodeRecord(b[:b[0]])
	if err == nil && (!r.isDir() || !bytes.Equal(r.id, []byte{0})) {
		err = errRecord
	}
	if err != nil {
		return recordHead{}, nil, fmt.Errorf("a directory's own record at byte %d: %w", start, err)
	}
	rr, err := readRockRidge(fsys.src, r.su[min(skip, len(r.su)):], budget)
	return r, rr, err
}
