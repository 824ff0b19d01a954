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

// Command gives the last line of a command, the one that counts for commands
// that are said once; nil where there is none.
func (f *File) Command(name string) *Node {
	for i := len(f.Nodes) - 1; i >= 0; i-- {
		if n := &f.Nodes[i]; n.Kind == Command && n.Name == name {
			return n
		}
	}
	return nil
}

// ScriptAt gives the script section that a line belongs to, its header and its
// %end included; nil where it belongs to none.
func (f *File) ScriptAt(line int) *Node {
	for i := range f.Nodes {
		n := &f.Nodes[i]
		if n.Kind != Section || n.Number > line || !n.isScript() {
			continue
		}
		last := n.Number + len(n.Body)
		if n.End.Number != 0 {
			last = n.End.Number
		}
		if line <= last {
			return n
		}
	}
	return nil
}
