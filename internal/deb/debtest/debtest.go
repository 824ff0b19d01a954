// Package debtest hands real Debian packages to tests. It finds the mirror
// that this machine's own apt uses, looks a package up in a suite's index and
// keeps what it downloaded, checked against the index, in a directory that
// later runs find again. It checks no signature: what it fetches is put before
// readers as a specimen, and never run outside QEMU.
package debtest

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"cdbuilder/internal/judge"

	"github.com/mikelolasagasti/xz"
)

// Mirror is the base URL of the Debian mirror that apt on this machine reads,
// from either form of sources list; without one, Debian's own.
func Mirror(t testing.TB) string {
	t.Helper()
	files, err := filepath.Glob("/etc/apt/sources.list.d/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, "/etc/apt/sources.list") {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for word := range strings.FieldsSeq(string(text)) {
			base := strings.TrimSuffix(word, "/")
			if strings.HasPrefix(base, "http") && strings.HasSuffix(base, "/debian") {
				return base
			}
		}
	}
	return "http://ftp.debian.org/debian"
}

// Fetch returns the path of the named package of a suite's main section for
// amd64. The test skips where there is no network.
func Fetch(t testing.TB, suite, name string) string {
	t.Helper()
	p, ok := index(t, suite)[name]
	if !ok {
		t.Fatalf("the suite %s has no package %s", suite, name)
	}
	path := filepath.Join(cache(t), p["SHA256"]+".deb")
	if sum(path) == p["SHA256"] {
		return path
	}
	download(t, Mirror(t)+"/"+p["Filename"], path)
	if got := sum(path); got != p["SHA256"] {
		t.Fatalf("%s of %s has SHA-256 %s, its index says %s", name, suite, got, p["SHA256"])
	}
	return path
}

// Kernel returns the path of the package that linux-image-amd64 stands for.
func Kernel(t testing.TB, suite string) string {
	t.Helper()
	name, _, _ := strings.Cut(index(t, suite)["linux-image-amd64"]["Depends"], " ")
	return Fetch(t, suite, name)
}

// Libraries lists the packages of the suite's section libs that the named ones
// depend on, directly or not, by first alternatives, sorted.
func Libraries(t testing.TB, suite string, names ...string) []string {
	t.Helper()
	packages := index(t, suite)
	var list []string
	seen := map[string]bool{}
	for len(names) > 0 {
		p := packages[names[0]]
		if !seen[names[0]] && p["Section"] == "libs" {
			list = append(list, names[0])
		}
		if !seen[names[0]] {
			for clause := range strings.SplitSeq(p["Pre-Depends"]+","+p["Depends"], ",") {
				if words := strings.Fields(clause); len(words) > 0 {
					name, _, _ := strings.Cut(words[0], ":")
					names = append(names, name)
				}
			}
		}
		seen[names[0]] = true
		names = names[1:]
	}
	slices.Sort(list)
	return list
}

// Names lists every package of the suite, sorted.
func Names(t testing.TB, suite string) []string {
	t.Helper()
	var names []string
	for name := range index(t, suite) {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Size is the size in bytes that the suite's index states for a package.
func Size(t testing.TB, suite, name string) int64 {
	t.Helper()
	var n int64
	if _, err := fmt.Sscan(index(t, suite)[name]["Size"], &n); err != nil {
		t.Fatal(err)
	}
	return n
}

var indexes sync.Map // suite → map[package]map[field]value

// index reads a suite's Packages file, the last version of each name.
func index(t testing.TB, suite string) map[string]map[string]string {
	t.Helper()
	if have, ok := indexes.Load(suite); ok {
		return have.(map[string]map[string]string)
	}
	url := Mirror(t) + "/dists/" + suite + "/main/binary-amd64/Packages.xz"
	judge.Network(t, url)
	path := filepath.Join(t.TempDir(), "Packages.xz")
	download(t, url, path)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := xz.NewReader(bufio.NewReader(f), 0)
	if err != nil {
		t.Fatal(err)
	}
	packages := map[string]map[string]string{}
	paragraph := map[string]string{}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		key, value, ok := strings.Cut(lines.Text(), ": ")
		switch {
		case lines.Text() == "":
			paragraph = map[string]string{}
		case ok && key == "Package":
			packages[value] = paragraph
		case ok && slices.Contains([]string{"Filename", "SHA256", "Size", "Section", "Depends", "Pre-Depends"}, key):
			paragraph[key] = value
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	indexes.Store(suite, packages)
	return packages
}

// cache is where specimens stay between runs.
func cache(t testing.TB) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	dir = filepath.Join(dir, "cd-builder-test")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// download writes url to path by way of a temporary file beside it.
func download(t testing.TB, url, path string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s", url, resp.Status)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".fetch-*")
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(f.Name())
	if _, err := io.Copy(f, resp.Body); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		t.Fatal(err)
	}
}

// sum is a file's SHA-256 in hexadecimal; empty when it cannot be read.
func sum(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}
