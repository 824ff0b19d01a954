package kickstart

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// templates makes templates of files given by their names: fragments lie in
// fragments/.
func templates(files ...string) *Templates {
	t := &Templates{}
	for i := 0; i < len(files); i += 2 {
		s := Source{"kickstart/" + files[i], files[i+1]}
		if strings.HasPrefix(files[i], FragmentDir+"/") {
			t.Fragments = append(t.Fragments, s)
		} else {
			t.Kickstarts = append(t.Kickstarts, s)
		}
	}
	return t
}

func TestFragments(t *testing.T) {
	all, warnings, err := templates(
		"a.ks", "text\n{{ template \"users.ks\" . }}\nreboot\n",
		"b.ks", "{{ template \"users.ks\" . }}\n%packages\nvim\n%end\n",
		"fragments/users.ks", "rootpw --lock\n{{ template \"zone.ks\" . }}\n",
		"fragments/zone.ks", "timezone {{ .Values.timezone }}\n",
	).Render(demoData(), rhel9(t))
	if err != nil || len(warnings) > 0 || len(all) != 2 {
		t.Fatalf("%d kickstarts, %v, %v", len(all), warnings, err)
	}
	if d := cmp.Diff("text\nrootpw --lock\ntimezone Europe/Vienna\nreboot\n", string(all[0].Text)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	got := all[1].Requests()
	if len(got) != 2 || got[1].From != "kickstart/b.ks:3" {
		t.Errorf("asked for: %+v", got)
	}
}

// TestWhere holds each line of a result to the place that it comes from.
func TestWhere(t *testing.T) {
	data := map[string]any{"two": "x\ny", "none": "", "list": []string{"p", "q"}, "yes": true}
	cases := []struct{ name, text, want string }{
		{"plain", "a\nb\n", "a k:1|b k:2"},
		{"no line end", "a\nb", "a k:1|b k:2"},
		{"a value in a line", "a\nb{{ .yes }}c\nd\n", "a k:1|btruec k:2|d k:3"},
		{"a value of two lines", "a\n{{ .two }}\nb\n", "a k:1|x k:2|y k:2|b k:3"},
		{"an empty value", "a\n{{ .none }}\nb\n", "a k:1| k:2|b k:3"},
		{"a value after blanks", "  {{ .yes }}\nb", "  true k:1|b k:2"},
		{"a branch taken", "{{ if .yes }}\na\n{{ else }}\nb\n{{ end }}\nc\n", " k:1|a k:2| k:5|c k:6"},
		{"trimmed", "{{ if .yes -}}\n\na\n{{- end }}\n\n{{- /* x */ -}}\n\nb\n", "ab k:3"},
		{"a loop", "{{ range .list }}l {{ . }}\n  m\n{{ end }}z\n", "l p k:1|  m k:2|l q k:1|  m k:2|z k:3"},
		{"a fragment alone", "a\n{{ template \"f.ks\" . }}\nb\n", "a k:1|f1 f.ks:1|true f.ks:2|f3 f.ks:3|b k:3"},
		{"a fragment behind blanks", "a\n  {{ template \"f.ks\" . }}\nb\n", "a k:1|  f1 f.ks:1|true f.ks:2|f3 f.ks:3|b k:3"},
		{"a fragment within a line", "a{{ template \"f.ks\" . }}b\n", "af1 k:1|true f.ks:2|f3b f.ks:3"},
		{"a definition", "{{ define \"d\" }}x\ny{{ end }}a\n{{ template \"d\" }}\n", "a k:2|x k:1|y k:2"},
		{"windows line ends", "a\r\n{{ .yes }}\r\n", "a\r k:1|true\r k:2"},
		{"a variable", "{{ $x := .yes }}\n{{ $x }}\n{{ $x = false }}{{ $x }}\n", " k:1|true k:2|false k:3"},
		{"nothing", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			x, err := expand(Source{"k", c.text}, []Source{{"f.ks", "f1\n{{ .yes }}\nf3\n"}}, data)
			if err != nil {
				t.Fatal(err)
			}
			r := Rendered{Source: Source{"k", c.text}, Text: x.text, origins: x.origins}
			var got []string
			for i, line := range strings.Split(strings.TrimSuffix(string(x.text), "\n"), "\n") {
				if len(x.text) == 0 {
					break
				}
				file, number := r.Where(i + 1)
				got = append(got, fmt.Sprintf("%s %s:%d", line, file, number))
			}
			if d := cmp.Diff(c.want, strings.Join(got, "|")); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if len(got) != len(x.origins) {
				t.Errorf("%d lines have %d origins", len(got), len(x.origins))
			}
		})
	}
}

