package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/tool"
	"cdbuilder/internal/world"
	"cdbuilder/kickstart/lint"
)

// BenchmarkLintCorpus reads and judges all real kickstarts in one process, as
// "kick lint" does with many files: includes, language, lint and scripts.
func BenchmarkLintCorpus(b *testing.B) {
	names, err := filepath.Glob(filepath.Join(judge.Corpus(b, "kickstart"), "*"))
	names = slices.DeleteFunc(names, func(name string) bool { return filepath.Ext(name) == ".tsv" })
	if err != nil || len(names) == 0 {
		b.Fatalf("%d files, %v", len(names), err)
	}
	t := &tool.Tool{Env: &world.Env{Stdin: bytes.NewReader(nil), Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}, Getenv: os.Getenv}}
	o := lintOptions{options: options{version: "auto"}}
	for b.Loop() {
		readings, err := o.readAll(b.Context(), t, names)
		if err != nil {
			b.Fatal(err)
		}
		for _, r := range readings {
			o.judge(r, lint.Facts{})
		}
	}
	b.ReportMetric(float64(len(names)), "files/op")
}
