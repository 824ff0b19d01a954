package filelist

import (
	"bytes"
	"crypto/sha256"
	"iter"
	"maps"
	"slices"
	"strings"
)

// Builder collects keys with their owners.
type Builder struct {
	owners map[string]string // separated by commas
}

// Add says that a package owns a key.
func (b *Builder) Add(key, owner string) {
	if b.owners == nil {
		b.owners = make(map[string]string)
	}
	if strings.ContainsAny(key, "\t\n") || strings.ContainsAny(owner, "\t\n,") || owner == "" {
		return // no name that anybody looks for has such a mark
	}
	was, ok := b.owners[key]
	switch {
	case !ok:
		b.owners[key] = owner
	case !slices.Contains(strings.Split(was, ","), owner):
		b.owners[key] = was + "," + owner
	}
}

// Table makes what has been collected ready to be asked.
func (b *Builder) Table() *Table {
	var text bytes.Buffer
	for _, key := range slices.Sorted(maps.Keys(b.owners)) {
		text.WriteString(key + "\t" + b.owners[key] + "\n")
	}
	return newTable(text.Bytes())
}

// Table is a list of keys with their owners: lines of a key, a tab and the
// owners with commas between them, sorted.
type Table struct {
	text  []byte
	lines []uint32 // where each begins
}

func newTable(text []byte) *Table {
	t := &Table{text: text, lines: make([]uint32, 0, bytes.Count(text, []byte("\n")))}
	for at := 0; at < len(text); {
		t.lines = append(t.lines, uint32(at))
		n := bytes.IndexByte(text[at:], '\n')
		if n < 0 {
			break
		}
		at += n + 1
	}
	return t
}

func (t *Table) line(i int) (key, owners []byte) {
	l := t.text[t.lines[i]:]
	key, rest, _ := bytes.Cut(l[:bytes.IndexByte(l, '\n')], []byte("\t"))
	return key, rest
}

// Providers are the packages that own a key.
func (t *Table) Providers(key string) []string {
	if t == nil {
		return nil
	}
	i, ok := slices.BinarySearchFunc(t.lines, key, func(at uint32, key string) int {
		l := t.text[at:]
		return strings.Compare(string(l[:bytes.IndexByte(l, '\t')]), key)
	})
	if !ok {
		return nil
	}
	_, owners := t.line(i)
	return strings.Split(string(owners), ",")
}

// Keys gives all keys, sorted.
func (t *Table) Keys() iter.Seq[string] {
	return func(yield func(string) bool) {
		if t == nil {
			return
		}
		for i := range t.lines {
			if key, _ := t.line(i); !yield(string(key)) {
				return
			}
		}
	}
}

// Len is the number of keys.
func (t *Table) Len() int { return len(t.lines) }

// Size is what the table takes in memory, bytes.
func (t *Table) Size() int { return cap(t.text) + 4*cap(t.lines) }

// magic begins a file with a table; it changes whenever Key does.
const magic = "cdb file list 1\n"

// Encode gives the table as a file: magic, the lines, the SHA-256 of both.
func (t *Table) Encode() []byte {
	data := make([]byte, 0, len(magic)+len(t.text)+sha256.Size)
	data = append(append(data, magic...), t.text...)
	sum := sha256.Sum256(data)
	return append(data, sum[:]...)
}

// Decode reads a table back; one that is damaged in any way counts as none.
func Decode(data []byte) (*Table, bool) {
	if len(data) < len(magic)+sha256.Size || string(data[:len(magic)]) != magic || len(data) > 1<<31 {
		return nil, false
	}
	body := data[:len(data)-sha256.Size]
	if sha256.Sum256(body) != [sha256.Size]byte(data[len(body):]) {
		return nil, false
	}
	text := body[len(magic):]
	for l := range bytes.Lines(text) {
		if tab := bytes.IndexByte(l, '\t'); tab < 0 || l[len(l)-1] != '\n' {
			return nil, false
		}
	}
	return newTable(text), true
}

// Tables are several tables asked as one.
type Tables []*Table

// Providers are the packages that own a key in any of the tables.
func (ts Tables) Providers(key string) (all []string) {
	for _, t := range ts {
		for _, p := range t.Providers(key) {
			if !slices.Contains(all, p) {
				all = append(all, p)
			}
		}
	}
	return all
}

// Keys gives the keys of all tables.
func (ts Tables) Keys() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, t := range ts {
			for key := range t.Keys() {
				if !yield(key) {
					return
				}
			}
		}
	}
}
