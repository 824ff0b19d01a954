package repo

import (
	"os"
	"path/filepath"
	"testing"

	"cdbuilder/internal/fetch"
	"cdbuilder/internal/pkgset"
)

// trixieIndex fetches trixie main's index once.
func trixieIndex(b *testing.B) (path string, c choice) {
	b.Helper()
	src := hostSource(b, "debian", "main", "trixie")
	client := &fetch.Client{Dir: filepath.Join(os.TempDir(), "cdbuilder-bench-cache")}
	r := &reader{Source: &src, Options: Options{IgnoreValidUntil: true}, ctx: b.Context(), fetch: client}
	r.Trusted = true
	text, _, err := r.signed("dists/trixie")
	if err != nil {
		b.Fatal(err)
	}
	rel, err := parseRelease(text)
	if err != nil {
		b.Fatal(err)
	}
	choices, err := rel.choose("main", "amd64")
	if err != nil {
		b.Fatal(err)
	}
	c = choices[0]
	path, err = client.Fetch(b.Context(), fetch.Want{URLs: c.urls(src.Base, "dists/trixie", rel.ByHash), SHA256: c.SHA256, Size: c.Size}, nil)
	if err != nil {
		b.Fatal(err)
	}
	return path, c
}

// BenchmarkReadIndex unpacks and parses all of trixie main; MB/s of plain text.
func BenchmarkReadIndex(b *testing.B) {
	path, c := trixieIndex(b)
	b.SetBytes(c.unpacked)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := readIndex(path, c); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadCache(b *testing.B) {
	path, c := trixieIndex(b)
	parsed, err := parseIndex(path, c)
	if err != nil {
		b.Fatal(err)
	}
	cache := filepath.Join(b.TempDir(), "cache")
	if err := writeCache(cache, parsed); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(cache)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := readCache(cache, new(pkgset.Package)); !ok {
			b.Fatal("the cache cannot be read")
		}
	}
}
