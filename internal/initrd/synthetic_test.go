package initrd

import (
	"archive/tar"
	"bytes"
	"context"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"cdbuilder/internal/cpio"
	"cdbuilder/internal/initrd/modindex"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
)

// object makes the least ELF file there can be: of a type, for a machine, with
// a .modinfo section if there is one to hold, and with an interpreter.
func object(kind elf.Type, machine elf.Machine, modinfo, interpreter string) []byte {
	names := "\x00.modinfo\x00.shstrtab\x00"
	header := elf.Header64{
		Type: uint16(kind), Machine: uint16(machine), Version: 1, Ehsize: 64, Phentsize: 56, Shentsize: 64, Shnum: 3, Shstrndx: 2,
	}
	copy(header.Ident[:], "\x7fELF\x02\x01\x01")
	body := 64 + 56*min(1, len(interpreter))
	if interpreter != "" {
		header.Phoff, header.Phnum = 64, 1
	}
	header.Shoff = uint64(body + len(modinfo) + len(names) + len(interpreter))
	var b bytes.Buffer
	put := func(v any) {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			panic(err)
		}
	}
	put(header)
	if interpreter != "" {
		put(elf.Prog64{Type: uint32(elf.PT_INTERP), Off: uint64(body + len(modinfo) + len(names)), Filesz: uint64(len(interpreter))})
	}
	b.WriteString(modinfo + names + interpreter)
	put(elf.Section64{})
	put(elf.Section64{Name: 1, Type: uint32(elf.SHT_PROGBITS), Off: uint64(body), Size: uint64(len(modinfo))})
	put(elf.Section64{Name: 10, Type: uint32(elf.SHT_STRTAB), Off: uint64(body + len(modinfo)), Size: uint64(len(names))})
	return b.Bytes()
}

// ko makes a module with the given statements in its .modinfo.
func ko(statements ...string) string {
	return string(object(elf.ET_REL, elf.EM_X86_64, strings.Join(statements, "\x00")+"\x00", ""))
}

// pack makes a .deb of path, content pairs. A content that begins with linkMark
// makes a symbolic link.
func pack(pairs ...string) io.Reader {
	archive := func(pairs ...string) []byte {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for i := 0; i < len(pairs); i += 2 {
			if target, ok := strings.CutPrefix(pairs[i+1], linkMark); ok {
				if err := w.WriteHeader(&tar.Header{Name: pairs[i], Typeflag: tar.TypeSymlink, Mode: 0o777, Linkname: target}); err != nil {
					panic(err)
				}
				continue
			}
			if err := w.WriteHeader(&tar.Header{Name: pairs[i], Typeflag: tar.TypeReg, Mode: 0o755, Size: int64(len(pairs[i+1]))}); err != nil {
				panic(err)
			}
			if _, err := w.Write([]byte(pairs[i+1])); err != nil {
				panic(err)
			}
		}
		if err := w.Close(); err != nil {
			panic(err)
		}
		return b.Bytes()
	}
	b := bytes.NewBufferString("!<arch>\n")
	member := func(name string, data []byte) {
		fmt.Fprintf(b, "%-16s%-12d%-6d%-6d%-8o%-10d`\n%s", name, 0, 0, 0, 0o100644, len(data), data)
	}
	member("debian-binary", []byte("2.0\n"))
	member("control.tar", archive("./control", "Package: x\n"))
	member("data.tar", archive(pairs...))
	return b
}

const modulesDir = "./usr/lib/modules/6.12-test/"

// options are good ones for a kernel of our own making.
func options(pairs ...string) Options {
	busybox := object(elf.ET_DYN, elf.EM_X86_64, "", "")
	return Options{
		Kernel: []Package{{Name: "kernel.deb", Reader: pack(pairs...)}},
		Init:   object(elf.ET_EXEC, elf.EM_X86_64, "", ""),
		Shell:  Package{Name: "busybox.deb", Reader: pack("./usr/bin/busybox", string(busybox))},
		Time:   stamp,
	}
}

// good is a small kernel: a driver with a dependency, wishes by name and by
// alias, one of them in a circle, and much that nobody wants.
func good() []string {
	return []string{
		modulesDir + "modules.builtin", "kernel/lib/crc16.ko\nkernel/crypto/sha256-generic.ko\n",
		modulesDir + "modules.builtin.modinfo", "sha256_generic.alias=sha256\x00sha256_generic.license=GPL\x00",
		modulesDir + "kernel/drivers/ata/ahci.ko", ko("depends=libata,crc16", "alias=pci:v*bc01*", "alias=dmi*:svnA B:", "firmware=a.bin"),
		modulesDir + "kernel/drivers/ata/pata_legacy.ko", ko("depends="),
		modulesDir + "kernel/drivers/ata/ata_piix.ko", ko("depends=libata"),
		modulesDir + "kernel/drivers/ata/libata.ko", ko("depends=scsi-mod"),
		modulesDir + "kernel/drivers/scsi/scsi_mod.ko", ko("depends="),
		modulesDir + "kernel/drivers/net/e1000.ko", ko("depends="),
		modulesDir + "kernel/fs/ext4/ext4.ko", ko("softdep=pre: crc32c sha256 nowhere post: late", "depends=jbd2"),
		modulesDir + "kernel/fs/jbd2/jbd2.ko", ko("depends=", "softdep=pre: ext4"),
		modulesDir + "kernel/lib/late.ko", ko("depends="),
		modulesDir + "kernel/crypto/crc32c_generic.ko", ko("alias=crc32c"),
		modulesDir + "kernel/arch/x86/crypto/crc32c-intel.ko", ko("alias=crc32c"),
		"./boot/vmlinuz-6.12-test", "the kernel",
	}
}

