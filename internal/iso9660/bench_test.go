package iso9660

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"cdbuilder/internal/judge"
)

// manyFiles is a tree like a repository of n packages.
func manyFiles(n int, size int64) []Entry {
	entries := make([]Entry, 0, n)
	for i := range n {
		e := large(fmt.Sprintf("pool/main/%c/source-%d/package-with-a-name-%06d_1.2.3-4_amd64.deb", 'a'+i%26, i/4%1000, i), size)
		entries = append(entries, e)
	}
	return entries
}

// BenchmarkWrite writes an image; then xorriso makes one of the same files, with
// an MD5 implanted by implantisomd5, as it has to be done without us. Both
// read from and write to the same file system.
func BenchmarkWrite(b *testing.B) {
	for _, c := range []struct {
		name  string
		files int
		size  int64
	}{{"10000x10KB", 10_000, 10 << 10}, {"1x1GB", 1, 1 << 30}} {
		b.Run(c.name, func(b *testing.B) {
			dir := b.TempDir()
			entries := onDisk(b, filepath.Join(dir, "tree"), manyFiles(c.files, c.size))
			opt := Options{VolumeID: "BENCH", Time: testTime, Joliet: true, ImplantMD5: true}
			out := filepath.Join(dir, "ours.iso")
			var size int64
			for b.Loop() {
				l, err := Plan(entries, opt)
				if err != nil {
					b.Fatal(err)
				}
				f, err := os.Create(out)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := l.Write(b.Context(), f, nil); err != nil {
					b.Fatal(err)
				}
				f.Close()
				size = l.Size()
			}
			b.SetBytes(size)
			ours := b.Elapsed() / time.Duration(b.N)
			b.StopTimer()
			theirs := timed(b, "xorriso", "-as", "mkisofs", "-quiet", "-R", "-J", "-joliet-long", "-o", filepath.Join(dir, "theirs.iso"), filepath.Join(dir, "tree")) +
				timed(b, "implantisomd5", "-f", filepath.Join(dir, "theirs.iso"))
			b.ReportMetric(float64(theirs)/float64(ours), "xorriso+implant/ours")
		})
	}
}

func timed(b *testing.B, name string, args ...string) time.Duration {
	start := time.Now()
	if out, err := exec.Command(judge.Program(b, name), args...).CombinedOutput(); err != nil {
		b.Fatalf("%s: %v\n%s", name, err, tail(out))
	}
	return time.Since(start)
}

// onDisk writes the entries' content to files and gives entries that read them.
func onDisk(b *testing.B, dir string, entries []Entry) []Entry {
	b.Helper()
	for i, e := range entries {
		name := filepath.Join(dir, e.Path)
		r, err := e.Open()
		if err != nil {
			b.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			b.Fatal(err)
		}
		f, err := os.Create(name)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(f, r); err != nil {
			b.Fatal(err)
		}
		f.Close()
		entries[i].Open = func() (io.ReadCloser, error) { return os.Open(name) }
	}
	return entries
}

// TestWriteMemory watches the heap while an image of 100,000 files, and one of
// 8 GiB, are written. The soft limit is what tools set for themselves.
func TestWriteMemory(t *testing.T) {
	const limit = 56 << 20
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(limit))
	for _, c := range []struct {
		why     string
		entries func() []Entry
	}{
		{"100,000 files", func() []Entry { return manyFiles(100_000, 100) }},
		{"one file of 8 GiB", func() []Entry { return []Entry{zeros("big", 8<<30)} }},
	} {
		t.Run(c.why, func(t *testing.T) {
			if c.why != "100,000 files" {
				judge.Slow(t)
			}
			runtime.GC()
			l, err := Plan(c.entries(), Options{VolumeID: "MEM", Time: testTime, Joliet: true, ImplantMD5: true, Hybrid: &Hybrid{}})
			if err != nil {
				t.Fatal(err)
			}
			var m runtime.MemStats
			peak, next := uint64(0), int64(0)
			written := int64(0)
			if _, err := l.Write(t.Context(), &discard{}, func(n int64) {
				if written += n; written >= next {
					runtime.ReadMemStats(&m)
					peak, next = max(peak, m.Sys-m.HeapReleased), written+l.Size()/100
				}
			}); err != nil {
				t.Fatal(err)
			}
			t.Logf("peak of %d MB", peak>>20)
			if peak > 64<<20 {
				t.Errorf("%d bytes of memory, more than 64 MB", peak)
			}
		})
	}
}

func zeros(path string, size int64) Entry {
	return Entry{Path: path, Mode: 0o644, Size: size, Open: func() (io.ReadCloser, error) { return io.NopCloser(io.LimitReader(zeroReader{}, size)), nil }}
}
