package deb

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestReadParagraphs(t *testing.T) {
	const text = "\n\nPackage: a\nDepends: b,\n c,\n\td  \nEmpty:\nList:\n one\n .\n two\n \t \nPackage:b\r\nX-y :  z: 1 \r\n"
	want := []Paragraph{
		{[]Field{{"Package", "a", 3}, {"Depends", "b,\n c,\n\td", 4}, {"Empty", "", 7}, {"List", "\n one\n .\n two", 8}}},
		{[]Field{{"Package", "b", 13}, {"X-y", "z: 1", 14}}},
	}
	readers := map[string]io.Reader{
		"whole": strings.NewReader(text), "byte by byte": iotest.OneByteReader(strings.NewReader(text)),
		"data with EOF": iotest.DataErrReader(strings.NewReader(text)),
	}
	for name, r := range readers {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(want, paragraphsOf(t, r)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func paragraphsOf(t *testing.T, r io.Reader) []Paragraph {
	t.Helper()
	var out []Paragraph
	for p, err := range ReadParagraphs(r) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

func TestControlDataFaults(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"no colon":             {"A: b\nnonsense\n", `line 2: no colon in "nonsense"`},
		"continuation first":   {"\n x\n", "line 2: a continuation line with no field before it"},
		"no name":              {"A: 1\n\n: x\n", "line 3: a field without a name"},
		"comment":              {"# x: y\n", `line 1: field name "# x" begins with '#'`},
		"hyphen":               {"-a: y\n", `line 1: field name "-a" begins with '-'`},
		"space in name":        {"a b: y\n", `line 1: field name "a b" holds ' '`},
		"duplicate":            {"A: 1\nB: 2\na: 3\n", "line 3: field a stands a second time in its paragraph, first in line 1"},
		"NUL":                  {"A: \x00\n", "line 1: a NUL byte in control data"},
		"PGP frame":            {"-----BEGIN PGP SIGNED MESSAGE-----\n", `line 1: no colon in "-----BEGIN PGP SIGNED MESSAGE-----"`},
		"too many fields":      {manyFields(maxFields + 1), "line 201: more than 200 fields in one paragraph"},
		"an endless line":      {"A: " + strings.Repeat("x", maxParagraph+1<<17), "line 1: the line is longer than 16777216 bytes"},
		"an endless paragraph": {"A: b\n" + strings.Repeat(" "+strings.Repeat("x", 1<<16)+"\n", 260), "line 257: the paragraph is longer than 16777216 bytes"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got error
			for _, err := range ReadParagraphs(strings.NewReader(test.text)) {
				got = err
			}
			if got == nil || got.Error() != test.want {
				t.Errorf("got %v, want %s", got, test.want)
			}
		})
	}
}

func manyFields(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("F" + strings.Repeat("x", i) + ": 1\n")
	}
	return b.String()
}

func TestReadErrorIsPassedOn(t *testing.T) {
	broken := errors.New("cable cut")
	var got error
	for _, err := range ReadParagraphs(io.MultiReader(strings.NewReader("A: 1\nB:"), iotest.ErrReader(broken))) {
		got = err
	}
	if !errors.Is(got, broken) || !strings.Contains(got.Error(), "after line 1") {
		t.Errorf("got %v", got)
	}
}

func TestParagraphEdits(t *testing.T) {
	p, err := ReadParagraph(strings.NewReader("Package: x\nVersion: 1\nList:\n a\n b\n"))
	if err != nil {
		t.Fatal(err)
	}
	p.Set("VERSION", "2")
	p.Set("Filename", "pool/x.deb")
	p.Delete("package")
	var b bytes.Buffer
	if _, err := p.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("Version: 2\nList:\n a\n b\nFilename: pool/x.deb\n", b.String()); diff != "" {
		t.Error(diff)
	}
	if v, ok := p.Lookup("Package"); ok || v != "" {
		t.Errorf("deleted field is there: %q", v)
	}
}

func TestWriteRefusesWhatWouldReadBackDifferently(t *testing.T) {
	for _, f := range []Field{{Name: "A", Value: "x\ny"}, {Name: "A", Value: "x\n\n y"}, {Name: "A b", Value: "x"}, {Name: "", Value: "x"}} {
		if _, err := (Paragraph{[]Field{f}}).WriteTo(io.Discard); err == nil {
			t.Errorf("%v was written", f)
		}
	}
}

func TestReadParagraphWantsOne(t *testing.T) {
	for text, want := range map[string]string{"": "no control data", "A: 1\n\nB: 2\n": "line 3: a second paragraph where there must be one"} {
		if _, err := ReadParagraph(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestComments(t *testing.T) {
	s := NewScanner(strings.NewReader("# one\nTypes: deb\n# two\nURIs: x\n#three\n y\n"))
	s.Comments = true
	if !s.Scan() || s.Paragraph().Get("uris") != "x\n y" || s.Scan() || s.Err() != nil {
		t.Errorf("paragraph %v, error %v", s.Paragraph(), s.Err())
	}
}

// FuzzParagraphs holds that what was read can be written and reads back the same.
func FuzzParagraphs(f *testing.F) {
	for _, s := range []string{"A: b\n c\n\nD:\n e\n", "A:\n", "a : b\r\n\tc", "A: 1\nA: 2\n", " x", "#"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for p, err := range ReadParagraphs(bytes.NewReader(data)) {
			if err != nil {
				return
			}
			var b bytes.Buffer
			if _, err := p.WriteTo(&b); err != nil {
				t.Fatalf("%v: %v", p, err)
			}
			again, err := ReadParagraph(&b)
			if err != nil {
				t.Fatalf("%v: %v", p, err)
			}
			for i := range again.Fields {
				again.Fields[i].Line = p.Fields[i].Line
			}
			if diff := cmp.Diff(p, again); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

func BenchmarkScanner(b *testing.B) {
	one := "Package: bash\nVersion: 5.2.37-2+b5\nDepends: base-files (>= 2.1.12), debianutils (>= 5.6-0.1)\nSize: 1500000\nDescription: shell\n\n"
	text := strings.Repeat(one, 10000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s := NewScanner(strings.NewReader(text))
		for s.Scan() {
		}
		if s.Err() != nil {
			b.Fatal(s.Err())
		}
	}
}
