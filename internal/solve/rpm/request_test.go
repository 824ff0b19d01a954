package rpm

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdbuilder/internal/rpm"
)

func TestNames(t *testing.T) {
	set := world(t, "a-1.x86_64\na-2.x86_64\na-2.i686\na-b-1:3.x86_64\na.so-1.x86_64\nc-1.x86_64\n provides a-2\n provides p(q)(64bit)\n listed /opt/c")
	x := NewIndex(set, "x86_64")
	for name, want := range map[string]string{
		"a":              "a-1-1.x86_64 a-2-1.x86_64 a-2-1.i686",
		"a.i686":         "a-2-1.i686",
		"a-2":            "a-2-1.x86_64 a-2-1.i686",
		"a-2-1":          "a-2-1.x86_64 a-2-1.i686",
		"a-2-1.i686":     "a-2-1.i686",
		"a-0:2-1.i686":   "a-2-1.i686",
		"a-b":            "a-b-1:3-1.x86_64",
		"a-b-3":          "a-b-1:3-1.x86_64",
		"a-b-1:3":        "a-b-1:3-1.x86_64",
		"a.so":           "a.so-1-1.x86_64",
		"a-*":            "a-b-1:3-1.x86_64",
		"*.i686":         "a-2-1.i686",
		"[bc]":           "c-1-1.x86_64",
		"p(q)(64bit)":    "c-1-1.x86_64",
		"p(*":            "c-1-1.x86_64",
		"/opt/c":         "c-1-1.x86_64",
		"a >= 2":         "a-2-1.x86_64 a-2-1.i686",
		"(a-b or c)":     "a-b-1:3-1.x86_64 c-1-1.x86_64",
		"a-3":            "",
		"a-b-1:3-1.i686": "",
		"x":              "",
	} {
		sel, err := parseSelector(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		ids, _ := x.matching(sel)
		for _, id := range ids {
			got = append(got, x.pkgs[id].String())
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

func TestFaultsOfARequestComeAllAtOnce(t *testing.T) {
	err := (&Request{Arch: "noarch", Mode: 9, Wants: []Want{{Name: "a b", By: "demo.ks"}, {Name: "c", If: "[d"}, {Name: "(a if b)"}}, HardExclude: []string{""}}).Validate()
	if err == nil {
		t.Fatal("the request was taken")
	}
	for _, want := range []string{`architecture "noarch"`, "mode 9 is none of normal", `demo.ks: asked for: dependency "a b": "b" follows where it should end`,
		`"[d": the pattern's bracket is not closed`, `"(a if b)" is about several packages`, `excluded: "" names no package`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in:\n%v", want, err)
		}
	}
}

func TestModesAreWords(t *testing.T) {
	for m := Normal; m <= Everything; m++ {
		if got, err := ParseMode(m.String()); err != nil || got != m {
			t.Errorf("%v: got %v, %v", m, got, err)
		}
	}
	if _, err := ParseMode("all"); err == nil {
		t.Error(`"all" is a mode`)
	}
}

// FuzzParseSelector holds that what is accepted can be asked for, with yes or
// no, without a panic.
func FuzzParseSelector(f *testing.F) {
	for _, s := range []string{"bash", "a.x86_64", "a-1:2-3", "[", "a[b-", "*", "(a or b)", "(a if b)", "/x", "a >= 1", "a >=", "perl(X)", "a\\", "-", ".", "a--.", "(((", "\x00"} {
		f.Add(s)
	}
	set := world(f, "a-1:2-3.x86_64\n provides v\n requires (b or c)\nb.i686\n conflicts a\nc\n listed /x")
	x := NewIndex(set, "x86_64")
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := parseSelector(s); err != nil {
			return
		}
		for _, inclusive := range []bool{false, true} {
			sol, err := x.Solve(t.Context(), request("a").with(func(r *Request) {
				r.Wants, r.Inclusive = append(r.Wants, Want{Name: s}), inclusive
			}))
			if err == nil && len(sol.Packages) == 0 {
				t.Fatalf("%q: neither a package nor an error", s)
			}
		}
	})
}

// FuzzRich holds that no dependency, however it nests, takes the resolver down
// or without end.
func FuzzRich(f *testing.F) {
	for _, s := range []string{"(a or b)", "((a if b) unless (c and (a or b)))", "((v with w) without a)", "(((a and b) or (c and v)) and ((a or b) if (b or c) else w))"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, requires, conflicts string) {
		r, err := rpm.ParseDep(requires)
		if err != nil {
			return
		}
		c, err := rpm.ParseDep(conflicts)
		if err != nil {
			return
		}
		set := world(t, "p\na\n provides v\nb\n provides v = 2\n provides w\nc\nq")
		set.All[0].Requires, set.All[0].Supplements = []rpm.Dep{r}, []rpm.Dep{c}
		set.All[4].Conflicts, set.All[4].Recommends = []rpm.Dep{c}, []rpm.Dep{r}
		for _, inclusive := range []bool{false, true} {
			req := request("p", "q?").with(func(r *Request) { r.Inclusive = inclusive })
			if sol, err := Solve(set, req); err == nil && !inclusive {
				checkSound(t, requires, NewIndex(set, "x86_64"), &req, sol)
			}
		}
	})
}

// TestIntricateDependencies are refused, not followed to the end.
func TestIntricateDependencies(t *testing.T) {
	var text strings.Builder
	var parts []string
	for i := range 40 {
		name := "n" + strings.Repeat("x", i)
		text.WriteString(name + "\n")
		parts = append(parts, "("+name+" and m"+name+")")
		text.WriteString("m" + name + "\n")
	}
	text.WriteString("a\n requires (" + strings.Join(parts, " or ") + ")\n")
	_, err := Solve(world(t, text.String()), request("a"))
	if err == nil || !strings.Contains(err.Error(), "too intricate to follow") {
		t.Errorf("got %.300v", err)
	}
}
