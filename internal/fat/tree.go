package fat

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// node is a file or directory that is to be written.
type node struct {
	path     string
	name     string
	short    [11]byte
	long     []uint16 // nil where the short name says it all
	dir      bool
	entry    Entry
	parent   *node
	children []*node // sorted by name

	first uint32 // first cluster; 0 for an empty file
	count int64  // clusters
}

// tree is everything that is to be written.
type tree struct {
	root  *node
	dirs  []*node // the root first, every directory before those in it
	files []*node // sorted by path
	label bool    // the root directory begins with a volume label
}

// plant makes the tree of the entries, reporting all that are wrong.
func plant(entries []Entry, label string) (*tree, error) {
	root := &node{path: ".", dir: true}
	t := &tree{root: root, label: label != ""}
	known := map[string]*node{".": root}
	sorted := slices.Clone(entries)
	slices.SortStableFunc(sorted, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	var faults []error
	for _, e := range sorted {
		if err := e.check(); err != nil {
			faults = append(faults, err)
			continue
		}
		if err := grow(known, e); err != nil {
			faults = append(faults, err)
		}
	}
	if err := t.nameAll(root); err != nil {
		faults = append(faults, err)
	}
	return t, errors.Join(faults...)
}

func (e *Entry) check() error {
	switch {
	case !fs.ValidPath(e.Path) || e.Path == ".":
		return fmt.Errorf("%q is not a relative, slash separated path", e.Path)
	case e.content() < 0 || e.content() > maxFileSize:
		return fmt.Errorf("%s: %d bytes; a file in a FAT image holds at most %d", e.Path, e.content(), int64(maxFileSize))
	case !e.Dir && e.Data == nil && e.Open == nil && e.Size != 0:
		return fmt.Errorf("%s: %d bytes, but nothing to read them from", e.Path, e.Size)
	}
	return nil
}

// grow adds the entry and the directories on its way.
func grow(known map[string]*node, e Entry) error {
	if n, ok := known[e.Path]; ok {
		if n.dir && e.Dir {
			return nil
		}
		return fmt.Errorf("%s is listed twice", e.Path)
	}
	up := path.Dir(e.Path)
	if _, ok := known[up]; !ok {
		if err := grow(known, Entry{Path: up, Dir: true}); err != nil {
			return err
		}
	}
	parent := known[up]
	if !parent.dir {
		return fmt.Errorf("%s lies below the file %s", e.Path, up)
	}
	n := &node{path: e.Path, name: path.Base(e.Path), dir: e.Dir, entry: e, parent: parent}
	parent.children = append(parent.children, n)
	known[e.Path] = n
	return nil
}

// nameAll gives every node its names as they stand on disk and fills the lists.
func (t *tree) nameAll(dir *node) error {
	t.dirs = append(t.dirs, dir)
	slices.SortFunc(dir.children, func(a, b *node) int { return strings.Compare(a.name, b.name) })
	faults := []error{nameChildren(dir)}
	if size := t.dirSize(dir); size > maxDirSize {
		faults = append(faults, fmt.Errorf("%s: its names take %d bytes, a directory of a FAT image holds %d", dir.path, size, maxDirSize))
	}
	for _, n := range dir.children {
		if n.dir {
			faults = append(faults, t.nameAll(n))
		} else {
			t.files = append(t.files, n)
		}
	}
	return errors.Join(faults...)
}

// slots is the number of directory slots the node's name takes.
func (n *node) slots() int64 { return 1 + ceil(int64(len(n.long)), 13) }

// dirSize is the number of bytes of a directory's slots, the two dot entries
// or the volume label among them.
func (t *tree) dirSize(dir *node) int64 {
	slots := int64(2)
	if dir == t.root {
		slots = 0
		if t.label {
			slots = 1
		}
	}
	for _, n := range dir.children {
		slots += n.slots()
	}
	return slots * direntSize
}

// rootSlots is the length of a fixed root directory that holds the tree's.
func (t *tree) rootSlots() int64 {
	perSector := int64(sectorSize / direntSize)
	return max(leastRoot, ceil(t.dirSize(t.root)/direntSize, perSector)*perSector)
}

// clusters counts what the tree takes in a shape.
func (t *tree) clusters(s shape) int64 {
	size := s.perCluster * sectorSize
	var n int64
	for _, d := range t.dirs {
		if d != t.root || s.bits == 32 {
			n += max(1, ceil(t.dirSize(d), size))
		}
	}
	for _, f := range t.files {
		n += ceil(f.entry.content(), size)
	}
	return n
}

// bytes is the content of all files.
func (t *tree) bytes() int64 {
	var n int64
	for _, f := range t.files {
		n += f.entry.content()
	}
	return n
}
