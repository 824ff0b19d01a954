package kickstart

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", "\n", "text\r\n", "%packages --instLangs=en\n@core --optional\n-@x\n-y*\n%end\n", "%post\n%pre\n%end\n%end",
		"%addon x --y='z\n%end\n", "'a\\", "%\n% x\n%%\n", "\ufeff%packages\n@^\n@ \n", "%post --log\n%end",
	} {
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, src []byte, old bool) {
		syn := Syntax{"RHEL", 9}
		if old {
			syn.Number = 5
		}
		file, err := Parse("k", src, syn)
		if !bytes.Equal(file.Bytes(), src) {
			t.Fatalf("%q comes back as %q", src, file.Bytes())
		}
		again, err2 := Parse("k", file.Bytes(), syn)
		if (err == nil) != (err2 == nil) || len(again.Nodes) != len(file.Nodes) {
			t.Fatalf("%q reads differently the second time", src)
		}
		for _, r := range Requests(file) {
			if r.Name == "" {
				t.Fatalf("%q asks for a nameless package", src)
			}
		}
		file.Scripts()
	})
}

// FuzzTree reads trees of up to four files, a to d, which stand behind one
// another with a | between them.
func FuzzTree(f *testing.F) {
	for _, s := range []string{
		"%include b\n|text\n", "%packages\n%include b\n%end\n|# x\n\n%include c\nvim\n%end\ntext\n|@web\n", "%include a\n", "%include b|%include c|%include b",
		"%post\n%ksappend b\n%include c\n%end\n|x\n%end\n%pre\n|it's\n", "%ksappend b\nls\n%end|%post\n", "%include b\nx\n%post\n|%packages\n", "%include b\n%include b\n|%include c\n%include c\n|%include d\n|x",
		"%packages\n%ksappend b\n%ksappend b\n%end|%end\n%packages --nocore\nz\n", "%include b\n%end|%post\n%include c|%include d\n|%end",
	} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, text string, old bool) {
		syn := Syntax{"RHEL", 9}
		if old {
			syn.Number = 5
		}
		fsys := fstest.MapFS{}
		for i, part := range strings.SplitN(text, "|", 4) {
			fsys[string('a'+rune(i))] = &fstest.MapFile{Data: []byte(part)}
		}
		tr, err := ReadTree("a", fsys["a"].Data, syn, Dir(fsys, ""), Limits{Files: 50, Depth: 5})
		for _, file := range tr.Files() {
			if !bytes.Equal(file.Bytes(), fsys[file.Name].Data) {
				t.Fatalf("%q: %s comes back as %q", text, file.Name, file.Bytes())
			}
		}
		for file, n := range tr.All() {
			if n.Number == 0 {
				t.Fatalf("%q: %s has a node without a line", text, file.Name)
			}
			for _, l := range tr.Lines(file, n) {
				if n.Kind != Section || l.Raw == "" {
					t.Fatalf("%q: %s:%d has the line %v", text, file.Name, n.Number, l)
				}
			}
		}
		for file, s := range tr.Scripts() {
			if file == nil || s.When == "" {
				t.Fatalf("%q: a script from nowhere", text)
			}
		}
		if len(tr.Findings()) > 2*len(tr.Includes) || len(tr.Files()) > 51 {
			t.Fatalf("%q: %d findings of %d files", text, len(tr.Findings()), len(tr.Files()))
		}
		if len(tr.Includes) == 0 {
			alone(t, tr, err, fsys["a"].Data, syn)
		}
	})
}

// alone checks that a tree of one file is what Parse makes of the file.
func alone(t *testing.T, tr *Tree, err error, src []byte, syn Syntax) {
	t.Helper()
	file, err2 := Parse("a", src, syn)
	if d := cmp.Diff(file, tr.Root); d != "" {
		t.Fatalf("%q (-file +tree):\n%s", src, d)
	}
	if d := cmp.Diff(fmt.Sprint(err2), fmt.Sprint(err)); d != "" {
		t.Fatalf("%q (-file +tree):\n%s", src, d)
	}
	if !slices.Equal(Requests(file), tr.Requests()) {
		t.Fatalf("%q: %v, but in a tree %v", src, Requests(file), tr.Requests())
	}
}

func FuzzExpand(f *testing.F) {
	for _, s := range []string{
		"{{ .Label }}", "{{ range .Values }}{{ . }}{{ end }}", "{{ define \"a\" }}{{ .X }}{{ end }}{{ template \"a\" . }}",
		"{{ with $x := .Product }}{{ $x.Name }}{{ end }}", "{{ (.Product).Name }}", "{{ .Release.Date.Year }}", "{{ $.Values.a.b }}",
		"{{ .Release.Date.Format 1 }}", `{{ template "f.ks" . }}`, `{{ template "g.ks" . }}`, "{{/* */}}", "{{ break }}", "{{ nil }}",
	} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, text string) {
		// A template may run for ever or print without end; only the check
		// before that is ours.
		_, _, _ = prepare(Source{"k", text}, []Source{{"fragments/f.ks", "{{ .Label }}"}, {"g.ks", text}}, demoData())
	})
}
