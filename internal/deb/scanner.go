package deb

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Scanner reads control data in a stream. Between two calls of Scan its
// fields are views into one buffer: nothing is allocated for a paragraph.
type Scanner struct {
	// Comments lets lines that begin with # pass, as apt's .sources files and
	// debian/control have them; elsewhere they are faults.
	Comments bool

	r      io.Reader
	buf    []byte // unread input is buf[pos:]
	pos    int
	eof    bool
	line   int // number of lines consumed
	text   []byte
	fields []rawField
	err    error
}

type rawField struct {
	name, value span
	line        int
}

// span is a piece of Scanner.text; the text may move while it grows.
type span struct{ from, to int }

const readSize = 64 << 10

// NewScanner reads from r.
func NewScanner(r io.Reader) *Scanner { return &Scanner{r: r} }

// Scan reads the next paragraph; it is false at the end and at an error.
func (s *Scanner) Scan() bool {
	s.text, s.fields = s.text[:0], s.fields[:0]
	for s.err == nil {
		line, ok := s.readLine()
		if !ok {
			break
		}
		if len(line) == 0 {
			if len(s.fields) > 0 {
				return true
			}
			continue
		}
		if s.Comments && line[0] == '#' {
			continue
		}
		s.add(line)
	}
	return s.err == nil && len(s.fields) > 0
}

// Err returns what stopped Scan, nil at the end of the input. Faults in the
// data are a *SyntaxError.
func (s *Scanner) Err() error { return s.err }

// Line is the line the current paragraph starts on.
func (s *Scanner) Line() int {
	if len(s.fields) == 0 {
		return s.line
	}
	return s.fields[0].line
}

// Len is the number of fields of the current paragraph.
func (s *Scanner) Len() int { return len(s.fields) }

// Field returns the name, value and line of field i. The slices are good
// until the next Scan.
func (s *Scanner) Field(i int) (name, value []byte, line int) {
	f := &s.fields[i]
	return s.text[f.name.from:f.name.to], s.text[f.value.from:f.value.to], f.line
}

// Paragraph returns the current paragraph as a value of its own.
func (s *Scanner) Paragraph() Paragraph {
	text := string(s.text)
	fields := make([]Field, len(s.fields))
	for i, f := range s.fields {
		fields[i] = Field{text[f.name.from:f.name.to], text[f.value.from:f.value.to], f.line}
	}
	return Paragraph{fields}
}

// add takes one line, without the space at its end, into the paragraph.
func (s *Scanner) add(line []byte) {
	if len(s.text)+len(line) > maxParagraph {
		s.fail("the paragraph is longer than %d bytes", maxParagraph)
		return
	}
	if bytes.IndexByte(line, 0) >= 0 {
		s.fail("a NUL byte in control data")
		return
	}
	if line[0] == ' ' || line[0] == '\t' {
		if len(s.fields) == 0 {
			s.fail("a continuation line with no field before it")
			return
		}
		s.text = append(s.text, '\n')
		s.text = append(s.text, line...)
		s.fields[len(s.fields)-1].value.to = len(s.text)
		return
	}
	colon := bytes.IndexByte(line, ':')
	if colon < 0 {
		s.fail("no colon in %.60q", line)
		return
	}
	s.addField(trimEnd(line[:colon]), bytes.TrimLeft(line[colon+1:], " \t"))
}

func (s *Scanner) addField(name, value []byte) {
	if err := checkFieldName(name); err != nil {
		s.fail("%v", err)
		return
	}
	for i := range s.fields {
		if n, _, first := s.Field(i); len(n) == len(name) && bytes.EqualFold(n, name) {
			s.fail("field %s stands a second time in its paragraph, first in line %d", name, first)
			return
		}
	}
	if len(s.fields) == maxFields {
		s.fail("more than %d fields in one paragraph", maxFields)
		return
	}
	f := rawField{line: s.line}
	f.name = s.append(name)
	f.value = s.append(value)
	s.fields = append(s.fields, f)
}

func (s *Scanner) append(b []byte) span {
	from := len(s.text)
	s.text = append(s.text, b...)
	return span{from, len(s.text)}
}

func (s *Scanner) fail(format string, args ...any) {
	s.err = &SyntaxError{s.line, fmt.Sprintf(format, args...)}
}

// readLine returns the next line without the space at its end; the slice is
// good until the next call.
func (s *Scanner) readLine() ([]byte, bool) {
	searched := 0
	for {
		if i := bytes.IndexByte(s.buf[s.pos+searched:], '\n'); i >= 0 {
			line := s.buf[s.pos : s.pos+searched+i]
			s.pos += searched + i + 1
			s.line++
			return trimEnd(line), true
		}
		searched = len(s.buf) - s.pos
		if s.eof {
			line := s.buf[s.pos:]
			s.pos = len(s.buf)
			s.line++
			return trimEnd(line), searched > 0
		}
		if searched > maxParagraph {
			s.line++
			s.fail("the line is longer than %d bytes", maxParagraph)
			return nil, false
		}
		if !s.fill() {
			return nil, false
		}
	}
}

// trimEnd is bytes.TrimRight of blanks and carriage returns, without its set-up cost.
func trimEnd(b []byte) []byte {
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t' || b[len(b)-1] == '\r') {
		b = b[:len(b)-1]
	}
	return b
}

// fill moves what is unread to the front of the buffer and reads more.
func (s *Scanner) fill() bool {
	n := copy(s.buf, s.buf[s.pos:])
	s.buf, s.pos = s.buf[:n], 0
	if cap(s.buf)-n < readSize {
		grown := make([]byte, n, 2*cap(s.buf)+readSize)
		copy(grown, s.buf)
		s.buf = grown
	}
	for range 100 {
		m, err := s.r.Read(s.buf[n:cap(s.buf)])
		s.buf = s.buf[:n+m]
		if errors.Is(err, io.EOF) {
			s.eof = true
			return true
		}
		if err != nil {
			s.err = fmt.Errorf("after line %d: %w", s.line, err)
			return false
		}
		if m > 0 {
			return true
		}
	}
	s.err = fmt.Errorf("after line %d: %w", s.line, io.ErrNoProgress)
	return false
}
