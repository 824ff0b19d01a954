package testrepo

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"strings"
)

// Kernel is the release of the kernel that Boot's packages bring.
const Kernel = "6.12-test"

// Boot are the packages that lend a medium its boot files, under the names
// that Debian's have, with content that starts nothing but has the form that
// tools look for; and an essential package, without which no set is one.
func Boot() []Package {
	isolinux := bulkOf("isolinux", 38000)
	copy(isolinux[64:], "\xfb\xc0\x78\x70") // by this mark a hybrid MBR knows it
	const modules = "usr/lib/modules/" + Kernel + "/"
	c32 := func(name string) File {
		return File{Name: "usr/lib/syslinux/modules/bios/" + name + ".c32", Data: bulkOf(name, 3000)}
	}
	return []Package{
		New("Package: base-files\nEssential: yes\nPriority: required", File{Name: "etc/test_version", Data: []byte("1\n")}),
		New("Package: linux-image-amd64\nDepends: linux-image-" + Kernel),
		New("Package: linux-image-"+Kernel,
			File{Name: "boot/vmlinuz-" + Kernel, Data: bulkOf("vmlinuz", 40000)},
			File{Name: modules + "modules.builtin", Data: []byte("kernel/lib/crc16.ko\n")},
			File{Name: modules + "kernel/fs/isofs/isofs.ko", Data: module("depends=cdrom", "alias=fs-iso9660")},
			File{Name: modules + "kernel/drivers/cdrom/cdrom.ko", Data: module("depends=")},
			File{Name: modules + "kernel/drivers/scsi/sr_mod.ko", Data: module("depends=cdrom")}),
		New("Package: busybox-static", File{Name: "usr/bin/busybox", Mode: 0o755, Data: Program()}),
		New("Package: isolinux\nArchitecture: all",
			File{Name: "usr/lib/ISOLINUX/isolinux.bin", Data: isolinux},
			File{Name: "usr/lib/ISOLINUX/isohdpfx.bin", Data: bulkOf("isohdpfx", 432)}),
		New("Package: syslinux-common\nArchitecture: all", c32("ldlinux"), c32("libcom32"), c32("libutil"), c32("vesamenu"), c32("menu")),
		New("Package: shim-signed", File{Name: "usr/lib/shim/shimx64.efi.signed", Data: bulkOf("shim", 9000)}),
		New("Package: shim-helpers-amd64-signed", File{Name: "usr/lib/shim/mmx64.efi.signed", Data: bulkOf("mm", 8000)}),
		New("Package: grub-efi-amd64-signed", File{Name: "usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed", Data: bulkOf("grub", 20000)}),
	}
}

// Program is the least static program there can be for an x86-64 machine, as
// far as its headers go.
func Program() []byte { return object(elf.ET_EXEC, "") }

// module makes a kernel module that consists of what it says of itself.
func module(statements ...string) []byte {
	return object(elf.ET_REL, strings.Join(statements, "\x00")+"\x00")
}

// object makes an ELF file with a .modinfo section.
func object(kind elf.Type, modinfo string) []byte {
	const names = "\x00.modinfo\x00.shstrtab\x00"
	header := elf.Header64{
		Type: uint16(kind), Machine: uint16(elf.EM_X86_64), Version: 1, Shoff: uint64(64 + len(modinfo) + len(names)),
		Ehsize: 64, Phentsize: 56, Shentsize: 64, Shnum: 3, Shstrndx: 2,
	}
	copy(header.Ident[:], "\x7fELF\x02\x01\x01")
	var b bytes.Buffer
	put := func(v any) { _ = binary.Write(&b, binary.LittleEndian, v) } // into memory, of fixed size
	put(header)
	b.WriteString(modinfo + names)
	put(elf.Section64{})
	put(elf.Section64{Name: 1, Type: uint32(elf.SHT_PROGBITS), Off: 64, Size: uint64(len(modinfo))})
	put(elf.Section64{Name: 10, Type: uint32(elf.SHT_STRTAB), Off: uint64(64 + len(modinfo)), Size: uint64(len(names))})
	return b.Bytes()
}
