package kickstart

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// Opener brings the file that ref means when it stands in from, and its name as
// it shall stand in messages. An error that is fs.ErrNotExist says that there
// is none (a relative path is then tried once more from the root kickstart);
// ErrOffline, that it could be had and nobody asked; ErrRefused, that the
// installer won't have it either, or that we don't want to.
type Opener func(ref string, from *File) (body io.ReadCloser, name string, err error)

// What an Opener's error can be.
var (
	ErrOffline = errors.New("addresses are not fetched")
	ErrRefused = errors.New("refused")
)

// Dir opens files of a file system, relative to the file that names them.
// Names in messages, and that of the root kickstart, begin with prefix: the
// directory that the file system is, or "". Absolute paths are the
// installer's and are not there; addresses are not fetched; what leads out of
// the file system is refused. With os.Root.FS as the file system, symbolic
// links don't lead out of it either.
func Dir(fsys fs.FS, prefix string) Opener {
	prefix = path.Clean(prefix)
	return func(ref string, from *File) (io.ReadCloser, string, error) {
		if strings.Contains(ref, "://") {
			return nil, "", address(ref)
		}
		if path.IsAbs(ref) || strings.Contains(from.Name, "://") {
			return nil, "", &fs.PathError{Op: "open", Path: ref, Err: fs.ErrNotExist}
		}
		name := path.Join(path.Dir(under(prefix, from.Name)), ref)
		body, err := openIn(fsys, name)
		return body, path.Join(prefix, name), err
	}
}

// under is a file's path in the file system that prefix names.
func under(prefix, name string) string {
	name = path.Clean(name)
	if prefix == "." {
		return name
	}
	return strings.TrimPrefix(name, strings.TrimSuffix(prefix, "/")+"/")
}

func openIn(fsys fs.FS, name string) (io.ReadCloser, error) {
	if !fs.ValidPath(name) {
		return nil, fmt.Errorf("%w: %s leads out of the directory that includes are read from", ErrRefused, name)
	}
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: %s is no regular file", ErrRefused, name)
	}
	return fsys.Open(name)
}

// address says why an address isn't fetched.
func address(ref string) error {
	scheme, _, _ := strings.Cut(ref, "://")
	switch strings.ToLower(scheme) {
	case "http", "https", "ftp":
		return ErrOffline
	}
	return fmt.Errorf("%w: the installer fetches no %s:// here; write a path, http:// or https://", ErrRefused, clip(scheme))
}

// Web has addresses fetched and leaves everything else to files. A relative
// path in a fetched file is not relative to its address: like pykickstart, we
// look for it beside the root kickstart only.
func Web(files Opener, fetch func(address string) (io.ReadCloser, error)) Opener {
	return func(ref string, from *File) (io.ReadCloser, string, error) {
		if !strings.Contains(ref, "://") {
			return files(ref, from)
		}
		if err := address(ref); !errors.Is(err, ErrOffline) {
			return nil, "", err
		}
		body, err := fetch(ref)
		if err != nil {
			return nil, "", err
		}
		return body, ref, nil
	}
}
