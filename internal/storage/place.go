package storage

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"cdbuilder/internal/storage/table"
)

// region is a stretch of a disk without partitions, in whole MiB.
type region struct {
	start, end int64
	logical    bool // inside of an MBR's extended partition
	wants      []*want
}

func (r *region) size() int64 { return r.end - r.start }

// survey finds the regions of a disk. What is kept stands where it is.
func (g *ground) survey() {
	first, end := table.Bounds(g.Kind, g.Size, g.Sector)
	if g.Kind == "" || end <= first {
		return
	}
	type span struct{ start, end int64 }
	var taken []span
	for _, part := range g.Kept {
		taken = append(taken, span{part.Start, part.Start + part.Size})
		if part.Number > 4 && g.Kind == table.MBR {
			taken = append(taken, span{part.Head, part.Head + int64(g.Sector)})
		}
	}
	cut := func(from, to int64, logical bool, taken []span) {
		slices.SortFunc(taken, func(a, b span) int { return cmp.Compare(a.start, b.start) })
		for _, s := range append(taken, span{to, to}) {
			start, stop := up(from), down(min(s.start, to))
			if stop-start >= mib {
				g.regions = append(g.regions, &region{start: start, end: stop, logical: logical})
			}
			from = max(from, s.end)
		}
	}
	if x := g.Extended; x.Number > 0 {
		cut(x.Start, x.Start+x.Size, true, slices.Clone(taken))
		taken = append(taken, span{x.Start, x.Start + x.Size})
	}
	cut(first, end, false, taken)
	slices.SortFunc(g.regions, func(a, b *region) int { return cmp.Compare(a.start, b.start) })
}

func up(n int64) int64   { return (n + mib - 1) / mib * mib }
func down(n int64) int64 { return n / mib * mib }

// free is the space of all regions that a disk has for new partitions.
func (g *ground) free() (free int64) {
	for _, r := range g.regions {
		free += r.size()
	}
	return free
}

// slots is how many primary partitions an MBR can still take.
func (g *ground) slots() int {
	n := 4
	for _, part := range g.Kept {
		if part.Number <= 4 {
			n--
		}
	}
	if g.Extended.Number > 0 {
		n--
	}
	return n
}

// need is what a region's partitions take, with those added.
func (g *ground) need(r *region, more ...*want) (need int64) {
	all := append(slices.Clone(r.wants), more...)
	for _, w := range all {
		need += w.base
	}
	return need + g.overhead(r, len(all))*mib
}

// overhead is how many MiB the tables of logical partitions take.
func (g *ground) overhead(r *region, n int) int64 {
	switch {
	case g.Kind != table.MBR:
		return 0
	case r.logical:
		return int64(n)
	case g.Fresh && n > 4:
		return int64(n - 3)
	}
	return 0
}

// takes reports whether a region has room for one more partition.
func (g *ground) takes(r *region, w *want) bool {
	if g.need(r, w) > r.size() {
		return false
	}
	if g.Kind != table.MBR || r.logical {
		return !r.logical || !w.primary
	}
	primaries := 0
	for _, other := range g.regions {
		if !other.logical {
			primaries += len(other.wants)
		}
	}
	return g.Fresh || primaries < g.slots()
}

// put takes a want into a region: what is fixed goes into the first that has
// room, what grows into the one with the most.
func (g *ground) put(w *want) bool {
	var best *region
	for _, r := range g.regions {
		if !g.takes(r, w) {
			continue
		}
		if best == nil || (w.grow && r.size()-g.need(r) > best.size()-g.need(best)) {
			best = r
		}
	}
	if best == nil {
		return false
	}
	best.wants = append(best.wants, w)
	w.ground = g
	return true
}

// place gives every want a disk and a size.
func (p *planner) place() {
	slices.SortStableFunc(p.wants, func(a, b *want) int { return cmp.Compare(a.weight, b.weight) })
	order := slices.Clone(p.wants)
	rank := func(w *want) int {
		switch {
		case w.ground != nil && !w.grow:
			return 0
		case w.ground != nil:
			return 1
		case !w.grow:
			return 2
		}
		return 3
	}
	slices.SortStableFunc(order, func(a, b *want) int { return cmp.Compare(rank(a), rank(b)) })
	for _, w := range order {
		if w.FS == "biosboot" && p.onMBR(w) {
			p.fault(w.st, "a BIOS boot partition is for GPT, and the disk has an MBR: drop the line, or write clearpart --all --disklabel=gpt")
			continue
		}
		if w.ground != nil {
			g := w.ground
			g.wanted += w.base
			if !g.put(w) {
				g.short += w.base
				g.first = cmp.Or(g.first, w)
			}
			continue
		}
		p.placeAnywhere(w)
	}
	p.shortages()
	for _, g := range p.grounds {
		g.settle(p)
	}
}

