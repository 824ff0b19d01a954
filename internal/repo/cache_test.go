package repo

import (
	"bytes"
	"crypto/sha256"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"cdbuilder/internal/pkgset"

	"github.com/google/go-cmp/cmp"
)

func samePackages(t testing.TB, want, got []*pkgset.Package) {
	t.Helper()
	if len(want) != len(got) {
		t.Fatalf("%d packages, want %d", len(got), len(want))
	}
	for i := range want {
		if reflect.DeepEqual(want[i], got[i]) {
			continue
		}
		if diff := cmp.Diff(want[i], got[i]); diff != "" {
			t.Fatalf("package %d: %s", i, diff)
		}
	}
}

const richIndex = `Package: a
Version: 1:1.0-1
Architecture: amd64
Essential: yes
Multi-Arch: same
Installed-Size: 12
Source: src (1.0)
Section: admin
Priority: required
Pre-Depends: x (>= 1)
Depends: b:any | c (<< 2), x (>= 1)
Recommends: d
Suggests: e
Enhances: f
Conflicts: g (<= 1)
Breaks: h
Replaces: h (>> 1)
Provides: i (= 1), j
filename: ./pool/a.deb
SIZE: 5
Sha256: AA00000000000000000000000000000000000000000000000000000000000001

Package: b
Version: 1:1.0-1
Architecture: all
Depends: x (>= 1)
Filename: pool/b.deb
Size: 6
SHA256: 0000000000000000000000000000000000000000000000000000000000000002
`

var shared = &pkgset.Package{Repo: "r", Suite: "s", Component: "c", Pin: 3}

// parse gives the packages as the parser does, with what shared adds.
func parse(t testing.TB, text string) []*pkgset.Package {
	t.Helper()
	pkgs, err := collect([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return pkgs
}

func collect(text []byte) (pkgs []*pkgset.Package, err error) {
	err = parsePackages(bytes.NewReader(text), func(p *pkgset.Package) {
		p.Repo, p.Suite, p.Component, p.Pin = shared.Repo, shared.Suite, shared.Component, shared.Pin
		pkgs = append(pkgs, p)
	})
	return pkgs, err
}

func encode(pkgs []*pkgset.Package) []byte {
	w := newCacheWriter(-1)
	for _, p := range pkgs {
		w.pkg(p)
	}
	return w.bytes()
}

func TestParsePackages(t *testing.T) {
	dep := func(name string, op pkgset.Op, v string) pkgset.Dep {
		return pkgset.Dep{Name: name, Op: op, Version: v}
	}
	x := pkgset.Clause{dep("x", pkgset.GE, "1")}
	want := []*pkgset.Package{{
		Name: "a", Version: "1:1.0-1", Arch: "amd64", Repo: "r", Suite: "s", Component: "c", Pin: 3,
		Path: "pool/a.deb", Size: 5, Installed: 12 * 1024, SHA256: "aa00000000000000000000000000000000000000000000000000000000000001",
		Source: "src", Section: "admin", Priority: "required", Essential: true, MultiArch: "same",
		PreDepends: []pkgset.Clause{x}, Depends: []pkgset.Clause{{{Name: "b", Arch: "any"}, dep("c", pkgset.LT, "2")}, x},
		Recommends: []pkgset.Clause{{dep("d", 0, "")}}, Suggests: []pkgset.Clause{{dep("e", 0, "")}}, Enhances: []pkgset.Clause{{dep("f", 0, "")}},
		Conflicts: []pkgset.Dep{dep("g", pkgset.LE, "1")}, Breaks: []pkgset.Dep{dep("h", 0, "")}, Replaces: []pkgset.Dep{dep("h", pkgset.GT, "1")},
		Provides: []pkgset.Dep{dep("i", pkgset.EQ, "1"), dep("j", 0, "")},
	}, {
		Name: "b", Version: "1:1.0-1", Arch: "all", Repo: "r", Suite: "s", Component: "c", Pin: 3, Path: "pool/b.deb", Size: 6,
		SHA256: "0000000000000000000000000000000000000000000000000000000000000002", Source: "b", Depends: []pkgset.Clause{x},
	}}
	if diff := cmp.Diff(want, parse(t, richIndex)); diff != "" {
		t.Error(diff)
	}
}

func TestCacheRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index", "x")
	for name, text := range map[string]string{"rich": richIndex, "none": ""} {
		want := parse(t, text)
		if err := writeCache(path, encode(want)); err != nil {
			t.Fatal(err)
		}
		got, ok := readCache(path, shared)
		if !ok {
			t.Fatalf("%s: the cache cannot be read", name)
		}
		samePackages(t, want, got)
	}
}

func TestDamagedCacheCountsAsNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := writeCache(path, encode(parse(t, richIndex))); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		bad := bytes.Clone(good)
		switch at := rng.IntN(len(bad)); rng.IntN(3) {
		case 0:
			bad[at] ^= 1 << rng.IntN(8)
		case 1:
			bad = bad[:at]
		case 2:
			bad = append(bad, bad[at])
		}
		if err := os.WriteFile(path, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, ok := readCache(path, shared); ok {
			t.Fatal("damage was not seen")
		}
	}
	if _, ok := readCache(path+"none", shared); ok {
		t.Error("a file that is not there was read")
	}
}

