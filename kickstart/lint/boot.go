package lint

import (
	"slices"
	"strings"

	"cdbuilder/kickstart"
)

// Booting: the volumes without which the installed system doesn't start.
var bootRules = []rule{
	{Rule{"root-missing", kickstart.Error, "partitions are made, but none for /", false}, rootMissing, false},
	{Rule{"boot-missing", kickstart.Error, "the boot loader cannot read a kernel from where / is, and there is no /boot", false}, bootMissing, false},
	{Rule{"boot-unreadable", kickstart.Error, "the boot loader cannot read a kernel from where /boot is", false}, bootUnreadable, false},
	{Rule{"esp-missing", kickstart.Warning, "UEFI firmware starts systems from an EFI system partition", false}, espMissing, true},
	{Rule{"biosboot-missing", kickstart.Warning, "GRUB on a GPT disk needs a BIOS boot partition to start from a BIOS", false}, biosbootMissing, false},
	{Rule{"bootloader-none", kickstart.Warning, "a system without a boot loader doesn't start from its disk", false}, bootloaderNone, true},
	{Rule{"fstype-gone", kickstart.Error, "this version cannot make that file system", false}, fstypeGone, false},
}

// generated reports whether %pre scripts write partitioning commands, or so
// it looks.
func (v *view) generated() bool {
	return v.open || v.has("mount")
}

func rootMissing(v *view) {
	if v.generated() || v.has("autopart") || len(v.volumes) == 0 || v.at("/") != nil {
		return
	}
	for _, p := range v.volumes {
		if p.mount == "" && !p.isMember() && !filled(p.name) {
			return
		}
	}
	if !v.whole() {
		return
	}
	last := v.volumes[len(v.volumes)-1]
	v.say(at(last.Statement), "none of the volumes is mounted as /; add part / or logvol /")
}

// whole reports whether the file is a kickstart of its own and not a part of
// one that others include: it says what to install or who may log in.
func (v *view) whole() bool {
	for _, s := range v.Sections {
		if s.Name == "packages" {
			return true
		}
	}
	return v.has("rootpw", "ostreesetup", "ostreecontainer", "liveimg", "bootc")
}

// hasBoot reports whether /boot is made, by whatever command.
func (v *view) hasBoot() bool {
	r := v.Last("reqpart")
	return v.at("/boot") != nil || v.has("autopart") || r != nil && r.Has("--add-boot")
}

// hasLoader reports whether a boot loader is installed.
func (v *view) hasLoader() bool {
	b := v.Last("bootloader")
	return b == nil || b.Get("--location") != "none" && !b.Has("--disabled") && !b.Has("--disable")
}

// unreadable says why the boot loader cannot read a volume; empty where it can.
func (v *view) unreadable(p *volume) string {
	switch {
	case p.Name == "logvol":
		return "on a logical volume"
	case p.Has("--encrypted"):
		return "encrypted"
	case p.Name == "raid" && !v.since(16, 7) && p.Get("--level") != "1" && !strings.EqualFold(p.Get("--level"), "raid1") && filled(p.Get("--level")):
		return "on an array of level " + p.Get("--level") + ", which GRUB of this version doesn't read"
	}
	return ""
}

func bootMissing(v *view) {
	root := v.at("/")
	if root == nil || v.generated() || v.hasBoot() || !v.hasLoader() {
		return
	}
	if why := v.unreadable(root); why != "" {
		v.say(at(root.Statement), "/ is %s and there is no /boot for the boot loader to read; add part /boot --size=1024, or reqpart --add-boot", why)
	}
}

func bootUnreadable(v *view) {
	boot := v.at("/boot")
	if boot == nil || !v.hasLoader() {
		return
	}
	if why := v.unreadable(boot); why != "" {
		v.say(at(boot.Statement), "/boot is %s, where the boot loader cannot read it; write part /boot --size=1024", why)
	}
}

// starts reports whether the machines may have a firmware.
func (f Facts) starts(firmware string) bool { return slices.Contains(f.Firmware, firmware) }

// lays reports whether the file itself lays the partitions out, all of them.
func (v *view) lays() bool {
	return !v.generated() && !v.has("autopart", "reqpart") && v.at("/") != nil
}

// line is the place to speak of the layout as a whole: that of /.
func (v *view) line() place { return at(v.at("/").Statement) }

func espMissing(v *view) {
	if !v.facts.starts("uefi") || !v.lays() || v.at("/boot/efi") != nil || !v.hasLoader() {
		return
	}
	if len(v.facts.Firmware) == 1 {
		v.sayAs(kickstart.Error, v.line(), "there is no EFI system partition to start from; add part /boot/efi --fstype=efi --size=600, or reqpart, which makes what the firmware needs")
		return
	}
	v.say(v.line(), "a machine with UEFI firmware cannot be installed like this; add reqpart, which makes what the firmware needs, or part /boot/efi --fstype=efi --size=600")
}

// table is the partition table that the disks get: "gpt", "msdos", or empty
// where that isn't known.
func (v *view) table() string {
	if c := v.Last("clearpart"); c != nil && c.Get("--disklabel") != "" {
		return c.Get("--disklabel")
	}
	for _, d := range v.facts.Disks {
		if d.Size > 2<<20 {
			return "gpt"
		}
	}
	if b := v.Last("bootloader"); b != nil && slices.Contains(strings.Fields(b.Get("--append")), "inst.gpt") {
		return "gpt"
	}
	return ""
}

func biosbootMissing(v *view) {
	if v.table() != "gpt" || !v.lays() || !v.hasLoader() || v.member("biosboot") != nil {
		return
	}
	bios := v.facts.starts("bios")
	if !bios && (len(v.facts.Firmware) > 0 || v.at("/boot/efi") != nil) {
		return
	}
	for _, p := range v.volumes {
		if s := p.Get("--fstype"); s == "biosboot" || s == "prepboot" || p.name == "prepboot" {
			return
		}
	}
	v.say(v.line(), "the disk gets a GPT, from which a BIOS starts only by a BIOS boot partition; add part biosboot --fstype=biosboot --size=1, or reqpart")
}

func bootloaderNone(v *view) {
	b := v.Last("bootloader")
	if b == nil || v.hasLoader() || !v.facts.Medium {
		return
	}
	v.say(at(b), "no boot loader is installed: the machine will not start from its disk unless something else brings one")
}

// gone says which file systems a version cannot make any more.
var gone = []struct {
	fstype         string
	fedora, rhel   int // since
	instead, named string
}{
	{"btrfs", never, 8, "xfs", "Red Hat Enterprise Linux 8 and later bring no btrfs"},
	{"reiserfs", 22, 6, "xfs or ext4", "the installer makes no reiserfs any more"},
	{"jfs", 22, 6, "xfs or ext4", "the installer makes no jfs any more"},
}

func fstypeGone(v *view) {
	for _, p := range v.volumes {
		for _, g := range gone {
			if p.Get("--fstype") == g.fstype && v.since(g.fedora, g.rhel) && v.Version.Family != "" {
				v.say(at(p.Statement), "%s; write --fstype=%s", g.named, g.instead)
			}
		}
	}
}
