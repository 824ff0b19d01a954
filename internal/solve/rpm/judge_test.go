package rpm

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/solve"
)

// dnf is one long-running process that answers what dnf would install.
type dnf struct {
	in      io.WriteCloser
	out     *bufio.Scanner
	version string
	asked   int
}

type dnfRepo struct {
	ID       string `json:"id"`
	Path     string `json:"path"`
	Priority int    `json:"priority"`
	Cost     int    `json:"cost"`
}

// startDNF starts the process on some repositories. It needs Debian's own
// Python, for which dnf's modules are packaged.
func startDNF(t testing.TB, arch string, repos ...dnfRepo) *dnf {
	t.Helper()
	judge.Program(t, "dnf")
	const python = "/usr/bin/python3"
	work := t.TempDir()
	for _, sub := range []string{"root", "log", "cache", "state"} {
		mkdir(t, filepath.Join(work, sub))
	}
	list, err := json.Marshal(repos)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, "testdata/ask-dnf.py", work, arch, string(list))
	cmd.Env = []string{"LC_ALL=C.UTF-8", "HOME=" + work, "PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	cmd.Stderr = os.Stderr
	d := new(dnf)
	if d.in, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d.in.Close()
		if err := cmd.Wait(); err != nil && t.Context().Err() == nil {
			t.Errorf("dnf ended: %v", err)
		}
	})
	d.out = bufio.NewScanner(out)
	d.out.Buffer(nil, 16<<20)
	var hello struct{ Version string }
	d.read(t, &hello)
	d.version = hello.Version
	return d
}

func (d *dnf) read(t testing.TB, into any) {
	t.Helper()
	if !d.out.Scan() {
		t.Fatalf("dnf says nothing more: %v", d.out.Err())
	}
	if err := json.Unmarshal(d.out.Bytes(), into); err != nil {
		t.Fatalf("dnf says %s: %v", d.out.Bytes(), err)
	}
}

// answer is what dnf or we would install, or why not.
type answer struct {
	chosen map[string]bool
	failed string
}

func (d *dnf) install(t testing.TB, weak bool, names ...string) answer {
	t.Helper()
	q, err := json.Marshal(map[string]any{"names": names, "weak": weak})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(d.in, "%s\n", q); err != nil {
		t.Fatal(err)
	}
	d.asked++
	var a struct {
		Chosen []string
		Failed string
	}
	d.read(t, &a)
	got := answer{failed: a.Failed, chosen: make(map[string]bool)}
	for _, p := range a.Chosen {
		got.chosen[p] = true
	}
	return got
}

// install asks our resolver the same.
func install(t testing.TB, x *Index, weak bool, names ...string) (answer, *Solution) {
	t.Helper()
	req := Request{Arch: x.archs[0], WeakDeps: weak}
	for _, n := range names {
		req.Wants = append(req.Wants, Want{Name: n})
	}
	sol, err := x.Solve(t.Context(), req)
	a := answer{chosen: make(map[string]bool)}
	if err != nil {
		if _, ok := errors.AsType[*solve.Unsolvable](err); !ok {
			t.Fatalf("%v: %v", names, err)
		}
		a.failed = err.Error()
		return a, nil
	}
	for _, c := range sol.Packages {
		a.chosen[c.String()] = true
	}
	return a, sol
}

// tally counts how answers compare.
type tally struct {
	asked, equal, unsolvable int
	differ                   []string
}

func (c *tally) compare(t testing.TB, d *dnf, x *Index, where string, weak bool, names ...string) {
	t.Helper()
	theirs := d.install(t, weak, names...)
	ours, _ := install(t, x, weak, names...)
	c.asked++
	switch {
	case (theirs.failed == "") != (ours.failed == ""):
		t.Errorf("%s: install %v, weak %v: dnf: %s; we: %s", where, names, weak, orOK(theirs.failed), orOK(ours.failed))
	case theirs.failed != "":
		c.unsolvable++
		c.equal++
	case maps.Equal(theirs.chosen, ours.chosen):
		c.equal++
	default:
		c.differ = append(c.differ, fmt.Sprintf("%s: install %v, weak %v: dnf alone has %v, we alone %v",
			where, names, weak, without(theirs.chosen, ours.chosen), without(ours.chosen, theirs.chosen)))
	}
}

func orOK(s string) string {
	if s == "" {
		return "ok"
	}
	return s
}

func without(a, b map[string]bool) []string {
	var out []string
	for k := range a {
		if !b[k] {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

// archOf is the machine that most packages of a set are for.
func archOf(set *Set) string {
	count := make(map[string]int)
	for _, p := range set.All {
		switch p.Arch {
		case "noarch", "src", "nosrc":
		case "i386", "i486", "i586", "i686", "athlon":
			count["i686"]++
		default:
			count[p.Arch]++
		}
	}
	best := "x86_64"
	for _, arch := range slices.Sorted(maps.Keys(count)) {
		if count[arch] > count[best] {
			best = arch
		}
	}
	if best == "k1om" { // dnf knows no such machine
		return "x86_64"
	}
	return best
}

// TestCorpusJudgeDNF asks dnf and us to install, from each repository of the
// corpus with 50 packages or more, 100 single packages and 20 sets of ten, with
// and without weak dependencies. Solvable or not must agree each time, the
// packages in 98 of 100 cases.
func TestCorpusJudgeDNF(t *testing.T) {
	judge.Slow(t)
	var all tally
	version := ""
	for _, r := range loadCorpus(t, 50) {
		if only := os.Getenv("CDB_DNF_REPO"); only != "" && !slices.Contains(strings.Fields(only), r.name) {
			continue
		}
		arch := archOf(r.set)
		x := NewIndex(r.set, arch)
		d := startDNF(t, arch, dnfRepo{r.name, r.readable(t), 99, 1000})
		version = d.version
		var one tally
		names := namesOf(r.set)
		rng := rand.New(rand.NewPCG(5, 100))
		for n := range 120 {
			ask := []string{names[rng.IntN(len(names))]}
			for n >= 100 && len(ask) < 10 {
				ask = append(ask, names[rng.IntN(len(names))])
			}
			for _, weak := range []bool{false, true} {
				one.compare(t, d, x, r.name, weak, ask...)
			}
		}
		t.Logf("%s (%d packages, for %s): %d rows, %d equal (%d of them refused by both)", r.name, len(r.set.All), arch, one.asked, one.equal, one.unsolvable)
		all.asked, all.equal, all.unsolvable = all.asked+one.asked, all.equal+one.equal, all.unsolvable+one.unsolvable
		all.differ = append(all.differ, one.differ...)
	}
	for _, d := range all.differ {
		t.Log(d)
	}
	t.Logf("solver-dnf: %d rows, %d equal to dnf %s (%d of them refused by both), %d differ", all.asked, all.equal, version, all.unsolvable, len(all.differ))
	if all.equal*100 < all.asked*98 {
		t.Errorf("only %d of %d are equal", all.equal, all.asked)
	}
}

func namesOf(set *Set) []string {
	seen := make(map[string]bool)
	for _, p := range set.All {
		seen[p.Name] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

func mkdir(t testing.TB, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
}
