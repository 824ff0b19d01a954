package initrd

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"cdbuilder/internal/deb"
	"cdbuilder/internal/initrd/modindex"
)

// maxPacked is the size of a module file as packaged beyond which a package is
// refused, bytes.
const maxPacked = 64 << 20

// errNoKernel is for packages that only point to the one with the kernel in it.
var errNoKernel = errors.New("holds no kernel; a package such as linux-image-amd64 only depends on the one that does")

// kernel is what we keep of the kernel packages while choosing modules.
type kernel struct {
	release string
	files   map[string]moduleFile // by module name
	builtin map[string]string     // name to path: ext2 is kernel/fs/ext2/ext2.ko
	// builtinAliases are other names of what is built in.
	builtinAliases map[string]bool
}

// moduleFile is a module as it lies in its package.
type moduleFile struct {
	stem   string // below kernel/, without suffix: drivers/ata/ahci
	name   string // with suffix: drivers/ata/ahci.ko.xz
	packed []byte // nil for a foreign one, of which only the place is known
}

// readKernel reads the modules of all kernel packages.
func readKernel(ctx context.Context, packages []Package, progress func(int64)) (*kernel, error) {
	k := &kernel{files: map[string]moduleFile{}, builtin: map[string]string{}, builtinAliases: map[string]bool{}}
	for _, p := range packages {
		r, err := deb.NewReader(&countingReader{ctx: ctx, r: p.Reader, progress: progress})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
		for f, err := range r.Files() {
			if err == nil {
				err = k.take(f)
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.Name, err)
			}
		}
	}
	if len(k.files) == 0 {
		return nil, fmt.Errorf("%s %w", packageNames(packages), errNoKernel)
	}
	return k, nil
}

// take looks at one file of a package.
func (k *kernel) take(f deb.File) error {
	release, name, ok := underModules(f.Name)
	if !ok || f.Typeflag != tar.TypeReg {
		return nil
	}
	if k.release == "" {
		k.release = release
	}
	if k.release != release {
		return fmt.Errorf("%s belongs to another kernel than %s", f.Name, k.release)
	}
	switch name {
	case "modules.builtin":
		return eachLine(f, "\n", func(line string) { k.builtin[modindex.Name(line)] = line })
	case "modules.builtin.modinfo":
		return eachLine(f, "\x00", func(line string) {
			if key, value, ok := strings.Cut(line, "="); ok && strings.HasSuffix(key, ".alias") {
				k.builtinAliases[value] = true
			}
		})
	}
	return k.module(f, name)
}

// module keeps a module, or only its place when it lies where nothing of ours
// comes from.
func (k *kernel) module(f deb.File, name string) error {
	below, ok := strings.CutPrefix(name, "kernel/")
	stem, suffix, isModule := strings.Cut(below, ".ko")
	if !ok || !isModule || strings.Contains(suffix, "/") {
		return nil
	}
	m := moduleFile{stem: stem, name: below}
	if anyNames(foreign, stem) {
		k.files[modindex.Name(below)] = m
		return nil
	}
	if f.Size > maxPacked {
		return fmt.Errorf("%s is %d bytes long, which no module is", f.Name, f.Size)
	}
	var b bytes.Buffer
	b.Grow(int(min(f.Size, 1<<20)) + bytes.MinRead)
	if _, err := io.Copy(&b, f.Body); err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	m.packed = b.Bytes()
	k.files[modindex.Name(below)] = m
	return nil
}

// forget lets go of the packed modules, of which only the places are still
// asked for once the choice is made.
func (k *kernel) forget() {
	for name, f := range k.files {
		f.packed = nil
		k.files[name] = f
	}
}

// underModules splits usr/lib/modules/6.12.41-amd64/kernel/x.ko.
func underModules(name string) (release, rest string, ok bool) {
	name, ok = strings.CutPrefix(strings.TrimPrefix(name, "usr/"), "lib/modules/")
	if !ok {
		return "", "", false
	}
	return strings.Cut(name, "/")
}

// eachLine reads a small text file of a package.
func eachLine(f deb.File, end string, line func(string)) error {
	data, err := io.ReadAll(io.LimitReader(f.Body, 8<<20))
	if err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	for l := range strings.SplitSeq(string(data), end) {
		if l != "" {
			line(l)
		}
	}
	return nil
}

// WriteVmlinuz copies the kernel itself out of its package to w, and returns
// the release that its file name states. It reads no further than needed.
func WriteVmlinuz(ctx context.Context, w io.Writer, p Package) (release string, err error) {
	r, err := deb.NewReader(&countingReader{ctx: ctx, r: p.Reader})
	if err != nil {
		return "", fmt.Errorf("%s: %w", p.Name, err)
	}
	for f, err := range r.Files() {
		if err != nil {
			return "", fmt.Errorf("%s: %w", p.Name, err)
		}
		dir, base := path.Split(f.Name)
		for _, prefix := range []string{"vmlinuz-", "vmlinux-"} {
			release, ok := strings.CutPrefix(base, prefix)
			if !ok || dir != "boot/" || f.Typeflag != tar.TypeReg {
				continue
			}
			if _, err := io.Copy(w, f.Body); err != nil {
				return "", fmt.Errorf("copy %s of %s: %w", f.Name, p.Name, err)
			}
			return release, nil
		}
	}
	return "", fmt.Errorf("%s %w", p.Name, errNoKernel)
}

// countingReader reports what is read, and ends with its context.
type countingReader struct {
	ctx      context.Context
	r        io.Reader
	progress func(int64)
}

func (c *countingReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	if c.progress != nil && n > 0 {
		c.progress(int64(n))
	}
	return n, err
}
