package rpm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

const (
	leadSize  = 96
	introSize = 16 // of a header: magic, number of entries, bytes of data
	entrySize = 16

	// What rpm reads of a header: entries, bytes of data.
	maxEntries    = 0xffff
	maxData       = 0x0fffffff
	maxSigEntries = 64
	// maxStrings bounds the strings of one tag: a file or a dependency each.
	maxStrings = 1 << 21
	maxSigData = 64 << 20
)

var (
	leadMagic   = []byte{0xed, 0xab, 0xee, 0xdb}
	headerMagic = []byte{0x8e, 0xad, 0xe8, 0x01, 0, 0, 0, 0}
)

// ErrFormat is in the chain of every error about a file that is no RPM package
// or a damaged one.
var ErrFormat = errors.New("not a sound RPM package")

// entry is one tag of a header with the place of its values.
type entry struct {
	tag    Tag
	kind   Type
	offset int
	count  int
	end    int // where its data end
}

// Header is a set of tags with their values.
type Header struct {
	entries []entry // sorted by tag
	data    []byte
	// raw is the header as it stands in the file, magic and all: what digests
	// and signatures are about.
	raw []byte
}

// ReadHeader reads a main header without a lead, as rpm's databases and
// headers-only servers have it.
func ReadHeader(r io.Reader) (*Header, error) {
	return readHeader(r, TagRegionImmutable)
}

// readHeader reads a header whose first entry may be the region tag given.
func readHeader(r io.Reader, region Tag) (*Header, error) {
	var intro [introSize]byte
	if _, err := io.ReadFull(r, intro[:]); err != nil {
		return nil, fmt.Errorf("%w: reading the start of a header: %w", ErrFormat, noEOF(err))
	}
	if !bytes.Equal(intro[:8], headerMagic) {
		return nil, fmt.Errorf("%w: %x where a header starts with %x", ErrFormat, intro[:8], headerMagic)
	}
	count, size := binary.BigEndian.Uint32(intro[8:]), binary.BigEndian.Uint32(intro[12:])
	limitEntries, limitData := uint32(maxEntries), uint32(maxData)
	if region == TagRegionSignatures {
		limitEntries, limitData = maxSigEntries, maxSigData
	}
	if count == 0 || count > limitEntries || size == 0 || size > limitData {
		return nil, fmt.Errorf("%w: a header of %d entries and %d bytes; 1 to %d and 1 to %d are read", ErrFormat, count, size, limitEntries, limitData)
	}
	// Memory follows what is there, not what is claimed.
	var raw bytes.Buffer
	raw.Write(intro[:])
	want := int64(count)*entrySize + int64(size)
	raw.Grow(int(min(want, 64<<10)))
	if n, err := io.CopyN(&raw, r, want); err != nil {
		return nil, fmt.Errorf("%w: a header of %d bytes ends after %d: %w", ErrFormat, want, n, noEOF(err))
	}
	h := &Header{raw: raw.Bytes()}
	h.data = h.raw[introSize+int(count)*entrySize:]
	if err := h.index(int(count), region); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return h, nil
}

// index reads the entries and holds them to what rpm asks of them: known
// types, aligned, inside of the data, one behind the other.
func (h *Header) index(count int, region Tag) error {
	h.entries = make([]entry, 0, count)
	end := 0
	for i := range count {
		raw := h.raw[introSize+i*entrySize:]
		e, err := parseEntry(raw)
		if err != nil {
			return fmt.Errorf("header entry %d: %w", i+1, err)
		}
		if i == 0 && e.tag < TagI18NTable {
			if err := h.checkRegion(e, count, region); err != nil {
				return err
			}
			continue
		}
		if e.tag < TagI18NTable {
			return fmt.Errorf("header entry %d: tag %d is reserved", i+1, e.tag)
		}
		if e.end, err = h.extent(e); err != nil {
			return fmt.Errorf("header entry %d, tag %d: %w", i+1, e.tag, err)
		}
		if e.offset < end {
			return fmt.Errorf("header entry %d, tag %d: its data at %d overlap those before, which end at %d", i+1, e.tag, e.offset, end)
		}
		end = e.end
		h.entries = append(h.entries, e)
	}
	slices.SortStableFunc(h.entries, func(a, b entry) int { return int(a.tag) - int(b.tag) })
	return nil
}

