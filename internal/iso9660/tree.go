package iso9660

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// A node is one name in the tree that is written. The tree of 100,000 files
// stays in memory during the pass, so a node holds no more than it needs.
type node struct {
	name   string // the last component of the path; empty for the root
	entry  *Entry // nil for the boot catalog and for directories that only are parents
	parent *node  // the root's parent is the root
	dir    *directory

	id     string // ISO 9660 identifier without version number
	joliet string // Joliet name, empty when not in the Joliet tree
	sector uint32 // where the content starts; directories have theirs in dir
}

// A directory is what a node needs to be one. Everything with two elements is
// indexed by hierarchy.
type directory struct {
	mode     fs.FileMode
	explicit bool       // an entry described it
	subdirs  int        // how many children are directories
	children [2][]*node // sorted as their records will be
	place    [2]place
}

// A place is where a directory lies in one hierarchy.
type place struct {
	number       int    // in the path table, from 1
	sector       uint32 // of the first record
	size         int64  // of the records in bytes, whole sectors
	continuation int64  // sectors of continuation areas behind the records
}

func (n *node) isDir() bool { return n.dir != nil }

func (n *node) size() int64 {
	switch {
	case n.entry != nil:
		return n.entry.Size
	case n.dir == nil:
		return SectorSize // the boot catalog
	}
	return 0
}

func (n *node) mode() fs.FileMode {
	switch {
	case n.dir != nil:
		return fs.ModeDir | n.dir.mode
	case n.entry != nil:
		return n.entry.Mode
	}
	return 0o444 // the boot catalog
}

// path is the node's path as an Entry would have it.
func (n *node) path() string {
	if n.parent == n {
		return "."
	}
	return path.Join(n.parent.path(), n.name)
}

// A tree is all nodes below one root.
type tree struct {
	root    *node
	dirs    map[string]*node
	catalog *node // nil without El Torito
	nodes   int
}

// newTree hangs the entries into a tree and sorts every directory's children by
// name. It returns the tree also when there are faults, for further checks.
func newTree(entries []Entry, catalogPath string) (*tree, error) {
	root := &node{dir: &directory{mode: 0o755}}
	root.parent = root
	t := &tree{root: root, dirs: map[string]*node{".": root}, nodes: 1}
	var faults []error
	for i := range entries {
		e := &entries[i]
		if !fs.ValidPath(e.Path) || e.Path == "." {
			continue // reported by Entry.validate
		}
		if e.Mode.IsDir() {
			d := t.directory(e.Path).dir
			if d.explicit {
				faults = append(faults, fmt.Errorf("%s: the directory is described twice", e.Path))
			}
			d.mode, d.explicit = e.Mode&^fs.ModeType, true
			continue
		}
		t.add(e.Path, e)
	}
	if fs.ValidPath(catalogPath) && catalogPath != "." {
		t.catalog = t.add(catalogPath, nil)
	}
	for _, p := range slices.Sorted(maps.Keys(t.dirs)) {
		children := t.dirs[p].dir.children[primary]
		slices.SortStableFunc(children, func(a, b *node) int { return strings.Compare(a.name, b.name) })
		for i := 1; i < len(children); i++ {
			if children[i].name == children[i-1].name {
				faults = append(faults, duplicate(children[i-1], children[i]))
			}
		}
	}
	return t, errors.Join(faults...)
}

// duplicate says how two nodes of one path came to be.
func duplicate(a, b *node) error {
	p := a.path()
	switch {
	case a.isDir() != b.isDir():
		return fmt.Errorf("%s: is a file, and other entries lie below it as a directory", p)
	case a.entry == nil || b.entry == nil:
		return fmt.Errorf("%s: the boot catalog stands there, leave the entry out", p)
	}
	return fmt.Errorf("%s: two entries have this path", p)
}

// directory gives the node of a directory, made when it is not there yet.
func (t *tree) directory(p string) *node {
	if n := t.dirs[p]; n != nil {
		return n
	}
	n := t.add(p, nil)
	n.parent.dir.subdirs++
	n.dir = &directory{mode: 0o755}
	t.dirs[p] = n
	return n
}

func (t *tree) add(p string, e *Entry) *node {
	parent := t.directory(path.Dir(p))
	n := &node{name: path.Base(p), entry: e, parent: parent}
	parent.dir.children[primary] = append(parent.dir.children[primary], n)
	t.nodes++
	return n
}

// find gives the node at a path, or nil. It relies on the order by name, so it
// must not be called once identifiers are assigned.
func (t *tree) find(p string) *node {
	d := t.dirs[path.Dir(p)]
	if d == nil {
		return nil
	}
	children := d.dir.children[primary]
	i, ok := slices.BinarySearchFunc(children, path.Base(p), func(n *node, name string) int { return strings.Compare(n.name, name) })
	if !ok {
		return nil
	}
	return children[i]
}

// all yields every node but the root, in no particular order.
func (t *tree) all(yield func(*node) bool) {
	for _, d := range t.dirs {
		for _, n := range d.dir.children[primary] {
			if !yield(n) {
				return
			}
		}
	}
}