// onMBR reports whether a want goes to a disk with an MBR.
func (p *planner) onMBR(w *want) bool {
	g := w.ground
	if g == nil && len(p.boots) > 0 {
		g = p.boots[0]
	}
	return g != nil && g.Kind == table.MBR
}

// placeAnywhere finds a disk for a want that names none. What grows goes to
// the disk that had the most room to begin with; members of one array go to
// different disks.
func (p *planner) placeAnywhere(w *want) {
	candidates := slices.Clone(p.boots)
	if w.grow {
		slices.SortStableFunc(candidates, func(a, b *ground) int { return cmp.Compare(b.free(), a.free()) })
	}
	if peers := p.peers(w); len(peers) > 0 {
		apart := func(g *ground) int {
			return len(slices.DeleteFunc(slices.Clone(peers), func(o *want) bool { return o.ground != g }))
		}
		slices.SortStableFunc(candidates, func(a, b *ground) int { return cmp.Compare(apart(a), apart(b)) })
	}
	if w.FS == "biosboot" || w.ESP || w.Mount == "/boot" {
		candidates = slices.Clone(p.boots)
	}
	for _, g := range candidates {
		if g.put(w) {
			return
		}
	}
	if len(candidates) == 0 {
		if !p.diskless {
			p.fault(w.st, "there is no disk for %s: %s", title(w.Volume), p.reasons())
		}
		p.diskless = true
		return
	}
	if len(candidates) == 1 {
		g := candidates[0]
		g.short += w.base
		g.first = cmp.Or(g.first, w)
		return
	}
	var left []string
	for _, g := range candidates {
		left = append(left, g.Name+" "+Bytes(g.left()))
	}
	p.fault(w.st, "no disk has %s for %s; what is left: %s", Bytes(w.base), title(w.Volume), strings.Join(left, ", "))
}

// peers are the members of the array that a want is for.
func (p *planner) peers(w *want) (peers []*want) {
	for _, a := range p.arrays {
		if !slices.Contains(a.members, w.Name) {
			continue
		}
		for _, o := range p.wants {
			if o != w && o.Name != "" && slices.Contains(a.members, o.Name) {
				peers = append(peers, o)
			}
		}
	}
	return peers
}

// left is the largest piece that is still free.
func (g *ground) left() (left int64) {
	for _, r := range g.regions {
		left = max(left, r.size()-g.need(r))
	}
	return max(left, 0)
}

// shortages says of each disk that is too small how much is missing.
func (p *planner) shortages() {
	for _, g := range p.grounds {
		if g.short == 0 {
			continue
		}
		taken := int64(0)
		for _, r := range g.regions {
			taken += g.need(r)
		}
		missing := taken + g.short - g.free()
		switch {
		case missing > 0:
			p.fault(g.first.st, "%s is too small: the kickstart wants %s on it, and %s is free: %s is missing",
				g.String(), Bytes(taken+g.short), Bytes(g.free()), Bytes(missing))
		case g.Kind == table.MBR && g.left() >= g.first.base:
			p.fault(g.first.st, "the MBR of %s has no place for one more primary partition, which %s would be; GPT takes 128: clearpart --all --disklabel=gpt", g.Name, title(g.first.Volume))
		default:
			p.fault(g.first.st, "%s has %s free, but not in one piece: %s finds no place of %s", g.Name, Bytes(g.free()), title(g.first.Volume), Bytes(g.first.base))
		}
	}
}

// share divides what is left among those that grow, in proportion to their
// sizes, as blivet does. All are counted in units; most 0 is no limit. What
// cannot be divided goes to the first that may still grow.
func share(pool int64, base, most []int64, grows []bool) []int64 {
	growth := make([]int64, len(base))
	open := slices.Clone(grows)
	for pool > 0 {
		sum, before := int64(0), pool
		for i := range base {
			if open[i] {
				sum += max(base[i], 1)
			}
		}
		if sum == 0 {
			return growth
		}
		for i := range base {
			if !open[i] {
				continue
			}
			part := proportion(before, max(base[i], 1), sum)
			if most[i] > 0 && base[i]+growth[i]+part >= most[i] {
				part, open[i] = max(most[i]-base[i]-growth[i], 0), false
			}
			growth[i] += part
			pool -= part
		}
		if pool == before {
			break
		}
	}
	for i := range base {
		if !open[i] || pool == 0 {
			continue
		}
		part := pool
		if most[i] > 0 {
			part = min(part, most[i]-base[i]-growth[i])
		}
		growth[i] += part
		pool -= part
	}
	return growth
}

// proportion is pool × base ÷ sum, which may exceed 64 bits on the way.
func proportion(pool, base, sum int64) int64 {
	product := new(big.Int).Mul(big.NewInt(pool), big.NewInt(base))
	return product.Div(product, big.NewInt(sum)).Int64()
}
