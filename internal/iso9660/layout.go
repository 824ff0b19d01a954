package iso9660

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

const (
	// padding sectors follow the last file. isomd5sum leaves the last 15
	// sectors of an image unread, the backup GPT needs 9, and Linux can't read
	// the last ones of a CD that was burnt track-at-once if nothing follows.
	padding = 150

	// hybridUnit is what the size of a hybrid image is a multiple of, in bytes:
	// a cylinder of 64 heads and 32 blocks, which old BIOSes count in. It also
	// leaves the size as it is when a small file at the tail grows.
	hybridUnit = 1 << 20
)

// A Layout says where everything in an image lies, before it is written.
type Layout struct {
	opt    Options
	tree   *tree
	boot   map[string]*node // files that a boot record or table points to
	info   []*node          // files with a boot information table
	dirs   [2][]*node       // by hierarchy, as in its path table
	tables [2]tableOrder
	blank  uint32  // sector that everything without content points to
	files  []*node // with content, in the order of the image
	empty  []*node // regular files without content, by path
	end    int64   // sector behind the last file
	size   int64   // of the image in bytes
}

// A tableOrder is where the two path tables of a hierarchy lie.
type tableOrder struct {
	size        int64 // in bytes
	little, big uint32
}

// Plan lays an image out. Its error joins everything that is wrong with the
// options and the entries. The Layout keeps the entries: they must not be
// changed before it is written.
func Plan(entries []Entry, opt Options) (*Layout, error) {
	faults := []error{opt.Validate()}
	for i := range entries {
		faults = append(faults, entries[i].validate())
	}
	l := &Layout{opt: opt, boot: map[string]*node{}}
	catalog := ""
	if opt.ElTorito != nil {
		catalog = opt.ElTorito.CatalogPath
	}
	var err error
	l.tree, err = newTree(entries, catalog)
	faults = append(faults, err, l.resolve())
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	if err := l.arrange(); err != nil {
		return nil, err
	}
	return l, nil
}

// resolve finds the files that the options and entries name for booting.
func (l *Layout) resolve() error {
	var faults []error
	tabled := map[*node]bool{} // to have a boot information table
	if l.opt.ElTorito != nil {
		for i, e := range l.opt.ElTorito.Entries {
			n, err := l.need("boot image", e.Path)
			faults = append(faults, err)
			// isohdpfx.bin only boots an isolinux.bin, and that needs its table.
			if n != nil && (e.InfoTable || i == 0 && l.bootedByMBR(n)) {
				tabled[n] = true
			}
		}
	}
	if h := l.opt.Hybrid; h != nil && h.ESPPath != "" {
		_, err := l.need("EFI system partition", h.ESPPath)
		faults = append(faults, err)
	}
	for n := range l.tree.all {
		if n.entry != nil && n.entry.BootInfoTable {
			tabled[n] = true
		}
	}
	l.info = slices.SortedFunc(maps.Keys(tabled), func(a, b *node) int { return cmp.Compare(a.entry.Path, b.entry.Path) })
	for _, n := range l.info {
		if n.entry.Size < infoTableEnd || n.entry.Size > math.MaxUint32 {
			faults = append(faults, fmt.Errorf("%s: with %d bytes it can't have a boot information table", n.entry.Path, n.entry.Size))
		}
	}
	return errors.Join(faults...)
}

// need finds a file that firmware is led to, and keeps it in l.boot.
func (l *Layout) need(what, p string) (*node, error) {
	n := l.tree.find(p)
	if n == nil || n.entry == nil || !n.entry.Mode.IsRegular() {
		return nil, fmt.Errorf("%s %q is not among the files of the image", what, p)
	}
	if n.entry.Size == 0 {
		return nil, fmt.Errorf("%s %s is empty", what, p)
	}
	l.boot[p] = n
	return n, nil
}

// arrange names everything and gives everything its place.
func (l *Layout) arrange() error {
	for _, n := range l.tree.dirs {
		n.dir.arrange(l.opt.Joliet)
	}
	next := int64(primarySector + l.descriptorCount())
	take := func(n int64) uint32 {
		at := next
		next += n
		return uint32(at)
	}
	if l.tree.catalog != nil {
		l.tree.catalog.sector = take(1)
	}
	for _, h := range l.hierarchies() {
		l.dirs[h] = h.directories(l.tree.root)
		if n := len(l.dirs[h]); n > maxDirectories {
			return fmt.Errorf("the image has %d directories; a path table counts %d", n, maxDirectories)
		}
		t := &l.tables[h]
		t.size = int64(len(h.pathTable(l.dirs[h], le)))
		t.little, t.big = take(sectors(t.size)), take(sectors(t.size))
	}
	for _, h := range l.hierarchies() {
		for _, n := range l.dirs[h] {
			if err := measure(h, n, l.opt.Time); err != nil {
				return err
			}
			p := &n.dir.place[h]
			p.sector = take(sectors(p.size) + p.continuation)
		}
	}
	l.blank = take(1)
	l.placeFiles(take)
	l.end = next
	l.size = (next + padding) * SectorSize
	if l.opt.Hybrid != nil {
		l.size = alignUp(l.size, hybridUnit)
	}
	if l.size/SectorSize > math.MaxUint32 {
		return fmt.Errorf("the image would have %d sectors, more than the %d of ISO 9660", l.size/SectorSize, uint32(math.MaxUint32))
	}
	return nil
}

// placeFiles gives the files their sectors, light ones first.
func (l *Layout) placeFiles(take func(int64) uint32) {
	for n := range l.tree.all {
		switch {
		case n.isDir() || n == l.tree.catalog:
		case n.size() > 0:
			l.files = append(l.files, n)
		default:
			n.sector = l.blank
			if n.entry.Mode.IsRegular() {
				l.empty = append(l.empty, n)
			}
		}
	}
	byPath := func(a, b *node) int { return strings.Compare(a.entry.Path, b.entry.Path) }
	slices.SortFunc(l.empty, byPath)
	slices.SortFunc(l.files, func(a, b *node) int {
		return cmp.Or(cmp.Compare(a.entry.Weight, b.entry.Weight), byPath(a, b))
	})
	for _, n := range l.files {
		n.sector = take(sectors(n.entry.Size))
	}
}

func (l *Layout) hierarchies() []hierarchy {
	if l.opt.Joliet {
		return []hierarchy{primary, jolietly}
	}
	return []hierarchy{primary}
}

// Size is the size of the image in bytes.
func (l *Layout) Size() int64 { return l.size }

// A File is where the content of a regular file lies in the image: in one run
// of sectors, also when the file has several extents.
type File struct {
	Path   string
	Sector uint32 // of 2,048 bytes
	Size   int64  // in bytes
}

// Files lists every regular file in the order in which its content lies in the
// image, and those without content after them, by path.
func (l *Layout) Files() []File {
	files := make([]File, 0, len(l.files)+len(l.empty))
	for _, list := range [][]*node{l.files, l.empty} {
		for _, n := range list {
			files = append(files, File{n.entry.Path, n.sector, n.entry.Size})
		}
	}
	return files
}
