package target

import (
	"io"
	"slices"
	"strings"
)

// Facts is what a kickstart does not say.
type Facts struct {
	// Product and Medium name what is installed and what from, for the head of
	// files: "cd-builder demo server", and the line of the medium's .disk/info.
	Product, Medium string
	// Packages are the names of those that are, or will be, installed.
	Packages []string
	// Cmdline is the kernel command line that the installer was started with.
	Cmdline string

	// UEFI says that the machine starts by UEFI, else by BIOS.
	UEFI bool
	// Boot are the disks that a BIOS is to find a boot loader on, such as
	// /dev/sda: of a RAID1 every member.
	Boot []string
	// BootPartition is the device that /boot is on, for a boot loader in a
	// partition: /dev/sda2.
	BootPartition string
	// ESP are the partitions that hold the EFI system partition; more than one
	// where it is a RAID1.
	ESP []ESP

	// Fstab, Crypttab and Mdadm are the texts of /etc/fstab, /etc/crypttab and
	// /etc/mdadm/mdadm.conf. An empty one is not written.
	Fstab, Crypttab, Mdadm string

	// Cards are the machine's wired network cards, in its order.
	Cards []Card
	// Sources are where apt finds packages from now on.
	Sources []Source
	// Kickstart is the text that is kept as /root/anaconda-ks.cfg.
	Kickstart []byte
	// FreshKeys makes new SSH host keys, where the packages were not configured on
	// this machine: an image.
	FreshKeys bool
	// Random gives the salts of passwords.
	Random io.Reader
}

// ESP is one partition that the firmware reads.
type ESP struct {
	Disk   string // /dev/sda
	Number int    // of the partition, from 1
}

// Card is a wired network card.
type Card struct {
	// Name is what the installed system will call it; empty where that is not known.
	Name string
	MAC  string
	// Link says that a cable is in it.
	Link bool
}

// Source is a repository for apt, as in sources.list(5), deb822 style.
type Source struct {
	URI        string // https://deb.debian.org/debian
	Suites     []string
	Components []string
	SignedBy   string // path of the keyring
	Disabled   bool
}

// DebianSources are the repositories of Debian itself for a suite.
func DebianSources(suite string, components ...string) []Source {
	const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
	return []Source{
		{URI: "http://deb.debian.org/debian", Suites: []string{suite, suite + "-updates"}, Components: components, SignedBy: keyring},
		{URI: "http://deb.debian.org/debian-security", Suites: []string{suite + "-security"}, Components: components, SignedBy: keyring},
	}
}

func (f *Facts) has(pkg string) bool { return slices.Contains(f.Packages, pkg) }

func (f *Facts) hasKernel() bool {
	return slices.ContainsFunc(f.Packages, func(p string) bool { return strings.HasPrefix(p, "linux-image-") })
}

// argument gives the last value of a boot argument, as the kernel reads it.
func (f *Facts) argument(name string) string {
	value := ""
	for word := range strings.FieldsSeq(f.Cmdline) {
		if v, ok := strings.CutPrefix(word, name+"="); ok {
			value = v
		}
	}
	return value
}
