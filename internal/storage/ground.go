package storage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cdbuilder/internal/storage/signature"
	"cdbuilder/internal/storage/table"
	"cdbuilder/kickstart/language"
)

// ground is a disk while a plan is made on it.
type ground struct {
	*DiskPlan
	why     string // it must not be used; empty: it may
	named   bool   // by the kickstart
	cleared bool
	regions []*region
	short   int64 // bytes that were missing
	first   *want // that did not fit
	wanted  int64 // bytes that all of them want
}

// chooseDisks says of each disk whether the kickstart and its state let it be
// used.
func (p *planner) chooseDisks() {
	for _, d := range p.machine.Disks {
		g := &ground{DiskPlan: &DiskPlan{Disk: d, Kind: d.Table, ID: d.TableID, Kept: slices.Clone(d.Partitions), Extended: d.Extended}}
		p.grounds = append(p.grounds, g)
	}
	p.nameDisks()
	for s := range p.recipe.Find("ignoredisk") {
		if only := s.List("--only-use"); len(only) > 0 {
			chosen := p.disks(s, "--only-use", only)
			for _, g := range p.grounds {
				if !slices.Contains(chosen, g) {
					g.exclude("not among ignoredisk --only-use, line %d", s.Line())
				}
			}
		}
		for _, g := range p.disks(s, "--drives", s.List("--drives")) {
			g.exclude("excluded by ignoredisk --drives, line %d", s.Line())
		}
		if s.Has("--interactive") {
			p.fault(s, "ignoredisk --interactive is not done here; name the disks: --only-use=… or --drives=…")
		}
	}
	for _, g := range p.grounds {
		switch {
		case g.holds(p.machine.Medium):
			g.why = "holds the installation medium"
		case g.InUse != "":
			g.exclude("in use: %s", g.InUse)
		case g.ReadOnly:
			g.exclude("read-only")
		case g.Removable && !g.named:
			g.exclude("removable, and the kickstart does not name it")
		case g.Size < 8*mib:
			g.exclude("smaller than 8 MiB")
		}
	}
}

func (g *ground) exclude(format string, args ...any) {
	if g.why == "" {
		g.why = fmt.Sprintf(format, args...)
	}
}

// nameDisks marks the disks that the kickstart names.
func (p *planner) nameDisks() {
	for _, s := range p.recipe.Statements {
		var specs []string
		switch s.Name {
		case "ignoredisk":
			specs = s.List("--only-use")
		case "clearpart":
			specs = append(s.List("--drives"), s.List("--list")...)
		case "part":
			specs = []string{s.Get("--ondisk"), s.Get("--onpart")}
		case "bootloader":
			specs = []string{s.Get("--boot-drive")}
		case "mount":
			specs = []string{s.Word(0)}
		}
		for _, spec := range specs {
			for _, g := range p.grounds {
				g.named = g.named || g.matches(spec) || (spec != "" && g.partition(spec) != nil)
			}
		}
	}
}

// disks finds what an option names. A name that no disk has is a fault, a
// pattern that fits none is not.
func (p *planner) disks(s *language.Statement, option string, specs []string) []*ground {
	var found []*ground
	for _, spec := range specs {
		n := len(found)
		for _, g := range p.grounds {
			if g.matches(spec) && !slices.Contains(found, g) {
				found = append(found, g)
			}
		}
		if len(found) == n && !strings.ContainsAny(spec, "*?[") && !slices.ContainsFunc(found, func(g *ground) bool { return g.matches(spec) }) {
			p.fault(s, "%s names %s, which this machine does not have; it has %s", option, spec, p.names())
		}
	}
	return found
}

// names lists the machine's disks for a message.
func (p *planner) names() string {
	var all []string
	for _, g := range p.grounds {
		all = append(all, g.String())
	}
	if len(all) == 0 {
		return "no disk"
	}
	return strings.Join(all, ", ")
}

// bootOrder sorts the usable disks: bootloader --boot-drive and --driveorder
// come first, then the machine's own order.
func (p *planner) bootOrder() {
	rank := make(map[*ground]int)
	if s := p.recipe.Last("bootloader"); s != nil {
		order := s.List("--driveorder")
		if drive := s.Get("--boot-drive"); drive != "" {
			for _, g := range p.disks(s, "--boot-drive", []string{drive}) {
				if g.why != "" {
					p.fault(s, "--boot-drive=%s cannot be used: %s", drive, g.why)
				}
			}
			order = append([]string{drive}, order...)
		}
		for i, spec := range order {
			for _, g := range p.grounds {
				if _, ok := rank[g]; !ok && g.matches(spec) {
					rank[g] = i - len(order)
				}
			}
		}
	}
	for _, g := range p.grounds {
		if g.why == "" {
			p.boots = append(p.boots, g)
		}
	}
	slices.SortStableFunc(p.boots, func(a, b *ground) int { return cmp.Compare(rank[a], rank[b]) })
}

