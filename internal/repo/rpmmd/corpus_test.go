package rpmmd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/rpm"
)

// table is a corpus table: a row for each line, its cells by their column.
func table(t *testing.T, path string) []map[string]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	head := strings.Split(lines[0], "\t")
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := make(map[string]string)
		for i, cell := range strings.Split(line, "\t") {
			row[head[i]] = strings.TrimSpace(cell)
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		t.Fatalf("%s has no rows", path)
	}
	return rows
}

// loaded is what was read of a repository.
type loaded struct {
	packages             map[string]*rpm.Package // by checksum
	listed               int                     // packages in primary
	filelists, other     int                     // packages in them
	advisories           int
	absent, wrong, weak  []string // types of metadata
	warnings             []error
	files, changes, deps int
}

// load reads every file of metadata of a repository in a directory.
func load(dir string, trust Trust) (*loaded, error) {
	f, err := os.Open(filepath.Join(dir, "repodata", "repomd.xml"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	l := &loaded{packages: make(map[string]*rpm.Package)}
	warn := func(err error) { l.warnings = append(l.warnings, err) }
	trust.Warn = warn
	m, err := ReadRepomd(f, warn)
	if err != nil {
		return nil, err
	}
	for i := range m.Data {
		d := &m.Data[i]
		err := l.data(dir, d, trust, warn)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			l.absent = append(l.absent, d.Type)
		case errors.As(err, new(*Mismatch)):
			l.wrong = append(l.wrong, d.Type)
		case errors.As(err, new(*WeakChecksum)):
			l.weak = append(l.weak, d.Type)
		case err != nil:
			return nil, err
		}
	}
	return l, nil
}

func (l *loaded) data(dir string, d *Data, trust Trust, warn func(error)) error {
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(d.Location)))
	if err != nil {
		return err
	}
	defer f.Close()
	if strings.HasSuffix(d.Type, "_zck") {
		return nil
	}
	return d.Read(f, trust, func(r io.Reader) error {
		switch d.Type {
		case "primary":
			return ReadPrimary(r, warn, func(p *rpm.Package) error {
				l.listed++
				l.packages[p.Checksum] = p
				l.deps += len(p.Requires) + len(p.Provides)
				return nil
			})
		case "filelists":
			return ReadFilelists(r, warn, func(_ Entry, files []rpm.File) error {
				l.filelists++
				l.files += len(files)
				return nil
			})
		case "other":
			return ReadOther(r, warn, func(_ Entry, log []rpm.Change) error {
				l.other++
				l.changes += len(log)
				return nil
			})
		case "updateinfo":
			return ReadUpdateinfo(r, warn, func(*Advisory) error { l.advisories++; return nil })
		}
		_, err := io.Copy(io.Discard, r)
		return err
	})
}

// TestCorpusRepos reads every repository, and holds the verdict on each file
// of metadata to what the corpus knows of it.
func TestCorpusRepos(t *testing.T) {
	dir := judge.Corpus(t, "repos")
	rows := table(t, filepath.Join(dir, "UNITS.tsv"))
	agree, packages, weak := 0, 0, 0
	for _, row := range rows {
		var faults []string
		l, err := load(filepath.Join(dir, row["unit"]), Trust{Weak: true})
		if err != nil {
			t.Errorf("%s: %v", row["unit"], err)
			continue
		}
		hold := func(what string, got, want any) {
			if fmt.Sprint(got) != fmt.Sprint(want) {
				faults = append(faults, fmt.Sprintf("%s: %v, want %v", what, got, want))
			}
		}
		hold("absent", sorted(l.absent), sorted(strings.Fields(row["absent"])))
		hold("wrong checksum", sorted(l.wrong), sorted(strings.Fields(row["wrong_checksum"])))
		if want, _ := strconv.Atoi(row["packages"]); !slices.Contains(l.wrong, "primary") {
			hold("packages", l.listed, want)
		}
		if damaged := slices.Contains(l.wrong, "primary"); l.filelists > 0 && !damaged && len(l.warnings) == 0 {
			hold("packages in filelists", l.filelists, l.listed)
		}
		if damaged := slices.Contains(l.wrong, "primary"); l.other > 0 && !damaged && len(l.warnings) == 0 {
			hold("packages in other", l.other, l.listed)
		}
		// Without leave, what SHA-1 alone vouches for is refused.
		strict, err := load(filepath.Join(dir, row["unit"]), Trust{})
		if err != nil {
			t.Fatal(err)
		}
		if sha1 := row["checksum_type"] == "sha" || row["checksum_type"] == "sha1"; sha1 && !slices.Contains(strict.weak, "primary") {
			hold("weak", strict.weak, "primary")
		}
		weak += min(len(strict.weak), 1)
		packages += l.listed
		if len(faults) == 0 {
			agree++
		} else {
			t.Errorf("%s: %s", row["unit"], strings.Join(faults, "; "))
		}
		t.Logf("%s: %d packages, %d deps, %d files, %d changes, %d advisories, %d warnings", row["unit"], l.listed, l.deps, l.files, l.changes, l.advisories, len(l.warnings))
		for i, w := range l.warnings {
			if i < 3 {
				t.Logf("   %v", w)
			}
		}
	}
	t.Logf("repos: %d rows, %d agree, %d differ; %d packages, %d refused for SHA-1 when it is not allowed", len(rows), agree, len(rows)-agree, packages, weak)
}

func sorted(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return s
}
