package xmlscan

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// instruction passes over <? … ?>; the XML declaration must name an encoding
// that is a kind of UTF-8.
func (s *Scanner) instruction(rest []byte) error {
	const opener = len("<?")
	n := bytes.Index(rest[opener:], []byte("?>"))
	if n < 0 {
		return errMore
	}
	body := rest[opener : opener+n]
	target, _, err := s.readName(rest, opener)
	if err != nil {
		return err
	}
	if strings.EqualFold(string(target), "xml") {
		if s.started {
			return s.fault("an XML declaration that is not the document's beginning")
		}
		if err := s.xmlDeclaration(body); err != nil {
			return err
		}
	}
	if err := s.checkChars(body); err != nil {
		return err
	}
	s.pos += opener + n + 2
	return nil
}

// xmlDeclaration holds the declaration to XML 1.0 in an encoding that we read.
func (s *Scanner) xmlDeclaration(body []byte) error {
	const blanks = " \t\r\n"
	said := map[string]string{"version": "", "encoding": "utf-8", "standalone": ""}
	rest := strings.Trim(string(body[len("xml"):]), blanks)
	for rest != "" {
		name, after, _ := strings.Cut(rest, "=")
		name, after = strings.Trim(name, blanks), strings.TrimLeft(after, blanks)
		_, known := said[name]
		if !known || after == "" || after[0] != '"' && after[0] != '\'' {
			return s.fault("the XML declaration %.60q is not one", body)
		}
		value, more, closed := strings.Cut(after[1:], after[:1])
		if !closed {
			return s.fault("the XML declaration %.60q is not one", body)
		}
		said[name], rest = value, strings.TrimLeft(more, blanks)
	}
	if said["version"] != "1.0" {
		return s.fault("the document is XML %.20q; only 1.0 is read", said["version"])
	}
	switch strings.ToLower(said["encoding"]) {
	case "utf-8", "utf8", "us-ascii", "ascii":
		return nil
	}
	return s.fault("the document is encoded in %.20q; only UTF-8 is read", said["encoding"])
}

// declaration reads what begins with <!: a comment, a CDATA section or a
// document type.
func (s *Scanner) declaration(rest []byte) (Kind, error) {
	const comment, cdata, doctype = "<!--", "<![CDATA[", "<!DOCTYPE"
	switch {
	case bytes.HasPrefix(rest, []byte(comment)):
		return 0, s.comment(rest)
	case bytes.HasPrefix(rest, []byte(cdata)):
		return s.cdata(rest, len(cdata))
	case bytes.HasPrefix(rest, []byte(doctype)):
		return 0, s.doctype(rest)
	}
	for _, known := range []string{comment, cdata, doctype} {
		if strings.HasPrefix(known, string(rest[:min(len(rest), len(known))])) {
			return 0, errMore
		}
	}
	return 0, s.fault("%.12q is no markup", rest)
}

func (s *Scanner) comment(rest []byte) error {
	const opener = len("<!--")
	n := bytes.Index(rest[opener:], []byte("--"))
	if n < 0 || opener+n+2 >= len(rest) {
		return errMore
	}
	if rest[opener+n+2] != '>' {
		return s.fault("-- stands in a comment")
	}
	if err := s.checkChars(rest[opener : opener+n]); err != nil {
		return err
	}
	s.pos += opener + n + 3
	return nil
}

func (s *Scanner) cdata(rest []byte, opener int) (Kind, error) {
	if len(s.openEnds) == 0 {
		return 0, s.fault("a CDATA section outside the document's element")
	}
	n := bytes.Index(rest[opener:], []byte("]]>"))
	if n < 0 {
		return 0, errMore
	}
	raw := rest[opener : opener+n]
	if err := s.checkChars(raw); err != nil {
		return 0, err
	}
	s.text = raw
	if bytes.IndexByte(raw, '\r') >= 0 {
		s.text = normaliseLines(nil, raw)
	}
	s.pos += opener + n + 3
	return Text, nil
}

func (s *Scanner) doctype(rest []byte) error {
	n := bytes.IndexAny(rest, "[>")
	switch {
	case s.rooted:
		return s.fault("a document type behind the first element")
	case n < 0:
		return errMore
	case rest[n] == '[':
		return s.fault("the document type declares entities or elements; that is not read")
	}
	if err := s.checkChars(rest[:n]); err != nil {
		return err
	}
	s.pos += n + 1
	return nil
}

// validName holds what is not ASCII in a name to letters, digits and marks.
func validName(name []byte) bool {
	for i := 0; i < len(name); {
		if name[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(name[i:])
		if !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r) && !unicode.IsMark(r)) {
			return false
		}
		i += size
	}
	return true
}
