package kickstart

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Syntax is the version of the kickstart language that a file is written in.
// The zero value is the newest.
type Syntax struct {
	Family string // RHEL, F (Fedora), FC (Fedora Core), or empty
	Number int
}

// ParseSyntax reads a version as pykickstart writes it: RHEL9, F41, FC6, DEVEL.
func ParseSyntax(s string) (Syntax, error) {
	up := strings.ToUpper(s)
	if up == "" || up == "DEVEL" {
		return Syntax{}, nil
	}
	for _, family := range []string{"RHEL", "FC", "F"} {
		rest, ok := strings.CutPrefix(up, family)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(rest, 10, 8)
		if err != nil || !(Syntax{family, int(n)}).known() {
			break
		}
		return Syntax{family, int(n)}, nil
	}
	return Syntax{}, fmt.Errorf("unknown kickstart syntax %q: write RHEL3 or later, FC3 to FC6, F7 or later, or DEVEL", s)
}

func (s Syntax) known() bool {
	switch s.Family {
	case "RHEL":
		return s.Number >= 3
	case "FC":
		return s.Number >= 3 && s.Number <= 6
	}
	return s.Number >= 7
}

// String gives the version as pykickstart writes it.
func (s Syntax) String() string {
	if s.Family == "" {
		return "DEVEL"
	}
	return s.Family + strconv.Itoa(s.Number)
}

// EndRequired reports whether a section must be closed with %end: since
// Fedora 8 and RHEL 6.
func (s Syntax) EndRequired() bool {
	switch s.Family {
	case "RHEL":
		return s.Number >= 6
	case "FC":
		return false
	case "F":
		return s.Number >= 8
	}
	return true
}

// versionComment is what Anaconda writes into the head of its kickstarts.
var versionComment = regexp.MustCompile(`(?m)^#[ \t]*version=[ \t]*(\S+)`)

// OwnSyntax is the version that a kickstart says it is written in, "#version=F41",
// or the other one where it says none.
func OwnSyntax(name string, src []byte, otherwise Syntax) (Syntax, error) {
	m := versionComment.FindSubmatchIndex(src)
	if m == nil {
		return otherwise, nil
	}
	s, err := ParseSyntax(string(src[m[2]:m[3]]))
	if err != nil {
		return s, fmt.Errorf("%s:%d: %w", name, 1+bytes.Count(src[:m[0]], []byte("\n")), err)
	}
	return s, nil
}
