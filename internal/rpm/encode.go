package rpm

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// field is one tag to write.
type field struct {
	tag   Tag
	kind  Type
	count int
	data  []byte
}

// fields collects the tags of a header. What is empty is not written.
type fields []field

func (f *fields) text(tag Tag, s string) {
	if s != "" {
		*f = append(*f, field{tag, TypeString, 1, append([]byte(s), 0)})
	}
}

// local writes text that has translations: the one in the C locale.
func (f *fields) local(tag Tag, s string) {
	*f = append(*f, field{tag, TypeI18NString, 1, append([]byte(s), 0)})
}

func (f *fields) texts(tag Tag, list []string) {
	if len(list) == 0 {
		return
	}
	var data []byte
	for _, s := range list {
		data = append(append(data, s...), 0)
	}
	*f = append(*f, field{tag, TypeStringArray, len(list), data})
}

func (f *fields) bin(tag Tag, data []byte) {
	if len(data) > 0 {
		*f = append(*f, field{tag, TypeBin, len(data), data})
	}
}

func (f *fields) int16s(tag Tag, list []uint16) {
	var data []byte
	for _, n := range list {
		data = binary.BigEndian.AppendUint16(data, n)
	}
	f.numbers(tag, TypeInt16, len(list), data)
}

func (f *fields) int32s(tag Tag, list ...uint32) {
	var data []byte
	for _, n := range list {
		data = binary.BigEndian.AppendUint32(data, n)
	}
	f.numbers(tag, TypeInt32, len(list), data)
}

func (f *fields) int64s(tag Tag, list ...uint64) {
	var data []byte
	for _, n := range list {
		data = binary.BigEndian.AppendUint64(data, n)
	}
	f.numbers(tag, TypeInt64, len(list), data)
}

func (f *fields) numbers(tag Tag, kind Type, count int, data []byte) {
	if count > 0 {
		*f = append(*f, field{tag, kind, count, data})
	}
}

// size writes a size into the tag that has room for it.
func (f *fields) size(small, large Tag, n int64) {
	if n <= 1<<32-1 {
		f.int32s(small, uint32(n))
	} else {
		f.int64s(large, uint64(n))
	}
}

// encode writes a header: all of it is the region, whose entry comes first and
// whose trailer ends the data.
func (f fields) encode(region Tag) []byte {
	slices.SortStableFunc(f, func(a, b field) int { return cmp.Compare(a.tag, b.tag) })
	var index, data []byte
	for _, one := range f {
		for len(data)%one.kind.width() != 0 {
			data = append(data, 0)
		}
		index = appendEntry(index, one.tag, one.kind, int32(len(data)), one.count)
		data = append(data, one.data...)
	}
	entries := len(f) + 1
	trailer := appendEntry(nil, region, TypeBin, -int32(entries*entrySize), entrySize)
	first := appendEntry(nil, region, TypeBin, int32(len(data)), entrySize)
	data = append(data, trailer...)
	out := slices.Clone(headerMagic)
	out = binary.BigEndian.AppendUint32(out, uint32(entries))
	out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
	return slices.Concat(out, first, index, data)
}

func appendEntry(b []byte, tag Tag, kind Type, offset int32, count int) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(tag))
	b = binary.BigEndian.AppendUint32(b, uint32(kind))
	b = binary.BigEndian.AppendUint32(b, uint32(offset))
	return binary.BigEndian.AppendUint32(b, uint32(count))
}

// fields gives a header's tags back, to write them anew.
func (h *Header) fields() fields {
	var out fields
	for _, e := range h.entries {
		out = append(out, field{e.tag, e.kind, e.count, h.data[e.offset:e.end]})
	}
	return out
}
