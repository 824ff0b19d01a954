package product

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cdbuilder/internal/judge"
)

var update = flag.Bool("update", false, "write the golden files anew")

// good is a file with every required key and nothing else.
const good = `[product]
id = "CDdemo"
name = "Demo server"
[release]
series = "13R"
base = "Debian-13"
date = 2026-11-20
stage = "Beta"
number = 1
[target]
suite = "trixie"
version = "13"
[[repository]]
id = "debian"
suites = ["trixie"]
keys = ["keys/archive.asc"]
[signing]
key = "keys/own.asc"
`

func none(string) string { return "" }

// TestEverythingWrongIsReportedAtOnce compares with a golden file what a file
// with a fault in nearly every line gives.
func TestEverythingWrongIsReportedAtOnce(t *testing.T) {
	data, err := os.ReadFile("testdata/bad.toml")
	if err != nil {
		t.Fatal(err)
	}
	_, err = Parse("version.toml", data)
	if err == nil {
		t.Fatal("accepted")
	}
	got := err.Error() + "\n"
	if *update {
		if err := os.WriteFile("testdata/bad.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/bad.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

func TestDefaults(t *testing.T) {
	f, err := Parse("version.toml", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	want := &File{
		Product: Product{ID: "CDdemo", Name: "Demo server", Summary: "Demo server"},
		Release: Release{Series: "13R", Base: "Debian-13", Date: NewDate(2026, 11, 20), Stage: "Beta", Number: 1},
		Target:  Target{Family: "debian", Suite: "trixie", Version: "13", Arch: "amd64", Kickstart: "RHEL9"},
		Repository: []Repository{{ID: "debian", Mirror: "host", Archive: "debian", Suites: []string{"trixie"},
			Components: []string{"main"}, Keys: []string{"keys/archive.asc"}}},
		Installer: Installer{Kind: "stage2", Kernel: "linux-image-amd64", Shell: "busybox-static"},
		Boot: Boot{Firmware: []string{"bios", "uefi"}, Default: "local", Packages: []string{"isolinux", "syslinux-common",
			"shim-signed", "grub-efi-amd64-signed", "shim-helpers-amd64-signed"}},
		Signing: Signing{Key: "keys/own.asc"},
		Path:    "version.toml",
		Epoch:   time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC),
	}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
	if err := f.Validate(); err != nil {
		t.Errorf("a file that was read does not validate: %v", err)
	}
}

func TestRPMFamilyDefaults(t *testing.T) {
	text := replaceAll(good, "[target]\n", "[target]\nfamily = \"rpm\"\nkickstart = \"RHEL9\"\n",
		"suites = [\"trixie\"]\n", "mirror = \"https://repo.example.org/9\"\n")
	f, err := Parse("version.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if f.Target.Arch != "x86_64" || f.Boot.Packages != nil || f.Repository[0].Archive != "" || f.Repository[0].Components != nil {
		t.Errorf("defaults of the other family: %+v", f)
	}
}

func TestFaults(t *testing.T) {
	for name, c := range map[string]struct {
		old, new string // in good
		want     []string
	}{
		"no closing bracket": {"[target]", "[target", []string{"10: syntax error: "}},
		"a key twice":        {"number = 1", "number = 1\nnumber = 2", []string{"10: syntax error: "}},
		"text without quotes": {`"Beta"`, `Beta`, []string{
			`8: release.stage = Beta cannot be read`, `write stage = "Beta"`}},
		"a quote not closed":  {`"Beta"`, `"Beta`, []string{`8: `, `stage = "Beta`}},
		"no such day":         {"2026-11-20", "2026-02-30", []string{`7: release.date = 2026-02-30 cannot be read`}},
		"a date in quotes":    {"2026-11-20", `"2026-11-20"`, []string{`7: release.date is text, not a date; write date = 2026-11-20`}},
		"a date with a time":  {"2026-11-20", `2026-11-20T10:00:00Z`, []string{`7: release.date is a time, not a date`}},
		"a day before FAT":    {"2026-11-20", `1979-11-20`, []string{`7: release.date 1979-11-20 is outside the years 1980 to 2099`}},
		"a number in quotes":  {"number = 1", `number = "1"`, []string{`9: release.number is text, not a whole number; write number = 1`}},
		"a fraction":          {"number = 1", `number = 1.5`, []string{`9: release.number is a number with a fraction`}},
		"a huge number":       {"number = 1", `number = 9223372036854775807`, []string{`9: release.number = 9223372036854775807 is far too large`}},
		"no number":           {"number = 1\n", ``, []string{`4: release.number is missing; write number = 1 under [release]`}},
		"a table as a value":  {"[signing]\nkey = \"keys/own.asc\"", "signing = 3", []string{`17: unknown key repository.signing; [[repository]] has id, mirror,`, `1: signing.key is missing`}},
		"a value as a table":  {"[product]", "mirror = 3\n[product]", []string{`1: mirror is a whole number, not a table; write [mirror] on a line`}},
		"one bracket too few": {"[[repository]]", "[repository]", []string{`13: repository is a table, not a list of tables; write [[repository]]`}},
		"no repository":       {good[strings.Index(good, "[[rep"):strings.Index(good, "[signing]")], "", []string{`1: there is no repository`}},
		"a swapped key":       {"suite =", "siute =", []string{`11: unknown key target.siute; did you mean "suite"?`, `10: target.suite is missing`}},
		"a key elsewhere":     {"number = 1", "number = 1\nserial = \"ttyS0\"", []string{`10: unknown key release.serial; serial belongs under [boot]`}},
		"an unheard-of table": {"[signing]", "[wonderland]\n[signing]", []string{`17: unknown table or key wonderland; there are product, release,`}},
		"a slash in a name":   {`"13R"`, `"13/R"`, []string{`5: release.series = "13/R" is impossible`}},
		"a name from a dot":   {`"13R"`, `"..R"`, []string{`5: release.series = "..R" is impossible`}},
		"a long stage":        {`"Beta"`, `"BetaBetaBetaBetaX"`, []string{`8: release.stage has 17 characters; write at most 16`}},
		"the other arch":      {`suite =`, "arch = \"x86_64\"\nsuite =", []string{`11: target.arch = "x86_64" is not what the debian family calls it; write "amd64"`}},
		"an unknown arch":     {`suite =`, "arch = \"m68k\"\nsuite =", []string{`11: target.arch = "m68k" is not known; write "amd64" or "arm64"`}},
		"no such syntax":      {`suite =`, "kickstart = \"F46\"\nsuite =", []string{`11: target.kickstart = "F46" is not a version`}},
		"host for rpm": {`suite =`, "family = \"rpm\"\nkickstart = \"RHEL9\"\nsuite =", []string{
			`15: repository.mirror is missing`, `17: suites means nothing in the rpm family`}},
		"security in the wrong archive": {`["trixie"]`, `["trixie", "trixie-security"]`, []string{
			`15: the suite "trixie-security" is not in the archive "debian"; give it a [[repository]]`}},
		"a suite twice":         {`["trixie"]`, `["trixie", "trixie"]`, []string{`15: repository.suites has "trixie" twice`}},
		"a suite with dots":     {`["trixie"]`, `["../trixie"]`, []string{`15: "../trixie" in repository.suites is impossible`}},
		"no suites":             {`["trixie"]`, `[]`, []string{`15: repository.suites is empty`}},
		"a list with a hole":    {`["trixie"]`, "[\n  \"trixie\",\n  3,\n]", []string{`17: a value of repository.suites is a whole number`}},
		"ftp":                   {`suites =`, "mirror = \"ftp://example.org/\"\nsuites =", []string{`15: mirror = "ftp://example.org/" is not the address`}},
		"archive beside a URL":  {`suites =`, "mirror = \"http://example.org/\"\narchive = \"debian\"\nsuites =", []string{`16: archive picks among`}},
		"no keys":               {"keys = [\"keys/archive.asc\"]\n", "", []string{`13: nothing says whose signature`, `or trusted = true`}},
		"keys and trusted":      {"id = \"debian\"", "id = \"debian\"\ntrusted = true", []string{`15: trusted = true takes the repository unsigned`}},
		"a key outside":         {`keys/archive.asc`, "../archive.asc", []string{`16: "../archive.asc" in repository.keys leaves`}},
		"an absolute key":       {`keys/archive.asc`, "/usr/archive.asc", []string{`16: "/usr/archive.asc" in repository.keys leaves`}},
		"a signing key outside": {`keys/own.asc`, "../own.asc", []string{`18: signing.key = "../own.asc" leaves`}},
		"a secret demo key":     {`keys/own.asc`, "keys/demo-signing-key.asc", []string{`17: signing.key is the published demo key`}},
		"a passphrase in clear": {"[signing]", "[signing]\npassphrase_env = \"open sesame\"", []string{`18: signing.passphrase_env is not the name`}},
		"bios on arm": {"version = \"13\"", "version = \"13\"\narch = \"arm64\"\n[boot]\nfirmware = [\"uefi\", \"bios\"]", []string{
			`15: arm64 machines have no BIOS; write firmware = ["uefi"]`}},
		"a package with a blank": {"[signing]", "[packages]\nextra = [\"a b\"]\n[signing]", []string{`18: "a b" in packages.extra is not the name of a package`}},
		"wanted and not wanted":  {"[signing]", "[packages]\nextra = [\"vim\"]\nexclude = [\"vim\"]\n[signing]", []string{`19: "vim" is in packages.extra and in packages.exclude`}},
		"drop leaves":            {"[signing]", "[installer]\ndrop = [\"../x\"]\n[signing]", []string{`18: "../x" in installer.drop is impossible`}},
		"a kickstart elsewhere":  {"[signing]", "[installer]\nkickstart = \"../x.ks\"\n[signing]", []string{`18: installer.kickstart = "../x.ks" is impossible; write the name of a file in kickstart/`}},
		"an unknown installer":   {"[signing]", "[installer]\nkind = \"stage3\"\n[signing]", []string{`18: installer.kind = "stage3" is not known; write "stage2"`}},
		"two lines of name":      {`"Demo server"`, `"Demo\nserver"`, []string{`3: product.name is not one line`}},
		"invalid UTF-8":          {`"Demo server"`, "\"Demo \xff\"", []string{`3: `}},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(good, c.old) {
				t.Fatalf("%q is not in the good file", c.old)
			}
			_, err := Parse("version.toml", []byte(strings.Replace(good, c.old, c.new, 1)))
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in:\n%v", want, err)
				}
			}
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if !strings.HasPrefix(line, "version.toml:") {
					t.Errorf("no place in %q", line)
				}
			}
			if strings.Contains(err.Error(), "sesame") {
				t.Error("the passphrase is in the message")
			}
		})
	}
}

