package explain

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"cdbuilder/internal/judge"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func read(t testing.TB, name string, src []byte, version string) (*language.Recipe, []kickstart.Request) {
	t.Helper()
	v, err := kickstart.ParseSyntax(version)
	if err != nil {
		t.Fatal(err)
	}
	f, _ := kickstart.Parse(name, src, v)
	recipe, _ := language.Read(v, f.All())
	return recipe, kickstart.Requests(f)
}

func told(t testing.TB, name string, src []byte, version string) string {
	t.Helper()
	recipe, requests := read(t, name, src, version)
	var b strings.Builder
	if err := Write(&b, Explain(recipe, requests, 78)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestGolden compares with explanations that were read and found right.
func TestGolden(t *testing.T) {
	names, err := filepath.Glob("testdata/*.ks")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := told(t, name, src, "RHEL9")
			golden := strings.TrimSuffix(name, ".ks") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestCorpusExplain tells of every real kickstart: nothing that it says may be
// passed over, no picture may break out of its width.
func TestCorpusExplain(t *testing.T) {
	dir := judge.Corpus(t, "kickstart")
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	files, pictures := 0, 0
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Ext(name) == ".tsv" {
			continue
		}
		files++
		text := told(t, filepath.Base(name), src, "DEVEL")
		pictures += strings.Count(text, "┌")
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if strings.ContainsAny(line, "┌│└") && utf8.RuneCountInString(line) > 80 {
				t.Errorf("%s: a picture of %d columns: %s", filepath.Base(name), utf8.RuneCountInString(line), line)
			}
		}
		if again := told(t, filepath.Base(name), src, "DEVEL"); again != text {
			t.Errorf("%s is told differently the second time", filepath.Base(name))
		}
	}
	if files == 0 || pictures == 0 {
		t.Fatalf("%d files, %d pictures", files, pictures)
	}
	t.Logf("explain: %d files, %d bars drawn", files, pictures)
}
