package storage

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Step is one thing that is done: a program that is run, or, where Argv is
// empty, what the other fields say.
type Step struct {
	Does string // for a person
	Argv []string
	// Stdin goes to the program's standard input.
	Stdin Secret
	// Table is the disk that gets its partition table.
	Table *DiskPlan
	// Subvolumes are made in this btrfs.
	Subvolumes *Btrfs
	// Wait is the device that has to be there afterwards.
	Wait string
}

// formats reports whether there is a program that makes it.
func formats(fs string) bool {
	switch fs {
	case "ext2", "ext3", "ext4", "xfs", "btrfs", "vfat", "swap":
		return true
	}
	return false
}

// fatSerial makes a FAT volume's number, as blkid writes it, of a UUID.
func fatSerial(uuid string) string {
	s := strings.ToUpper(strings.ReplaceAll(uuid, "-", ""))
	return s[:4] + "-" + s[4:8]
}

// Steps lists what Execute does, in its order.
func (p *Plan) Steps() []Step {
	var all []Step
	for _, d := range p.Disks {
		if d.Fresh || len(d.New)+len(d.Removed) > 0 {
			all = append(all, Step{Does: fmt.Sprintf("write the partition table of %s", d.Name), Table: d})
		}
	}
	for _, d := range p.Disks {
		for _, n := range d.New {
			all = append(all, n.prepare()...)
		}
		for _, v := range d.Used {
			all = append(all, v.prepare()...)
		}
	}
	for _, a := range p.Arrays {
		all = append(all, a.step())
		all = append(all, a.prepare()...)
	}
	for _, g := range p.Groups {
		all = append(all, g.steps()...)
	}
	for _, b := range p.Btrfs {
		all = append(all, b.steps()...)
	}
	return all
}

// prepare encrypts a volume, and makes its file system.
func (v *Volume) prepare() []Step {
	if v.Keep {
		return nil
	}
	var all []Step
	if v.Crypt != nil {
		all = v.Crypt.steps(v.Path)
	}
	if argv := v.mkfs(); argv != nil {
		all = append(all, Step{Does: fmt.Sprintf("make %s on %s for %s", v.FS, v.Device(), cmp.Or(v.Mount, v.Label, "later")), Argv: argv})
	}
	return all
}

func (c *Crypt) steps(device string) []Step {
	format := []string{"cryptsetup", "--batch-mode", "luksFormat", "--type", "luks" + strconv.Itoa(c.Version), "--uuid", c.UUID, "--key-file", "-"}
	if c.Cipher != "" {
		format = append(format, "--cipher", c.Cipher)
		if strings.Contains(c.Cipher, "xts") {
			format = append(format, "--key-size", "512")
		}
	}
	if c.KDF != "" && c.Version == 2 {
		format = append(format, "--pbkdf", c.KDF)
	}
	for _, o := range []struct {
		name string
		n    int64
	}{{"--pbkdf-memory", c.Memory}, {"--iter-time", c.Time}, {"--pbkdf-force-iterations", c.Iterations}} {
		if o.n > 0 {
			format = append(format, o.name, strconv.FormatInt(o.n, 10))
		}
	}
	return []Step{
		{Does: "encrypt " + device, Argv: append(format, "--", device), Stdin: c.Passphrase},
		{Does: "open the encrypted " + device, Argv: []string{"cryptsetup", "open", "--type", "luks", "--key-file", "-", "--", device, c.Name()}, Stdin: c.Passphrase, Wait: "/dev/mapper/" + c.Name()},
	}
}

