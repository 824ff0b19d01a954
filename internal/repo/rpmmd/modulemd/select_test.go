package modulemd

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"cdbuilder/internal/rpm"
)

// stream writes a stream's document; requires is the inside of a mapping.
func stream(name, stream string, version int, requires string, artifacts ...string) string {
	return fmt.Sprintf(`---
document: modulemd
version: 2
data:
  {name: %s, stream: %q, version: %d, context: c%d, summary: a, description: b, license: {module: [MIT]},
   dependencies: [{requires: {%s}}], artifacts: {rpms: [%s]}}
`, name, stream, version, version, requires, strings.Join(artifacts, ", "))
}

func standard(module, stream string, modified int) string {
	return fmt.Sprintf("---\ndocument: modulemd-defaults\nversion: 1\ndata: {module: %s, stream: %q, modified: %d}\n", module, stream, modified)
}

func indexOf(t *testing.T, texts ...string) *Index {
	t.Helper()
	docs, err := Read(strings.NewReader(strings.Join(texts, "")))
	if err == nil {
		err = Errors(docs)
	}
	if err != nil {
		t.Fatal(err)
	}
	x := new(Index)
	x.Add(docs)
	return x
}

func TestSelect(t *testing.T) {
	common := []string{
		stream("php", "7", 1, "httpd: [], platform: [el8]"), stream("php", "8", 1, "httpd: ['2.4'], platform: [el8]"), standard("php", "7", 1),
		stream("httpd", "2.2", 1, "platform: [el8]"), stream("httpd", "2.4", 1, "platform: [el8]"),
		stream("perl", "5", 1, "platform: [-el8]"), standard("perl", "5", 1),
		stream("lost", "1", 1, "gone: ['1']"), standard("lost", "1", 1),
		stream("round", "1", 1, "about: ['1']"), stream("about", "1", 1, "round: ['1']"),
	}
	tests := []struct {
		name    string
		options Options
		active  string
		dropped string
		err     string
	}{
		{"defaults bring along what they need", Options{Platform: "el8"}, "httpd:2.2 php:7", "lost perl", ""},
		{"an enabled stream is kept to", Options{Platform: "el8", Enabled: []string{"httpd:2.4"}}, "httpd:2.4 php:7", "lost perl", ""},
		{"one that needs a stream", Options{Platform: "el8", Enabled: []string{"php:8"}}, "httpd:2.4 php:8", "lost perl", ""},
		{"two that don't go together", Options{Platform: "el8", Enabled: []string{"php:8", "httpd:2.2"}}, "", "", "module php:8: it needs module httpd:2.4, of which stream 2.2 is active"},
		{"disabled", Options{Platform: "el8", Disabled: []string{"php"}}, "", "lost perl", ""},
		{"a dependency disabled", Options{Platform: "el8", Disabled: []string{"httpd"}}, "", "lost perl php", ""},
		{"the default by name", Options{Platform: "el8", Enabled: []string{"php"}}, "httpd:2.2 php:7", "lost perl", ""},
		{"in a circle", Options{Platform: "el8", Enabled: []string{"round:1"}}, "about:1 httpd:2.2 php:7 round:1", "lost perl", ""},
		{"another platform", Options{Platform: "el9"}, "perl:5", "lost php", ""},
		{"any platform", Options{}, "httpd:2.2 perl:5 php:7", "lost", ""},
		{"all faults at once", Options{Enabled: []string{"httpx:1", "httpd", "php:9", "perl:5", "perl:6"}}, "", "", `no repository has it; did you mean "httpd"?
module httpd: has no default stream; name one of 2.2, 2.4
module php: has no stream 9; it has 7, 8
module perl: has no stream 6; it has 5`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, err := indexOf(t, common...).Select(test.options)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("got %v, want %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var active, dropped []string
			for m, builds := range s.Active {
				active = append(active, m+":"+builds[0].Stream)
			}
			for m := range s.Dropped {
				dropped = append(dropped, m)
			}
			slices.Sort(active)
			slices.Sort(dropped)
			if got := strings.Join(active, " "); got != test.active {
				t.Errorf("active: %s, want %s; dropped %v", got, test.active, s.Dropped)
			}
			if got := strings.Join(dropped, " "); got != test.dropped {
				t.Errorf("dropped: %s, want %s", got, test.dropped)
			}
		})
	}
}

