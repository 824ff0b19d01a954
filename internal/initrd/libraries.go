package initrd

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// triplets are the names of the directories in which Debian's ld.so looks for
// libraries, besides /usr/lib.
var triplets = map[elf.Machine]string{
	elf.EM_X86_64: "x86_64-linux-gnu", elf.EM_AARCH64: "aarch64-linux-gnu", elf.EM_RISCV: "riscv64-linux-gnu", elf.EM_386: "i386-linux-gnu",
}

// dynamic is what an ELF file says of others.
type dynamic struct {
	machine     elf.Machine
	interpreter string   // the program's ld.so
	needed      []string // sonames
	dirs        []string // where it wants to have them looked for
}

// readDynamic reads a program or a library; the linker's $ORIGIN is origin.
func readDynamic(data []byte, origin string) (dynamic, error) {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return dynamic{}, err
	}
	if f.Type != elf.ET_EXEC && f.Type != elf.ET_DYN {
		return dynamic{}, fmt.Errorf("an ELF file of type %v, neither program nor library", f.Type)
	}
	d := dynamic{machine: f.Machine}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			text, err := io.ReadAll(io.LimitReader(p.Open(), 4096))
			if err != nil {
				return d, fmt.Errorf("read the interpreter's name: %w", err)
			}
			d.interpreter = strings.TrimRight(string(text), "\x00")
		}
	}
	if d.needed, err = f.ImportedLibraries(); err != nil {
		return d, fmt.Errorf("read the needed libraries: %w", err)
	}
	for _, tag := range []elf.DynTag{elf.DT_RUNPATH, elf.DT_RPATH} {
		list, err := f.DynString(tag)
		if err != nil {
			return d, fmt.Errorf("read the libraries' directories: %w", err)
		}
		for _, dirs := range list {
			for dir := range strings.SplitSeq(dirs, ":") {
				d.dirs = append(d.dirs, strings.NewReplacer("$ORIGIN", "/"+origin, "${ORIGIN}", "/"+origin).Replace(dir))
			}
		}
	}
	return d, nil
}

// libraries finds what the chosen programs need, and what that needs in turn.
// A fault names the program and the library; all of them are gathered.
func (t *tools) libraries() error {
	for len(t.wanted) > 0 {
		name := t.wanted[0]
		t.wanted = t.wanted[1:]
		d, err := readDynamic(t.files[name].data, path.Dir(name))
		if err != nil {
			t.fault("%s: %w", t.called(name), err)
			continue
		}
		if d.machine != t.machine {
			t.fault("%s is for %v, the init program for %v", t.called(name), d.machine, t.machine)
			continue
		}
		if d.interpreter != "" {
			d.needed = append(d.needed, d.interpreter)
		}
		for _, o := range opened {
			if slices.Contains(d.needed, o.by) {
				d.needed = append(d.needed, o.soname)
			}
		}
		for _, soname := range d.needed {
			if err := t.need(name, soname, d.dirs); err != nil {
				return err
			}
		}
	}
	return nil
}

// called is a program or library as it stands in messages.
func (t *tools) called(name string) string {
	text := fmt.Sprintf("%s of %s", name, t.files[name].owner)
	if program := t.source[name]; program != "" {
		text += fmt.Sprintf(" (which %s needs)", program)
	}
	return text
}

// need takes a library that an ELF file asks for.
func (t *tools) need(by, soname string, dirs []string) error {
	name, err := t.find(soname, dirs)
	if err != nil {
		return err
	}
	if name == "" {
		t.fault("%s needs %s, which none of the packages has", t.called(by), soname)
		return nil
	}
	end, _ := t.end(name)
	fresh := !t.taken[end]
	t.chain(name)
	if fresh {
		if t.source[end] = t.source[by]; t.source[end] == "" {
			t.source[end] = by
		}
		t.wanted = append(t.wanted, end)
	}
	return nil
}

// dirs is where libraries are looked for, in ld.so's order.
func (t *tools) dirs(own []string) []string {
	return append(append([]string{}, own...), "usr/lib/"+triplets[t.machine], "usr/lib", "usr/lib64")
}

// find looks for a library in what was read, and reads on until it is there.
// It gives "" where no package has it.
func (t *tools) find(soname string, own []string) (string, error) {
	places := []string{merged(soname)}
	if !strings.Contains(soname, "/") {
		places = nil
		for _, dir := range t.dirs(own) {
			places = append(places, merged(path.Join(dir, soname)))
		}
	}
	for {
		for _, name := range places {
			if end, ok := t.end(name); ok && bytes.HasPrefix(t.files[end].data, []byte(elf.ELFMAG)) {
				return name, nil
			}
		}
		if len(t.unread) == 0 {
			return "", nil
		}
		i := t.likely(soname)
		next := t.unread[i]
		t.unread = slices.Delete(t.unread, i, i+1)
		if err := t.read(next, false); err != nil {
			return "", err
		}
	}
}

// likely is the unread package that goes by the library's name, as Debian
// Policy §8.1 has it: libgcc_s.so.1 is in libgcc-s1, libpcre2-8.so.0 in
// libpcre2-8-0; with t64 behind it since the years end in 2038. Where none
// does, it is the first.
func (t *tools) likely(soname string) int {
	name, version, ok := strings.Cut(strings.ToLower(strings.ReplaceAll(soname, "_", "-")), ".so.")
	if !ok || name == "" {
		return 0
	}
	if last := name[len(name)-1]; last >= '0' && last <= '9' {
		name += "-"
	}
	for i, p := range t.unread {
		called, _, _ := strings.Cut(p.Name, " ")
		if strings.TrimSuffix(called, "t64") == strings.TrimSuffix(name+version, "t64") {
			return i
		}
	}
	return 0
}
