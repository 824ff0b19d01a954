package repo

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cdbuilder/internal/fetch"
	"cdbuilder/internal/pgp"

	"github.com/google/go-cmp/cmp"
)

// mirror is an archive in memory, served over HTTP.
type mirror struct {
	*httptest.Server
	files  map[string]string
	hang   string // path on which it says nothing
	signer *pgp.Signer
	ring   *pgp.Keyring
	mu     sync.Mutex
	asked  []string
}

const indexText = `Package: a
Version: 1.0-1
Architecture: amd64
Depends: b | c
Filename: pool/main/a/a_1.0-1_amd64.deb
Size: 5
SHA256: %064d

Package: b
Version: 2
Architecture: all
Filename: pool/main/b/b_2_all.deb
Size: 4
SHA256: %064d
`

var plainIndex = fmt.Sprintf(indexText, 1, 2)

func newMirror(t testing.TB) *mirror {
	t.Helper()
	m := &mirror{files: make(map[string]string)}
	signer, public := key(t)
	ring, err := pgp.ReadKeyring(bytes.NewReader(public))
	if err != nil {
		t.Fatal(err)
	}
	m.signer, m.ring = signer, ring
	m.Server = httptest.NewServer(m)
	t.Cleanup(m.Close)
	m.index(t, plainIndex)
	return m
}

func (m *mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	m.mu.Lock()
	m.asked = append(m.asked, path)
	data, ok := m.files[path]
	hang := m.hang != "" && strings.HasSuffix(path, m.hang)
	m.mu.Unlock()
	if hang {
		<-r.Context().Done()
		return
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(data))
}

const indexDir = "dists/demo/main/binary-amd64/"

// index serves a Packages file, compressed, under a Release file to match.
func (m *mirror) index(t testing.TB, plain string) {
	t.Helper()
	m.files[indexDir+"Packages.gz"] = gz(t, plain)
	m.release(t, listed("main/binary-amd64/Packages", plain)+listed("main/binary-amd64/Packages.gz", m.files[indexDir+"Packages.gz"]))
}

func gz(t testing.TB, s string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(s))
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func listed(name, data string) string {
	return fmt.Sprintf(" %x %d %s\n", sha256.Sum256([]byte(data)), len(data), name)
}

const head = "Origin: Test\nSuite: stable\nCodename: demo\nDate: Sun, 01 Mar 2026 12:00:00 UTC\nArchitectures: amd64\nComponents: main\n"

func (m *mirror) release(t testing.TB, list string) { m.sign(t, head+"SHA256:\n"+list) }

// sign serves text as InRelease.
func (m *mirror) sign(t testing.TB, text string) {
	t.Helper()
	var b bytes.Buffer
	if err := m.signer.ClearSign(&b, []byte(text), testDate); err != nil {
		t.Fatal(err)
	}
	m.files["dists/demo/InRelease"] = b.String()
}

func (m *mirror) edit(path, was, is string) {
	if !strings.Contains(m.files[path], was) {
		panic(path + " does not hold " + was)
	}
	m.files[path] = strings.Replace(m.files[path], was, is, 1)
}

