package rpm

import (
	"strings"
	"testing"

	"cdbuilder/internal/pkgset"

	"github.com/google/go-cmp/cmp"
)

func TestParseDep(t *testing.T) {
	dep := func(name string) Dep { return Dep{Name: name} }
	rich := func(text string, op RichOp, args ...Dep) Dep { return Dep{Name: text, Rich: &Rich{op, args}} }
	for _, want := range []Dep{
		dep("bash"),
		dep("/usr/bin/env"),
		dep("/usr/share/a=b"),
		dep("libc.so.6(GLIBC_2.4)(64bit)"),
		dep("font(:lang=ab)"),
		{Name: "glibc", Op: pkgset.GE, EVR: EVR{"1", "2.17", "292.el7"}},
		{Name: "config(bash)", Op: pkgset.EQ, EVR: EVR{"", "4.2.46", "33"}},
		rich("(a if b)", If, dep("a"), dep("b")),
		rich("(a if b else c)", If, dep("a"), dep("b"), dep("c")),
		rich("(a unless b else c)", Unless, dep("a"), dep("b"), dep("c")),
		rich("(a or b or c)", Or, dep("a"), dep("b"), dep("c")),
		rich("(a)", And, dep("a")),
		rich("(a with b with c)", With, dep("a"), dep("b"), dep("c")),
		rich("(a without b)", Without, dep("a"), dep("b")),
		rich("(crate(x/default) >= 0.2.5 with crate(x/default) < 0.3.0~)", With,
			Dep{Name: "crate(x/default)", Op: pkgset.GE, EVR: EVR{Version: "0.2.5"}},
			Dep{Name: "crate(x/default)", Op: pkgset.LT, EVR: EVR{Version: "0.3.0~"}}),
		rich("(a and (b or (c and d)))", And, dep("a"), rich("(b or (c and d))", Or, dep("b"), rich("(c and d)", And, dep("c"), dep("d")))),
	} {
		t.Run(want.text(), func(t *testing.T) {
			got, err := ParseDep(want.text())
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if got.String() != got.text() {
				t.Errorf("written as %q and anew as %q", got.String(), got.text())
			}
		})
	}
}

func TestParseDepRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                            "no name",
		"a >=":                        "no version",
		"a>=1":                        "put blanks around",
		"a b":                         "follows",
		"()":                          "nothing in the parentheses",
		"(a":                          "not closed",
		"(a and b":                    "not closed",
		"(a and )":                    "nothing follows",
		"(a and b or c)":              "one pair of parentheses",
		"(a if b if c)":               "twice",
		"(a else b)":                  "without an",
		"(a if b else c else d)":      "without an",
		"(a if b else c if d)":        "twice",
		"(a xor b)":                   "is no operator",
		"(a and b) c":                 "follows",
		"(a with (b and c))":          "about one package",
		"((a or (b if c)) without d)": "about one package",
		strings.Repeat("(", 100):      "parentheses in one another",
	} {
		d, err := ParseDep(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, %v, want an error about %q", text, d, err, want)
		}
	}
}

func TestOverlaps(t *testing.T) {
	for _, c := range []struct {
		dep, provide string
		want         bool
	}{
		{"a", "a", true},
		{"a", "b", false},
		{"a", "a = 1", true},
		{"a >= 2", "a", true},
		{"a >= 2", "a = 1:1", true},
		{"a >= 2", "a = 1", false},
		{"a = 1", "a = 1-5", true},
		{"a = 1-5", "a = 1", true},
		{"a > 1", "a = 1-5", false},
		{"a >= 1", "a = 1-5", true},
		{"a < 1", "a = 1~rc1", true},
		{"a < 2", "a > 1", true},
		{"a < 1", "a > 2", false},
		{"a > 2", "a > 1", true},
		{"a < 1", "a <= 1", true},
		{"a = 1", "a < 1", false},
		{"a = 1-1", "a = 1-1", true},
		{"a = 1-1", "a = 1-2", false},
		{"(a or b)", "a", false},
	} {
		d, err := ParseDep(c.dep)
		if err != nil {
			t.Fatal(err)
		}
		p, err := ParseDep(c.provide)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Overlaps(p); got != c.want {
			t.Errorf("%q and %q: %v, want %v", c.dep, c.provide, got, c.want)
		}
	}
}

func FuzzParseDep(f *testing.F) {
	for _, s := range []string{"a", "a >= 1:2-3", "(a if b else (c or d))", "(a with b < 2)", "((((", "a(b)(c) = 1", "(a and b and c)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDep(s)
		if err != nil {
			return
		}
		again, err := ParseDep(d.text())
		if err != nil {
			t.Fatalf("%q is written as %q, and that is refused: %v", s, d.text(), err)
		}
		if again.text() != d.text() {
			t.Fatalf("%q is written as %q, and that as %q", s, d.text(), again.text())
		}
	})
}
