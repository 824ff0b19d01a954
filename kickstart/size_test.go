package kickstart

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/judge"
)

// TestParseOutrageous reads what nobody would write. Each is refused with few
// faults, or read, within seconds and within memory that follows from MaxSize.
func TestParseOutrageous(t *testing.T) {
	const largest = MaxSize - 1
	fill := func(s string) string { return strings.Repeat(s, largest/len(s)) }
	lines := func(s string) string { return strings.Repeat(s, MaxLines) }
	cases := []struct {
		name, src string
		want      string // the first fault
		most      int    // faults
	}{
		{"50 MB in one line", strings.Repeat("x", 50<<20), "k:1: 52428800 bytes: a kickstart has at most 16777216", 1},
		{"10 million empty lines", strings.Repeat("\n", 10_000_000), "k:1: 10000000 lines: a kickstart has at most 250000", 1},
		{"5 million sections", strings.Repeat("%packages\n", 1_600_000), "k:1: 1600000 lines: a kickstart has at most 250000", 1},
		{"quotes in one line", fill(`"`), "k:1: 16777215 bytes in a line: a command has at most 1048576", 1},
		{"quotes in lines as long as may be", strings.Repeat(strings.Repeat(`"`, 1<<19)+"\n", 30), "k:1: an empty pair of quotes where a command was expected", 30},
		{"words in lines as long as may be", strings.Repeat(strings.Repeat("a ", 1<<18)+"\n", 8), "", 0},
		{"one word in a line as long as may be", "a" + strings.Repeat("x", 1<<20-10) + "\n", "", 0},
		{"empty lines", lines("\n"), "", 0},
		{"line ends of old", lines("\r"), "", 0},
		{"sections", lines("%packages\n"), "k:2: %packages in line 1 is not closed with %end before %packages", maxFaults + 1},
		{"unknown sections with a near name", lines("%package\n%end\n")[:MaxLines*6], `k:1: unknown section %package; did you mean "packages"?`, maxFaults + 1},
		{"an unknown section with a long name", "%" + strings.Repeat("p", 1<<20-9) + "\n%end\n", "k:1: unknown section %" + strings.Repeat("p", 60) + "…", 1},
		{"a section's option with a long name", "%post --" + strings.Repeat("p", 1<<20-99) + "\n%end\n", "k:1: %post has no option --" + strings.Repeat("p", 60) + "…", 1},
		{"a package with a long name", "%packages\n" + strings.Repeat("p", largest-20) + "\n%end\n", "k:2: 16777196 bytes in a line: no package has such a name", 1},
		{"wrong packages", "%packages\n" + strings.Repeat("a b\n", MaxLines-2) + "%end\n", `k:2: "a b": a line names one package; write each on its own`, maxFaults + 1},
		{"a script in one line", "%post\n" + strings.Repeat("x", largest-20) + "\n%end\n", "", 0},
		{"NUL bytes", fill("\x00"), "k:1: a NUL byte: this is not a text file", 2},
		{"backslashes", strings.Repeat(strings.Repeat(`\`, 1<<20-1)+"\n", 15), "k:1: the line ends in a backslash, but a kickstart command cannot go on in the next line", 15},
		{"includes of nothing", lines("%include\n"), "k:1: %include takes a file or an address", maxFaults + 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			src := []byte(c.src)
			before := allocated()
			start := time.Now()
			f, err := Parse("k", src, rhel9(t))
			took, used := time.Since(start), allocated()-before
			got := lines2(err)
			if c.want != got[0] || len(got) > max(1, c.most) {
				t.Errorf("%d faults, the first %.200q, want %.200q", len(got), got[0], c.want)
			}
			if !bytes.Equal(f.Bytes(), src) {
				t.Error("the file doesn't come back")
			}
			if took > time.Minute || used > 1<<30 {
				t.Errorf("took %v and %d MB", took, used>>20)
			}
			Format(f)
			Requests(f)
			f.Scripts()
			if d := time.Since(start); d > 90*time.Second {
				t.Errorf("with all that is made of it: %v", d)
			}
			t.Logf("%d bytes: %v, %d MB", len(src), took.Round(time.Millisecond), used>>20)
		})
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// lines2 is lines, with an empty first one where there is no fault.
func lines2(err error) []string {
	if err == nil {
		return []string{""}
	}
	return lines(err)
}

func TestManyFaults(t *testing.T) {
	_, err := Parse("k", []byte(strings.Repeat("'\n", 1000)), rhel9(t))
	got := lines(err)
	if last := got[len(got)-1]; len(got) != maxFaults+1 || last != "k:201: and 800 more faults from here on" {
		t.Errorf("%d faults, the last: %s", len(got), last)
	}
	if n := len(Findings(err)); n != maxFaults+1 {
		t.Errorf("%d findings", n)
	}
}

// BenchmarkParseCorpus parses all kickstarts of the corpus.
func BenchmarkParseCorpus(b *testing.B) {
	var sources [][]byte
	size := 0
	files, err := filepath.Glob(filepath.Join(judge.Corpus(b, "kickstart"), "*"))
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range files {
		if filepath.Ext(f) == ".tsv" {
			continue
		}
		src, err := os.ReadFile(f)
		if err != nil {
			b.Fatal(err)
		}
		sources, size = append(sources, src), size+len(src)
	}
	if len(sources) == 0 {
		b.Fatal("no kickstarts")
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, src := range sources {
			f, _ := Parse("k", src, Syntax{"RHEL", 9})
			if len(f.Nodes) == 0 && len(src) > 0 {
				b.Fatal("nothing parsed")
			}
		}
	}
	b.ReportMetric(float64(len(sources)), "files")
}
