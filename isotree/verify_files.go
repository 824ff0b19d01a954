package isotree

import (
	"context"
	"fmt"
	"io/fs"
	"strings"

	"cdbuilder/internal/iso9660"
)

// Bounds on what of a medium's tree is looked at. The largest real media, of
// 50 GB, have some 100,000 files.
const (
	maxMediumFiles = 500_000
	maxMediumDepth = 64
	maxTreeFaults  = 8
)

// located is a regular file of the medium.
type located struct {
	path  string
	size  int64
	block uint32 // of its first byte; without meaning where size is 0
}

// place is where content lies, by which files of two views are the same.
type place struct {
	block uint32
	size  int64
}

func (f located) place() place { return place{f.block, f.size} }

// fileIndex is the tree of a medium by one kind of names.
type fileIndex struct {
	files  []located // sorted by path, as fs.WalkDir does
	byPath map[string]int
	faults []error // the first ones
	unsaid int     // faults beyond those
}

// indexFiles walks an image.
func indexFiles(ctx context.Context, fsys *iso9660.FS) (*fileIndex, error) {
	x := &fileIndex{byPath: map[string]int{}}
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err != nil {
			x.fault(err)
			return nil
		}
		return x.visit(p, d)
	})
	return x, err
}

func (x *fileIndex) visit(p string, d fs.DirEntry) error {
	if d.IsDir() && strings.Count(p, "/") >= maxMediumDepth {
		x.fault(fmt.Errorf("%s: more than %d directories in one another", p, maxMediumDepth))
		return fs.SkipDir
	}
	if !d.Type().IsRegular() {
		return nil
	}
	if len(x.files) >= maxMediumFiles {
		x.fault(fmt.Errorf("more than %d files; the rest was not looked at", maxMediumFiles))
		return fs.SkipAll
	}
	info, err := d.Info()
	if err != nil {
		x.fault(fmt.Errorf("%s: %w", p, err))
		return nil
	}
	x.byPath[p] = len(x.files)
	x.files = append(x.files, locate(p, info))
	return nil
}

// locate finds where the content of a file of an iso9660.FS lies.
func locate(p string, info fs.FileInfo) located {
	f := located{path: p, size: info.Size()}
	if a, ok := info.Sys().(*iso9660.Attributes); ok && len(a.Extents) > 0 {
		f.block = a.Extents[0].Block
	}
	return f
}

func (x *fileIndex) fault(err error) {
	if len(x.faults) < maxTreeFaults {
		x.faults = append(x.faults, err)
		return
	}
	x.unsaid++
}

// find gives a file by its path.
func (x *fileIndex) find(p string) (located, bool) {
	i, ok := x.byPath[p]
	if !ok {
		return located{}, false
	}
	return x.files[i], true
}

// at gives the path of the file that starts at a block, or "".
func (x *fileIndex) at(block uint32) string {
	for _, f := range x.files {
		if f.block == block && f.size > 0 {
			return f.path
		}
	}
	return ""
}
