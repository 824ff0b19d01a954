package rootfs

import (
	"fmt"
	"strings"
)

// filter says which files of packages stay out of the root, in dpkg's terms
// (path-exclude and path-include in dpkg(1)): the last rule that matches a path
// counts. Written into the target, the rules also hold for later upgrades.
type filter []rule

type rule struct {
	include bool
	pattern string // of the whole path; * and ? also match slashes
}

// newFilter makes the rules that the options ask for.
func newFilter(excludeDocs bool, languages []string) filter {
	var f filter
	add := func(include bool, patterns ...string) {
		for _, p := range patterns {
			f = append(f, rule{include, p})
		}
	}
	if excludeDocs {
		add(false, "/usr/share/doc/*", "/usr/share/info/*", "/usr/share/man/*")
		add(true, "/usr/share/doc/*/copyright")
	}
	if languages != nil {
		// Manual pages' sections are called man1 to man9, languages have two or
		// three letters, then maybe a country.
		manual := []string{"[a-z][a-z]", "[a-z][a-z][a-z]", "[a-z][a-z][_.@]*", "[a-z][a-z][a-z][_.@]*"}
		add(false, "/usr/share/locale/*")
		for _, m := range manual {
			add(false, "/usr/share/man/"+m+"/*")
		}
		add(true, "/usr/share/locale/locale.alias")
		for _, l := range append([]string{"en"}, languages...) {
			add(true, "/usr/share/locale/"+l+"/*", "/usr/share/locale/"+l+"[_@.]*/*")
			if !excludeDocs {
				add(true, "/usr/share/man/"+l+"/*", "/usr/share/man/"+l+"[_@.]*/*")
			}
		}
	}
	return f
}

// config is the filter as a file of /etc/dpkg/dpkg.cfg.d.
func (f filter) config() []byte {
	var b strings.Builder
	b.WriteString("# What was left out when this system was installed stays out when packages are upgraded.\n")
	for _, r := range f {
		verb := "path-exclude"
		if r.include {
			verb = "path-include"
		}
		fmt.Fprintf(&b, "%s=%s\n", verb, r.pattern)
	}
	return []byte(b.String())
}

// skips reports whether an entry of a package stays out. A directory, or a link
// that may lead to one, is kept when something in it might be included.
func (f filter) skips(name string, maybeDir bool) bool {
	path := "/" + name
	skip := false
	for _, r := range f {
		if skip == r.include && glob(r.pattern, path) {
			skip = !r.include
		}
	}
	if !skip || !maybeDir {
		return skip
	}
	for _, r := range f {
		if !r.include {
			continue
		}
		plain := r.pattern
		if i := strings.IndexAny(plain, "*?[\\"); i >= 0 {
			plain = plain[:i]
		}
		if strings.HasPrefix(path, strings.TrimRight(plain, "/")) {
			return false
		}
	}
	return true
}

// glob matches as fnmatch(3) without flags: *, ? and [] also match slashes. It
// knows what newFilter writes: no escapes, no negated brackets.
func glob(pattern, s string) bool {
	for pattern != "" {
		switch pattern[0] {
		case '*':
			for i := 0; i <= len(s); i++ {
				if glob(pattern[1:], s[i:]) {
					return true
				}
			}
			return false
		case '[':
			set, rest, _ := strings.Cut(pattern[1:], "]")
			if s == "" || !inSet(set, s[0]) {
				return false
			}
			pattern, s = rest, s[1:]
		default:
			if s == "" || (pattern[0] != '?' && pattern[0] != s[0]) {
				return false
			}
			pattern, s = pattern[1:], s[1:]
		}
	}
	return s == ""
}

func inSet(set string, c byte) bool {
	for i := 0; i < len(set); i++ {
		if i+2 < len(set) && set[i+1] == '-' {
			if set[i] <= c && c <= set[i+2] {
				return true
			}
			i += 2
			continue
		}
		if set[i] == c {
			return true
		}
	}
	return false
}
