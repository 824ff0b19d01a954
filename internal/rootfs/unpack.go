package rootfs

import (
	"archive/tar"
	"context"
	"crypto/md5" //nolint:gosec // what dpkg's database holds
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"path"
	"strings"
	"sync"

	"cdbuilder/internal/deb"

	"golang.org/x/sys/unix"
)

// placed is what an unpacked package leaves for dpkg's database.
type placed struct {
	list      []string // names in the archive's order, relative to the root
	conffiles []conffile
	sums      []fileSum // of files, where the package brings no md5sums
	mu        sync.Mutex
	lost      map[string]bool // names that another package's files replaced
}

type fileSum struct{ name, md5 string }

func (p *placed) lose(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lost == nil {
		p.lost = make(map[string]bool)
	}
	p.lost[name] = true
}

// setting is what the target says about files at the time of unpacking.
type setting struct {
	diversions    diversions
	overrides     overrides
	users, groups accounts
}

// unpacker puts one package's files into the tree.
type unpacker struct {
	*setting
	t      *tree
	p      *pkg
	filter filter

	isConffile map[string]bool
	sum        hash.Hash         // nil when the package brings its own sums
	sums       map[string]string // of the files so far, for hard links to them
	to, from   cursor            // where entries go, where hard links lead
	buf        []byte
}

// newExt is what a configuration file is called until its package is configured.
const newExt = ".dpkg-new"

// unpack reads a package to its end, verifies it, and gives its control files.
func (in *installation) unpack(ctx context.Context, p *pkg) ([]deb.ControlFile, error) {
	var control []deb.ControlFile
	err := p.reading(ctx, in.told(Unpacking, p), func(d *deb.Reader) error {
		if controlSum(d) != p.headSum {
			return errors.New("the control archive is not the one that was read before")
		}
		control = d.ControlFiles()
		u := &unpacker{setting: &in.setting, t: in.tree, p: p, filter: in.filter, sums: make(map[string]string), buf: make([]byte, 128<<10)}
		u.to.t, u.from.t = in.tree, in.tree
		defer u.to.close()
		defer u.from.close()
		if err := u.prepare(control); err != nil {
			return err
		}
		for f, err := range d.Files() {
			if err != nil {
				return err
			}
			if err := u.entry(f); err != nil {
				return err
			}
		}
		return nil
	})
	return control, err
}

func (u *unpacker) prepare(control []deb.ControlFile) (err error) {
	u.sum = md5.New() //nolint:gosec // as above
	for _, c := range control {
		switch c.Name {
		case "md5sums":
			u.sum = nil
		case "conffiles":
			if u.p.placed.conffiles, err = parseConffiles(c.Data); err != nil {
				return err
			}
		}
	}
	u.isConffile = make(map[string]bool)
	for _, c := range u.p.placed.conffiles {
		u.isConffile[c.name] = !c.removeOnUpgrade
	}
	return nil
}

// entry puts one entry of the archive in its place.
func (u *unpacker) entry(f deb.File) error {
	if strings.Contains(f.Name, "\n") {
		return fmt.Errorf("the name %q holds a line break", f.Name)
	}
	u.p.placed.list = append(u.p.placed.list, f.Name)
	if u.filter.skips(f.Name, f.Typeflag == tar.TypeDir || f.Typeflag == tar.TypeSymlink) {
		return nil
	}
	want, overridden := u.overrides[f.Name]
	if !overridden {
		want = attributes{uint32(f.Mode) & 0o7777, u.users.of(f.Uname, f.Uid), u.groups.of(f.Gname, f.Gid)}
	}
	if f.Typeflag == tar.TypeDir {
		return u.t.directory(&u.to, u.p, u.diversions.of(f.Name, u.p.Name), want)
	}
	at, err := u.to.at(u.target(f.Name))
	if err != nil {
		return err
	}
	switch f.Typeflag {
	case tar.TypeReg:
		return u.regular(f, at, want)
	case tar.TypeLink:
		return u.hardLink(f, at)
	case tar.TypeSymlink:
		return u.symlink(f, at, want)
	default:
		return u.special(f, at, want)
	}
}

// target is the name under which the package's file is written.
func (u *unpacker) target(name string) string {
	to := u.diversions.of(name, u.p.Name)
	if u.isConffile[name] {
		to += newExt
	}
	return to
}

