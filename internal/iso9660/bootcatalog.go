package iso9660

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxCatalog is how much of a boot catalog is read, in bytes; nearly all have
// one sector.
const maxCatalog = 16 * SectorSize

// ErrNoCatalog says that an image has no El Torito boot record.
var ErrNoCatalog = errors.New("no El Torito boot record")

// A BootCatalog is an El Torito boot catalog that is read.
type BootCatalog struct {
	Block   uint32 // where it lies, in logical blocks
	ID      string // of who made it; often empty
	Images  []BootImage
	Sectors int // sectors of 2,048 bytes that it takes
}

// A BootImage is an entry of the catalog. The first one is the default entry.
type BootImage struct {
	Platform    Platform
	Section     string // selection ID of the section that the entry is in
	Bootable    bool
	Emulation   byte   // 0 none, 1 to 3 diskette, 4 hard disk
	LoadSegment uint16 // 0 means 0x7C0
	SystemType  byte
	LoadSectors uint16 // of 512 bytes
	Block       uint32 // where the image starts, in logical blocks
}

// BootCatalog reads the boot catalog. Where it is malformed, what precedes the
// fault is returned beside the error. Without one the error is ErrNoCatalog.
func (img *Image) BootCatalog() (*BootCatalog, error) {
	if !img.boot {
		return nil, ErrNoCatalog
	}
	c := &BootCatalog{Block: img.catalog}
	start := int64(img.catalog) * img.src.block
	r := catalogReader{src: img.src, next: start, end: start + maxCatalog}
	err := c.read(&r)
	c.Sectors = int(sectors(r.next - start))
	if err != nil {
		return c, fmt.Errorf("read the boot catalog at block %d: %w", img.catalog, err)
	}
	return c, nil
}

type catalogReader struct {
	src       *source
	next, end int64
}

func (r *catalogReader) record() ([]byte, error) {
	b := make([]byte, catalogRecord)
	if r.next >= r.end {
		return nil, fmt.Errorf("it goes on beyond %d bytes", maxCatalog)
	}
	if err := r.src.readAt(b, r.next); err != nil {
		return nil, err
	}
	r.next += catalogRecord
	return b, nil
}

func (c *BootCatalog) read(r *catalogReader) error {
	v, err := r.record()
	if err != nil {
		return err
	}
	if v[0] != validationHeader || v[30] != 0x55 || v[31] != 0xAA {
		return errors.New("there is no validation entry")
	}
	if sum16(v) != 0 {
		return errors.New("the validation entry's checksum is wrong")
	}
	c.ID = strings.TrimRight(latin1(v[4:28]), " \x00")
	e, err := r.record()
	if err != nil {
		return err
	}
	c.Images = append(c.Images, decodeBootImage(e, Platform(v[1]), ""))
	for {
		h, err := r.record()
		if err != nil {
			return err
		}
		if h[0] != sectionMore && h[0] != sectionLast {
			return nil // a catalog without sections just ends
		}
		if err := c.section(r, h); err != nil {
			return err
		}
		if h[0] == sectionLast {
			return nil
		}
	}
}

// section reads the entries that follow a section header, and passes over
// their extensions.
func (c *BootCatalog) section(r *catalogReader, header []byte) error {
	id := strings.TrimRight(latin1(header[4:32]), " \x00")
	for range le.Uint16(header[2:]) {
		e, err := r.record()
		for err == nil && e[0] == entryExtension {
			e, err = r.record()
		}
		if err != nil {
			return err
		}
		if e[0] != entryBootable && e[0] != entryNotBootable {
			return fmt.Errorf("there is no section entry at byte %d", r.next-catalogRecord)
		}
		c.Images = append(c.Images, decodeBootImage(e, Platform(header[1]), id))
	}
	return nil
}

func decodeBootImage(e []byte, p Platform, section string) BootImage {
	return BootImage{
		Platform: p, Section: section, Bootable: e[0] == entryBootable, Emulation: e[1] & 0x0F,
		LoadSegment: le.Uint16(e[2:]), SystemType: e[4], LoadSectors: le.Uint16(e[6:]), Block: le.Uint32(e[8:]),
	}
}

// BootInfo reads the boot information table of the boot image that starts at a
// block, and reports whether it is one: whether it names the primary volume
// descriptor and that very block, and its checksum is right.
func (img *Image) BootInfo(block uint32) (info BootInfo, valid bool, err error) {
	start := int64(block) * img.src.block
	head := make([]byte, infoTableEnd)
	if err := img.src.readAt(head, start); err != nil {
		return info, false, fmt.Errorf("read the boot image at block %d: %w", block, err)
	}
	info = decodeBootInfo(head[infoTableStart:])
	if info.Descriptor != primarySector || info.Sector != block || info.Size < infoTableEnd ||
		int64(info.Size) > img.src.size-start {
		return info, false, nil
	}
	sum, err := bootChecksum(io.NewSectionReader(img.src.r, start+infoTableEnd, int64(info.Size)-infoTableEnd))
	if err != nil {
		return info, false, fmt.Errorf("read the boot image at block %d: %w", block, err)
	}
	return info, sum == info.Checksum, nil
}

// BootMark reports whether the boot image at a block is an isolinux.bin that a
// hybrid MBR can boot.
func (img *Image) BootMark(block uint32) bool {
	mark := make([]byte, len(isolinuxMark))
	err := img.src.readAt(mark, int64(block)*img.src.block+infoTableEnd)
	return err == nil && string(mark) == isolinuxMark
}
