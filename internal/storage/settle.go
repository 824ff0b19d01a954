package storage

import (
	"slices"

	"cdbuilder/internal/storage/table"
)

// settle gives the partitions of one disk their sizes, places and numbers.
func (g *ground) settle(p *planner) {
	g.renumber(p)
	for _, r := range g.regions {
		if len(r.wants) == 0 {
			continue
		}
		slices.SortFunc(r.wants, func(a, b *want) int { return slices.Index(p.wants, a) - slices.Index(p.wants, b) })
		if g.Kind == table.MBR && g.Fresh && len(r.wants) > 4 {
			g.primariesFirst(p, r)
		}
		sizes := g.grown(r)
		g.lay(r, sizes)
	}
	g.number()
}

// primariesFirst puts what has to be primary before the logical partitions.
func (g *ground) primariesFirst(p *planner, r *region) {
	slices.SortStableFunc(r.wants, func(a, b *want) int {
		switch {
		case a.primary == b.primary:
			return 0
		case a.primary:
			return -1
		}
		return 1
	})
	if r.wants[3].primary {
		p.fault(r.wants[3].st, "%s has %d partitions, so that three can be primary on its MBR; --asprimary asks for more", g.Name, len(r.wants))
	}
}

// grown gives the size of each of a region's partitions.
func (g *ground) grown(r *region) []int64 {
	var base, most []int64
	var grows []bool
	for _, w := range r.wants {
		base, most, grows = append(base, w.base/mib), append(most, w.max/mib), append(grows, w.grow)
	}
	growth := share(max((r.size()-g.need(r))/mib, 0), base, most, grows)
	for i := range base {
		base[i] = (base[i] + growth[i]) * mib
	}
	return base
}

// lay puts a region's partitions one behind the other.
func (g *ground) lay(r *region, sizes []int64) {
	at := r.start
	for i, w := range r.wants {
		n := &NewPartition{Volume: w.Volume}
		logical := r.logical || (g.overhead(r, len(r.wants)) > 0 && i >= 3)
		if logical {
			if !r.logical && i == 3 {
				g.Extended = table.Entry{Number: 4, Start: at, Size: r.end - at, Type: table.MBRExtended}
			}
			n.Head = at
			at += mib
		}
		n.Start, n.Entry.Size = at, sizes[i]
		n.Volume.Size, n.Disks = sizes[i], []string{g.Name}
		n.Type, n.Entry.Name = partitionType(g.Kind, w.Volume), title(w.Volume)
		if g.Kind == table.MBR {
			n.Entry.Name = ""
		}
		at += sizes[i]
		w.entry = n
		g.New = append(g.New, n)
	}
}

// partitionType is what the table says that a partition is for.
func partitionType(kind table.Kind, v *Volume) string {
	types := map[string][2]string{
		"biosboot": {table.TypeBIOSBoot, table.MBRLinux},
		"swap":     {table.TypeSwap, table.MBRSwap},
		"lvm":      {table.TypeLVM, table.MBRLVM},
		"raid":     {table.TypeRAID, table.MBRRAID},
		"vfat":     {table.TypeMicrosoft, table.MBRFAT32},
	}
	t, ok := types[v.FS]
	switch {
	case v.ESP:
		t = [2]string{table.TypeESP, table.MBRESP}
	case v.Crypt != nil:
		t = [2]string{table.TypeLUKS, table.MBRLinux}
	case !ok:
		t = [2]string{table.TypeLinux, table.MBRLinux}
	}
	if kind == table.MBR {
		return t[1]
	}
	return t[0]
}

// renumber closes the gaps that removed logical partitions leave: an MBR has
// no numbers of its own for them.
func (g *ground) renumber(p *planner) {
	if g.Kind != table.MBR {
		return
	}
	next := 5
	slices.SortFunc(g.Kept, func(a, b Partition) int { return a.Number - b.Number })
	for i := range g.Kept {
		part := &g.Kept[i]
		if part.Number < 5 {
			continue
		}
		if part.Number != next {
			old := "/dev/" + part.Name
			part.Number, part.Name = next, partitionName(g.Name, next)
			p.note("%s becomes %s, since logical partitions are numbered without gaps", old, part.Name)
			for _, v := range g.Used {
				if v.Path == old {
					v.Path = "/dev/" + part.Name
				}
			}
		}
		next++
	}
}

// number gives the new partitions the numbers that are free, in the order in
// which they lie.
func (g *ground) number() {
	taken := make(map[int]bool)
	for _, part := range g.Kept {
		taken[part.Number] = true
	}
	taken[g.Extended.Number] = true
	slices.SortFunc(g.New, func(a, b *NewPartition) int {
		if a.Start < b.Start {
			return -1
		}
		return 1
	})
	for _, n := range g.New {
		n.Number = 1
		if n.Head > 0 {
			n.Number = 5
		}
		for taken[n.Number] {
			n.Number++
		}
		taken[n.Number] = true
		n.Path = "/dev/" + partitionName(g.Name, n.Number)
	}
}

// After is the partition table as the plan leaves it.
func (d *DiskPlan) After() *table.Table {
	t := &table.Table{Kind: d.Kind, ID: d.ID, Extended: d.Extended}
	for _, part := range d.Kept {
		t.Entries = append(t.Entries, part.Entry)
	}
	for _, n := range d.New {
		t.Entries = append(t.Entries, n.Entry)
	}
	slices.SortFunc(t.Entries, func(a, b table.Entry) int { return a.Number - b.Number })
	return t
}
