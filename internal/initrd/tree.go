package initrd

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"path"

	"cdbuilder/internal/cpio"
	"cdbuilder/internal/deb"
	"cdbuilder/internal/initrd/modindex"
)

// tree is the file system that the archive unpacks to.
type tree struct {
	entries map[string]entry // by clean relative path
}

type entry struct {
	cpio.Header
	data []byte
}

func newTree() *tree { return &tree{entries: map[string]entry{}} }

// add puts a file in, and the directories above it.
func (t *tree) add(f File) {
	for dir := path.Dir(f.Name); dir != "."; dir = path.Dir(dir) {
		if _, ok := t.entries[dir]; !ok {
			t.entries[dir] = entry{Header: cpio.Header{Mode: fs.ModeDir | 0o755}}
		}
	}
	t.entries[f.Name] = entry{Header: cpio.Header{Mode: f.Mode, Linkname: f.Linkname}, data: f.Data}
}

// base lays the ground: a merged /usr as the target has it, stage2, busybox,
// and what the kernel wants before /dev is mounted.
func (t *tree) base(init, busybox []byte) {
	for _, dir := range []string{"dev", "etc", "mnt/sysimage", "proc", "root", "run", "sys", "usr/bin", "usr/lib/modules", "usr/sbin", "var"} {
		t.add(File{Name: dir, Mode: fs.ModeDir | 0o755})
	}
	t.add(File{Name: "tmp", Mode: fs.ModeDir | fs.ModeSticky | 0o777})
	for name, target := range map[string]string{
		"bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib", "var/run": "../run", "var/log": "../run/log",
		// The kernel starts /sbin/modprobe when it misses a module; stage2
		// goes by the name that it is started under.
		"usr/sbin/modprobe": "../../init",
		"usr/bin/sh":        "busybox",
	} {
		t.add(File{Name: name, Mode: fs.ModeSymlink | 0o777, Linkname: target})
	}
	t.add(File{Name: "init", Mode: 0o755, Data: init})
	t.add(File{Name: "usr/bin/busybox", Mode: 0o755, Data: busybox})
	t.add(File{Name: "etc/passwd", Mode: 0o644, Data: []byte("root:x:0:0:root:/root:/bin/sh\n")})
	t.add(File{Name: "etc/group", Mode: 0o644, Data: []byte("root:x:0:\n")})
	// What busybox's mount tries without -t, besides what the kernel has
	// already: a type that is tried brings its module in.
	t.add(File{Name: "etc/filesystems", Mode: 0o644, Data: []byte("ext4\nxfs\nbtrfs\nvfat\nexfat\nudf\niso9660\nsquashfs\nerofs\n")})
	t.device("dev/console", 0o600, 5, 1)
	t.device("dev/null", 0o666, 1, 3)
}

// device adds a character device.
func (t *tree) device(name string, perm fs.FileMode, major, minor uint32) {
	t.entries[name] = entry{Header: cpio.Header{Mode: fs.ModeDevice | fs.ModeCharDevice | perm, Major: major, Minor: minor}}
}

// modules adds the chosen modules, unpacked, stage2's index of them, and what
// other programs know them by. They are unpacked so that the archive is packed
// once, as a whole.
func (t *tree) modules(c *closure) error {
	dir := "usr/lib/modules/" + c.kernel.release + "/"
	for _, m := range c.modules {
		t.add(File{Name: dir + "kernel/" + m.file.stem + ".ko", Mode: 0o644, Data: m.data})
	}
	var index bytes.Buffer
	if err := c.index().Write(&index); err != nil {
		return err
	}
	t.add(File{Name: dir + modindex.File, Mode: 0o644, Data: index.Bytes()})
	for name, text := range c.depmod() {
		t.add(File{Name: dir + name, Mode: 0o644, Data: []byte(text)})
	}
	return nil
}

// maxShell is the size beyond which a file is no busybox, bytes.
const maxShell = 32 << 20

// readShell takes busybox out of its package.
func readShell(ctx context.Context, p Package, progress func(int64)) ([]byte, error) {
	r, err := deb.NewReader(&countingReader{ctx: ctx, r: p.Reader, progress: progress})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	var busybox []byte
	for f, err := range r.Files() {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
		if f.Name != "bin/busybox" && f.Name != "usr/bin/busybox" || f.Typeflag != tar.TypeReg {
			continue
		}
		if f.Size > maxShell {
			return nil, fmt.Errorf("%s: %s is %d bytes long", p.Name, f.Name, f.Size)
		}
		if busybox, err = io.ReadAll(f.Body); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", p.Name, f.Name, err)
		}
	}
	if busybox == nil {
		return nil, fmt.Errorf("%s has no /usr/bin/busybox", p.Name)
	}
	if err := checkStatic(busybox); err != nil {
		return nil, fmt.Errorf("%s: /usr/bin/busybox: %w", p.Name, err)
	}
	return busybox, nil
}
