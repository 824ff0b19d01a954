package releases

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdbuilder/internal/judge"
)

// TestSha256sumAgrees lets coreutils check our list, write its own over names
// of every kind, and reads that.
func TestSha256sumAgrees(t *testing.T) {
	program := judge.Program(t, "sha256sum")
	dir := t.TempDir()
	names := []string{"plain.iso", "with blank", "back\\slash", "line\nend", "carriage\rreturn", "sub/deep", " leading", "*star", "\\n", "ümlaut"}
	must(t, os.Mkdir(filepath.Join(dir, "sub"), 0o755))
	for _, name := range names {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644))
	}
	must(t, WriteChecksums(dir, names))
	check := exec.Command(program, "--check", "--strict", "--quiet", SumsFile)
	check.Dir = dir
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("sha256sum -c: %v\n%s", err, out)
	}
	ours, err := os.ReadFile(filepath.Join(dir, SumsFile))
	must(t, err)
	for _, flag := range []string{"--text", "--binary"} {
		cmd := exec.Command(program, append([]string{flag, "--"}, names...)...)
		cmd.Dir = dir
		theirs, err := cmd.Output()
		must(t, err)
		sums, err := ParseSums(theirs)
		must(t, err)
		if diff := cmp.Diff(string(ours), string(FormatSums(sums))); diff != "" {
			t.Errorf("sha256sum %s (-ours +theirs):\n%s", flag, diff)
		}
	}
	must(t, os.WriteFile(filepath.Join(dir, "plain.iso"), []byte("changed"), 0o644))
	check = exec.Command(program, "--check", "--quiet", SumsFile)
	check.Dir = dir
	if out, err := check.CombinedOutput(); err == nil || !strings.Contains(string(out), "plain.iso: FAILED") {
		t.Errorf("sha256sum -c on a changed file: %v\n%s", err, out)
	}
}

func TestWriteChecksumsFailsWhole(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, SumsFile), []byte("old"), 0o644))
	for _, name := range []string{"nowhere", "../outside"} {
		if err := WriteChecksums(dir, []string{name}); err == nil || !strings.Contains(err.Error(), name[strings.LastIndex(name, "/")+1:]) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if diff := cmp.Diff([]string{"-rw-r--r-- SHA256SUMS"}, listTree(t, dir)); diff != "" {
		t.Errorf("directory (-want +got):\n%s", diff)
	}
	if data, err := os.ReadFile(filepath.Join(dir, SumsFile)); err != nil || string(data) != "old" {
		t.Errorf("the old list is %q, %v", data, err)
	}
}

func TestParseSumsReportsAll(t *testing.T) {
	sum := strings.Repeat("0a", 32)
	_, err := ParseSums([]byte(sum + "  a\n" + sum + "  a\nrubbish\n" + sum + "  ../b\n" + sum + "  /c\n" + sum + " d\n" + strings.Repeat("x", 64) + "  e\n"))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{`line 2: "a" is listed twice`, "line 3: is not", `line 4: names "../b"`, `line 5: names "/c"`, "line 6: is not", "line 7: has a digest"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}

func FuzzParseSums(f *testing.F) {
	f.Add([]byte(strings.Repeat("0a", 32) + "  a\n"))
	f.Add([]byte("\\" + strings.Repeat("0A", 32) + " *a\\nb\\\\c\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		sums, err := ParseSums(data)
		if err != nil {
			return
		}
		for _, s := range sums {
			if !filepath.IsLocal(s.Name) {
				t.Fatalf("%q is not local", s.Name)
			}
		}
		again, err := ParseSums(FormatSums(sums))
		if err != nil || !cmp.Equal(sums, again) {
			t.Fatalf("round trip: %v, %v, %v", sums, again, err)
		}
	})
}

func FuzzParseRecord(f *testing.F) {
	r := testRecord()
	data, err := r.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 || bytes.Count(data, []byte("[")) > 100 {
			return
		}
		r, err := ParseRecord(data)
		if err != nil {
			return
		}
		again, err := r.Encode()
		must(t, err)
		back, err := ParseRecord(again)
		if err != nil || !cmp.Equal(r, back) {
			t.Fatalf("round trip: %v\n%s", err, again)
		}
	})
}
