package debian

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/solve"
)

// world reads packages from stanzas, with what a case does not care about left
// out: version 1, architecture amd64.
func world(t testing.TB, stanzas string) *pkgset.Set {
	t.Helper()
	set := new(pkgset.Set)
	for _, stanza := range strings.Split(strings.TrimSpace(stanzas), "\n\n") {
		fields := map[string]string{"Version": "1", "Architecture": "amd64", "Priority": "optional"}
		for line := range strings.Lines(stanza) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			fields[name] = value
		}
		p := readPackage(t, func(name string) string { return fields[name] })
		if suite := fields["Suite"]; suite != "" {
			p.Suite = suite
		}
		if fields["Pin"] != "" {
			p.Pin = len(fields["Pin"]) // one letter a point
		}
		set.Add(p)
	}
	return set
}

func request(names ...string) Request {
	r := Request{Arch: "amd64", Recommends: true}
	for _, n := range names {
		optional := strings.HasSuffix(n, "?") && !strings.HasPrefix(n, "v?")
		r.Wants = append(r.Wants, Want{Name: strings.TrimSuffix(n, "?"), Optional: optional})
	}
	return r
}

// told is a solution in words: each package with its reason, then the drops.
func told(sol *Solution) []string {
	var out []string
	for _, c := range sol.Packages {
		arch := ""
		if c.Arch != "amd64" {
			arch = ":" + c.Arch
		}
		out = append(out, c.Name+arch+" "+c.Version+" ("+c.Why+")")
	}
	for _, d := range sol.Dropped {
		out = append(out, "dropped "+d.String())
	}
	return out
}

