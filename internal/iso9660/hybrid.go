package iso9660

// The hybrid MBR: boot code and a partition table in the first block.
const (
	mbrCodeSize  = 432 // isohdpfx.bin
	mbrBootBlock = 432 // 8 bytes: where isohdpfx.bin finds isolinux.bin
	mbrDiskID    = 440
	mbrTable     = 446
	mbrEntrySize = 16
	mbrSignature = 510

	mbrActive     = 0x80
	mbrProtective = 0xEE
)

// espName is the partition's name in the GPT.
const espName = "EFI system partition"

// partitions gives the GPT of a hybrid image.
func (l *Layout) partitions() *partitionTable {
	label, t := l.opt.VolumeID, l.opt.Time
	table := newPartitionTable(derivedGUID("disk", label, t), l.size/blockSize)
	if esp := l.boot[l.opt.Hybrid.ESPPath]; esp != nil {
		first := int64(esp.sector) * blocksPerSector
		last := first + (esp.entry.Size+blockSize-1)/blockSize - 1
		table.set(0, ESPType, derivedGUID("ESP", label, t), first, last, espName)
	}
	return table
}

// systemArea is the first 16 sectors of the image.
func (l *Layout) systemArea() []byte {
	area := make([]byte, primarySector*SectorSize)
	if l.opt.Hybrid == nil {
		return area
	}
	copy(area, l.mbr())
	copy(area[blockSize:], l.partitions().primary())
	return area
}

// mbr is a protective MBR (UEFI 2.10 §5.2.3) with isolinux's boot code, and an
// active entry for BIOSes that boot from no disk without one. That entry is of
// type 0, which no system takes for a partition, and its one block is the MBR.
func (l *Layout) mbr() []byte {
	m := make([]byte, blockSize)
	if code := l.opt.Hybrid.MBRCode; len(code) != 0 {
		copy(m, code)
		isolinux := l.boot[l.opt.ElTorito.Entries[0].Path]
		le.PutUint64(m[mbrBootBlock:], uint64(isolinux.sector)*blocksPerSector)
	}
	id := derivedGUID("MBR", l.opt.VolumeID, l.opt.Time)
	copy(m[mbrDiskID:mbrDiskID+4], id[:])
	size := min(l.size/blockSize-1, 1<<32-1)
	putMBREntry(m[mbrTable:], 0, mbrProtective, [3]byte{0, 2, 0}, [3]byte{0xFF, 0xFF, 0xFF}, 1, uint32(size))
	putMBREntry(m[mbrTable+mbrEntrySize:], mbrActive, 0, [3]byte{0, 1, 0}, [3]byte{0, 1, 0}, 0, 1)
	m[mbrSignature], m[mbrSignature+1] = 0x55, 0xAA
	return m
}

func putMBREntry(e []byte, status, kind byte, start, end [3]byte, first, blocks uint32) {
	e[0], e[4] = status, kind
	copy(e[1:], start[:])
	copy(e[5:], end[:])
	le.PutUint32(e[8:], first)
	le.PutUint32(e[12:], blocks)
}
