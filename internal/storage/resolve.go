package storage

import (
	"cmp"
	"slices"
	"strings"

	"cdbuilder/internal/near"
	"cdbuilder/kickstart/language"
)

// resolve makes arrays, volume groups and btrfs of their members, now that
// those have sizes.
func (p *planner) resolve() {
	if len(p.faults) > 0 {
		p.resolveNames() // the sizes would only give faults that follow from others
		return
	}
	users := make(map[*Volume]string)
	for _, a := range p.arrays {
		a.Members = p.members(a.st, users, a.members, "raid", "the array "+a.ID)
		p.array(a)
	}
	for _, g := range p.groups {
		g.Members = p.members(g.st, users, g.members, "lvm", "the volume group "+g.Name)
		p.fill(g)
	}
	for _, b := range p.btrfs {
		b.Members = p.members(b.st, users, b.members, "btrfs", "the btrfs")
		p.fillBtrfs(b)
	}
	names := make([]string, 0, len(p.byName))
	for name := range p.byName {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if v := p.byName[name]; users[v] == "" {
			p.note("%s is made, but nothing uses it", name)
		}
	}
}

// resolveNames looks the members up, only to find those that are not there.
func (p *planner) resolveNames() {
	users := make(map[*Volume]string)
	for _, a := range p.arrays {
		p.members(a.st, users, a.members, "raid", "the array "+a.ID)
	}
	for _, g := range p.groups {
		p.members(g.st, users, g.members, "lvm", "the volume group "+g.Name)
	}
	for _, b := range p.btrfs {
		p.members(b.st, users, b.members, "btrfs", "the btrfs")
	}
}

// members finds what something is made of by the names that part and raid gave.
func (p *planner) members(s *language.Statement, users map[*Volume]string, names []string, fs, what string) []*Volume {
	var all []*Volume
	known := make([]string, 0, len(p.byName))
	for name := range p.byName {
		known = append(known, name)
	}
	slices.Sort(known)
	for _, name := range names {
		v := p.byName[name]
		switch {
		case v == nil:
			p.fault(s, "%s is to be made of %s, which no line makes%s", what, name, near.DidYouMean(name, known))
			continue
		case v.FS != fs:
			p.fault(s, "%s cannot be made of %s", what, name)
			continue
		case users[v] != "":
			p.fault(s, "%s is part of %s already", name, users[v])
			continue
		}
		users[v] = what
		all = append(all, v)
	}
	return all
}

// least members of a RAID level, without spares.
var leastMembers = map[int]int{0: 2, 1: 2, 4: 3, 5: 3, 6: 4, 10: 2}

// array computes what an array has room for. mdadm would choose the offset of
// the data by itself; it is told, so that the plan is what comes of it.
func (p *planner) array(a *arrayWant) {
	active := len(a.Members) - a.Spares
	if active < leastMembers[a.Level] {
		p.fault(a.st, "RAID %d needs %d members, and %s has %d", a.Level, leastMembers[a.Level], a.ID, active)
		return
	}
	least := a.Members[0].Room()
	for _, m := range a.Members {
		least = min(least, m.Room())
		for _, d := range m.Disks {
			if slices.Contains(a.Disks, d) {
				p.note("two members of the array %s lie on %s: when that disk fails, both do", a.ID, d)
				continue
			}
			a.Disks = append(a.Disks, d)
		}
	}
	if a.ESP { // the firmware looks for its members, and finds a FAT on each
		for _, w := range p.wants {
			if slices.Contains(a.Members, w.Volume) && w.entry != nil {
				w.entry.Type = partitionType(w.ground.Kind, a.Volume)
			}
		}
	}
	a.Bitmap = a.Level > 0 && least >= 100*gib
	if a.Metadata != "1.0" {
		a.Offset = headroom(least) >> 10
	}
	each := least - a.Offset<<10 - mib // the superblock of 1.0 and the bitmap are at the end
	grain := cmp.Or(a.Chunk<<10, int64(64<<10))
	each = each / grain * grain
	if each < 4*mib {
		p.fault(a.st, "the members of %s are too small for an array", a.ID)
		return
	}
	a.Each = each >> 10
	factor := map[int]int{0: active * 2, 1: 2, 4: 2 * (active - 1), 5: 2 * (active - 1), 6: 2 * (active - 2), 10: active}[a.Level]
	a.Size = each * int64(factor) / 2 / grain * grain
	p.plan.Arrays = append(p.plan.Arrays, a.Array)
	p.least(a.st, a.Volume)
}

