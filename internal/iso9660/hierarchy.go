package iso9660

import (
	"cmp"
	"slices"
)

// A hierarchy is one of the two directory trees over the same content.
type hierarchy int

const (
	primary  hierarchy = iota // ISO 9660 identifiers and Rock Ridge
	jolietly                  // Joliet names
)

// appendIdentifier appends a child's file identifier as directory records have
// it (ECMA-119 §7.5).
func (h hierarchy) appendIdentifier(b []byte, n *node) []byte {
	switch {
	case h == jolietly:
		return appendUCS2(b, n.joliet)
	case n.isDir():
		return append(b, n.id...)
	}
	return append(append(b, n.id...), ";1"...)
}

// arrange gives every child of d its names and puts both child lists into the
// order of directory records (ECMA-119 §9.3). It must be called while the
// children are sorted by name, so that mangling is deterministic.
func (d *directory) arrange(joliet bool) {
	children := d.children[primary]
	isoNaming.apply(children)
	if joliet {
		shown := slices.DeleteFunc(slices.Clone(children), (*node).hasNoJoliet)
		jolietNaming.apply(shown)
		// UTF-8 sorts as UCS-2 does: both keep the order of code points.
		slices.SortFunc(shown, func(a, b *node) int { return cmp.Compare(a.joliet, b.joliet) })
		d.children[jolietly] = shown
	}
	// A full stop sorts before every d-character, as the padding of §9.3 does.
	slices.SortFunc(children, func(a, b *node) int { return cmp.Compare(a.id, b.id) })
}

// hasNoJoliet reports whether n can't be in the Joliet tree: it has no links.
func (n *node) hasNoJoliet() bool { return !n.isDir() && n.entry != nil && !n.entry.Mode.IsRegular() }

// directories lists all directories in the order of the path table: by level,
// then by the parent's number, then by identifier (ECMA-119 §6.9.1). It numbers
// them on the way.
func (h hierarchy) directories(root *node) []*node {
	dirs := []*node{root}
	for i := 0; i < len(dirs); i++ {
		dirs[i].dir.place[h].number = i + 1
		for _, child := range dirs[i].dir.children[h] {
			if child.isDir() {
				dirs = append(dirs, child)
			}
		}
	}
	return dirs
}
