package rpm

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/repo/rpmmd"
	"cdbuilder/internal/rpm"
)

// corpusRepo is a repository of the corpus as the resolver sees it.
type corpusRepo struct {
	name string
	dir  string
	set  *Set
}

var corpusRepos struct {
	once sync.Once
	list []*corpusRepo
}

// loadCorpus reads the repositories of the corpus with n packages or more.
func loadCorpus(t testing.TB, n int) []*corpusRepo {
	t.Helper()
	dir := judge.Corpus(t, "repos")
	corpusRepos.once.Do(func() {
		found, err := filepath.Glob(filepath.Join(dir, "*", "repodata", "repomd.xml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range found {
			top := filepath.Dir(filepath.Dir(file))
			set, err := readRepo(top, filepath.Base(top))
			if err != nil {
				t.Logf("%s is not read: %v", filepath.Base(top), err)
				continue
			}
			corpusRepos.list = append(corpusRepos.list, &corpusRepo{filepath.Base(top), top, set})
		}
	})
	var out []*corpusRepo
	for _, r := range corpusRepos.list {
		if len(r.set.All) >= n {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		t.Fatalf("no repository of %d packages or more in %s", n, dir)
	}
	return out
}

// readRepo reads primary and filelists of a repository in a directory.
func readRepo(dir, id string) (*Set, error) {
	f, err := os.Open(filepath.Join(dir, "repodata", "repomd.xml"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := rpmmd.ReadRepomd(f, nil)
	if err != nil {
		return nil, err
	}
	set, repo, byID := new(Set), &Repo{ID: id, Priority: 99, Cost: 1000}, make(map[string]*Package)
	err = readData(dir, m, "primary", func(r io.Reader) error {
		return rpmmd.ReadPrimary(r, nil, func(p *rpm.Package) error {
			q := &Package{Package: p, Repo: repo}
			set.All = append(set.All, q)
			byID[p.Checksum] = q
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	owners := make(map[string][]*Package)
	err = readData(dir, m, "filelists", func(r io.Reader) error {
		return rpmmd.ReadFilelists(r, nil, func(e rpmmd.Entry, files []rpm.File) error {
			for _, f := range files {
				if p := byID[e.PkgID]; p != nil && !rpmmd.InPrimary(f.Path) {
					owners[f.Path] = append(owners[f.Path], p)
				}
			}
			return nil
		})
	})
	if err != nil && !errors.Is(err, errNoData) && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	set.Owners = func(path string) []*Package { return owners[path] }
	return set, nil
}

var errNoData = errors.New("repomd.xml names no such file")

func readData(dir string, m *rpmmd.Repomd, kind string, parse func(io.Reader) error) error {
	d := m.Find(kind)
	if d == nil {
		return errNoData
	}
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(d.Location)))
	if err != nil {
		return err
	}
	defer f.Close()
	return d.Read(f, rpmmd.Trust{Weak: true}, parse)
}

// readable gives a directory from which dnf reads the repository: its own, or
// one that does not name the files that are missing here.
func (r *corpusRepo) readable(t testing.TB) string {
	t.Helper()
	f, err := os.Open(filepath.Join(r.dir, "repodata", "repomd.xml"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := rpmmd.ReadRepomd(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	all := len(m.Data)
	m.Data = slices.DeleteFunc(m.Data, func(d rpmmd.Data) bool {
		_, err := os.Stat(filepath.Join(r.dir, filepath.FromSlash(d.Location)))
		return err != nil
	})
	if len(m.Data) == all {
		return r.dir
	}
	dir := t.TempDir()
	mkdir(t, filepath.Join(dir, "repodata"))
	for _, d := range m.Data {
		if err := os.Symlink(filepath.Join(r.dir, filepath.FromSlash(d.Location)), filepath.Join(dir, filepath.FromSlash(d.Location))); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "repodata", "repomd.xml"), m.Encode(), 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}
