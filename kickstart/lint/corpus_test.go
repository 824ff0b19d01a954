package lint_test

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
	"cdbuilder/kickstart/lint"
)

// sample is a real kickstart.
type sample struct {
	name   string
	syntax kickstart.Syntax
	src    []byte
}

func samples(t testing.TB) []sample {
	dir := judge.Corpus(t, "kickstart")
	var list []sample
	for _, row := range judge.Sources(t, "kickstart") {
		syntax, err := kickstart.ParseSyntax(row["ksversion"])
		if err != nil {
			t.Fatal(err)
		}
		src, err := os.ReadFile(filepath.Join(dir, row["file"]))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, sample{row["file"], syntax, src})
	}
	return list
}

func (s sample) read() *language.Recipe {
	f, _ := kickstart.Parse(s.name, s.src, s.syntax)
	r, _ := language.Read(s.syntax, f.All())
	return r
}

// TestCorpusLint runs every rule over every real kickstart and counts. With
// LINT_REPORT=FILE it writes all findings there, and a sample of forty with
// their lines, for a person to look at.
func TestCorpusLint(t *testing.T) {
	type hit struct {
		kickstart.Finding
		line string
		v    kickstart.Syntax
	}
	var hits []hit
	counts, inFiles := make(map[string]int), make(map[string]int)
	list := samples(t)
	clean := 0
	for _, s := range list {
		findings := lint.Check(s.read(), lint.Facts{})
		lines := bytes.Split(s.src, []byte("\n"))
		seen := make(map[string]bool)
		for _, f := range findings {
			if f.Line < 1 || f.Line > len(lines) || f.File != s.name {
				t.Fatalf("%s: a finding in line %d of %d", f.File, f.Line, len(lines))
			}
			hits = append(hits, hit{f, string(lines[f.Line-1]), s.syntax})
			counts[f.Rule]++
			if !seen[f.Rule] {
				inFiles[f.Rule]++
			}
			seen[f.Rule] = true
		}
		if len(findings) == 0 {
			clean++
		}
	}
	for _, rule := range slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(counts[b]-counts[a], cmp.Compare(a, b)) }) {
		t.Logf("%5d in %3d files  %s", counts[rule], inFiles[rule], rule)
	}
	t.Logf("kickstart lint: %d files, %d without a finding, %d findings of %d rules", len(list), clean, len(hits), len(counts))

	if report := os.Getenv("LINT_REPORT"); report != "" {
		var b strings.Builder
		write := func(h hit) { fmt.Fprintf(&b, "%s %s\n    %s\n", h.v, h.String(), strings.TrimSpace(h.line)) }
		random := rand.New(rand.NewPCG(3, 40))
		b.WriteString("== forty of them\n")
		for _, i := range random.Perm(len(hits))[:min(40, len(hits))] {
			write(hits[i])
		}
		b.WriteString("== all\n")
		for _, h := range hits {
			write(h)
		}
		if err := os.WriteFile(report, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCorpusFix applies every fix that the real kickstarts get, until there is
// nothing left to mend; what was mended must be gone then.
func TestCorpusFix(t *testing.T) {
	fixed := 0
	for _, s := range samples(t) {
		for round := 0; ; round++ {
			findings := lint.Check(s.read(), lint.Facts{})
			src, n := lint.Apply(s.src, findings)
			if n == 0 {
				break
			}
			if round == 20 {
				t.Errorf("%s: the fixes come to no end: %v", s.name, findings)
				break
			}
			fixed += n
			s.src = src
		}
	}
	t.Logf("kickstart fixes: %d", fixed)
	if fixed == 0 {
		t.Error("nothing was fixed")
	}
}

// BenchmarkLintCorpus checks all real kickstarts, which have been read before.
func BenchmarkLintCorpus(b *testing.B) {
	var recipes []*language.Recipe
	for _, s := range samples(b) {
		recipes = append(recipes, s.read())
	}
	for b.Loop() {
		for _, r := range recipes {
			lint.Check(r, lint.Facts{})
		}
	}
}
