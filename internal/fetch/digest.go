package fetch

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
)

// digest is the digest a file must have.
type digest struct {
	algorithm string // names the directory of the cache
	hex       string
	new       func() hash.Hash
}

func (w *Want) digest() (digest, error) {
	d := digest{"sha256", w.SHA256, sha256.New}
	if w.SHA256 == "" {
		d = digest{"sha512", w.SHA512, sha512.New}
	}
	if d.hex == "" {
		return d, errors.New("no digest to hold it to")
	}
	if b, err := hex.DecodeString(d.hex); err != nil || len(b) != d.new().Size() || hex.EncodeToString(b) != d.hex {
		return d, fmt.Errorf("%.130q is not a %s digest in lower-case hexadecimal", d.hex, d.algorithm)
	}
	return d, nil
}

// path is where a file with this digest stands in the cache.
func (d digest) path(dir string) string {
	return filepath.Join(dir, d.algorithm, d.hex[:2], d.hex)
}

// Path is where a file with this SHA-256 digest stands, or will stand.
func (c *Client) Path(sha256 string) string {
	if len(sha256) < 2 {
		return ""
	}
	return digest{algorithm: "sha256", hex: sha256}.path(c.Dir)
}

// isWhole reports whether the cache has the file. One that cannot be it is
// left for the next rename to replace.
func (c *Client) isWhole(path string, w *Want, d digest) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() != w.Size {
		return false
	}
	if !c.Rehash {
		return true
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	h := d.new()
	if _, err := io.Copy(h, f); err != nil {
		return false
	}
	return hex.EncodeToString(h.Sum(nil)) == d.hex
}