func (u *unpacker) regular(f deb.File, at place, want attributes) error {
	fd := -1
	mine, err := u.t.put(at, u.p, f.Name, func() (err error) {
		fd, err = unix.Openat(at.dir, at.base, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		return err
	})
	if err != nil || !mine {
		return err
	}
	err = u.fill(fd, f, at, want)
	if closeErr := unix.Close(fd); err == nil && closeErr != nil {
		err = &placeError{at.real, closeErr}
	}
	if err != nil {
		return err
	}
	return u.t.stamp(at, u.p, f.ModTime.Unix())
}

// fill writes a file's content, owner and mode.
func (u *unpacker) fill(fd int, f deb.File, at place, want attributes) error {
	if u.sum != nil {
		u.sum.Reset()
	}
	for {
		n, err := f.Body.Read(u.buf)
		if u.sum != nil {
			u.sum.Write(u.buf[:n])
		}
		for out := u.buf[:n]; len(out) > 0; {
			w, err := unix.Write(fd, out)
			if err != nil && !errors.Is(err, unix.EINTR) {
				return &placeError{at.real, err}
			}
			out = out[max(w, 0):]
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if u.sum != nil {
		sum := hex.EncodeToString(u.sum.Sum(nil))
		u.sums[f.Name] = sum
		u.p.placed.sums = append(u.p.placed.sums, fileSum{f.Name, sum})
	}
	err := unix.Fchown(fd, want.uid, want.gid)
	if err == nil {
		err = unix.Fchmod(fd, want.mode)
	}
	for key, value := range f.PAXRecords {
		if name, ok := strings.CutPrefix(key, "SCHILY.xattr."); ok && err == nil {
			err = unix.Fsetxattr(fd, name, []byte(value), 0)
		}
	}
	if err != nil {
		return &placeError{at.real, err}
	}
	return nil
}

func (u *unpacker) hardLink(f deb.File, at place) error {
	from, err := u.from.at(u.target(f.Linkname))
	if err != nil {
		return err
	}
	mine, err := u.t.put(at, u.p, f.Name, func() error { return unix.Linkat(from.dir, from.base, at.dir, at.base, 0) })
	if sum, ok := u.sums[f.Linkname]; ok && mine {
		u.sums[f.Name] = sum
		u.p.placed.sums = append(u.p.placed.sums, fileSum{f.Name, sum})
	}
	return err
}

// symlink makes a symbolic link, unless there is a directory in its place, or a
// link to the same one: these stay, as dpkg has it.
func (u *unpacker) symlink(f deb.File, at place, want attributes) error {
	if u.t.leadsToSame(at, f.Linkname) {
		return nil
	}
	mine, err := u.t.put(at, u.p, f.Name, func() error {
		if err := unix.Symlinkat(f.Linkname, at.dir, at.base); err != nil {
			return err
		}
		return unix.Fchownat(at.dir, at.base, want.uid, want.gid, unix.AT_SYMLINK_NOFOLLOW)
	})
	if err != nil || !mine {
		return err
	}
	return u.t.stamp(at, u.p, f.ModTime.Unix())
}

// leadsToSame reports whether a directory is at the place, or a link to the
// directory that a link to target would lead to.
func (t *tree) leadsToSame(at place, target string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	var st unix.Stat_t
	if unix.Fstatat(at.dir, at.base, &st, unix.AT_SYMLINK_NOFOLLOW) != nil {
		return false
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return true
	case unix.S_IFLNK:
		links := 0
		is, err1 := t.resolveLocked(at.real, &links)
		would, err2 := t.follow(path.Dir(at.real), target, &links)
		return err1 == nil && err2 == nil && is == would
	}
	return false
}

// special makes a device or a pipe.
func (u *unpacker) special(f deb.File, at place, want attributes) error {
	kind := map[byte]uint32{tar.TypeChar: unix.S_IFCHR, tar.TypeBlock: unix.S_IFBLK, tar.TypeFifo: unix.S_IFIFO}[f.Typeflag]
	dev := unix.Mkdev(uint32(f.Devmajor), uint32(f.Devminor))
	mine, err := u.t.put(at, u.p, f.Name, func() error {
		if err := unix.Mknodat(at.dir, at.base, kind, int(dev)); err != nil {
			return err
		}
		if err := unix.Fchownat(at.dir, at.base, want.uid, want.gid, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			return err
		}
		return unix.Fchmodat(at.dir, at.base, want.mode, 0)
	})
	if err != nil || !mine {
		return err
	}
	return u.t.stamp(at, u.p, f.ModTime.Unix())
}
