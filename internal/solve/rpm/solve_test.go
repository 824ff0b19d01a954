package rpm

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdbuilder/internal/rpm"
	"cdbuilder/internal/solve"
)

// world reads packages from lines: "name-version-release.arch [repo]", and
// indented below each its dependencies: "requires b >= 2", "file /bin/sh". What
// a case does not care about is left out: version 1, release 1, noarch.
func world(t testing.TB, text string) *Set {
	t.Helper()
	set, repos := new(Set), map[string]*Repo{}
	owners := make(map[string][]*Package)
	set.Owners = func(path string) []*Package { return owners[path] }
	var p *Package
	for line := range strings.Lines(text) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if word == "" {
			continue
		}
		if line[0] != ' ' && line[0] != '\t' {
			p = &Package{Package: named(word)}
			p.Repo = repos[rest]
			if p.Repo == nil {
				p.Repo = &Repo{ID: rest, Priority: 99, Cost: 1000}
				_, _ = fmt.Sscanf(rest, "prio%d", &p.Repo.Priority)
				_, _ = fmt.Sscanf(rest, "cost%d", &p.Repo.Cost)
				repos[rest] = p.Repo
			}
			set.All = append(set.All, p)
			continue
		}
		switch word {
		case "file":
			p.Files = append(p.Files, rpm.File{Path: rest})
		case "listed":
			owners[rest] = append(owners[rest], p)
		case "source":
			p.SourceRPM = rest
		default:
			d, err := rpm.ParseDep(rest)
			if err != nil {
				t.Fatal(err)
			}
			list := map[string]*[]rpm.Dep{"requires": &p.Requires, "provides": &p.Provides, "conflicts": &p.Conflicts, "obsoletes": &p.Obsoletes,
				"recommends": &p.Recommends, "suggests": &p.Suggests, "supplements": &p.Supplements, "enhances": &p.Enhances}[word]
			*list = append(*list, d)
		}
	}
	return set
}

// named reads name, name-version, name-version-release, each also with .arch
// behind a version.
func named(word string) *rpm.Package {
	p := &rpm.Package{Name: word, EVR: rpm.EVR{Version: "1", Release: "1"}, Arch: "noarch"}
	for _, arch := range []string{"x86_64", "i686", "noarch", "src", "ppc64le"} {
		if s, ok := strings.CutSuffix(word, "."+arch); ok {
			word, p.Name, p.Arch = s, s, arch
		}
	}
	if i := regexp.MustCompile("-[0-9]").FindStringIndex(word); i != nil {
		p.Name, p.EVR = word[:i[0]], rpm.ParseEVR(word[i[0]+1:])
		if p.EVR.Release == "" {
			p.EVR.Release = "1"
		}
	}
	return p
}

func request(names ...string) Request {
	r := Request{Arch: "x86_64", WeakDeps: true}
	for _, n := range names {
		name, optional := strings.CutSuffix(n, "?")
		r.Wants = append(r.Wants, Want{Name: name, Optional: optional})
	}
	return r
}

func (r Request) with(change func(*Request)) Request {
	change(&r)
	return r
}

// told is a solution in words: each package with its reason, then what was
// dropped or stays open.
func told(sol *Solution) []string {
	var out []string
	for _, c := range sol.Packages {
		name := strings.TrimSuffix(strings.TrimSuffix(c.String(), ".noarch"), "-1-1")
		out = append(out, name+" ("+c.Why+")")
	}
	for _, d := range sol.Dropped {
		out = append(out, "dropped "+d.String())
	}
	for _, d := range sol.Unresolved {
		out = append(out, "open "+d.String())
	}
	return out
}

