package initrd

import (
	"archive/tar"
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"cdbuilder/internal/deb"
)

// Limits on what the packages of tools may make us hold in memory, bytes.
const (
	maxTool  = 128 << 20 // a single file; ICU's tables have some 30 MB
	maxTools = 1 << 30   // all of them
)

// tools chooses programs, and what these need to run, out of packages.
type tools struct {
	machine  elf.Machine // for which programs and libraries must be
	drop     []string
	files    map[string]*toolFile // of the packages read so far, by merged path
	programs []string             // merged paths, in the packages' order
	held     int64                // bytes in files
	unread   []Package            // may hold libraries
	open     func(Package) (*deb.Reader, error)

	taken   map[string]bool   // merged paths that go in
	scripts []string          // of the programs, to be judged last
	wanted  []string          // ELF files whose libraries are still to be found
	source  map[string]string // which program a library was taken for
	faults  []error

	leftOut []string
}

// toolFile is a file that may go in.
type toolFile struct {
	owner string // the package, as it stands in messages
	mode  fs.FileMode
	link  string // merged path that a link leads to
	data  []byte
}

// readTools reads the programs of the named packages, and of the libraries'
// packages as many, one after the other, as it takes to find what is needed.
func readTools(ctx context.Context, o Options) (*tools, error) {
	init, err := elf.NewFile(bytes.NewReader(o.Init))
	if err != nil {
		return nil, err
	}
	t := &tools{
		machine: init.Machine, unread: slices.Clone(o.Libraries),
		files: map[string]*toolFile{}, taken: map[string]bool{}, source: map[string]string{},
		open: func(p Package) (*deb.Reader, error) {
			return deb.NewReader(&countingReader{ctx: ctx, r: p.Reader, progress: o.Progress})
		},
	}
	t.drop, _ = splitDrop(o.Drop)
	for _, p := range o.Programs {
		before := len(t.programs)
		if err := t.read(p, true); err != nil {
			return nil, err
		}
		if len(t.programs) == before {
			t.fault("%s has no program in /usr/bin or /usr/sbin", p.Name)
		}
	}
	t.checkDrop()
	slices.Sort(t.programs)
	for _, name := range t.programs {
		t.program(name)
	}
	if err := t.libraries(); err != nil {
		return nil, err
	}
	t.judgeScripts()
	t.links()
	slices.Sort(t.leftOut)
	return t, errors.Join(t.faults...)
}

func (t *tools) fault(format string, a ...any) { t.faults = append(t.faults, fmt.Errorf(format, a...)) }

// splitDrop tells files of tools from modules of the kernel.
func splitDrop(drop []string) (files, modules []string) {
	for _, name := range drop {
		if strings.HasPrefix(name, "usr/") {
			files = append(files, name)
		} else {
			modules = append(modules, name)
		}
	}
	return files, modules
}

// checkDrop refuses what would keep nothing away.
func (t *tools) checkDrop() {
	for _, name := range t.drop {
		if !slices.Contains(t.programs, name) {
			t.fault("drop: no package has the program %s", name)
		}
	}
}

// merged is a path as it is on a system with a merged /usr: bin/mount is
// usr/bin/mount.
func merged(name string) string {
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	first, _, _ := strings.Cut(name, "/")
	switch first {
	case "bin", "sbin", "lib", "lib64", "lib32", "libx32":
		return "usr/" + name
	}
	return name
}

