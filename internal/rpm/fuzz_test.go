package rpm

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// small makes packages for fuzzers to start from, one of each kind that is
// written.
func small(f *testing.F) [][]byte {
	f.Helper()
	s, _ := testSigner(f)
	var out [][]byte
	for _, compressor := range []string{"zstd", "gzip", "none"} {
		for _, limit := range []int64{0, 5} {
			b := sample(f)
			b.Compressor, b.newcLimit = compressor, limit
			if limit == 0 {
				b.Signer = s
			}
			path := filepath.Join(f.TempDir(), "x.rpm")
			if err := b.WriteFile(path); err != nil {
				f.Fatal(err)
			}
			data, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			out = append(out, data)
		}
	}
	return out
}

func FuzzHeader(f *testing.F) {
	for _, data := range small(f) {
		in, err := NewReader(bytes.NewReader(data))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(in.Header.raw)
		f.Add(in.Signature.raw)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, region := range []Tag{TagRegionImmutable, TagRegionSignatures} {
			h, err := readHeader(bytes.NewReader(data), region)
			if err != nil {
				continue
			}
			for _, tag := range h.Tags() {
				if n := h.Count(tag); n < 1 || len(h.Texts(tag)) > n || len(h.Numbers(tag)) > n || len(h.Bytes(tag)) > n {
					t.Fatalf("tag %d has %d values, and others", tag, n)
				}
			}
			h.Package()
			h.Files()
			h.Triggers()
			h.Scriptlets()
			// What is read can be written anew and says the same.
			again, err := readHeader(bytes.NewReader(h.fields().encode(region)), region)
			if err != nil {
				t.Fatalf("written anew it is refused: %v", err)
			}
			if len(again.entries) != len(h.entries) {
				t.Fatalf("%d tags, written anew %d", len(h.entries), len(again.entries))
			}
		}
	})
}

func FuzzPackage(f *testing.F) {
	for _, data := range small(f) {
		f.Add(data)
	}
	keys := new(Keys)
	f.Fuzz(func(t *testing.T, data []byte) {
		if rep, err := Verify(bytes.NewReader(data), keys); err == nil {
			if signer, err := rep.Trusted(); err == nil {
				t.Fatalf("trusted without a key: %s", signer)
			}
		}
		in, err := NewReader(bytes.NewReader(data))
		if err != nil {
			return
		}
		if int(in.HeaderEnd) > len(data) {
			t.Fatalf("the header ends at %d of %d", in.HeaderEnd, len(data))
		}
		in.Package()
	})
}

// FuzzPayload reads the payload given with the header of a real package.
func FuzzPayload(f *testing.F) {
	var heads [][]byte
	for i, data := range small(f) {
		in, err := NewReader(bytes.NewReader(data))
		if err != nil {
			f.Fatal(err)
		}
		heads = append(heads, data[:in.HeaderEnd])
		f.Add(uint8(i), data[in.HeaderEnd:])
	}
	f.Fuzz(func(t *testing.T, kind uint8, payload []byte) {
		in, err := NewReader(bytes.NewReader(heads[int(kind)%len(heads)]))
		if err != nil {
			t.Fatal(err)
		}
		in.r = bytes.NewReader(payload)
		p, err := in.Payload()
		if err != nil {
			return
		}
		defer p.Close()
		for range 100 {
			e, err := p.Next()
			if err != nil {
				if !errors.Is(err, io.EOF) && !errors.Is(err, ErrFormat) {
					t.Fatalf("an error of its own: %v", err)
				}
				return
			}
			if n, err := io.Copy(io.Discard, p); n > e.Size || err == nil && e.Regular() && n != e.Size {
				t.Fatalf("%s: %d bytes of %d", e.Path, n, e.Size)
			}
		}
		t.Fatal("more files than the header has")
	})
}

// FuzzDecompress unpacks by each compressor's name, a megabyte at most.
func FuzzDecompress(f *testing.F) {
	for _, data := range small(f) {
		if in, err := NewReader(bytes.NewReader(data)); err == nil {
			f.Add(data[in.HeaderEnd:])
		}
	}
	f.Add([]byte("\x5d\x00\x00\x80\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00"))
	f.Add([]byte("BZh91AY&SY"))
	f.Fuzz(func(_ *testing.T, data []byte) {
		for _, name := range []string{"", "gzip", "bzip2", "xz", "lzma", "zstd"} {
			if z, err := decompress(bytes.NewReader(data), name); err == nil {
				io.CopyN(io.Discard, z, 1<<20)
				z.Close()
			}
		}
	})
}

func FuzzSignature(f *testing.F) {
	for _, data := range small(f) {
		if in, err := NewReader(bytes.NewReader(data)); err == nil {
			f.Add(in.Signature.Bytes(SigDSA))
		}
	}
	// A version 3 signature with numbers of a few bits.
	f.Add([]byte("\x88\x17\x03\x05\x00\x5a\x5a\x5a\x5a\x01\x02\x03\x04\x05\x06\x07\x08\x01\x08\xaa\xbb\x00\x08\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parseSignature(data)
		if err == nil {
			if _, err := s.newHash(); err == nil && s.title() == "" {
				t.Fatal("no title")
			}
		}
	})
}