func TestSmallKernel(t *testing.T) {
	var b bytes.Buffer
	o := options(good()...)
	o.Drop = []string{"drivers/ata/ata_piix"}
	o.Extra = []File{{Name: "etc/deep/motd", Mode: 0o600, Data: []byte("hello")}}
	var read int64
	o.Progress = func(n int64) { read += n }
	report, err := Build(context.Background(), &b, o)
	if err != nil {
		t.Fatal(err)
	}
	want := &Report{
		Release: "6.12-test", Modules: 8, Size: int64(b.Len()), Unpacked: report.Unpacked,
		Dropped: []string{"drivers/ata/ata_piix"}, Unmet: []string{"nowhere"}, Firmware: []string{"a.bin"},
	}
	if diff := cmp.Diff(want, report); diff != "" {
		t.Error(diff)
	}
	files := unpack(t, b.Bytes())
	wantIndex := `modules 1 6.12-test
builtin crc16
builtin sha256_generic
module ahci kernel/drivers/ata/ahci.ko scsi_mod libata
module crc32c_generic kernel/crypto/crc32c_generic.ko
module crc32c_intel kernel/arch/x86/crypto/crc32c-intel.ko
module ext4 kernel/fs/ext4/ext4.ko crc32c_generic crc32c_intel jbd2
after ext4 late
module jbd2 kernel/fs/jbd2/jbd2.ko crc32c_generic crc32c_intel ext4
module late kernel/lib/late.ko
module libata kernel/drivers/ata/libata.ko scsi_mod
module scsi_mod kernel/drivers/scsi/scsi_mod.ko
alias crc32c crc32c_generic
alias crc32c crc32c_intel
alias pci:v*bc01* ahci
`
	if diff := cmp.Diff(wantIndex, files["usr/lib/modules/6.12-test/modules.index"]); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]string{
		"modules.builtin": "kernel/lib/crc16.ko\nkernel/crypto/sha256-generic.ko\n",
		"modules.alias":   "alias pci:v*bc01* ahci\nalias crc32c crc32c_generic\nalias crc32c crc32c_intel\n",
		"modules.softdep": "softdep ext4 pre: crc32c_generic crc32c_intel post: late\nsoftdep jbd2 pre: ext4\n",
		"modules.dep": "kernel/drivers/ata/ahci.ko: kernel/drivers/ata/libata.ko kernel/drivers/scsi/scsi_mod.ko\n" +
			"kernel/crypto/crc32c_generic.ko:\nkernel/arch/x86/crypto/crc32c-intel.ko:\nkernel/fs/ext4/ext4.ko: kernel/fs/jbd2/jbd2.ko\n" +
			"kernel/fs/jbd2/jbd2.ko:\nkernel/lib/late.ko:\nkernel/drivers/ata/libata.ko: kernel/drivers/scsi/scsi_mod.ko\nkernel/drivers/scsi/scsi_mod.ko:\n",
	} {
		if diff := cmp.Diff(want, files["usr/lib/modules/6.12-test/"+name]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if files["etc/deep/motd"] != "hello" || files["init"] == "" || files["usr/bin/busybox"] == "" {
		t.Error("files are missing from the archive")
	}
	if _, ok := files["usr/lib/modules/6.12-test/kernel/drivers/net/e1000.ko"]; ok {
		t.Error("a network driver came along")
	}
	if read == 0 {
		t.Error("no progress was told")
	}
}

// unpack reads an initramfs.
func unpack(t *testing.T, data []byte) map[string]string {
	t.Helper()
	z, err := zstd.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	files := map[string]string{}
	var names []string
	r := cpio.NewReader(z)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if h.UID != 0 || h.GID != 0 || !h.ModTime.Equal(stamp) {
			t.Errorf("%s: owner %d:%d, stamp %v", h.Name, h.UID, h.GID, h.ModTime)
		}
		files[h.Name] = string(body) + h.Linkname
		names = append(names, h.Name)
	}
	if !slices.IsSorted(names) {
		t.Error("directories may come after what is in them: names are not sorted")
	}
	return files
}

