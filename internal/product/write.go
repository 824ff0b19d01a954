package product

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// EditFile does Edit on dir/version.toml and puts the result in its place in
// one step, so that a reader sees the old file or the new one. It returns the
// new file, and whether anything changed. A symbolic link is followed.
func EditFile(dir string, changes []Change, now time.Time) (f *File, changed bool, err error) {
	path := filepath.Join(dir, FileName)
	data, err := read(path)
	if err != nil {
		return nil, false, fmt.Errorf("reading the product in %s: %w", dir, err)
	}
	edited, err := Edit(path, data, changes, now)
	if err != nil {
		return nil, false, err
	}
	if f, err = Parse(path, edited); err != nil {
		return nil, false, err
	}
	f.Dir = dir
	if bytes.Equal(data, edited) {
		return f, false, nil
	}
	if err := replace(path, edited); err != nil {
		return nil, false, fmt.Errorf("writing %s: %w", path, err)
	}
	return f, true, nil
}

// replace writes a temporary file beside the target, in its mode, and renames it.
func replace(path string, data []byte) (err error) {
	path, err = filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+FileName+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(tmp.Name()))
		}
	}()
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Chmod(info.Mode().Perm()), tmp.Sync(), tmp.Close())
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