func TestHides(t *testing.T) {
	x := indexOf(t,
		stream("tool", "1", 1, "", "tool-0:1.0-1.mod.x86_64", "tool-0:1.0-1.mod.src", "lib-0:1.0-1.mod.x86_64"),
		stream("tool", "2", 1, "", "tool-0:2.0-1.mod.x86_64"), standard("tool", "1", 1))
	s, err := x.Select(Options{})
	if err != nil {
		t.Fatal(err)
	}
	evr := func(v, r string) rpm.EVR { return rpm.EVR{Version: v, Release: r} }
	for _, test := range []struct {
		name string
		pkg  rpm.Package
		want bool
	}{
		{"of the active stream", rpm.Package{Name: "tool", EVR: evr("1.0", "1.mod"), Arch: "x86_64"}, false},
		{"of another stream", rpm.Package{Name: "tool", EVR: evr("2.0", "1.mod"), Arch: "x86_64"}, true},
		{"of none, with such a name", rpm.Package{Name: "tool", EVR: evr("9", "1"), Arch: "x86_64"}, true},
		{"of none, providing such a name", rpm.Package{Name: "tool9", EVR: evr("9", "1"), Arch: "x86_64", Provides: []rpm.Dep{{Name: "lib"}}}, true},
		{"of none", rpm.Package{Name: "other", EVR: evr("9", "1"), Arch: "x86_64"}, false},
		{"a source of none", rpm.Package{Name: "tool", EVR: evr("9", "1"), Arch: "src"}, false},
	} {
		if got := s.Hides(&test.pkg); got != test.want {
			t.Errorf("%s: hidden %v, want %v", test.name, got, test.want)
		}
	}
}

func TestDefaultsAndObsoletesModifiedLastWin(t *testing.T) {
	x := indexOf(t, standard("a", "1", 1), standard("a", "2", 2), standard("b", "1", 5), standard("b", "2", 4), standard("c", "1", 1), standard("c", "2", 1))
	for module, want := range map[string]string{"a": "2", "b": "1", "c": "", "d": ""} {
		if got := x.Default(module); got != want {
			t.Errorf("the default of %s is %q, want %q", module, got, want)
		}
	}
	obsolete := func(day, more string) string {
		return "---\ndocument: modulemd-obsoletes\nversion: 1\ndata: {module: a, stream: '1', message: m, modified: 2020-01-" + day + "T00:00Z" + more + "}\n"
	}
	s := &Stream{Name: "a", Stream: "1", Context: "c1"}
	if o := indexOf(t, obsolete("02", ""), obsolete("01", ", context: c1")).Obsolete(s); o == nil || o.Context != "" {
		t.Errorf("got %+v", o)
	}
	if o := indexOf(t, obsolete("02", ""), obsolete("03", ", reset: true")).Obsolete(s); o != nil {
		t.Errorf("taken back, and yet %+v", o)
	}
}

// Modules whose streams all depend on all others don't keep us for ever.
func TestTangleEnds(t *testing.T) {
	var texts []string
	for m := range 12 {
		for s := range 4 {
			texts = append(texts, stream(fmt.Sprintf("m%02d", m), fmt.Sprint(s), 1, fmt.Sprintf("m%02d: [], m%02d: [], gone: ['1']", (m+1)%12, (m+5)%12)))
		}
		texts = append(texts, standard(fmt.Sprintf("m%02d", m), "1", 1))
	}
	s, err := indexOf(t, texts...).Select(Options{})
	if err != nil || len(s.Active) != 0 {
		t.Errorf("got %v, %v", s.Active, err)
	}
}
