package target

import "slices"

// Packages are what the installed system needs to boot, to be added to what the
// kickstart asks for; what the disks need, internal/storage says. Loader false:
// the kickstart wants no boot loader.
func Packages(uefi, loader bool) []string {
	all := []string{"initramfs-tools", "linux-image-amd64"}
	if loader {
		f := Facts{UEFI: uefi}
		all = append(all, f.loader()...)
	}
	slices.Sort(all)
	return all
}

// Upkeep is the package that renews the boot loader's images on the disk when
// GRUB is upgraded. Those for BIOS and UEFI exclude one another, so that a
// medium for both carries both and the installer adds one, where it is there.
func Upkeep(uefi bool) string {
	if uefi {
		return "grub-efi-amd64"
	}
	return "grub-pc"
}

// loader are the packages that grub-install and update-grub are in, and the
// images that they write.
func (f *Facts) loader() []string {
	if f.UEFI {
		return []string{"grub2-common", "grub-efi-amd64-bin", "grub-efi-amd64-signed", "shim-signed", "efibootmgr"}
	}
	return []string{"grub2-common", "grub-pc-bin"}
}
