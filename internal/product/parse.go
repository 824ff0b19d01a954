package product

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"time"
)

// maxSize bounds version.toml, in bytes. The demo product's has some 8,000.
const maxSize = 256 << 10

// Load reads and checks dir/version.toml: all that Parse checks, and that the
// files it names below dir are there. A signing key elsewhere is not looked
// for: who only builds a picture or bumps a version needs no secret key.
//
// Two environment variables override the file: SOURCE_DATE_EPOCH (seconds
// since 1970) the build's clock, and MIRROR_DIR the directory that store
// publishes to.
func Load(dir string, getenv func(string) string) (*File, error) {
	path := filepath.Join(dir, FileName)
	data, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("reading the product in %s: %w", dir, err)
	}
	f, c := parse(path, data)
	if f == nil {
		return nil, c.err()
	}
	f.Dir = dir
	f.checkFiles(c)
	if err := errors.Join(c.err(), f.override(getenv)); err != nil {
		return nil, err
	}
	return f, nil
}

// Parse reads and checks version.toml without looking at any other file. The
// name is what messages call it. The error joins one *Fault for everything that
// is wrong.
func Parse(name string, data []byte) (*File, error) {
	f, c := parse(name, data)
	if err := c.err(); err != nil {
		return nil, err
	}
	return f, nil
}

// Validate checks a File that was made by hand or changed after it was read.
func (f *File) Validate() error {
	c := newFaults(f.Path, nil)
	f.check(c)
	return c.err()
}

// parse returns no file when the syntax leaves nothing to check.
func parse(name string, data []byte) (*File, *faults) {
	raw, c := decode(name, data)
	if raw == nil {
		return nil, c
	}
	f := &File{Path: name}
	decoder{c}.table("", raw, reflect.ValueOf(f).Elem())
	f.fill()
	f.check(c)
	f.Epoch = f.Release.Date.Time
	return f, c
}

func read(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.LimitReader(file, maxSize+1))
}

// findMirror makes the mirror's directory absolute: MIRROR_DIR is relative to
// where the program runs, the file's own to the product.
func (f *File) findMirror(given string) error {
	dir := given
	if dir == "" && f.Mirror.Directory != "" {
		dir = f.Join(f.Mirror.Directory)
	}
	if dir == "" {
		return nil
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("finding the mirror's directory: %w", err)
	}
	f.Mirror.Directory = dir
	return nil
}

// override applies the environment.
func (f *File) override(getenv func(string) string) error {
	if err := f.findMirror(getenv("MIRROR_DIR")); err != nil {
		return err
	}
	text := getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		return nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	at := time.Unix(seconds, 0).UTC()
	if err != nil || at.Year() < firstYear || at.Year() > lastYear {
		return fmt.Errorf("SOURCE_DATE_EPOCH=%q is not a number of seconds since 1970 that lies in the years %d to %d; "+
			"unset it to build with the release's date", text, firstYear, lastYear)
	}
	f.Epoch = at
	return nil
}
