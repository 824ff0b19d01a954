package storage

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"cdbuilder/internal/storage/signature"
)

// Mount is one file system, or swap, of the target.
type Mount struct {
	Device  string // what is mounted now: /dev/sda2, or tmpfs
	Spec    string // what fstab says: UUID=…
	Where   string // "/", "swap"
	Type    string
	Options string
	Pass    int // of fsck
	volume  *Volume
}

// below reports whether a path lies in the directory or is it.
func below(p, dir string) bool {
	return dir == "/" || p == dir || strings.HasPrefix(p, dir+"/")
}

// Mounts gives what is mounted, in the order in which it can be; swap comes
// last.
func (p *Plan) Mounts() []Mount {
	var all []Mount
	for _, v := range p.Volumes() {
		if v.Mount != "" && v.FS != "" {
			all = append(all, v.mount())
		}
	}
	for _, b := range p.Btrfs {
		all = append(all, b.mounts()...)
	}
	all = append(all, p.Tmpfs...)
	depth := func(m Mount) int {
		switch m.Where {
		case "swap":
			return 1 << 20
		case "/":
			return 0
		}
		return strings.Count(m.Where, "/")
	}
	slices.SortStableFunc(all, func(a, b Mount) int {
		return cmp.Or(depth(a)-depth(b), strings.Compare(a.Where, b.Where))
	})
	return all
}

func (v *Volume) mount() Mount {
	m := Mount{Device: v.Device(), Spec: "UUID=" + v.UUID, Where: v.Mount, Type: v.FS, Options: cmp.Or(v.Options, "defaults"), volume: v}
	switch {
	case strings.HasPrefix(v.Path, "/dev/mapper/") && v.Crypt == nil:
		m.Spec = v.Path // the initramfs activates a logical volume by its name
	case v.Crypt != nil:
		m.Spec = v.Device()
	}
	switch {
	case v.ESP:
		m.Options = cmp.Or(v.Options, "umask=0077")
		m.Pass = 2
	case v.FS == "swap":
		m.Options = cmp.Or(v.Options, "sw")
	case strings.HasPrefix(v.FS, "ext") || v.FS == "vfat":
		m.Pass = 2
		if v.Mount == "/" {
			m.Pass = 1
			m.Options = cmp.Or(v.Options, "errors=remount-ro")
		}
		if v.FS == "vfat" || v.FS == "ext2" {
			m.Options = cmp.Or(v.Options, "defaults")
		}
	}
	return m
}

func (b *Btrfs) mounts() []Mount {
	m := Mount{Device: b.Members[0].Device(), Spec: "UUID=" + b.UUID, Type: "btrfs", volume: b.Members[0]}
	var all []Mount
	if b.Mount != "" {
		m.Where, m.Options = b.Mount, cmp.Or(b.Options, "defaults")
		all = append(all, m)
	}
	for _, s := range b.Subvolumes {
		if s.Mount == "" {
			continue
		}
		m.Where, m.Options = s.Mount, "subvol="+s.Name
		if s.Options != "" {
			m.Options = s.Options + "," + m.Options
		}
		all = append(all, m)
	}
	return all
}

var fstabEscape = strings.NewReplacer(`\`, `\134`, " ", `\040`, "\t", `\011`, "\n", `\012`)

// Fstab is the target's /etc/fstab.
func (p *Plan) Fstab() string {
	var b strings.Builder
	b.WriteString("# <file system> <mount point> <type> <options> <dump> <pass>\n")
	for _, m := range p.Mounts() {
		where := m.Where
		if where == "swap" {
			where = "none"
		}
		fmt.Fprintf(&b, "%s %s %s %s 0 %d\n", m.Spec, fstabEscape.Replace(where), m.Type, fstabEscape.Replace(m.Options), m.Pass)
	}
	return b.String()
}

// Crypttab is the target's /etc/crypttab; empty where nothing is encrypted.
func (p *Plan) Crypttab() string {
	var b strings.Builder
	for _, v := range p.Volumes() {
		if c := v.Crypt; c != nil {
			fmt.Fprintf(&b, "%s UUID=%s none luks,discard\n", c.Name(), c.UUID)
		}
	}
	return b.String()
}

// MdadmConf is the target's /etc/mdadm/mdadm.conf; empty without arrays.
func (p *Plan) MdadmConf() string {
	if len(p.Arrays) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("# mdadm.conf(5); after a change run update-initramfs -u\nHOMEHOST <ignore>\nMAILADDR root\n\n")
	for _, a := range p.Arrays {
		fmt.Fprintf(&b, "ARRAY %s metadata=%s UUID=%s\n", a.Path, a.Metadata, a.UUID)
	}
	return b.String()
}

// packages of the target that a file system needs.
var fsPackages = map[string]string{
	"ext2": "e2fsprogs", "ext3": "e2fsprogs", "ext4": "e2fsprogs",
	"xfs": "xfsprogs", "btrfs": "btrfs-progs", "vfat": "dosfstools",
}

// Packages are the Debian packages that the target needs for its disks, sorted.
func (p *Plan) Packages() []string {
	need := make(map[string]bool)
	for _, v := range p.Volumes() {
		if name := fsPackages[v.FS]; name != "" {
			need[name] = true
		}
		if v.Crypt != nil {
			need["cryptsetup"], need["cryptsetup-initramfs"] = true, true
		}
	}
	need["mdadm"] = len(p.Arrays) > 0
	need["lvm2"] = len(p.Groups) > 0
	return chosen(need)
}

func chosen(set map[string]bool) []string {
	var all []string
	for name, in := range set {
		if in {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// Programs are those that Execute runs, sorted: they must be in the installer.
func (p *Plan) Programs() []string {
	need := make(map[string]bool)
	for _, s := range p.Steps() {
		if len(s.Argv) > 0 {
			need[path.Base(s.Argv[0])] = true
		}
	}
	return chosen(need)
}

// fsModules are the kernel's modules for what is mounted.
var fsModules = map[string]string{
	"ext2": "ext4", "ext3": "ext4", "ext4": "ext4", "xfs": "xfs", "btrfs": "btrfs", "vfat": "vfat",
}

// Modules are the kernel's modules that Execute and Mount count on, sorted.
// The kernel may have any of them built in.
func (p *Plan) Modules() []string {
	need := make(map[string]bool)
	for _, v := range p.Volumes() {
		if name := fsModules[v.FS]; name != "" {
			need[name] = true
		}
		if v.FS == "vfat" { // what iocharset and codepage default to in Debian's kernels
			need["nls_cp437"], need["nls_ascii"] = true, true
		}
		if v.Crypt != nil {
			need["dm-mod"], need["dm-crypt"] = true, true
		}
	}
	for _, a := range p.Arrays {
		need["md-mod"], need[levelModule(a.Level)] = true, true
	}
	need["dm-mod"] = need["dm-mod"] || len(p.Groups) > 0
	return chosen(need)
}

func levelModule(level int) string {
	switch level {
	case 4, 5, 6:
		return "raid456"
	}
	return fmt.Sprintf("raid%d", level)
}

// mdUUID writes a UUID as mdadm does.
func mdUUID(s string) string { return signature.MDUUID(s) }