func (m *mirror) text(t testing.TB) string {
	t.Helper()
	text, err := pgp.ClearText([]byte(m.files["dists/demo/InRelease"]))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (m *mirror) source() Source {
	return Source{ID: "test", Base: m.URL, Suites: []string{"demo"}, Components: []string{"main"}, Arch: "amd64", Keys: m.ring}
}

func quickClient(t testing.TB) *fetch.Client {
	return &fetch.Client{Dir: t.TempDir(), Retries: -1}
}

var testOptions = Options{Now: testDate.Add(time.Hour)}

// A bad mirror is refused in one line that says why; nothing it gave stays
// under a final name; the next run with a good mirror succeeds.
func TestBadMirrors(t *testing.T) {
	// line puts a line behind package b's version, taking its old path and size away.
	line := func(l string) func(*testing.T, *mirror) {
		rest := strings.NewReplacer("Filename: pool/main/b", "X-Old: b", "Size: 4", "X-Size: 4", "Version: 2\n", "Version: 2\n"+l+"\n")
		return func(t *testing.T, m *mirror) { m.index(t, rest.Replace(plainIndex)) }
	}
	without := func(l string) func(*testing.T, *mirror) {
		return func(t *testing.T, m *mirror) { m.index(t, strings.Replace(plainIndex, l, "X-Was: x", 1)) }
	}
	resign := func(was, is string) func(*testing.T, *mirror) {
		return func(t *testing.T, m *mirror) { m.sign(t, strings.Replace(m.text(t), was, is, 1)) }
	}
	const inRelease = "repository test: dists/demo/InRelease: "
	const index = "repository test: dists/demo/main/binary-amd64/Packages.gz"
	tests := map[string]struct {
		spoil func(*testing.T, *mirror)
		want  string // URL stands for the mirror's, KEY for its key
	}{
		"wrong signature": {func(_ *testing.T, m *mirror) { m.edit("dists/demo/InRelease", "stable", "stabel") },
			inRelease + "no good signature: key KEY did not sign this: the signature does not fit the data"},
		"unknown key": {func(t *testing.T, m *mirror) { m.ring = newMirror(t).ring },
			inRelease + "no good signature: key KEY is not among the trusted keys; if you trust it, add the key's file to keys = […] of this repository in version.toml"},
		"no signature": {func(t *testing.T, m *mirror) {
			m.files["dists/demo/Release"] = m.text(t)
			delete(m.files, "dists/demo/InRelease")
		}, "repository test: dists/demo/Release: it is not signed: there is no Release.gpg; set trusted = true in version.toml to take it unsigned"},
		"unsigned text in front": {func(_ *testing.T, m *mirror) {
			m.files["dists/demo/InRelease"] = "Suite: x\n\n" + m.files["dists/demo/InRelease"]
		},
			inRelease + "text before the signed message"},
		"nothing there": {func(_ *testing.T, m *mirror) { clear(m.files) },
			"repository test: dists/demo: the mirror URL has neither InRelease nor Release for this suite"},
		"expired": {resign("Architectures", "Valid-Until: Sun, 01 Mar 2026 12:30:00 UTC\nArchitectures"),
			inRelease + "it was valid until 2026-03-01 12:30:00 UTC and has expired (this machine's clock says 2026-03-01 13:00:00 UTC); the mirror may no longer be updated"},
		"from the future": {resign("Date: Sun, 01 Mar", "Date: Sun, 01 Nov"),
			inRelease + "it is dated 2026-11-01 12:00:00 UTC, which is in the future (this machine's clock says 2026-03-01 13:00:00 UTC)"},
		"another suite": {resign("Suite: stable\nCodename: demo", "Suite: testing\nCodename: other"),
			inRelease + `it is of suite "testing", codename "other", where "demo" was asked for`},
		"bad date":        {resign("Sun, 01 Mar", "the 1st of"), inRelease + `line 4: Date: "the 1st of 2026 12:00:00 UTC" is not a date such as Sat, 12 Sep 2026 07:55:41 UTC`},
		"no date":         {resign("Date:", "When:"), inRelease + "it has no Date, so an old one could not be told from a new one"},
		"only weak sums":  {resign("SHA256:\n", "MD5Sum:\n"), inRelease + "it has only MD5 or SHA-1 digests, which are refused as weak; SHA256 is needed"},
		"no sums":         {func(t *testing.T, m *mirror) { m.sign(t, head) }, inRelease + "it lists no index with a SHA256 or SHA512 digest"},
		"bad sum":         {resign("SHA256:\n ", "SHA256:\n x"), inRelease + "line 8: SHA256: "},
		"path out":        {resign("main/binary-amd64/Packages\n", "../../x\n"), inRelease + `line 8: SHA256: "../../x" is not a path below the suite`},
		"no component":    {resign("main/binary-amd64/Packages", "x/"), inRelease + "line 8: SHA256: "},
		"other component": {func(t *testing.T, m *mirror) { m.sign(t, strings.ReplaceAll(m.text(t), "main", "contrib")) }, inRelease + `there is no component "main"; it has contrib`},
		"other arch":      {func(t *testing.T, m *mirror) { m.sign(t, strings.ReplaceAll(m.text(t), "amd64", "arm64")) }, inRelease + `there is no architecture "amd64"; it has arm64`},
		"only bz2":        {func(t *testing.T, m *mirror) { m.release(t, listed("main/binary-amd64/Packages.bz2", "x")) }, inRelease + "it lists no main/binary-amd64/Packages with a strong digest in a form we read (zst, xz, gz, plain)"},
		"giant index": {func(t *testing.T, m *mirror) {
			m.sign(t, fmt.Sprintf("%sSHA256:\n %064d 9999999999 main/binary-amd64/Packages.gz\n", head, 1))
		}, inRelease + "main/binary-amd64/Packages.gz is said to have 9999999999 bytes, more than the 1073741824 an index may have"},
		"hanging at the Release": {func(_ *testing.T, m *mirror) { m.hang = "InRelease" }, inRelease + "fetching URL/dists/demo/InRelease: nothing came for 200ms"},
		"oversized Release": {func(_ *testing.T, m *mirror) { m.files["dists/demo/InRelease"] = strings.Repeat("x", maxRelease+1) },
			inRelease + "fetching URL/dists/demo/InRelease: sends more than the 33554432 bytes there should be"},
		"flipped byte in the index": {func(_ *testing.T, m *mirror) {
			b := []byte(m.files[indexDir+"Packages.gz"])
			b[40] ^= 1
			m.files[indexDir+"Packages.gz"] = string(b)
		}, "repository test: fetching dists/demo/main/binary-amd64/Packages.gz: URL/dists/demo/main/binary-amd64/Packages.gz: the file is not the right one: digest "},
		"index cut short": {func(_ *testing.T, m *mirror) {
			m.files[indexDir+"Packages.gz"] = m.files[indexDir+"Packages.gz"][:50]
		}, "repository test: fetching dists/demo/main/binary-amd64/Packages.gz: URL/dists/demo/main/binary-amd64/Packages.gz: ends after 50 of "},
		"oversized index": {func(_ *testing.T, m *mirror) { m.files[indexDir+"Packages.gz"] += "x" },
			"repository test: fetching dists/demo/main/binary-amd64/Packages.gz: URL/dists/demo/main/binary-amd64/Packages.gz: sends more than the "},
		"index missing": {func(_ *testing.T, m *mirror) { delete(m.files, indexDir+"Packages.gz") },
			"repository test: fetching dists/demo/main/binary-amd64/Packages.gz: URL/dists/demo/main/binary-amd64/Packages.gz: not found"},
		"hanging at the index": {func(_ *testing.T, m *mirror) { m.hang = "Packages.gz" },
			"repository test: fetching dists/demo/main/binary-amd64/Packages.gz: URL/dists/demo/main/binary-amd64/Packages.gz: nothing came for 200ms"},
		"gzip bomb": {func(t *testing.T, m *mirror) {
			m.files[indexDir+"Packages.gz"] = gz(t, strings.Repeat(plainIndex+"\n", 5_000))
			m.release(t, listed("main/binary-amd64/Packages", plainIndex)+listed("main/binary-amd64/Packages.gz", m.files[indexDir+"Packages.gz"]))
		}, index + ": after line 0: unpacks to more than the " + strconv.Itoa(len(plainIndex)) + " bytes there should be"},
		"less than listed": {func(t *testing.T, m *mirror) {
			m.release(t, listed("main/binary-amd64/Packages", plainIndex+"\n")+listed("main/binary-amd64/Packages.gz", m.files[indexDir+"Packages.gz"]))
		}, index + ": after line "},
		"not gzip": {func(t *testing.T, m *mirror) {
			m.files[indexDir+"Packages.gz"] = plainIndex
			m.release(t, listed("main/binary-amd64/Packages.gz", plainIndex))
		}, index + ": unpacking: gzip: invalid header"},
		"path out of the pool":  {line("Filename: pool/../../x.deb"), index + `:11: package "b": Filename: "pool/../../x.deb" is not a path below the repository`},
		"absolute path":         {line("Filename: /etc/passwd"), index + `:11: package "b": Filename: "/etc/passwd" is not a path below the repository`},
		"path with a backslash": {line(`Filename: pool\x.deb`), index + `:11: package "b": Filename: "pool\\x.deb" is not a path below the repository`},
		"path with a control":   {line("Filename: pool/\x1bx.deb"), index + `:11: package "b": Filename: "pool/\x1bx.deb" is not a path below the repository`},
		"no SHA256":             {without("SHA256: " + fmt.Sprintf("%064d", 2)), index + `:9: package "b": the index has no SHA256 for it`},
		"no Size":               {without("Size: 4"), index + `:9: package "b": the index has no Size for it`},
		"no name":               {without("Package: b"), index + ":9: package without a name: the index has no Package for it"},
		"negative size":         {line("Size: -4"), index + `:11: package "b": Size: "-4" is not a size`},
		"bad relation":          {line("Depends: (("), index + `:11: package "b": Depends: relation "((": a relation without a package name`},
		"not control data":      {line("<html>"), index + `:11: no colon in "<html>"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMirror(t)
			good := &mirror{files: maps.Clone(m.files)}
			fpr, ring := m.signer.Fingerprint(), m.ring
			test.spoil(t, m)
			client := quickClient(t)
			if m.hang != "" {
				client.Idle = 200 * time.Millisecond
			}
			pkgs, err := Load(t.Context(), client, m.source(), testOptions)
			client.Idle = 0
			want := strings.NewReplacer("URL", m.URL, "KEY", fpr).Replace(test.want)
			if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") || pkgs != nil {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			for _, f := range cacheFiles(t, client.Dir) {
				if strings.HasPrefix(f, "index/") || (strings.HasPrefix(f, "sha256/") && !strings.HasSuffix(f, ".part") && strings.Contains(err.Error(), "fetching")) {
					t.Errorf("left behind: %s", f)
				}
			}
			m.mu.Lock()
			m.files, m.hang, m.ring = good.files, "", ring
			m.mu.Unlock()
			if pkgs, err := Load(t.Context(), client, m.source(), testOptions); err != nil || len(pkgs) != 2 {
				t.Errorf("the good mirror afterwards: %d packages, %v", len(pkgs), err)
			}
		})
	}
}

func cacheFiles(t testing.TB, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			out = append(out, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRollbackIsRefused(t *testing.T) {
	m := newMirror(t)
	client := quickClient(t)
	old := m.files["dists/demo/InRelease"]
	m.sign(t, strings.Replace(m.text(t), "01 Mar 2026 12:00", "01 Mar 2026 12:30", 1))
	if _, err := Load(t.Context(), client, m.source(), testOptions); err != nil {
		t.Fatal(err)
	}
	m.files["dists/demo/InRelease"] = old
	_, err := Load(t.Context(), client, m.source(), testOptions)
	const want = "repository test: dists/demo/InRelease: it is of 2026-03-01 12:00:00 UTC, older than the one of 2026-03-01 12:30:00 UTC seen before: the mirror lags or holds updates back; try later or another MIRROR, or delete "
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Fatalf("got %v", err)
	}
	other := m.source()
	other.ID = "other"
	if _, err := Load(t.Context(), client, other, testOptions); err != nil {
		t.Errorf("another repository: %v", err)
	}
}

func TestGoodMirrors(t *testing.T) {
	check := func(t *testing.T, src Source, opt Options) {
		t.Helper()
		pkgs, err := Load(t.Context(), quickClient(t), src, opt)
		if err != nil || len(pkgs) != 2 {
			t.Errorf("%d packages, %v", len(pkgs), err)
		}
	}
	t.Run("detached signature", func(t *testing.T) {
		m := newMirror(t)
		var sig bytes.Buffer
		if err := m.signer.Detached(&sig, strings.NewReader(m.text(t)), testDate); err != nil {
			t.Fatal(err)
		}
		m.files["dists/demo/Release"], m.files["dists/demo/Release.gpg"] = m.text(t), sig.String()
		delete(m.files, "dists/demo/InRelease")
		check(t, m.source(), testOptions)
	})
	t.Run("trusted", func(t *testing.T) {
		m := newMirror(t)
		src := m.source()
		src.Keys, src.Trusted = nil, true
		check(t, src, testOptions)
		m.files["dists/demo/Release"] = m.text(t)
		delete(m.files, "dists/demo/InRelease")
		check(t, src, testOptions)
	})
	t.Run("expired, and that ignored", func(t *testing.T) {
		m := newMirror(t)
		m.sign(t, "Valid-Until: Sun, 01 Mar 2026 12:30:00 UTC\n"+m.text(t))
		opt := testOptions
		opt.IgnoreValidUntil = true
		check(t, m.source(), opt)
	})
	t.Run("by hash", func(t *testing.T) {
		m := newMirror(t)
		m.sign(t, "Acquire-By-Hash: yes\n"+m.text(t))
		data := m.files[indexDir+"Packages.gz"]
		m.files[indexDir+"Packages.gz"] = "a newer one, of another size"
		m.files[fmt.Sprintf("%sby-hash/SHA256/%x", indexDir, sha256.Sum256([]byte(data)))] = data
		check(t, m.source(), testOptions)
	})
	t.Run("by hash, but only under its name", func(t *testing.T) {
		m := newMirror(t)
		m.sign(t, "Acquire-By-Hash: yes\n"+m.text(t))
		check(t, m.source(), testOptions)
	})
	t.Run("SHA512 only, plain only", func(t *testing.T) {
		m := newMirror(t)
		m.files[indexDir+"Packages"] = plainIndex
		m.sign(t, head+fmt.Sprintf("SHA512:\n %x %d main/binary-amd64/Packages\n", sha512.Sum512([]byte(plainIndex)), len(plainIndex)))
		check(t, m.source(), testOptions)
	})
	t.Run("packages for all beside", func(t *testing.T) {
		m := newMirror(t)
		amd64, all, _ := strings.Cut(plainIndex, "\n\n")
		for dir, data := range map[string]string{"amd64": amd64 + "\n", "all": all} {
			m.files["dists/demo/main/binary-"+dir+"/Packages"] = data
		}
		m.sign(t, strings.Replace(head, "amd64", "all amd64", 1)+"SHA256:\n"+listed("main/binary-amd64/Packages", amd64+"\n")+listed("main/binary-all/Packages", all))
		check(t, m.source(), testOptions)
	})
	t.Run("packages for all beside and again", func(t *testing.T) {
		m := newMirror(t)
		_, all, _ := strings.Cut(plainIndex, "\n\n")
		m.files["dists/demo/main/binary-all/Packages"] = all
		m.sign(t, strings.Replace(m.text(t), "amd64", "all amd64", 1)+listed("main/binary-all/Packages", all))
		check(t, m.source(), testOptions)
	})
}

func TestSecondLoadAsksOnlyForTheRelease(t *testing.T) {
	m := newMirror(t)
	client := quickClient(t)
	first, err := Load(t.Context(), client, m.source(), testOptions)
	if err != nil {
		t.Fatal(err)
	}
	m.asked = nil
	second, err := Load(t.Context(), client, m.source(), testOptions)
	if err != nil {
		t.Fatal(err)
	}
	samePackages(t, first, second)
	if diff := cmp.Diff([]string{"dists/demo/InRelease"}, m.asked); diff != "" {
		t.Error(diff)
	}
}

// Packages come through the same client, by the digests of the index.
func TestBadPackageFiles(t *testing.T) {
	const deb = "12345"
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(deb)))
	index := strings.Replace(plainIndex, fmt.Sprintf("%064d", 1), sum, 1)
	const path = "pool/main/a/a_1.0-1_amd64.deb"
	for name, test := range map[string]struct{ served, want string }{
		"flipped":   {"12346", "the file is not the right one"},
		"truncated": {"123", "ends after 3 of 5 bytes"},
		"too long":  {"123456", "sends more than the 5 bytes there should be"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMirror(t)
			m.index(t, index)
			m.files[path] = test.served
			client := quickClient(t)
			pkgs, err := Load(t.Context(), client, m.source(), testOptions)
			if err != nil {
				t.Fatal(err)
			}
			want := fetch.Want{URLs: []string{URL(m.URL, pkgs[0].Path)}, SHA256: pkgs[0].SHA256, Size: pkgs[0].Size, Name: pkgs[0].ID()}
			_, err = client.Fetch(t.Context(), want, nil)
			if err == nil || !strings.HasPrefix(err.Error(), "fetching a_1.0-1_amd64: "+m.URL+"/"+path+": "+test.want) {
				t.Errorf("got %v", err)
			}
			if _, there := client.Cached(want); there || slices.Contains(cacheFiles(t, client.Dir), "sha256/"+sum[:2]+"/"+sum) {
				t.Error("it is in the cache")
			}
			m.files[path] = deb
			if _, err := client.Fetch(t.Context(), want, nil); err != nil {
				t.Errorf("the good mirror afterwards: %v", err)
			}
		})
	}
}

func TestSourceFaults(t *testing.T) {
	_, err := Load(t.Context(), quickClient(t), Source{ID: "x", Base: "nowhere", Suites: []string{"./", "../a"}, Components: []string{"/m"}}, testOptions)
	for _, want := range []string{
		"repository x: ", `"nowhere" is not a URL`, `suite "./" is not a path below dists/; flat repositories`, `suite "../a"`, `component "/m"`,
		"it names no architecture", "no keys to verify it with; name them in keys = […], or set trusted = true",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}

func TestURL(t *testing.T) {
	const want = "http://m/debian/pool/main/g/g++/g++_1%253a2~rc%231_all.deb"
	if got := URL("http://m/debian/", "pool/main/g/g++/g++_1%3a2~rc#1_all.deb"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
