package rpmmd

import (
	"crypto/md5"  //nolint:gosec // what old repositories have; told by Weak
	"crypto/sha1" //nolint:gosec // likewise
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
)

// Checksum is a digest as metadata states it. It says nothing until Check.
type Checksum struct {
	Type string // md5, sha or sha1, sha224, sha256, sha384, sha512
	Hex  string // lower-case hexadecimal
}

// algorithms are the digests we know, the strongest first.
var algorithms = []struct {
	name string
	weak bool
	new  func() hash.Hash
}{
	{"sha512", false, sha512.New},
	{"sha384", false, sha512.New384},
	{"sha256", false, sha256.New},
	{"sha224", false, sha256.New224},
	{"sha1", true, sha1.New},
	{"md5", true, md5.New},
}

// strength is the checksum's place among algorithms, -1 when it is not known.
func (c Checksum) strength() int {
	name := strings.ToLower(c.Type)
	if name == "sha" {
		name = "sha1"
	}
	for i := range algorithms {
		if algorithms[i].name == name {
			return i
		}
	}
	return -1
}

// Weak reports whether files with the same digest can be made at will: MD5 and
// SHA-1, and whatever is not known.
func (c Checksum) Weak() bool {
	i := c.strength()
	return i < 0 || algorithms[i].weak
}

// IsZero reports whether there is none.
func (c Checksum) IsZero() bool { return c == Checksum{} }

// Check reports whether it is a digest of a kind we know.
func (c Checksum) Check() error {
	i := c.strength()
	if i < 0 {
		return fmt.Errorf("the checksum type %.20q is not known; sha256 and sha512 are", c.Type)
	}
	if b, err := hex.DecodeString(c.Hex); err != nil || len(b) != algorithms[i].new().Size() {
		return fmt.Errorf("%.140q is not a %s checksum", c.Hex, c.Type)
	}
	return nil
}

// newHash makes the hash of a checked checksum.
func (c Checksum) newHash() hash.Hash { return algorithms[c.strength()].new() }

// String writes type:digest.
func (c Checksum) String() string { return c.Type + ":" + c.Hex }

// WeakChecksum is a file for which only weak checksums are stated.
type WeakChecksum struct{ Type string }

func (e *WeakChecksum) Error() string {
	return fmt.Sprintf("it is vouched for by a weak checksum only, %s; ask for a repository with sha256", e.Type)
}

// Mismatch is a file that is not the one that the metadata describes.
type Mismatch struct {
	What      string // what was compared: "checksum", "size", "open checksum" …
	Want, Got string
}

func (e *Mismatch) Error() string {
	return fmt.Sprintf("the file is not the right one: its %s is %s, expected %s", e.What, e.Got, e.Want)
}
