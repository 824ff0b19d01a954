package rpmmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/rpm"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// sampleTree copies some of the corpus's packages into a tree of their own.
func sampleTree(t *testing.T) (dir string, pkgs []*rpm.Package) {
	t.Helper()
	var names []string
	err := filepath.WalkDir(judge.Corpus(t, "repos"), func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".noarch.rpm") || strings.HasSuffix(path, ".x86_64.rpm") {
			names = append(names, path)
		}
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatalf("the corpus's repositories have no packages: %v", err)
	}
	dir = t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "Packages"), 0o777); err != nil {
		t.Fatal(err)
	}
	taken := make(map[string]bool)
	for i := 0; i < len(names) && len(pkgs) < 20; i += max(1, len(names)/25) {
		if taken[filepath.Base(names[i])] {
			continue
		}
		taken[filepath.Base(names[i])] = true
		location := "Packages/" + filepath.Base(names[i])
		text, err := os.ReadFile(names[i])
		if err != nil {
			t.Fatal(err)
		}
		path, at := filepath.Join(dir, location), time.Unix(1_500_000_000+int64(i), 0)
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		p, err := readRPM(path, location)
		if err != nil {
			t.Fatal(err)
		}
		p.FileTime = at.Unix()
		pkgs = append(pkgs, p)
	}
	return dir, pkgs
}

const sampleComps = `<?xml version="1.0" encoding="UTF-8"?>
<comps><group><id>core</id><name>Core</name><description/><default>true</default><uservisible>true</uservisible>
<packagelist><packagereq type="mandatory">bash</packagereq></packagelist></group></comps>
`

const sampleModules = `---
document: modulemd
version: 2
data: {name: tool, stream: "1", version: 1, context: abcd, arch: x86_64, summary: a, description: b, license: {module: [MIT]}}
...
`

func sampleRepodata(format string) Repodata {
	return Repodata{Time: time.Unix(1_600_000_000, 0), Compression: format, Changelogs: -1, Group: []byte(sampleComps), Modules: []byte(sampleModules)}
}

