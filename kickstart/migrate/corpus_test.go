package migrate

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
	"cdbuilder/kickstart/lint"
)

// further is what the tool gives: lint without anything known of the machine.
func further(r *language.Recipe, _ *kickstart.File) []kickstart.Finding {
	return lint.Check(r, lint.Facts{})
}

// TestCorpusMigrate rewrites the real kickstarts of RHEL 6 for RHEL 9, and all
// others for RHEL 10: what comes out is clean, or marked where it isn't.
func TestCorpusMigrate(t *testing.T) {
	dir := judge.Corpus(t, "kickstart")
	type tally struct{ files, clean, faults, unmarked, changes int }
	sums := make(map[string]*tally)
	for name, from := range versions(t, filepath.Join(dir, "ORACLE.tsv")) {
		to := "RHEL10"
		if from == "RHEL6" {
			to = "RHEL9"
		}
		src, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		result := File(name, src, version(t, from), version(t, to), further)
		key := from + " to " + to
		if sums[key] == nil {
			sums[key] = new(tally)
		}
		sum := sums[key]
		sum.files++
		sum.changes += len(result.Changes)
		left, unmarked := open(t, name, result.Text, version(t, to))
		if left == 0 {
			sum.clean++
		}
		sum.faults += left
		sum.unmarked += len(unmarked)
		for _, f := range unmarked {
			t.Errorf("%s: not marked: %s", name, f.String())
		}
		again := File(name, result.Text, version(t, to), version(t, to), further)
		if !bytes.Equal(again.Text, result.Text) {
			t.Errorf("%s: a second run changes the text", name)
		}
	}
	if len(sums) == 0 {
		t.Fatal("the corpus has no kickstarts")
	}
	for key, s := range sums {
		t.Logf("%s: %d files, %d changes; %d clean, %d faults in the others, %d of them not marked", key, s.files, s.changes, s.clean, s.faults, s.unmarked)
	}
}

// open gives how many faults a text has, and those without a mark above them.
func open(t *testing.T, name string, text []byte, to kickstart.Syntax) (left int, unmarked []kickstart.Finding) {
	t.Helper()
	file, err := kickstart.Parse(name, text, to)
	recipe, found := language.Read(to, file.All())
	found = append(append(kickstart.Findings(err), found...), further(recipe, file)...)
	lines := strings.Split(string(text), "\n")
	for _, f := range found {
		if f.Level == kickstart.Note {
			continue
		}
		left++
		at := f.Line
		if s := file.ScriptAt(f.Line); s != nil {
			at = s.Number
		}
		if !markedAbove(lines, at, f.Rule) {
			unmarked = append(unmarked, f)
		}
	}
	return left, unmarked
}

func markedAbove(lines []string, line int, rule string) bool {
	for i := line - 2; i >= 0 && strings.HasPrefix(lines[i], mark); i-- {
		if strings.HasSuffix(lines[i], "["+rule+"]") {
			return true
		}
	}
	return false
}

// versions reads which version each file is for.
func versions(t *testing.T, path string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string)
	for i, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		if cells := strings.Split(line, "\t"); i > 0 {
			all[cells[0]] = cells[1]
		}
	}
	return all
}
