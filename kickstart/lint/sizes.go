package lint

import (
	"strings"

	"cdbuilder/kickstart"
)

// Sizes: partitions without one, with one that cannot be, and more than there
// is room for.
var sizeRules = []rule{
	{Rule{"part-no-size", kickstart.Error, "a partition needs --size, --grow, --recommended or a partition that exists", false}, partNoSize, false},
	{Rule{"part-size-zero", kickstart.Error, "--size=0 passes the reader of the file and is refused when the disks are written", true}, partSizeZero, false},
	{Rule{"maxsize-below-size", kickstart.Error, "--maxsize smaller than --size leaves no size that would do", false}, maxsizeBelowSize, false},
	{Rule{"maxsize-without-grow", kickstart.Warning, "--maxsize ends the growing of --grow and does nothing without it", true}, maxsizeWithoutGrow, false},
	{Rule{"grow-onpart", kickstart.Note, "a partition that exists doesn't grow: --grow is ignored beside --onpart", true}, growOnpart, false},
	{Rule{"grow-shared", kickstart.Note, "two partitions that grow without a limit divide what is left of the disk", false}, growShared, false},
	{Rule{"raid-uneven", kickstart.Warning, "the smallest member decides how much of each other one an array uses", false}, raidUneven, false},
	{Rule{"lv-percent", kickstart.Error, "the --percent of a volume group's volumes add up to more than 100", false}, lvPercent, false},
	{Rule{"boot-small", kickstart.Warning, "a /boot that holds one kernel only fills up at the first update", false}, bootSmall, false},
	{Rule{"biosboot-size", kickstart.Error, "a BIOS boot partition is of 1 or 2 MiB; others are refused", true}, biosbootSize, false},
	{Rule{"xfs-small", kickstart.Error, "mkfs.xfs makes no file system below 300 MiB", false}, xfsSmall, false},
	{Rule{"disk-full", kickstart.Error, "the partitions don't fit onto the disk", false}, diskFull, true},
	{Rule{"vg-full", kickstart.Error, "the logical volumes don't fit into their volume group", false}, groupFull, false},
}

func partNoSize(v *view) {
	for _, p := range v.of("part") {
		switch {
		case p.Has("--size"), p.grow, p.on != "", p.Has("--onpart"), p.Has("--recommended"), p.Has("--hibernation"),
			p.Has("--noformat"), p.Has("--onbiosdisk"), p.Has("--start") && p.Has("--end"), p.Get("--fstype") == "tmpfs":
			continue
		}
		if v.since(17, 7) {
			v.sayAs(kickstart.Warning, at(p.Statement), "part %s has no size, for which the installer takes 500 MiB; write --size=MIB, and --grow where it may take the rest of the disk", p.called())
		} else {
			v.say(at(p.Statement), "part %s has no size; write --size=MIB, and --grow where it may take the rest of the disk", p.called())
		}
	}
}

// partSizeZero: up to Fedora 12 and RHEL 5, whose own anaconda-ks.cfg says
// --size=0 --grow, it was taken.
func partSizeZero(v *view) {
	if !v.since(13, 6) {
		return
	}
	for _, p := range v.volumes {
		if p.Name != "part" && p.Name != "logvol" || !p.sized || p.size != 0 || p.Get("--fstype") == "tmpfs" {
			continue
		}
		if p.grow {
			v.say(at(p.Statement), "%s %s --size=0 is refused when the disks are written; write the least size it may have, at least 1, and let --grow do the rest", p.Name, p.called())
		} else {
			v.say(at(p.Statement), "%s %s --size=0 is refused when the disks are written; write its size in MiB", p.Name, p.called())
		}
		if g, ok := given(p.Statement, "--size"); ok && p.grow && p.Name == "part" {
			v.rewrite(p.Statement, "write --size=1", withOption(p.Node.Text(), g, "1"))
		}
	}
}

func maxsizeBelowSize(v *view) {
	for _, p := range v.volumes {
		if most, ok := p.Int("--maxsize"); ok && p.sized && most > 0 && most < p.size {
			v.say(at(p.Statement), "--maxsize=%d is smaller than --size=%d, the least that %s may have", most, p.size, p.called())
		}
	}
}

func maxsizeWithoutGrow(v *view) {
	for _, p := range v.volumes {
		g, ok := given(p.Statement, "--maxsize")
		if !ok || p.grow {
			continue
		}
		v.say(at(p.Statement), "--maxsize without --grow does nothing: %s gets its --size; add --grow, or leave --maxsize out", p.called())
		v.rewrite(p.Statement, "remove --maxsize", withoutOption(p.Node.Text(), g))
	}
}

func growOnpart(v *view) {
	for _, p := range v.of("part") {
		if g, ok := given(p.Statement, "--grow"); ok && p.on != "" && !p.Has("--resize") {
			v.say(at(p.Statement), "%s is put onto %s, which stays as large as it is: --grow is ignored", p.called(), p.on)
			v.rewrite(p.Statement, "remove --grow", withoutOption(p.Node.Text(), g))
		}
	}
}

