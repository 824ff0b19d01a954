package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/product"
	"cdbuilder/internal/repo"

	"github.com/google/go-cmp/cmp"
)

// apt is an apt of its own: a root with no package installed and one source.
type apt struct{ conf []string }

func newApt(t *testing.T, source string) apt {
	t.Helper()
	top := t.TempDir()
	for _, dir := range []string{"state/lists/partial", "cache/archives/partial", "etc/apt.conf.d", "etc/preferences.d", "etc/trusted.gpg.d"} {
		if err := os.MkdirAll(filepath.Join(top, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"status": "", "sources.list": source + "\n"} {
		if err := os.WriteFile(filepath.Join(top, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	a := apt{}
	for _, o := range []string{
		"Dir=" + top, "Dir::State=" + top + "/state", "Dir::State::status=" + top + "/status", "Dir::Cache=" + top + "/cache",
		"Dir::Etc=" + top + "/etc", "Dir::Etc::sourcelist=" + top + "/sources.list", "APT::Architecture=amd64",
		"APT::Architectures::=amd64", "APT::Sandbox::User=root", "APT::Install-Recommends=false", "Acquire::Languages=none",
	} {
		a.conf = append(a.conf, "-o", o)
	}
	out := a.get(t, "update")
	if regexp.MustCompile(`(?m)^[WE]:`).MatchString(out) {
		t.Errorf("apt-get update complains:\n%s", out)
	}
	return a
}

func (a apt) get(t *testing.T, args ...string) string {
	t.Helper()
	return ask(t, slices.Concat([]string{"apt-get"}, a.conf, args)...)
}

func (a apt) simulate(t *testing.T, names []string) (installed []string) {
	t.Helper()
	out := a.get(t, append([]string{"-s", "install"}, names...)...)
	for _, m := range regexp.MustCompile(`(?m)^Inst (\S+) \((\S+)`).FindAllStringSubmatch(out, -1) {
		installed = append(installed, m[1]+" "+m[2])
	}
	slices.Sort(installed)
	return installed
}

// lock reads the lock beside the ISO.
func lock(t *testing.T, iso string) *pkgset.Lock {
	t.Helper()
	path := filepath.Join(filepath.Dir(iso), "packages.lock")
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	l, err := pkgset.DecodeLock(f, path)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// For what the demo's kickstarts ask for, apt chooses the very packages that
// are on the medium.
func TestDemoSetIsAptsChoice(t *testing.T) {
	judge.Slow(t)
	p, iso := demo(t)
	r := p.Repository[0]
	base, err := repo.Base(product.Repository{Mirror: r.Mirror, Archive: r.Archive}, os.DirFS("/"), os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	judge.Network(t, repo.URL(base, "dists/"+r.Suites[0]+"/InRelease"))
	ring := filepath.Join(t.TempDir(), "keys.asc")
	var keys []byte
	for _, key := range r.Keys {
		data, err := os.ReadFile(p.Join(key))
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, data...)
	}
	if err := os.WriteFile(ring, keys, 0o644); err != nil {
		t.Fatal(err)
	}
	var names, want []string
	for _, l := range lock(t, iso).Package {
		if l.Role != "medium" {
			continue
		}
		want = append(want, l.Name+" "+l.Version)
		if strings.HasPrefix(l.Why, "asked for") || l.Why == "essential" || strings.HasPrefix(l.Why, "priority") {
			names = append(names, l.Name)
		}
	}
	slices.Sort(want)
	a := newApt(t, fmt.Sprintf("deb [signed-by=%s] %s %s %s", ring, base, r.Suites[0], strings.Join(r.Components, " ")))
	if diff := cmp.Diff(a.simulate(t, names), want); diff != "" {
		t.Errorf("the medium differs from apt's choice (-apt +medium):\n%s", diff)
	}
	t.Logf("%d names asked for, %d packages, the same as apt's", len(names), len(want))
}

// The medium is a repository that apt trusts by the product's key alone, and
// that is complete in itself.
func TestAptInstallsFromTheMedium(t *testing.T) {
	judge.Slow(t)
	p, iso := demo(t)
	medium := filepath.Join(t.TempDir(), "medium")
	ask(t, "xorriso", "-no_rc", "-osirrox", "on", "-indev", iso, "-extract", "/", medium)
	a := newApt(t, fmt.Sprintf("deb [signed-by=%s/keys/%s.asc] file:%s %s main", medium, p.Product.ID, medium, p.Target.Suite))
	var names, want []string
	for _, l := range lock(t, iso).Package {
		if l.Role == "medium" {
			names = append(names, l.Name)
			want = append(want, l.Name+" "+l.Version)
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, a.simulate(t, names)); diff != "" {
		t.Errorf("what apt would install of the medium (-all +apt):\n%s", diff)
	}
}
