package tool

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Room asks whether the disk of a directory, which need not be there yet, has
// so many bytes free, so that a full disk is told before long work and not
// after. A file system that does not say how much is free has room.
func Room(dir string, need int64) error {
	free, at, ok := freeSpace(dir)
	if !ok || free >= need {
		return nil
	}
	return &Hint{
		Err:    fmt.Errorf("the disk of %s has %s free, and %s are needed: %w", at, Size(free), Size(need), unix.ENOSPC),
		Advice: makeRoom,
	}
}

const makeRoom = "make room there and run it again: what is done stays done"

// freeSpace is what an ordinary user may still write at a place, in bytes.
func freeSpace(dir string) (free int64, at string, ok bool) {
	var st unix.Statfs_t
	err := unix.Statfs(dir, &st)
	for errors.Is(err, fs.ErrNotExist) && filepath.Dir(dir) != dir {
		dir = filepath.Dir(dir)
		err = unix.Statfs(dir, &st)
	}
	if err != nil || st.Blocks == 0 {
		return 0, dir, false
	}
	return int64(st.Bavail) * st.Bsize, dir, true
}

// roomAdvice says of a disk that filled up on the way which one it is.
func (t *Tool) roomAdvice(err error) string {
	if !errors.Is(err, unix.ENOSPC) && !errors.Is(err, unix.EDQUOT) {
		return ""
	}
	dir := t.BuildDir
	var where *fs.PathError
	if errors.As(err, &where) && filepath.IsAbs(where.Path) {
		dir = filepath.Dir(where.Path)
	}
	free, at, ok := freeSpace(dir)
	if !ok {
		return ""
	}
	return fmt.Sprintf("the disk of %s has %s free; %s", at, Size(free), makeRoom)
}
