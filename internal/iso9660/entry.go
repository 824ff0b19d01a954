package iso9660

import (
	"io"
	"io/fs"
	"time"
)

// SectorSize is the size in bytes of a sector and of a logical block of the
// images that Plan lays out.
const SectorSize = 2048

// An Entry is one file, directory or symbolic link of the image. Directories
// that only occur as parents of other entries need none; they get mode 0755.
// Everything belongs to user and group 0 and bears Options.Time.
type Entry struct {
	// Path is slash-separated and without a leading slash, in UTF-8. No
	// component may be longer than 253 bytes, the most that Linux reads.
	Path string

	// Mode holds the type (regular, fs.ModeDir or fs.ModeSymlink) and the
	// permission bits.
	Mode fs.FileMode

	// Size is the length of a regular file in bytes.
	Size int64

	// Target is what a symbolic link points to, at most 1023 bytes. Doubled
	// and trailing slashes are not kept: Rock Ridge records components.
	Target string

	// Open gives the content of a regular file: Size bytes, neither more nor
	// fewer. It may be nil when Size is 0. A file with a boot information
	// table is opened twice.
	Open func() (io.ReadCloser, error)

	// SHA256 is the content's digest as 64 hexadecimal digits, or empty. Given,
	// it is checked while the content is copied.
	SHA256 string

	// Weight orders the content in the image: light files lie at the head,
	// heavy ones at the tail, and files of one weight by path.
	Weight int

	// BootInfoTable asks for isolinux's boot information table at byte 8 of
	// this file, whether or not a boot entry names it.
	BootInfoTable bool
}

// Options describe the image as a whole.
type Options struct {
	// VolumeID is the volume label: 1 to 32 characters of [A-Za-z0-9_.-].
	// The Joliet descriptor holds its first 16.
	VolumeID string

	// SystemID (at most 32 bytes), VolumeSet, Publisher, Preparer and
	// Application (128 each) are printable ASCII and may be empty.
	SystemID    string
	VolumeSet   string
	Publisher   string
	Preparer    string
	Application string

	// Time stamps the volume and every file in it, in UTC, in whole seconds.
	Time time.Time

	// Joliet adds a second directory tree for Windows.
	Joliet bool

	// ElTorito makes the image bootable as a CD. Nil leaves it out.
	ElTorito *ElTorito

	// Hybrid makes the image bootable as a disk. Nil leaves it out.
	Hybrid *Hybrid

	// ImplantMD5 writes the checksum that checkisomd5 verifies.
	ImplantMD5 bool
}

// ElTorito describes the boot catalog.
type ElTorito struct {
	// CatalogPath is where the boot catalog shows in the tree; there must be
	// no Entry of that path.
	CatalogPath string

	// Entries in the order of the catalog. The first is the default entry,
	// which is the only one that a BIOS looks at.
	Entries []BootEntry
}

// A BootEntry is one boot image of the catalog, without emulation.
type BootEntry struct {
	Platform Platform

	// Path names the Entry that is the boot image.
	Path string

	// LoadSectors counts the 512-byte sectors that the firmware loads. 0 means
	// 4 for BIOS, and the whole image for UEFI.
	LoadSectors uint16

	// InfoTable asks for a boot information table, as Entry.BootInfoTable.
	InfoTable bool
}

// A Platform is an El Torito platform ID.
type Platform byte

// The platforms that an installer medium boots on.
const (
	BIOS Platform = 0x00
	UEFI Platform = 0xEF
)

// String gives the name that xorriso reports for p.
func (p Platform) String() string {
	switch p {
	case BIOS:
		return "BIOS"
	case 0x01:
		return "PPC"
	case 0x02:
		return "Mac"
	case UEFI:
		return "UEFI"
	}
	return "0x" + string("0123456789abcdef"[p>>4]) + string("0123456789abcdef"[p&15])
}

// Hybrid describes the MBR and the GPT in front of the volume descriptors.
type Hybrid struct {
	// MBRCode is isolinux's isohdpfx.bin, 432 bytes. It boots the default
	// entry of the boot catalog, which must then be an isolinux.bin and gets a
	// boot information table. Empty, the image boots as a disk under UEFI only.
	MBRCode []byte

	// ESPPath names the Entry that is the EFI system partition's FAT image; its
	// extent becomes a GPT partition. Empty, the GPT has no partition.
	ESPPath string
}
