package fat

import (
	"fmt"
	"math"
	"sort"
)

// geometry is where everything lies in an image, in sectors of sector bytes.
type geometry struct {
	bits       int   // 12, 16 or 32
	sector     int64 // bytes
	perCluster int64 // sectors
	reserved   int64 // before the first allocation table
	fats       int64
	fatSectors int64 // of one allocation table
	rootSlots  int64 // of the fixed root directory; 0 with FAT32
	total      int64
	clusters   int64 // numbered from 2
}

func (g *geometry) cluster() int64 { return g.perCluster * g.sector }

// rootStart is the byte where the fixed root directory begins.
func (g *geometry) rootStart() int64 { return (g.reserved + g.fats*g.fatSectors) * g.sector }

// dataStart is the byte where cluster 2 begins.
func (g *geometry) dataStart() int64 {
	return g.rootStart() + ceil(g.rootSlots*direntSize, g.sector)*g.sector
}

// offset is the byte where a cluster begins.
func (g *geometry) offset(cluster uint32) int64 {
	return g.dataStart() + (int64(cluster)-2)*g.cluster()
}

// valid reports whether a cluster number names a cluster of this image.
func (g *geometry) valid(cluster uint32) bool {
	return cluster >= 2 && int64(cluster) < g.clusters+2
}

// shape is a kind of file system that the builder may choose.
type shape struct {
	bits       int
	perCluster int64
}

// shapes in order of preference: FAT16 with clusters of one CD sector, smaller
// ones where the content is too little for FAT16 otherwise, FAT12 below 2 MiB,
// larger clusters and FAT32 above 128 MiB.
var shapes = []shape{
	{16, 4}, {16, 2}, {16, 1},
	{12, 1}, {12, 2}, {12, 4}, {12, 8},
	{16, 8}, {16, 16},
	{32, 8}, {32, 16}, {32, 32}, {32, 64},
}

// forced holds the shapes tried when the caller insists on a kind.
var forced = map[int][]shape{
	12: {{12, 1}, {12, 2}, {12, 4}, {12, 8}, {12, 16}, {12, 32}, {12, 64}},
	16: {{16, 4}, {16, 2}, {16, 1}, {16, 8}, {16, 16}, {16, 32}, {16, 64}},
	32: {{32, 8}, {32, 4}, {32, 2}, {32, 1}, {32, 16}, {32, 32}, {32, 64}},
}

// between gives the cluster counts a shape may have.
func (s shape) between() (least, most int64) {
	switch s.bits {
	case 12:
		return 1, fat12Limit - 1 - typeMargin
	case 16:
		return fat12Limit + typeMargin, fat16Limit - 1 - typeMargin
	}
	return fat16Limit + typeMargin, fat32Limit - 1
}

// choose picks the geometry for a tree. With no size given the smallest image
// that holds it; a forced kind is padded up to its least number of clusters.
func choose(t *tree, o Options) (*geometry, error) {
	candidates := shapes
	if o.Bits != 0 {
		candidates = forced[o.Bits]
	}
	var best *geometry
	for _, s := range candidates {
		need := t.clusters(s)
		g := s.fit(t, need, o.Size/sectorSize, o.Bits != 0)
		if g == nil {
			continue
		}
		if o.Bits == 0 || o.Size != 0 {
			return g, nil
		}
		if best == nil || g.total < best.total {
			best = g
		}
	}
	if best != nil {
		return best, nil
	}
	kind := ""
	if o.Bits != 0 {
		kind = fmt.Sprintf(" as FAT%d", o.Bits)
	}
	if o.Size == 0 {
		return nil, fmt.Errorf("no FAT image%s can hold %d bytes of files", kind, t.bytes())
	}
	return nil, fmt.Errorf("an image of %d bytes%s cannot hold %d bytes of files; give it another size, or none to have it fitted", o.Size, kind, t.bytes())
}

// fit lays out the shape around need clusters, or inside total sectors where
// that is given; nil where it does not fit.
func (s shape) fit(t *tree, need, total int64, pad bool) *geometry {
	least, most := s.between()
	if total == 0 {
		need = max(need, 1)
		if pad {
			need = max(need, least)
		}
		total = s.fixed(t) + 2*s.fatSectors(need) + need*s.perCluster
		total = ceil(total, alignment) * alignment
		// Rounding up can ask for one more sector of table, and so take away
		// what it gave; the next step then has room for both.
		if s.lay(t, total).clusters < need {
			total += alignment
		}
	}
	g := s.lay(t, total)
	if g.clusters < max(need, least) || g.clusters > most || g.total > math.MaxUint32 {
		return nil
	}
	return g
}

// lay divides total sectors: the tables are the shortest that cover every
// cluster left beside them.
func (s shape) lay(t *tree, total int64) *geometry {
	g := &geometry{bits: s.bits, sector: sectorSize, perCluster: s.perCluster, reserved: 1, fats: 2, rootSlots: t.rootSlots(), total: total}
	if s.bits == 32 {
		g.reserved, g.rootSlots = reserved32, 0
	}
	room := total - s.fixed(t)
	clusters := func(fat int64) int64 { return max(0, (room-2*fat)/s.perCluster) }
	g.fatSectors = int64(sort.Search(int(s.fatSectors(max(0, room))), func(fat int) bool {
		return s.fatSectors(clusters(int64(fat))) <= int64(fat)
	}))
	g.clusters = clusters(g.fatSectors)
	return g
}

// fixed is the number of sectors beside tables and clusters.
func (s shape) fixed(t *tree) int64 {
	if s.bits == 32 {
		return reserved32
	}
	return 1 + ceil(t.rootSlots()*direntSize, sectorSize)
}

// fatSectors is the length of a table for n clusters.
func (s shape) fatSectors(n int64) int64 {
	return ceil((n+2)*int64(s.bits), 8*sectorSize)
}

func ceil(n, unit int64) int64 { return (n + unit - 1) / unit }
