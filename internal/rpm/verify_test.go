package rpm

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
)

// rpmKeys reads the corpus's keys: of all of them those that rpm itself takes.
func rpmKeys(t testing.TB) *Keys {
	t.Helper()
	rpmkeys, db := judge.Program(t, "rpmkeys"), t.TempDir()
	var readers []io.Reader
	files, err := filepath.Glob(filepath.Join(judge.Corpus(t, "rpm-keys"), "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("the corpus has no keys: %v", err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if exec.Command(rpmkeys, "--dbpath", db, "--import", path).Run() == nil {
			readers = append(readers, bytes.NewReader(data))
		}
	}
	keys, err := ReadKeys(readers...)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("keys: %d of %d files read by rpm, %d keys", len(readers), len(files), keys.Len())
	return keys
}

var parenthesis = regexp.MustCompile(` \([^)]*\)`)

// verifyFile verifies a file and tells the verdict as rpmkeys -Kv of rpm 4.18
// does: lines without reasons, and whether it passes.
func verifyFile(path string, keys *Keys) (lines string, rep *Report, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", nil, err
	}
	defer f.Close()
	if rep, err = Verify(f, keys); err != nil {
		return "", nil, err
	}
	var out []string
	for _, c := range rep.Checks {
		if !c.Newer {
			out = append(out, parenthesis.ReplaceAllString(c.String(), ""))
		}
	}
	return strings.Join(out, " | "), rep, nil
}

func TestCorpusVerdictsAreRPMs(t *testing.T) {
	dir, rows := oracle(t)
	keys := rpmKeys(t)
	agree := 0
	for _, row := range rows {
		got, rep, err := verifyFile(filepath.Join(dir, row["file"]), keys)
		want := parenthesis.ReplaceAllString(row["check"], "")
		switch {
		case err != nil:
			if row["query_rc"] == "0" {
				t.Errorf("%s: %v, rpm reads it", row["file"], err)
				continue
			}
		case got != want:
			t.Errorf("%s:\n\tgot  %s\n\twant %s", row["file"], got, want)
			continue
		case (rep.Err() == nil) != (row["check_rc"] == "0") && !onlyNewer(rep):
			t.Errorf("%s: %v, rpm ends with %s", row["file"], rep.Err(), row["check_rc"])
			continue
		}
		agree++
	}
	t.Logf("rpms: %d verdicts, %d agree, %d differ", len(rows), agree, len(rows)-agree)
}

// onlyNewer reports whether a package fails only by what rpm 4.18 doesn't look at.
func onlyNewer(rep *Report) bool {
	for _, c := range rep.Checks {
		if !c.Newer && c.Verdict != OK {
			return false
		}
	}
	return true
}

// With all keys, also those that rpm 4.18 does not read, no signature is bad
// that isn't so for rpm.
func TestCorpusSignaturesWithEveryKey(t *testing.T) {
	dir, rows := oracle(t)
	all := new(Keys)
	files, _ := filepath.Glob(filepath.Join(judge.Corpus(t, "rpm-keys"), "*"))
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := all.add(data); err != nil && !strings.HasSuffix(path, ".tsv") {
			t.Logf("%s: %v", path, err)
		}
	}
	count := make(map[Verdict]int)
	for _, row := range rows {
		_, rep, err := verifyFile(filepath.Join(dir, row["file"]), all)
		if err != nil {
			continue
		}
		for _, c := range rep.Checks {
			if !c.Signature {
				continue
			}
			count[c.Verdict]++
			if c.Verdict == Bad && !strings.Contains(row["check"], "signature: BAD") || c.Verdict == Unreadable {
				t.Errorf("%s: %v", row["file"], c)
			}
		}
		if _, err := rep.Trusted(); err == nil && !rep.Signed() {
			t.Errorf("%s is trusted without a signature", row["file"])
		}
	}
	t.Logf("signatures: %d good, %d bad, %d without a key here", count[OK], count[Bad], count[NoKey])
	if count[OK] == 0 {
		t.Error("no signature verified")
	}
}
