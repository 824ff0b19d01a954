package kickstart

import (
	"bytes"
	"testing"
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
