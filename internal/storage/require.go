package storage

import (
	"slices"

	"cdbuilder/internal/storage/table"
	"cdbuilder/kickstart/language"
)

// finish puts the plan together, and looks at each volume by itself.
func (p *planner) finish() {
	for _, w := range p.wants {
		if w.entry != nil {
			p.least(w.st, w.Volume)
		}
	}
	for _, g := range p.grounds {
		switch {
		case len(g.New)+len(g.Used)+len(g.Removed) > 0 || (g.Fresh && g.why == ""):
			p.plan.Disks = append(p.plan.Disks, g.DiskPlan)
		case g.why != "":
			p.plan.Untouched = append(p.plan.Untouched, g.String()+": "+g.why)
		default:
			p.plan.Untouched = append(p.plan.Untouched, g.String()+": nothing asks for it")
		}
	}
	p.sameMounts()
}

// sameMounts refuses two file systems at one place.
func (p *planner) sameMounts() {
	at := make(map[string]int)
	say := func(file string, line int, where string) {
		if where == "" || where == "swap" {
			return
		}
		if other, ok := at[where]; ok {
			p.fault(p.statement(file, line), "%s is mounted twice; line %d does it too", where, other)
		}
		at[where] = line
	}
	for _, v := range p.everything() {
		say(v.File, v.Line, v.Mount)
	}
	for _, b := range p.btrfs {
		say(b.File, b.Line, b.Mount)
		for _, sub := range b.Subvolumes {
			say(b.File, sub.Line, sub.Mount)
		}
	}
	for _, m := range p.plan.Tmpfs {
		say("", 0, m.Where)
	}
}

func (p *planner) everything() (all []*Volume) {
	for _, w := range p.wants {
		all = append(all, w.Volume)
	}
	all = append(all, p.used()...)
	for _, a := range p.arrays {
		all = append(all, a.Volume)
	}
	for _, g := range p.groups {
		for _, l := range g.wants {
			all = append(all, l.Volume)
		}
	}
	return all
}

func (p *planner) statement(file string, line int) *language.Statement {
	for _, s := range p.recipe.Statements {
		if s.Line() == line && s.File.Name == file {
			return s
		}
	}
	return nil
}

// require checks what a system needs in order to start.
func (p *planner) require() {
	root, boot := p.plan.mounted("/"), p.plan.Holding("/boot")
	if root == nil {
		p.fault(nil, "there is no file system for /: write autopart, or part / --fstype=%s --size=4096 --grow", p.options.FS)
		return
	}
	if p.noLoader() {
		return
	}
	p.readable(boot)
	if p.machine.Firmware == UEFI {
		p.requireESP()
		return
	}
	p.requireBIOS(boot)
}

func (p *Plan) mounted(where string) *Volume {
	for _, m := range p.Mounts() {
		if m.Where == where {
			return m.volume
		}
	}
	return nil
}

// noLoader reports whether the kickstart wants no boot loader.
func (p *planner) noLoader() bool {
	s := p.recipe.Last("bootloader")
	return s != nil && (s.Has("--disabled") || s.Get("--location") == "none")
}

// readable checks that GRUB can read the kernel.
func (p *planner) readable(boot *Volume) {
	s := p.statement(boot.File, boot.Line)
	members := []*Volume{boot}
	for _, b := range p.plan.Btrfs {
		if slices.Contains(b.Members, boot) {
			members = b.Members
		}
	}
	if slices.ContainsFunc(members, p.encrypted) {
		p.fault(s, "GRUB could not read the kernel behind the encryption: give it a /boot of its own: part /boot --fstype=ext4 --size=1024")
	}
	for _, a := range p.plan.Arrays {
		if a.Volume == boot && a.Level != 1 && (a.Mount == "/boot" || a.Mount == "/") {
			p.note("/boot lies on RAID %d: it boots only while GRUB sees enough of the members", a.Level)
		}
	}
}

