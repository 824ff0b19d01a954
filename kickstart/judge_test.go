package kickstart

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cdbuilder/internal/judge"

	"github.com/google/go-cmp/cmp"
)

// TestWordsAsShlex holds our splitting to Python's, which pykickstart uses: on
// lines that somebody thought of, and on many that nobody did.
func TestWordsAsShlex(t *testing.T) {
	lines := []string{
		`a b  c`, `a "b c" d`, `a 'b c'd`, `a\ b`, `"a\"b"`, `"a\nb"`, `'a\'`, `a#b c`, `a "#" #c`, `a ""`, `'' ""`,
		"a\tb\r", `--x="y z"`, `a'b'"c"`, `\#a`, `"\\"`, `a"`, `'a`, `x\`, `"x\`, `é ü`, `#`, ``, "a\vb", "a\fb",
		`%end # that's all`, "\u00a0a\u2028b", "a\r\rb", `a\`,
	}
	random := rand.New(rand.NewPCG(1, 2))
	const alphabet = "ab=-%@ \t\r\v\f\"\"''\\\\##é"
	for range 20_000 {
		line := make([]rune, random.IntN(16))
		for i := range line {
			line[i] = []rune(alphabet)[random.IntN(len([]rune(alphabet)))]
		}
		lines = append(lines, string(line))
	}
	for _, comments := range []bool{true, false} {
		for i, want := range shlex(t, lines, comments) {
			got, err := splitLine(lines[i], comments)
			if (err != nil) != (want == nil) {
				t.Errorf("%q: we say %v, shlex gives %q", lines[i], err, want)
				continue
			}
			if d := cmp.Diff(want, got); err == nil && len(got)+len(want) > 0 && d != "" {
				t.Errorf("%q (-shlex +ours):\n%s", lines[i], d)
			}
		}
	}
	t.Logf("%d lines split as Python's shlex does, with comments and without", len(lines))
}

// shlex splits all lines in one batch; nil stands for a line that it refuses.
func shlex(t *testing.T, lines []string, comments bool) [][]string {
	t.Helper()
	in, err := json.Marshal(lines)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(judge.Program(t, "python3"), "-c", `import json,shlex,sys
def split(s):
    try: return shlex.split(s, comments=len(sys.argv) > 1)
    except ValueError: return None
json.dump([split(s) for s in json.load(sys.stdin)], sys.stdout)`)
	if comments {
		cmd.Args = append(cmd.Args, "comments")
	}
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want [][]string
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatal(err)
	}
	return want
}

// TestCorpusKickstart reads every real kickstart and compares with what
// pykickstart says of its sections.
func TestCorpusKickstart(t *testing.T) {
	dir := judge.Corpus(t, "kickstart")
	rows := table(t, filepath.Join(dir, "ORACLE.tsv"))
	var parsed, refused, agree, requests, scripts int
	for _, row := range rows {
		src, err := os.ReadFile(filepath.Join(dir, row["file"]))
		if err != nil {
			t.Fatal(err)
		}
		f, err := Parse(row["file"], src, syntax(t, row["ksversion"]))
		if !bytes.Equal(f.Bytes(), src) {
			t.Errorf("%s doesn't come back byte for byte", row["file"])
		}
		parsed++
		requests += len(Requests(f))
		scripts += len(f.Scripts())
		oracle := sectionFault(row["findings"])
		if err != nil {
			refused++
		}
		if (err != nil) == (oracle != "") && sameLine(err, oracle) {
			agree++
			continue
		}
		t.Errorf("%s (%s): pykickstart says of its sections %q, we say: %v", row["file"], row["ksversion"], oracle, err)
	}
	if parsed == 0 || requests == 0 || scripts == 0 {
		t.Fatalf("the corpus gave %d files, %d requests, %d scripts", parsed, requests, scripts)
	}
	t.Logf("kickstart: %d rows, %d agree, %d differ; %d refused for their sections; %d requests, %d scripts",
		parsed, agree, parsed-agree, refused, requests, scripts)
}

// TestCorpusKickstartParts reads what isn't a whole kickstart: included parts
// and other tools' templates. Whatever is wrong with them, nothing is lost.
func TestCorpusKickstartParts(t *testing.T) {
	for _, class := range []string{"kickstart-trees", "kickstart-templates"} {
		read, refused := 0, 0
		dir := judge.Corpus(t, class)
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) == ".tsv" {
				return err
			}
			src, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			f, err := Parse(path, src, Syntax{})
			if !bytes.Equal(f.Bytes(), src) {
				t.Errorf("%s doesn't come back byte for byte", path)
			}
			read++
			if err != nil {
				refused++
			}
			return nil
		})
		if err != nil || read == 0 {
			t.Fatalf("%s: %d files, %v", class, read, err)
		}
		t.Logf("%s: %d files come back byte for byte, %d of them refused", class, read, refused)
	}
}

// sectionFault picks from pykickstart's findings the one that this package
// must find too: what is wrong with sections, not with commands.
func sectionFault(findings string) string {
	for _, f := range strings.Split(findings, " || ") {
		if strings.HasPrefix(f, "error:") && (strings.Contains(f, "ection") || strings.Contains(f, "losing quotation")) {
			return f
		}
	}
	return ""
}

// sameLine compares where pykickstart saw its fault with our first.
func sameLine(err error, oracle string) bool {
	var fault *Fault
	if !errors.As(err, &fault) {
		return oracle == ""
	}
	return strings.HasPrefix(oracle, fmt.Sprintf("error: %d: ", fault.Line))
}

// table reads a tab-separated file with a header.
func table(t *testing.T, path string) []map[string]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var head []string
	var rows []map[string]string
	s := bufio.NewScanner(bytes.NewReader(b))
	s.Buffer(nil, 1<<24)
	for s.Scan() {
		cells := strings.Split(s.Text(), "\t")
		if head == nil {
			head = cells
			continue
		}
		row := make(map[string]string)
		for i, c := range cells {
			row[head[i]] = c
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		t.Fatalf("%s has no rows", path)
	}
	return rows
}
