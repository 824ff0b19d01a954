package repo

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/deb"
	"cdbuilder/internal/fetch"
	"cdbuilder/internal/judge"
	"cdbuilder/internal/pgp"

	"github.com/google/go-cmp/cmp"
)

var testDate = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// key makes a signing key and returns it with its public part.
func key(t testing.TB) (*pgp.Signer, []byte) {
	t.Helper()
	var secret, public bytes.Buffer
	if err := pgp.Generate("Test Archive", "", "archive@example.org", testDate.AddDate(0, -1, 0), nil, &secret); err != nil {
		t.Fatal(err)
	}
	s, err := pgp.ReadSigner(&secret, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.PublicKey(&public); err != nil {
		t.Fatal(err)
	}
	return s, public.Bytes()
}

func testArchive() Archive {
	return Archive{
		Suite: "demo", Codename: "demo", Origin: "Test", Label: "Test medium", Version: "1.0", Description: "A medium for tests",
		Architectures: []string{"amd64"}, Components: []string{"main"}, Date: testDate,
	}
}

// writeTo makes WriteDists's callback for a directory.
func writeTo(dir string) func(string, []byte) error {
	return func(name string, data []byte) error {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		return os.WriteFile(path, data, 0o644)
	}
}

var testControls = []string{
	"Package: hello\nVersion: 1:2.10-3\nArchitecture: amd64\nMaintainer: T <t@example.org>\nDepends: libhello (>= 1), hello-data\nRecommends: nothing\nSection: misc\nPriority: optional\nDescription: says hello\n It does so\n .\n at length.\n",
	"Package: hello-data\nVersion: 1.0\nArchitecture: all\nMaintainer: T <t@example.org>\nInstalled-Size: 7\nDescription: data\n",
	"Package: libhello\nVersion: 1.5~rc1\nArchitecture: amd64\nMulti-Arch: same\nMaintainer: T <t@example.org>\nProvides: libhello-abi (= 3)\nDescription: library\n",
}

// buildPool makes real packages with dpkg-deb and returns their entries.
func buildPool(t testing.TB, dir string) []Entry {
	t.Helper()
	dpkg := judge.Program(t, "dpkg-deb")
	var entries []Entry
	for _, text := range testControls {
		control, err := deb.ReadParagraph(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		name := control.Get("Package")
		file := fmt.Sprintf("pool/main/%c/%s/%s_1_%s.deb", name[0], name, name, control.Get("Architecture"))
		root := filepath.Join(t.TempDir(), name)
		if err := writeTo(root)("DEBIAN/control", []byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(file)), 0o755); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(dpkg, "--root-owner-group", "--build", root, filepath.Join(dir, file)).CombinedOutput(); err != nil {
			t.Fatalf("dpkg-deb: %v\n%s", err, out)
		}
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, Entry{
			Control: control, Component: "main", Filename: file, Size: int64(len(data)),
			SHA256: fmt.Sprintf("%x", sha256.Sum256(data)), MD5: fmt.Sprintf("%x", md5.Sum(data)),
		})
	}
	return entries
}

