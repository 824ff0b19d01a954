package rpm

import (
	"errors"
	"fmt"
	"strings"

	"cdbuilder/internal/pkgset"
)

// Dep is one entry of a package's requires, provides, conflicts, obsoletes or
// weak dependencies: a name, a range of versions of a name, or a rich
// dependency.
type Dep struct {
	// Name is what is asked for or given: a package, a path, a capability such
	// as libc.so.6()(64bit). Of a rich dependency it is the whole text.
	Name string
	Op   pkgset.Op
	EVR  EVR   // zero when Op is Any
	Rich *Rich // what Name says, when it is "(a if b)"; else nil
	// Pre says that it must be there before the package's own scriptlets run
	// at installation.
	Pre bool
	// Flags are the header's RPMSENSE bits, the comparison among them. They
	// are 0 in what was not read from a header.
	Flags Sense
}

// Sense is the flags of a dependency in a header.
type Sense uint32

// The bits of Sense that rpm 4.18 writes (rpmds.h).
const (
	SenseLess          Sense = 1 << 1
	SenseGreater       Sense = 1 << 2
	SenseEqual         Sense = 1 << 3
	SensePosttrans     Sense = 1 << 5
	SensePrereq        Sense = 1 << 6
	SensePretrans      Sense = 1 << 7
	SenseInterp        Sense = 1 << 8
	SenseScriptPre     Sense = 1 << 9
	SenseScriptPost    Sense = 1 << 10
	SenseScriptPreun   Sense = 1 << 11
	SenseScriptPostun  Sense = 1 << 12
	SenseScriptVerify  Sense = 1 << 13
	SenseFindRequires  Sense = 1 << 14
	SenseFindProvides  Sense = 1 << 15
	SenseTriggerIn     Sense = 1 << 16
	SenseTriggerUn     Sense = 1 << 17
	SenseTriggerPostun Sense = 1 << 18
	SenseMissingOK     Sense = 1 << 19
	SenseTriggerPrein  Sense = 1 << 25
	SenseRPMLib        Sense = 1 << 24
	SenseKeyring       Sense = 1 << 26
	SenseConfig        Sense = 1 << 28
	SenseMeta          Sense = 1 << 29

	senseCompare = SenseLess | SenseGreater | SenseEqual
	sensePre     = SensePrereq | SenseScriptPre | SenseScriptPost
)

// senses are the comparisons as flags, indexed by pkgset.Op.
var senses = [...]Sense{0, SenseLess, SenseLess | SenseEqual, SenseEqual, SenseGreater | SenseEqual, SenseGreater}

// Op gives the comparison. One for everything but equality, which no package
// means, counts as none.
func (s Sense) Op() pkgset.Op {
	for op, flags := range senses {
		if s&senseCompare == flags {
			return pkgset.Op(op)
		}
	}
	return pkgset.Any
}

// operators are the comparisons as rpm reads them.
var operators = map[string]pkgset.Op{
	"<": pkgset.LT, "<=": pkgset.LE, "=<": pkgset.LE, "=": pkgset.EQ, "==": pkgset.EQ,
	">=": pkgset.GE, "=>": pkgset.GE, ">": pkgset.GT,
}

// opNames are the comparisons as rpm writes them, indexed by pkgset.Op.
var opNames = [...]string{"", "<", "<=", "=", ">=", ">"}

// ParseDep reads "name", "name >= 1:2.0-3" or a rich dependency in
// parentheses.
func ParseDep(s string) (Dep, error) {
	p := parser{text: s}
	p.skipBlanks()
	d, err := p.dep(0)
	if err == nil {
		if p.skipBlanks(); p.at < len(s) {
			err = fmt.Errorf("%q follows where it should end", s[p.at:])
		}
	}
	if err != nil {
		return Dep{}, fmt.Errorf("dependency %q: %w", s, err)
	}
	return d, nil
}

// NewDep makes the dependency that a header or a repository's metadata states
// in three parts. A name in parentheses must be a rich dependency.
func NewDep(name string, op pkgset.Op, evr EVR) (Dep, error) {
	if strings.HasPrefix(name, "(") {
		if op != pkgset.Any {
			return Dep{}, fmt.Errorf("dependency %q: a rich dependency has no version of its own", name)
		}
		return ParseDep(name)
	}
	if name == "" {
		return Dep{}, errors.New("a dependency without a name")
	}
	if op == pkgset.Any {
		evr = EVR{}
	}
	return Dep{Name: name, Op: op, EVR: evr}, nil
}

// String writes the dependency as spec files and rpm's queries do.
func (d Dep) String() string {
	if d.Rich != nil || d.Op == pkgset.Any {
		return d.Name
	}
	return d.Name + " " + opNames[d.Op] + " " + d.EVR.String()
}

// Overlaps reports whether provide is something that d asks for: the same name,
// and a version that lies in both ranges. Without a version on either side the
// name decides. A rich dependency overlaps nothing: ask its parts.
func (d Dep) Overlaps(provide Dep) bool {
	if d.Name != provide.Name || d.Rich != nil {
		return false
	}
	if d.Op == pkgset.Any || provide.Op == pkgset.Any || d.EVR.IsZero() || provide.EVR.IsZero() {
		return true
	}
	a, b := senses[provide.Op], senses[d.Op]
	c := provide.EVR.compareVersion(d.EVR)
	if c == 0 {
		switch {
		case provide.EVR.Release != "" && d.EVR.Release != "":
			c = CompareVersions(provide.EVR.Release, d.EVR.Release)
		case provide.EVR.Release != "" && b&SenseEqual != 0, d.EVR.Release != "" && a&SenseEqual != 0:
			return true // the side without a release means any
		}
	}
	switch {
	case c < 0:
		return a&SenseGreater != 0 || b&SenseLess != 0
	case c > 0:
		return a&SenseLess != 0 || b&SenseGreater != 0
	}
	return a&b != 0
}
