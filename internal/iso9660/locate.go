package iso9660

import "io/fs"

// PathsAt finds the files that start at the given blocks, as boot images and
// partitions do. A block at which no file starts has no path in the result. Directories
// with faults are searched as far as they could be read, and the first
// fault is returned beside the result.
func (fsys *FS) PathsAt(blocks ...uint32) (map[uint32]string, error) {
	paths := map[uint32]string{}
	var fault error
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			if fault == nil {
				fault = err
			}
			return nil
		}
		info, err := d.Info()
		if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
			return err
		}
		start := info.Sys().(*Attributes).Extents[0].Block
		for _, b := range blocks {
			if b == start && paths[b] == "" {
				paths[b] = p
			}
		}
		return nil
	})
	if err == nil {
		err = fault
	}
	return paths, err
}
