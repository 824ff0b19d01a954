package iso9660

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var testTime = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

func content(s string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader([]byte(s))), nil }
}

func file(p, s string) Entry {
	return Entry{Path: p, Mode: 0o644, Size: int64(len(s)), Open: content(s)}
}

func writeImage(t testing.TB, entries []Entry, opt Options) (string, *Layout, *Result) {
	t.Helper()
	l, err := Plan(entries, opt)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "image.iso")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := l.Write(context.Background(), f, nil)
	if err != nil {
		t.Fatal(err)
	}
	return name, l, r
}

func TestImagesAreReproducible(t *testing.T) {
	opt := Options{VolumeID: "REPEAT", Time: testTime, Joliet: true, ImplantMD5: true, Hybrid: &Hybrid{}}
	a, _, _ := writeImage(t, []Entry{file("b/x", "1"), file("a", "2"), file("b/y", "3")}, opt)
	b, _, _ := writeImage(t, []Entry{file("b/y", "3"), file("b/x", "1"), file("a", "2")}, opt)
	x, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := os.ReadFile(b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(x, y) {
		t.Error("the order of the entries shows in the image")
	}
}
