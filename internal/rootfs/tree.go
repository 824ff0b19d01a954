package rootfs

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// tree is the root directory as packages are unpacked into it. Nothing is ever
// reached through a symbolic link by the kernel: tree follows links itself,
// as the target would, an absolute one from the root; what it then opens is
// opened without links. So no package leads out of the root.
type tree struct {
	fd  int    // the root, for *at calls
	dev uint64 // its file system

	mu    sync.Mutex
	real  map[string]string // directory as a package names it → without links
	owner map[string]claim  // whose each non-directory is, by its real path
	dirs  map[string]*dirClaim
}

// maxLinks is how many links one path may lead through, as the kernel has it.
const maxLinks = 40

func openTree(root string) (*tree, error) {
	fd, err := unix.Open(root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: root, Err: err}
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		unix.Close(fd)
		return nil, &fs.PathError{Op: "stat", Path: root, Err: err}
	}
	return &tree{fd: fd, dev: st.Dev, real: make(map[string]string), owner: make(map[string]claim), dirs: make(map[string]*dirClaim)}, nil
}

func (t *tree) Close() error { return unix.Close(t.fd) }

// forget drops what is known of links, after scripts have run.
func (t *tree) forget() {
	t.mu.Lock()
	clear(t.real)
	t.mu.Unlock()
}

// resolve gives the real path of a directory, relative to the root, "." for the
// root itself.
func (t *tree) resolve(dir string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	links := 0
	return t.resolveLocked(dir, &links)
}

func (t *tree) resolveLocked(dir string, links *int) (string, error) {
	if dir == "." || dir == "/" || dir == "" {
		return ".", nil
	}
	if known, ok := t.real[dir]; ok {
		return known, nil
	}
	parent, err := t.resolveLocked(path.Dir(dir), links)
	if err != nil {
		return "", err
	}
	got, err := t.step(parent, path.Base(dir), links)
	if err != nil {
		return "", err
	}
	t.real[dir] = got
	return got, nil
}

// step goes from a real directory to the directory called name in it.
func (t *tree) step(parent, name string, links *int) (string, error) {
	p := path.Join(parent, name)
	var st unix.Stat_t
	if err := unix.Fstatat(t.fd, p, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return "", &fs.PathError{Op: "look up", Path: "/" + p, Err: err}
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return p, nil
	case unix.S_IFLNK:
	default:
		return "", &fs.PathError{Op: "look up", Path: "/" + p, Err: unix.ENOTDIR}
	}
	if *links++; *links > maxLinks {
		return "", &fs.PathError{Op: "look up", Path: "/" + p, Err: unix.ELOOP}
	}
	target, err := t.readlink(p)
	if err != nil {
		return "", err
	}
	return t.follow(parent, target, links)
}

// follow gives the directory that a link with this target, standing in a real
// directory, leads to.
func (t *tree) follow(at, target string, links *int) (string, error) {
	if strings.HasPrefix(target, "/") {
		at = "."
	}
	for part := range strings.SplitSeq(target, "/") {
		switch part {
		case "", ".":
		case "..":
			at = path.Dir(at) // the root is its own parent
		default:
			var err error
			if at, err = t.step(at, part, links); err != nil {
				return "", err
			}
		}
	}
	return at, nil
}

func (t *tree) readlink(p string) (string, error) {
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(t.fd, p, buf)
	if err != nil {
		return "", &fs.PathError{Op: "readlink", Path: "/" + p, Err: err}
	}
	return string(buf[:n]), nil
}

// open opens a real directory for *at calls.
func (t *tree) open(dir string) (int, error) {
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC, Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS}
	fd, err := unix.Openat2(t.fd, dir, &how)
	if err == unix.ENOSYS || err == unix.EPERM || err == unix.EAGAIN { //nolint:errorlint // a system call's own number
		// An old kernel, or a sandbox that does not know the call: step by step.
		fd, err = t.openSteps(dir)
	}
	if err != nil {
		return -1, &fs.PathError{Op: "open", Path: "/" + dir, Err: err}
	}
	return fd, nil
}

func (t *tree) openSteps(dir string) (int, error) {
	at := t.fd
	for part := range strings.SplitSeq(dir, "/") {
		fd, err := unix.Openat(at, part, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if at != t.fd {
			unix.Close(at)
		}
		if err != nil {
			return -1, err
		}
		at = fd
	}
	return at, nil
}

// place is where something goes: a name in an opened directory.
type place struct {
	dir  int    // descriptor of the directory
	base string // the name in it
	real string // the whole real path
}

// cursor finds places for one package. It keeps the last directory open, since
// archives go directory by directory.
type cursor struct {
	t    *tree
	name string // the open directory as the package names it
	real string
	fd   int
}

func (c *cursor) close() {
	if c.name != "" {
		unix.Close(c.fd)
		c.name = ""
	}
}

// at gives the place of name, whose directory must exist.
func (c *cursor) at(name string) (place, error) {
	if name == "." {
		return place{}, errors.New("the root directory is no place for a file")
	}
	dir, base := path.Dir(name), path.Base(name)
	if dir != c.name || c.name == "" {
		c.close()
		leads, err := c.t.resolve(dir)
		if err != nil {
			return place{}, err
		}
		if c.fd, err = c.t.open(leads); err != nil {
			return place{}, err
		}
		c.name, c.real = dir, leads
	}
	return place{dir: c.fd, base: base, real: path.Join(c.real, base)}, nil
}

// placeError is a failure to write into the root.
type placeError struct {
	path string
	err  error
}

func (e *placeError) Error() string { return fmt.Sprintf("/%s: %v", e.path, e.err) }
func (e *placeError) Unwrap() error { return e.err }
