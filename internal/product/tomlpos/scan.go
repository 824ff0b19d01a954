package tomlpos

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

type scanner struct {
	data  []byte
	pos   int
	line  int
	depth int
	table string // path of the table whose header was read last
	doc   *Document
	// arrays counts the elements that [[headers]] have opened, by path.
	arrays map[string]int
	err    error
}

// statement reads one header or one key with its value, and reports whether
// there may be more.
func (s *scanner) statement() bool {
	s.blank(true)
	if s.pos >= len(s.data) {
		return false
	}
	if s.data[s.pos] == '[' {
		return s.header()
	}
	return s.pair(s.table) && s.endOfLine()
}

func (s *scanner) header() bool {
	start, line := s.pos, s.line
	array := s.skip("[[")
	if !array && !s.skip("[") {
		return false
	}
	keys, ok := s.key()
	if !ok || !s.skip("]") || array && !s.skip("]") {
		return false
	}
	path := ""
	for i, k := range keys {
		path = Key(path, k)
		opens := array && i == len(keys)-1 // a new element, not one that is there
		if n := s.arrays[path]; n > 0 && !opens {
			path = Index(path, n-1)
		}
	}
	if array {
		s.record(Place{path, line, start, s.pos})
		path = Index(path, s.arrays[path])
		s.arrays[Parent(path)]++
	}
	s.record(Place{path, line, start, s.pos})
	s.table = path
	return s.endOfLine()
}

// pair reads key = value into the table at parent.
func (s *scanner) pair(parent string) bool {
	line := s.line
	keys, ok := s.key()
	if !ok || !s.skip("=") {
		return false
	}
	path, start := parent, s.pos
	for _, k := range keys[:len(keys)-1] {
		path = Key(path, k)
		s.record(Place{path, line, start, start})
	}
	s.blank(false)
	return s.value(Key(path, keys[len(keys)-1]), line)
}

// record keeps the first place of a path.
func (s *scanner) record(p Place) {
	if _, ok := s.doc.index[p.Path]; ok {
		return
	}
	s.doc.index[p.Path] = len(s.doc.places)
	s.doc.places = append(s.doc.places, p)
}

func (s *scanner) value(path string, line int) bool {
	if s.pos >= len(s.data) {
		return false
	}
	start, at := s.pos, len(s.doc.places)
	s.record(Place{Path: path, Line: line, Start: start})
	ok := false
	switch s.data[s.pos] {
	case '"', '\'':
		_, ok = s.text()
	case '[':
		ok = s.nested(func() bool { return s.array(path) })
	case '{':
		ok = s.nested(func() bool { return s.inlineTable(path) })
	default:
		ok = s.scalar()
	}
	if at < len(s.doc.places) && s.doc.places[at].Path == path {
		s.doc.places[at].End = s.pos
	}
	return ok
}

func (s *scanner) nested(read func() bool) bool {
	s.depth++
	defer func() { s.depth-- }()
	if s.depth > MaxDepth {
		s.err = &DepthError{s.line}
		return false
	}
	return read()
}

func (s *scanner) array(path string) bool {
	s.pos++
	for i := 0; ; i++ {
		s.blank(true)
		if s.skip("]") {
			return true
		}
		if !s.value(Index(path, i), s.line) {
			return false
		}
		s.blank(true)
		if !s.skip(",") {
			return s.skip("]")
		}
	}
}

func (s *scanner) inlineTable(path string) bool {
	s.pos++
	for {
		s.blank(true)
		if s.skip("}") {
			return true
		}
		if !s.pair(path) {
			return false
		}
		s.blank(true)
		if !s.skip(",") {
			return s.skip("}")
		}
	}
}

// scalar reads a number, a boolean or a date, in which one space may stand.
func (s *scanner) scalar() bool {
	n := bytes.IndexAny(s.data[s.pos:], ",]}#\r\n")
	if n < 0 {
		n = len(s.data) - s.pos
	}
	n = len(bytes.TrimRight(s.data[s.pos:s.pos+n], " \t"))
	s.pos += n
	return n > 0
}