func TestFaultsCanBeTakenApart(t *testing.T) {
	_, err := Parse("version.toml", []byte(strings.Replace(good, `"13R"`, `5107`, 1)))
	var fault *Fault
	if !errors.As(err, &fault) {
		t.Fatalf("no fault in %v", err)
	}
	want := &Fault{File: "version.toml", Line: 5, Key: "release.series",
		What: "release.series is a whole number, not text", Hint: `write series = "13R"`}
	if diff := cmp.Diff(want, fault); diff != "" {
		t.Errorf("fault (-want +got):\n%s", diff)
	}
}

func TestSpellingsThatAreRight(t *testing.T) {
	for name, text := range map[string]string{
		"dotted keys":   strings.Replace(good, "[product]\nid = \"CDdemo\"\nname", "product.id = \"CDdemo\"\nproduct.name", 1),
		"inline tables": "signing = {key = \"x.asc\"}\n" + strings.Replace(good, "[signing]\nkey = \"keys/own.asc\"\n", "", 1),
		"CRLF":          strings.ReplaceAll(good, "\n", "\r\n"),
		"BOM":           "\ufeff" + good,
		"stage zero":    strings.Replace(good, "number = 1", "number = 0", 1),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse("version.toml", []byte(text)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLineWithByteOrderMark(t *testing.T) {
	_, err := Parse("version.toml", []byte("\ufeff"+strings.Replace(good, `"Beta"`, `Beta`, 1)))
	if err == nil || !strings.HasPrefix(err.Error(), "version.toml:8: release.stage = Beta cannot be read") {
		t.Errorf("got %v", err)
	}
}

func TestTooLargeAndTooDeep(t *testing.T) {
	for name, data := range map[string][]byte{
		"too large": bytes.Repeat([]byte("# nothing\n"), maxSize/10+1),
		"too deep":  []byte("a = " + strings.Repeat("[", 100_000)),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("version.toml", data)
			if err == nil || !strings.HasPrefix(err.Error(), "version.toml:1: ") || !strings.Contains(err.Error(), "; ") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestZoneOfTheHost holds the date to the day in the file: the decoder reads
// local dates in the host's zone.
func TestZoneOfTheHost(t *testing.T) {
	d, ok := localDate(time.Date(2026, 11, 20, 0, 0, 0, 0, time.FixedZone("date-local", 14*3600)))
	if !ok || d != NewDate(2026, 11, 20) {
		t.Errorf("got %v, %v", d, ok)
	}
}

func TestDemoProduct(t *testing.T) {
	f, err := Load(judge.Repository(t), none)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := f.ReleaseName(), "CDdemo-13R-Debian-13-20261120-Beta-01"; got != want {
		t.Errorf("release name: got %s, want %s", got, want)
	}
	if got, want := f.VolumeLabel(), "CDdemo-13R-20261120-Beta-01"; got != want {
		t.Errorf("volume label: got %s, want %s", got, want)
	}
	if !f.Signing.Demo || f.Boot.Default == "install" && f.Boot.Timeout > 0 {
		t.Errorf("the demo's signing and boot: %+v %+v", f.Signing, f.Boot)
	}
}

// TestDemoProductsExamples reads version.toml with every commented-out example
// taken in, one at a time where they exclude each other.
func TestDemoProductsExamples(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(judge.Repository(t), FileName))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	taken := 0
	for line := range strings.SplitSeq(string(data), "\n") {
		rest, commented := strings.CutPrefix(line, "# ")
		key, _, isKey := strings.Cut(rest, " = ")
		if commented && (isKey && !strings.Contains(key, " ") || strings.HasPrefix(rest, "[[")) && key != "trusted" {
			line = rest
			taken++
		}
		lines = append(lines, line)
	}
	if taken < 15 {
		t.Errorf("only %d commented-out examples found", taken)
	}
	if _, err := Parse("version.toml", []byte(strings.Join(lines, "\n"))); err != nil {
		t.Errorf("an example in the comments is wrong:\n%v", err)
	}
}

func replaceAll(s string, oldnew ...string) string { return strings.NewReplacer(oldnew...).Replace(s) }
