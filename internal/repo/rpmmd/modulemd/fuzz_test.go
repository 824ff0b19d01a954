package modulemd

import (
	"bytes"
	"strings"
	"testing"

	"cdbuilder/internal/rpm"
)

// FuzzRead reads any bytes, and chooses among what it finds.
func FuzzRead(f *testing.F) {
	for _, doc := range samples {
		f.Add([]byte(doc))
	}
	f.Add([]byte("---\n...\n--- x\n...\n%YAML 1.1\n---\na: &x [*x]\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		docs, err := Read(bytes.NewReader(in))
		if err != nil {
			return
		}
		var x Index
		for _, d := range docs {
			if d.Line < 1 || d.Line > 1+bytes.Count(in, []byte("\n")) {
				t.Errorf("a document begins in line %d", d.Line)
			}
			if d.Err != nil && (d.Stream != nil || d.Defaults != nil || d.Obsoletes != nil || d.Packager != nil) {
				t.Error("a bad document gives something")
			}
		}
		x.Add(docs)
		if s, err := x.Select(Options{Platform: "el9"}); err == nil {
			s.Hides(&rpm.Package{Name: "a"})
		} else {
			t.Errorf("nothing was asked for, and yet: %v", err)
		}
	})
}

func TestDocumentsAreCutApart(t *testing.T) {
	in := "# nothing yet\n---\n# or here\n...\n\n---\na: |\n  --- not a mark\n  text\n--- # second\nb: 1\n...\n...\n%YAML 1.1\n---\nc: 2\n"
	docs, err := Read(strings.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range docs {
		got = append(got, strings.TrimSpace(string(d.Text)))
	}
	want := []string{"---\na: |\n  --- not a mark\n  text", "--- # second\nb: 1", "%YAML 1.1\n---\nc: 2"}
	if strings.Join(got, "\n====\n") != strings.Join(want, "\n====\n") {
		t.Errorf("got %q", got)
	}
	if lines := []int{docs[0].Line, docs[1].Line, docs[2].Line}; lines[0] != 5 || lines[1] != 10 || lines[2] != 14 {
		t.Errorf("they begin in lines %v", lines)
	}
}

func TestAliasesAreRefused(t *testing.T) {
	docs, err := Read(strings.NewReader("document: modulemd-defaults\nversion: 1\ndata:\n  module: &m a\n  stream: *m\n"))
	if err != nil || len(docs) != 1 || docs[0].Err == nil {
		t.Errorf("got %v, %v", Errors(docs), err)
	}
}
