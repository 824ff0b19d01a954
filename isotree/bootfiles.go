package isotree

// BootFile says which file of a package becomes which file of the medium.
type BootFile struct {
	Package string // Debian package, any version
	Source  string // path in the package's data archive
	Target  string // path on the medium; for a Host file, its name in build/boot
	// Host files are for the ISO writer alone and don't go onto the medium.
	Host     bool
	Firmware string // bios or uefi: which firmware needs it
}

// DebianBootFiles lists the boot loaders that the packages of Debian (11 and
// later) lend an amd64 medium. gcdx64 is the GRUB that Debian signs for
// media: it reads /boot/grub/grub.cfg from where it was started.
var DebianBootFiles = [...]BootFile{
	{"isolinux", "usr/lib/ISOLINUX/isolinux.bin", "isolinux/isolinux.bin", false, "bios"},
	{"isolinux", "usr/lib/ISOLINUX/isohdpfx.bin", "isohdpfx.bin", true, "bios"},
	{"syslinux-common", "usr/lib/syslinux/modules/bios/ldlinux.c32", "isolinux/ldlinux.c32", false, "bios"},
	{"syslinux-common", "usr/lib/syslinux/modules/bios/libcom32.c32", "isolinux/libcom32.c32", false, "bios"},
	{"syslinux-common", "usr/lib/syslinux/modules/bios/libutil.c32", "isolinux/libutil.c32", false, "bios"},
	{"syslinux-common", "usr/lib/syslinux/modules/bios/vesamenu.c32", "isolinux/vesamenu.c32", false, "bios"},
	{"syslinux-common", "usr/lib/syslinux/modules/bios/menu.c32", "isolinux/menu.c32", false, "bios"},
	{"shim-signed", "usr/lib/shim/shimx64.efi.signed", "EFI/BOOT/BOOTX64.EFI", false, "uefi"},
	{"shim-helpers-amd64-signed", "usr/lib/shim/mmx64.efi.signed", "EFI/BOOT/mmx64.efi", false, "uefi"},
	{"grub-efi-amd64-signed", "usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed", "EFI/BOOT/grubx64.efi", false, "uefi"},
}

// The kernel and the initramfs, where the menus look for them.
const (
	KernelPath = "images/pxeboot/vmlinuz"
	InitrdPath = "images/pxeboot/initrd.img"
	ESPPath    = "images/efiboot.img"
)
