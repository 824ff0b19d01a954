package rpm

import (
	"cmp"
	"strings"
)

// EVR is the version of a package: epoch, version and release. An empty epoch
// counts as 0; an empty release stands for any.
type EVR struct{ Epoch, Version, Release string }

// ParseEVR takes epoch:version-release apart. The epoch is what stands in front
// of a colon and has only digits, the release what follows the last hyphen.
func ParseEVR(s string) EVR {
	var e EVR
	digits := 0
	for digits < len(s) && isDigit(s[digits]) {
		digits++
	}
	if digits < len(s) && s[digits] == ':' {
		e.Epoch, s = s[:digits], s[digits+1:]
		if e.Epoch == "" {
			e.Epoch = "0"
		}
	}
	e.Version = s
	if i := strings.LastIndexByte(s, '-'); i >= 0 {
		e.Version, e.Release = s[:i], s[i+1:]
	}
	return e
}

// String writes epoch:version-release, without an epoch or a release that is
// not given.
func (e EVR) String() string {
	s := e.Version
	if e.Epoch != "" {
		s = e.Epoch + ":" + s
	}
	if e.Release != "" {
		s += "-" + e.Release
	}
	return s
}

// IsZero reports whether nothing is given.
func (e EVR) IsZero() bool { return e == EVR{} }

// Compare gives -1, 0 or +1 as e is older than, the same as or newer than f.
// Where either has no release, releases don't count.
func (e EVR) Compare(f EVR) int {
	if c := e.compareVersion(f); c != 0 {
		return c
	}
	if e.Release == "" || f.Release == "" {
		return 0
	}
	return CompareVersions(e.Release, f.Release)
}

// compareVersion compares epochs and versions.
func (e EVR) compareVersion(f EVR) int {
	if e.Epoch != f.Epoch {
		if c := compareNumbers(e.Epoch, f.Epoch); c != 0 {
			return c
		}
	}
	return CompareVersions(e.Version, f.Version)
}

// CompareVersions compares two versions, or two releases, as rpmvercmp does:
// -1, 0 or +1. Runs of digits count as numbers, runs of letters as words, a
// number beats a word, and what separates them counts for nothing. A tilde
// sorts before everything, also before the end; a caret after the end but
// before anything else.
func CompareVersions(a, b string) int {
	if a == b {
		return 0
	}
	for a != "" || b != "" {
		a, b = skipSeparators(a), skipSeparators(b)
		if c, decided, marked := compareMarks(a, b); decided {
			return c
		} else if marked {
			a, b = a[1:], b[1:]
			continue
		}
		if a == "" || b == "" {
			break
		}
		c := 0
		if c, a, b = compareRuns(a, b); c != 0 {
			return c
		}
	}
	return cmp.Compare(min(len(a), 1), min(len(b), 1))
}

// compareMarks looks for a tilde or caret at the start of either. They decide,
// or both start with the same mark, or there is none.
func compareMarks(a, b string) (c int, decided, marked bool) {
	for _, mark := range []byte{'~', '^'} {
		inA, inB := a != "" && a[0] == mark, b != "" && b[0] == mark
		switch {
		case inA && inB:
			return 0, false, true
		case !inA && !inB:
			continue
		}
		c = 1
		if inA {
			c = -1
		}
		if mark == '^' && (a == "" || b == "") {
			c = -c
		}
		return c, true, false
	}
	return 0, false, false
}

// compareRuns compares the runs of digits or letters at the start of both and
// returns what follows them. What a starts with says which of the two it is.
func compareRuns(a, b string) (c int, restA, restB string) {
	kind, number := isLetter, isDigit(a[0])
	if number {
		kind = isDigit
	}
	i, j := runOf(a, kind), runOf(b, kind)
	switch {
	case j > 0 && number:
		c = compareNumbers(a[:i], b[:j])
	case j > 0:
		c = strings.Compare(a[:i], b[:j])
	case number:
		c = 1
	default:
		c = -1
	}
	return c, a[i:], b[j:]
}

// compareNumbers compares strings of digits of any length; none is 0.
func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		return cmp.Compare(len(a), len(b))
	}
	return strings.Compare(a, b)
}

func runOf(s string, kind func(byte) bool) int {
	n := 0
	for n < len(s) && kind(s[n]) {
		n++
	}
	return n
}

func skipSeparators(s string) string {
	return s[runOf(s, func(c byte) bool { return !isDigit(c) && !isLetter(c) && c != '~' && c != '^' }):]
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
