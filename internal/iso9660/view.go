package iso9660

import (
	"container/list"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
)

// A NameKind says by which names a view shows the files.
type NameKind int

// The kinds of names, the best first.
const (
	RockRidge NameKind = iota // POSIX names and attributes, links
	Joliet                    // UCS-2 names
	Plain                     // ISO 9660 identifiers, without version numbers
)

func (k NameKind) String() string {
	switch k {
	case RockRidge:
		return "Rock Ridge"
	case Joliet:
		return "Joliet"
	case Plain:
		return "plain ISO 9660"
	}
	return fmt.Sprintf("NameKind(%d)", int(k))
}

const (
	maxLinks = 40       // symbolic links on one path, as in Linux
	maxCache = 32 << 20 // bytes of listings that are kept, about
	maxKnown = 1 << 20  // directories of one view
)

// ErrCycle is what errors wrap when a path runs into a directory that already
// is another one: directories of a sane image form a tree.
var ErrCycle = errors.New("directory occurs twice")

// An FS is an image seen by one kind of names. It implements fs.FS, fs.StatFS,
// fs.ReadDirFS and fs.ReadLinkFS. Open, Stat and ReadDir follow symbolic links, which
// never lead out of the image: its root is their root. FileInfo.Sys gives
// *Attributes. When one directory holds a name twice, the first one shows.
//
// ReadDir of a damaged directory returns the entries that could be read together
// with an error that says what could not.
type FS struct {
	kind NameKind
	src  *source
	skip int // bytes of system use before the fields (SUSP §5.3)
	root dirent

	mu     sync.Mutex
	cache  map[uint32]*list.Element // of cached, by first block
	recent list.List                // of cached; the most recently used in front
	cost   int64
	known  map[uint32]position // where each directory was met, by first block
}

type cached struct {
	block   uint32
	listing *listing
}

// A position is a name in the directory at a block.
type position struct {
	parent uint32
	name   string
}

// openViews finds out by which names the image can be seen.
func (img *Image) openViews() {
	img.views = map[NameKind]*FS{}
	view := func(kind NameKind, root recordHead) *FS {
		fsys := &FS{kind: kind, src: img.src, cache: map[uint32]*list.Element{}, known: map[uint32]position{}}
		fsys.root = plainEntry(root)
		fsys.root.name = "."
		fsys.known[root.extent.Block] = position{root.extent.Block, "."}
		img.views[kind] = fsys
		return fsys
	}
	img.FS = view(Plain, img.primary.root)
	if img.joliet != nil {
		img.FS = view(Joliet, img.joliet.root)
	}
	budget := int64(maxAreasBytes)
	_, rr, err := img.dot(img.primary.root.extent.Block, 0, &budget)
	if rr != nil && rr.suspends >= 0 && (rr.announced || rr.hasMode || err != nil) {
		img.FS = view(RockRidge, img.primary.root)
		img.skip = rr.suspends
		img.root.apply(rr)
	}
}

// View is the image by one kind of names. The error says that it has none of
// that kind; there always are plain ones.
func (img *Image) View(kind NameKind) (*FS, error) {
	if fsys := img.views[kind]; fsys != nil {
		return fsys, nil
	}
	return nil, fmt.Errorf("the image has no %s names", kind)
}

// Kind says by which names fsys shows the files.
func (fsys *FS) Kind() NameKind { return fsys.kind }

// listing gives a directory's listing from the cache, or reads it.
func (fsys *FS) listing(dir *dirent) *listing {
	fsys.mu.Lock()
	defer fsys.mu.Unlock()
	block := dir.extents[0].Block
	if e := fsys.cache[block]; e != nil {
		fsys.recent.MoveToFront(e)
		return e.Value.(*cached).listing
	}
	l := fsys.list(dir.extents)
	fsys.cache[block] = fsys.recent.PushFront(&cached{block, l})
	fsys.cost += l.cost
	for fsys.cost > maxCache && fsys.recent.Len() > 1 {
		old := fsys.recent.Remove(fsys.recent.Back()).(*cached)
		delete(fsys.cache, old.block)
		fsys.cost -= old.listing.cost
	}
	return l
}

// meet makes sure that the directory child is known by no other path.
func (fsys *FS) meet(parent, child *dirent) error {
	fsys.mu.Lock()
	defer fsys.mu.Unlock()
	block := child.extents[0].Block
	here := position{parent.extents[0].Block, child.name}
	there, ok := fsys.known[block]
	if !ok && len(fsys.known) >= maxKnown {
		return fmt.Errorf("more than %d directories", maxKnown)
	}
	if ok && there != here {
		return fmt.Errorf("at block %d, also as %q: %w", block, there.name, ErrCycle)
	}
	fsys.known[block] = here
	return nil
}

// A walk is a path that is followed component by component.
type walk struct {
	fsys  *FS
	at    []*dirent // from the root to where the walk is
	rest  []string  // components that are still to go
	links int
}

// lookup finds what a path leads to; follow says whether also through a link
// that is its last component.
func (fsys *FS) lookup(op, name string, follow bool) (*dirent, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	w := &walk{fsys: fsys, at: []*dirent{&fsys.root}, rest: strings.Split(name, "/")}
	for len(w.rest) > 0 {
		if err := w.step(follow); err != nil {
			return nil, &fs.PathError{Op: op, Path: name, Err: err}
		}
	}
	return w.at[len(w.at)-1], nil
}

// step goes one component further.
func (w *walk) step(follow bool) error {
	name := w.rest[0]
	w.rest = w.rest[1:]
	here := w.at[len(w.at)-1]
	if !here.mode.IsDir() {
		return fmt.Errorf("%s is not a directory: %w", here.name, fs.ErrNotExist)
	}
	switch name {
	case "", ".":
		return nil
	case "..":
		w.at = w.at[:max(1, len(w.at)-1)]
		return nil
	}
	l := w.fsys.listing(here)
	e := l.find(name)
	if e == nil {
		if l.fault != nil {
			return fmt.Errorf("%w in a directory with faults: %w", fs.ErrNotExist, l.fault)
		}
		return fs.ErrNotExist
	}
	if e.mode.Type() == fs.ModeSymlink && (follow || len(w.rest) > 0) {
		return w.link(e)
	}
	if e.mode.IsDir() {
		if err := w.fsys.meet(here, e); err != nil {
			return err
		}
	}
	w.at = append(w.at, e)
	return nil
}

// link goes on with the target of a symbolic link.
func (w *walk) link(e *dirent) error {
	if w.links++; w.links > maxLinks {
		return fmt.Errorf("more than %d symbolic links", maxLinks)
	}
	if strings.HasPrefix(e.target, "/") {
		w.at = w.at[:1]
	}
	w.rest = append(strings.Split(e.target, "/"), w.rest...)
	return nil
}
