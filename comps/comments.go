package comps

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// comment keeps a comment: with the element that has just ended, where it
// stands behind it in its line, else for what comes next.
func (r *reader) comment(c xml.Comment) {
	if at := illegal(string(c)); at >= 0 {
		r.fault(r.line, "not well-formed XML: a comment holds %q", c[at:min(len(c), at+1)])
		return
	}
	text := lineEnds.Replace(string(c))
	if r.last != nil && r.line == r.lastEnd {
		r.last.Beside = append(r.last.Beside, text)
		return
	}
	r.pending = append(r.pending, text)
}

// take gives the comments that wait for the thing at hand.
func (r *reader) take() []string {
	taken := r.pending
	r.pending = nil
	return taken
}

// over remembers the comments of an element that has just ended.
func (r *reader) over(c *Comments) {
	r.last = c
	r.lastEnd, _ = r.dec.InputPos()
}

// illegal finds the first byte that XML 1.0 §2.2 has no place for, or gives -1.
func illegal(s string) int {
	for i, c := range s {
		ok := c == '\t' || c == '\n' || c == '\r' || c >= 0x20 && c <= 0xd7ff || c >= 0xe000 && c <= 0xfffd || c >= 0x10000
		if c == utf8.RuneError {
			_, width := utf8.DecodeRuneInString(s[i:])
			ok = width > 1
		}
		if !ok {
			return i
		}
	}
	return -1
}

// charset reads what is not UTF-8 and yet simple.
func (r *reader) charset(label string, in io.Reader) (io.Reader, error) {
	switch strings.ToLower(label) {
	case "utf8", "us-ascii", "ascii":
		return in, nil
	case "iso-8859-1", "latin1", "latin-1":
		return &latin1{bufio.NewReader(in)}, nil
	}
	r.encoding = fmt.Errorf("the file is in the encoding %q; save it as UTF-8, and say so in its first line", label)
	return nil, r.encoding
}

// latin1 reads ISO-8859-1 as UTF-8.
type latin1 struct{ in *bufio.Reader }

func (l *latin1) Read(p []byte) (n int, err error) {
	for n+utf8.UTFMax <= len(p) {
		if n > 0 && l.in.Buffered() == 0 {
			break
		}
		b, err := l.in.ReadByte()
		if err != nil {
			return n, err
		}
		n += utf8.EncodeRune(p[n:], rune(b))
	}
	return n, nil
}
