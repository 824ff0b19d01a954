package deb

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cdbuilder/internal/pkgset"
)

// Relations reads relationship fields (Debian Policy chapter 7). It keeps one
// copy of every name, version and clause it has met, so that reading a whole
// distribution costs the memory of what differs. Clauses it returned are shared:
// they must not be changed. The zero value is ready; it is not for concurrent use.
type Relations struct {
	// Arch is the architecture for which restrictions such as [amd64 linux-any]
	// are judged: alternatives that do not apply are left out. Empty: a
	// restriction is a fault, as it is in a binary package.
	Arch string
	// Profiles are the active build profiles for <!nocheck> and the like.
	Profiles []string

	clauses map[string]pkgset.Clause
	Strings Interner
}

// ParseClauses reads a Depends-like field of a binary package: clauses
// separated by commas, alternatives separated by bars.
func ParseClauses(s string) ([]pkgset.Clause, error) {
	var r Relations
	return r.Clauses([]byte(s))
}

// ParseDeps reads a field that knows no alternatives: Conflicts, Breaks,
// Replaces, Provides.
func ParseDeps(s string) ([]pkgset.Dep, error) {
	var r Relations
	return r.Deps([]byte(s))
}

// Clauses reads a field of clauses. Empty entries, as a trailing comma leaves
// them, are passed over as dpkg does.
func (r *Relations) Clauses(field []byte) ([]pkgset.Clause, error) {
	if len(field) == 0 {
		return nil, nil
	}
	out := make([]pkgset.Clause, 0, 1+bytes.Count(field, comma))
	for len(field) > 0 {
		var entry []byte
		entry, field, _ = bytes.Cut(field, comma)
		if entry = bytes.TrimSpace(entry); len(entry) == 0 {
			continue
		}
		clause, err := r.clause(entry)
		if err != nil {
			return nil, err
		}
		if len(clause) > 0 {
			out = append(out, clause)
		}
	}
	return out, nil
}

// Deps reads a field without alternatives.
func (r *Relations) Deps(field []byte) ([]pkgset.Dep, error) {
	clauses, err := r.Clauses(field)
	if err != nil || len(clauses) == 0 {
		return nil, err
	}
	out := make([]pkgset.Dep, 0, len(clauses))
	for _, c := range clauses {
		if len(c) > 1 {
			return nil, fmt.Errorf("alternatives in %q, where there can be none", c)
		}
		out = append(out, c[0])
	}
	return out, nil
}

var (
	comma = []byte{','}
	bar   = []byte{'|'}
)

func (r *Relations) clause(entry []byte) (pkgset.Clause, error) {
	if c, ok := r.clauses[string(entry)]; ok {
		return c, nil
	}
	clause := make(pkgset.Clause, 0, 1+bytes.Count(entry, bar))
	for rest := entry; ; {
		one, more, found := bytes.Cut(rest, bar)
		dep, applies, err := r.dep(bytes.TrimSpace(one))
		if err != nil {
			return nil, fmt.Errorf("relation %.100q: %w", entry, err)
		}
		if applies {
			clause = append(clause, dep)
		}
		if !found {
			break
		}
		rest = more
	}
	if r.clauses == nil {
		r.clauses = make(map[string]pkgset.Clause)
	}
	r.clauses[string(entry)] = clause
	return clause, nil
}

// dep reads name[:qualifier] [(op version)] [\[archs\]] [<profiles>…].
func (r *Relations) dep(s []byte) (d pkgset.Dep, applies bool, err error) {
	end := bytes.IndexAny(s, " \t\r\n([<")
	if end < 0 {
		end = len(s)
	}
	name, arch, qualified := bytes.Cut(s[:end], []byte{':'})
	if err := checkName(name); err != nil {
		return d, false, err
	}
	if qualified && (len(arch) == 0 || checkName(arch) != nil) {
		return d, false, fmt.Errorf("bad architecture qualifier %q", arch)
	}
	d.Name, d.Arch = r.Strings.Of(name), r.Strings.Of(arch)
	rest := bytes.TrimSpace(s[end:])
	if len(rest) > 0 && rest[0] == '(' {
		if rest, err = r.version(&d, rest); err != nil {
			return d, false, err
		}
	}
	applies, err = r.restrictions(rest)
	return d, applies, err
}

var operators = []struct {
	text string
	op   pkgset.Op
}{
	// Two characters first. The single < and > are the obsolete spelling of
	// <= and >=; dpkg still takes them so.
	{"<<", pkgset.LT}, {"<=", pkgset.LE}, {">=", pkgset.GE}, {">>", pkgset.GT},
	{"=", pkgset.EQ}, {"<", pkgset.LE}, {">", pkgset.GE},
}

