package rpm

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/rpm"
	"cdbuilder/internal/solve"
)

// libsolvCase is one job of a test case of libsolv's, with what it starts from.
type libsolvCase struct {
	set   *Set
	arch  string
	req   Request
	jobs  int
	rules []string // the rules that libsolv makes, when the case is about them
	want  []string // the packages it installs; nil when it reports a problem
	fails bool
	// beyond says what of the case has no counterpart here.
	beyond string
}

// TestCorpusLibsolv holds the cases of libsolv's own tests that can be said
// here, installations into an empty root, to their results.
func TestCorpusLibsolv(t *testing.T) {
	dir := judge.Corpus(t, "solver-libsolv")
	rows, equal := 0, 0
	var beyond, differ []string
	for _, src := range judge.Sources(t, "solver-libsolv") {
		if filepath.Ext(src["file"]) != ".t" {
			continue
		}
		for i, c := range readLibsolv(t, filepath.Join(dir, src["file"])) {
			name := fmt.Sprintf("%s %d", src["file"], i+1)
			if c.beyond != "" {
				beyond = append(beyond, name+": "+c.beyond)
				continue
			}
			rows++
			if diff := c.run(t); diff != "" {
				differ = append(differ, name+": "+diff)
			} else {
				equal++
			}
		}
	}
	t.Logf("not expressible: %d\n%s", len(beyond), strings.Join(beyond, "\n"))
	for _, d := range differ {
		t.Log(d)
	}
	t.Logf("solver-libsolv: %d rows, %d equal, %d differ, %d not expressible", rows, equal, len(differ), len(beyond))
	if rows == 0 || equal*100 < rows*95 {
		t.Errorf("only %d of %d are equal", equal, rows)
	}
}

// run gives the difference between libsolv's answer and ours.
func (c *libsolvCase) run(t *testing.T) string {
	x := NewIndex(c.set, c.arch)
	if c.rules != nil {
		return cmp.Diff(c.rules, rulesOf(x, c.req.Wants[0].Name))
	}
	sol, err := x.Solve(t.Context(), c.req)
	if _, ok := errors.AsType[*solve.Unsolvable](err); err != nil && !ok {
		t.Fatal(err)
	}
	if c.fails || err != nil {
		if c.fails != (err != nil) {
			return fmt.Sprintf("libsolv refuses: %v, we: %v", c.fails, err)
		}
		return ""
	}
	var got []string
	for _, p := range sol.Packages {
		if !strings.HasPrefix(p.Name, "@job") {
			got = append(got, p.String())
		}
	}
	slices.Sort(got)
	return cmp.Diff(c.want, got)
}

