package modulemd

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxFile and maxDocument bound what is read, bytes. EL 9's file has 2 MB, its
// largest document 60 kB.
const (
	maxFile     = 128 << 20
	maxDocument = 8 << 20
)

// Document is one document of a file, with its verdict.
type Document struct {
	Line    int    // where it begins
	Text    []byte // as it stands in the file, without the marks around it
	Kind    string // modulemd, modulemd-defaults …; empty when that is unknown
	Version int    // of its format

	// One of these is set, unless Err is.
	Stream       *Stream
	Defaults     *Defaults
	Obsoletes    *Obsoletes
	Translations *Translations
	Packager     *Stream

	// Err is what is wrong with it. Unknown are the keys that were passed over.
	Err     error
	Unknown []string
}

// Read reads all documents of a file. The error is for what is wrong with the
// file; what is wrong with a document is told there.
func Read(r io.Reader) ([]*Document, error) {
	var docs []*Document
	s := splitter{in: bufio.NewReaderSize(r, 64<<10)}
	for {
		text, line, err := s.next()
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return nil, fmt.Errorf("modules: line %d: %w", s.line, err)
		}
		docs = append(docs, parse(text, line))
	}
}

// Errors joins the faults of all documents.
func Errors(docs []*Document) error {
	var faults []error
	for _, d := range docs {
		if d.Err != nil {
			faults = append(faults, d.Err)
		}
	}
	return errors.Join(faults...)
}

// splitter cuts a file at the lines that mark a document's start and end,
// which YAML knows in the first column only (YAML 1.2 §9.1).
type splitter struct {
	in   *bufio.Reader
	line int
	read int
	held []byte // the line that begins the next document
}

// next gives a document that has more than comments, and where it begins.
func (s *splitter) next() (text []byte, line int, err error) {
	for {
		text, line, err = s.one()
		if err != nil || !blank(text) {
			return text, line, err
		}
	}
}

func (s *splitter) one() (text []byte, line int, err error) {
	line = s.line + 1
	if s.held != nil {
		line--
	}
	text, s.held = s.held, nil
	for {
		l, err := s.in.ReadSlice('\n')
		s.read += len(l)
		switch {
		case s.read > maxFile:
			return nil, 0, fmt.Errorf("the file has more than %d bytes", maxFile)
		case errors.Is(err, bufio.ErrBufferFull):
			err = nil
		case err == nil:
			s.line++
		case !errors.Is(err, io.EOF), len(l) == 0 && len(text) == 0:
			return nil, 0, err
		}
		switch mark(l) {
		case "---":
			if len(text) == 0 || onlyDirectives(text) {
				text = append(text, l...)
				break
			}
			s.held = bytes.Clone(l)
			return text, line, nil
		case "...":
			return text, line, nil
		default:
			text = append(text, l...)
		}
		if len(text) > maxDocument {
			return nil, 0, fmt.Errorf("a document of more than %d bytes", maxDocument)
		}
		if err != nil {
			return text, line, nil
		}
	}
}

// mark is the document mark that a line is, or nothing.
func mark(line []byte) string {
	if len(line) < 3 || len(line) > 3 && !strings.ContainsRune(" \t\r\n", rune(line[3])) {
		return ""
	}
	if m := string(line[:3]); m == "---" || m == "..." {
		return m
	}
	return ""
}

// onlyDirectives reports whether what stands before a start mark belongs to it.
func onlyDirectives(text []byte) bool {
	for line := range bytes.Lines(text) {
		if l := bytes.TrimSpace(line); len(l) > 0 && l[0] != '#' && line[0] != '%' {
			return false
		}
	}
	return true
}

// blank reports whether a document has nothing in it.
func blank(text []byte) bool {
	for line := range bytes.Lines(text) {
		if l := bytes.TrimSpace(line); len(l) > 0 && l[0] != '#' && mark(line) != "---" {
			return false
		} else if mark(line) == "---" && len(bytes.TrimSpace(line[3:])) > 0 && bytes.TrimSpace(line[3:])[0] != '#' {
			return false
		}
	}
	return true
}

// parse reads one document.
func parse(text []byte, line int) *Document {
	d := &Document{Line: line, Text: text}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		d.Err = fmt.Errorf("modules: document at line %d: %w", line, err)
		return d
	}
	p := &parser{doc: d, line: line}
	if err := p.document(&root); err != nil {
		d.Stream, d.Defaults, d.Obsoletes, d.Translations, d.Packager = nil, nil, nil, nil, nil
		d.Err = fmt.Errorf("modules: %s at line %d: %w", d.title(), line, err)
	}
	return d
}

func (d *Document) title() string {
	if d.Kind == "" {
		return "document"
	}
	return "document " + d.Kind
}

// document reads the envelope, and its data by the kind.
func (p *parser) document(root *yaml.Node) error {
	if root.Kind != yaml.DocumentNode || len(root.Content) != 1 {
		return errors.New("it is empty")
	}
	var version uint64
	var data *yaml.Node
	err := p.mapping(root.Content[0], "the document", fields{
		"document": p.text(&p.doc.Kind),
		"version":  p.number(&version),
		"data":     func(n *yaml.Node) error { data = n; return nil },
	})
	switch {
	case err != nil:
		return err
	case p.doc.Kind == "":
		return errors.New("it does not say of which kind it is")
	case version == 0 || version > 1000:
		return errors.New("it does not say of which version it is")
	case data == nil:
		return errors.New("it has no data")
	}
	p.doc.Version = int(version)
	return p.data(data)
}

func (p *parser) data(data *yaml.Node) (err error) {
	d := p.doc
	switch d.Kind {
	case "modulemd", "modulemd-stream":
		d.Stream, err = p.stream(data)
	case "modulemd-packager":
		d.Packager, err = p.packager(data)
	case "modulemd-defaults":
		d.Defaults, err = p.defaults(data)
	case "modulemd-obsoletes":
		d.Obsoletes, err = p.obsoletes(data)
	case "modulemd-translations":
		d.Translations, err = p.translations(data)
	default:
		return fmt.Errorf("the kind %.40q is not known", d.Kind)
	}
	return err
}

// only holds a document to a version of its format.
func (p *parser) only(version int) error {
	if p.doc.Version != version {
		return fmt.Errorf("version %d of the format is not known; %d is", p.doc.Version, version)
	}
	return nil
}
