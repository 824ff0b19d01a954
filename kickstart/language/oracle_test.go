package language_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// realFile is a kickstart of the corpus and what pykickstart, told to go on after
// errors, says about it.
type realFile struct {
	name     string
	src      []byte
	version  kickstart.Syntax
	verdict  string // "ok", "deprecated", "warnings" or "errors"
	errors   []int  // the lines with errors, sorted
	until    int    // the line where pykickstart gives up reading; 0: it doesn't
	findings string
}

// TestCorpusOracle holds us to pykickstart's verdicts on whole kickstarts that
// real installations use, and to the lines that it refuses in them.
func TestCorpusOracle(t *testing.T) {
	files := realKickstarts(t)
	verdicts, lines := 0, 0
	for _, f := range files {
		found := f.judge()
		got, refused := verdictClass(found), errorLines(found, f.until)
		if got == f.verdict {
			verdicts++
		}
		if slices.Equal(refused, f.errors) {
			lines++
		}
		if got == f.verdict && slices.Equal(refused, f.errors) {
			continue
		}
		t.Logf("differs: %s as %s: pykickstart says %s %v, we say %s %v\n pykickstart: %s\n we: %s",
			f.name, f.version, f.verdict, f.errors, got, refused, f.findings, strings.Join(texts(found), "\n     "))
	}
	t.Logf("kickstart: %d files, %d verdicts agree, %d differ; error lines of %d agree, of %d differ",
		len(files), verdicts, len(files)-verdicts, lines, len(files)-lines)
	atLeast(t, "verdicts on whole files", verdicts, len(files), 0.98)
	atLeast(t, "files' error lines", lines, len(files), 0.98)
}

// BenchmarkReadCorpus parses and reads all real kickstarts, as kick lint does
// with many files.
func BenchmarkReadCorpus(b *testing.B) {
	files := realKickstarts(b)
	bytes := 0
	for _, f := range files {
		bytes += len(f.src)
		f.judge() // loads the tables
	}
	b.SetBytes(int64(bytes))
	b.ReportAllocs()
	for b.Loop() {
		for _, f := range files {
			f.judge()
		}
	}
	b.ReportMetric(float64(len(files)), "files/op")
}

func (f *realFile) judge() []kickstart.Finding {
	file, err := kickstart.Parse(f.name, f.src, f.version)
	_, found := language.Read(f.version, file.All())
	return append(kickstart.Findings(err), found...)
}

// realKickstarts reads the corpus class with its verdicts.
func realKickstarts(tb testing.TB) []realFile {
	tb.Helper()
	dir := corpusFile(tb, "kickstart")
	var files []realFile
	for _, row := range table(tb, filepath.Join(dir, "ORACLE.tsv")) {
		v, err := kickstart.ParseSyntax(row["ksversion"])
		if err != nil {
			tb.Fatal(err)
		}
		src, err := os.ReadFile(filepath.Join(dir, filepath.Base(row["file"])))
		if err != nil {
			tb.Fatal(err)
		}
		f := realFile{name: row["file"], src: src, version: v, verdict: row["verdict"], findings: row["findings"]}
		f.readFindings()
		files = append(files, f)
	}
	return files
}

// readFindings takes the numbers from "error: 28: … || deprecated: -: …". A section
// that isn't closed ends pykickstart's reading, also where it is to go on after
// errors: what stands behind it nobody has judged.
func (f *realFile) readFindings() {
	lines := make(map[int]bool)
	for finding := range strings.SplitSeq(f.findings, " || ") {
		rest, ok := strings.CutPrefix(finding, "error: ")
		number, text, _ := strings.Cut(rest, ":")
		n, err := strconv.Atoi(number)
		if !ok || err != nil {
			continue
		}
		lines[n] = true
		if strings.Contains(text, "does not end with %end") {
			f.until = n
		}
	}
	f.errors = slices.Sorted(maps.Keys(lines))
}

// errorLines are the lines with errors up to the one named.
func errorLines(found []kickstart.Finding, until int) []int {
	lines := make(map[int]bool)
	for _, f := range found {
		if f.Level == kickstart.Error && (until == 0 || f.Line <= until) {
			lines[f.Line] = true
		}
	}
	return slices.Sorted(maps.Keys(lines))
}

// verdictClass is pykickstart's word for a file; what only the installers say
// is left out.
func verdictClass(found []kickstart.Finding) string {
	has := make(map[kickstart.Level]bool)
	for _, f := range found {
		if f.Rule != language.RuleSectionInstaller {
			has[f.Level] = true
		}
	}
	switch {
	case has[kickstart.Error]:
		return "errors"
	case has[kickstart.Warning]:
		return "warnings"
	case has[kickstart.Deprecated]:
		return "deprecated"
	}
	return "ok"
}
