package debian

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseSelector(t *testing.T) {
	for in, want := range map[string]selector{
		"bash":                   {name: "bash"},
		"libc6:i386":             {name: "libc6", arch: "i386"},
		"a=1:2.0-1":              {name: "a", version: "1:2.0-1"},
		"a:amd64=2":              {name: "a", arch: "amd64", version: "2"},
		"a/trixie":               {name: "a", suite: "trixie"},
		"a:amd64/trixie-updates": {name: "a", arch: "amd64", suite: "trixie-updates"},
		"libfoo*":                {name: "libfoo*", glob: true},
		"g++":                    {name: "g++"},
	} {
		got, err := parseSelector(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(selector{})); diff != "" {
			t.Errorf("%s: -want +got:\n%s", in, diff)
		}
	}
}

// FuzzParseSelector holds that what is accepted names something, and that a
// request with it can be answered, with yes or no, without a panic.
func FuzzParseSelector(f *testing.F) {
	for _, s := range []string{"bash", "a:b=c", "a/b", "[", "a[b-", "*", "=1", "a=1/b", "a\\"} {
		f.Add(s)
	}
	set := world(f, "Package: a\nProvides: v, b (= 2)\n\nPackage: b\nVersion: 1:2\nConflicts: a\n\nPackage: aa\nDepends: v")
	f.Fuzz(func(t *testing.T, s string) {
		sel, err := parseSelector(s)
		if err != nil {
			return
		}
		if sel.name == "" || strings.ContainsAny(sel.name, " \t|") {
			t.Fatalf("%q: accepted with the name %q", s, sel.name)
		}
		req := request("a")
		req.Wants = append(req.Wants, Want{Name: s})
		if sol, err := Solve(set, req); err == nil && len(sol.Packages) == 0 {
			t.Fatalf("%q: neither a package nor an error", s)
		}
	})
}
