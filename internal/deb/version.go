package deb

import (
	"errors"
	"fmt"
	"strings"
)

// Compare orders two versions as Debian Policy §5.6.12 does: epoch, upstream
// version, revision. It returns -1, 0 or +1. Every string has a place in the
// order, so that a bad version never stops a comparison; CheckVersion tells
// whether one is well formed.
func Compare(a, b string) int {
	if a == b {
		return 0
	}
	aEpoch, aUpstream, aRevision := splitVersion(a)
	bEpoch, bUpstream, bRevision := splitVersion(b)
	if c := compareNumbers(aEpoch, bEpoch); c != 0 {
		return c
	}
	if c := compareParts(aUpstream, bUpstream); c != 0 {
		return c
	}
	return compareParts(aRevision, bRevision)
}

// splitVersion cuts [epoch:]upstream[-revision]. What stands before a colon
// is an epoch only if it is a number.
func splitVersion(v string) (epoch, upstream, revision string) {
	if i := strings.IndexByte(v, ':'); i > 0 && digits(v) == i {
		epoch, v = v[:i], v[i+1:]
	}
	if i := strings.LastIndexByte(v, '-'); i >= 0 {
		v, revision = v[:i], v[i+1:]
	}
	return epoch, v, revision
}

// compareParts walks two upstream versions or two revisions, taking turns:
// the longest prefix without digits by the order of its characters, then the
// longest prefix of digits by its number. An absent number is zero.
func compareParts(a, b string) int {
	for a != "" || b != "" {
		for (a != "" && !isDigit(a[0])) || (b != "" && !isDigit(b[0])) {
			if x, y := rank(a), rank(b); x != y {
				return sign(x - y)
			}
			// Equal ranks: both begin with the same character, since a digit
			// or the end never shares its rank with one.
			a, b = a[1:], b[1:]
		}
		i, j := digits(a), digits(b)
		if c := compareNumbers(a[:i], b[:j]); c != 0 {
			return c
		}
		a, b = a[i:], b[j:]
	}
	return 0
}

// rank places the first character of s: a tilde sorts before the end of the
// part, letters before everything that is not a letter.
func rank(s string) int {
	switch {
	case s == "" || isDigit(s[0]):
		return 0
	case s[0] == '~':
		return -1
	case isLetter(s[0]):
		return int(s[0])
	}
	return int(s[0]) + 256
}

// compareNumbers compares runs of digits of any length.
func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		return sign(len(a) - len(b))
	}
	return strings.Compare(a, b)
}

func digits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// CheckVersion reports what dpkg would not accept as a package's version.
func CheckVersion(v string) error {
	if v == "" {
		return errors.New("version is empty")
	}
	rest := v
	if i := strings.IndexByte(v, ':'); i >= 0 {
		if i == 0 || digits(v) != i {
			return fmt.Errorf("version %q: the epoch is not a number", v)
		}
		if strings.Trim(v[:i], "0") != "" && compareNumbers(v[:i], "2147483647") > 0 {
			return fmt.Errorf("version %q: the epoch is too large", v)
		}
		rest = v[i+1:]
	}
	upstream, revision := rest, "0"
	if i := strings.LastIndexByte(rest, '-'); i >= 0 {
		upstream, revision = rest[:i], rest[i+1:]
	}
	switch {
	case upstream == "":
		return fmt.Errorf("version %q: the upstream version is empty", v)
	case revision == "":
		return fmt.Errorf("version %q: the revision is empty", v)
	case !isDigit(upstream[0]):
		return fmt.Errorf("version %q: the upstream version does not start with a digit", v)
	}
	for i := range len(upstream) {
		if c := upstream[i]; !isDigit(c) && !isLetter(c) && strings.IndexByte(".+-~:", c) < 0 {
			return fmt.Errorf("version %q: %q is not allowed in an upstream version", v, c)
		}
	}
	for i := range len(revision) {
		if c := revision[i]; !isDigit(c) && !isLetter(c) && strings.IndexByte(".+~", c) < 0 {
			return fmt.Errorf("version %q: %q is not allowed in a revision", v, c)
		}
	}
	return nil
}
