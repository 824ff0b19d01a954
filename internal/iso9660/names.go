package iso9660

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	maxID        = 31  // a full stop included, the version number not
	maxExtension = 8   // longer ones are cut, so that something is left of the name
	maxJoliet    = 103 // UCS-2 characters
)

// A naming makes the names of one hierarchy out of the nodes' own.
type naming struct {
	// name gives a node's name. With an ordinal above 0 it must differ from
	// that with every other ordinal.
	name func(n *node, ordinal int) string
	// key is the same for names that some reader takes for one.
	key func(name string) string
	set func(n *node, name string)
}

// A reader that hides the version number and an empty extension shows the file
// FOO. and the directory FOO under one name.
var isoNaming = naming{
	isoName,
	func(id string) string { return strings.TrimSuffix(id, ".") },
	func(n *node, id string) { n.id = id },
}

// Windows, and Linux when it looks up a Joliet name, take no notice of case.
var jolietNaming = naming{jolietName, strings.ToLower, func(n *node, name string) { n.joliet = name }}

// apply names all children of a directory, each differently. A name that needs
// no mangling keeps what it is; of those that collide the first by its own
// name keeps the plain form, and the others get numbers.
func (m naming) apply(children []*node) {
	taken := make(map[string]bool, len(children))
	next := map[string]int{}
	assign := func(n *node, name string) {
		taken[m.key(name)] = true
		m.set(n, name)
	}
	var pending []*node
	for _, n := range children {
		if plain := m.name(n, 0); strings.EqualFold(strings.TrimSuffix(plain, "."), n.name) && !taken[m.key(plain)] {
			assign(n, plain)
			continue
		}
		pending = append(pending, n)
	}
	for _, n := range pending {
		plain := m.name(n, 0)
		name := plain
		for taken[m.key(name)] {
			next[plain]++
			name = m.name(n, next[plain])
		}
		assign(n, name)
	}
}

// isoName maps a name to d-characters (ECMA-119 §7.5.1, §7.6.3, and Annex A for
// what an ordinal must not change: the extension).
func isoName(n *node, ordinal int) string {
	base, extension := n.name, ""
	if dot := strings.LastIndexByte(n.name, '.'); dot > 0 && !n.isDir() {
		base, extension = n.name[:dot], n.name[dot+1:]
	}
	extension = truncate(dCharacters(extension), maxExtension)
	room := maxID - len(".") - len(extension)
	suffix := ""
	if n.isDir() {
		room = maxID
	}
	if ordinal > 0 {
		suffix = "_" + strconv.Itoa(ordinal)
	}
	id := truncate(dCharacters(base), room-len(suffix)) + suffix
	if n.isDir() {
		return id
	}
	return id + "." + extension
}

// dCharacters replaces all but A-Z, 0-9 and _ (ECMA-119 Annex A), one for each
// character of s.
func dCharacters(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		case 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
			return r
		}
		return '_'
	}, s)
}

// truncate cuts s, which holds one-byte characters only, to n bytes.
func truncate(s string, n int) string { return s[:min(len(s), n)] }

// jolietName maps a name to what Joliet can hold: characters of the basic plane
// without *, /, :, ;, ? and \, at most maxJoliet of them.
func jolietName(n *node, ordinal int) string {
	name := strings.Map(func(r rune) rune {
		if r > 0xFFFF || utf16.IsSurrogate(r) || strings.ContainsRune(`*/:;?\`, r) {
			return '_'
		}
		return r
	}, n.name)
	if ordinal == 0 && utf8.RuneCountInString(name) <= maxJoliet {
		return closeName(name)
	}
	base, suffix := name, ""
	if dot := strings.LastIndexByte(name, '.'); dot > 0 && !n.isDir() && utf8.RuneCountInString(name[dot:]) <= 1+maxExtension {
		base, suffix = name[:dot], name[dot:]
	}
	if ordinal > 0 {
		suffix = "~" + strconv.Itoa(ordinal) + suffix
	}
	room := maxJoliet - utf8.RuneCountInString(suffix)
	runes := []rune(base)
	return closeName(string(runes[:min(len(runes), room)]) + suffix)
}

// closeName replaces a full stop or a space at the end, with which Windows and
// 7-Zip take a name for one without.
func closeName(name string) string {
	if last := len(name) - 1; name[last] == '.' || name[last] == ' ' {
		return name[:last] + "_"
	}
	return name
}

// appendUCS2 appends a Joliet name, big-endian.
func appendUCS2(b []byte, s string) []byte {
	for _, r := range s {
		b = be.AppendUint16(b, uint16(r))
	}
	return b
}
