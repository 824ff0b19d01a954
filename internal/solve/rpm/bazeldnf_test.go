package rpm

import (
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/repo/rpmmd"
	"cdbuilder/internal/rpm"
)

// TestCorpusBazeldnf holds whole installations that bazeldnf resolved from
// parts of Fedora 32 and CentOS 8 to ours. bazeldnf takes any solution of the
// least weight, not dnf's, so that every difference is shown with its reason.
func TestCorpusBazeldnf(t *testing.T) {
	dir := judge.Corpus(t, "solver-bazeldnf")
	rows, equal := 0, 0
	for _, src := range judge.Sources(t, "solver-bazeldnf") {
		set := readPrimaryFile(t, filepath.Join(dir, src["file"]))
		req := Request{Arch: "x86_64"}
		for _, name := range strings.Fields(src["requires"]) {
			req.Wants = append(req.Wants, Want{Name: name})
		}
		for _, p := range strings.Fields(src["flags"]) {
			t.Logf("%s: flag %s", src["file"], p)
		}
		rows++
		sol, err := Solve(set, req)
		if err != nil {
			t.Errorf("%s: %v", src["file"], err)
			continue
		}
		ours, theirs := make(map[string]bool), make(map[string]bool)
		for _, c := range sol.Packages {
			epoch := c.EVR
			epoch.Epoch = max(epoch.Epoch, "0")
			ours[c.Name+"-"+epoch.String()+"."+c.Arch] = true
		}
		for _, nevra := range strings.Fields(src["installs"]) {
			theirs[nevra] = true
		}
		if a, b := without(theirs, ours), without(ours, theirs); len(a)+len(b) > 0 {
			t.Logf("%s: bazeldnf alone has %v, we alone %v", src["file"], a, b)
			for _, c := range sol.Packages {
				if slices.ContainsFunc(b, func(s string) bool { return strings.HasPrefix(s, c.Name+"-") }) {
					t.Logf("  %s: %s", c, c.Why)
				}
			}
			continue
		}
		equal++
	}
	t.Logf("solver-bazeldnf: %d rows, %d equal, %d differ", rows, equal, rows-equal)
}

func readPrimaryFile(t *testing.T, file string) *Set {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	set, repo := new(Set), &Repo{ID: filepath.Base(file), Priority: 99, Cost: 1000}
	err = rpmmd.ReadPrimary(z, nil, func(p *rpm.Package) error {
		set.All = append(set.All, &Package{p, repo})
		return nil
	})
	if err != nil {
		t.Fatal(fmt.Errorf("%s: %w", file, err))
	}
	return set
}
