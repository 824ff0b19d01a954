package debian

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"cdbuilder/internal/deb"
	"cdbuilder/internal/judge"
	"cdbuilder/internal/pkgset"
)

// apt is an apt-get of this machine with a directory tree of its own: an empty
// system of one architecture and one repository.
type apt struct {
	program string
	dir     string
	key     string // digest of the index and of apt's version
}

// newApt sets a tree up for a flat repository that holds just the given index.
func newApt(t testing.TB, dir string, packages []byte, archs ...string) *apt {
	t.Helper()
	a := &apt{program: judge.Program(t, "apt-get"), dir: dir}
	sum := sha256.Sum256(packages)
	a.key = fmt.Sprintf("%x %s %s ", sum, aptVersion(t, a.program), archs)
	for _, sub := range []string{"etc/apt.conf.d", "etc/preferences.d", "etc/sources.list.d", "etc/trusted.gpg.d", "state/lists/partial", "cache/archives/partial", "repo"} {
		mkdir(t, filepath.Join(dir, sub))
	}
	write(t, filepath.Join(dir, "status"), nil)
	write(t, filepath.Join(dir, "repo", "Packages"), packages)
	write(t, filepath.Join(dir, "etc", "sources.list"), []byte("deb [trusted=yes] file:"+filepath.Join(dir, "repo")+" ./\n"))
	conf := fmt.Sprintf(`Dir "%[1]s"; Dir::Etc "%[1]s/etc"; Dir::Etc::main "apt.conf"; Dir::Etc::parts "apt.conf.d";
Dir::Etc::sourcelist "sources.list"; Dir::Etc::sourceparts "sources.list.d"; Dir::Etc::preferencesparts "preferences.d";
Dir::Etc::trustedparts "trusted.gpg.d"; Dir::State "%[1]s/state"; Dir::State::status "%[1]s/status"; Dir::Cache "%[1]s/cache"; Dir::Log "%[1]s";
APT::Architecture "amd64"; APT::Architectures { "%[2]s"; }; Acquire::Languages "none"; APT::Sandbox::User ""; Debug::NoLocking "true";
`, dir, strings.Join(append([]string{"amd64"}, archs...), `"; "`))
	write(t, filepath.Join(dir, "apt.conf"), []byte(conf))
	// What apt-get update would do for a file: source.
	list := strings.ReplaceAll(filepath.Join(dir, "repo")+"/./Packages", "/", "_")
	if err := os.Symlink(filepath.Join(dir, "repo", "Packages"), filepath.Join(dir, "state", "lists", list)); err != nil {
		t.Fatal(err)
	}
	return a
}

func aptVersion(t testing.TB, program string) string {
	t.Helper()
	out, err := exec.Command(program, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return line
}

// ask runs apt-get, or gives the answer it gave to the same question before:
// answers are kept in the build cache by apt's version, the index and the
// arguments, which is all that they depend on.
func (a *apt) ask(t testing.TB, args ...string) (string, error) {
	t.Helper()
	key := sha256.Sum256([]byte(a.key + strings.Join(args, " ")))
	file := filepath.Join(judge.Repository(t), "build", "cache", "judge", "apt", hex.EncodeToString(key[:12]))
	if kept, err := os.ReadFile(file); err == nil {
		if out, failed := strings.CutPrefix(string(kept), "failed\n"); failed {
			return out, errors.New("apt-get failed")
		}
		return string(kept), nil
	}
	cmd := exec.Command(a.program, args...)
	cmd.Env = []string{"APT_CONFIG=" + filepath.Join(a.dir, "apt.conf"), "LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	out, err := cmd.CombinedOutput()
	kept := out
	if err != nil {
		kept = append([]byte("failed\n"), out...)
	}
	mkdir(t, filepath.Dir(file))
	write(t, file, kept)
	return string(out), err
}

// choose asks what apt would fetch for an installation, as name=version; that
// is half the work of simulating it.
func (a *apt) choose(t testing.TB, recommends bool, names ...string) (map[string]bool, string, error) {
	t.Helper()
	out, err := a.ask(t, append([]string{"--print-uris", "-qq", "-y", recommending(recommends), "install", "--"}, names...)...)
	chosen := make(map[string]bool)
	for line := range strings.Lines(out) {
		words := strings.Fields(line)
		if len(words) < 3 || !strings.HasPrefix(line, "'") {
			continue
		}
		parts := strings.Split(words[1], "_")
		if version, err := url.PathUnescape(parts[1]); err == nil {
			chosen[parts[0]+"="+version] = true
		}
	}
	return chosen, out, err
}

func recommending(yes bool) string {
	if yes {
		return "--install-recommends"
	}
	return "--no-install-recommends"
}

// install simulates an installation and returns what apt would install, as
// name=version.
func (a *apt) install(t testing.TB, recommends bool, names ...string) (map[string]bool, string, error) {
	t.Helper()
	out, err := a.ask(t, append([]string{"-s", "-q", recommending(recommends), "install", "--"}, names...)...)
	chosen := make(map[string]bool)
	for line := range strings.Lines(out) {
		if rest, ok := strings.CutPrefix(line, "Inst "); ok {
			name, rest, _ := strings.Cut(rest, " (") // "c (1.0 localhost [i386])"; a foreign one is "c:i386"
			version, _, _ := strings.Cut(rest, " ")
			chosen[name+"="+version] = true
		}
	}
	return chosen, out, err
}

// aptName is a package as apt lists it: name=version, a foreign one with its
// architecture.
func aptName(p *pkgset.Package) string {
	if p.Arch != "amd64" && p.Arch != "all" {
		return p.Name + ":" + p.Arch + "=" + p.Version
	}
	return p.Name + "=" + p.Version
}

// paragraph writes a package as its stanza in an index.
func paragraph(w io.Writer, p *pkgset.Package) {
	field := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s: %s\n", name, value)
		}
	}
	field("Package", p.Name)
	field("Version", p.Version)
	field("Architecture", p.Arch)
	field("Priority", p.Priority)
	field("Multi-Arch", p.MultiArch)
	if p.Essential {
		field("Essential", "yes")
	}
	clauses := func(name string, list []pkgset.Clause) {
		parts := make([]string, len(list))
		for i, c := range list {
			parts[i] = c.String()
		}
		field(name, strings.Join(parts, ", "))
	}
	deps := func(name string, list []pkgset.Dep) {
		parts := make([]string, len(list))
		for i, d := range list {
			parts[i] = d.String()
		}
		field(name, strings.Join(parts, ", "))
	}
	clauses("Pre-Depends", p.PreDepends)
	clauses("Depends", p.Depends)
	clauses("Recommends", p.Recommends)
	clauses("Suggests", p.Suggests)
	clauses("Enhances", p.Enhances)
	deps("Conflicts", p.Conflicts)
	deps("Breaks", p.Breaks)
	deps("Replaces", p.Replaces)
	deps("Provides", p.Provides)
	fmt.Fprintf(w, "Filename: ./%s.deb\nSize: 1000\nSHA256: %064d\nDescription: for the judge\n\n", p.ID(), len(p.Name))
}

