package rpm

import (
	"math/rand/v2"
	"testing"

	"cdbuilder/internal/judge"
)

func oneRepo() []*Repo { return []*Repo{{ID: "one", Priority: 99, Cost: 1000}} }

func threeRepos() []*Repo {
	return []*Repo{{ID: "one", Priority: 99, Cost: 1000}, {ID: "two", Priority: 99, Cost: 500}, {ID: "three", Priority: 50, Cost: 1000}}
}

// TestJudgeDNFGeneratedCases holds generated cases to dnf: solvable or not must
// agree in every one, the packages in 98 of 100.
func TestJudgeDNFGeneratedCases(t *testing.T) {
	judge.Slow(t)
	for _, tc := range []struct {
		name  string
		count int
		features
	}{
		{"plain", 300, features{repos: oneRepo()}},
		{"architectures", 300, features{archs: true, repos: oneRepo()}},
		{"weak", 300, features{weak: true, repos: oneRepo()}},
		{"rich", 300, features{rich: true, repos: oneRepo()}},
		{"all", 500, features{archs: true, weak: true, rich: true, repos: threeRepos()}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(7, uint64(tc.count)))
			var cases []*generated
			var pkgs []*Package
			for i := range tc.count {
				g := generate(rng, i, tc.features)
				cases = append(cases, g)
				pkgs = append(pkgs, g.pkgs...)
			}
			set, repos := publish(t, tc.repos, pkgs)
			x := NewIndex(set, "x86_64")
			d := startDNF(t, "x86_64", repos...)
			var c tally
			for _, g := range cases {
				for _, weak := range []bool{false, true} {
					before := len(c.differ)
					failed := t.Failed()
					c.compare(t, d, x, g.prefix, weak, g.ask...)
					if len(c.differ) > before || t.Failed() != failed {
						t.Logf("%v\n%s", c.differ[before:], g)
					}
				}
			}
			t.Logf("generated-%s: %d rows, %d equal to dnf %s (%d of them refused by both), %d differ", tc.name, c.asked, c.equal, d.version, c.unsolvable, len(c.differ))
			if c.equal*100 < c.asked*98 {
				t.Errorf("only %d of %d are equal", c.equal, c.asked)
			}
		})
	}
}
