package iso9660

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestWriteRefusesOtherContent(t *testing.T) {
	digest := fmt.Sprintf("%x", sha256.Sum256([]byte("content")))
	broken := errors.New("broken")
	for _, c := range []struct {
		why  string
		file Entry
		want string
		is   error
	}{
		{"shorter", Entry{Path: "pool/f", Size: 8, Open: content("content")}, "pool/f has fewer than the 8 bytes", ErrContent},
		{"longer", Entry{Path: "pool/f", Size: 6, Open: content("content")}, "pool/f has more than the 6 bytes", ErrContent},
		{"not empty", Entry{Path: "pool/f", Open: content("c")}, "pool/f has more than the 0 bytes", ErrContent},
		{"another digest", Entry{Path: "pool/f", Size: 7, Open: content("CONTENT"), SHA256: digest}, "pool/f has SHA-256", ErrContent},
		{"can't be opened", Entry{Path: "pool/f", Size: 7, Open: func() (io.ReadCloser, error) { return nil, broken }}, "open pool/f: broken", broken},
		{"can't be read", Entry{Path: "pool/f", Size: 7, Open: func() (io.ReadCloser, error) { return io.NopCloser(failing{broken}), nil }}, "read pool/f: broken", broken},
		{"can't be closed", Entry{Path: "pool/f", Size: 7, Open: func() (io.ReadCloser, error) { return unclosable{strings.NewReader("content"), broken}, nil }}, "close pool/f: broken", broken},
		{"too short for its table", Entry{Path: "pool/f", Size: 100, Open: content("c"), BootInfoTable: true}, "read boot image pool/f", io.ErrUnexpectedEOF},
	} {
		t.Run(c.why, func(t *testing.T) {
			l, err := Plan([]Entry{file("a", "before"), c.file}, Options{VolumeID: "V", Time: testTime, ImplantMD5: true})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := l.Write(t.Context(), &discard{}, nil); err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, c.is) {
				t.Errorf("error %v", err)
			}
		})
	}
	l, err := Plan([]Entry{{Path: "f", Size: 7, Open: content("content"), SHA256: strings.ToUpper(digest)}}, Options{VolumeID: "V", Time: testTime})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Write(t.Context(), &discard{}, nil); err != nil {
		t.Errorf("the right digest: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

type unclosable struct {
	io.Reader
	err error
}

func (u unclosable) Close() error { return u.err }

// fullDisk takes so many bytes.
type fullDisk struct {
	left int
	err  error
}

func (d *fullDisk) Write(b []byte) (int, error) {
	if d.left -= len(b); d.left < 0 {
		return 0, d.err
	}
	return len(b), nil
}

func (d *fullDisk) WriteAt([]byte, int64) (int, error) { return 0, d.err }

func TestWriteStops(t *testing.T) {
	e := file("zeros", "")
	e.Size, e.Open = 64<<20, func() (io.ReadCloser, error) { return io.NopCloser(io.LimitReader(zeroReader{}, 64<<20)), nil }
	l, err := Plan([]Entry{e}, Options{VolumeID: "V", Time: testTime, ImplantMD5: true})
	if err != nil {
		t.Fatal(err)
	}
	noSpace := errors.New("no space left")
	for _, left := range []int{0, chunkSize, 20 * chunkSize, 1 << 30} {
		if _, err := l.Write(t.Context(), &fullDisk{left, noSpace}, nil); !errors.Is(err, noSpace) {
			t.Errorf("with room for %d bytes: %v", left, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	told := int64(0)
	_, err = l.Write(ctx, &discard{}, func(n int64) {
		if told += n; told > 5*chunkSize {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || told > 8*chunkSize {
		t.Errorf("cancelled after %d bytes: %v", told, err)
	}
	told = 0
	out := &discard{}
	if _, err := l.Write(t.Context(), out, func(n int64) { told += n }); err != nil || told != l.Size() || out.n != l.Size() {
		t.Errorf("told of %d bytes, wrote %d, planned %d, %v", told, out.n, l.Size(), err)
	}
}
