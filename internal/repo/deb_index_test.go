package repo

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/pkgset"
)

// manyPackages is an index of several blocks when it is compressed in pieces.
func manyPackages(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "Package: p%d\nVersion: %d.0\nArchitecture: all\nDepends: p%d\nFilename: pool/p%d.deb\nSize: %d\nSHA256: %064x\n\n", i, i, i/2, i, i+1, i*i)
	}
	return b.String()
}

func compress(t testing.TB, text string, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(judge.Program(t, program), args...)
	cmd.Stdin = strings.NewReader(text)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "index")
	if err := os.WriteFile(path, out, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// readIndex is what Load does with an index file.
func readIndex(path string, c choice) ([]*pkgset.Package, error) {
	parsed, err := parseIndex(path, c)
	if err != nil {
		return nil, err
	}
	pkgs, ok := decodeCache(parsed, shared)
	if !ok {
		return nil, errors.New("what was parsed cannot be read back")
	}
	return pkgs, nil
}

func TestReadIndexInEveryForm(t *testing.T) {
	text := manyPackages(4000)
	want := parse(t, text)
	tests := map[string]struct {
		format string
		argv   []string
	}{
		"plain":             {"", []string{"cat"}},
		"gz":                {"gz", []string{"gzip", "-c"}},
		"zst":               {"zst", []string{"zstd", "-c", "-q"}},
		"xz, one block":     {"xz", []string{"xz", "-c"}},
		"xz, many blocks":   {"xz", []string{"xz", "-c", "--block-size=90000", "-0"}},
		"xz, blocks, CRC32": {"xz", []string{"xz", "-c", "--block-size=200000", "-0", "--check=crc32"}},
		"xz, blocks, -T2":   {"xz", []string{"xz", "-c", "--block-size=200000", "-0", "-T2", "--check=sha256"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := compress(t, text, test.argv[0], test.argv[1:]...)
			got, err := readIndex(path, choice{format: test.format, unpacked: int64(len(text))})
			if err != nil {
				t.Fatal(err)
			}
			samePackages(t, want, got)
		})
	}
}

// Whatever happens to a compressed index, what comes out is an error or the
// very packages.
func TestDamagedIndex(t *testing.T) {
	text := manyPackages(1000)
	want := parse(t, text)
	for name, argv := range map[string][]string{"xz": {"xz", "-c", "--block-size=50000"}, "gz": {"gzip", "-c"}, "zst": {"zstd", "-c", "-q", "--check"}} {
		t.Run(name, func(t *testing.T) {
			path := compress(t, text, argv[0], argv[1:]...)
			good, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			c := choice{format: name, unpacked: int64(len(text))}
			for i := 0; i < len(good); i += 1 + len(good)/40 {
				for _, bad := range [][]byte{good[:i], append(append(bytes.Clone(good[:i]), good[i]^0x10), good[i+1:]...)} {
					if err := os.WriteFile(path, bad, 0o644); err != nil {
						t.Fatal(err)
					}
					if got, err := readIndex(path, c); err == nil {
						samePackages(t, want, got)
					}
				}
			}
		})
	}
}

func FuzzIndexXZ(f *testing.F) {
	path := compress(f, manyPackages(100), "xz", "-c", "--block-size=5000", "--lzma2=preset=0,dict=4KiB")
	good, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		_, _ = readIndex(path, choice{format: "xz", unpacked: 1 << 20})
	})
}
