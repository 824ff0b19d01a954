package rootfs

import (
	"errors"
	"slices"

	"cdbuilder/internal/pkgset"

	"golang.org/x/sys/unix"
)

// claim says whose a file is, and what its package calls it.
type claim struct {
	by   *pkg
	name string
}

// take claims a file for a package; false says that another package's replaces
// it. The caller holds t.mu.
func (t *tree) take(at string, p *pkg, name string) (bool, error) {
	had, taken := t.owner[at]
	switch {
	case !taken || had.by == p:
	case p.replacesFilesOf(had.by) && (!had.by.replacesFilesOf(p) || p.rank > had.by.rank):
		had.by.placed.lose(had.name)
	case had.by.replacesFilesOf(p):
		p.placed.lose(name)
		return false, nil
	default:
		first, second := had.by, p
		if second.rank < first.rank {
			first, second = second, first
		}
		return false, &OverlapError{Path: name, First: first.ID(), Second: second.ID()}
	}
	t.owner[at] = claim{p, name}
	return true, nil
}

// replacesFilesOf reports whether p may overwrite files of q (Policy §7.6.1).
// Names that q provides do not count there.
func (p *pkg) replacesFilesOf(q *pkg) bool {
	return slices.ContainsFunc(p.replaces, func(d pkgset.Dep) bool { return d.Name == q.Name && satisfies(d, q.Version) })
}

// put makes a non-directory by calling create, with the claim held. What is in its
// way is a file of nobody's, or of a package that this one replaces: it goes, as
// dpkg lets it. A directory stays, and is an error. False says that the
// package's file is not wanted.
func (t *tree) put(at place, p *pkg, name string, create func() error) (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	mine, err := t.take(at.real, p, name)
	if err != nil || !mine {
		return false, err
	}
	err = create()
	if errors.Is(err, unix.EEXIST) {
		if err = unix.Unlinkat(at.dir, at.base, 0); err == nil {
			err = create()
		}
	}
	if err != nil {
		return false, &placeError{at.real, err}
	}
	return true, nil
}

// stamp sets the times of what is at a place, when it is still the package's: by
// name, since no call takes a descriptor alone.
func (t *tree) stamp(at place, p *pkg, seconds int64) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.owner[at.real].by != p {
		return nil
	}
	ts := unix.NsecToTimespec(seconds * 1e9)
	if err := unix.UtimesNanoAt(at.dir, at.base, []unix.Timespec{ts, ts}, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return &placeError{at.real, err}
	}
	return nil
}
