package modindex

// Glob reports whether name matches pattern as fnmatch(3) without flags would:
// * any run of bytes, ? one byte, [a-c] and [!a-c] sets, \ the next byte
// itself. A set without an end is plain text.
func Glob(pattern, name string) bool {
	p, n := 0, 0
	star, mark := -1, 0 // the last * and where the run it stands for ends
	for n < len(name) {
		if p < len(pattern) && pattern[p] == '*' {
			star, mark = p, n
			p++
			continue
		}
		if width, ok := one(pattern[p:], name[n]); ok {
			p += width
			n++
			continue
		}
		if star < 0 {
			return false
		}
		mark++
		p, n = star+1, mark
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// one matches a single byte against the pattern's first element, and gives
// that element's width.
func one(pattern string, c byte) (int, bool) {
	if pattern == "" {
		return 0, false
	}
	switch pattern[0] {
	case '?':
		return 1, true
	case '[':
		if width, in := set(pattern, c); width > 0 {
			return width, in
		}
	case '\\':
		if len(pattern) > 1 {
			return 2, pattern[1] == c
		}
	}
	return 1, pattern[0] == c
}

// set reads [abc], [a-c], [!a-c], [^a-c]; its width is 0 when the bracket is
// never closed.
func set(pattern string, c byte) (width int, in bool) {
	i := 1
	negated := i < len(pattern) && (pattern[i] == '!' || pattern[i] == '^')
	if negated {
		i++
	}
	for first := true; i < len(pattern) && (pattern[i] != ']' || first); first = false {
		low, high := pattern[i], pattern[i]
		if i+2 < len(pattern) && pattern[i+1] == '-' && pattern[i+2] != ']' {
			high = pattern[i+2]
			i += 2
		}
		in = in || (low <= c && c <= high)
		i++
	}
	if i >= len(pattern) {
		return 0, false
	}
	return i + 1, in != negated
}
