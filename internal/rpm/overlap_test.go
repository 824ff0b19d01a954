package rpm

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/pkgset"
)

// overlapScript answers a line "flags evr flags evr" with what rpm's own
// comparison of dependency sets says.
const overlapScript = `
import rpm, sys
for line in sys.stdin:
    f, e, g, h = line.rstrip("\n").split("\t")
    a = rpm.ds(("a", int(f), e), rpm.RPMTAG_REQUIRENAME)
    b = rpm.ds(("a", int(g), h), rpm.RPMTAG_PROVIDENAME)
    print("true" if a.Compare(b) else "false")
`

func TestDependenciesOverlapAsRPMSays(t *testing.T) {
	// The bindings are Debian's, so they belong to Debian's python.
	const python = "/usr/bin/python3"
	if _, err := os.Stat(python); err != nil || exec.Command(python, "-c", "import rpm").Run() != nil {
		judge.Missing(t, "python3-rpm is not installed; make setup installs every judge")
		return
	}
	rnd := rand.New(rand.NewPCG(4, 18))
	pick := func(list ...string) string { return list[rnd.IntN(len(list))] }
	one := func() Dep {
		d := Dep{Name: "a", Op: pkgset.Op(rnd.IntN(6))}
		if d.Op != pkgset.Any {
			d.EVR = EVR{pick("", "", "0", "1", "02"), pick("1", "1.0", "2", "1~a", "1^b"), pick("", "", "1", "2", "1.el7")}
		}
		return d
	}
	const n = 20000
	pairs := make([][2]Dep, n)
	var in strings.Builder
	for i := range pairs {
		pairs[i] = [2]Dep{one(), one()}
		fmt.Fprintf(&in, "%d\t%s\t%d\t%s\n", pairs[i][0].sense(), pairs[i][0].EVR, pairs[i][1].sense(), pairs[i][1].EVR)
	}
	cmd := exec.Command(python, "-c", overlapScript)
	cmd.Stdin = strings.NewReader(in.String())
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	answers := strings.Fields(string(out))
	if len(answers) != n {
		t.Fatalf("%d answers to %d questions", len(answers), n)
	}
	differ := 0
	for i, p := range pairs {
		if got := fmt.Sprint(p[0].Overlaps(p[1])); got != answers[i] {
			differ++
			t.Errorf("%q and %q: %s, rpm says %s", p[0], p[1], got, answers[i])
		}
	}
	t.Logf("dependencies: %d pairs, %d agree, %d differ", n, n-differ, differ)
}
