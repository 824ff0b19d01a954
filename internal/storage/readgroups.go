package storage

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"cdbuilder/kickstart/language"
)

// existing refuses what is there already and would have to be activated first.
func (p *planner) existing(s *language.Statement, what string) bool {
	if s.Has("--useexisting") || s.Has("--noformat") {
		p.fault(s, "%s that is there already cannot be used by this installer; have it made anew", what)
		return true
	}
	return false
}

// name checks what becomes part of device names and command lines.
func (p *planner) name(s *language.Statement, what, name string) {
	ok := name != "" && len(name) <= 100 && !strings.HasPrefix(name, "-") && name != "." && name != ".."
	for _, c := range name {
		ok = ok && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("+_.-", c))
	}
	if !ok {
		p.fault(s, "%q is no name for %s: write letters, digits and _ + . -", name, what)
	}
}

func (p *planner) readRAID(s *language.Statement) {
	if p.existing(s, "an array") {
		return
	}
	a := &Array{Volume: p.volume(s), Metadata: "1.2"}
	a.ID = strings.TrimPrefix(s.Get("--device"), "/dev/")
	a.ID = strings.TrimPrefix(a.ID, "md/")
	p.name(s, "an array", a.ID)
	if len(a.ID) > 28 { // md stores any:NAME in 32 bytes
		p.fault(s, "the name of the array has %d letters; md takes 28", len(a.ID))
	}
	a.Path = "/dev/md/" + a.ID
	if n, err := strconv.ParseUint(strings.TrimPrefix(a.ID, "md"), 10, 16); err == nil && n < 512 {
		a.ID = strconv.FormatUint(n, 10)
		a.Path = "/dev/md" + a.ID
	}
	level := strings.TrimPrefix(strings.ToUpper(s.Get("--level")), "RAID")
	n, err := strconv.Atoi(level)
	if err != nil || !slices.Contains([]int{0, 1, 4, 5, 6, 10}, n) {
		p.fault(s, "--level=%s: write 0, 1, 4, 5, 6 or 10", s.Get("--level"))
	}
	a.Level = n
	spares, _ := s.Int("--spares")
	if spares < 0 || spares > 1000 {
		p.fault(s, "--spares=%d is no number of disks", spares)
	}
	a.Spares = int(spares)
	if n != 1 {
		chunk, _ := s.Int("--chunksize")
		a.Chunk = cmp.Or(chunk, 512)
		if a.Chunk < 4 || a.Chunk > 1<<20 || a.Chunk&(a.Chunk-1) != 0 {
			p.fault(s, "--chunksize=%d: write a power of two from 4 on, in KiB", a.Chunk)
		}
	}
	if a.ESP || a.Mount == "/boot" {
		a.Metadata = "1.0"
	}
	if slices.ContainsFunc(p.arrays, func(b *arrayWant) bool { return b.Path == a.Path }) {
		p.fault(s, "the array %s is made twice", a.ID)
	}
	var members []string
	if len(s.Words) > 1 {
		members = s.Words[1:]
	}
	p.arrays = append(p.arrays, &arrayWant{Array: a, st: s, members: members})
}

func (p *planner) readGroup(s *language.Statement) {
	if p.existing(s, "a volume group") {
		return
	}
	g := &Group{Name: s.Word(0), File: s.File.Name, Line: s.Line(), Extent: 4 * mib}
	p.name(s, "a volume group", g.Name)
	if kib, ok := s.Int("--pesize"); ok {
		g.Extent = kib << 10
		if kib < 128 || kib > 16<<20 || kib&(kib-1) != 0 {
			p.fault(s, "--pesize=%d: write a power of two from 128 to 16777216, in KiB", kib)
			g.Extent = 4 * mib
		}
	}
	w := &groupWant{Group: g, st: s, reserve: p.reserve(s, g.Extent)}
	if len(s.Words) > 1 {
		w.members = s.Words[1:]
	}
	if p.group(g.Name) != nil {
		p.fault(s, "the volume group %s is made twice", g.Name)
	}
	p.groups = append(p.groups, w)
}

// reserve gives how many extents --reserved-space and --reserved-percent keep.
func (p *planner) reserve(s *language.Statement, extent int64) func(int64) int64 {
	space, percent := p.mebibytes(s, "--reserved-space"), int64(0)
	if n, ok := s.Int("--reserved-percent"); ok && n > 0 && n < 100 {
		percent = n
	}
	return func(extents int64) int64 {
		return (space+extent-1)/extent + (extents*percent+99)/100
	}
}