func TestTemplateFaults(t *testing.T) {
	cases := []struct {
		name  string
		files []string
		want  []string
	}{
		{"unknown fragment", []string{"a.ks", "text\n{{ template \"user.ks\" . }}\n", "fragments/users.ks", ""},
			[]string{`kickstart/a.ks:2: unknown fragment "user.ks"; did you mean "users.ks"?`}},
		{"no near fragment", []string{"a.ks", "{{ template \"x\" . }}\n", "fragments/users.ks", "", "fragments/disks.ks", ""},
			[]string{`kickstart/a.ks:1: unknown fragment "x"; there is disks.ks, users.ks`}},
		{"no fragments", []string{"a.ks", "{{ template \"x\" . }}\n"}, []string{`kickstart/a.ks:1: unknown fragment "x"`}},
		{"a variable in a fragment, once", []string{"a.ks", "{{ template \"u.ks\" . }}", "b.ks", "{{ template \"u.ks\" . }}", "fragments/u.ks", "text\nlang {{ .Values.timezon }}\n"},
			[]string{`kickstart/fragments/u.ks:2: unknown variable .Values.timezon; did you mean ".Values.timezone"?`}},
		{"the dot forgotten", []string{"a.ks", "\n{{ template \"u.ks\" }}", "fragments/u.ks", "{{ if .Demo }}x{{ end }}"},
			[]string{`kickstart/a.ks:2: "u.ks" asks for values and gets none; write {{ template "u.ks" . }}, with the dot`}},
		{"no end", []string{"a.ks", "{{ template \"u.ks\" . }}", "fragments/u.ks", "{{ template \"v.ks\" . }}", "fragments/v.ks", "\n{{ template \"u.ks\" . }}"},
			[]string{`kickstart/fragments/v.ks:2: "u.ks" uses itself, without an end: u.ks > v.ks > u.ks`}},
		{"syntax of a fragment", []string{"a.ks", "{{ template \"u.ks\" . }}", "fragments/u.ks", "\n{{ if }}"},
			[]string{`kickstart/fragments/u.ks:2: filling the template: missing value for if`}},
		{"of a function", []string{"a.ks", "{{ template \"u.ks\" . }}{{ _from 1 }}", "fragments/u.ks", "{{ uper .Label }}"},
			[]string{`kickstart/a.ks:1: unknown function "_from"`, `kickstart/fragments/u.ks:1: unknown function "uper"`}},
		{"defined twice", []string{"a.ks", "text\n", "fragments/u.ks", "{{ define \"d\" }}x{{ end }}", "fragments/v.ks", "\n{{ define \"d\" }}y{{ end }}"},
			[]string{`kickstart/fragments/v.ks:2: filling the template: template: multiple definition of template "d"`}},
		{"the result, in a fragment", []string{"a.ks", "{{ template \"u.ks\" . }}\n\n%packages\n%end\n", "fragments/u.ks", "text\ntext\n%end\n"},
			[]string{`kickstart/fragments/u.ks:3: %end, but no section is open`}},
		{"the result, below a fragment", []string{"a.ks", "{{ template \"u.ks\" . }}\n%post\n%packages\n%end\n", "fragments/u.ks", "text\ntext\ntext\n"},
			[]string{`kickstart/a.ks:3: %post in kickstart/a.ks:2 is not closed with %end before %packages`}},
		{"a title", []string{"a.ks", "{{ template \"head.ks\" . }}\n\ntext\n", "fragments/head.ks", "# a\n# menu:\n# menu-order: x\n"},
			[]string{`kickstart/fragments/head.ks:2: the title in the boot menu is empty; write "# menu: Install the web server", or "# menu: none"`,
				`kickstart/fragments/head.ks:3: "# menu-order: x" is no place in the menu; write a number from 1 to 999`}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := templates(c.files...).Render(demoData(), rhel9(t))
			if d := cmp.Diff(c.want, lines(err)); d != "" {
				t.Errorf("faults (-want +got):\n%s", d)
			}
		})
	}
}