func growShared(v *view) {
	first := make(map[string]*volume)
	for _, p := range v.of("part") {
		if !p.grow || p.on != "" || p.isMember() || p.Has("--maxsize") || p.Has("--recommended") {
			continue
		}
		if o := first[p.disk]; o != nil {
			v.say(at(p.Statement), "%s and %s %s both grow without --maxsize and divide what is left of the disk", p.called(), o.called(), other(p.Statement, o.Statement))
		} else {
			first[p.disk] = p
		}
	}
}

func raidUneven(v *view) {
	for _, r := range v.of("raid") {
		var first *volume
		for _, name := range r.members {
			p := v.member(name)
			if p == nil || !p.sized || p.on != "" {
				continue
			}
			switch {
			case first == nil:
				first = p
			case p.grow != first.grow:
				v.say(at(r.Statement), "of the members of %s some grow and some don't (%s and %s): the array is as small as the smallest", r.called(), other(r.Statement, first.Statement), other(r.Statement, p.Statement))
			case !p.grow && p.size != first.size:
				v.say(at(r.Statement), "the members of %s differ in size: %d MiB %s and %d MiB %s", r.called(), first.size, other(r.Statement, first.Statement), p.size, other(r.Statement, p.Statement))
			default:
				continue
			}
			if p != first {
				break
			}
		}
	}
}

func lvPercent(v *view) {
	sum := make(map[string]int64)
	for _, l := range v.of("logvol") {
		n, ok := l.Int("--percent")
		if !ok || l.Has("--thin") {
			continue
		}
		name := l.Get("--vgname")
		if sum[name] += n; sum[name] > 100 && sum[name]-n <= 100 {
			v.say(at(l.Statement), "with %s the --percent of the volumes in %s make %d together", l.called(), name, sum[name])
		}
	}
}

func bootSmall(v *view) {
	boot := v.at("/boot")
	if boot != nil && boot.sized && boot.size > 0 && boot.size < 250 && !boot.grow && v.since(18, 7) {
		v.say(at(boot.Statement), "/boot of %d MiB holds a kernel and its rescue image, and no update; write --size=1024", boot.size)
	}
}

func biosbootSize(v *view) {
	for _, p := range v.of("part") {
		if p.name != "biosboot" && p.Get("--fstype") != "biosboot" || p.on != "" {
			continue
		}
		if p.sized && p.size > 2 || p.grow {
			v.say(at(p.Statement), "a BIOS boot partition may have 2 MiB at most; write --size=1")
			line := p.Node.Text()
			if g, ok := given(p.Statement, "--size"); ok {
				line = withOption(line, g, "1")
			}
			if g, ok := given(p.Statement, "--grow"); ok {
				line = withoutOption(line, g)
			}
			v.rewrite(p.Statement, "write --size=1", line)
		}
	}
}

func xfsSmall(v *view) {
	if !v.since(38, 10) {
		return
	}
	for _, p := range v.volumes {
		most, limited := p.Int("--maxsize")
		tops := !p.grow || limited && most < 300
		if p.Get("--fstype") == "xfs" && p.sized && p.size > 0 && p.size < 300 && tops && p.on == "" {
			v.say(at(p.Statement), "mkfs.xfs makes no file system below 300 MiB, and %s has %d; write another --fstype, or more", p.called(), p.size)
		}
	}
}

// diskFull adds the sizes up: those that name a disk against that disk, all of
// them against all disks.
func diskFull(v *view) {
	if len(v.facts.Disks) == 0 {
		return
	}
	var room, all int64
	sums := make(map[string]int64)
	var last *volume
	for _, p := range v.of("part") {
		if p.sized && p.on == "" && p.Get("--fstype") != "tmpfs" {
			sums[p.disk] += p.size
			all += p.size
			last = p
		}
	}
	if last == nil {
		return
	}
	for _, d := range v.facts.Disks {
		room += d.Size
		if n := sums[device(d.Name)]; d.Name != "" && n > d.Size && len(v.facts.Disks) > 1 {
			v.say(at(last.Statement), "the partitions on %s need %d MiB, and it has %d", d.Name, n, d.Size)
		}
	}
	if all > room {
		v.say(at(last.Statement), "the partitions need %d MiB together, and there are %d on the disk", all, room)
	}
}

// groupFull compares a volume group's volumes with its physical volumes,
// where all of them have a fixed size.
func groupFull(v *view) {
	for _, g := range v.groups {
		var room, need int64
		known := len(g.members) > 0
		for _, name := range g.members {
			p := v.member(name)
			if p == nil || p.Name != "part" || !p.sized || p.grow || p.on != "" {
				known = false
				break
			}
			room += p.size
		}
		var last *volume
		for _, l := range v.of("logvol") {
			if l.Get("--vgname") != g.name || l.Has("--thin") || !l.sized || strings.HasPrefix(l.Get("--name"), "$") {
				continue
			}
			need += l.size
			last = l
		}
		if known && last != nil && need > room {
			v.say(at(last.Statement), "the volumes in %s need %d MiB together, and its physical volumes have %d", g.name, need, room)
		}
	}
}
