package rpmmd

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/rpm"
)

// readRPM reads a package file as a builder of repodata does.
func readRPM(path, location string) (*rpm.Package, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r, err := rpm.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	p, err := r.Package()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	p.ChecksumType, p.Checksum = "sha256", hex.EncodeToString(sum[:])
	p.Size, p.Location = int64(len(data)), location
	return p, nil
}

// node is an element of a document, for comparing.
type node struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Text    string     `xml:",chardata"`
	Nodes   []node     `xml:",any"`
}

// lines writes an element, a line each of its parts.
func (n *node) lines(path string, out *[]string) {
	path += "/" + n.XMLName.Local
	var attrs []string
	for _, a := range n.Attrs {
		if a.Name.Local != "xmlns" && a.Name.Space != "xmlns" {
			attrs = append(attrs, fmt.Sprintf("%s=%q", a.Name.Local, a.Value))
		}
	}
	sort.Strings(attrs)
	line := path + " " + strings.Join(attrs, " ")
	if len(n.Nodes) == 0 {
		line += fmt.Sprintf(" %q", n.Text)
	}
	*out = append(*out, line)
	for i := range n.Nodes {
		n.Nodes[i].lines(path, out)
	}
}

// packagesOf gives the lines of each package element by its checksum.
func packagesOf(t *testing.T, r io.Reader) map[string][]string {
	t.Helper()
	var doc struct {
		Packages []node `xml:"package"`
	}
	if err := xml.NewDecoder(r).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	out := make(map[string][]string)
	for i := range doc.Packages {
		p := &doc.Packages[i]
		id := ""
		for _, a := range p.Attrs {
			if a.Name.Local == "pkgid" {
				id = a.Value
			}
		}
		for _, n := range p.Nodes {
			if n.XMLName.Local == "checksum" {
				id = n.Text
			}
		}
		var lines []string
		p.lines("", &lines)
		for _, l := range lines {
			l, _, _ = strings.Cut(l, " file=") // the file's own date is not in it
			out[id] = append(out[id], l)
		}
	}
	return out
}

// written writes repodata into memory.
func written(t testing.TB, r Repodata, pkgs []*rpm.Package) map[string][]byte {
	t.Helper()
	files := make(map[string][]byte)
	err := Write(r, pkgs, func(path string, data []byte) error {
		files[path] = bytes.Clone(data)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// document unpacks a kind of metadata of what was written, verified.
func document(t testing.TB, files map[string][]byte, kind string) []byte {
	t.Helper()
	m, err := ReadRepomd(bytes.NewReader(files["repodata/repomd.xml"]), func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	d := m.Find(kind)
	if d == nil {
		t.Fatalf("there is no %s", kind)
	}
	var out bytes.Buffer
	err = d.Read(bytes.NewReader(files[d.Location]), Trust{Warn: func(err error) { t.Error(err) }}, func(r io.Reader) error {
		_, err := out.ReadFrom(r)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestCorpusWrite writes the repodata of the corpus's packages and compares it
// with createrepo_c's, element for element.
func TestCorpusWrite(t *testing.T) {
	dir, theirs := judge.Corpus(t, "rpms"), judge.Corpus(t, "rpms-createrepo_c")
	names, err := filepath.Glob(filepath.Join(dir, "*.rpm"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no packages in %s", dir)
	}
	var pkgs []*rpm.Package
	for _, name := range names {
		p, err := readRPM(name, filepath.Base(name))
		if err != nil {
			t.Logf("%s: %v", filepath.Base(name), err)
			continue
		}
		pkgs = append(pkgs, p)
	}
	v6 := make(map[string]bool) // by checksum
	formats := make(map[string]string)
	for _, row := range judge.Sources(t, "rpms") {
		formats[row["file"]] = row["format"]
	}
	for _, p := range pkgs {
		v6[p.Checksum] = formats[p.Location] == "v6"
	}
	log, err := os.ReadFile(filepath.Join(theirs, "createrepo_c.log"))
	if err != nil {
		t.Fatal(err)
	}
	files := written(t, Repodata{Time: time.Unix(1795160176, 0)}, pkgs)
	for _, kind := range []string{"primary", "filelists", "other"} {
		f, err := os.Open(filepath.Join(theirs, kind+".xml.gz"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		plain, err := Decompress(f)
		if err != nil {
			t.Fatal(err)
		}
		ours := packagesOf(t, bytes.NewReader(document(t, files, kind)))
		want := packagesOf(t, plain)
		compare(t, kind, ours, want, v6)
		for id, lines := range ours {
			if want[id] == nil && !bytes.Contains(log, []byte("("+id+"): Forbidden control chars")) {
				t.Errorf("%s: createrepo_c does not write %s", kind, nameOf(lines))
			}
		}
	}
}

// compare prints every difference between what we and createrepo_c write. One
// is expected: of a package of format 6, rpm 4.18 does not know how much its
// payload unpacks to.
func compare(t *testing.T, kind string, ours, theirs map[string][]string, v6 map[string]bool) {
	t.Helper()
	agree, elements, unseen := 0, 0, 0
	for id, want := range theirs {
		got := ours[id]
		if v6[id] && kind == "primary" {
			unseen++
			got, want = withoutArchive(got), withoutArchive(want)
		}
		if elements += len(want); slices.Equal(got, want) {
			agree++
			continue
		}
		t.Errorf("%s %.12s %s: %s", kind, id, nameOf(want), difference(got, want))
	}
	var more []string
	for id, got := range ours {
		if theirs[id] == nil {
			more = append(more, nameOf(got))
		}
	}
	sort.Strings(more)
	t.Logf("%s: %d rows, %d agree, %d differ; %d elements; %d of format 6 without the payload's size; written by us only, as they have control characters: %v",
		kind, len(theirs), agree, len(theirs)-agree, elements, unseen, more)
}

func withoutArchive(lines []string) []string {
	lines = slices.Clone(lines)
	for i, l := range lines {
		if rest, ok := strings.CutPrefix(l, "/package/size archive="); ok {
			_, lines[i], _ = strings.Cut(rest, " ")
		}
	}
	return lines
}

func nameOf(lines []string) string {
	for _, l := range lines {
		if strings.HasPrefix(l, "/package/name") || strings.HasPrefix(l, "/package arch=") {
			return l
		}
	}
	return fmt.Sprint(lines)
}

func difference(got, want []string) string {
	var out []string
	for _, l := range want {
		if !slices.Contains(got, l) {
			out = append(out, "-"+l)
		}
	}
	for _, l := range got {
		if !slices.Contains(want, l) {
			out = append(out, "+"+l)
		}
	}
	if len(out) == 0 {
		return errors.New("the same elements in another order or number").Error()
	}
	return strings.Join(out[:min(len(out), 8)], "\n      ")
}
