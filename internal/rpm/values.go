package rpm

import (
	"bytes"
	"encoding/binary"
)

// Tags lists the header's tags in rising order.
func (h *Header) Tags() []Tag {
	tags := make([]Tag, len(h.entries))
	for i, e := range h.entries {
		tags[i] = e.tag
	}
	return tags
}

// Has reports whether the tag is there.
func (h *Header) Has(tag Tag) bool {
	_, ok := h.find(tag)
	return ok
}

// Count is the number of the tag's values; of binary data the bytes.
func (h *Header) Count(tag Tag) int {
	e, _ := h.find(tag)
	return e.count
}

// Type is the type of the tag's values, 0 when it is not there.
func (h *Header) Type(tag Tag) Type {
	e, _ := h.find(tag)
	return e.kind
}

// Text returns the tag's string, of several the first, which is the one in the
// C locale. It is empty when there is none.
func (h *Header) Text(tag Tag) string {
	e, ok := h.find(tag)
	if !ok || !e.isText() {
		return ""
	}
	return string(cutZero(h.data[e.offset:e.end]))
}

// Texts returns the tag's strings.
func (h *Header) Texts(tag Tag) []string {
	e, ok := h.find(tag)
	if !ok || !e.isText() {
		return nil
	}
	// One copy of the text serves all the strings.
	text := string(h.data[e.offset:e.end])
	out := make([]string, 0, e.count)
	for start, i := 0, 0; i < len(text); i++ {
		if text[i] == 0 {
			out = append(out, text[start:i])
			start = i + 1
		}
	}
	return out
}

// Number returns the tag's first number.
func (h *Header) Number(tag Tag) (uint64, bool) {
	e, ok := h.find(tag)
	if !ok || e.isText() || e.kind == TypeBin {
		return 0, false
	}
	return h.number(e, 0), true
}

// Numbers returns the tag's numbers, whatever their width.
func (h *Header) Numbers(tag Tag) []uint64 {
	e, ok := h.find(tag)
	if !ok || e.isText() || e.kind == TypeBin {
		return nil
	}
	out := make([]uint64, e.count)
	for i := range out {
		out[i] = h.number(e, i)
	}
	return out
}

// Bytes returns the tag's binary data, which the caller must not change.
func (h *Header) Bytes(tag Tag) []byte {
	e, ok := h.find(tag)
	if !ok || e.kind != TypeBin {
		return nil
	}
	return h.data[e.offset:e.end:e.end]
}

func (e entry) isText() bool {
	return e.kind == TypeString || e.kind == TypeStringArray || e.kind == TypeI18NString
}

func (h *Header) number(e entry, i int) uint64 {
	at := h.data[e.offset+i*e.kind.width():]
	switch e.kind {
	case TypeInt16:
		return uint64(binary.BigEndian.Uint16(at))
	case TypeInt32:
		return uint64(binary.BigEndian.Uint32(at))
	case TypeInt64:
		return binary.BigEndian.Uint64(at)
	}
	return uint64(at[0])
}

// cutZero ends at the first zero byte.
func cutZero(b []byte) []byte {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return b[:i]
	}
	return b
}
