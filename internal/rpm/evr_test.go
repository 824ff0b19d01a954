package rpm

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"cdbuilder/internal/judge"

	"github.com/google/go-cmp/cmp"
)

func TestParseEVR(t *testing.T) {
	for s, want := range map[string]EVR{
		"1.0":          {"", "1.0", ""},
		"1.0-2.el7":    {"", "1.0", "2.el7"},
		"2:1.0-2":      {"2", "1.0", "2"},
		":1.0-2":       {"0", "1.0", "2"},
		"1-2-3":        {"", "1-2", "3"},
		"a:1":          {"", "a:1", ""},
		"":             {"", "", ""},
		"0:4.17.1~rc1": {"0", "4.17.1~rc1", ""},
	} {
		got := ParseEVR(s)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q (-want +got):\n%s", s, d)
		}
		if text := got.String(); text != s && s != ":1.0-2" {
			t.Errorf("%q is written back as %q", s, text)
		}
	}
}

func TestCompareEVR(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"1.0-1", "0:1.0-1", 0},
		{"1:1.0-1", "2.0-1", 1},
		{"02:1", "2:1", 0},
		{"1.0", "1.0-5", 0},
		{"1.0-4", "1.0-5", -1},
		{"1.0~rc1-9", "1.0-1", -1},
		{"1.0^git1-1", "1.0-9", 1},
		{"1.0^git1-1", "1.0.1-1", -1},
		{"10:1", "9:1", 1},
	} {
		if got := ParseEVR(c.a).Compare(ParseEVR(c.b)); got != c.want {
			t.Errorf("%s against %s: %d, want %d", c.a, c.b, got, c.want)
		}
		if got := ParseEVR(c.b).Compare(ParseEVR(c.a)); got != -c.want {
			t.Errorf("%s against %s: %d, want %d", c.b, c.a, got, -c.want)
		}
	}
}

// versionPairs makes pairs that share much, from the pieces that matter.
func versionPairs(n int) [][2]string {
	rnd := rand.New(rand.NewPCG(5, 18))
	pieces := []string{"1", "0", "00", "01", "10", "2", "9", "123456789012345678901234567890", "a", "b", "rc", "el7", "Z", "~", "~~", "^", "^^", ".", "..", "_", "+", "é"}
	version := func() string {
		var b strings.Builder
		for range rnd.IntN(6) {
			b.WriteString(pieces[rnd.IntN(len(pieces))])
		}
		return b.String()
	}
	pairs := make([][2]string, n)
	for i := range pairs {
		head := version()
		for k := range pairs[i] {
			if pairs[i][k] = head + version(); pairs[i][k] == "" {
				pairs[i][k] = "." // rpm refuses an empty one
			}
		}
	}
	return pairs
}

func TestVersionsCompareAsRPMDoes(t *testing.T) {
	rpm := judge.Program(t, "rpm")
	pairs := versionPairs(20000)
	agree := 0
	for start := 0; start < len(pairs); start += 1000 {
		chunk := pairs[start : start+1000]
		var script strings.Builder
		for _, p := range chunk {
			fmt.Fprintf(&script, "print(rpm.vercmp(%s,%s)..\" \")", strconv.Quote(p[0]), strconv.Quote(p[1]))
		}
		out, err := exec.Command(rpm, "--eval", "%{lua:"+script.String()+"}").Output()
		if err != nil {
			t.Fatal(err)
		}
		answers := strings.Fields(string(out))
		if len(answers) != len(chunk) {
			t.Fatalf("rpm gave %d answers to %d questions", len(answers), len(chunk))
		}
		for i, p := range chunk {
			if got := strconv.Itoa(CompareVersions(p[0], p[1])); got != answers[i] {
				t.Errorf("%q against %q: %s, rpm says %s", p[0], p[1], got, answers[i])
			} else {
				agree++
			}
		}
	}
	t.Logf("versions: %d pairs, %d agree, %d differ", len(pairs), agree, len(pairs)-agree)
}

func BenchmarkCompareVersions(b *testing.B) {
	pairs := [][2]string{{"2.17", "2.17"}, {"3.10.0", "3.10.1"}, {"4.18.0~rc1", "4.18.0"}, {"1.0.2k", "1.0.2m"}, {"292.el7", "326.el7_7.1"}}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p := pairs[i%len(pairs)]
		CompareVersions(p[0], p[1])
	}
}
