package product

// fill puts the defaults where version.toml leaves a key out. Which, is said
// in docs/version-toml.md; a test holds the two together.
func (f *File) fill() {
	or(&f.Product.Summary, f.Product.Name)
	f.fillTarget()
	for i := range f.Repository {
		f.fillRepository(&f.Repository[i])
	}
	f.fillInstaller()
	f.fillBoot()
}

func (f *File) fillTarget() {
	t := &f.Target
	or(&t.Family, "debian")
	switch t.Family {
	case "debian":
		or(&t.Arch, "amd64")
		or(&t.Kickstart, "RHEL9")
	case "rpm":
		or(&t.Arch, "x86_64")
	}
}

func (f *File) fillRepository(r *Repository) {
	if f.Target.Family != "debian" {
		return
	}
	or(&r.Mirror, "host")
	if r.Mirror == "host" {
		or(&r.Archive, "debian")
	}
	if len(r.Components) == 0 {
		r.Components = []string{"main"}
	}
}

func (f *File) fillInstaller() {
	or(&f.Installer.Kind, "stage2")
	if f.Target.Family == "debian" {
		or(&f.Installer.Kernel, "linux-image-"+f.Target.Arch)
		or(&f.Installer.Shell, "busybox-static")
	}
}

func (f *File) fillBoot() {
	b := &f.Boot
	pc := f.Target.Arch == "amd64" || f.Target.Arch == "x86_64"
	if len(b.Firmware) == 0 {
		b.Firmware = []string{"uefi"}
		if pc {
			b.Firmware = []string{"bios", "uefi"}
		}
	}
	or(&b.Default, "local")
	if len(b.Packages) > 0 || f.Target.Family != "debian" {
		return
	}
	for _, fw := range b.Firmware {
		switch fw {
		case "bios":
			b.Packages = append(b.Packages, "isolinux", "syslinux-common")
		case "uefi":
			arch := f.Target.Arch
			b.Packages = append(b.Packages, "shim-signed", "grub-efi-"+arch+"-signed", "shim-helpers-"+arch+"-signed")
		}
	}
}

func or(s *string, value string) {
	if *s == "" {
		*s = value
	}
}
