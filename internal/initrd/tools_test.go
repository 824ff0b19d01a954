package initrd

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/binary"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"cdbuilder/internal/deb/debtest"

	"github.com/google/go-cmp/cmp"
)

// toolPackages are those that an installer of a server wants.
var toolPackages = []string{
	"btrfs-progs", "cryptsetup-bin", "dmsetup", "dosfstools", "e2fsprogs", "efibootmgr", "fdisk", "lvm2", "mdadm", "mount", "util-linux", "xfsprogs",
}

// withTools adds the programs of the real packages to the options.
func withTools(t testing.TB, o Options) Options {
	t.Helper()
	for _, name := range toolPackages {
		p := openPackage(t, debtest.Fetch(t, "trixie", name))
		o.Programs = append(o.Programs, Package{Name: name, Reader: p.Reader})
	}
	for _, name := range debtest.Libraries(t, "trixie", toolPackages...) {
		p := openPackage(t, debtest.Fetch(t, "trixie", name))
		o.Libraries = append(o.Libraries, Package{Name: name, Reader: p.Reader})
	}
	return o
}

// dynamicFile makes an ELF file that asks for an interpreter, for directories
// and for libraries, each as far as it is given.
func dynamicFile(machine elf.Machine, interpreter, runpath string, needed ...string) string {
	texts := "\x00"
	var tags []elf.Dyn64
	put := func(tag elf.DynTag, text string) {
		tags = append(tags, elf.Dyn64{Tag: int64(tag), Val: uint64(len(texts))})
		texts += text + "\x00"
	}
	for _, name := range needed {
		put(elf.DT_NEEDED, name)
	}
	if runpath != "" {
		put(elf.DT_RUNPATH, runpath)
	}
	tags = append(tags, elf.Dyn64{})
	names := "\x00.dynamic\x00.dynstr\x00.shstrtab\x00"
	header := elf.Header64{Type: uint16(elf.ET_DYN), Machine: uint16(machine), Version: 1, Ehsize: 64, Phentsize: 56, Shentsize: 64, Shnum: 4, Shstrndx: 3}
	copy(header.Ident[:], "\x7fELF\x02\x01\x01")
	at := uint64(64)
	if interpreter != "" {
		header.Phoff, header.Phnum = 64, 1
		at += 56
	}
	dynamics, strs := at, at+uint64(16*len(tags))
	shstr := strs + uint64(len(texts))
	interp := shstr + uint64(len(names))
	header.Shoff = interp + uint64(len(interpreter)) + 1
	parts := []any{header}
	if interpreter != "" {
		parts = append(parts, elf.Prog64{Type: uint32(elf.PT_INTERP), Off: interp, Filesz: uint64(len(interpreter)) + 1})
	}
	parts = append(parts, tags, []byte(texts), []byte(names), []byte(interpreter+"\x00"), []elf.Section64{
		{},
		{Name: 1, Type: uint32(elf.SHT_DYNAMIC), Off: dynamics, Size: uint64(16 * len(tags)), Link: 2, Entsize: 16},
		{Name: 10, Type: uint32(elf.SHT_STRTAB), Off: strs, Size: uint64(len(texts))},
		{Name: 18, Type: uint32(elf.SHT_STRTAB), Off: shstr, Size: uint64(len(names))},
	})
	var b bytes.Buffer
	for _, part := range parts {
		if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
			panic(err)
		}
	}
	return b.String()
}

const (
	x86      = elf.EM_X86_64
	ldso     = "/lib64/ld-linux-x86-64.so.2"
	libs     = "./usr/lib/x86_64-linux-gnu/"
	linkMark = "link to "
)