func TestWhatIsRefused(t *testing.T) {
	with := func(name, content string) Options { return options(append(good(), name, content)...) }
	change := func(f func(*Options)) Options {
		o := options(good()...)
		f(&o)
		return o
	}
	tests := []struct {
		name string
		o    Options
		want []string
	}{
		{"everything at once", Options{Extra: []File{{Name: "/etc/x"}, {Name: "a", Mode: 1 << 31 >> 6}}, Drop: []string{"/"}}, []string{
			"no kernel package", "no package with a shell", "no time", "the init program", `extra file "/etc/x"`, `extra file "a"`, "would leave out everything",
		}},
		{"init linked dynamically", change(func(o *Options) { o.Init = object(elf.ET_EXEC, elf.EM_X86_64, "", "/lib/ld.so") }), []string{"linked dynamically"}},
		{"init that is a module", change(func(o *Options) { o.Init = []byte(ko("x=")) }), []string{"type ET_REL, not a program"}},
		{"init for another machine", change(func(o *Options) { o.Init = object(elf.ET_EXEC, elf.EM_AARCH64, "", "") }), []string{"EM_AARCH64", "EM_X86_64"}},
		{"no such directory to drop", change(func(o *Options) { o.Drop = []string{"drivers/ata", "fs/ext5"} }), []string{"no wanted module below fs/ext5"}},
		{"a package that points elsewhere", options("./usr/share/doc/x", ""), []string{"kernel.deb holds no kernel"}},
		{"two kernels", with("./lib/modules/6.13-other/kernel/fs/x.ko", ko("a=")), []string{"another kernel than 6.12-test"}},
		{"a dependency that is nowhere", with(modulesDir+"kernel/fs/xfs/xfs.ko", ko("depends=libcrc32c")), []string{"fs/xfs/xfs.ko needs the module libcrc32c"}},
		{"a dependency in a foreign place", with(modulesDir+"kernel/fs/xfs/xfs.ko", ko("depends=e1000")), []string{"the module e1000 is needed, but drivers/net/e1000"}},
		{"a module that is not ELF", with(modulesDir+"kernel/fs/xfs/xfs.ko", "text"), []string{"fs/xfs/xfs.ko"}},
		{"a module packed wrongly", with(modulesDir+"kernel/fs/xfs/xfs.ko.xz", "text"), []string{"unpack fs/xfs/xfs.ko.xz"}},
		{"a module packed strangely", with(modulesDir+"kernel/fs/xfs/xfs.ko.br", "text"), []string{"unknown compression"}},
		{"no busybox", change(func(o *Options) { o.Shell = Package{"dash.deb", pack("./bin/dash", "")} }), []string{"dash.deb has no /usr/bin/busybox"}},
		{"dynamic busybox", change(func(o *Options) {
			o.Shell = Package{"busybox.deb", pack("./bin/busybox", string(object(elf.ET_DYN, elf.EM_X86_64, "", "/lib/ld.so")))}
		}), []string{"busybox.deb", "linked dynamically"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Build(context.Background(), io.Discard, tt.o)
			if err == nil {
				t.Fatal("was built")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("missing %q in: %v", want, err)
				}
			}
		})
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Build(ctx, io.Discard, options(good()...)); err == nil || !strings.Contains(err.Error(), context.Canceled.Error()) {
		t.Errorf("got %v", err)
	}
}

func TestVmlinuz(t *testing.T) {
	var b strings.Builder
	release, err := WriteVmlinuz(context.Background(), &b, Package{"kernel.deb", pack(good()...)})
	if err != nil || release != "6.12-test" || b.String() != "the kernel" {
		t.Errorf("%q %q %v", release, b.String(), err)
	}
	if _, err := WriteVmlinuz(context.Background(), &b, Package{"meta.deb", pack()}); err == nil || !strings.Contains(err.Error(), "meta.deb holds no kernel") {
		t.Errorf("got %v", err)
	}
}

func TestParseModinfo(t *testing.T) {
	got := parseModinfo([]byte("license=GPL\x00depends=a-b,c\x00softdep=pre: x y-z post: w odd: v\x00junk\x00alias=fs-x\x00firmware=f\x00"))
	want := modinfo{depends: []string{"a_b", "c"}, pre: []string{"x", "y-z"}, post: []string{"w"}, aliases: []string{"fs-x"}, firmware: []string{"f"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(modinfo{})); diff != "" {
		t.Error(diff)
	}
}

// FuzzModule reads anything as a module.
func FuzzModule(f *testing.F) {
	f.Add([]byte(ko("depends=a", "alias=b")), "x.ko")
	f.Add([]byte("\xfd7zXZ\x00"), "x.ko.xz")
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		module, err := unpackModule(name, data)
		if err != nil {
			return
		}
		info, err := readModinfo(module)
		if err != nil {
			return
		}
		for _, d := range info.depends {
			if d != modindex.Name(d) {
				t.Fatalf("module name %q", d)
			}
		}
	})
}
