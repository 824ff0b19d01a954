package deb

import (
	"strings"
	"testing"

	"cdbuilder/internal/pkgset"

	"github.com/google/go-cmp/cmp"
)

func TestParseClauses(t *testing.T) {
	got, err := ParseClauses("libc6 (>= 2.38), perl:any, default-mta | mail-transport-agent,\n foo:amd64(<<1:2~rc1-3) | b (= 1), c (<2), d (> 3),")
	if err != nil {
		t.Fatal(err)
	}
	want := []pkgset.Clause{
		{{Name: "libc6", Op: pkgset.GE, Version: "2.38"}},
		{{Name: "perl", Arch: "any"}},
		{{Name: "default-mta"}, {Name: "mail-transport-agent"}},
		{{Name: "foo", Arch: "amd64", Op: pkgset.LT, Version: "1:2~rc1-3"}, {Name: "b", Op: pkgset.EQ, Version: "1"}},
		{{Name: "c", Op: pkgset.LE, Version: "2"}},
		{{Name: "d", Op: pkgset.GE, Version: "3"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRelationFaults(t *testing.T) {
	tests := map[string]struct{ field, want string }{
		"bracket open":       {"a (>= 1", `relation "a (>= 1": a version that no bracket closes`},
		"no operator":        {"a (1)", `relation "a (1)": no comparison in (1); write (>= 1)`},
		"no version":         {"a (>=)", `relation "a (>=)": a comparison without a version`},
		"empty alternative":  {"a | | b", `relation "a | | b": a relation without a package name`},
		"bad name":           {"a$b", `relation "a$b": '$' is not allowed in the package name "a$b"`},
		"name first hyphen":  {"-x", `relation "-x": '-' is not allowed in the package name "-x"`},
		"empty qualifier":    {"a:", `relation "a:": bad architecture qualifier ""`},
		"two words":          {"a b", `relation "a b": "b" after the relation; restrictions belong to source packages`},
		"restriction":        {"a [amd64]", `relation "a [amd64]": "[amd64]" after the relation; restrictions belong to source packages`},
		"space in version":   {"a (>= 1 2)", `relation "a (>= 1 2)": ' ' is not allowed in the version "1 2"`},
		"operator backwards": {"a (=> 1)", `relation "a (=> 1)": '>' is not allowed in the version "> 1"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := ParseClauses(test.field); err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestParseDeps(t *testing.T) {
	got, err := ParseDeps("awk, mail-reader (= 1.0)")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]pkgset.Dep{{Name: "awk"}, {Name: "mail-reader", Op: pkgset.EQ, Version: "1.0"}}, got); diff != "" {
		t.Error(diff)
	}
	if _, err := ParseDeps("a | b"); err == nil || err.Error() != `alternatives in "a | b", where there can be none` {
		t.Errorf("got %v", err)
	}
}

func TestRestrictions(t *testing.T) {
	tests := []struct{ field, want string }{
		{"a [amd64] | b", "a | b"},
		{"a [i386] | b", "b"},
		{"a [i386 arm64], b", "b"},
		{"a [!i386 !hurd-any], b", "a, b"},
		{"a [linux-any], b [any-amd64], c [kfreebsd-any], d [any], e [any-i386]", "a, b, d"},
		{"a (>= 1) [amd64] <nocheck>, b", "b"},
		{"a <!nocheck>, b <stage1 cross> <nodoc>, c <!nodoc>", "a, b"},
	}
	for _, test := range tests {
		r := Relations{Arch: "amd64", Profiles: []string{"nodoc"}}
		got, err := r.Clauses([]byte(test.field))
		if err != nil {
			t.Errorf("%s: %v", test.field, err)
			continue
		}
		var parts []string
		for _, c := range got {
			parts = append(parts, c.String())
		}
		if diff := cmp.Diff(test.want, strings.Join(parts, ", ")); diff != "" {
			t.Errorf("%s: %s", test.field, diff)
		}
	}
	for _, bad := range []string{"a [amd64 !i386]", "a []", "a [amd64", "a <x", "a <>", "a [amd64] x"} {
		r := Relations{Arch: "amd64"}
		if got, err := r.Clauses([]byte(bad)); err == nil {
			t.Errorf("%s was read as %v", bad, got)
		}
	}
}

func TestClausesAreSharedByText(t *testing.T) {
	var r Relations
	a, _ := r.Clauses([]byte("x (>= 1) | y"))
	b, _ := r.Clauses([]byte("z, x (>= 1) | y"))
	if &a[0][0] != &b[1][0] {
		t.Error("the same clause is held twice")
	}
}

// FuzzRelations holds that what was read, written as Debian writes it, reads
// back the same.
func FuzzRelations(f *testing.F) {
	for _, s := range []string{"a (>= 1) | b:any, c", "a [amd64] <!x>", "a (<1)", ",,", "a (= 1:2-3~+b)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		source := Relations{Arch: "amd64"}
		_, _ = source.Clauses([]byte(s))
		got, err := ParseClauses(s)
		if err != nil {
			return
		}
		parts := make([]string, len(got))
		for i, c := range got {
			parts[i] = c.String()
		}
		again, err := ParseClauses(strings.Join(parts, ", "))
		if err != nil {
			t.Fatal(err)
		}
		if len(got) > 0 || len(again) > 0 {
			if diff := cmp.Diff(got, again); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}
