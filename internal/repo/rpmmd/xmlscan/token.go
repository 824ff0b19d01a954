package xmlscan

import (
	"bytes"
)

// token reads one token at pos. It gives 0 for what is passed over, and errMore
// when the buffer ends before the token does; nothing has changed then.
func (s *Scanner) token() (Kind, error) {
	rest := s.buf[s.pos:s.end]
	switch {
	case len(rest) < 3 && !s.eof, len(rest) == 0:
		return 0, errMore
	case !s.marked:
		s.marked = true
		if bytes.HasPrefix(rest, []byte("\ufeff")) {
			s.pos += len("\ufeff")
		}
		return s.token()
	case rest[0] != '<':
		return s.chars(rest)
	case len(rest) < 2:
		return 0, errMore
	}
	switch rest[1] {
	case '/':
		return s.endTag(rest)
	case '?':
		return 0, s.instruction(rest)
	case '!':
		return s.declaration(rest)
	}
	return s.startTag(rest)
}

// chars reads the text up to the next tag.
func (s *Scanner) chars(rest []byte) (Kind, error) {
	n := bytes.IndexByte(rest, '<')
	if n < 0 {
		if !s.eof {
			return 0, errMore
		}
		n = len(rest)
	}
	raw := rest[:n]
	if len(s.openEnds) == 0 {
		return 0, s.between(raw)
	}
	if bytes.Contains(raw, []byte("]]>")) {
		return 0, s.fault("]]> stands in text")
	}
	text, err := s.decode(raw, false)
	if err != nil {
		return 0, err
	}
	s.text = text
	s.pos += n
	return Text, nil
}

// between passes over the blanks outside the document's element.
func (s *Scanner) between(raw []byte) error {
	if len(bytes.Trim(raw, " \t\r\n")) > 0 {
		if !s.started {
			return s.fault("this is not XML: it begins with %.20q", raw)
		}
		return s.fault("text outside the document's element: %.40q", raw)
	}
	s.pos += len(raw)
	return nil
}

// startTag reads <name a="b"> or <name/>.
func (s *Scanner) startTag(rest []byte) (Kind, error) {
	name, i, err := s.readName(rest, 1)
	if err != nil {
		return 0, err
	}
	s.attrs, s.scratch = s.attrs[:0], s.scratch[:0]
	for {
		j := skipBlanks(rest, i)
		if j == len(rest) {
			return 0, errMore
		}
		if rest[j] == '>' || rest[j] == '/' {
			return s.opened(name, rest, j)
		}
		if j == i {
			return 0, s.fault("a blank is missing in <%s>", name)
		}
		if i, err = s.attribute(name, rest, j); err != nil {
			return 0, err
		}
	}
}

// opened ends a start tag at j.
func (s *Scanner) opened(name, rest []byte, j int) (Kind, error) {
	empty := rest[j] == '/'
	if empty {
		if j++; j == len(rest) {
			return 0, errMore
		}
		if rest[j] != '>' {
			return 0, s.fault("/ stands inside <%s>", name)
		}
	}
	if err := s.push(name); err != nil {
		return 0, err
	}
	s.name, s.closing = name, empty
	s.pos += j + 1
	return Start, nil
}

// attribute reads a="b" at i and returns where it ends.
func (s *Scanner) attribute(element, rest []byte, i int) (int, error) {
	name, i, err := s.readName(rest, i)
	if err != nil {
		return 0, err
	}
	if i = skipBlanks(rest, i); i == len(rest) {
		return 0, errMore
	}
	if rest[i] != '=' {
		return 0, s.fault("attribute %s of <%s> has no value", name, element)
	}
	if i = skipBlanks(rest, i+1); i == len(rest) {
		return 0, errMore
	}
	quote := rest[i]
	if quote != '"' && quote != '\'' {
		return 0, s.fault("the value of attribute %s of <%s> is not quoted", name, element)
	}
	i++
	n := bytes.IndexByte(rest[i:], quote)
	if n < 0 {
		return 0, errMore
	}
	raw := rest[i : i+n]
	if bytes.IndexByte(raw, '<') >= 0 {
		return 0, s.fault("< stands in the value of attribute %s of <%s>", name, element)
	}
	value, err := s.decode(raw, true)
	if err != nil {
		return 0, err
	}
	for _, a := range s.attrs {
		if bytes.Equal(a.name, name) {
			return 0, s.fault("attribute %s of <%s> is given twice", name, element)
		}
	}
	if len(s.attrs) == maxAttrs {
		return 0, s.fault("<%s> has more than %d attributes", element, maxAttrs)
	}
	s.attrs = append(s.attrs, attr{name, value})
	return i + n + 1, nil
}

// endTag reads </name>.
func (s *Scanner) endTag(rest []byte) (Kind, error) {
	name, i, err := s.readName(rest, 2)
	if err != nil {
		return 0, err
	}
	if i = skipBlanks(rest, i); i == len(rest) {
		return 0, errMore
	}
	if rest[i] != '>' {
		return 0, s.fault("</%s is not followed by >", name)
	}
	if err := s.pop(name); err != nil {
		return 0, err
	}
	s.name = name
	s.pos += i + 1
	return End, nil
}

// readName reads a name at i and returns where it ends. A name is never the
// last in a buffer, as a document does not end with one.
func (s *Scanner) readName(rest []byte, i int) (name []byte, end int, err error) {
	end = i
	for end < len(rest) && nameBytes[rest[end]] != 0 {
		end++
	}
	if end == len(rest) {
		return nil, 0, errMore
	}
	name = rest[i:end]
	if len(name) == 0 || nameBytes[name[0]] != nameStart || !validName(name) {
		return nil, 0, s.fault("%.20q where a name is due", rest[i:min(end+1, len(rest))])
	}
	return name, end, nil
}

// What a byte may be in a name.
const (
	nameStart = 1 + iota
	nameInner
)

var nameBytes = func() (t [256]byte) {
	for c := range t {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_', c >= 0x80:
			t[c] = nameStart
		case '0' <= c && c <= '9', c == '-', c == '.', c == ':':
			t[c] = nameInner
		}
	}
	return t
}()

func skipBlanks(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}
