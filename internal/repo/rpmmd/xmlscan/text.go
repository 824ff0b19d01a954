package xmlscan

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"unicode/utf8"
)

// decode checks raw text or an attribute's value and replaces the references
// in it; line ends become \n, in an attribute blanks. What needs no change is
// not copied.
func (s *Scanner) decode(raw []byte, attribute bool) ([]byte, error) {
	plain, err := s.classify(raw)
	if err != nil {
		return nil, err
	}
	ampersand := bytes.IndexByte(raw, '&') >= 0
	if !ampersand && (plain || !attribute && bytes.IndexByte(raw, '\r') < 0) {
		return raw, nil
	}
	if !attribute {
		s.scratch = s.scratch[:0]
	}
	from := len(s.scratch)
	for {
		i := bytes.IndexByte(raw, '&')
		if i < 0 {
			break
		}
		s.scratch = appendChars(s.scratch, raw[:i], attribute)
		n, err := s.reference(raw[i:])
		if err != nil {
			return nil, err
		}
		raw = raw[i+n:]
	}
	s.scratch = appendChars(s.scratch, raw, attribute)
	return s.scratch[from:], nil
}

func appendChars(dst, raw []byte, attribute bool) []byte {
	if !attribute {
		if bytes.IndexByte(raw, '\r') < 0 {
			return append(dst, raw...)
		}
		return normaliseLines(dst, raw)
	}
	for i, c := range raw {
		switch {
		case c == '\r' && i+1 < len(raw) && raw[i+1] == '\n':
			continue
		case c < ' ':
			c = ' '
		}
		dst = append(dst, c)
	}
	return dst
}

// normaliseLines writes \r\n and \r as \n (XML 1.0 §2.11).
func normaliseLines(dst, raw []byte) []byte {
	for i, c := range raw {
		if c == '\r' {
			if i+1 < len(raw) && raw[i+1] == '\n' {
				continue
			}
			c = '\n'
		}
		dst = append(dst, c)
	}
	return dst
}

// reference appends what the reference at the start of raw stands for and
// returns its length.
func (s *Scanner) reference(raw []byte) (int, error) {
	end := bytes.IndexByte(raw[:min(len(raw), 16)], ';')
	if end < 0 {
		return 0, s.fault("%.16q: & begins no reference; write &amp;", raw)
	}
	name := raw[1:end]
	switch string(name) {
	case "amp":
		s.scratch = append(s.scratch, '&')
	case "lt":
		s.scratch = append(s.scratch, '<')
	case "gt":
		s.scratch = append(s.scratch, '>')
	case "quot":
		s.scratch = append(s.scratch, '"')
	case "apos":
		s.scratch = append(s.scratch, '\'')
	default:
		r, ok := charReference(name)
		if !ok {
			return 0, s.fault("&%s; is not known", name)
		}
		s.scratch = utf8.AppendRune(s.scratch, r)
	}
	return end + 1, nil
}

func charReference(name []byte) (rune, bool) {
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(string(digits), base, 21)
	if err != nil {
		return 0, false
	}
	r := rune(n)
	return r, isChar(r)
}

// isChar is the production Char of XML 1.0 §2.2.
func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r < 0xd800 ||
		r >= 0xe000 && r < 0xfffe || r >= 0x10000 && r <= utf8.MaxRune
}

// checkChars holds b to the characters that XML allows.
func (s *Scanner) checkChars(b []byte) error {
	_, err := s.classify(b)
	return err
}

// classify holds b to the characters that XML allows, and reports whether it
// has none below the blank. Eight bytes at a time, as this sees every byte.
func (s *Scanner) classify(b []byte) (plain bool, err error) {
	const every, high = 0x0101010101010101, 0x8080808080808080
	var low, notASCII uint64
	i := 0
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		low |= (x - every*' ') & ^x & high
		notASCII |= x & high
	}
	for ; i < len(b); i++ {
		notASCII |= uint64(b[i] & 0x80)
		if b[i] < ' ' {
			low = 1
		}
	}
	if low != 0 {
		for _, c := range b {
			if c < ' ' && c != '\n' && c != '\t' && c != '\r' {
				return false, s.fault("the control character %#02x, which XML cannot hold", c)
			}
		}
	}
	if notASCII != 0 {
		if !utf8.Valid(b) || bytes.Contains(b, []byte("\ufffe")) || bytes.Contains(b, []byte("\uffff")) {
			return false, s.fault("bytes that are not UTF-8: %.40q", b)
		}
	}
	return low == 0, nil
}
