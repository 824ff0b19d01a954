package modulemd_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/repo/rpmmd"
	"cdbuilder/internal/repo/rpmmd/modulemd"
	"cdbuilder/internal/rpm"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// repository is a repository with modules.
type repository struct {
	dir      string
	packages []*rpm.Package
	docs     []*modulemd.Document
}

// modular reads the repositories of the corpus that have modules.
func modular(t *testing.T) []*repository {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(judge.Corpus(t, "repos"), "*", "repodata"))
	if err != nil || len(dirs) == 0 {
		t.Fatal("the corpus has no repositories")
	}
	var all []*repository
	for _, dir := range dirs {
		r := &repository{dir: filepath.Dir(dir)}
		f, err := os.Open(filepath.Join(dir, "repomd.xml"))
		if err != nil {
			t.Fatal(err)
		}
		m, err := rpmmd.ReadRepomd(f, nil)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		if m.Find("modules") == nil {
			continue
		}
		r.read(t, m.Find("modules"), func(in io.Reader) (err error) { r.docs, err = modulemd.Read(in); return err })
		r.read(t, m.Find("primary"), func(in io.Reader) error {
			return rpmmd.ReadPrimary(in, nil, func(p *rpm.Package) error { r.packages = append(r.packages, p); return nil })
		})
		if err := modulemd.Errors(r.docs); err != nil {
			t.Errorf("%s: %v", r.dir, err)
		}
		all = append(all, r)
	}
	if len(all) == 0 {
		t.Fatal("no repository of the corpus has modules")
	}
	return all
}

func (r *repository) read(t *testing.T, d *rpmmd.Data, parse func(io.Reader) error) {
	t.Helper()
	f, err := os.Open(filepath.Join(r.dir, filepath.FromSlash(d.Location)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := d.Read(f, rpmmd.Trust{}, parse); err != nil {
		t.Fatal(err)
	}
}

// platform is the first that a stream asks for.
func (r *repository) platform() string {
	for _, d := range r.docs {
		if d.Stream == nil {
			continue
		}
		for _, dep := range d.Stream.Dependencies {
			if p := dep.Requires["platform"]; len(p) > 0 && p[0][0] != '-' {
				return p[0]
			}
		}
	}
	return "f26"
}

// visible are the binary packages that a selection leaves to be seen.
func (r *repository) visible(s *modulemd.Selection) []string {
	var out []string
	for _, p := range r.packages {
		if p.Arch != "src" && !s.Hides(p) {
			out = append(out, modulemd.Artifact(p))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// dnf runs dnf on the repository, in a root of its own.
func (r *repository) dnf(t *testing.T, root string, args ...string) (string, error) {
	t.Helper()
	for _, dir := range []string{"cache", "log", "persist"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	all := []string{
		"-q", "-y", "--installroot=" + root, "--setopt=cachedir=" + root + "/cache", "--setopt=logdir=" + root + "/log", "--setopt=persistdir=" + root + "/persist",
		"--setopt=reposdir=/dev/null", "--setopt=module_platform_id=platform:" + r.platform(), "--releasever=26", "--forcearch=x86_64", "--repofrompath=x,file://" + r.dir,
	}
	out, err := exec.Command(judge.Program(t, "dnf"), append(all, args...)...).Output()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		err = fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	return string(out), err
}

func (r *repository) query(t *testing.T, root string) []string {
	t.Helper()
	out, err := r.dnf(t, root, "repoquery")
	if err != nil {
		t.Fatalf("%s: dnf repoquery: %v", r.dir, err)
	}
	lines := slices.DeleteFunc(strings.Fields(out), func(l string) bool { return strings.HasSuffix(l, ".src") || !strings.Contains(l, ":") })
	slices.Sort(lines)
	return slices.Compact(lines)
}

// TestCorpusModulesLikeDnf holds the packages to be seen to those that dnf
// shows: by default, and with each of a repository's first streams enabled.
func TestCorpusModulesLikeDnf(t *testing.T) {
	judge.Slow(t)
	repositories, cases, shown := 0, 0, 0
	for _, r := range modular(t) {
		repositories++
		var x modulemd.Index
		x.Add(r.docs)
		wanted := []string{""}
		for _, m := range x.Modules() {
			for _, s := range x.Streams(m) {
				wanted = append(wanted, m+":"+s)
			}
		}
		for _, w := range wanted[:min(len(wanted), 3)] {
			cases++
			root := t.TempDir()
			o := modulemd.Options{Platform: r.platform()}
			if w != "" {
				o.Enabled = []string{w}
			}
			s, err := x.Select(o)
			if w != "" {
				if _, derr := r.dnf(t, root, "module", "enable", w); (derr == nil) != (err == nil) {
					t.Errorf("%s: enabling %s: we say %v, dnf %v", filepath.Base(r.dir), w, err, derr)
					continue
				}
			}
			if err != nil {
				continue
			}
			got := r.visible(s)
			shown += len(got)
			if d := cmp.Diff(r.query(t, root), got, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s with %q (-dnf +ours):\n%s", filepath.Base(r.dir), w, d)
			}
		}
	}
	t.Logf("modules: %d repositories, %d choices, %d packages shown", repositories, cases, shown)
}