// headroom is what mdadm leaves before the data: 128 MiB, or less than a
// thousandth of a small member, but at least 1 MiB.
func headroom(size int64) int64 {
	room := int64(128 * mib)
	for room > mib && room<<10 > size {
		room >>= 1
	}
	return room
}

// fill shares a volume group out among its logical volumes.
func (p *planner) fill(g *groupWant) {
	if where := p.groupOnDisk(g.Name); where != "" {
		p.fault(g.st, "a volume group %s is on %s already, and stays; choose another name", g.Name, where)
	}
	var disks []string
	for _, m := range g.Members {
		usable := m.Room() - mib
		if strings.HasPrefix(m.Path, "/dev/md") {
			usable -= 2 * mib // LVM begins on a whole stripe
		}
		g.Extents += max(usable, 0) / g.Extent
		for _, d := range m.Disks {
			if !slices.Contains(disks, d) {
				disks = append(disks, d)
			}
		}
	}
	usable := g.Extents - g.reserve(g.Extents)
	fixed := int64(0)
	for _, l := range g.wants {
		l.Extents = (l.base + g.Extent - 1) / g.Extent
		if l.percent == 0 {
			fixed += l.Extents
		}
	}
	p.percents(g, usable-fixed)
	p.growLogical(g, usable)
	for _, l := range g.wants {
		l.Size, l.Disks = l.Extents*g.Extent, disks
		g.Volumes = append(g.Volumes, l.Logical)
		p.least(l.st, l.Volume)
	}
	p.plan.Groups = append(p.plan.Groups, g.Group)
}

// percents are of what is left when all sizes that are said have been taken.
func (p *planner) percents(g *groupWant, left int64) {
	sum := int64(0)
	for _, l := range g.wants {
		if l.percent > 0 {
			l.Extents = max(left, 0) * l.percent / 100
			sum += l.percent
		}
	}
	if sum > 100 {
		p.fault(g.st, "the --percent of the volumes in %s add up to %d", g.Name, sum)
	}
}

func (p *planner) growLogical(g *groupWant, usable int64) {
	var base, most []int64
	var grows []bool
	sum := int64(0)
	for _, l := range g.wants {
		base, most, grows = append(base, l.Extents), append(most, l.max/g.Extent), append(grows, l.grow)
		sum += l.Extents
	}
	if sum > usable {
		p.fault(g.st, "the volume group %s is too small: its volumes want %s, and it has %s for them: %s is missing",
			g.Name, Bytes(sum*g.Extent), Bytes(max(usable, 0)*g.Extent), Bytes((sum-max(usable, 0))*g.Extent))
		return
	}
	for i, growth := range share(usable-sum, base, most, grows) {
		g.wants[i].Extents += growth
	}
}

// groupOnDisk tells on which device that stays there is a volume group of the
// name; empty: on none.
func (p *planner) groupOnDisk(name string) string {
	for _, g := range p.grounds {
		if g.Content.Type == "LVM2_member" && g.Content.Label == name && !g.Fresh {
			return g.Name
		}
		for _, part := range g.Kept {
			if part.Content.Type == "LVM2_member" && part.Content.Label == name {
				return part.Name
			}
		}
	}
	return ""
}

func (p *planner) fillBtrfs(b *btrfsWant) {
	least := map[string]int{"raid0": 2, "raid1": 2, "raid10": 4}
	for _, level := range []string{b.Data, b.Metadata} {
		if n := least[level]; len(b.Members) < n {
			p.fault(b.st, "btrfs %s needs %d partitions, and there are %d", level, n, len(b.Members))
		}
	}
	if len(b.Members) == 0 {
		return
	}
	for _, m := range b.Members {
		p.least(b.st, m)
	}
	slices.SortFunc(b.Subvolumes, func(x, y Subvolume) int { return strings.Compare(x.Name, y.Name) })
	p.plan.Btrfs = append(p.plan.Btrfs, b.Btrfs)
}

// leastSize is what the programs that make a file system insist on.
var leastSize = map[string]int64{
	"xfs": 300 * mib, "btrfs": 128 * mib, "ext2": mib, "ext3": 4 * mib, "ext4": 4 * mib, "vfat": mib, "swap": mib,
}

// least refuses a volume that its file system does not fit on.
func (p *planner) least(s *language.Statement, v *Volume) {
	if v.Keep || len(p.faults) > 0 && v.Size == 0 {
		return
	}
	if n := leastSize[v.FS]; v.Room() < n {
		p.fault(s, "%s has %s, and %s needs %s", title(v), Bytes(max(v.Room(), 0)), v.FS, Bytes(n))
	}
	if v.Crypt != nil && v.Room() < mib {
		p.fault(s, "%s is too small to be encrypted", title(v))
	}
}