// encrypted follows a volume down to the disks.
func (p *planner) encrypted(v *Volume) bool {
	if v.Crypt != nil {
		return true
	}
	for _, below := range p.plan.under(v) {
		if p.encrypted(below) {
			return true
		}
	}
	return false
}

// under gives what a volume is made of.
func (p *Plan) under(v *Volume) []*Volume {
	for _, a := range p.Arrays {
		if a.Volume == v {
			return a.Members
		}
	}
	for _, g := range p.Groups {
		for _, l := range g.Volumes {
			if l.Volume == v {
				return g.Members
			}
		}
	}
	return nil
}

func (p *planner) requireESP() {
	esp := p.plan.mounted("/boot/efi")
	if esp == nil || !esp.ESP {
		p.fault(nil, "this machine starts by UEFI, and nothing makes an EFI system partition: write reqpart, or part /boot/efi --fstype=efi --size=512")
		return
	}
	for _, a := range p.plan.Arrays {
		if a.Volume == esp && a.Level != 1 {
			p.fault(a.statement(p), "the firmware reads an ESP on RAID 1 alone, not on RAID %d", a.Level)
		}
	}
	for _, g := range p.plan.Groups {
		if slices.ContainsFunc(g.Volumes, func(l *Logical) bool { return l.Volume == esp }) {
			p.fault(p.statement(esp.File, esp.Line), "the firmware cannot read a logical volume: make /boot/efi a partition")
		}
	}
	p.plan.Boot = slices.Clone(esp.Disks)
}

func (a *Array) statement(p *planner) *language.Statement { return p.statement(a.File, a.Line) }

// requireBIOS settles which disks get a boot loader: all that hold a copy of
// /boot, or else the one that boots.
func (p *planner) requireBIOS(boot *Volume) {
	disks := slices.Clone(boot.Disks)
	raid1 := slices.ContainsFunc(p.plan.Arrays, func(a *Array) bool {
		return a.Level == 1 && (a.Volume == boot || slices.Contains(p.plan.under(boot), a.Volume))
	})
	first := p.boots[0].Name
	s := p.recipe.Last("bootloader")
	switch {
	case s != nil && s.Has("--boot-drive") && !raid1:
		disks = []string{first}
	case !raid1 && slices.Contains(disks, first):
		disks = []string{first}
	case !raid1:
		disks = disks[:1]
	default:
		slices.SortStableFunc(disks, func(a, b string) int { return p.bootRank(a) - p.bootRank(b) })
	}
	for _, name := range disks {
		p.requireGap(name)
	}
	p.plan.Boot = disks
}

func (p *planner) bootRank(name string) int {
	return slices.IndexFunc(p.boots, func(g *ground) bool { return g.Name == name })
}

// requireGap checks that GRUB has a place on a disk with a GPT; behind an MBR
// it takes the first MiB, which is left free.
func (p *planner) requireGap(name string) {
	i := slices.IndexFunc(p.grounds, func(g *ground) bool { return g.Name == name })
	g := p.grounds[i]
	switch g.Kind {
	case table.GPT:
		for _, n := range g.New {
			if n.FS == "biosboot" {
				return
			}
		}
		for _, part := range g.Kept {
			if part.Type == table.TypeBIOSBoot {
				return
			}
		}
		p.fault(p.recipe.Last("clearpart"), "%s has a GPT, where GRUB needs a BIOS boot partition: write part biosboot --fstype=biosboot --size=1 --ondisk=%s, or reqpart, or clearpart --disklabel=msdos", name, name)
	case "":
		p.fault(nil, "%s has no partition table for a boot loader", name)
	default:
		for _, part := range g.Kept {
			if part.Start < mib/2 {
				p.fault(nil, "%s begins at sector %d, so that there is no room for GRUB behind the MBR of %s", part.Name, part.Start/int64(g.Sector), name)
			}
		}
	}
}