// key reads a dotted key.
func (s *scanner) key() (keys []string, ok bool) {
	for {
		s.blank(false)
		name, ok := s.name()
		if !ok {
			return nil, false
		}
		keys = append(keys, name)
		if len(keys) > MaxDepth {
			s.err = &DepthError{s.line}
			return nil, false
		}
		s.blank(false)
		if !s.skip(".") {
			return keys, true
		}
	}
}

func (s *scanner) name() (string, bool) {
	if s.pos < len(s.data) && (s.data[s.pos] == '"' || s.data[s.pos] == '\'') {
		return s.text()
	}
	start := s.pos
	for s.pos < len(s.data) && bareByte(s.data[s.pos]) {
		s.pos++
	}
	return string(s.data[start:s.pos]), s.pos > start
}

// text reads a string of any of the four kinds. The value is decoded for those
// on one line only: a key cannot be another.
func (s *scanner) text() (string, bool) {
	quote := s.data[s.pos]
	if triple := strings.Repeat(string(quote), 3); s.skip(triple) {
		return "", s.multiline(triple)
	}
	s.pos++
	start := s.pos
	for ; s.pos < len(s.data) && s.data[s.pos] != '\n'; s.pos++ {
		switch c := s.data[s.pos]; {
		case c == '\\' && quote == '"':
			s.pos++
		case c == quote:
			s.pos++
			if quote == '\'' {
				return string(s.data[start : s.pos-1]), true
			}
			return unescape(s.data[start : s.pos-1]), true
		}
	}
	s.pos = min(s.pos, len(s.data))
	return "", false
}

// multiline reads to the closing delimiter, before which up to two more quotes
// may stand.
func (s *scanner) multiline(triple string) bool {
	for ; s.pos < len(s.data); s.pos++ {
		switch c := s.data[s.pos]; {
		case c == '\n':
			s.line++
		case c == '\\' && triple[0] == '"' && s.pos+1 < len(s.data) && s.data[s.pos+1] != '\n':
			s.pos++
		case c == triple[0] && s.skip(triple):
			_ = s.skip(triple[:2]) || s.skip(triple[:1])
			return true
		}
	}
	s.pos = min(s.pos, len(s.data))
	return false
}

// blank skips white space and, when lines is set, line ends and comments.
func (s *scanner) blank(lines bool) {
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; {
		case c == ' ' || c == '\t':
			s.pos++
		case lines && c == '\n':
			s.line++
			s.pos++
		case lines && c == '\r':
			s.pos++
		case lines && c == '#':
			n := bytes.IndexByte(s.data[s.pos:], '\n')
			if n < 0 {
				n = len(s.data) - s.pos
			}
			s.pos += n
		default:
			return
		}
	}
}

// endOfLine reports whether nothing but a comment follows on the line.
func (s *scanner) endOfLine() bool {
	s.blank(false)
	return s.pos >= len(s.data) || bytes.IndexByte([]byte("#\r\n"), s.data[s.pos]) >= 0
}

func (s *scanner) skip(prefix string) bool {
	if !bytes.HasPrefix(s.data[s.pos:], []byte(prefix)) {
		return false
	}
	s.pos += len(prefix)
	return true
}

// unescape decodes a basic string; a wrong escape stays as it is.
func unescape(raw []byte) string {
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' || i+1 == len(raw) {
			b.WriteByte(raw[i])
			continue
		}
		i++
		if at := strings.IndexByte(`btnfre"\`, raw[i]); at >= 0 {
			b.WriteByte("\b\t\n\f\r\x1b\"\\"[at])
			continue
		}
		digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[raw[i]]
		end := min(i+1+digits, len(raw))
		r, err := strconv.ParseUint(string(raw[i+1:end]), 16, 32)
		if err != nil || r > utf8.MaxRune {
			b.WriteByte('\\')
			b.WriteByte(raw[i])
			continue
		}
		b.WriteRune(rune(r))
		i = end - 1
	}
	return b.String()
}