// version reads (op version) and returns what follows the bracket.
func (r *Relations) version(d *pkgset.Dep, s []byte) ([]byte, error) {
	end := bytes.IndexByte(s, ')')
	if end < 0 {
		return nil, errors.New("a version that no bracket closes")
	}
	inner, rest := bytes.TrimSpace(s[1:end]), bytes.TrimSpace(s[end+1:])
	for _, o := range operators {
		if bytes.HasPrefix(inner, []byte(o.text)) {
			inner, d.Op = bytes.TrimSpace(inner[len(o.text):]), o.op
			break
		}
	}
	if d.Op == pkgset.Any {
		return nil, fmt.Errorf("no comparison in (%s); write (>= %s)", inner, inner)
	}
	if len(inner) == 0 {
		return nil, errors.New("a comparison without a version")
	}
	for _, c := range inner {
		if c <= ' ' || c > '~' || strings.IndexByte("()[]<>=|,", c) >= 0 {
			return nil, fmt.Errorf("%q is not allowed in the version %q", c, inner)
		}
	}
	d.Version = r.Strings.Of(inner)
	return rest, nil
}

// restrictions judges [archs] and <profiles>.
func (r *Relations) restrictions(s []byte) (applies bool, err error) {
	if len(s) == 0 {
		return true, nil
	}
	if r.Arch == "" {
		return false, fmt.Errorf("%q after the relation; restrictions belong to source packages", s)
	}
	applies = true
	if s[0] == '[' {
		end := bytes.IndexByte(s, ']')
		if end < 0 {
			return false, errors.New("an architecture list that no bracket closes")
		}
		applies, err = archListHolds(strings.Fields(string(s[1:end])), r.Arch)
		if err != nil {
			return false, err
		}
		s = bytes.TrimSpace(s[end+1:])
	}
	if len(s) == 0 {
		return applies, nil
	}
	ok, err := r.profilesHold(s)
	return applies && ok, err
}

// archListHolds: either all entries are negated and none may match, or none
// is and one must (Policy §7.1).
func archListHolds(list []string, arch string) (bool, error) {
	if len(list) == 0 {
		return false, errors.New("an empty architecture list")
	}
	negated := strings.HasPrefix(list[0], "!")
	match := false
	for _, a := range list {
		if strings.HasPrefix(a, "!") != negated {
			return false, fmt.Errorf("architecture list %q mixes negated and plain names", list)
		}
		match = match || archMatches(strings.TrimPrefix(a, "!"), arch)
	}
	return match != negated, nil
}

// archMatches knows names and the wildcards any, linux-any and any-amd64. An
// architecture name without a hyphen is one of Linux.
func archMatches(pattern, arch string) bool {
	if pattern == "any" || pattern == arch {
		return true
	}
	os, cpu := splitArch(pattern)
	archOS, archCPU := splitArch(arch)
	return (os == "any" || os == archOS) && (cpu == "any" || cpu == archCPU)
}

func splitArch(a string) (os, cpu string) {
	if i := strings.LastIndexByte(a, '-'); i >= 0 {
		return a[:i], a[i+1:]
	}
	return "linux", a
}

// profilesHold judges <a !b> <c>: a list of groups of which one must hold,
// each a list of terms that must all hold.
func (r *Relations) profilesHold(s []byte) (bool, error) {
	holds := false
	for len(s) > 0 {
		end := bytes.IndexByte(s, '>')
		if s[0] != '<' || end < 0 {
			return false, fmt.Errorf("cannot read %.60q after the relation", s)
		}
		terms := strings.Fields(string(s[1:end]))
		if len(terms) == 0 {
			return false, errors.New("an empty list of build profiles")
		}
		all := true
		for _, t := range terms {
			name := strings.TrimPrefix(t, "!")
			all = all && slices.Contains(r.Profiles, name) == (name == t)
		}
		holds = holds || all
		s = bytes.TrimSpace(s[end+1:])
	}
	return holds, nil
}

// checkName holds package names to what dpkg takes: a letter or digit, then
// letters, digits and -+._ (Policy §5.6.1 is stricter: lower case, no
// underscore, two characters).
func checkName(name []byte) error {
	if len(name) == 0 {
		return errors.New("a relation without a package name")
	}
	for i, c := range name {
		if !isDigit(c) && !isLetter(c) && (i == 0 || strings.IndexByte("-+._", c) < 0) {
			return fmt.Errorf("%q is not allowed in the package name %.60q", c, name)
		}
	}
	return nil
}

// CheckName reports whether dpkg would take name as a package's name.
func CheckName(name string) error { return checkName([]byte(name)) }

// Interner keeps one copy of each string.
type Interner struct{ m map[string]string }

// Of returns the one copy of b.
func (in *Interner) Of(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if s, ok := in.m[string(b)]; ok {
		return s
	}
	if in.m == nil {
		in.m = make(map[string]string)
	}
	s := string(b)
	in.m[s] = s
	return s
}
