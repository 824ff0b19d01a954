package iso9660

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf16"
)

// ErrNotISO is what Open's error wraps when there is no ISO 9660 primary volume
// descriptor.
var ErrNotISO = errors.New("not an ISO 9660 image")

// maxDescriptors bounds the search for the set's terminator.
const maxDescriptors = 64

// An Image is an ISO 9660 image that is read. As an fs.FS it shows the best of
// its views, Rock Ridge or else Joliet or else plain names; View gives another.
// Its methods may be called concurrently.
type Image struct {
	*FS

	src     *source
	primary Volume
	joliet  *Volume
	catalog uint32 // block of the boot catalog
	boot    bool   // there is a boot record
	appUse  [appUseSize]byte
	views   map[NameKind]*FS
}

// A Volume is what a primary or a Joliet volume descriptor says. Texts are
// without their padding.
type Volume struct {
	Label       string // volume identifier
	System      string
	Set         string // volume set identifier
	Publisher   string
	Preparer    string
	Application string
	Blocks      uint32 // size of the volume in logical blocks
	BlockSize   int    // in bytes: 512, 1024 or 2048
	Created     time.Time
	Modified    time.Time

	root recordHead
}

// Size is the size of the volume in bytes. That of the image may be another.
func (v Volume) Size() int64 { return int64(v.Blocks) * int64(v.BlockSize) }

// Open reads the volume descriptors of an image of size bytes, and its root
// directory's first record. It reads on from r as the Image is used.
func Open(r io.ReaderAt, size int64) (*Image, error) {
	img := &Image{src: &source{r: r, size: size}}
	found, err := img.readDescriptors()
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("%w: no primary volume descriptor in sector 16 or after", ErrNotISO)
	}
	img.openViews()
	return img, nil
}

// readDescriptors reads the volume descriptor set and reports whether it has a
// primary one. The first descriptor of each kind counts.
func (img *Image) readDescriptors() (found bool, err error) {
	d := make([]byte, SectorSize)
	for i := range int64(maxDescriptors) {
		if err := img.src.readAt(d, (primarySector+i)*SectorSize); err != nil {
			if found || errors.Is(err, io.ErrUnexpectedEOF) {
				return found, nil
			}
			return false, fmt.Errorf("read volume descriptor %d: %w", i, err)
		}
		if string(d[1:6]) != standardID || d[0] == descriptorTerminator {
			return found, nil
		}
		switch {
		case d[0] == descriptorPrimary && !found:
			if img.primary, err = decodeVolume(d, asciiText); err != nil {
				return false, fmt.Errorf("read the primary volume descriptor: %w", err)
			}
			img.src.block = int64(img.primary.BlockSize)
			copy(img.appUse[:], d[appUseOffset:])
			found = true
		case d[0] == descriptorBoot && !img.boot && bytes.HasPrefix(d[7:39], []byte(elToritoID)):
			img.boot, img.catalog = true, le.Uint32(d[71:])
		case d[0] == descriptorSupplementary && img.joliet == nil && isJoliet(d[88:120]):
			if v, err := decodeVolume(d, ucs2Text); err == nil {
				img.joliet = &v
			}
		}
	}
	return found, nil
}

// isJoliet looks for one of Joliet's three escape sequences.
func isJoliet(escapes []byte) bool {
	return escapes[0] == '%' && escapes[1] == '/' && bytes.IndexByte([]byte("@CE"), escapes[2]) >= 0
}

func decodeVolume(d []byte, text func([]byte) string) (Volume, error) {
	v := Volume{
		System: text(d[8:40]), Label: text(d[40:72]), Set: text(d[190:318]), Publisher: text(d[318:446]),
		Preparer: text(d[446:574]), Application: text(d[574:702]),
		Blocks: le.Uint32(d[80:]), BlockSize: int(le.Uint16(d[128:])),
		Created: decodeLongTime(d[813:830]), Modified: decodeLongTime(d[830:847]),
	}
	switch v.BlockSize {
	case 512, 1024, 2048:
	default:
		return v, fmt.Errorf("the logical block size is %d", v.BlockSize)
	}
	root, err := decodeRecord(d[156:190])
	if err != nil {
		return v, fmt.Errorf("root directory record: %w", err)
	}
	if !root.isDir() {
		return v, errors.New("root directory record: is not that of a directory")
	}
	v.root = root
	return v, nil
}

func asciiText(b []byte) string { return strings.TrimRight(latin1(b), " \x00") }

func ucs2Text(b []byte) string { return strings.TrimRight(decodeUCS2(b), " \x00") }

func decodeUCS2(b []byte) string {
	units := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, be.Uint16(b))
	}
	return string(utf16.Decode(units))
}

// latin1 makes a string of bytes that may be UTF-8, as ours and xorriso's are,
// and else are taken as ISO 8859-1.
func latin1(b []byte) string {
	if s := string(b); strings.ToValidUTF8(s, "") == s {
		return s
	}
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}

// Primary is the primary volume descriptor; its Label is the label that Linux
// knows the medium by.
func (img *Image) Primary() Volume { return img.primary }

// Joliet is the Joliet volume descriptor, when there is one; its Label is the one
// that GRUB and Windows see.
func (img *Image) Joliet() (Volume, bool) {
	if img.joliet == nil {
		return Volume{}, false
	}
	return *img.joliet, true
}

// Size is the size in bytes that Open was told.
func (img *Image) Size() int64 { return img.src.size }

// A source reads the image and knows its limits.
type source struct {
	r     io.ReaderAt
	size  int64
	block int64 // size of a logical block
}

// readAt fills b; what lies beyond the image is io.ErrUnexpectedEOF.
func (s *source) readAt(b []byte, offset int64) error {
	if offset < 0 || offset > s.size-int64(len(b)) {
		return fmt.Errorf("%d bytes at %d lie beyond the image's end at %d: %w", len(b), offset, s.size, io.ErrUnexpectedEOF)
	}
	n, err := s.r.ReadAt(b, offset)
	switch {
	case n == len(b):
		return nil
	case err == nil || err == io.EOF:
		return io.ErrUnexpectedEOF
	}
	return err
}
