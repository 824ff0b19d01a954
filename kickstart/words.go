package kickstart

import (
	"errors"
	"strings"
)

var (
	errQuote  = errors.New("a quotation mark is never closed")
	errEscape = errors.New("the line ends in a backslash, but a kickstart command cannot go on in the next line")
)

// words splits a line as pykickstart does, with Python's shlex in POSIX mode:
// quotes group, a backslash escapes (between double quotes only itself and
// the quote), # begins a comment wherever it stands unquoted.
func words(line string) ([]string, error) { return splitLine(line, true) }

// splitLine is words, or, without comments, what pykickstart does with the lines
// by which it leaves a section: there # is a character like any other, and
// the apostrophe in "%end # that's all" an open quote.
func splitLine(line string, comments bool) ([]string, error) {
	if strings.IndexFunc(line, special) < 0 {
		return strings.FieldsFunc(line, blank), nil
	}
	var s splitter
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case s.quote == 0 && blank(rune(c)):
			s.flush()
		case s.quote == 0 && c == '#' && comments:
			s.flush()
			return s.words, nil
		case c == '\\' && s.quote != '\'':
			if i++; i == len(line) {
				return s.words, errEscape
			}
			s.escaped(line[i])
		case s.quote == 0 && (c == '"' || c == '\''):
			s.quote, s.open = c, true
		case s.quote != 0 && c == s.quote:
			s.quote = 0
		default:
			s.add(c)
		}
	}
	if s.quote != 0 {
		return s.words, errQuote
	}
	s.flush()
	return s.words, nil
}

func blank(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' }

func special(r rune) bool { return r == '"' || r == '\'' || r == '\\' || r == '#' }

type splitter struct {
	words []string
	word  []byte
	open  bool // a word has begun, if only with an empty pair of quotes
	quote byte // the quotation mark we are inside of, or 0
}

func (s *splitter) add(c byte) { s.word, s.open = append(s.word, c), true }

// escaped adds the character after a backslash; between double quotes the
// backslash stays where it escapes nothing.
func (s *splitter) escaped(c byte) {
	if s.quote == '"' && c != '"' && c != '\\' {
		s.add('\\')
	}
	s.add(c)
}

func (s *splitter) flush() {
	if s.open {
		s.words = append(s.words, string(s.word))
	}
	s.word, s.open = s.word[:0], false
}
