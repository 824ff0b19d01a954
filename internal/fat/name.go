package fat

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// shortPunctuation is what a short name may hold beside letters and digits, §6.1.
const shortPunctuation = "$%'-_@~`!(){}^#&"

// longForbidden is what no name may hold, §7.1.
const longForbidden = `"*/:<>?\|`

// nameChildren gives each child of a directory a short name that is the only
// one of its kind there, and a long one where the short one says less.
func nameChildren(dir *node) error {
	var faults []error
	folded := make(map[string]string, len(dir.children))
	taken := make(map[[11]byte]bool, len(dir.children))
	for _, n := range dir.children {
		if err := checkName(n.name); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", n.path, err))
			continue
		}
		key := fold(n.name)
		if other, ok := folded[key]; ok {
			faults = append(faults, fmt.Errorf("%s and %s differ in case only, which a FAT image cannot hold", other, n.path))
			continue
		}
		folded[key] = n.path
		// A name that fits 8.3 keeps that form, whoever comes first: otherwise
		// it could be another's numbered form.
		if short, exact := shortName(n.name); !lossy(n.name) {
			n.short, taken[short] = short, true
			if !exact {
				n.long = utf16.Encode([]rune(n.name))
			}
		}
	}
	next := make(map[string]int)
	for _, n := range dir.children {
		if lossy(n.name) && checkName(n.name) == nil {
			short, _ := shortName(n.name)
			n.short = numbered(short, taken, next)
			n.long = utf16.Encode([]rune(n.name))
			taken[n.short] = true
		}
	}
	return errors.Join(faults...)
}

// checkName says why a name cannot stand in a FAT directory.
func checkName(name string) error {
	if !utf8.ValidString(name) {
		return errors.New("the name is not valid UTF-8")
	}
	if n := len(utf16.Encode([]rune(name))); n > maxLongName {
		return fmt.Errorf("the name has %d UTF-16 units, %d are the most", n, maxLongName)
	}
	if strings.HasSuffix(name, ".") || strings.HasSuffix(name, " ") || strings.HasPrefix(name, " ") {
		return errors.New("a name in a FAT image neither begins with a space nor ends with a space or a dot")
	}
	for _, r := range name {
		if r < 0x20 || r == 0x7F || strings.ContainsRune(longForbidden, r) {
			return fmt.Errorf("%q cannot stand in a name of a FAT image", r)
		}
	}
	return nil
}

// fold makes names equal that a FAT driver takes for the same.
func fold(name string) string { return strings.Map(unicode.ToUpper, name) }

// shortName gives the 8.3 form of a name, padded with spaces, and whether it
// is the very same name: upper case, in 8.3 as it stands.
func shortName(name string) (short [11]byte, exact bool) {
	base, ext := name, ""
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		base, ext = name[:i], name[i+1:]
	}
	for i := range short {
		short[i] = ' '
	}
	copy(short[:8], shorten(base))
	copy(short[8:], shorten(ext))
	whole := strings.TrimRight(string(short[:8]), " ")
	if e := strings.TrimRight(string(short[8:]), " "); e != "" {
		whole += "." + e
	}
	return short, whole == name
}

// shorten maps a part of a name to what short names may hold.
func shorten(part string) string {
	return strings.Map(func(r rune) rune {
		switch r = unicode.ToUpper(r); {
		case r == ' ' || r == '.':
			return -1
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r < 0x80 && strings.ContainsRune(shortPunctuation, r):
			return r
		}
		return '_'
	}, part)
}

// lossy reports whether the short form of a name dropped more than its case;
// such a form gets a numeric tail, §7.2.
func lossy(name string) bool {
	short, _ := shortName(name)
	upper, exact := shortName(strings.ToUpper(name))
	return !exact || upper != short
}

// numbered gives the short name a tail ~1, ~2, … that is still free.
func numbered(short [11]byte, taken map[[11]byte]bool, next map[string]int) [11]byte {
	for {
		next[string(short[:])]++
		tail := fmt.Sprintf("~%d", next[string(short[:])])
		base := strings.TrimRight(string(short[:8]), " ")
		base = base[:min(len(base), 8-len(tail))] + tail
		s := short
		copy(s[:8], "        ")
		copy(s[:8], base)
		if !taken[s] {
			return s
		}
	}
}

// checksum ties long-name slots to their short name, §7.2.
func checksum(short [11]byte) byte {
	var sum byte
	for _, c := range short {
		sum = sum>>1 | sum<<7
		sum += c
	}
	return sum
}

// labelField is a volume label as it stands in the boot sector.
func labelField(label string) (field [11]byte, err error) {
	if label == "" {
		label = "NO NAME"
	}
	copy(field[:], "           ")
	if len(label) > len(field) || strings.TrimSpace(label) != label {
		return field, fmt.Errorf("volume label %q: at most %d characters, no space around them", label, len(field))
	}
	for _, r := range label {
		if (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(" -_", r) {
			return field, fmt.Errorf("volume label %q: %q is none of A-Z, 0-9, space, - and _", label, r)
		}
	}
	copy(field[:], label)
	return field, nil
}
