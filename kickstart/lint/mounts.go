package lint

import (
	"slices"
	"strings"

	"cdbuilder/internal/near"
	"cdbuilder/kickstart"
)

// Mounts: what is put in a place, and what the installer lets be there.
var mountRules = []rule{
	{Rule{"mount-on-root", kickstart.Error, "the installer refuses these places a volume of their own", false}, mountOnRoot, false},
	{Rule{"mount-fstype", kickstart.Error, "these places need a file system that knows owners and links", true}, mountFstype, false},
	{Rule{"mount-small", kickstart.Warning, "less room than the installer itself warns of", false}, mountSmall, false},
	{Rule{"esp-small", kickstart.Warning, "an EFI system partition that holds no second boot loader, and no update of the first", false}, espSmall, false},
	{Rule{"label-long", kickstart.Warning, "a label that the file system has no room for is left out", false}, labelLong, false},
	{Rule{"btrfs-undefined", kickstart.Error, "a subvolume lies in a volume that nothing makes", false}, btrfsUndefined, false},
}

// onRoot are the directories that must lie on the file system of /.
var onRoot = []string{"/bin", "/dev", "/sbin", "/etc", "/lib", "/lib64", "/root", "/mnt", "/proc"}

func mountOnRoot(v *view) {
	for _, p := range v.volumes {
		if slices.Contains(onRoot, p.mount) && p.Name != "mount" {
			v.say(at(p.Statement), "%s cannot be a volume of its own: the system needs it before anything else is mounted", p.mount)
		}
	}
}

// onLinux are the directories that must lie on a file system of Linux's own.
var onLinux = []string{"/", "/var", "/tmp", "/usr", "/home", "/usr/share", "/usr/lib"}

func mountFstype(v *view) {
	for _, p := range v.volumes {
		g, ok := given(p.Statement, "--fstype")
		if !ok || !slices.Contains(onLinux, p.mount) || !slices.Contains([]string{"vfat", "efi", "ntfs", "hfs", "hfs+", "hfsplus", "swap"}, g.Value) {
			continue
		}
		v.say(at(p.Statement), "%s cannot be on %s, which knows no owners and links; write --fstype=ext4 or xfs", p.mount, g.Value)
		v.rewrite(p.Statement, "write --fstype=ext4", withOption(p.Node.Text(), g, "ext4"))
	}
}

// smallest is the size in MiB below which the installer warns.
var smallest = map[string]int64{"/": 250, "/usr": 250, "/tmp": 50, "/var": 384, "/home": 100}

func mountSmall(v *view) {
	for _, p := range v.volumes {
		if need := smallest[p.mount]; p.sized && p.size > 0 && p.size < need && !p.grow && !p.Has("--thin") && p.Get("--fstype") != "tmpfs" {
			v.say(at(p.Statement), "%s has %d MiB, and the installer warns below %d", p.mount, p.size, need)
		}
	}
}

func espSmall(v *view) {
	if p := v.at("/boot/efi"); p != nil && p.sized && p.size > 0 && p.size < 50 && !p.grow {
		v.say(at(p.Statement), "an EFI system partition of %d MiB is soon full, and below 33 some firmware doesn't read it; write --size=600", p.size)
	}
}

// labels is how many letters a file system keeps for its label.
var labels = map[string]int{"xfs": 12, "ext2": 16, "ext3": 16, "ext4": 16, "vfat": 11, "efi": 11, "swap": 15}

func labelLong(v *view) {
	for _, p := range v.volumes {
		fstype, label := p.Get("--fstype"), p.Get("--label")
		if p.mount == "swap" {
			fstype = "swap"
		}
		if most := labels[fstype]; most > 0 && len(label) > most && filled(label) {
			v.say(at(p.Statement), "--label=%s has %d letters, and %s keeps %d: it is left out", label, len(label), fstype, most)
		}
	}
}

func btrfsUndefined(v *view) {
	if v.open {
		return
	}
	var names []string
	for _, b := range v.of("btrfs") {
		if !b.Has("--subvol") {
			names = append(names, b.Get("--label"), b.mount)
		}
	}
	names = slices.DeleteFunc(names, func(n string) bool { return n == "" })
	for _, b := range v.of("btrfs") {
		parent := strings.TrimPrefix(b.Word(1), "LABEL=")
		if !b.Has("--subvol") || parent == "" || strings.Contains(parent, "=") || strings.HasPrefix(parent, "/dev/") || partition.MatchString(parent) ||
			!filled(parent) || slices.Contains(names, parent) {
			continue
		}
		v.say(at(b.Statement), "no btrfs volume has the label %q%s", parent, near.DidYouMean(parent, names))
	}
}
