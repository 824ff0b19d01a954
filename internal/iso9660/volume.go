package iso9660

// Types of volume descriptors (ECMA-119 §8.1.1).
const (
	descriptorBoot          = 0
	descriptorPrimary       = 1
	descriptorSupplementary = 2
	descriptorTerminator    = 255

	standardID   = "CD001"
	elToritoID   = "EL TORITO SPECIFICATION"
	jolietEscape = "%/E" // UCS-2 level 3
)

// primarySector is where the primary volume descriptor stands (ECMA-119 §6.7.1).
const primarySector = 16

// The application use field of a volume descriptor, where the MD5 is implanted.
const (
	appUseOffset = 883
	appUseSize   = 512
)

func descriptor(kind, version byte) []byte {
	d := make([]byte, SectorSize)
	d[0] = kind
	copy(d[1:], standardID)
	d[6] = version
	return d
}

// descriptors gives the volume descriptor set, from sector 16 on. The boot record
// is in sector 17: El Torito 1.0 §2.0 fixes it, and SeaBIOS looks nowhere else.
func (l *Layout) descriptors() [][]byte {
	set := [][]byte{l.volumeDescriptor(primary)}
	if l.opt.ElTorito != nil {
		boot := descriptor(descriptorBoot, 1)
		copy(boot[7:39], elToritoID)
		le.PutUint32(boot[71:], l.tree.catalog.sector)
		set = append(set, boot)
	}
	if l.opt.Joliet {
		set = append(set, l.volumeDescriptor(jolietly))
	}
	return append(set, descriptor(descriptorTerminator, 1))
}

// descriptorCount is how many sectors descriptors takes.
func (l *Layout) descriptorCount() int {
	n := 1 + len(l.hierarchies())
	if l.opt.ElTorito != nil {
		n++
	}
	return n
}

// volumeDescriptor is the primary (ECMA-119 §8.4) or the Joliet descriptor (§8.5).
func (l *Layout) volumeDescriptor(h hierarchy) []byte {
	d := descriptor(descriptorPrimary, 1)
	text := func(from, to int, s string) { putText(d[from:to], s, h) }
	if h == jolietly {
		d[0] = descriptorSupplementary
		copy(d[88:], jolietEscape)
	}
	text(8, 40, l.opt.SystemID)
	text(40, 72, l.opt.VolumeID)
	putBoth32(d[80:], uint32(l.size/SectorSize))
	putBoth16(d[120:], 1)
	putBoth16(d[124:], 1)
	putBoth16(d[128:], SectorSize)

	t := l.tables[h]
	putBoth32(d[132:], uint32(t.size))
	le.PutUint32(d[140:], t.little)
	be.PutUint32(d[148:], t.big)
	p := l.tree.root.dir.place[h]
	root := record{id: []byte{0}, sector: p.sector, size: uint32(p.size), flags: flagDirectory, time: l.opt.Time}
	copy(d[156:], root.append(nil))

	text(190, 318, l.opt.VolumeSet)
	text(318, 446, l.opt.Publisher)
	text(446, 574, l.opt.Preparer)
	text(574, 702, l.opt.Application)
	text(702, 739, "") // copyright file
	text(739, 776, "") // abstract file
	text(776, 813, "") // bibliographic file
	stamp := longTime(l.opt.Time)
	copy(d[813:], stamp+stamp+noTime+noTime)
	d[881] = 1 // file structure version

	// checkisomd5 takes the field as spaces when it sums up the image.
	for i := range appUseSize {
		d[appUseOffset+i] = ' '
	}
	return d
}

// putText fills a field with s and spaces. In the Joliet descriptor both are
// big-endian UCS-2, and what does not fit is cut off.
func putText(field []byte, s string, h hierarchy) {
	if h == primary {
		for i := copy(field, s); i < len(field); i++ {
			field[i] = ' '
		}
		return
	}
	for i := 0; i+1 < len(field); i += 2 {
		r := byte(' ')
		if i/2 < len(s) {
			r = s[i/2]
		}
		field[i], field[i+1] = 0, r
	}
}
