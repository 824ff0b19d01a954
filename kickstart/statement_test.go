package kickstart

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFields(t *testing.T) {
	line := `  part "/a b"  --label='x#y' --size=1# the rest`
	fields, comment, err := Fields(line)
	if err != nil {
		t.Fatal(err)
	}
	var texts, raws []string
	for _, f := range fields {
		texts = append(texts, f.Text)
		raws = append(raws, line[f.Start:f.End])
	}
	if d := cmp.Diff([]string{"part", "/a b", "--label=x#y", "--size=1"}, texts); d != "" {
		t.Errorf("texts (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"part", `"/a b"`, `--label='x#y'`, "--size=1"}, raws); d != "" {
		t.Errorf("as written (-want +got):\n%s", d)
	}
	if line[comment:] != "# the rest" {
		t.Errorf("the comment is %q", line[comment:])
	}
	if _, _, err := Fields(`part "/`); err == nil {
		t.Error("an open quote is taken")
	}
}

func FuzzFields(f *testing.F) {
	f.Add(`a "b c"d # e`)
	f.Add(`\# '' ""x`)
	f.Fuzz(func(t *testing.T, line string) {
		want, err := Words(line)
		fields, comment, fieldsErr := Fields(line)
		if (err != nil) != (fieldsErr != nil) {
			t.Fatalf("Words says %v, Fields %v", err, fieldsErr)
		}
		if err != nil {
			return
		}
		for i, field := range fields {
			again, err := Words(line[field.Start:field.End])
			if err != nil || len(again) != 1 || again[0] != want[i] || field.Text != want[i] {
				t.Fatalf("field %d of %q is %q, which reads as %q, %v", i, line, line[field.Start:field.End], again, err)
			}
		}
		if comment < len(line) && line[comment] != '#' {
			t.Fatalf("no comment at %d of %q", comment, line)
		}
		for _, w := range want {
			if again, err := Words(Quote(w)); err != nil || len(again) != 1 || again[0] != w {
				t.Fatalf("%q quoted reads back as %q, %v", w, again, err)
			}
		}
	})
}
