package fetch

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// part is a file on its way, held under a lock.
type part struct {
	f     *os.File
	path  string
	n     int64 // bytes in it, all of them in hash
	size  int64 // bytes of the whole
	hash  hash.Hash
	d     digest
	total func(int64) // progress
	// validator is the ETag or date under which the server gave the first
	// bytes in this run.
	validator string
	// foreign: it holds bytes that an earlier run wrote.
	foreign bool
}

// openPart opens or makes the part and waits for its lock. When the file has
// been completed by somebody else meanwhile, there is no part to return.
func (c *Client) openPart(ctx context.Context, final string, w *Want, d digest) (*part, error) {
	if err := os.MkdirAll(filepath.Dir(final), 0o755); err != nil {
		return nil, err
	}
	for {
		f, err := os.OpenFile(final+".part", os.O_RDWR|os.O_CREATE, 0o644)
		if err != nil {
			return nil, err
		}
		err = lock(ctx, f)
		switch {
		case err != nil:
			return nil, errors.Join(fmt.Errorf("waiting for the lock of %s: %w", f.Name(), err), f.Close())
		case c.isWhole(final, w, d):
			if isAt(f, final+".part") {
				_ = os.Remove(final + ".part")
			}
			return nil, f.Close()
		case isAt(f, final+".part"):
			return &part{f: f, path: final + ".part", size: w.Size, d: d, hash: d.new()}, nil
		}
		// The one who held the lock has renamed or removed it.
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
}

// lock takes the lock of f, asking again and again so that ctx can end it.
func lock(ctx context.Context, f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return err
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

func isAt(f *os.File, path string) bool {
	a, err := f.Stat()
	if err != nil {
		return false
	}
	b, err := os.Lstat(path)
	return err == nil && os.SameFile(a, b)
}

// pause waits, or returns why ctx ended.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// resume reads what an earlier run left.
func (p *part) resume() error {
	n, err := io.Copy(p.hash, p.f)
	if err != nil {
		return fmt.Errorf("reading %s: %w", p.path, err)
	}
	p.n, p.foreign = n, n > 0
	p.total(n)
	if n > p.size {
		return p.reset()
	}
	return nil
}

// reset starts over from nothing.
func (p *part) reset() error {
	p.total(-p.n)
	p.n, p.foreign, p.validator = 0, false, ""
	p.hash.Reset()
	if err := p.f.Truncate(0); err != nil {
		return err
	}
	_, err := p.f.Seek(0, io.SeekStart)
	return err
}

// Write appends to the part. What reached the disk is counted and hashed even
// when the rest did not.
func (p *part) Write(b []byte) (int, error) {
	n, err := p.f.Write(b)
	p.hash.Write(b[:n])
	p.n += int64(n)
	p.total(int64(n))
	return n, err
}

// commit checks the digest and gives the file its final name.
func (p *part) commit(final, url string) error {
	if got := hex.EncodeToString(p.hash.Sum(nil)); got != p.d.hex {
		return permanent{&Mismatch{URL: url, Want: p.d.hex, Got: got}}
	}
	if err := p.f.Chmod(0o444); err != nil {
		return err
	}
	if err := p.f.Sync(); err != nil {
		return err
	}
	if err := os.Rename(p.path, final); err != nil {
		return err
	}
	return syncDir(filepath.Dir(final))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// discard removes a part that holds nothing worth going on from.
func (p *part) discard() {
	if isAt(p.f, p.path) {
		_ = os.Remove(p.path)
	}
}
