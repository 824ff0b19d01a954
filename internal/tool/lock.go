package tool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"cdbuilder/internal/fetch"
	"cdbuilder/internal/pkgset"
)

// LockPath is where revisor keeps the lock.
func (t *Tool) LockPath() string { return filepath.Join(t.BuildDir, "packages.lock") }

// Lock reads the lock that revisor wrote.
func (t *Tool) Lock() (*pkgset.Lock, error) {
	f, err := os.Open(t.LockPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &Hint{Err: err, Advice: "make revisor resolves the package set and writes the lock"}
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return pkgset.DecodeLock(f, t.LockPath())
}

// Cached is the path of a verified download in the cache, by its SHA-256.
func (t *Tool) Cached(sum string) string {
	return (&fetch.Client{Dir: t.CacheDir}).Path(sum)
}

// OpenLocked opens a locked package in the cache.
func (t *Tool) OpenLocked(p *pkgset.Locked) (*os.File, error) {
	f, err := os.Open(t.Cached(p.SHA256))
	if err != nil {
		return nil, &Hint{Err: fmt.Errorf("package %s: %w", p.Name, err), Advice: "make revisor downloads what is missing"}
	}
	return f, nil
}