// bootWhereSaid lets the machine boot from the disk that the kickstart puts
// /boot on, or else /, where it names one there and none for the boot loader.
func (p *planner) bootWhereSaid() {
	if s := p.recipe.Last("bootloader"); s != nil && (s.Has("--boot-drive") || s.Has("--driveorder")) {
		return
	}
	for _, where := range []string{"/boot", "/"} {
		if g := p.saidDisk(where); g != nil {
			i := slices.Index(p.boots, g)
			p.boots = slices.Insert(slices.Delete(p.boots, i, i+1), 0, g)
			return
		}
	}
}

// saidDisk is the first disk that --ondisk names for a mount point, or for
// what that is made of.
func (p *planner) saidDisk(where string) *ground {
	names := make(map[string]bool) // pv.01, raid.01
	for _, g := range p.groups {
		if slices.ContainsFunc(g.wants, func(l *logicalWant) bool { return l.Mount == where }) {
			for _, m := range g.members {
				names[m] = true
			}
		}
	}
	for _, a := range p.arrays {
		if a.Mount == where || names[a.Name] {
			for _, m := range a.members {
				names[m] = true
			}
		}
	}
	for _, w := range p.wants {
		if w.ground != nil && (w.Mount == where || names[w.Name]) {
			return w.ground
		}
	}
	return nil
}

// clear removes what clearpart says, and gives disks new tables.
func (p *planner) clear() {
	zero := p.recipe.Last("zerombr") != nil
	s := p.recipe.Last("clearpart")
	var drives []*ground
	if s != nil {
		if drives = p.disks(s, "--drives", s.List("--drives")); len(drives) > 0 {
			for _, g := range drives {
				if g.why != "" {
					p.fault(s, "clearpart names %s, which cannot be used: %s", g.Name, g.why)
				}
			}
		}
		p.clearList(s)
	}
	limited := s != nil && len(s.List("--drives")) > 0
	for _, g := range p.grounds {
		if g.why != "" {
			continue
		}
		if s != nil && (!limited || slices.Contains(drives, g)) {
			g.clear(s)
		}
		if zero && g.Table == "" && g.Content.Type == "" {
			g.renew()
		}
		g.unready()
	}
}

// clear does what one clearpart says of one disk.
func (g *ground) clear(s *language.Statement) {
	g.cleared = true
	blank := g.Table == "" && g.Content.Type == ""
	switch {
	case len(s.List("--list")) > 0:
	case s.Has("--all"):
		g.renew()
	case s.Has("--linux"):
		g.remove(func(part Partition) bool { return linux(g.Table, part) })
		if (g.Table != "" || isLinux(g.Content.Type)) && len(g.Kept) == 0 {
			g.renew()
		}
	}
	if s.Has("--initlabel") && blank {
		g.renew()
	}
}

// clearList removes the partitions that --list names.
func (p *planner) clearList(s *language.Statement) {
	for _, name := range s.List("--list") {
		found := false
		for _, g := range p.grounds {
			part := g.partition(name)
			if part == nil {
				continue
			}
			found = true
			if g.why != "" {
				p.fault(s, "--list names %s, but %s cannot be used: %s", name, g.Name, g.why)
				continue
			}
			number := part.Number
			g.remove(func(q Partition) bool { return q.Number == number })
		}
		if !found {
			p.fault(s, "--list names the partition %s, which this machine does not have", name)
		}
	}
}

func (g *ground) remove(which func(Partition) bool) {
	g.Kept = slices.DeleteFunc(g.Kept, func(part Partition) bool {
		if !which(part) {
			return false
		}
		g.Removed = append(g.Removed, part)
		return true
	})
}

// renew gives the disk a new table; of which kind is decided later.
func (g *ground) renew() {
	g.remove(func(Partition) bool { return true })
	g.Fresh, g.ID, g.Extended, g.Kind = true, "", table.Entry{}, ""
}

// unready excludes a disk that nothing can be put on.
func (g *ground) unready() {
	switch {
	case g.Fresh || g.Table != "":
	case g.Content.Type != "":
		g.exclude("it holds %s without a partition table; clearpart --all would remove that", g.Content.Type)
	default:
		g.exclude("it has no partition table; zerombr, or clearpart --all --initlabel, would write one")
	}
}

// isLinux tells what Linux made.
func isLinux(content string) bool {
	switch content {
	case "ext2", "ext3", "ext4", "xfs", "btrfs", signature.Swap, signature.LVM, signature.RAID, signature.LUKS:
		return true
	}
	return false
}

// linux reports whether clearpart --linux means a partition: by what it holds
// or, where that is nothing known, by its type.
func linux(kind table.Kind, part Partition) bool {
	if part.Content.Type != "" {
		return isLinux(part.Content.Type)
	}
	types := []string{table.TypeLinux, table.TypeSwap, table.TypeLVM, table.TypeRAID, table.TypeLUKS}
	if kind == table.MBR {
		types = []string{table.MBRLinux, table.MBRSwap, table.MBRLVM, table.MBRRAID}
	}
	return slices.Contains(types, part.Type)
}