// read takes the files that may be of use out of a package.
func (t *tools) read(p Package, named bool) error {
	r, err := t.open(p)
	if err != nil {
		return fmt.Errorf("%s: %w", p.Name, err)
	}
	for f, err := range r.Files() {
		if err == nil {
			err = t.take(f, p.Name, named)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return nil
}

func isProgram(name string) bool {
	dir := path.Dir(name)
	return dir == "usr/bin" || dir == "usr/sbin"
}

// isLibrary goes by the name: usr/lib/x86_64-linux-gnu/libm.so.6.
func isLibrary(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(name, "usr/lib") && (strings.HasSuffix(base, ".so") || strings.Contains(base, ".so."))
}

func (t *tools) take(f deb.File, owner string, named bool) error {
	name := merged(f.Name)
	program, data := named && isProgram(name), named && anyGroup(toolData, name)
	if !program && !data && !isLibrary(name) {
		return nil
	}
	file := &toolFile{owner: owner, mode: f.FileInfo().Mode().Perm() & 0o755}
	switch f.Typeflag {
	case tar.TypeReg:
		if t.held += f.Size; f.Size > maxTool || t.held > maxTools {
			return fmt.Errorf("%s is %d bytes long, which is too much for an initramfs", f.Name, f.Size)
		}
		var err error
		if file.data, err = io.ReadAll(f.Body); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	case tar.TypeSymlink:
		file.link = f.Linkname
		if !path.IsAbs(file.link) {
			file.link = path.Join(path.Dir(f.Name), file.link)
		}
		file.link = merged(file.link)
	case tar.TypeLink:
		file.link = merged(f.Linkname)
	default:
		return nil
	}
	t.files[name] = file
	if program {
		t.programs = append(t.programs, name)
	}
	if data && file.link == "" {
		t.taken[name] = true
	}
	return nil
}

// program takes an ELF program, and puts a script aside.
func (t *tools) program(name string) {
	f := t.files[name]
	switch {
	case slices.Contains(t.drop, name) || anyGroup(needless, name):
		t.leftOut = append(t.leftOut, name)
	case f.link != "": // see links
	case bytes.HasPrefix(f.data, []byte(elf.ELFMAG)):
		t.taken[name] = true
		t.wanted = append(t.wanted, name)
	case bytes.HasPrefix(f.data, []byte("#!")):
		t.scripts = append(t.scripts, name)
	default:
		t.leftOut = append(t.leftOut, name)
	}
}

// judgeScripts takes the scripts whose interpreter is there.
func (t *tools) judgeScripts() {
	for _, name := range t.scripts {
		line, _, _ := bytes.Cut(t.files[name].data[2:], []byte("\n"))
		if t.interpreted(strings.Fields(string(line))) {
			t.taken[name] = true
		} else {
			t.leftOut = append(t.leftOut, name)
		}
	}
}

// links takes the other names of what was taken: mkfs.ext4.
func (t *tools) links() {
	for _, name := range t.programs {
		if t.files[name].link == "" || slices.Contains(t.leftOut, name) {
			continue
		}
		if end, ok := t.end(name); ok && t.taken[end] {
			t.chain(name)
		} else {
			t.leftOut = append(t.leftOut, name)
		}
	}
}

// interpreted reports whether the words of a script's first line name a
// program that is in the archive.
func (t *tools) interpreted(words []string) bool {
	if len(words) == 0 {
		return false
	}
	there := func(name string) bool {
		end, _ := t.end(name)
		return t.taken[end] || name == "usr/bin/sh" || name == "usr/bin/busybox"
	}
	name := merged(words[0])
	if name == "usr/bin/env" && len(words) > 1 {
		return there(name) && (there("usr/bin/"+words[1]) || there("usr/sbin/"+words[1]))
	}
	return there(name)
}

// end follows links to a file.
func (t *tools) end(name string) (string, bool) {
	for range 40 {
		f := t.files[name]
		if f == nil {
			return name, false
		}
		if f.link == "" {
			return name, true
		}
		name = f.link
	}
	return name, false
}

// chain takes a name and the links and the file that it leads to.
func (t *tools) chain(name string) {
	for f := t.files[name]; f != nil && !t.taken[name]; f = t.files[name] {
		t.taken[name] = true
		if f.link == "" {
			return
		}
		name = f.link
	}
}

// addTo puts what was taken into the tree. What the initramfs has of its own,
// such as modprobe, stays.
func (t *tools) addTo(tree *tree, report *Report) {
	for _, name := range slices.Sorted(maps.Keys(t.taken)) {
		if _, ours := tree.entries[name]; ours {
			continue
		}
		f := t.files[name]
		e := File{Name: name, Mode: f.mode, Data: f.data}
		if f.link != "" {
			e = File{Name: name, Mode: fs.ModeSymlink | 0o777, Linkname: "/" + f.link}
			if path.Dir(f.link) == path.Dir(name) {
				e.Linkname = path.Base(f.link)
			}
		}
		tree.add(e)
		switch {
		case f.link != "":
		case isProgram(name):
			report.Programs++
		case isLibrary(name):
			report.Libraries++
		}
		if strings.HasPrefix(name, "usr/lib64/") {
			tree.add(File{Name: "lib64", Mode: fs.ModeSymlink | 0o777, Linkname: "usr/lib64"})
		}
	}
	for _, s := range settings {
		if t.taken[s.program] {
			tree.add(File{Name: s.name, Mode: 0o644, Data: []byte(s.text)})
		}
	}
	report.LeftOut = t.leftOut
}
