package xzstream

import (
	"bytes"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"cdbuilder/internal/judge"

	"github.com/mikelolasagasti/xz"
)

// xzWith has the real xz pack data.
func xzWith(t testing.TB, data []byte, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(judge.Program(t, "xz"), append([]string{"-c"}, args...)...)
	cmd.Stdin = bytes.NewReader(data)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// some is data that packs, but not to nothing.
func some(n int) []byte {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x>>24) & byte(i>>10)
	}
	return b
}

func unxz(data []byte) ([]byte, error) {
	r, err := NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func TestXZ(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	data := some(600 << 10)
	tests := []struct {
		name string
		args []string
	}{
		{"one block without sizes", []string{"-T1", "-1"}},
		{"blocks with sizes", []string{"-T4", "--block-size=70000", "-1"}},
		{"blocks without sizes", []string{"-T1", "--block-size=70000", "-1"}},
		{"CRC32", []string{"-T4", "--block-size=100000", "-1", "--check=crc32"}},
		{"SHA-256", []string{"-T4", "--block-size=100001", "-1", "--check=sha256"}},
		{"no check", []string{"-T4", "--block-size=100003", "-1", "--check=none"}},
		{"filter for x86", []string{"-T4", "--block-size=100000", "--x86", "--lzma2=preset=1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			packed := xzWith(t, data, tt.args...)
			for name, input := range map[string][]byte{
				"alone":              packed,
				"padded":             append(bytes.Clone(packed), make([]byte, 8)...),
				"twice, with a gap":  append(append(bytes.Clone(packed), 0, 0, 0, 0), packed...),
				"before a plain one": append(bytes.Clone(packed), xzWith(t, data, "-T1", "-0")...),
			} {
				got, err := unxz(input)
				want := bytes.Repeat(data, 1+strings.Count(name, "twice")+strings.Count(name, "plain"))
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s: %d bytes of %d, %v", name, len(got), len(want), err)
				}
			}
		})
	}
}

func TestXZDamage(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	data := some(20000)
	packed := xzWith(t, data, "-T4", "--block-size=6000", "-0")
	for at := range packed {
		// All of the headers, index and footer; of the rest a sample.
		if at > 80 && at < len(packed)-80 && at%101 != 0 {
			continue
		}
		spoilt := bytes.Clone(packed)
		spoilt[at] ^= 0x10
		// The library does not look at every spare bit; no byte may be wrong.
		if got, err := unxz(spoilt); err == nil && !bytes.Equal(got, data) {
			t.Errorf("byte %d changed: other bytes were unpacked without complaint", at)
		}
		if got, err := unxz(packed[:at]); err == nil {
			t.Errorf("cut at byte %d: %d bytes were unpacked without complaint", at, len(got))
		}
	}
	r, err := NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(r, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil { // must not hang with blocks on their way
		t.Fatal(err)
	}
}

// FuzzXZ compares the reading by blocks with the library's own.
func FuzzXZ(f *testing.F) {
	f.Add(xzWith(f, some(3000), "-T4", "--block-size=1000", "-0"))
	f.Add(xzWith(f, some(3000), "-T1", "-0"))
	f.Fuzz(func(t *testing.T, data []byte) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
		got, gotErr := unxz(data)
		z, wantErr := xz.NewReader(bytes.NewReader(data), maxWindow)
		var want []byte
		if wantErr == nil {
			want, wantErr = io.ReadAll(io.LimitReader(z, 64<<20))
		}
		if gotErr == nil && (wantErr != nil || !bytes.Equal(got, want)) {
			t.Fatalf("we read %d bytes, the library %d with %v", len(got), len(want), wantErr)
		}
		if wantErr == nil && gotErr != nil && len(data) > 0 {
			t.Fatalf("the library reads %d bytes, we fail: %v", len(want), gotErr)
		}
	})
}
