package rpm

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/pgp"
	"cdbuilder/internal/pkgset"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/google/go-cmp/cmp"
)

const stamp = 1_700_000_000

func mustDep(t testing.TB, s string) Dep {
	t.Helper()
	d, err := ParseDep(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// sample is a package with something of everything.
func sample(t testing.TB) *Build {
	t.Helper()
	b := &Build{
		Package: Package{
			Name: "story", EVR: EVR{"2", "1.0~rc1", "3.el7"}, Arch: "x86_64", Summary: "A story", Description: "A story\nof two lines.",
			License: "MIT", URL: "https://example.org/", Vendor: "Example", Group: "Amusements", Packager: "Teller", BuildHost: "build.example.org",
			BuildTime:  stamp,
			Requires:   []Dep{{Name: "/bin/sh"}, mustDep(t, "libc >= 2.17"), mustDep(t, "(a if b else c)")},
			Provides:   []Dep{mustDep(t, "tale = 1")},
			Conflicts:  []Dep{mustDep(t, "silence < 2")},
			Obsoletes:  []Dep{mustDep(t, "fable <= 1:3-4")},
			Recommends: []Dep{{Name: "tea"}}, Suggests: []Dep{{Name: "biscuit"}},
			Supplements: []Dep{mustDep(t, "(fire and evening)")}, Enhances: []Dep{{Name: "winter"}},
			Changelog: []Change{{"A Teller <teller@example.org> - 1.0-3", stamp - 1000, "- told again"}, {"A Teller <teller@example.org> - 1.0-2", stamp - 90000, "- told"}},
		},
		Scriptlets: []Scriptlet{
			{Phase: "pre", Body: "echo pre $1 >> /var/log/story\n"},
			{Phase: "post", Interp: []string{"/bin/sh", "-e"}, Body: "echo post $1 >> /var/log/story\n"},
			{Phase: "posttrans", Interp: []string{"<lua>"}, Body: "print('told')"},
		},
		Triggers: []Trigger{
			{On: []Dep{{Name: "bash", Flags: SenseTriggerIn}, {Name: "zsh", Op: pkgset.GE, EVR: EVR{Version: "5"}, Flags: SenseTriggerIn}}, Body: "echo bash"},
			{Kind: OnFile, On: []Dep{{Name: "/usr/lib/story", Flags: SenseTriggerIn}}, Body: "cat", Priority: 1000},
			{Kind: OnFileAtTheEnd, On: []Dep{{Name: "/usr/share/story", Flags: SenseTriggerUn}}, Body: "cat", Interp: []string{"<lua>"}, Priority: 2000},
		},
		Contents: []Content{
			{Path: "/usr/share/story/text", Mode: 0o100644, Size: 12, ModTime: stamp, Open: Bytes("once upon a\n")},
			{Path: "/usr/share/story", Mode: 0o040755, ModTime: stamp},
			{Path: "/usr/bin/story", Mode: 0o104755, Size: 10, ModTime: stamp, Open: Bytes("#!/bin/sh\n")},
			{Path: "/usr/bin/tell", Mode: 0o120777, LinkTo: "story", ModTime: stamp},
			{Path: "/etc/story.conf", Mode: 0o100640, Size: 4, ModTime: stamp, User: "root", Group: "root", Flags: FileConfig | FileNoReplace, Open: Bytes("a=1\n")},
			{Path: "/var/log/story", Mode: 0o100644, ModTime: stamp, Flags: FileGhost},
			{Path: "/usr/share/story/empty", Mode: 0o100644, ModTime: stamp, Flags: FileDoc},
		},
	}
	return b
}

// testSigner makes a key and writes its public half to a file.
func testSigner(t testing.TB) (s *pgp.Signer, public string) {
	t.Helper()
	var secret bytes.Buffer
	if err := pgp.Generate("Teller", "", "teller@example.org", time.Unix(stamp-100, 0), nil, &secret); err != nil {
		t.Fatal(err)
	}
	s, err := pgp.ReadSigner(&secret, nil)
	if err != nil {
		t.Fatal(err)
	}
	public = filepath.Join(t.TempDir(), "key.asc")
	var key bytes.Buffer
	if err := s.PublicKey(&key); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(public, key.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return s, public
}

// must runs a program and gives its output.
func must(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(judge.Program(t, name), args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestRPMReadsWhatIsWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "story.rpm")
	b := sample(t)
	if err := b.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	const format = `%{NEVRA}|%{SUMMARY}|%{DESCRIPTION}|%{LICENSE}|%{URL}|%{VENDOR}|%{GROUP}|%{PACKAGER}|%{BUILDHOST}|%{BUILDTIME}|%{SOURCERPM}
%{SIZE} %{ARCHIVESIZE} %{PAYLOADCOMPRESSOR} %{PAYLOADFLAGS}
[P %{PROVIDENEVRS}\n][C %{CONFLICTNEVRS}\n][O %{OBSOLETENEVRS}\n][r %{RECOMMENDNEVRS}\n][s %{SUGGESTNEVRS}\n][S %{SUPPLEMENTNEVRS}\n][e %{ENHANCENEVRS}\n][R %{REQUIRENEVRS} %{REQUIREFLAGS:deptype}\n][F %{FILENAMES} %{FILEMODES:perms} %{FILESIZES} %{FILEUSERNAME}:%{FILEGROUPNAME} %{FILEFLAGS:fflags} %{FILELINKTOS} %{FILEMTIMES}\n][%{CHANGELOGTIME} %{CHANGELOGNAME}: %{CHANGELOGTEXT}\n]%{PREIN}%{POSTIN}[%{POSTINPROG} ]|%{POSTTRANS}|%{POSTTRANSPROG}
[%{TRIGGERNAME} %{TRIGGERINDEX} %{TRIGGERVERSION}\n][%{TRIGGERTYPE}: %{TRIGGERCONDS}\n][%{FILETRIGGERTYPE}: %{FILETRIGGERCONDS} %{FILETRIGGERPRIORITIES}\n][%{TRANSFILETRIGGERTYPE}: %{TRANSFILETRIGGERCONDS} %{TRANSFILETRIGGERSCRIPTPROG}\n]`
	want := `story-2:1.0~rc1-3.el7.x86_64|A story|A story
of two lines.|MIT|https://example.org/|Example|Amusements|Teller|build.example.org|1700000000|story-1.0~rc1-3.el7.src.rpm
26 944 zstd 3
P story = 2:1.0~rc1-3.el7
P story(x86-64) = 2:1.0~rc1-3.el7
P tale = 1
C silence < 2
O fable <= 1:3-4
r tea
s biscuit
S (fire and evening)
e winter
R (a if b else c) manual
R /bin/sh manual
R /bin/sh interp
R /bin/sh pre,interp
R /bin/sh post,interp
R libc >= 2.17 manual
R rpmlib(BuiltinLuaScripts) <= 4.2.2-1 rpmlib
R rpmlib(CompressedFileNames) <= 3.0.4-1 rpmlib
R rpmlib(FileDigests) <= 4.6.0-1 rpmlib
R rpmlib(PayloadFilesHavePrefix) <= 4.0-1 rpmlib
R rpmlib(PayloadIsZstd) <= 5.4.18-1 rpmlib
R rpmlib(RichDependencies) <= 4.12.0-1 rpmlib
R rpmlib(ScriptletInterpreterArgs) <= 4.0.3-1 rpmlib
R rpmlib(TildeInVersions) <= 4.10.0-1 rpmlib
F /etc/story.conf -rw-r----- 4 root:root cn  1700000000
F /usr/bin/story -rwsr-xr-x 10 root:root   1700000000
F /usr/bin/tell lrwxrwxrwx 5 root:root  story 1700000000
F /usr/share/story drwxr-xr-x 0 root:root   1700000000
F /usr/share/story/empty -rw-r--r-- 0 root:root d  1700000000
F /usr/share/story/text -rw-r--r-- 12 root:root   1700000000
F /var/log/story -rw-r--r-- 0 root:root g  1700000000
1699999000 A Teller <teller@example.org> - 1.0-3: - told again
1699910000 A Teller <teller@example.org> - 1.0-2: - told
echo pre $1 >> /var/log/story
echo post $1 >> /var/log/story
/bin/sh -e |print('told')|<lua>
bash 0 
zsh 0 5
in: bash, zsh >= 5
in: /usr/lib/story 1000
un: /usr/share/story <lua>
`
	got := must(t, "rpm", "-qp", "--qf", format, path)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("rpm reads (-want +got):\n%s", d)
	}
}

func TestWritingIsDeterministic(t *testing.T) {
	s, _ := testSigner(t)
	var first []byte
	for range 2 {
		b := sample(t)
		b.Signer = s
		path := filepath.Join(t.TempDir(), "x.rpm")
		if err := b.WriteFile(path); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if first != nil && !bytes.Equal(first, data) {
			t.Error("the second time it is another file")
		}
		first = data
	}
}

func TestRPMChecksAndInstallsWhatIsWritten(t *testing.T) {
	judge.Root(t)
	s, public := testSigner(t)
	for _, compressor := range []string{"zstd", "gzip", "none"} {
		t.Run(compressor, func(t *testing.T) {
			dir, root := t.TempDir(), t.TempDir()
			b := sample(t)
			b.Compressor, b.Signer = compressor, s
			b.Scriptlets, b.Requires = b.Scriptlets[2:], nil
			path := filepath.Join(dir, b.FileName())
			if err := b.WriteFile(path); err != nil {
				t.Fatal(err)
			}
			db := filepath.Join(root, "var/lib/rpm")
			at := []string{"--root", root, "--dbpath", "/var/lib/rpm"}
			if err := os.MkdirAll(db, 0o755); err != nil {
				t.Fatal(err)
			}
			must(t, "rpmkeys", append(at, "--import", public)...)
			out := must(t, "rpmkeys", append(at, "-Kv", "--define", "_pkgverify_level all", path)...)
			if strings.Count(out, "EdDSA/SHA256 Signature") != 2 || strings.Contains(out, "BAD") || strings.Contains(out, "NOKEY") || strings.Contains(out, "NOTFOUND") {
				t.Errorf("rpmkeys says:\n%s", out)
			}
			must(t, "rpm", append(at, "-i", "--nodeps", path)...)
			if out := must(t, "rpm", append(at, "-V", "--nodeps", "--noscripts", "story")...); strings.TrimSpace(out) != "" {
				t.Errorf("rpm -V says:\n%s", out)
			}
			text, err := os.ReadFile(filepath.Join(root, "usr/share/story/text"))
			if err != nil || string(text) != "once upon a\n" {
				t.Errorf("the file has %q, %v", text, err)
			}
			if to, err := os.Readlink(filepath.Join(root, "usr/bin/tell")); err != nil || to != "story" {
				t.Errorf("the link goes to %q, %v", to, err)
			}
		})
	}
}

func TestRefusesToWrite(t *testing.T) {
	b := sample(t)
	b.Name, b.EVR.Version, b.Compressor, b.License = "a b", "1-2", "xz", ""
	b.Scriptlets = []Scriptlet{{Phase: "later"}}
	b.Triggers = []Trigger{{}}
	b.Contents = append(b.Contents, Content{Path: "rel"}, Content{Path: "/a/../b", Mode: 0o100644}, Content{Path: "/x", Mode: 0o140644}, b.Contents[0])
	err := b.Validate()
	for _, want := range []string{`name "a b"`, `version "1-2"`, `compressor "xz"`, "license", "%later", "trigger 1", "rel: not", "/a/../b: not", "/x: mode", "text: twice"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in:\n%v", want, err)
		}
	}
	b = sample(t)
	b.Contents[0].Size++
	path := filepath.Join(t.TempDir(), "x.rpm")
	if err := b.WriteFile(path); err == nil || !strings.Contains(err.Error(), "promised") {
		t.Errorf("a file shorter than promised: %v", err)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func ExampleParseDep() {
	d, _ := ParseDep("(kernel >= 4.18 if grub2 else zipl)")
	d.All(func(part Dep) { fmt.Println(part) })
	// Output:
	// kernel >= 4.18
	// grub2
	// zipl
}

func TestLargeFilesAreStripped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.rpm")
	b := sample(t)
	b.newcLimit = 5 // instead of 4 GiB
	if err := b.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	if out := must(t, "rpm", "-qp", "--qf", "%{ARCHIVESIZE} [%{LONGFILESIZES} ][%{REQUIRENAME} ]", path); !strings.HasPrefix(out, "256 4 10 5 0 0 12 0 ") || !strings.Contains(out, "rpmlib(LargeFiles)") {
		t.Errorf("rpm says %s", out)
	}
	must(t, "rpmkeys", "-K", "--define", "_pkgverify_level digest", path)
	if files, size, err := readPayload(path); files != 6 || size != 26 || err != nil {
		t.Errorf("%d files, %d bytes, %v", files, size, err)
	}
	judge.Root(t)
	root := t.TempDir()
	must(t, "rpm", "--root", root, "--dbpath", "/var/lib/rpm", "-i", "--nodeps", "--noscripts", path)
	if text, err := os.ReadFile(filepath.Join(root, "usr/share/story/text")); string(text) != "once upon a\n" {
		t.Errorf("the file has %q, %v", text, err)
	}
}

// rsaSigner makes an RSA key, for the tags that hold its signatures.
func rsaSigner(t *testing.T) (s *pgp.Signer, public string) {
	t.Helper()
	e, err := openpgp.NewEntity("Old Teller", "", "old@example.org", &packet.Config{RSABits: 2048, Time: func() time.Time { return time.Unix(stamp-100, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	e.Subkeys = nil
	var secret, key bytes.Buffer
	if err := e.SerializePrivateWithoutSigning(&secret, nil); err != nil {
		t.Fatal(err)
	}
	if s, err = pgp.ReadSigner(&secret, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.PublicKey(&key); err != nil {
		t.Fatal(err)
	}
	public = filepath.Join(t.TempDir(), "rsa.asc")
	return s, writeFile(t, public, key.Bytes())
}

func writeFile(t testing.TB, path string, data []byte) string {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSigningAnew(t *testing.T) {
	first, firstKey := testSigner(t)
	second, secondKey := rsaSigner(t)
	db := t.TempDir()
	must(t, "rpmkeys", "--dbpath", db, "--import", secondKey)
	b := sample(t)
	b.Signer = first
	path := filepath.Join(t.TempDir(), "x.rpm")
	if err := b.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out bytes.Buffer
	if err := Sign(&out, f, second, time.Unix(stamp+5, 0)); err != nil {
		t.Fatal(err)
	}
	signed := writeFile(t, path+".signed", out.Bytes())
	if text := must(t, "rpmkeys", "--dbpath", db, "-Kv", signed); strings.Count(text, "V4 RSA/SHA256 Signature") != 2 || strings.Contains(text, "EdDSA") {
		t.Errorf("rpmkeys says:\n%s", text)
	}
	for key, want := range map[string]bool{firstKey: false, secondKey: true} {
		data, _ := os.ReadFile(key)
		keys, err := ReadKeys(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		_, rep, err := verifyFile(signed, keys)
		if err != nil {
			t.Fatal(err)
		}
		if signer, err := rep.Trusted(); (err == nil) != want {
			t.Errorf("%s: trusted by %q, %v", filepath.Base(key), signer, err)
		}
	}
	// One bit of the payload, and nobody signs it.
	broken := bytes.Clone(out.Bytes())
	broken[len(broken)-1] ^= 1
	if err := Sign(new(bytes.Buffer), bytes.NewReader(broken), second, time.Unix(stamp, 0)); !errors.Is(err, ErrVerify) {
		t.Errorf("a damaged package is signed: %v", err)
	}
}
