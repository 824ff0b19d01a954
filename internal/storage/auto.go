package storage

import (
	"cmp"
	"slices"
	"strings"

	"cdbuilder/internal/storage/table"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// What autopart and reqpart make, in bytes. They are Anaconda's, but for the
// ESP, which Anaconda lets grow from 200 to 600 MiB.
const (
	espSize   = 512 * mib
	bootSize  = 1 * gib
	rootSize  = 1 * gib
	rootMost  = 70 * gib
	homeSize  = 500 * mib
	homeSpace = 50 * gib // from which on there is a /home
	pvSize    = 500 * mib
)

// kinds settles which table each new disk gets.
func (p *planner) kinds() {
	s := p.recipe.Last("clearpart")
	label := table.Kind("")
	if s != nil {
		switch text := strings.ToLower(s.Get("--disklabel")); text {
		case "":
		case "gpt":
			label = table.GPT
		case "msdos", "mbr", "dos":
			label = table.MBR
		default:
			p.fault(s, "--disklabel=%s: write gpt or msdos", text)
		}
	}
	for _, g := range p.grounds {
		if g.why != "" || !g.Fresh {
			if g.why == "" {
				g.survey()
			}
			continue
		}
		switch {
		case label == table.MBR && g.Size > 2<<40:
			p.fault(s, "--disklabel=%s: %s has %s, of which an MBR reaches 2 TiB; write --disklabel=gpt", s.Get("--disklabel"), g.Name, Bytes(g.Size))
			g.Kind = table.GPT
		case label != "":
			g.Kind = label
		default:
			g.Kind = p.usualKind(g)
		}
		g.survey()
	}
}

// usualKind is GPT, except for kickstarts of the versions that meant MBR on a
// machine with a BIOS, and that make no BIOS boot partition of their own.
func (p *planner) usualKind(g *ground) table.Kind {
	biosboot := slices.ContainsFunc(p.wants, func(w *want) bool { return w.FS == "biosboot" })
	if p.machine.Firmware == BIOS && !biosboot && p.auto == nil && p.reqpart == nil && g.Size <= 2<<40 && meansMBR(p.recipe.Version) {
		return table.MBR
	}
	return table.GPT
}

// meansMBR: Anaconda writes GPT for a BIOS since Fedora 37.
func meansMBR(v kickstart.Syntax) bool {
	switch v.Family {
	case "RHEL":
		return v.Number < 10
	case "F":
		return v.Number < 37
	}
	return v.Family == "FC"
}

// automatic adds what autopart and reqpart stand for.
func (p *planner) automatic() {
	if p.reqpart != nil {
		p.firmwareParts(p.reqpart)
		if p.reqpart.Has("--add-boot") {
			p.add(p.reqpart, &want{Volume: &Volume{Mount: "/boot", FS: p.plainFS("")}, base: bootSize})
		}
	}
	s := p.auto
	if s == nil {
		return
	}
	if len(p.wants)+len(p.groups)+len(p.arrays)+len(p.btrfs) > 0 {
		p.fault(s, "autopart lays out all disks; it does not go together with part, raid, volgroup, logvol or btrfs")
		return
	}
	if len(p.boots) == 0 {
		p.fault(s, "autopart finds no disk to use: %s", p.reasons())
		return
	}
	fs := strings.ToLower(cmp.Or(s.Get("--fstype"), p.options.FS))
	if !slices.Contains([]string{"ext2", "ext3", "ext4", "xfs", "btrfs"}, fs) {
		p.fault(s, "--fstype=%s is no file system for all of a system; write ext4, xfs or btrfs", fs)
		fs = "ext4"
	}
	layout := &Volume{}
	p.crypt(s, layout)
	p.firmwareParts(s)
	kind := cmp.Or(s.Get("--type"), "lvm")
	if s.Has("--nolvm") {
		kind = "plain"
	}
	if !s.Has("--noboot") {
		p.add(s, &want{Volume: &Volume{Mount: "/boot", FS: p.plainFS(fs)}, base: bootSize})
	}
	p.automaticBody(s, kind, fs, layout.Crypt)
}

// plainFS is the file system of /boot.
func (p *planner) plainFS(fs string) string {
	if fs = cmp.Or(fs, p.options.FS); fs == "btrfs" {
		return "ext4"
	}
	return fs
}

// reasons says of each disk why it is not used.
func (p *planner) reasons() string {
	var all []string
	for _, g := range p.grounds {
		if g.why != "" {
			all = append(all, g.Name+": "+g.why)
		}
	}
	if len(all) == 0 {
		return "the machine has none"
	}
	return strings.Join(all, "; ")
}

// add makes a want of the installer's own, on the boot disk where none is said.
func (p *planner) add(s *language.Statement, w *want) {
	w.st, w.File, w.Line, w.weight = s, s.File.Name, s.Line(), weight(w.Volume)
	p.wants = append(p.wants, w)
}

// firmwareParts adds what the firmware starts from, where the kickstart has
// not: an ESP, or a BIOS boot partition on a GPT.
func (p *planner) firmwareParts(s *language.Statement) {
	has := func(is func(*Volume) bool) bool {
		return slices.ContainsFunc(p.wants, func(w *want) bool { return is(w.Volume) }) || slices.ContainsFunc(p.used(), is)
	}
	if len(p.boots) == 0 {
		return
	}
	first := p.boots[0]
	switch {
	case p.machine.Firmware == UEFI:
		if !has(func(v *Volume) bool { return v.ESP }) {
			p.add(s, &want{Volume: &Volume{Mount: "/boot/efi", FS: "vfat", ESP: true}, base: espSize, ground: first})
		}
	case !has(func(v *Volume) bool { return v.FS == "biosboot" }):
		for _, g := range p.mirrors(first) {
			if g.Kind == table.GPT && !g.hasBIOSBoot() {
				p.add(s, &want{Volume: &Volume{FS: "biosboot"}, base: mib, ground: g})
			}
		}
	}
}

// mirrors are the disks that a boot loader goes to: the first one, or all that
// the kickstart puts a member of a RAID 1 on.
func (p *planner) mirrors(first *ground) []*ground {
	all := []*ground{first}
	for _, a := range p.arrays {
		if a.Level != 1 {
			continue
		}
		for i, member := range a.members {
			g := p.boots[i%len(p.boots)]
			for _, w := range p.wants {
				if w.Name == member && w.ground != nil {
					g = w.ground
				}
			}
			if !slices.Contains(all, g) {
				all = append(all, g)
			}
		}
	}
	return all
}

func (g *ground) hasBIOSBoot() bool {
	return slices.ContainsFunc(g.Kept, func(part Partition) bool { return part.Type == table.TypeBIOSBoot })
}

func (p *planner) used() (all []*Volume) {
	for _, g := range p.grounds {
		all = append(all, g.Used...)
	}
	return all
}

// automaticBody adds /, /home and swap in the way that --type says.
func (p *planner) automaticBody(s *language.Statement, kind, fs string, crypt *Crypt) {
	free := int64(0)
	for _, g := range p.boots {
		free += g.free()
	}
	file, line := s.File.Name, s.Line()
	parts := []*logicalWant{{Logical: &Logical{ID: "root", Volume: &Volume{Mount: "/", FS: fs}}, base: rootSize, grow: true}}
	if !s.Has("--nohome") && free >= homeSpace {
		parts[0].max = rootMost
		parts = append(parts, &logicalWant{Logical: &Logical{ID: "home", Volume: &Volume{Mount: "/home", FS: fs}}, base: homeSize, grow: true})
	}
	if !s.Has("--noswap") {
		parts = append(parts, &logicalWant{Logical: &Logical{ID: "swap", Volume: &Volume{Mount: "swap", FS: "swap"}}, base: p.swapSize(s.Has("--hibernation"))})
	}
	switch kind {
	case "lvm":
		p.automaticLVM(s, parts, crypt)
	case "btrfs":
		p.automaticBtrfs(s, parts, crypt)
	case "plain", "partition":
		for _, l := range parts {
			l.Crypt = crypt.copy()
			p.add(s, &want{Volume: l.Volume, base: l.base, max: l.max, grow: l.grow})
		}
	default:
		p.fault(s, "--type=%s is not done by this installer; write lvm, plain or btrfs", kind)
	}
	for _, l := range parts {
		l.File, l.Line = file, line
	}
}

func (c *Crypt) copy() *Crypt {
	if c == nil {
		return nil
	}
	twin := *c
	return &twin
}

// automaticLVM makes one volume group of all disks.
func (p *planner) automaticLVM(s *language.Statement, parts []*logicalWant, crypt *Crypt) {
	name := p.freeGroup()
	w := &groupWant{Group: &Group{Name: name, File: s.File.Name, Line: s.Line(), Extent: 4 * mib}, st: s, wants: parts, reserve: func(int64) int64 { return 0 }}
	sum := int64(32 * mib) // LUKS and LVM's own
	for _, l := range parts {
		l.st, l.Path = s, mapperPath(name, l.ID)
		sum += l.base
	}
	for i, member := range p.spread(s, "pv", "lvm", crypt) {
		if i == 0 && len(p.boots) == 1 {
			member.base = sum
		}
		w.members = append(w.members, member.Name)
	}
	p.groups = append(p.groups, w)
}

// freeGroup is a name that no volume group on any of the disks has.
func (p *planner) freeGroup() string {
	name := "system"
	for n := 2; p.groupOnDisk(name) != ""; n++ {
		name = partitionName("system", n)
	}
	return name
}

// spread makes a growing partition on every disk that has room for one.
func (p *planner) spread(s *language.Statement, prefix, fs string, crypt *Crypt) []*want {
	var all []*want
	for i, g := range p.boots {
		if i > 0 && g.free() < 2*pvSize {
			continue
		}
		w := &want{Volume: &Volume{Name: prefix + "." + g.Name, FS: fs, Crypt: crypt.copy()}, base: pvSize, grow: true, ground: g}
		p.byName[w.Name] = w.Volume
		p.add(s, w)
		all = append(all, w)
	}
	return all
}

// automaticBtrfs makes one btrfs of all disks, and swap beside it.
func (p *planner) automaticBtrfs(s *language.Statement, parts []*logicalWant, crypt *Crypt) {
	b := &btrfsWant{Btrfs: &Btrfs{File: s.File.Name, Line: s.Line()}, st: s}
	for _, l := range parts {
		if l.FS == "swap" {
			l.Crypt = crypt.copy()
			p.add(s, &want{Volume: l.Volume, base: l.base})
			continue
		}
		b.Subvolumes = append(b.Subvolumes, Subvolume{Name: l.ID, Mount: l.Mount, Line: s.Line()})
	}
	for _, member := range p.spread(s, "btrfs", "btrfs", crypt) {
		b.members = append(b.members, member.Name)
	}
	if len(b.members) > 1 {
		b.Data, b.Metadata = "single", "raid1"
	}
	p.btrfs = append(p.btrfs, b)
}
