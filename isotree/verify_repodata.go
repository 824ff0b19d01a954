package isotree

import (
	"context"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// Bounds on an RPM repository's metadata.
const (
	maxRepos    = 50
	maxXMLDepth = 64
	maxXMLToken = 4 << 20 // bytes
)

// repodata checks the RPM repositories on the medium: what repomd.xml lists, and
// every package that primary.xml does.
func (l *ledger) repodata(ctx context.Context) error {
	repos := 0
	for _, f := range l.v.files.files {
		if path.Base(f.path) != "repomd.xml" || path.Base(path.Dir(f.path)) != "repodata" {
			continue
		}
		if repos++; repos > maxRepos {
			break
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		l.repository(f.path)
	}
	return nil
}

// A repoFile is what metadata say of a file: package or further metadata.
type repoFile struct {
	kind, href string
	digest     []byte
	size       int64 // -1: not said
}

// repository checks the repository of one repomd.xml.
func (l *ledger) repository(repomd string) {
	root := path.Dir(path.Dir(repomd))
	list := l.list(repomd)
	primary := ""
	err := l.readList(repomd, func(r io.Reader) error {
		return repoFiles(r, "data", func(f repoFile) {
			l.claim(list, path.Join(root, f.href), f.digest, f.size)
			if f.kind == "primary" {
				primary = path.Join(root, f.href)
			}
		}, list.fault)
	})
	if err != nil {
		list.fault("%v", err)
	}
	if primary == "" {
		return
	}
	if _, ok := l.v.find(primary); !ok {
		return // a missing file, which is told by the list
	}
	packages := l.list(path.Join(root, "packages of repodata"))
	packages.packages = true
	err = l.readList(primary, func(r io.Reader) error {
		unpacked, err := l.unpack(r, primary)
		if err != nil {
			return err
		}
		defer unpacked.end()
		return repoFiles(unpacked, "package", func(f repoFile) {
			l.claim(packages, path.Join(root, f.href), f.digest, f.size)
		}, packages.fault)
	})
	if err != nil {
		packages.fault("%v", err)
	}
	below := func(f located) bool {
		return strings.HasSuffix(f.path, ".rpm") && (root == "." || strings.HasPrefix(f.path, root+"/"))
	}
	strays, _ := l.unlisted(below, func(by *sumList) bool { return by == packages })
	if strays > 0 {
		packages.extra = fmt.Sprintf("; %s in no index", plural(strays, "package is", "packages are"))
	}
}

// repoFiles reads the elements called element, of repomd.xml ("data") or
// primary.xml ("package"), which say checksum, location and size alike.
func repoFiles(r io.Reader, element string, emit func(repoFile), fault func(string, ...any)) error {
	limit := &tokenLimit{r: r}
	d := xml.NewDecoder(limit)
	f, inside, depth, text := repoFile{}, false, 0, ""
	var sumKind string
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) && depth == 0 {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		limit.since = 0
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth > maxXMLDepth {
				return fmt.Errorf("more than %d elements in one another", maxXMLDepth)
			}
			text = ""
			switch name := t.Name.Local; {
			case name == element:
				f, inside, sumKind = repoFile{kind: attribute(t, "type"), size: -1}, true, ""
			case inside:
				f.start(t, &sumKind)
			}
		case xml.CharData:
			text = string(t)
		case xml.EndElement:
			if depth--; depth < 0 {
				return errors.New("an element ends that did not begin")
			}
			switch name := t.Name.Local; {
			case name == element && inside:
				inside = false
				if f.digest == nil || f.href == "" {
					fault("a %s without a digest or a location", element)
					continue
				}
				emit(f)
			case inside:
				f.end(name, strings.TrimSpace(text), sumKind)
			}
		}
	}
}

// start takes what stands in an element's attributes.
func (f *repoFile) start(t xml.StartElement, sumKind *string) {
	switch t.Name.Local {
	case "location":
		f.href = attribute(t, "href")
	case "checksum":
		*sumKind = attribute(t, "type")
	case "size":
		if n, err := strconv.ParseInt(attribute(t, "package"), 10, 64); err == nil && n >= 0 {
			f.size = n
		}
	}
}

// end takes what stands between an element's tags.
func (f *repoFile) end(name, text, sumKind string) {
	switch name {
	case "checksum":
		if b, err := hex.DecodeString(text); err == nil && len(b) == digestSize(sumKind) {
			f.digest = b
		}
	case "size":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
			f.size = n
		}
	}
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// tokenLimit refuses XML with a text or a tag of unreasonable length, which the
// decoder would keep in memory. Whoever takes the tokens sets it back.
type tokenLimit struct {
	r     io.Reader
	since int // bytes read since the last token, about
}

func (t *tokenLimit) Read(p []byte) (int, error) {
	if t.since > maxXMLToken {
		return 0, fmt.Errorf("a tag or a text has more than %d bytes", maxXMLToken)
	}
	n, err := t.r.Read(p)
	t.since += n
	return n, err
}