func TestOldCachesGo(t *testing.T) {
	dir := t.TempDir()
	for i := range keptCaches + 5 {
		if err := writeCache(filepath.Join(dir, string(rune('a'+i))), encode(nil)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(cacheFiles(t, dir)); n != keptCaches {
		t.Errorf("%d caches stay", n)
	}
	if _, ok := readCache(filepath.Join(dir, string(rune('a'+keptCaches+4))), shared); !ok {
		t.Error("the newest went")
	}
}

// FuzzPackages holds that whatever the parser takes survives the cache.
func FuzzPackages(f *testing.F) {
	f.Add([]byte(richIndex))
	f.Add([]byte(plainIndex))
	f.Fuzz(func(t *testing.T, data []byte) {
		pkgs, err := collect(data)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q is more than a line", err)
			}
			return
		}
		again, ok := decodeCache(encode(pkgs), shared)
		if !ok {
			t.Fatal("the cache cannot be read")
		}
		for i := range pkgs {
			// An empty list and none are the same to everybody.
			for _, l := range []*[]pkgset.Clause{&pkgs[i].PreDepends, &pkgs[i].Depends, &pkgs[i].Recommends, &pkgs[i].Suggests, &pkgs[i].Enhances} {
				if len(*l) == 0 {
					*l = nil
				}
			}
		}
		samePackages(t, pkgs, again)
	})
}

// FuzzCache holds that no file, even one with a right checksum, does harm.
func FuzzCache(f *testing.F) {
	good := encode(parse(f, richIndex))
	f.Add(good[len(cacheMagic) : len(good)-sha256.Size])
	f.Fuzz(func(t *testing.T, body []byte) {
		r := cacheReader{b: body}
		pkgs := r.read(shared)
		if len(pkgs) > len(body) {
			t.Errorf("%d packages from %d bytes", len(pkgs), len(body))
		}
	})
}

// FuzzRelease holds that no path read from a Release file leads out of its suite.
func FuzzRelease(f *testing.F) {
	f.Add([]byte(head + "SHA256:\n" + listed("main/binary-amd64/Packages", "x")))
	f.Add([]byte("Date: x\nSHA512:\n\n a 1 b\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := parseRelease(data)
		if err != nil {
			return
		}
		for name, file := range r.Files {
			if !filepath.IsLocal(name) || file.Size < 0 || file.SHA256+file.SHA512 == "" {
				t.Errorf("%q: %+v", name, file)
			}
		}
		_ = r.check("demo", false, &testOptions)
		_, _ = r.choose("main", "amd64")
	})
}
