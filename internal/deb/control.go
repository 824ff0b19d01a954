package deb

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
)

// Bounds on foreign control data. The largest paragraph of Debian's own is a
// Release file of some 200 kB; the widest has about 30 fields.
const (
	maxParagraph = 16 << 20 // bytes
	maxFields    = 200
)

// Field is one field of a paragraph.
type Field struct {
	Name string
	// Value has no space at its ends. A folded or multi-line value keeps its
	// line breaks and the blank that begins each further line.
	Value string
	Line  int // number of the line it starts on, from 1; 0 when made here
}

// Paragraph is a block of control data: fields in the order of the file.
// Field names are told apart without regard to case.
type Paragraph struct {
	Fields []Field
}

// Get returns the field's value, empty when there is none.
func (p Paragraph) Get(name string) string {
	v, _ := p.Lookup(name)
	return v
}

// Lookup returns the field's value and whether the field is there.
func (p Paragraph) Lookup(name string) (string, bool) {
	if i := p.index(name); i >= 0 {
		return p.Fields[i].Value, true
	}
	return "", false
}

// Line is the line the paragraph starts on.
func (p Paragraph) Line() int {
	if len(p.Fields) == 0 {
		return 0
	}
	return p.Fields[0].Line
}

// Set replaces the field's value where it stands, or appends the field.
func (p *Paragraph) Set(name, value string) {
	if i := p.index(name); i >= 0 {
		p.Fields[i].Value = value
		return
	}
	p.Fields = append(p.Fields, Field{Name: name, Value: value})
}

// Delete removes the field if it is there.
func (p *Paragraph) Delete(name string) {
	if i := p.index(name); i >= 0 {
		p.Fields = append(p.Fields[:i:i], p.Fields[i+1:]...)
	}
}

func (p Paragraph) index(name string) int {
	for i := range p.Fields {
		if strings.EqualFold(p.Fields[i].Name, name) {
			return i
		}
	}
	return -1
}

// WriteTo writes the paragraph, without the empty line that would end it.
// A value whose further lines do not begin with a blank would read back as
// something else: that is an error.
func (p Paragraph) WriteTo(w io.Writer) (int64, error) {
	var b bytes.Buffer
	for _, f := range p.Fields {
		if err := checkValue(f); err != nil {
			return 0, err
		}
		b.WriteString(f.Name)
		b.WriteByte(':')
		if f.Value != "" && f.Value[0] != '\n' {
			b.WriteByte(' ')
		}
		b.WriteString(f.Value)
		b.WriteByte('\n')
	}
	return b.WriteTo(w)
}

func checkValue(f Field) error {
	if err := checkFieldName([]byte(f.Name)); err != nil {
		return err
	}
	lines := strings.Split(f.Value, "\n")
	for _, line := range lines[1:] {
		if strings.TrimSpace(line) == "" || (line[0] != ' ' && line[0] != '\t') {
			return fmt.Errorf("field %s: the further line %q cannot be written as a continuation", f.Name, line)
		}
	}
	return nil
}

// ReadParagraphs reads control data paragraph by paragraph. The first error
// ends it; it names the line.
func ReadParagraphs(r io.Reader) iter.Seq2[Paragraph, error] {
	return func(yield func(Paragraph, error) bool) {
		s := NewScanner(r)
		for s.Scan() {
			if !yield(s.Paragraph(), nil) {
				return
			}
		}
		if err := s.Err(); err != nil {
			yield(Paragraph{}, err)
		}
	}
}

// ReadParagraph reads control data that must be exactly one paragraph.
func ReadParagraph(r io.Reader) (Paragraph, error) {
	s := NewScanner(r)
	if !s.Scan() {
		if err := s.Err(); err != nil {
			return Paragraph{}, err
		}
		return Paragraph{}, errors.New("no control data")
	}
	p := s.Paragraph()
	if s.Scan() {
		return Paragraph{}, &SyntaxError{s.Line(), "a second paragraph where there must be one"}
	}
	return p, s.Err()
}

// SyntaxError is a fault in control data.
type SyntaxError struct {
	Line int // from 1
	What string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.What) }

// checkFieldName holds names to Policy §5.1: printable ASCII other than space
// and colon, not beginning with a hyphen or the comment sign.
func checkFieldName(name []byte) error {
	if len(name) == 0 {
		return errors.New("a field without a name")
	}
	if name[0] == '#' || name[0] == '-' {
		return fmt.Errorf("field name %.40q begins with %q", name, name[0])
	}
	for _, c := range name {
		if c <= ' ' || c > '~' || c == ':' {
			return fmt.Errorf("field name %.40q holds %q", name, c)
		}
	}
	return nil
}