// smallTools are packages of programs and libraries, of our own making.
func smallTools() Options {
	o := options(good()...)
	o.Programs = []Package{
		{"e2fsprogs 1.47", pack(
			"./sbin/mke2fs", dynamicFile(x86, ldso, "", "libext2fs.so.2", "libc.so.6"),
			"./sbin/mkfs.ext4", linkMark+"mke2fs",
			"./usr/sbin/e2scrub", "#!/bin/bash\n",
			"./usr/sbin/fsck.all", linkMark+"e2scrub",
			"./usr/sbin/xfs_scrub", dynamicFile(x86, ldso, "", "libicu.so.76"),
			"./usr/sbin/xfs_info", "#! /bin/sh -f\n",
			"./usr/sbin/modprobe", dynamicFile(x86, ldso, ""),
			"./usr/bin/debugfs", dynamicFile(x86, ldso, "", "libgone.so.1"),
			"./usr/bin/README", "text",
			"./etc/mke2fs.conf", "[defaults]\n",
			"./etc/cron.d/e2scrub", "daily\n",
			"./usr/share/doc/e2fsprogs/copyright", "GPL\n",
		)},
		{"lvm2 2.03", pack("./usr/sbin/lvm", dynamicFile(x86, ldso, "$ORIGIN/../lib/lvm", "libown.so", "libc.so.6"), "./usr/lib/lvm/libown.so", dynamicFile(x86, "", ""))},
	}
	o.Libraries = []Package{
		{"libaaa1 1", pack(libs+"libaaa.so.1", "not even ELF", libs+"libstdc++.so.6", dynamicFile(x86, "", ""))},
		{"libext2fs2t64 1.47", pack(libs+"libext2fs.so.2", linkMark+"libext2fs.so.2.4", libs+"libext2fs.so.2.4", dynamicFile(x86, "", "", "libcom_err.so.2", "libc.so.6"))},
		{"libcom-err2 1.47", pack(libs+"libcom_err.so.2", dynamicFile(x86, "", "", "libc.so.6"))},
		{"libc6 2.41", pack(libs+"libc.so.6", dynamicFile(x86, "", "", "ld-linux-x86-64.so.2"),
			libs+"ld-linux-x86-64.so.2", dynamicFile(x86, "", ""), "./lib64/ld-linux-x86-64.so.2", linkMark+"../usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")},
		{"libgcc-s1 14", pack(libs+"libgcc_s.so.1", dynamicFile(x86, "", "", "libc.so.6"))},
		{"libnever1 1", strings.NewReader("this is never read")},
	}
	o.Drop = []string{"usr/bin/debugfs"}
	return o
}

func TestSmallTools(t *testing.T) {
	var b bytes.Buffer
	report, err := Build(context.Background(), &b, smallTools())
	if err != nil {
		t.Fatal(err)
	}
	files := unpack(t, b.Bytes())
	ours := map[string]bool{}
	var plain bytes.Buffer
	if _, err := Build(context.Background(), &plain, options(good()...)); err != nil {
		t.Fatal(err)
	}
	for name := range unpack(t, plain.Bytes()) {
		ours[name] = true
	}
	var got []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !ours[name] {
			got = append(got, name)
		}
	}
	const dir = "usr/lib/x86_64-linux-gnu"
	want := []string{
		"etc/lvm", "etc/lvm/lvmlocal.conf", "etc/mke2fs.conf", "lib64", "usr/lib/lvm", "usr/lib/lvm/libown.so", dir, dir + "/ld-linux-x86-64.so.2",
		dir + "/libc.so.6", dir + "/libcom_err.so.2", dir + "/libext2fs.so.2", dir + "/libext2fs.so.2.4", dir + "/libgcc_s.so.1",
		"usr/lib64", "usr/lib64/ld-linux-x86-64.so.2", "usr/sbin/lvm", "usr/sbin/mke2fs", "usr/sbin/mkfs.ext4", "usr/sbin/xfs_info",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what came along (-want +got):\n%s", diff)
	}
	wantOut := []string{"usr/bin/README", "usr/bin/debugfs", "usr/sbin/e2scrub", "usr/sbin/fsck.all", "usr/sbin/xfs_scrub"}
	if diff := cmp.Diff(wantOut, report.LeftOut); diff != "" || report.Programs != 3 || report.Libraries != 6 {
		t.Errorf("%d programs, %d libraries, left out: %s", report.Programs, report.Libraries, diff)
	}
	for name, want := range map[string]string{"usr/sbin/mkfs.ext4": "mke2fs", "usr/lib64/ld-linux-x86-64.so.2": "/" + dir + "/ld-linux-x86-64.so.2", "usr/sbin/modprobe": "../../init"} {
		if files[name] != want {
			t.Errorf("%s leads to %q, want %q", name, files[name], want)
		}
	}
}