func (p *planner) group(name string) *groupWant {
	for _, g := range p.groups {
		if g.Name == name {
			return g
		}
	}
	return nil
}

func (p *planner) readLogical(s *language.Statement) {
	for _, option := range []string{"--thin", "--thinpool", "--cachepvs", "--profile"} {
		if s.Has(option) {
			p.fault(s, "%s: thin pools, caches and LVM profiles are not done by this installer; make plain logical volumes", option)
			return
		}
	}
	if p.existing(s, "a logical volume") {
		return
	}
	l := &Logical{Volume: p.volume(s), ID: s.Get("--name")}
	p.name(s, "a logical volume", l.ID)
	group := s.Get("--vgname")
	l.Path = mapperPath(group, l.ID)
	w := &logicalWant{Logical: l, st: s}
	w.base, w.max, w.grow = p.sizes(s, l.Volume)
	w.percent, _ = s.Int("--percent")
	if w.percent < 0 || w.percent > 100 {
		p.fault(s, "--percent=%d: write 1 to 100", w.percent)
		w.percent = 0
	}
	switch {
	case l.FS == "biosboot" || l.ESP || l.FS == "raid" || l.FS == "lvm" || l.FS == "tmpfs":
		p.fault(s, "%s cannot be a logical volume", title(l.Volume))
		return
	case w.base == 0 && w.percent == 0 && !w.grow:
		p.fault(s, "%s has no size: give --size=… in MiB or --percent=…", title(l.Volume))
	}
	g := p.group(group)
	if g == nil {
		p.fault(s, "there is no volume group %q; a line volgroup %s … has to come before", group, group)
		return
	}
	if slices.ContainsFunc(g.wants, func(o *logicalWant) bool { return o.ID == l.ID }) {
		p.fault(s, "the logical volume %s/%s is made twice", group, l.ID)
	}
	g.wants = append(g.wants, w)
}

// mapperPath is a logical volume's name below /dev/mapper, where hyphens are
// doubled.
func mapperPath(group, name string) string {
	double := func(s string) string { return strings.ReplaceAll(s, "-", "--") }
	return "/dev/mapper/" + double(group) + "-" + double(name)
}

func (p *planner) readBtrfs(s *language.Statement) {
	if s.Has("--subvol") {
		p.readSubvolume(s)
		return
	}
	if p.existing(s, "a btrfs") {
		return
	}
	b := &Btrfs{File: s.File.Name, Line: s.Line(), Label: s.Get("--label"), Data: s.Get("--data"), Metadata: s.Get("--metadata"), Mkfs: strings.Fields(s.Get("--mkfsoptions"))}
	for _, level := range []*string{&b.Data, &b.Metadata} {
		if n := strings.TrimPrefix(strings.ToLower(*level), "raid"); n == "0" || n == "1" || n == "10" {
			*level = "raid" + n
		}
		if !slices.Contains([]string{"", "raid0", "raid1", "raid10", "single"}, *level) {
			p.fault(s, "%q: write raid0, raid1, raid10 or single", *level)
		}
	}
	if where := s.Word(0); strings.HasPrefix(where, "/") {
		b.Mount = where
		p.mountPoint(s, where)
	}
	w := &btrfsWant{Btrfs: b, st: s}
	if len(s.Words) > 1 {
		w.members = s.Words[1:]
	}
	p.btrfs = append(p.btrfs, w)
}

// readSubvolume reads btrfs MOUNT --subvol --name=NAME LABEL=…
func (p *planner) readSubvolume(s *language.Statement) {
	parent := cmp.Or(s.Get("--parent"), s.Word(1))
	parent = strings.Trim(strings.TrimPrefix(parent, "LABEL="), `"`)
	sub := Subvolume{Name: strings.Trim(s.Get("--name"), "/"), Line: s.Line()}
	p.name(s, "a subvolume", sub.Name)
	if where := s.Word(0); strings.HasPrefix(where, "/") {
		sub.Mount = where
		p.mountPoint(s, where)
	}
	for _, b := range p.btrfs {
		if parent == "" || (parent != b.Label && parent != b.Mount) {
			continue
		}
		if slices.ContainsFunc(b.Subvolumes, func(o Subvolume) bool { return o.Name == sub.Name }) {
			p.fault(s, "the subvolume %s is made twice", sub.Name)
		}
		b.Subvolumes = append(b.Subvolumes, sub)
		return
	}
	p.fault(s, "the subvolume %s belongs to the btrfs %q, which no line before makes", sub.Name, parent)
}
