package repo

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/fetch"
	"cdbuilder/internal/judge"
	"cdbuilder/internal/pgp"
	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/product"
)

// hostSource is an archive on the mirror of this machine.
func hostSource(t testing.TB, archive, component string, suites ...string) Source {
	t.Helper()
	base, err := Base(product.Repository{ID: archive, Mirror: "host", Archive: archive}, os.DirFS("/"), os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	judge.Network(t, base+"/dists/"+suites[0]+"/InRelease")
	keys, err := filepath.Glob(filepath.Join(judge.Repository(t), "isotree/keys/debian-archive-trixie-*.asc"))
	if err != nil || len(keys) != 3 {
		t.Fatalf("keys: %q, %v", keys, err)
	}
	ring, err := pgp.ReadKeyringFiles(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return Source{ID: archive, Base: base, Suites: suites, Components: []string{component}, Arch: "amd64", Keys: ring}
}

// All of trixie main, from the mirror and then from our cache: as many
// packages as the index has, in little memory.
func TestWholeDistribution(t *testing.T) {
	src := hostSource(t, "debian", "main", "trixie")
	client := &fetch.Client{Dir: t.TempDir()}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	pkgs := load(t, client, src)
	first := time.Since(start)
	start = time.Now()
	again := load(t, client, src)
	second := time.Since(start)
	runtime.ReadMemStats(&after)
	runtime.GC()
	var live runtime.MemStats
	runtime.ReadMemStats(&live)
	t.Logf("%d packages: %v from the mirror, %v from the cache; heap now %d MB for both, taken from the system %d MB",
		len(pkgs), first.Round(time.Millisecond), second.Round(time.Millisecond), (live.HeapAlloc-before.HeapAlloc)>>20, after.Sys>>20)
	samePackages(t, pkgs, again)
	if len(pkgs) < 60_000 {
		t.Errorf("only %d packages", len(pkgs))
	}
	if want := countPackages(t, client, src); want != len(pkgs) {
		t.Errorf("%d packages, the index has %d", len(pkgs), want)
	}
	if second > 30*time.Second {
		t.Errorf("the cache takes %v", second)
	}
}

// countPackages counts with xz and grep what the fetched index has.
func countPackages(t *testing.T, client *fetch.Client, src Source) int {
	t.Helper()
	text, err := client.Get(context.Background(), URL(src.Base, "dists/"+src.Suites[0]+"/InRelease"), maxRelease)
	if err != nil {
		t.Fatal(err)
	}
	if text, err = pgp.ClearText(text); err != nil {
		t.Fatal(err)
	}
	rel, err := parseRelease(text)
	if err != nil {
		t.Fatal(err)
	}
	f := rel.Files[src.Components[0]+"/binary-"+src.Arch+"/Packages.xz"]
	xzcat := exec.Command(judge.Program(t, "xz"), "-dc", "--format=xz", client.Path(f.SHA256))
	out, err := xzcat.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count("\n"+string(out), "\nPackage:")
}

// Suites of two archives, with Valid-Until dates and other component names.
func TestSecurityAndUpdates(t *testing.T) {
	client := &fetch.Client{Dir: t.TempDir()}
	pkgs := load(t, client, hostSource(t, "debian", "main", "trixie-updates"))
	security := load(t, client, hostSource(t, "debian-security", "main", "trixie-security"))
	t.Logf("trixie-updates: %d packages, trixie-security: %d", len(pkgs), len(security))
	if len(security) == 0 || security[0].Suite != "trixie-security" || security[0].Repo != "debian-security" {
		t.Errorf("security: %d packages, first %+v", len(security), security[:min(1, len(security))])
	}
}

// The archive's own signatures, inline and detached: gpgv and we agree on the
// real files and on files with one letter changed.
func TestRealSignaturesAgreeWithGpgv(t *testing.T) {
	gpgv := judge.Program(t, "gpgv")
	src := hostSource(t, "debian", "main", "trixie")
	client := &fetch.Client{Dir: t.TempDir()}
	get := func(name string) []byte {
		data, err := client.Get(t.Context(), URL(src.Base, "dists/trixie/"+name), maxRelease)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	dir := t.TempDir()
	keyring := dearmored(t, dir)
	theirs := func(files map[string][]byte, names ...string) bool {
		args := []string{"--status-fd", "1", "--keyring", keyring}
		for _, name := range names {
			if err := writeTo(dir)(name, files[name]); err != nil {
				t.Fatal(err)
			}
			args = append(args, filepath.Join(dir, name))
		}
		out, _ := exec.Command(gpgv, args...).Output()
		return strings.Contains(string(out), "] GOODSIG")
	}
	files := map[string][]byte{"InRelease": get("InRelease"), "Release": get("Release"), "Release.gpg": get("Release.gpg")}
	for _, changed := range []bool{false, true} {
		if changed {
			for _, name := range []string{"InRelease", "Release"} {
				files[name] = bytes.Replace(files[name], []byte("Origin: Debian"), []byte("Origin: Debiam"), 1)
			}
		}
		_, signer, err := src.Keys.VerifyClearsigned(files["InRelease"], time.Now())
		if ours := err == nil; ours == changed || ours != theirs(files, "InRelease") {
			t.Errorf("InRelease, changed %v: %q, %v", changed, signer, err)
		}
		signer, err = src.Keys.VerifyDetached(bytes.NewReader(files["Release"]), files["Release.gpg"], time.Now())
		if ours := err == nil; ours == changed || ours != theirs(files, "Release.gpg", "Release") {
			t.Errorf("Release.gpg, changed %v: %q, %v", changed, signer, err)
		}
		t.Logf("changed %v: %q, %v", changed, signer, err)
	}
}

// dearmored writes the archive's keys as gpgv wants them.
func dearmored(t *testing.T, dir string) string {
	t.Helper()
	gpg := judge.Program(t, "gpg")
	keys, err := filepath.Glob(filepath.Join(judge.Repository(t), "isotree/keys/debian-archive-trixie-*.asc"))
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, key := range keys {
		out, err := exec.Command(gpg, "--homedir", dir, "--batch", "--dearmor", "--output", "-", key).Output()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, out...)
	}
	if err := writeTo(dir)("keyring.gpg", all); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "keyring.gpg")
}

func load(t testing.TB, client *fetch.Client, src Source) []*pkgset.Package {
	t.Helper()
	pkgs, err := Load(context.Background(), client, src, Options{Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return pkgs
}