func TestToolsThatAreRefused(t *testing.T) {
	add := func(p Package) func(*Options) { return func(o *Options) { o.Programs = append(o.Programs, p) } }
	tests := []struct {
		name   string
		change func(*Options)
		want   []string
	}{
		{"libraries that are nowhere, all of them", func(o *Options) { o.Drop, o.Libraries = nil, slices.Delete(o.Libraries[:5:5], 2, 3) }, []string{
			"usr/bin/debugfs of e2fsprogs 1.47 needs libgone.so.1, which none of the packages has",
			"usr/lib/x86_64-linux-gnu/libext2fs.so.2.4 of libext2fs2t64 1.47 (which usr/sbin/mke2fs needs) needs libcom_err.so.2, which none",
		}},
		{"a library that is no ELF file", add(Package{"aaa 1", pack("./bin/aaa", dynamicFile(x86, ldso, "", "libaaa.so.1"))}), []string{"needs libaaa.so.1, which none"}},
		{"no ld.so", add(Package{"other 1", pack("./bin/other", dynamicFile(x86, "/lib/ld-musl-x86_64.so.1", ""))}), []string{"usr/bin/other of other 1 needs /lib/ld-musl-x86_64.so.1"}},
		{"another machine", add(Package{"arm 1", pack("./bin/arm", dynamicFile(elf.EM_AARCH64, "", ""))}), []string{"usr/bin/arm of arm 1 is for EM_AARCH64, the init program for EM_X86_64"}},
		{"a broken program", add(Package{"bad 1", pack("./bin/bad", "\x7fELF and no more")}), []string{"usr/bin/bad of bad 1: "}},
		{"a module as a program", add(Package{"bad 1", pack("./bin/bad", ko("a=b"))}), []string{"neither program nor library"}},
		{"a package without programs", add(Package{"libx1 1", pack(libs+"libx.so.1", "")}), []string{"libx1 1 has no program in /usr/bin or /usr/sbin"}},
		{"something to drop that is not there", func(o *Options) { o.Drop = append(o.Drop, "usr/sbin/nothing") }, []string{"drop: no package has the program usr/sbin/nothing"}},
		{"no package at all", add(Package{"x 1", strings.NewReader("x")}), []string{"read programs: x 1: "}},
		{"nothing to read", add(Package{"x 1", nil}), []string{`the package "x 1" has nothing to read`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := smallTools()
			o.Libraries = o.Libraries[:5]
			tt.change(&o)
			_, err := Build(context.Background(), io.Discard, o)
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

func TestLikelyPackage(t *testing.T) {
	var packages []Package
	for _, name := range []string{"libfirst1", "libc6", "libgcc-s1", "libpcre2-8-0", "libdevmapper1.02.1", "libext2fs2t64", "libaio1t64"} {
		packages = append(packages, Package{Name: name + " 1.0"})
	}
	for soname, want := range map[string]string{
		"libc.so.6": "libc6", "libgcc_s.so.1": "libgcc-s1", "libpcre2-8.so.0": "libpcre2-8-0", "libdevmapper.so.1.02.1": "libdevmapper1.02.1",
		"libext2fs.so.2": "libext2fs2t64", "libaio.so.1t64": "libaio1t64", "libcrypto.so.3": "libfirst1", "libown.so": "libfirst1", "/lib64/ld-linux-x86-64.so.2": "libfirst1", ".so.1": "libfirst1",
	} {
		l := tools{unread: packages}
		if got := packages[l.likely(soname)].Name; got != want+" 1.0" {
			t.Errorf("%s: %s is read, want %s", soname, got, want)
		}
	}
}

// FuzzDynamic reads anything as a program.
func FuzzDynamic(f *testing.F) {
	f.Add([]byte(dynamicFile(x86, ldso, "$ORIGIN:/usr/lib/x", "libc.so.6")))
	f.Add(object(elf.ET_DYN, elf.EM_X86_64, "", ""))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := readDynamic(data, "usr/bin")
		if err == nil && len(d.interpreter) > 4096 {
			t.Fatalf("an interpreter's name of %d bytes", len(d.interpreter))
		}
	})
}
