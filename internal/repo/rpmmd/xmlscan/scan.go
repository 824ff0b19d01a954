// Package xmlscan reads XML 1.0 as a stream of start tags, end tags and text,
// for documents of hundreds of megabytes: nothing is allocated a token, and no
// more is held than the longest token needs.
//
// It is a non-validating processor after "Extensible Markup Language (XML) 1.0
// (Fifth Edition)" for what repositories send: UTF-8, the five predefined
// entities and character references. A document type without an internal subset
// is passed over; one that declares anything is refused, and so are other
// encodings. Names are taken as written; what stands before a colon is cut off.
// What is not well-formed ends in a *SyntaxError.
package xmlscan

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Bounds on what a document may ask for.
const (
	maxToken = 16 << 20 // bytes of one tag, text or comment
	maxDepth = 64       // elements inside one another
	maxAttrs = 64       // of one element
	firstBuf = 128 << 10
)

// Kind is what Next found.
type Kind uint8

// The kinds of token. Comments and processing instructions are passed over.
const (
	Start Kind = iota + 1
	End
	Text
)

// SyntaxError says what is wrong with a document, and in which line.
type SyntaxError struct {
	Line int
	What string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.What) }

// errMore says that a token goes on beyond the buffer.
var errMore = errors.New("more")

// attr is an attribute of the current start tag.
type attr struct{ name, value []byte }

// Scanner reads one document. What its methods return is valid until the next
// call of Next.
type Scanner struct {
	r    io.Reader
	buf  []byte
	pos  int // of the next token in buf
	end  int // of the bytes in buf
	eof  bool
	err  error // from r, to be told once buf is used up
	line int   // of buf[counted], counted from 0

	counted int // line ends in buf before it are in line

	marked   bool // a byte order mark was looked for
	started  bool // something stood before the next token
	rooted   bool // the root element was seen
	closing  bool // the start tag was an empty element's: its end comes next
	kind     Kind
	name     []byte
	attrs    []attr
	text     []byte
	scratch  []byte // what had to be decoded
	open     []byte // the names of the open elements
	openEnds []int  // where they end in open
}

// New reads a document from r.
func New(r io.Reader) *Scanner { return newScanner(r, firstBuf) }

func newScanner(r io.Reader, size int) *Scanner { return &Scanner{r: r, buf: make([]byte, size)} }

// Next goes on to the next token. After the root element has ended and nothing
// is left it gives io.EOF. Text comes whole between tags, except that a CDATA
// section or a comment divides it.
func (s *Scanner) Next() (Kind, error) {
	if s.closing {
		s.closing, s.kind = false, End
		return End, s.pop(s.name)
	}
	for {
		found, err := s.token()
		switch {
		case err == errMore: //nolint:errorlint // our own, never wrapped, once a buffer
			if err := s.fill(); err != nil {
				return 0, err
			}
		case err != nil:
			return 0, err
		default:
			if s.started = true; found != 0 {
				s.kind = found
				return found, nil
			}
		}
	}
}

// Kind is what Next found last.
func (s *Scanner) Kind() Kind { return s.kind }

// Name is the name of the current tag, without a prefix.
func (s *Scanner) Name() []byte { return local(s.name) }

// Text is the current text, references replaced and line ends normalised.
func (s *Scanner) Text() []byte { return s.text }

// Attr is an attribute of the current start tag, by its name without a prefix.
func (s *Scanner) Attr(name string) (value []byte, ok bool) {
	for i := range s.attrs {
		if string(local(s.attrs[i].name)) == name {
			return s.attrs[i].value, true
		}
	}
	return nil, false
}

// Line is the line in which the next token begins, counted from 1.
func (s *Scanner) Line() int {
	s.line += bytes.Count(s.buf[s.counted:s.pos], []byte{'\n'})
	s.counted = s.pos
	return s.line + 1
}

// Depth is how many elements are open.
func (s *Scanner) Depth() int { return len(s.openEnds) }

func local(name []byte) []byte { return name[bytes.IndexByte(name, ':')+1:] }

// Skip goes to the end of the element whose start tag was found last.
func (s *Scanner) Skip() error {
	for depth := s.Depth(); s.Depth() >= depth; {
		if _, err := s.Next(); err != nil {
			return err
		}
	}
	return nil
}

// Content goes to the end of the element whose start tag was found last and
// appends its text to dst, without that of elements inside it.
func (s *Scanner) Content(dst []byte) ([]byte, error) {
	before := len(dst)
	for depth := s.Depth(); ; {
		kind, err := s.Next()
		switch {
		case err != nil:
			return dst, err
		case kind == End && s.Depth() < depth:
			return dst, nil
		case kind == Text && s.Depth() == depth:
			if len(dst)-before+len(s.text) > maxToken {
				return dst, s.fault("an element with more than %d bytes of text", maxToken)
			}
			dst = append(dst, s.text...)
		}
	}
}

func (s *Scanner) fault(format string, args ...any) error {
	return &SyntaxError{Line: s.Line(), What: fmt.Sprintf(format, args...)}
}

// fill makes room and reads more behind what is not yet used up.
func (s *Scanner) fill() error {
	if s.eof {
		return s.ended()
	}
	s.Line()
	s.end = copy(s.buf, s.buf[s.pos:s.end])
	s.pos, s.counted = 0, 0
	if s.end == len(s.buf) {
		if len(s.buf) >= maxToken {
			return s.fault("a tag, text or comment of more than %d bytes", maxToken)
		}
		bigger := make([]byte, min(2*len(s.buf), maxToken))
		copy(bigger, s.buf)
		s.buf = bigger
	}
	// To the brim, so that a long token is not looked at once a read.
	n, err := io.ReadFull(s.r, s.buf[s.end:])
	s.end += n
	if err != nil {
		s.eof = true
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			s.err = err
		}
	}
	return nil
}

// ended says why there is no further token.
func (s *Scanner) ended() error {
	switch {
	case s.err != nil:
		return s.err
	case len(s.openEnds) > 0:
		return s.fault("the document ends inside <%s>", s.current())
	case s.pos < s.end:
		return s.fault("the document ends inside markup")
	case !s.rooted:
		return s.fault("the document has no element")
	}
	return io.EOF
}

// current is the name of the innermost open element.
func (s *Scanner) current() []byte {
	n := len(s.openEnds)
	from := 0
	if n > 1 {
		from = s.openEnds[n-2]
	}
	return s.open[from:s.openEnds[n-1]]
}

func (s *Scanner) push(name []byte) error {
	if len(s.openEnds) == 0 && s.rooted {
		return s.fault("<%s> stands behind the end of the document's element", name)
	}
	if len(s.openEnds) == maxDepth {
		return s.fault("more than %d elements inside one another", maxDepth)
	}
	s.rooted = true
	s.open = append(s.open, name...)
	s.openEnds = append(s.openEnds, len(s.open))
	return nil
}

func (s *Scanner) pop(name []byte) error {
	n := len(s.openEnds)
	if n == 0 {
		return s.fault("</%s> ends nothing", name)
	}
	if now := s.current(); !bytes.Equal(now, name) {
		return s.fault("</%s> where </%s> is due", name, now)
	}
	s.open = s.open[:len(s.open)-len(name)]
	s.openEnds = s.openEnds[:n-1]
	return nil
}
