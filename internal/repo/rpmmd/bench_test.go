package rpmmd

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/rpm"
)

// largest finds the corpus's repository with the most packages that has a kind
// of metadata, and its bytes.
func largest(b *testing.B, kind string) (d *Data, packed []byte) {
	b.Helper()
	dir := judge.Corpus(b, "repos")
	names, err := filepath.Glob(filepath.Join(dir, "*", "repodata", "repomd.xml"))
	if err != nil || len(names) == 0 {
		b.Fatal("no repositories")
	}
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			b.Fatal(err)
		}
		m, err := ReadRepomd(f, nil)
		f.Close()
		if err != nil || m.Find(kind) == nil {
			continue
		}
		data, err := os.ReadFile(filepath.Join(filepath.Dir(filepath.Dir(name)), m.Find(kind).Location))
		if err == nil && len(data) > len(packed) {
			d, packed = m.Find(kind), data
		}
	}
	if d == nil {
		b.Fatalf("no repository has %s", kind)
	}
	return d, packed
}

// benchmark reads one file of metadata whole, verified, and reports packages a
// second and the memory that is held at the most.
func benchmark(b *testing.B, kind string, parse func(io.Reader) (packages int, err error)) {
	d, packed := largest(b, kind)
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		err := d.Read(bytes.NewReader(packed), Trust{Weak: true}, func(r io.Reader) (err error) { n, err = parse(r); return err })
		if err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(d.OpenSize)
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "packages/s")
	b.ReportMetric(float64(n), "packages")
}

func BenchmarkPrimary(b *testing.B) {
	benchmark(b, "primary", func(r io.Reader) (n int, err error) {
		err = ReadPrimary(r, nil, func(*rpm.Package) error { n++; return nil })
		return n, err
	})
}

func BenchmarkFilelists(b *testing.B) {
	benchmark(b, "filelists", func(r io.Reader) (n int, err error) {
		err = ReadFilelists(r, nil, func(Entry, []rpm.File) error { n++; return nil })
		return n, err
	})
}

func BenchmarkOther(b *testing.B) {
	benchmark(b, "other", func(r io.Reader) (n int, err error) {
		err = ReadOther(r, nil, func(Entry, []rpm.Change) error { n++; return nil })
		return n, err
	})
}

// sixtyThousand makes the repodata of a repository as large as Fedora's out of
// the largest of the corpus.
func sixtyThousand(b *testing.B) map[string][]byte {
	b.Helper()
	byID := make(map[string]*rpm.Package)
	var pkgs []*rpm.Package
	d, packed := largest(b, "primary")
	err := d.Read(bytes.NewReader(packed), Trust{Weak: true}, func(r io.Reader) error {
		return ReadPrimary(r, nil, func(p *rpm.Package) error { pkgs, byID[p.Checksum] = append(pkgs, p), p; return nil })
	})
	if err != nil {
		b.Fatal(err)
	}
	d, packed = largest(b, "filelists")
	err = d.Read(bytes.NewReader(packed), Trust{Weak: true}, func(r io.Reader) error {
		return ReadFilelists(r, nil, func(e Entry, files []rpm.File) error {
			if p := byID[e.PkgID]; p != nil {
				p.Files = append([]rpm.File(nil), files...)
			}
			return nil
		})
	})
	if err != nil {
		b.Fatal(err)
	}
	many := make([]*rpm.Package, 60_000)
	for i := range many {
		p := *pkgs[i%len(pkgs)]
		p.ChecksumType, p.Checksum = "sha256", fmt.Sprintf("%064x", i)
		p.Location = "Packages/" + strconv.Itoa(i) + ".rpm"
		many[i] = &p
	}
	return written(b, Repodata{Time: time.Unix(1, 0), Compression: "zst"}, many)
}

// BenchmarkSixtyThousand reads primary and keeps it, and streams filelists, of
// 60,000 packages.
func BenchmarkSixtyThousand(b *testing.B) {
	files := sixtyThousand(b)
	m, err := ReadRepomd(bytes.NewReader(files["repodata/repomd.xml"]), nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		before := peak(b)
		var pkgs []*rpm.Package
		err := m.Find("primary").Read(bytes.NewReader(files[m.Find("primary").Location]), Trust{}, func(r io.Reader) error {
			return ReadPrimary(r, nil, func(p *rpm.Package) error { pkgs = append(pkgs, p); return nil })
		})
		if err != nil {
			b.Fatal(err)
		}
		kept := peak(b) - before
		most, paths := uint64(0), 0
		err = m.Find("filelists").Read(bytes.NewReader(files[m.Find("filelists").Location]), Trust{}, func(r io.Reader) error {
			seen := 0
			return ReadFilelists(r, nil, func(_ Entry, f []rpm.File) error {
				if seen++; seen%5000 == 0 {
					most = max(most, peak(b))
				}
				paths += len(f)
				return nil
			})
		})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(kept)/1e6, "MB-kept")
		b.ReportMetric(max(0, float64(most)-float64(before)-float64(kept))/1e6, "MB-streaming")
		b.ReportMetric(float64(paths), "paths")
		runtime.KeepAlive(pkgs)
	}
}

// peak is the memory held now, after a collection.
func peak(b *testing.B) uint64 {
	b.Helper()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
