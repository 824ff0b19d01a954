package rootfs

import (
	"errors"
	"maps"
	"slices"

	"golang.org/x/sys/unix"
)

// attributes are what a package wants of a file besides its content. Mode has
// the permission bits and those above them, nothing of the type.
type attributes struct {
	mode     uint32
	uid, gid int
}

// dirClaim is a directory, as the first package by rank wants it: dpkg takes mode
// and owner from the package it happens to unpack first.
type dirClaim struct {
	by      *pkg
	want    attributes
	settled bool
	made    bool // by us: it was not there before
}

// directory makes a directory, or finds it there, maybe behind a link, and notes
// how the package wants it.
func (t *tree) directory(c *cursor, p *pkg, name string, want attributes) error {
	leads, err := t.resolve(name)
	made := false
	if errors.Is(err, unix.ENOENT) {
		var at place
		if at, err = c.at(name); err != nil {
			return err
		}
		switch err = unix.Mkdirat(at.dir, at.base, 0o700); {
		case err == nil:
			made, leads = true, at.real
		case errors.Is(err, unix.EEXIST): // another package was faster, or a link leads nowhere
			leads, err = t.resolve(name)
		default:
			err = &placeError{at.real, err}
		}
	}
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	d := t.dirs[leads]
	if d == nil {
		d = &dirClaim{by: p, want: want}
		t.dirs[leads] = d
	} else if p.rank < d.by.rank {
		d.by, d.want, d.settled = p, want, false
	}
	d.made = d.made || made
	return nil
}

// settle gives the directories the modes and owners that their claims ask for.
func (t *tree) settle() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, real := range slices.Sorted(maps.Keys(t.dirs)) {
		d := t.dirs[real]
		if d.settled {
			continue
		}
		if err := t.settleOne(real, d); err != nil {
			return &PackageError{Package: d.by.ID(), File: d.by.File, Step: Unpacking, Err: &placeError{real, err}}
		}
		d.settled = true
	}
	return nil
}

// kernels are the mount points of kernelMounts that packages know.
var kernels = map[string]bool{"proc": true, "sys": true, "dev": true, "run": true}

func (t *tree) settleOne(at string, d *dirClaim) error {
	fd, err := t.open(at)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if kernels[at] && st.Dev != t.dev {
		return nil // mounted for the installation; what is below it is nobody's
	}
	if int(st.Uid) != d.want.uid || int(st.Gid) != d.want.gid {
		err = unix.Fchownat(fd, "", d.want.uid, d.want.gid, unix.AT_EMPTY_PATH)
		if err == nil {
			err = unix.Fstat(fd, &st) // chown may take bits away
		}
	}
	if err == nil && st.Mode&0o7777 != d.want.mode {
		err = unix.Fchmodat(t.fd, at, d.want.mode, 0)
	}
	// A mount point's file system may know no owners or modes, such as VFAT.
	if !d.made && (errors.Is(err, unix.EPERM) || errors.Is(err, unix.EOPNOTSUPP)) {
		return nil
	}
	return err
}