// writeTree writes files below a directory.
func writeTree(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for path, data := range files {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCorpusCreaterepoReuses has createrepo_c --update take every package from
// our repodata, and write the same again.
func TestCorpusCreaterepoReuses(t *testing.T) {
	dir, pkgs := sampleTree(t)
	files := written(t, sampleRepodata("gz"), pkgs)
	writeTree(t, dir, files)
	out, err := exec.Command(judge.Program(t, "createrepo_c"), "-v", "--update", "--no-database", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if hits := bytes.Count(out, []byte("CACHE HIT")); hits != len(pkgs) {
		t.Errorf("createrepo_c took %d of %d packages from our repodata:\n%s", hits, len(pkgs), out)
	}
	theirs := make(map[string][]byte)
	names, _ := filepath.Glob(filepath.Join(dir, "repodata", "*"))
	for _, name := range names {
		if theirs["repodata/"+filepath.Base(name)], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	for _, kind := range []string{"primary", "filelists", "other"} {
		compare(t, kind, packagesOf(t, bytes.NewReader(document(t, files, kind))), packagesOf(t, bytes.NewReader(document(t, theirs, kind))), nil)
	}
}

// asDnf prints what dnf reads in a repository.
const asDnf = `
import dnf, json, sys
root, url = sys.argv[1:]
base = dnf.Base()
c = base.conf
c.installroot, c.cachedir, c.logdir, c.persistdir = root, root + "/cache", root, root
c.substitutions["releasever"] = "7"
c.substitutions["basearch"] = "x86_64"
repo = dnf.repo.Repo("x", c)
repo.baseurl = [url]
repo.load_metadata_other = True
base.repos.add(repo)
base.fill_sack(load_system_repo=False)
base.read_comps()
out = []
for p in base.sack.query():
    out.append({
        "ID": "%s-%d:%s-%s.%s" % (p.name, p.epoch, p.version, p.release, p.arch), "Summary": p.summary, "Location": p.location,
        "Size": p.downloadsize, "Installed": p.installsize, "Files": sorted(p.files), "Requires": sorted(map(str, p.requires)),
        "Provides": sorted(map(str, p.provides)), "Changes": len(p.changelogs), "Sum": p.chksum[1].hex(),
    })
groups = [g.id for g in base.comps.groups]
print(json.dumps({"Packages": out, "Groups": groups}))
`

type dnfPackage struct {
	ID, Summary, Location, Sum string
	Size, Installed            int64
	Files, Requires, Provides  []string
	Changes                    int
}

// TestCorpusDnfReads holds what dnf reads in our repodata to what we wrote.
func TestCorpusDnfReads(t *testing.T) {
	dir, pkgs := sampleTree(t)
	python := judge.Program(t, "/usr/bin/python3") // Debian's, which has dnf
	for _, format := range []string{"gz", "zst"} {
		if err := os.RemoveAll(filepath.Join(dir, "repodata")); err != nil {
			t.Fatal(err)
		}
		writeTree(t, dir, written(t, sampleRepodata(format), pkgs))
		cmd := exec.Command(python, "-c", asDnf, t.TempDir(), "file://"+dir)
		var errs strings.Builder
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil {
			if strings.Contains(errs.String(), "ModuleNotFoundError") {
				judge.Missing(t, "dnf's library is not there: %s", errs.String())
			}
			t.Fatalf("%s: %v: %s", format, err, errs.String())
		}
		var got struct {
			Packages []dnfPackage
			Groups   []string
		}
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatal(err)
		}
		byID := func(a, b dnfPackage) int { return strings.Compare(a.ID, b.ID) }
		want := make([]dnfPackage, len(pkgs))
		for i, p := range pkgs {
			want[i] = expectDnf(p)
		}
		slices.SortFunc(want, byID)
		slices.SortFunc(got.Packages, byID)
		if d := cmp.Diff(want, got.Packages, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s (-written +read by dnf):\n%s", format, d)
		}
		if !slices.Equal(got.Groups, []string{"core"}) {
			t.Errorf("%s: dnf finds the groups %q", format, got.Groups)
		}
	}
	t.Logf("dnf: %d packages read in gz and zst", len(pkgs))
}

// expectDnf is what dnf must read of a package.
func expectDnf(p *rpm.Package) dnfPackage {
	d := dnfPackage{
		ID: fmt.Sprintf("%s-%s:%s-%s.%s", p.Name, epochOf(p.EVR), p.EVR.Version, p.EVR.Release, p.Arch), Summary: p.Summary, Location: p.Location,
		Size: p.Size, Installed: p.InstalledSize, Changes: len(p.Changelog), Sum: p.Checksum,
	}
	for _, f := range p.Files {
		d.Files = append(d.Files, f.Path)
	}
	for _, r := range slimRequires(p) {
		d.Requires = append(d.Requires, r.String())
	}
	for _, r := range p.Provides {
		d.Provides = append(d.Provides, r.String())
	}
	for _, l := range []*[]string{&d.Files, &d.Requires, &d.Provides} {
		slices.Sort(*l)
	}
	d.Requires = slices.Compact(d.Requires)
	return d
}

// TestCorpusZypperReads has zypper list the packages of our repodata.
func TestCorpusZypperReads(t *testing.T) {
	judge.Root(t)
	dir, pkgs := sampleTree(t)
	zypper, root := judge.Program(t, "zypper"), t.TempDir()
	writeTree(t, dir, written(t, sampleRepodata("gz"), pkgs))
	var listed []byte
	for _, args := range [][]string{
		{"addrepo", "--no-gpgcheck", "file://" + dir, "x"}, {"refresh"}, {"search", "-s", "--repo", "x", "-t", "package"},
	} {
		out, err := exec.Command(zypper, append([]string{"--root", root, "--non-interactive", "--no-gpg-checks", "--xmlout"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("zypper %q: %v: %s", args, err, out)
		}
		listed = out
	}
	for _, p := range pkgs {
		if !bytes.Contains(listed, fmt.Appendf(nil, `name="%s"`, p.Name)) || !bytes.Contains(listed, fmt.Appendf(nil, `edition="%s"`, p.EVR)) {
			t.Errorf("zypper does not list %s", p.NEVRA())
		}
	}
	t.Logf("zypper: %d packages listed", bytes.Count(listed, []byte("<solvable ")))
}
