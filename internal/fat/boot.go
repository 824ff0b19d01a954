package fat

import "encoding/binary"

// bootSector is the first sector with the BIOS parameter block, §3.
func (im *Image) bootSector() []byte {
	b := make([]byte, sectorSize)
	le := binary.LittleEndian
	g := im.geo
	// A jump over the block to code that prints nothing and stops: firmware
	// and drivers look for the jump, nobody runs it.
	copy(b, []byte{0xEB, 0x3C, 0x90})
	copy(b[3:], "MSWIN4.1") // §3.1: some drivers want to read just this here
	le.PutUint16(b[11:], sectorSize)
	b[13] = byte(g.perCluster)
	le.PutUint16(b[14:], uint16(g.reserved))
	b[16] = byte(g.fats)
	le.PutUint16(b[17:], uint16(g.rootSlots))
	b[21] = mediaFixed
	le.PutUint16(b[24:], 32) // sectors a track and heads: only old BIOSes look
	le.PutUint16(b[26:], 64)
	if g.total < 1<<16 && g.bits != 32 {
		le.PutUint16(b[19:], uint16(g.total))
	} else {
		le.PutUint32(b[32:], uint32(g.total))
	}
	tail := 36
	if g.bits == 32 {
		b[1] = 0x58
		le.PutUint32(b[36:], uint32(g.fatSectors))
		le.PutUint32(b[44:], im.tree.root.first)
		le.PutUint16(b[48:], infoSector)
		le.PutUint16(b[50:], backupSector)
		tail = 64
	} else {
		le.PutUint16(b[22:], uint16(g.fatSectors))
	}
	im.bootTail(b[tail:])
	code := b[2+int(b[1]):]
	copy(code, []byte{0xFA, 0xF4, 0xEB, 0xFD}) // cli; hlt; jmp back
	le.PutUint16(b[510:], bootSignature)
	return b
}

// The sectors of FAT32 beside the boot sector itself.
const (
	infoSector   = 1
	backupSector = 6
)

// bootTail is the part that lies at another place in FAT32.
func (im *Image) bootTail(b []byte) {
	b[0] = 0x80 // drive
	b[2] = 0x29 // the next three fields are there
	binary.LittleEndian.PutUint32(b[3:], im.serial())
	label, _ := labelField(im.options.Label) // Validate has seen it
	copy(b[7:], label[:])
	copy(b[18:], map[int]string{12: "FAT12   ", 16: "FAT16   ", 32: "FAT32   "}[im.geo.bits])
}

// infoBlock is FAT32's sector of hints about free clusters, §5.
func (im *Image) infoBlock() []byte {
	b := make([]byte, sectorSize)
	le := binary.LittleEndian
	used := im.used()
	copy(b, "RRaA")
	copy(b[484:], "rrAa")
	le.PutUint32(b[488:], uint32(im.geo.clusters-used))
	le.PutUint32(b[492:], uint32(used)+1) // the last cluster given out
	le.PutUint32(b[508:], bootSignature<<16)
	return b
}

// reserved is everything before the first allocation table.
func (im *Image) reserved() []byte {
	b := make([]byte, im.geo.reserved*sectorSize)
	copy(b, im.bootSector())
	if im.geo.bits == 32 {
		copy(b[infoSector*sectorSize:], im.infoBlock())
		copy(b[backupSector*sectorSize:], b[:2*sectorSize])
	}
	return b
}