func TestSolve(t *testing.T) {
	for _, tc := range []struct {
		name, world string
		req         Request
		want        []string
	}{
		{"a chain of dependencies", "Package: a\nDepends: b (>= 1)\n\nPackage: b\nPre-Depends: c\n\nPackage: c\n\nPackage: d",
			request("a"), []string{"a 1 (asked for)", "b 1 (depends: a)", "c 1 (pre-depends: b)"}},
		{"the first alternative", "Package: a\nDepends: b | c\n\nPackage: b\n\nPackage: c", request("a"),
			[]string{"a 1 (asked for)", "b 1 (depends: a)"}},
		{"the alternative that is there already", "Package: a\nDepends: b | c\n\nPackage: b\n\nPackage: c", request("a", "c"),
			[]string{"a 1 (asked for)", "c 1 (asked for)"}},
		{"an alternative whose own needs cannot be met falls", "Package: a\nDepends: b | c\n\nPackage: b\nDepends: x\n\nPackage: c", request("a"),
			[]string{"a 1 (asked for)", "c 1 (depends: a)"}},
		{"a conflict found deep down turns an early choice", "Package: a\nDepends: b | c, d\n\nPackage: b\n\nPackage: c\n\nPackage: d\nDepends: e\n\nPackage: e\nConflicts: b", request("a"),
			[]string{"a 1 (asked for)", "c 1 (depends: a)", "d 1 (depends: a)", "e 1 (depends: d)"}},
		{"the newest version", "Package: a\nVersion: 1.10\n\nPackage: a\nVersion: 1.9", request("a"), []string{"a 1.10 (asked for)"}},
		{"the higher pin wins over the newer version", "Package: a\nVersion: 2\n\nPackage: a\nVersion: 1\nPin: x", request("a"), []string{"a 1 (asked for)"}},
		{"an asked version", "Package: a\nVersion: 2\n\nPackage: a\nVersion: 1", request("a=1"), []string{"a 1 (asked for)"}},
		{"an asked suite", "Package: a\nVersion: 2\n\nPackage: a\nVersion: 1\nSuite: old", request("a/old"), []string{"a 1 (asked for)"}},
		{"a pattern takes every name that fits", "Package: aa\n\nPackage: ab\n\nPackage: b", request("a*"), []string{"aa 1 (asked for)", "ab 1 (asked for)"}},
		{"a real package before its providers", "Package: a\nDepends: v\n\nPackage: p\nProvides: v\nPriority: required\n\nPackage: v", request("a"),
			[]string{"a 1 (asked for)", "v 1 (depends: a)"}},
		{"the provider of higher priority", "Package: a\nDepends: v\n\nPackage: p\nProvides: v\n\nPackage: q\nProvides: v\nPriority: standard", request("a"),
			[]string{"a 1 (asked for)", "q 1 (depends: a)"}},
		{"of equal providers the one apt met last", "Package: a\nDepends: v\n\nPackage: p\nProvides: v\n\nPackage: q\nProvides: v", request("a"),
			[]string{"a 1 (asked for)", "q 1 (depends: a)"}},
		{"an unversioned Provides meets no versioned Depends", "Package: a\nDepends: v (>= 1) | b\n\nPackage: p\nProvides: v\n\nPackage: b", request("a"),
			[]string{"a 1 (asked for)", "b 1 (depends: a)"}},
		{"a versioned Provides does", "Package: a\nDepends: v (>= 1) | b\n\nPackage: p\nProvides: v (= 1.5)\n\nPackage: b", request("a"),
			[]string{"a 1 (asked for)", "p 1 (depends: a)"}},
		{"a package may conflict with what it provides", "Package: mta1\nProvides: mta\nConflicts: mta\n\nPackage: a\nDepends: mta", request("a"),
			[]string{"a 1 (asked for)", "mta1 1 (depends: a)"}},
		{"recommends are followed and dropped when they cannot be", "Package: a\nRecommends: b, c, d (>= 2) | e\n\nPackage: b\n\nPackage: d\n\nPackage: e\nConflicts: b", request("a"),
			[]string{"a 1 (asked for)", "b 1 (recommends: a)",
				"dropped a 1 recommends c: nothing provides c",
				"dropped a 1 recommends d (>= 2) | e: e 1 conflicts with b"}},
		{"a want that is optional", "Package: a\nConflicts: b\n\nPackage: b", request("a", "b?"),
			[]string{"a 1 (asked for)", "dropped b: a 1 conflicts with b"}},
		{"an exclusion turns to the next alternative", "Package: a\nDepends: b | c\n\nPackage: b\n\nPackage: c",
			Request{Arch: "amd64", Wants: []Want{{Name: "a", By: "@core"}}, Exclude: []string{"b*"}}, []string{"a 1 (asked for by @core)", "c 1 (depends: a)"}},
		{"essential and required are there unasked", "Package: a\nEssential: yes\n\nPackage: b\nPriority: required\nDepends: c\n\nPackage: c\nPriority: important",
			Request{Arch: "amd64", Essential: true, Priorities: []string{"required"}}, []string{"a 1 (essential)", "b 1 (priority required)", "c 1 (depends: b)"}},
		{"the older version where the newer cannot be", "Package: a\nDepends: b (<< 2)\n\nPackage: b\nVersion: 1\n\nPackage: b\nVersion: 2", request("a"),
			[]string{"a 1 (asked for)", "b 1 (depends: a)"}},
		{"breaks of an older version", "Package: a\nBreaks: b (<< 2)\nDepends: b\n\nPackage: b\nVersion: 1\n\nPackage: b\nVersion: 2", request("a"),
			[]string{"a 1 (asked for)", "b 2 (depends: a)"}},
		{"a virtual package with one provider", "Package: a\nProvides: v", request("v"), []string{"a 1 (asked for)"}},
		{"a virtual package with several, picked", "Package: a\nProvides: v\n\nPackage: b\nProvides: v\nPriority: standard",
			Request{Arch: "amd64", Wants: []Want{{Name: "v"}}, PickProvider: true}, []string{"b 1 (asked for)"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			sol, err := Solve(world(t, tc.world), tc.req)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, told(sol)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestMultiArch(t *testing.T) {
	both := func(name, fields string) string {
		return "Package: " + name + "\nArchitecture: amd64\n" + fields + "\n\nPackage: " + name + "\nArchitecture: i386\n" + fields + "\n\n"
	}
	req := request("a:i386")
	req.Foreign = []string{"i386"}
	for _, tc := range []struct {
		name, world string
		want        []string
	}{
		{"a foreign package needs its own architecture", both("a", "Depends: b") + both("b", ""), []string{"a:i386 1 (asked for)", "b:i386 1 (depends: a)"}},
		{"foreign serves all", both("a", "Depends: b") + both("b", "Multi-Arch: foreign"), []string{"a:i386 1 (asked for)", "b 1 (depends: a)"}},
		{"any must be allowed", both("a", "Depends: b:any | c") + both("b", "") + both("c", ""), []string{"a:i386 1 (asked for)", "c:i386 1 (depends: a)"}},
		{"any that is allowed", both("a", "Depends: b:any") + both("b", "Multi-Arch: allowed"), []string{"a:i386 1 (asked for)", "b 1 (depends: a)"}},
		{"native", both("a", "Depends: b:native") + both("b", ""), []string{"a:i386 1 (asked for)", "b 1 (depends: a)"}},
		{"all counts as native", both("a", "Depends: b | c") + "Package: b\nArchitecture: all\n\n" + both("c", ""), []string{"a:i386 1 (asked for)", "c:i386 1 (depends: a)"}},
		{"same on both", both("a", "Depends: b, b:amd64") + both("b", "Multi-Arch: same"), []string{"a:i386 1 (asked for)", "b 1 (depends: a)", "b:i386 1 (depends: a)"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			sol, err := Solve(world(t, tc.world), req)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, told(sol)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	foreign := request("a")
	foreign.Foreign = []string{"i386"}
	excluding := request("a")
	excluding.Exclude = []string{"b"}
	base := request("a")
	base.Essential = true
	for _, tc := range []struct {
		name, world string
		req         Request
		want        string
	}{
		{"a version that is not there", "Package: a\nDepends: b (>= 2)\n\nPackage: b\nVersion: 1.9", request("a"),
			"cannot install a: a 1 depends on b (>= 2); the repositories have b 1.9 (debian/trixie)"},
		{"a name that is not there", "Package: foobar\n\nPackage: libfoo1\n\nPackage: x\nProvides: fooo", request("foo"),
			"cannot install foo: nothing provides foo, did you mean: fooo, foobar, libfoo1"},
		{"a dependency that is not there", "Package: a\nDepends: qqq", request("a"), "cannot install a: a 1 depends on qqq; nothing provides qqq"},
		{"two that exclude each other", "Package: a\nConflicts: b (<< 2)\n\nPackage: b\nVersion: 1.5", request("a", "b"),
			"cannot install b and a together: a 1 conflicts with b (<< 2), and b is 1.5"},
		{"a conflict with something provided", "Package: a\nConflicts: mta\n\nPackage: b\nProvides: mta", request("a", "b"),
			"cannot install b and a together: a 1 conflicts with mta, which b 1 provides"},
		{"a conflict with the base", "Package: a\nBreaks: e\n\nPackage: e\nEssential: yes", base,
			"cannot install a and e (essential) together: a 1 breaks e"},
		{"every alternative has its reason", "Package: a\nDepends: b | c | v\n\nPackage: b\nDepends: x (= 1)\n\nPackage: x\nVersion: 3\n\nPackage: c\nConflicts: a\n\nPackage: d\nProvides: v\nDepends: e\n\nPackage: e\nDepends: nowhere", request("a"),
			"cannot install a:\n" +
				"  a 1 depends on b | c | v\n" +
				"    b 1 depends on x (= 1); the repositories have x 3 (debian/trixie)\n" +
				"    c 1 conflicts with a\n" +
				"    d 1 depends on e\n" +
				"    e 1 depends on nowhere; nothing provides nowhere"},
		{"all faults at once", "Package: a\nDepends: x1\n\nPackage: b\n\nPackage: c\nConflicts: b", request("zz", "a", "b", "c"),
			"cannot install zz: nothing provides zz\n" +
				"cannot install a: a 1 depends on x1; nothing provides x1\n" +
				"cannot install c and b together: c 1 conflicts with b"},
		{"a virtual package with several providers", "Package: a\nProvides: v\n\nPackage: b\nProvides: v", request("v"),
			"cannot install v: it is a virtual package provided by a, b; name one of them"},
		{"an excluded dependency", "Package: a\nDepends: b\n\nPackage: b", excluding,
			"cannot install a: a 1 depends on b; b 1 is excluded by the request"},
		{"a package for another architecture only", "Package: a\nDepends: b\n\nPackage: b\nArchitecture: arm64", request("a"),
			"cannot install a: a 1 depends on b; b 1 is for arm64"},
		{"a dependency that is not for this architecture", "Package: a\nDepends: b\n\nPackage: b\nArchitecture: i386", foreign,
			"cannot install a: a 1 depends on b; b 1 is for i386 (Multi-Arch: no)"},
		{"an unversioned Provides", "Package: a\nDepends: v (>= 2)\n\nPackage: b\nProvides: v\n\nPackage: c\nProvides: v (= 1)", request("a"),
			"cannot install a: a 1 depends on v (>= 2); the repositories have v 1 provided by c 1 (debian/trixie); b 1 provides v without a version"},
		{"two versions of one package", "Package: a\nDepends: l (= 1)\n\nPackage: b\nDepends: l (= 2)\n\nPackage: l\nVersion: 1\n\nPackage: l\nVersion: 2", request("a", "b"),
			"cannot install b and a together:\n" +
				"  b 1 depends on l (= 2)\n" +
				"  a 1 depends on l (= 1)\n" +
				"  l can be installed in one version only: 1 or 2"},
		{"a version that was asked for", "Package: a\nVersion: 1", request("a=2"),
			"cannot install a=2: the repositories have a 1 (debian/trixie)"},
		{"a pattern that fits nothing", "Package: a", request("b*"), "cannot install b*: no package name matches the pattern"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Solve(world(t, tc.world), tc.req)
			if _, ok := errors.AsType[*solve.Unsolvable](err); !ok {
				t.Fatalf("got %v, want an Unsolvable", err)
			}
			if diff := cmp.Diff(tc.want, err.Error()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestNeedsAndWants(t *testing.T) {
	sol, err := Solve(world(t, "Package: a\nPre-Depends: b\nDepends: c | d, b (>= 1)\nRecommends: d | c\n\nPackage: b\n\nPackage: c\nDepends: c\n\nPackage: d"), request("a", "d"))
	if err != nil {
		t.Fatal(err)
	}
	names := func(list []*pkgset.Package) string {
		var out []string
		for _, p := range list {
			out = append(out, p.Name)
		}
		return strings.Join(out, " ")
	}
	got := make(map[string]string)
	for _, c := range sol.Packages {
		got[c.Name] = names(c.Needs) + " / " + names(c.Wants)
	}
	want := map[string]string{"a": "b d / d", "b": " / ", "d": " / "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestInstead(t *testing.T) {
	sol, err := Solve(world(t, "Package: a\nVersion: 1\n\nPackage: a\nVersion: 2\nDepends: gone"), request("a"))
	if err != nil {
		t.Fatal(err)
	}
	if c := sol.Packages[0]; c.Version != "1" || c.Instead == nil || c.Instead.Version != "2" {
		t.Errorf("got %s instead of %v", c.Version, c.Instead)
	}
}

func TestValidate(t *testing.T) {
	req := Request{Arch: "any", Priorities: []string{"urgent"}, Wants: []Want{{Name: "a b", By: "@core"}, {Name: "a="}, {Name: "x[*"}, {Name: ""}}, Exclude: []string{"a/"}}
	_, err := Solve(new(pkgset.Set), req)
	want := strings.Join([]string{
		`architecture "any": name the native architecture, such as amd64`,
		`priority "urgent" is none of required, important, standard, optional, extra`,
		`@core: asked for: "a b" is not a package name`,
		`asked for: "a=": no version after the =`,
		`asked for: "x[*": the pattern's bracket is not closed`,
		`asked for: "" names no package`,
		`excluded: "a/": no suite after the /`,
	}, "\n")
	if diff := cmp.Diff(want, errText(err)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := NewIndex(world(t, "Package: a"), "amd64").Solve(ctx, request("a"))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