func TestSolve(t *testing.T) {
	for _, tc := range []struct {
		name, world string
		req         Request
		want        []string
	}{
		{"a chain of requires", "a\n requires b >= 1\nb\n requires c\nc\nd", request("a"), []string{"a (asked for)", "b (requires: a)", "c (requires: b)"}},
		{"a file that primary lists", "a\n requires /bin/sh\nb\n file /bin/sh", request("a"), []string{"a (asked for)", "b (requires: a)"}},
		{"a file that only filelists have", "a\n requires /opt/x\nb\n listed /opt/x", request("a"), []string{"a (asked for)", "b (requires: a)"}},
		{"a feature of rpm itself", "a\n requires rpmlib(CompressedFileNames) <= 3.0.4-1", request("a"), []string{"a (asked for)"}},
		{"the newest version", "a-1.10\na-1.9\na-2~rc1", request("a"), []string{"a-2~rc1-1 (asked for)"}},
		{"the epoch comes first", "a-3\na-1:2", request("a"), []string{"a-1:2-1 (asked for)"}},
		{"an older version where the newest cannot be had", "a-2\n requires x\na-1", request("a"), []string{"a (asked for)"}},
		{"the better priority before the newer version", "a-2 prio50\na-3 prio60", request("a"), []string{"a-2-1 (asked for)"}},
		{"a provider of the name that sorts first", "a\n requires v\nc\n provides v\nb\n provides v", request("a"), []string{"a (asked for)", "b (requires: a)"}},
		{"the provider of the higher version", "a\n requires v\nb\n provides v = 1\nc\n provides v = 2", request("a"), []string{"a (asked for)", "c (requires: a)"}},
		{"the provider that something recommends", "a\n requires v\n recommends c\nb\n provides v\nc\n provides v", request("a"), []string{"a (asked for)", "c (requires: a)"}},
		{"the provider that something suggests", "a\n requires v\n suggests c\nb\n provides v\nc\n provides v", request("a"), []string{"a (asked for)", "c (requires: a)"}},
		{"the provider that enhances", "a\n requires v\nb\n provides v\nc\n provides v\n enhances a", request("a"), []string{"a (asked for)", "c (requires: a)"}},
		{"a provider that is there anyway", "a\n requires v\n requires c\nb\n provides v\nc\n provides v", request("a"), []string{"a (asked for)", "c (requires: a)"}},
		{"a provider that comes later makes the first superfluous", "a\n requires v\n requires d\nb\n provides v\nc\n provides v\nd\n requires (c or e)\ne\n conflicts a", request("a"),
			[]string{"a (asked for)", "c (requires: a)", "d (requires: a)"}},
		{"what obsoletes the name is asked for with it", "a\nb\n obsoletes a", request("a"), []string{"b (asked for)"}},
		{"obsoletes go by versions", "a-2\nb\n obsoletes a < 2", request("a"), []string{"a-2-1 (asked for)"}},
		{"x86_64 before i686", "a.i686\na.x86_64", request("a"), []string{"a-1-1.x86_64 (asked for)"}},
		{"i686 only when it is named", "a.i686\na.x86_64", request("a.i686"), []string{"a-1-1.i686 (asked for)"}},
		{"both, when both are named", "a.i686\na.x86_64", request("a.i686", "a.x86_64"), []string{"a-1-1.i686 (asked for)", "a-1-1.x86_64 (asked for)"}},
		{"i686 as a dependency brings x86_64 with it", "a\n requires l(32)\nl.i686\n provides l(32)\nl.x86_64\n provides l(64)", request("a"),
			[]string{"a (asked for)", "l-1-1.i686 (requires: a)", "l-1-1.x86_64 (requires: l)"}},
		{"recommended packages", "a\n recommends b\nb\n recommends c\nc", request("a"), []string{"a (asked for)", "b (recommends: a)", "c (recommends: b)"}},
		{"supplements", "a\nb\n supplements a", request("a"), []string{"a (asked for)", "b (supplements: a)"}},
		{"supplements of two together", "a\nb\nc\n supplements (a and b)\nd\n supplements (a and x)", request("a", "b"), []string{"a (asked for)", "b (asked for)", "c (supplements: c)"}},
		{"no weak dependencies", "a\n recommends b\nb\nc\n supplements a", request("a").with(func(r *Request) { r.WeakDeps = false }), []string{"a (asked for)"}},
		{"a recommended package that cannot be had", "a\n recommends b\nb\n conflicts a", request("a"),
			[]string{"a (asked for)", "dropped a-1-1.noarch wants b: b-1-1.noarch conflicts with a"}},
		{"a recommended package that lacks something", "a\n recommends b\nb\n requires c\nc\n requires x", request("a"),
			[]string{"a (asked for)", "dropped a-1-1.noarch wants b: b-1-1.noarch requires c; c-1-1.noarch requires x; nothing provides x"}},
		{"if, and it is there", "a\n requires (b if c)\nb\nc", request("a", "c"), []string{"a (asked for)", "b (requires: a)", "c (asked for)"}},
		{"if, and it is not there", "a\n requires (b if c)\nb\nc", request("a"), []string{"a (asked for)"}},
		{"else", "a\n requires (b if c else d)\nb\nd", request("a"), []string{"a (asked for)", "d (requires: a)"}},
		{"with", "a\n requires (v >= 1 with v < 3)\nb\n provides v = 3\nc\n provides v = 2", request("a"), []string{"a (asked for)", "c (requires: a)"}},
		{"without", "a\n requires (v without w)\nb\n provides v\n provides w\nc\n provides v", request("a"), []string{"a (asked for)", "c (requires: a)"}},
		{"several versions of an installonly package", "a\n requires kernel = 1\nkernel-1\nkernel-2", request("kernel-2", "a"),
			[]string{"a (asked for)", "kernel (requires: a)", "kernel-2-1 (asked for)"}},
		{"a capability", "a\n provides perl(X) = 2\nb\n provides perl(X) = 1", request("perl(X) >= 2"), []string{"a (asked for)"}},
		{"a path", "a\n listed /opt/x", request("/opt/x"), []string{"a (asked for)"}},
		{"a version", "a-1\na-2", request("a-1-1"), []string{"a (asked for)"}},
		{"a pattern", "aa\nab\nb", request("a*"), []string{"aa (asked for)", "ab (asked for)"}},
		{"an optional want that cannot be met", "a", request("a", "b?"), []string{"a (asked for)", "dropped b: nothing provides b"}},
		{"a conditional want", "a\nb\nc", request("a").with(func(r *Request) {
			r.Wants = append(r.Wants, Want{Name: "b", If: "a", By: "@g"}, Want{Name: "c", If: "x", By: "@g"})
		}), []string{"a (asked for)", "b (asked for by @g)"}},
		{"a hard exclude", "a\n requires v\nb\n provides v\nc\n provides v", request("a").with(func(r *Request) { r.HardExclude = []string{"b"} }), []string{"a (asked for)", "c (requires: a)"}},
		{"a soft exclude keeps out what is only recommended", "a\n recommends b\nb", request("a", "b").with(func(r *Request) { r.SoftExclude = []string{"b"} }),
			[]string{"a (asked for)", "dropped b: excluded by the request unless something requires it",
				"dropped a-1-1.noarch wants b: b-1-1.noarch is excluded by the request unless something requires it"}},
		{"a soft exclude gives way to a requires", "a\n requires b\nb", request("a", "b").with(func(r *Request) { r.SoftExclude = []string{"b"} }),
			[]string{"a (asked for)", "b (requires: a)", "dropped b: excluded by the request unless something requires it"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			sol, err := Solve(world(t, tc.world), tc.req)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, told(sol)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRefusals fixes the texts of refusals: why each candidate fell.
func TestRefusals(t *testing.T) {
	for _, tc := range []struct {
		name, world string
		req         Request
		want        string
	}{
		{"an unknown name", "nano\nhttpd", request("nanoo"), "cannot install nanoo: nothing provides nanoo, did you mean: nano"},
		{"another architecture", "a.ppc64le", request("a"), "cannot install a: a-1-1.ppc64le is for ppc64le"},
		{"a source package", "a.src", request("a"), "cannot install a: a-1-1.src is a source package"},
		{"an excluded one", "a", request("a").with(func(r *Request) { r.HardExclude = []string{"a*"} }), "cannot install a: a-1-1.noarch is excluded by the request"},
		{"a version that is not there", "a\n requires b >= 3\nb-2 base\nc\n provides b = 1", request("a"),
			"cannot install a: a-1-1.noarch requires b >= 3; the repositories have b-2-1.noarch (base), b = 1 provided by c-1-1.noarch"},
		{"a file that nobody has", "a\n requires /bin/sh", request("a"), "cannot install a: a-1-1.noarch requires /bin/sh; no package has the file /bin/sh"},
		{"each alternative, the newest first", "a\n requires b\nb-1\n requires x\nb-2\n requires y", request("a"),
			"cannot install a:\n  a-1-1.noarch requires b\n    b-2-1.noarch requires y; nothing provides y\n    b-1-1.noarch requires x; nothing provides x"},
		{"a conflict", "a\n conflicts b < 2\nb", request("a", "b"), "cannot install b and a together: a-1-1.noarch conflicts with b < 2, and that is b-1-1.noarch"},
		{"an obsoletes", "a\n requires b\nb\nc\n obsoletes b", request("a", "c"),
			"cannot install c and a together:\n  a-1-1.noarch requires b\n  c-1-1.noarch obsoletes b"},
		{"an older version, where only the best will do", "a-2\n requires x\na-1", request("a").with(func(r *Request) { r.Best = true }),
			"cannot install a: a-2-1.noarch requires x; nothing provides x"},
		{"two versions", "a\n requires c = 1\nb\n requires c = 2\nc-1\nc-2", request("a", "b"),
			"cannot install b and a together:\n  b-1-1.noarch requires c = 2\n  a-1-1.noarch requires c = 1\n  c can be installed in one version only: c-1-1.noarch or c-2-1.noarch"},
		{"a rich conflict", "a\n conflicts (b and c)\nb\nc", request("a", "b", "c"), "cannot install c and b and a together: a-1-1.noarch conflicts with (b and c)"},
		{"all faults at once, with who asked", "perl", request("perl").with(func(r *Request) {
			r.Wants = append(r.Wants, Want{Name: "wget", By: "demo.ks"}, Want{Name: "perl-CGI", By: "@web"})
		}), "cannot install wget (asked for by demo.ks): nothing provides wget\ncannot install perl-CGI (asked for by @web): nothing provides perl-CGI"},
		{"a lesser architecture whose better one lags", "a\n requires l(32)\nl-2.i686\n provides l(32)\nl-1.x86_64\nb\n requires l", request("a", "b"),
			"cannot install a:\n  a-1-1.noarch requires l(32)\n  l-2-1.i686 is for a lesser architecture and needs the same version for the best one beside it; the repositories have l-1-1.x86_64"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Solve(world(t, tc.world), tc.req)
			if _, ok := errors.AsType[*solve.Unsolvable](err); !ok {
				t.Fatalf("got %v", err)
			}
			if diff := cmp.Diff(tc.want, err.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestExact(t *testing.T) {
	set := world(t, "a\n requires b\n recommends c\nb\n requires d\nc\nd")
	exact := func(names ...string) Request { return request(names...).with(func(r *Request) { r.Mode = Exact }) }
	sol, err := Solve(set, exact("a", "b", "d"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a (asked for)", "b (asked for)", "d (asked for)"}, told(sol)); diff != "" {
		t.Error(diff)
	}
	_, err = Solve(set, exact("a"))
	added, ok := errors.AsType[*Added](err)
	if !ok || len(added.Packages) != 2 {
		t.Fatalf("got %v", err)
	}
	want := "the exact set needs 2 packages that are not named in it:\n  b-1-1.noarch, which a-1-1.noarch requires\n  d-1-1.noarch, which b-1-1.noarch requires"
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestModes(t *testing.T) {
	const two = "kernel-1.x86_64\nkernel-2.x86_64\nlib-1.i686\nlib-2.x86_64\nlib-1.x86_64\n requires c\nc\nd\n conflicts c"
	for _, tc := range []struct {
		name, world string
		req         Request
		want        []string
	}{
		{"respin takes the newest of each architecture", two, request("l*", "kernel").with(func(r *Request) { r.Mode = Respin; r.Wants = r.Wants[1:] }), []string{"kernel-2-1.x86_64 (asked for)"}},
		{"respin with both", "lib-2.i686\nlib-2.x86_64\nlib-1.x86_64", request("l*").with(func(r *Request) { r.Mode = Respin }),
			[]string{"lib-2-1.i686 (asked for)", "lib-2-1.x86_64 (asked for)"}},
		{"everything", "a-1\na-2\nb.x86_64\n requires a\nc.src", request().with(func(r *Request) { r.Mode = Everything }),
			[]string{"a-2-1 (asked for by everything)", "b-1-1.x86_64 (asked for by everything)"}},
		{"everything but a soft exclude", "a\nb\nc\n requires b", request().with(func(r *Request) { r.Mode = Everything; r.SoftExclude = []string{"a", "b"} }),
			[]string{"b (requires: c)", "c (asked for by everything)"}},
		{"inclusive takes all newest providers", "a\n requires v\n requires x\nb-1\n provides v\nb-2\n provides v\nc\n provides v\n conflicts b", request("a").with(func(r *Request) { r.Inclusive = true }),
			[]string{"a (asked for)", "b-2-1 (requires: a)", "c (requires: a)", "open a-1-1.noarch wants x: nothing provides x"}},
		{"inclusive reports unknown names", "nano", request("nanoo").with(func(r *Request) { r.Inclusive = true }),
			[]string{"open nanoo: nothing provides nanoo, did you mean: nano"}},
		{"everything, inclusive", "a\n conflicts b\nb", request().with(func(r *Request) { r.Mode = Everything; r.Inclusive = true }),
			[]string{"a (asked for by everything)", "b (asked for by everything)"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			sol, err := Solve(world(t, tc.world), tc.req)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, told(sol)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if _, err := Solve(world(t, "a\n conflicts b\nb"), request().with(func(r *Request) { r.Mode = Everything })); err == nil {
		t.Error("everything, exclusive: a conflict was let pass")
	}
}

func TestSourcesAndDebuginfo(t *testing.T) {
	set := world(t, `
libs-1.x86_64
 source tool-1-1.src.rpm
bin-1.x86_64
 source tool-1-1.src.rpm
lost-1.x86_64
 source lost-1-1.src.rpm
tool-1.src
tool-2.src
`)
	for _, name := range []string{"libs-debuginfo", "tool-debuginfo", "tool-debugsource", "other-debuginfo"} {
		set.All = append(set.All, &Package{Package: &rpm.Package{Name: name, EVR: rpm.EVR{Version: "1", Release: "1"}, Arch: "x86_64", SourceRPM: "tool-1-1.src.rpm"}})
	}
	sol, err := Solve(set, request("libs", "bin", "lost").with(func(r *Request) { r.Sources, r.Debuginfo = true, true }))
	if err != nil {
		t.Fatal(err)
	}
	names := func(list []*Package) (out []string) {
		for _, p := range list {
			out = append(out, p.String())
		}
		return out
	}
	if diff := cmp.Diff([]string{"tool-1-1.src"}, names(sol.Sources)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"lost-1-1.src.rpm"}, sol.NoSource); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"libs-debuginfo-1-1.x86_64", "tool-debuginfo-1-1.x86_64", "tool-debugsource-1-1.x86_64"}, names(sol.Debuginfo)); diff != "" {
		t.Error(diff)
	}
}