// isolatedApt gives an apt that knows nothing of this machine: its root, and
// a way to run its programs.
func isolatedApt(t testing.TB) (root string, run func(program string, args ...string) string) {
	t.Helper()
	root = t.TempDir()
	conf := fmt.Sprintf(`Dir "%[1]s"; Dir::Etc::sourcelist "%[1]s/etc/sources.list"; Dir::Etc::sourceparts "%[1]s/empty"; Dir::Etc::main "-"; Dir::Etc::parts "%[1]s/empty";
Dir::Etc::preferencesparts "%[1]s/empty"; Dir::Etc::trusted "%[1]s/trusted.asc"; Dir::Etc::trustedparts "%[1]s/empty"; Dir::State "%[1]s"; Dir::State::lists "%[1]s/lists";
Dir::State::status "%[1]s/status"; Dir::Cache "%[1]s/cache"; APT::Architecture "amd64"; APT::Architectures "amd64"; APT::Sandbox::User ""; Acquire::Languages "none"; Debug::NoLocking "true";`, root)
	for name, text := range map[string]string{"apt.conf": conf, "status": "", "etc/sources.list": "", "cache/archives/partial/.keep": "", "lists/partial/.keep": "", "empty/.keep": ""} {
		if err := writeTo(root)(name, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	return root, func(program string, args ...string) string {
		t.Helper()
		cmd := exec.Command(judge.Program(t, program), args...)
		cmd.Env = append(os.Environ(), "APT_CONFIG="+root+"/apt.conf", "LC_ALL=C")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %q: %v\n%s", program, args, err, out)
		}
		for line := range strings.Lines(string(out)) {
			if strings.HasPrefix(line, "W:") || strings.HasPrefix(line, "E:") || strings.HasPrefix(line, "N:") {
				t.Errorf("%s %q says %s", program, args, line)
			}
		}
		return string(out)
	}
}

// apt reads what we write: without a word of complaint, with the very keys.
func TestAptReadsOurArchive(t *testing.T) {
	dir := t.TempDir()
	root, run := isolatedApt(t)
	signer, public := key(t)
	if err := WriteDists(testArchive(), buildPool(t, dir), signer, writeTo(dir)); err != nil {
		t.Fatal(err)
	}
	source := fmt.Sprintf("deb [signed-by=%s/key.asc] file:%s demo main\n", root, dir)
	if err := errors.Join(writeTo(root)("key.asc", public), writeTo(root)("etc/sources.list", []byte(source))); err != nil {
		t.Fatal(err)
	}
	if out := run("apt-get", "update"); strings.Contains(out, "Ign:") {
		t.Errorf("apt-get update ignores something:\n%s", out)
	}
	out := run("apt-get", "-s", "install", "hello")
	for _, want := range []string{"Inst libhello (1.5~rc1 Test medium:1.0/demo [amd64])", "Inst hello-data (1.0 Test medium:1.0/demo [all])", "Inst hello (1:2.10-3 Test medium:1.0/demo [amd64])"} {
		if !strings.Contains(out, want) {
			t.Errorf("apt-get -s install does not say %q:\n%s", want, out)
		}
	}
}

// A medium with this tree is one that apt-cdrom takes.
func TestAptCdromTakesOurArchive(t *testing.T) {
	dir := t.TempDir()
	root, run := isolatedApt(t)
	signer, public := key(t)
	if err := WriteDists(testArchive(), buildPool(t, dir), signer, writeTo(dir)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(writeTo(root)("trusted.asc", public), writeTo(dir)(".disk/info", []byte("Test medium 1.0\n"))); err != nil {
		t.Fatal(err)
	}
	run("apt-cdrom", "--no-auto-detect", "--no-mount", "-d", dir, "add")
	sources, err := os.ReadFile(root + "/etc/sources.list")
	if err != nil || !strings.Contains(string(sources), "deb cdrom:[Test medium 1.0]/ demo main") {
		t.Errorf("sources.list: %q, %v", sources, err)
	}
	if out := run("apt-get", "-s", "install", "hello"); !strings.Contains(out, "Inst hello (1:2.10-3 Test medium:1.0/demo [amd64])") {
		t.Errorf("apt-get -s install: %s", out)
	}
}

// apt-ftparchive says the same of the same pool.
func TestPackagesAgreesWithAptFtparchive(t *testing.T) {
	ftparchive := judge.Program(t, "apt-ftparchive")
	dir := t.TempDir()
	if err := WriteDists(testArchive(), buildPool(t, dir), nil, writeTo(dir)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(ftparchive, "--md5", "--no-sha1", "-o", "APT::FTPArchive::SHA512=false", "packages", "pool")
	cmd.Dir = dir
	theirs, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	ours, err := os.ReadFile(dir + "/dists/demo/main/binary-amd64/Packages")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(stanzas(t, theirs), stanzas(t, ours)); diff != "" {
		t.Error(diff)
	}
}

// stanzas reads an index as maps, by package.
func stanzas(t testing.TB, data []byte) map[string]map[string]string {
	t.Helper()
	out := make(map[string]map[string]string)
	for p, err := range deb.ReadParagraphs(bytes.NewReader(data)) {
		if err != nil {
			t.Fatal(err)
		}
		fields := make(map[string]string)
		for _, f := range p.Fields {
			fields[f.Name] = f.Value
		}
		out[p.Get("Package")] = fields
	}
	return out
}

func TestWriteDistsIsReadBackAndTheSameEachTime(t *testing.T) {
	dir := t.TempDir()
	signer, public := key(t)
	entries := buildPool(t, dir)
	entries[0].Section, entries[0].Priority = "utils", "important"
	first := make(map[string]string)
	var order []string
	err := WriteDists(testArchive(), entries, signer, func(name string, data []byte) error {
		first[name] = string(data)
		order = append(order, name)
		return writeTo(dir)(name, data)
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"main/binary-amd64/Packages", "main/binary-amd64/Packages.gz", "main/binary-amd64/Release", "Release", "Release.gpg", "InRelease"}
	for i := range want {
		want[i] = "dists/demo/" + want[i]
	}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Error(diff)
	}
	reversed := []Entry{entries[2], entries[0], entries[1]}
	err = WriteDists(testArchive(), reversed, signer, func(name string, data []byte) error {
		if diff := cmp.Diff(first[name], string(data)); diff != "" {
			t.Errorf("%s differs: %s", name, diff)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	ring, err := pgp.ReadKeyring(bytes.NewReader(public))
	if err != nil {
		t.Fatal(err)
	}
	for _, withoutInRelease := range []bool{false, true} {
		if withoutInRelease {
			if err := os.Remove(dir + "/dists/demo/InRelease"); err != nil {
				t.Fatal(err)
			}
		}
		src := Source{ID: "medium", Base: "file://" + dir, Suites: []string{"demo"}, Components: []string{"main"}, Arch: "amd64", Keys: ring, Pin: 7}
		pkgs, err := Load(t.Context(), &fetch.Client{Dir: t.TempDir()}, src, Options{Now: testDate})
		if err != nil {
			t.Fatal(err)
		}
		if len(pkgs) != 3 || pkgs[0].ID() != "hello_1:2.10-3_amd64" || pkgs[0].Section != "utils" || pkgs[0].Priority != "important" ||
			pkgs[0].Pin != 7 || pkgs[1].Installed != 7*1024 || pkgs[2].Provides[0].String() != "libhello-abi (= 3)" {
			t.Errorf("read back: %+v", pkgs)
		}
	}
}

func TestWriteDistsReportsAllFaultsBeforeWriting(t *testing.T) {
	good := Entry{
		Control:   deb.Paragraph{Fields: []deb.Field{{Name: "Package", Value: "a"}, {Name: "Version", Value: "1"}, {Name: "Architecture", Value: "amd64"}}},
		Component: "main", Filename: "pool/a.deb", Size: 1, SHA256: strings.Repeat("a", 64),
	}
	bad := good
	bad.Filename = "../a.deb"
	same := good
	same.Filename = "pool/b.deb"
	weak := good
	weak.Control = deb.Paragraph{Fields: []deb.Field{{Name: "Package", Value: "b"}, {Name: "Version", Value: "1"}, {Name: "Architecture", Value: "all"}}}
	weak.SHA256 = ""
	a := testArchive()
	a.Label, a.Date = "two\nlines", time.Time{}
	err := WriteDists(a, []Entry{good, bad, same, weak}, nil, func(string, []byte) error { t.Error("written"); return nil })
	for _, want := range []string{
		`"two\nlines" cannot stand in a Release file`, "it has no date", `package file "../a.deb": is not a path below the archive`,
		`package file "pool/b.deb": is a_1_amd64, and so is pool/a.deb`, `SHA256 "" is not a digest of 32 bytes`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
	full := fmt.Errorf("disk: %w", fs.ErrPermission)
	if err := WriteDists(testArchive(), []Entry{good}, nil, func(string, []byte) error { return full }); err == nil || !strings.Contains(err.Error(), "writing dists/demo/main/binary-amd64/Packages: disk: permission denied") {
		t.Errorf("got %v", err)
	}
}
