package rpmmd

import (
	"strings"

	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/rpm"
)

// InPrimary reports whether primary lists a file, as createrepo_c has it: what
// is configuration, what lies in a bin directory, and sendmail.
func InPrimary(path string) bool {
	return strings.HasPrefix(path, "/etc/") || strings.Contains(path, "bin/") || path == "/usr/lib/sendmail"
}

// slimRequires are the requirements that primary states, as createrepo_c
// selects them: not those on rpm itself, nor what the package brings along, nor
// what is said twice; and of libc's versions only the latest, which stands last.
func slimRequires(p *rpm.Package) []rpm.Dep {
	type stated struct {
		op  pkgset.Op
		evr rpm.EVR
		pre bool
	}
	type provided struct {
		name string
		stated
	}
	files := make(map[string]bool)
	for _, f := range p.Files {
		if InPrimary(f.Path) {
			files[f.Path] = true
		}
	}
	own := make(map[provided]bool, len(p.Provides)) // in the very same words
	for _, d := range p.Provides {
		own[provided{d.Name, stated{op: d.Op, evr: d.EVR}}] = true
	}
	last := make(map[string]stated)
	var libc *rpm.Dep
	var out []rpm.Dep
	for i := range p.Requires {
		d := &p.Requires[i]
		now := stated{d.Op, d.EVR, d.Pre}
		before, seen := last[d.Name]
		switch {
		case strings.HasPrefix(d.Name, "rpmlib("), files[d.Name], own[provided{d.Name, stated{op: d.Op, evr: d.EVR}}], seen && before == now:
		case strings.HasPrefix(d.Name, "libc.so.6"):
			if libc == nil || laterLibc(libc.Name, d.Name) {
				libc = d
			}
		default:
			out = append(out, *d)
			last[d.Name] = now
		}
	}
	if libc != nil {
		out = append(out, *libc)
	}
	return out
}

// laterLibc reports whether b asks for a later version of libc than a, by what
// their first parentheses hold: libc.so.6(GLIBC_2.4)(64bit).
func laterLibc(a, b string) bool {
	va, oka := libcVersion(a)
	vb, okb := libcVersion(b)
	if !oka || !okb {
		return okb && !oka
	}
	return rpm.CompareVersions(va, vb) < 0
}

// libcVersion is the version in the first parentheses of a name.
func libcVersion(name string) (version string, ok bool) {
	_, rest, _ := strings.Cut(name, "(")
	inside, _, closed := strings.Cut(rest, ")")
	i := strings.IndexAny(inside, "0123456789")
	if !closed || i < 0 {
		return "", false
	}
	return inside[i:], true
}