// readPackages reads an index as a repository reader would.
func readPackages(t testing.TB, r io.Reader) *pkgset.Set {
	t.Helper()
	set := new(pkgset.Set)
	for para, err := range deb.ReadParagraphs(r) {
		if err != nil {
			t.Fatal(err)
		}
		set.Add(readPackage(t, para.Get))
	}
	return set
}

func readPackage(t testing.TB, get func(string) string) *pkgset.Package {
	t.Helper()
	p := &pkgset.Package{
		Name: get("Package"), Version: get("Version"), Arch: get("Architecture"), Repo: "debian", Suite: "trixie",
		Priority: get("Priority"), Section: get("Section"), Essential: get("Essential") == "yes", MultiArch: get("Multi-Arch"),
	}
	for field, list := range map[string]*[]pkgset.Clause{"Pre-Depends": &p.PreDepends, "Depends": &p.Depends,
		"Recommends": &p.Recommends, "Suggests": &p.Suggests, "Enhances": &p.Enhances} {
		var err error
		if *list, err = deb.ParseClauses(get(field)); err != nil {
			t.Fatalf("%s: %s: %v", p.Name, field, err)
		}
	}
	for field, list := range map[string]*[]pkgset.Dep{"Conflicts": &p.Conflicts, "Breaks": &p.Breaks,
		"Replaces": &p.Replaces, "Provides": &p.Provides} {
		var err error
		if *list, err = deb.ParseDeps(get(field)); err != nil {
			t.Fatalf("%s: %s: %v", p.Name, field, err)
		}
	}
	return p
}

var trixie struct {
	once sync.Once
	raw  []byte
	set  *pkgset.Set
}

// loadTrixie gives the whole of trixie main for amd64, from the mirror that
// this machine's apt is set up with; it is kept in the build cache.
func loadTrixie(t testing.TB) (*pkgset.Set, []byte) {
	t.Helper()
	trixie.once.Do(func() {
		file := os.Getenv("CDB_TRIXIE_PACKAGES")
		if file == "" {
			file = filepath.Join(judge.Repository(t), "build", "cache", "judge", "trixie-main-amd64-Packages")
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			raw = fetchPackages(t, mirror(t)+"/dists/trixie/main/binary-amd64/Packages.xz")
			mkdir(t, filepath.Dir(file))
			write(t, file+".new", raw)
			if err := os.Rename(file+".new", file); err != nil {
				t.Fatal(err)
			}
		}
		trixie.raw = raw
		trixie.set = readPackages(t, bytes.NewReader(raw))
	})
	if trixie.set == nil {
		t.Skip("trixie could not be loaded")
	}
	return trixie.set, trixie.raw
}

// mirror finds the first Debian mirror of this machine's apt.
func mirror(t testing.TB) string {
	t.Helper()
	files, err := filepath.Glob("/etc/apt/sources.list.d/*.sources")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, "/etc/apt/sources.list") {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
			words := strings.Fields(s.Text())
			if i := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "http") }); i >= 0 &&
				(words[0] == "URIs:" || words[0] == "deb") && strings.HasSuffix(strings.TrimRight(words[i], "/"), "/debian") {
				return strings.TrimRight(words[i], "/")
			}
		}
	}
	t.Skip("this machine's apt names no Debian mirror")
	return ""
}

func fetchPackages(t testing.TB, from string) []byte {
	t.Helper()
	judge.Network(t, from)
	resp, err := http.Get(from)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", from, resp.Status)
	}
	cmd := exec.CommandContext(context.Background(), judge.Program(t, "xz"), "-dc")
	cmd.Stdin = resp.Body
	raw, err := cmd.Output()
	if err != nil {
		t.Fatalf("unpacking %s: %v", from, err)
	}
	return raw
}

func mkdir(t testing.TB, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
}

func write(t testing.TB, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o666); err != nil {
		t.Fatal(err)
	}
}
