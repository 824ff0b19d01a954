package fat

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// Image is a planned image: everything is decided, nothing is written yet.
type Image struct {
	tree    *tree
	geo     *geometry
	options Options
}

// Plan lays out the entries. All faults of options and entries are reported
// at once.
func Plan(entries []Entry, o Options) (*Image, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	t, err := plant(entries, o.Label)
	if err != nil {
		return nil, err
	}
	g, err := choose(t, o)
	if err != nil {
		return nil, err
	}
	im := &Image{tree: t, geo: g, options: o}
	im.allocate()
	return im, nil
}

// Size is the number of bytes that WriteTo will write.
func (im *Image) Size() int64 { return im.geo.total * im.geo.sector }

// Bits is the kind that was chosen: 12, 16 or 32.
func (im *Image) Bits() int { return im.geo.bits }

// String describes the plan in one line.
func (im *Image) String() string {
	return fmt.Sprintf("FAT%d, %d bytes, %d clusters of %d bytes, %d files, %d directories",
		im.geo.bits, im.Size(), im.geo.clusters, im.geo.cluster(), len(im.tree.files), len(im.tree.dirs)-1)
}

// allocate gives out clusters: directories, then files, each in one piece.
func (im *Image) allocate() {
	next := uint32(2)
	give := func(n *node, clusters int64) {
		n.count = clusters
		if clusters > 0 {
			n.first = next
			next += uint32(clusters)
		}
	}
	for _, d := range im.tree.dirs {
		if d == im.tree.root && im.geo.bits != 32 {
			continue
		}
		give(d, max(1, ceil(im.tree.dirSize(d), im.geo.cluster())))
	}
	for _, f := range im.tree.files {
		give(f, ceil(f.entry.content(), im.geo.cluster()))
	}
}

// used is the number of clusters given out.
func (im *Image) used() int64 {
	var n int64
	for _, list := range [][]*node{im.tree.dirs, im.tree.files} {
		for _, x := range list {
			n += x.count
		}
	}
	return n
}

// table is one allocation table.
func (im *Image) table() []byte {
	b := make([]byte, im.geo.fatSectors*im.geo.sector)
	set := func(cluster, value uint32) {
		switch im.geo.bits {
		case 12:
			i := cluster + cluster/2
			v := binary.LittleEndian.Uint16(b[i:])
			if cluster%2 == 0 {
				v = v&0xF000 | uint16(value)&0x0FFF
			} else {
				v = v&0x000F | uint16(value)<<4
			}
			binary.LittleEndian.PutUint16(b[i:], v)
		case 16:
			binary.LittleEndian.PutUint16(b[2*cluster:], uint16(value))
		default:
			binary.LittleEndian.PutUint32(b[4*cluster:], value&0x0FFFFFFF)
		}
	}
	const end = 0x0FFFFFFF
	set(0, end&^0xFF|mediaFixed)
	set(1, end)
	for _, list := range [][]*node{im.tree.dirs, im.tree.files} {
		for _, n := range list {
			for c := n.first; int64(c) < int64(n.first)+n.count; c++ {
				set(c, c+1)
			}
			if n.count > 0 {
				set(n.first+uint32(n.count)-1, end)
			}
		}
	}
	return b
}

// serial is the volume's id, made of label and time so that it says nothing
// about the machine it was made on.
func (im *Image) serial() uint32 {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n", im.options.Label, im.options.Time.Unix()))
	return binary.LittleEndian.Uint32(sum[:])
}