// mkfs is the command line that makes a volume's file system; nil where there
// is none to make, or where a btrfs of several devices makes it.
func (v *Volume) mkfs() []string {
	if !formats(v.FS) || strings.HasPrefix(v.Name, "btrfs.") {
		return nil
	}
	var argv []string
	label := func(option string) {
		if v.Label != "" {
			argv = append(argv, option, v.Label)
		}
	}
	switch v.FS {
	case "ext2", "ext3", "ext4":
		argv = []string{"mkfs." + v.FS, "-q", "-F", "-U", v.UUID}
		label("-L")
		if v.Profile != "" {
			argv = append(argv, "-T", v.Profile)
		}
	case "xfs":
		argv = []string{"mkfs.xfs", "-q", "-f", "-m", "uuid=" + v.UUID}
		label("-L")
	case "btrfs":
		argv = []string{"mkfs.btrfs", "-q", "-f", "-U", v.UUID}
		label("-L")
	case "vfat":
		argv = []string{"mkfs.vfat", "-i", strings.ReplaceAll(v.UUID, "-", "")}
		if v.Size >= 64*mib {
			argv = append(argv, "-F", "32")
		}
		label("-n")
	case "swap":
		argv = []string{"mkswap", "-U", v.UUID}
		label("-L")
	}
	argv = append(argv, v.Mkfs...)
	return append(argv, v.Device())
}

func (a *Array) step() Step {
	argv := []string{
		"mdadm", "--create", a.Path, "--run", "--quiet", "--homehost=any", "--name=" + a.ID, "--uuid=" + a.UUID,
		"--metadata=" + a.Metadata, "--level=" + strconv.Itoa(a.Level), "--raid-devices=" + strconv.Itoa(len(a.Members)-a.Spares),
	}
	if a.Spares > 0 {
		argv = append(argv, "--spare-devices="+strconv.Itoa(a.Spares))
	}
	if a.Chunk > 0 {
		argv = append(argv, fmt.Sprintf("--chunk=%d", a.Chunk))
	}
	if a.Offset > 0 {
		argv = append(argv, fmt.Sprintf("--data-offset=%d", a.Offset))
	}
	if a.Level > 0 {
		argv = append(argv, fmt.Sprintf("--size=%d", a.Each))
		if a.Bitmap {
			argv = append(argv, "--bitmap=internal")
		} else {
			argv = append(argv, "--bitmap=none")
		}
	}
	for _, m := range a.Members {
		argv = append(argv, m.Device())
	}
	return Step{Does: "make the array " + a.ID, Argv: argv, Wait: a.Path}
}

// lvm is a command line of LVM that sees the group's own devices alone.
func (g *Group) lvm(args ...string) []string {
	var devices []string
	for _, m := range g.Members {
		devices = append(devices, m.Device())
	}
	head := []string{"lvm", args[0], "--devices", strings.Join(devices, ","), "--yes"}
	return append(head, args[1:]...)
}

func (g *Group) steps() []Step {
	var all []Step
	create := g.lvm("vgcreate", "--physicalextentsize", fmt.Sprintf("%dk", g.Extent>>10), "--", g.Name)
	for _, m := range g.Members {
		all = append(all, Step{Does: "make " + m.Device() + " a physical volume", Argv: g.lvm("pvcreate", "--force", "--force", "--", m.Device())})
		create = append(create, m.Device())
	}
	all = append(all, Step{Does: "make the volume group " + g.Name, Argv: create})
	for _, l := range g.Volumes {
		argv := g.lvm("lvcreate", "--wipesignatures", "y", "--extents", strconv.FormatInt(l.Extents, 10), "--name", l.ID, "--", g.Name)
		all = append(all, Step{Does: "make the logical volume " + g.Name + "/" + l.ID, Argv: argv, Wait: l.Path})
		all = append(all, l.prepare()...)
	}
	return all
}

func (b *Btrfs) steps() []Step {
	argv := []string{"mkfs.btrfs", "-q", "-f", "-U", b.UUID}
	for _, o := range []struct{ name, value string }{{"-L", b.Label}, {"-d", b.Data}, {"-m", b.Metadata}} {
		if o.value != "" {
			argv = append(argv, o.name, o.value)
		}
	}
	argv = append(argv, b.Mkfs...)
	for _, m := range b.Members {
		argv = append(argv, m.Device())
	}
	all := []Step{{Does: "make btrfs on " + b.Members[0].Device(), Argv: argv}}
	if len(b.Subvolumes) > 0 {
		all = append(all, Step{Does: "make the subvolumes of the btrfs on " + b.Members[0].Device(), Subvolumes: b})
	}
	return all
}