func TestUnusedFragment(t *testing.T) {
	_, warnings, err := templates("a.ks", "{{ if false }}{{ template \"u.ks\" . }}{{ end }}\n",
		"fragments/u.ks", "", "fragments/v.ks", "{{ template \"w.ks\" . }}", "fragments/w.ks", "").Render(demoData(), rhel9(t))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range warnings {
		got = append(got, w.String())
	}
	want := []string{
		`kickstart/fragments/v.ks:1: warning: no kickstart uses this fragment; {{ template "v.ks" . }} does [unused-fragment]`,
		`kickstart/fragments/w.ks:1: warning: no kickstart uses this fragment; {{ template "w.ks" . }} does [unused-fragment]`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestTrace: findings move to the templates, and a fix does where its lines
// are the same there.
func TestTrace(t *testing.T) {
	all, _, err := templates("a.ks", "text\n{{ template \"u.ks\" . }}\nlang {{ .Values.keyboard }}\nreboot\n",
		"fragments/u.ks", "zerombr\nclearpart --all\n").Render(demoData(), rhel9(t))
	if err != nil {
		t.Fatal(err)
	}
	fix := func(first, last int) *Fix { return &Fix{Does: "x", First: first, Last: last, With: []string{"y"}} }
	got := all[0].Trace([]Finding{
		{File: "kickstart/a.ks", Line: 3, Text: "as in line 5", Fix: fix(3, 3)},
		{File: "kickstart/a.ks", Line: 4, Fix: fix(4, 4)},
		{File: "kickstart/a.ks", Line: 5, Fix: fix(5, 5)},
		{File: "kickstart/a.ks", Line: 5, Fix: fix(3, 5)},
		{File: "kickstart/a.ks", Line: 5, Fix: fix(5, 4)},
		{File: "kickstart/a.ks", Line: 99},
		{File: "other.ks", Line: 3, Fix: fix(3, 3)},
	})
	want := []Finding{
		{File: "kickstart/fragments/u.ks", Line: 2, Text: "as in kickstart/a.ks:4", Fix: fix(2, 2)},
		{File: "kickstart/a.ks", Line: 3},
		{File: "kickstart/a.ks", Line: 4, Fix: fix(4, 4)},
		{File: "kickstart/a.ks", Line: 4},
		{File: "kickstart/a.ks", Line: 4, Fix: fix(4, 3)},
		{File: "kickstart/a.ks", Line: 4},
		{File: "other.ks", Line: 3, Fix: fix(3, 3)},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestReadTemplates(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kickstart")
	for name, text := range map[string]string{"b.ks": "b", "a.ks": "a", "README": "no", ".hidden.ks": "no", "fragments/f.ks": "f", "deep/x/y.ks": "no"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ReadTemplates(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := &Templates{[]Source{{filepath.Join(dir, "a.ks"), "a"}, {filepath.Join(dir, "b.ks"), "b"}}, []Source{{filepath.Join(dir, "fragments", "f.ks"), "f"}}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
