package rpm

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"cdbuilder/internal/judge"
)

// heads are the corpus's packages without their payloads.
func heads(b *testing.B) [][]byte {
	b.Helper()
	dir, rows := oracle(b)
	var out [][]byte
	for _, row := range rows {
		data, err := os.ReadFile(filepath.Join(dir, row["file"]))
		if err != nil {
			b.Fatal(err)
		}
		if in, err := NewReader(bytes.NewReader(data)); err == nil {
			out = append(out, data[:in.HeaderEnd])
		}
	}
	return out
}

// BenchmarkHeaders reads the headers of a package, with all that a
// repository's metadata needs of them.
func BenchmarkHeaders(b *testing.B) {
	all := heads(b)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		in, err := NewReader(bytes.NewReader(all[n%len(all)]))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := in.Package(); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "headers/s")
}

// BenchmarkPayload unpacks payloads of each kind, with the files' digests.
func BenchmarkPayload(b *testing.B) {
	for _, compressor := range []string{"zstd", "gzip", "none"} {
		b.Run(compressor, func(b *testing.B) {
			data := large8M(b, compressor)
			b.SetBytes(8 << 20)
			for b.Loop() {
				unpackAll(b, data)
			}
		})
	}
	b.Run("xz", func(b *testing.B) {
		paths, _ := filepath.Glob(filepath.Join(judge.Corpus(b, "repos"), "centos-7.7/Packages/yum-3*.rpm"))
		if len(paths) == 0 {
			b.Skip("the corpus has no CentOS tree")
		}
		data, err := os.ReadFile(paths[0])
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(unpackAll(b, data))
		for b.Loop() {
			unpackAll(b, data)
		}
	})
}

// large8M is a package of 8 MiB of text that packs as programs do.
func large8M(b *testing.B, compressor string) []byte {
	b.Helper()
	program, err := os.ReadFile(judge.Program(b, "rpm"))
	if err != nil {
		b.Fatal(err)
	}
	test, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		b.Fatal(err)
	}
	text := bytes.Repeat(append(test, program...), 2)[:8<<20]
	pkg := &Build{
		Package:    Package{Name: "x", EVR: EVR{"", "1", "1"}, Arch: "noarch", Summary: "x", License: "MIT"},
		Compressor: compressor,
		Contents:   []Content{{Path: "/x", Mode: 0o100644, Size: 8 << 20, Open: Bytes(string(text))}},
	}
	path := filepath.Join(b.TempDir(), "x.rpm")
	if err := pkg.WriteFile(path); err != nil {
		b.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	return data
}

func unpackAll(b *testing.B, data []byte) (size int64) {
	b.Helper()
	in, err := NewReader(bytes.NewReader(data))
	if err != nil {
		b.Fatal(err)
	}
	p, err := in.Payload()
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	for {
		if _, err := p.Next(); err != nil {
			if err != io.EOF { //nolint:errorlint // Next gives it bare
				b.Fatal(err)
			}
			return size
		}
		n, err := io.Copy(io.Discard, p)
		if err != nil {
			b.Fatal(err)
		}
		size += n
	}
}

func BenchmarkVerify(b *testing.B) {
	data := large8M(b, "none")
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if rep, err := Verify(bytes.NewReader(data), nil); err != nil || rep.Err() != nil {
			b.Fatal(err, rep.Err())
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	text := string(large8M(b, "none"))
	for _, compressor := range []string{"zstd", "gzip"} {
		b.Run(compressor, func(b *testing.B) {
			pkg := &Build{
				Package:    Package{Name: "x", EVR: EVR{"", "1", "1"}, Arch: "noarch", Summary: "x", License: "MIT"},
				Compressor: compressor,
				Contents:   []Content{{Path: "/x", Mode: 0o100644, Size: int64(len(text)), Open: Bytes(text)}},
			}
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if err := pkg.WriteFile(filepath.Join(b.TempDir(), "x.rpm")); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
