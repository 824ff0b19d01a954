package iso9660

import (
	"fmt"
	"io"
)

// Where isolinux's boot information table lies in a boot image.
const (
	infoTableStart = 8
	infoTableEnd   = 64
	infoTableSize  = infoTableEnd - infoTableStart
)

// A BootInfo is isolinux's boot information table: what a boot image knows about
// where it lies. genisoimage -boot-info-table defines it.
type BootInfo struct {
	Descriptor uint32 // sector of the primary volume descriptor
	Sector     uint32 // where the boot image starts
	Size       uint32 // of the boot image in bytes
	Checksum   uint32 // sum of the image's 32-bit words from byte 64 on
}

func (b BootInfo) encode() []byte {
	t := make([]byte, infoTableSize)
	for i, v := range []uint32{b.Descriptor, b.Sector, b.Size, b.Checksum} {
		le.PutUint32(t[4*i:], v)
	}
	return t
}

func decodeBootInfo(b []byte) BootInfo {
	return BootInfo{le.Uint32(b), le.Uint32(b[4:]), le.Uint32(b[8:]), le.Uint32(b[12:])}
}

// bootChecksum adds up the 32-bit words of a boot image that is read from byte
// 64 on; the last word is filled up with zeros.
func bootChecksum(r io.Reader) (sum uint32, err error) {
	buf := make([]byte, 32<<10)
	for {
		n, err := io.ReadFull(r, buf)
		clear(buf[n:])
		for i := 0; i < n; i += 4 {
			sum += le.Uint32(buf[i:])
		}
		switch err {
		case nil:
		case io.EOF, io.ErrUnexpectedEOF:
			return sum, nil
		default:
			return 0, err
		}
	}
}

// isolinuxMark stands at byte 64 of an isolinux.bin that can be booted by a
// hybrid MBR; isohdpfx.bin looks for it.
const isolinuxMark = "\xFB\xC0\x78\x70"

// bootInfo reads a boot image once to fill its table, and to see whether it is
// what the hybrid MBR needs.
func (l *Layout) bootInfo(n *node) (BootInfo, error) {
	info := BootInfo{Descriptor: primarySector, Sector: n.sector, Size: uint32(n.entry.Size)}
	r, err := n.entry.Open()
	if err != nil {
		return info, fmt.Errorf("open boot image %s: %w", n.entry.Path, err)
	}
	defer func() { _ = r.Close() }() // only read; the pass opens it again
	var head [infoTableEnd]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return info, fmt.Errorf("read boot image %s: %w", n.entry.Path, err)
	}
	mark := make([]byte, len(isolinuxMark))
	if _, err := io.ReadFull(r, mark); err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return info, fmt.Errorf("read boot image %s: %w", n.entry.Path, err)
	}
	if l.bootedByMBR(n) && string(mark) != isolinuxMark {
		return info, fmt.Errorf("boot image %s is not an isolinux.bin that a hybrid MBR can boot: its mark at byte 64 is missing", n.entry.Path)
	}
	sum, err := bootChecksum(r)
	if err != nil {
		return info, fmt.Errorf("read boot image %s: %w", n.entry.Path, err)
	}
	info.Checksum = sum + le.Uint32(mark)
	return info, nil
}

// bootedByMBR reports whether the hybrid MBR loads n.
func (l *Layout) bootedByMBR(n *node) bool {
	h := l.opt.Hybrid
	return h != nil && len(h.MBRCode) != 0 && n.entry.Path == l.opt.ElTorito.Entries[0].Path
}
