package deb

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
)

var versionPairs = []struct {
	a, b string
	want int
}{
	{"1.0", "1.0", 0},
	{"1.0", "1.0-0", 0},
	{"1.0-0", "1.0-00", 0},
	{"0:1.0", "1.0", 0},
	{"00:1.0", "1.0", 0},
	{"1:0", "2", 1},
	{"1.0~rc1", "1.0", -1},
	{"1.0~~", "1.0~", -1},
	{"1.0~~a", "1.0~~", 1},
	{"1.0a", "1.0", 1},
	{"1.0a", "1.0+", -1},
	{"1.0Z", "1.0a", -1},
	{"1.10", "1.9", 1},
	{"1.09", "1.9", 0},
	{"1.0-1", "1.0-1+b1", -1},
	{"1.0-1+deb13u1", "1.0-1+b1", 1},
	{"1.0-1~bpo12+1", "1.0-1", -1},
	{"2.0-1-1", "2.0-1", 1},
	{"1:1.0-1", "1:1.0-1.1", -1},
	{"20250101", "20241231", 1},
	{"99999999999999999999999", "99999999999999999999998", 1},
	{"5.2.37-2+b5", "5.2.37-2+b10", -1},
	{"1.2.3", "1.2.3.0", -1},
	{"1.a", "1.1", 1},
}

func TestCompare(t *testing.T) {
	for _, p := range versionPairs {
		if got := Compare(p.a, p.b); got != p.want {
			t.Errorf("Compare(%q, %q) = %d, want %d", p.a, p.b, got, p.want)
		}
		if got := Compare(p.b, p.a); got != -p.want {
			t.Errorf("Compare(%q, %q) = %d, want %d", p.b, p.a, got, -p.want)
		}
	}
}

// dpkg --compare-versions judges the table and pairs built from pieces that
// are close to one another.
func TestCompareAgreesWithDpkg(t *testing.T) {
	dpkg := judge.Program(t, "dpkg")
	pairs := make([][2]string, 0, 1000)
	for _, p := range versionPairs {
		pairs = append(pairs, [2]string{p.a, p.b})
	}
	rng := rand.New(rand.NewPCG(13, 7))
	for range 600 {
		a := randomVersion(rng)
		pairs = append(pairs, [2]string{a, neighbour(rng, a)})
	}
	for _, p := range pairs {
		op := map[int]string{-1: "lt", 0: "eq", 1: "gt"}[Compare(p[0], p[1])]
		if out, err := exec.Command(dpkg, "--compare-versions", p[0], op, p[1]).CombinedOutput(); err != nil {
			t.Errorf("dpkg denies %q %s %q: %v %s", p[0], op, p[1], err, out)
		}
	}
	t.Logf("versions: %d pairs asked of dpkg", len(pairs))
}

func randomVersion(rng *rand.Rand) string {
	pieces := []string{"0", "1", "01", "10", "9", ".", ".", "~", "+", "a", "b", "Z", "~rc", "+b1", "deb13u"}
	s := fmt.Sprint(rng.IntN(3))
	for range rng.IntN(6) {
		s += pieces[rng.IntN(len(pieces))]
	}
	if rng.IntN(2) == 0 {
		s = fmt.Sprintf("%d:%s", rng.IntN(2), s)
	}
	if rng.IntN(2) == 0 {
		s += "-" + fmt.Sprint(rng.IntN(3)) + pieces[rng.IntN(len(pieces))]
	}
	return s
}

// neighbour changes a version a little, keeping it one that dpkg accepts.
func neighbour(rng *rand.Rand, v string) string {
	for {
		i := 1 + rng.IntN(len(v))
		w := v[:i] + string("019.~+aZ"[rng.IntN(8)]) + v[min(len(v), i+rng.IntN(2)):]
		if rng.IntN(4) == 0 {
			w = randomVersion(rng)
		}
		if CheckVersion(w) == nil {
			return w
		}
	}
}

func TestCheckVersionAgreesWithDpkg(t *testing.T) {
	dpkg := judge.Program(t, "dpkg")
	for _, v := range []string{
		"1.0", "1:1.0-1", "a1", "", ":1", "1:", "x:1", "1-", "1_0", "1.0-1_2", "2147483647:1", "2147483648:1",
		"1.0:2", "-1", "1 2", "1:1:1-1", "~1", "1.0-~",
	} {
		err := exec.Command(dpkg, "--validate-version", v).Run()
		if got := CheckVersion(v); (got == nil) != (err == nil) {
			t.Errorf("CheckVersion(%q) = %v, dpkg --validate-version: %v", v, got, err)
		}
	}
}

// FuzzVersion holds that the order is one: antisymmetric, and equal to itself
// under an added zero revision.
func FuzzVersion(f *testing.F) {
	for _, p := range versionPairs {
		f.Add(p.a, p.b)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if x, y := Compare(a, b), Compare(b, a); x != -y {
			t.Errorf("Compare(%q, %q) = %d, the other way %d", a, b, x, y)
		}
		if !strings.Contains(a, "-") && Compare(a, a+"-0") != 0 {
			t.Errorf("%q differs from itself with revision 0", a)
		}
		if x := Compare(a, b); x < -1 || x > 1 {
			t.Errorf("Compare(%q, %q) = %d", a, b, x)
		}
	})
}

func BenchmarkCompare(b *testing.B) {
	for b.Loop() {
		Compare("1:2.41-12+deb13u1", "1:2.41-12+deb13u2")
	}
}