// rulesOf are the rules of a package and of what they come to, as libsolv's
// testcases write them: literals sorted, a minus before what must not be there.
func rulesOf(x *Index, name string) []string {
	u := &universe{Index: x}
	u.explore(x.byName[name])
	var out []string
	for id := range x.pkgs {
		if !u.reach[id] {
			continue
		}
		for _, r := range u.Rules(solve.ID(id)) {
			var lits []string
			for _, c := range r.If {
				lits = append(lits, "-"+x.pkgs[c].String())
			}
			for _, c := range r.Any {
				lits = append(lits, x.pkgs[c].String())
			}
			slices.Sort(lits)
			out = append(out, strings.Join(slices.Compact(lits), " "))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// readLibsolv reads a file of libsolv's testcase format.
func readLibsolv(t *testing.T, file string) []*libsolvCase {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := &libsolvReader{t: t, dir: filepath.Dir(file), set: new(Set), arch: "x86_64"}
	r.begin()
	lines := strings.Split(string(text), "\n")
	for i := 0; i < len(lines); i++ {
		words := strings.Fields(lines[i])
		if len(words) == 0 || strings.HasPrefix(lines[i], "#") {
			continue
		}
		var inline []string
		for i+1 < len(lines) && strings.HasPrefix(lines[i+1], "#>") {
			i++
			inline = append(inline, strings.TrimPrefix(lines[i], "#>"))
		}
		r.line(words, inline)
	}
	r.end()
	return r.cases
}

type libsolvReader struct {
	t      *testing.T
	dir    string
	set    *Set
	system bool // something is installed
	arch   string
	now    *libsolvCase
	flags  []string
	cases  []*libsolvCase
}

func (r *libsolvReader) begin() {
	r.now = &libsolvCase{req: Request{WeakDeps: true, InstallOnly: []string{}}}
}

func (r *libsolvReader) end() {
	c := r.now
	c.set, c.arch = &Set{All: slices.Clone(r.set.All)}, r.arch
	c.req.Arch = r.arch
	for _, f := range r.flags {
		switch f {
		case "ignorerecommended":
			c.req.WeakDeps = false
		case "strongrecommends", "strictrepopriority", "urpmreorder":
			r.cannot("the solver flag " + f)
		}
	}
	if r.system {
		r.cannot("packages that are installed already")
	}
	if c.jobs == 0 {
		r.cannot("no job to install anything")
	}
	for i, w := range c.req.Wants {
		if what, ok := strings.CutPrefix(w.Name, "provides "); ok {
			// What is asked for by what it provides may come for any
			// architecture, so something else must ask.
			name := fmt.Sprintf("@job%d", i)
			c.req.Wants[i].Name = name
			c.set.All = append(c.set.All, &Package{Package: &rpm.Package{Name: name, EVR: rpm.EVR{Version: "1"}, Arch: "noarch",
				Requires: []rpm.Dep{{Name: what}}}})
		}
	}
	slices.Sort(c.want)
	r.cases = append(r.cases, c)
}

func (r *libsolvReader) cannot(why string) {
	if r.now.beyond == "" {
		r.now.beyond = why
	}
}

func (r *libsolvReader) line(words, inline []string) {
	switch words[0] {
	case "repo":
		r.repo(words[1:], inline)
	case "system":
		if words[1] != "unset" {
			r.arch = words[1]
		}
		if len(words) > 2 && words[2] != "rpm" && words[2] != "*" {
			r.cannot("the semantics of " + words[2])
		}
	case "solverflags":
		r.flags = words[1:]
	case "poolflags", "feature", "genid":
	case "job":
		r.job(words[1:])
	case "result":
		r.result(words[1], inline)
	case "nextjob":
		r.end()
		r.begin()
	default:
		r.cannot("the line " + words[0])
	}
}

func (r *libsolvReader) repo(words, inline []string) {
	repo := &Repo{ID: words[0], Priority: 0, Cost: 1000}
	var sub int
	_, _ = fmt.Sscanf(words[1], "%d.%d", &repo.Priority, &sub)
	repo.Priority, repo.Cost = -repo.Priority, -sub
	if words[2] != "testtags" {
		return
	}
	if words[3] != "<inline>" {
		text, err := os.ReadFile(filepath.Join(r.dir, words[3]))
		if err != nil {
			r.cannot("the file " + words[3] + ", which is not here")
			return
		}
		inline = strings.Split(string(text), "\n")
	}
	installed := words[0] == "system" || words[0] == "@System"
	var p *Package
	for _, line := range inline {
		tag, value, _ := strings.Cut(line, ": ")
		value = strings.TrimSpace(value)
		switch tag {
		case "=Pkg":
			f := strings.Fields(value)
			p = &Package{&rpm.Package{Name: f[0], EVR: rpm.ParseEVR(f[1] + "-" + f[2]), Arch: f[3]}, repo}
			r.system = r.system || installed
			r.set.All = append(r.set.All, p)
		case "=Req", "=Prv", "=Con", "=Obs", "=Rec", "=Sug", "=Sup", "=Enh":
			r.dep(p, tag, value)
		}
	}
}

// elseInside is how libsolv writes an else: a if (b else c).
var elseInside = regexp.MustCompile(`\((\S+) else (\S+)\)`)

func (r *libsolvReader) dep(p *Package, tag, value string) {
	if strings.Contains(value, "namespace:") {
		r.cannot("namespace dependencies")
		return
	}
	for from, to := range map[string]string{" <IF> ": " if ", " <ELSE> ": " else ", " <UNLESS> ": " unless ", " & ": " and ", " | ": " or ", " + ": " with ", " - ": " without "} {
		value = strings.ReplaceAll(value, from, to)
	}
	value = elseInside.ReplaceAllString(value, "$1 else $2")
	d, err := rpm.ParseDep(value)
	if err != nil {
		if d, err = rpm.ParseDep("(" + value + ")"); err != nil {
			r.cannot("the dependency " + value)
			return
		}
	}
	list := map[string]*[]rpm.Dep{"=Req": &p.Requires, "=Prv": &p.Provides, "=Con": &p.Conflicts, "=Obs": &p.Obsoletes,
		"=Rec": &p.Recommends, "=Sug": &p.Suggests, "=Sup": &p.Supplements, "=Enh": &p.Enhances}[tag]
	*list = append(*list, d)
}

func (r *libsolvReader) job(words []string) {
	want := Want{}
	if last := words[len(words)-1]; strings.HasPrefix(last, "[") {
		want.Optional = strings.Contains(last, "weak")
		r.now.req.Best = r.now.req.Best || strings.Contains(last, "forcebest")
		words = words[:len(words)-1]
	}
	rest := strings.Join(words[2:], " ")
	switch words[0] + " " + words[1] {
	case "install name":
		want.Name = rest
		if d, err := rpm.ParseDep(rest); err == nil && d.Op == pkgset.EQ {
			want.Name = d.Name + "-" + d.EVR.String()
		} else if err != nil || d.Op != pkgset.Any {
			r.cannot("a range of versions of a name")
		}
	case "install provides":
		want.Name = "provides " + rest
	case "install pkg", "install oneof":
		var nevras []string
		for _, w := range words[2:] {
			nevra, _, _ := strings.Cut(w, "@")
			nevras = append(nevras, nevra)
		}
		want.Name = strings.Join(nevras, " ")
		if len(nevras) > 1 {
			want.Name = r.oneOf(nevras)
		}
	case "multiversion name", "multiversion provides":
		r.now.req.InstallOnly = append(r.now.req.InstallOnly, rest)
		return
	case "excludefromweak name":
		if !slices.ContainsFunc(r.now.req.Wants, func(w Want) bool { return strings.HasPrefix(w.Name, rest+"-") }) {
			r.now.req.SoftExclude = append(r.now.req.SoftExclude, rest)
		}
		return
	default:
		r.cannot("the job " + words[0])
		return
	}
	r.now.jobs++
	r.now.req.Wants = append(r.now.req.Wants, want)
}

// oneOf says "one of these packages" as a rich dependency on their versions.
func (r *libsolvReader) oneOf(nevras []string) string {
	var parts []string
	for _, p := range r.set.All {
		if slices.Contains(nevras, p.String()) {
			parts = append(parts, p.Name+" = "+p.EVR.String())
		}
	}
	return "(" + strings.Join(parts, " or ") + ")"
}

func (r *libsolvReader) result(kinds string, inline []string) {
	c := r.now
	rules := make(map[string][]string)
	for _, line := range inline {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		switch words[0] {
		case "problem":
			c.fails = true
		case "install":
			nevra, _, _ := strings.Cut(words[1], "@")
			c.want = append(c.want, nevra)
		case "rule":
			if words[1] == "pkg" {
				lit, _, _ := strings.Cut(words[3], "@")
				rules[words[2]] = append(rules[words[2]], lit)
			}
		}
	}
	if strings.Contains(kinds, "rules") {
		for _, lits := range rules {
			slices.Sort(lits)
			c.rules = append(c.rules, strings.Join(lits, " "))
		}
		slices.Sort(c.rules)
	} else if !strings.Contains(kinds, "transaction") {
		r.cannot("a result of " + kinds)
	}
}
