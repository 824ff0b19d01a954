package language_test

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// TestCorpusLines holds us to pykickstart's own tests: what it accepts,
// deprecates and refuses, and how it writes a command back.
func TestCorpusLines(t *testing.T) {
	rows := table(t, corpusFile(t, "kickstart-lines.tsv"))
	var agree, forms, same int
	differ := make(map[string]int)
	for _, row := range rows {
		src := unescape.Replace(row["line"])
		recipe, found := judgeText(t, row["version"], src)
		got, want := verdict(found), row["expect"]
		if row["exception"] == "KickstartParseWarning" && got == "warning" {
			got = "error" // pykickstart's tests turn its warnings into errors
		}
		if got == "warning" || got == "note" {
			got = "ok"
		}
		if got == want {
			agree++
		} else {
			command, _, _ := strings.Cut(strings.TrimSpace(src), " ")
			differ[command]++
			t.Logf("differs: %s %q: pykickstart says %s (%s), we say %s %v", row["version"], row["line"], want, row["message"], got, texts(found))
		}
		if row["canonical"] == "" || got == "error" {
			continue
		}
		forms++
		canonical := canonicalText(recipe)
		if want := unescape.Replace(row["canonical"]); squeeze(canonical) == squeeze(want) {
			same++
		} else {
			t.Logf("canonical differs: %s %q:\n pykickstart %q\n we          %q", row["version"], row["line"], want, canonical)
		}
	}
	t.Logf("kickstart-lines: %d rows, %d agree, %d differ %v", len(rows), agree, len(rows)-agree, differ)
	t.Logf("kickstart-lines canonical: %d rows, %d agree, %d differ", forms, same, forms-same)
	atLeast(t, "verdicts", agree, len(rows), 0.99)
	atLeast(t, "canonical forms", same, forms, 0.95)
}

// TestCorpusMatrix asks for each line in twelve versions.
func TestCorpusMatrix(t *testing.T) {
	rows := table(t, corpusFile(t, "kickstart-lines-matrix.tsv"))
	cells, agree := 0, 0
	for _, row := range rows {
		src := unescape.Replace(row["line"])
		for version, want := range row {
			if version == "line" {
				continue
			}
			cells++
			_, found := judgeText(t, version, src)
			got := verdict(found)
			if got == "warning" || got == "note" {
				got = "ok"
			}
			if got == want {
				agree++
				continue
			}
			t.Logf("differs: %s %q: pykickstart says %s, we say %s %v", version, row["line"], want, got, texts(found))
		}
	}
	t.Logf("kickstart-lines-matrix: %d cells, %d agree, %d differ", cells, agree, cells-agree)
	atLeast(t, "cells", agree, cells, 0.99)
}

func atLeast(t *testing.T, what string, good, all int, rate float64) {
	t.Helper()
	if all == 0 || float64(good) < rate*float64(all) {
		t.Errorf("%s: %d of %d agree, less than %.0f %%", what, good, all, rate*100)
	}
}

func judgeText(t *testing.T, version, src string) (*language.Recipe, []kickstart.Finding) {
	t.Helper()
	v, err := kickstart.ParseSyntax(version)
	if err != nil {
		t.Fatal(err)
	}
	f, err := kickstart.Parse("ks.cfg", []byte(src), v)
	recipe, found := language.Read(v, f.All())
	return recipe, append(kickstart.Findings(err), found...)
}

// verdict is the weightiest level.
func verdict(found []kickstart.Finding) string {
	worst := -1
	for _, f := range found {
		worst = max(worst, int(f.Level))
	}
	if worst < 0 {
		return "ok"
	}
	return kickstart.Level(worst).String()
}

func canonicalText(r *language.Recipe) string {
	var b strings.Builder
	for _, s := range r.Statements {
		b.WriteString(r.Canonical(s) + "\n")
	}
	return b.String()
}

// unescape undoes how the corpus writes several lines in one.
var unescape = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t")

// squeeze makes runs of blanks one: pykickstart writes "network  --device".
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

func texts(found []kickstart.Finding) (all []string) {
	for _, f := range found {
		all = append(all, f.String())
	}
	return all
}

func corpusFile(t testing.TB, name string) string {
	t.Helper()
	return judge.Corpus(t, name)
}

// table reads a tab-separated file with a header.
func table(t testing.TB, path string) []map[string]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Clean(path))
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
	if len(rows) == 0 || !slices.Contains(head, head[0]) {
		t.Fatalf("%s has no rows", path)
	}
	return rows
}
