package iso9660

// The records of a boot catalog, 32 bytes each (El Torito 1.0 §2).
const (
	catalogRecord = 32

	validationHeader = 0x01
	entryBootable    = 0x88
	entryNotBootable = 0x00
	entryExtension   = 0x44
	sectionMore      = 0x90
	sectionLast      = 0x91
)

// bootCatalog is the catalog's sector. The first entry is the default entry;
// every other gets a section of its own, as each may be of another platform.
func (l *Layout) bootCatalog() []byte {
	entries := l.opt.ElTorito.Entries
	b := make([]byte, 0, SectorSize)
	b = append(b, validationEntry(entries[0].Platform)...)
	b = append(b, l.bootEntry(entries[0])...)
	for i, e := range entries[1:] {
		section := make([]byte, catalogRecord)
		section[0] = sectionMore
		if i == len(entries)-2 {
			section[0] = sectionLast
		}
		section[1] = byte(e.Platform)
		le.PutUint16(section[2:], 1)
		b = append(b, section...)
		b = append(b, l.bootEntry(e)...)
	}
	return b[:SectorSize]
}

func validationEntry(p Platform) []byte {
	v := make([]byte, catalogRecord)
	v[0], v[1] = validationHeader, byte(p)
	v[30], v[31] = 0x55, 0xAA
	le.PutUint16(v[28:], -sum16(v))
	return v
}

// sum16 adds up 16-bit words; over a valid validation entry it is 0.
func sum16(b []byte) (sum uint16) {
	for ; len(b) >= 2; b = b[2:] {
		sum += le.Uint16(b)
	}
	return sum
}

func (l *Layout) bootEntry(e BootEntry) []byte {
	n := l.boot[e.Path]
	b := make([]byte, catalogRecord)
	b[0] = entryBootable
	le.PutUint16(b[6:], loadSectors(e, n.entry.Size))
	le.PutUint32(b[8:], n.sector)
	return b
}

// loadSectors is how much the firmware loads. For UEFI that is the image, so
// that an image which the field can't count gets 0: up to the end of the medium
// (UEFI 2.10 §13.3.2.1).
func loadSectors(e BootEntry, size int64) uint16 {
	if e.LoadSectors != 0 {
		return e.LoadSectors
	}
	if e.Platform != UEFI {
		return 4
	}
	if n := (size + blockSize - 1) / blockSize; n < 1<<16 {
		return uint16(n)
	}
	return 0
}
