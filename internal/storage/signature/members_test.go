package signature_test

import (
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"strings"
)

var le = binary.LittleEndian

func rawUUID() []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(uuid, "-", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// array is a superblock of md's version 1, standing at a sector.
func array(sector uint64) []byte {
	b := make([]byte, 256+2*128)
	le.PutUint32(b, 0xa92b4efc)
	le.PutUint32(b[4:], 1)
	copy(b[16:], rawUUID())
	copy(b[32:], "any:boot")
	le.PutUint32(b[72:], 1)       // level
	le.PutUint32(b[92:], 2)       // disks
	le.PutUint64(b[136:], 100000) // data size
	le.PutUint64(b[144:], sector) // where this stands
	le.PutUint32(b[220:], 128)    // max_dev
	sum := uint64(0)
	for i := 0; i < len(b); i += 4 {
		sum += uint64(le.Uint32(b[i:]))
	}
	le.PutUint32(b[216:], uint32(sum&0xffffffff)+uint32(sum>>32))
	return b
}

// oldArray is a superblock of version 0.90.
func oldArray() []byte {
	b := make([]byte, 4096)
	le.PutUint32(b, 0xa92b4efc)
	le.PutUint32(b[8:], 90)
	id := rawUUID()
	for i, at := range []int{20, 52, 56, 60} {
		le.PutUint32(b[at:], binary.BigEndian.Uint32(id[4*i:]))
	}
	sum := uint64(0)
	for i := 0; i < len(b); i += 4 {
		sum += uint64(le.Uint32(b[i:]))
	}
	le.PutUint32(b[38*4:], uint32(sum&0xffffffff)+uint32(sum>>32))
	return b
}

// lvmSum is LVM's checksum: a CRC-32 that begins otherwise and ends as it is.
func lvmSum(b []byte) uint32 {
	sum := uint32(0xf597a6cf)
	tab := crc32.IEEETable
	for _, c := range b {
		sum = tab[byte(sum)^c] ^ sum>>8
	}
	return sum
}

// physicalVolume is a label in the second sector, and metadata of a group "vg".
func physicalVolume() []byte {
	b := make([]byte, 8192)
	label := b[512:1024]
	copy(label, "LABELONE")
	le.PutUint64(label[8:], 1)
	le.PutUint32(label[20:], 32)
	copy(label[24:], "LVM2 001")
	copy(label[32:], "abcdefghijklmnopqrstuvwxyz012345")
	le.PutUint64(label[64:], 64<<20)
	le.PutUint64(label[72:], 1<<20)  // data area
	le.PutUint64(label[104:], 4096)  // metadata area
	le.PutUint64(label[112:], 1<<20) // its size
	le.PutUint32(label[16:], lvmSum(label[20:]))
	area := b[4096:]
	copy(area[4:], " LVM2 x[5A%r0N*>")
	le.PutUint32(area[20:], 1)
	le.PutUint64(area[24:], 4096)
	le.PutUint64(area[32:], 1<<20)
	le.PutUint64(area[40:], 512)
	text := "vg {\nid = \"x\"\n}\n"
	copy(area[512:], text)
	le.PutUint64(area[48:], uint64(len(text)))
	return b
}
