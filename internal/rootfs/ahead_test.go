package rootfs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"cdbuilder/internal/deb"
)

// What was read ahead has the same files as the package, and is handed out once;
// where there is no place for it, and when the work is called off, there is
// nothing to hand out.
func TestReadingAhead(t *testing.T) {
	p := headed(t)
	want := names(t, p.verified)
	for name, dir := range map[string]string{"a place": t.TempDir(), "no place": "/proc"} {
		a := &ahead{ready: make(chan struct{})}
		a.read(t.Context(), p, dir)
		var got []byte
		done, err := a.reading(t.Context(), func(d *deb.Reader) error { got = list(t, d); return nil })
		if err != nil || done != (name == "a place") || done && !bytes.Equal(got, want) {
			t.Errorf("%s: %v %v\n%s\ninstead of\n%s", name, done, err, got, want)
		}
		if done, err := a.reading(t.Context(), nil); done || err != nil {
			t.Errorf("%s: there is something to read twice: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a := &ahead{ready: make(chan struct{})}
	a.read(ctx, p, t.TempDir())
	if done, err := a.reading(t.Context(), nil); done || err != nil {
		t.Errorf("called off: %v %v", done, err)
	}
	if done, err := (&ahead{ready: make(chan struct{})}).reading(ctx, nil); !done || !errors.Is(err, context.Canceled) {
		t.Errorf("called off while waiting: %v %v", done, err)
	}
}

// Damage that shows only now is told where the package is used.
func TestReadingAheadVerifies(t *testing.T) {
	p := headed(t)
	p.SHA256 = "0000000000000000000000000000000000000000000000000000000000000000"
	a := &ahead{ready: make(chan struct{})}
	a.read(t.Context(), p, t.TempDir())
	if done, err := a.reading(t.Context(), func(*deb.Reader) error { t.Error("it was used"); return nil }); !done || !errors.As(err, new(*ChecksumError)) {
		t.Errorf("%v %v", done, err)
	}
}

// headed is a package of which the head was read.
func headed(t *testing.T) *pkg {
	t.Helper()
	made := one(t, "some", dir("usr", 0o755), file("usr/data", "some text", 0o644), link("usr/link", "data"))
	p := &pkg{Package: &made}
	if err := p.head(); err != nil {
		t.Fatal(err)
	}
	return p
}

func names(t *testing.T, read func(context.Context, func(int64), func(*deb.Reader) error) error) (all []byte) {
	t.Helper()
	err := read(t.Context(), nil, func(d *deb.Reader) error { all = list(t, d); return nil })
	if err != nil || len(all) == 0 {
		t.Fatalf("%q %v", all, err)
	}
	return all
}

func list(t *testing.T, d *deb.Reader) (all []byte) {
	t.Helper()
	for f, err := range d.Files() {
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(f.Body)
		if err != nil {
			t.Fatal(err)
		}
		all = append(append(append(all, f.Name...), '\n'), data...)
	}
	return all
}
