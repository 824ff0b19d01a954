package kickstart

import "strings"

// Words splits a command line as the installer does: quotes group, a
// backslash escapes, # begins a comment. The words before a fault come back
// with it.
func Words(line string) ([]string, error) { return words(line) }

// Field is a word of a line and where it stands: line[Start:End] is the word
// as it is written, with its quotes.
type Field struct {
	Text       string
	Start, End int // in bytes
}

// Fields is Words with the places of the words, for those that rewrite a line
// and leave the rest of it alone. comment is where an unquoted # begins, or
// the line's length.
func Fields(line string) (fields []Field, comment int, err error) {
	all, err := words(line)
	if err != nil {
		return nil, len(line), err
	}
	at := 0
	for _, word := range all {
		for at < len(line) && strings.IndexByte(" \t\r\n", line[at]) >= 0 {
			at++
		}
		start := at
		at = wordEnd(line, at)
		fields = append(fields, Field{word, start, at})
	}
	for at < len(line) && line[at] != '#' {
		at++
	}
	return fields, at, nil
}

// wordEnd is where the word that begins at a place ends; the line is known to
// have no faults.
func wordEnd(line string, at int) int {
	var quote byte
	for ; at < len(line); at++ {
		c := line[at]
		switch {
		case quote == 0 && strings.IndexByte(" \t\r\n#", c) >= 0:
			return at
		case c == '\\' && quote != '\'':
			at++
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote != 0 && c == quote:
			quote = 0
		}
	}
	return min(at, len(line))
}

// Quote writes a word so that Words reads it back as one.
func Quote(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\r\n#'\"\\") {
		return word
	}
	r := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	return `"` + r.Replace(word) + `"`
}