func parseEntry(raw []byte) (entry, error) {
	offset, count := int32(binary.BigEndian.Uint32(raw[8:])), binary.BigEndian.Uint32(raw[12:])
	e := entry{tag: Tag(binary.BigEndian.Uint32(raw)), kind: Type(binary.BigEndian.Uint32(raw[4:])), offset: int(offset), count: int(count)}
	switch {
	case e.tag > 1<<31-1:
		return e, fmt.Errorf("tag %d is no tag", e.tag)
	case e.kind < TypeChar || e.kind > TypeI18NString:
		return e, fmt.Errorf("tag %d is of type %d; 1 to 9 are known", e.tag, e.kind)
	case count == 0 || count > maxData:
		return e, fmt.Errorf("tag %d has %d values", e.tag, count)
	case e.offset < 0 || e.offset%e.kind.width() != 0:
		return e, fmt.Errorf("tag %d has its data at %d", e.tag, e.offset)
	}
	return e, nil
}

// checkRegion holds the first entry, which marks the part of the header that
// is kept as it is, to its trailer.
func (h *Header) checkRegion(e entry, count int, region Tag) error {
	const trailerSize = entrySize
	switch {
	case e.tag != region:
		return fmt.Errorf("the header starts with region tag %d where %d belongs", e.tag, region)
	case e.kind != TypeBin || e.count != trailerSize:
		return fmt.Errorf("region tag %d is of type %d and size %d", e.tag, e.kind, e.count)
	case e.offset > len(h.data)-trailerSize:
		return fmt.Errorf("region tag %d has its trailer at %d of %d", e.tag, e.offset, len(h.data))
	}
	trailer := h.data[e.offset:]
	tag, kind := Tag(binary.BigEndian.Uint32(trailer)), Type(binary.BigEndian.Uint32(trailer[4:]))
	// Some old rpm wrote the signatures' trailer with the old image's tag.
	if tag != region && (region != TagRegionSignatures || tag != 61) {
		return fmt.Errorf("region tag %d ends in a trailer with tag %d", e.tag, tag)
	}
	size := -int64(int32(binary.BigEndian.Uint32(trailer[8:])))
	if kind != TypeBin || binary.BigEndian.Uint32(trailer[12:]) != trailerSize || size <= 0 || size%entrySize != 0 || size > int64(count)*entrySize {
		return fmt.Errorf("region tag %d has a trailer that fits no header of %d entries", e.tag, count)
	}
	return nil
}

// extent finds where the data of an entry end.
func (h *Header) extent(e entry) (int, error) {
	if e.offset >= len(h.data) {
		return 0, fmt.Errorf("its data at %d lie behind the header's %d bytes", e.offset, len(h.data))
	}
	strings := 0
	switch e.kind {
	case TypeString:
		if e.count != 1 {
			return 0, fmt.Errorf("%d values in a tag for one string", e.count)
		}
		strings = 1
	case TypeStringArray, TypeI18NString:
		if strings = e.count; strings > maxStrings {
			return 0, fmt.Errorf("%d strings; %d are read", strings, maxStrings)
		}
	default:
		size := int64(e.count) * int64(e.kind.width())
		if size > int64(len(h.data)-e.offset) {
			return 0, fmt.Errorf("%d bytes at %d reach over the header's %d", size, e.offset, len(h.data))
		}
		return e.offset + int(size), nil
	}
	end := e.offset
	for range strings {
		i := bytes.IndexByte(h.data[end:], 0)
		if i < 0 {
			return 0, fmt.Errorf("its %d strings reach over the header's end", e.count)
		}
		end += i + 1
	}
	return end, nil
}

// find returns the entry with the tag. Of several, rpm too takes the first.
func (h *Header) find(tag Tag) (entry, bool) {
	if h == nil {
		return entry{}, false
	}
	i, ok := slices.BinarySearchFunc(h.entries, tag, func(e entry, t Tag) int { return int(e.tag) - int(t) })
	if !ok {
		return entry{}, false
	}
	return h.entries[i], true
}

// noEOF turns an end that comes where bytes were owed into an error.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
