// Package fat builds FAT file system images and reads foreign ones: the EFI
// system partition on a medium, above all.
//
// The builder takes a list of files and gives one sequential stream: Plan
// decides the whole layout, WriteTo writes it from the first sector to the
// last, so nothing is seeked and only the allocation table is held in memory.
// The same list and options always give the same bytes. Open gives any image
// as an fs.FS; it trusts nothing the image says about itself.
//
// The format is Microsoft's "FAT32 File System Specification" 1.03 (FAT12,
// FAT16, FAT32, and long names), as UEFI 2.10 §13.3 takes it over.
package fat

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Limits of the format.
const (
	sectorSize    = 512                // bytes; what the builder writes
	direntSize    = 32                 // bytes of one directory slot
	maxDirSize    = 65536 * direntSize // bytes of one directory, §6
	maxFileSize   = 1<<32 - 1          // bytes of one file
	maxLongName   = 255                // UTF-16 units of one name
	bootSignature = 0xAA55             // at byte 510 of the boot sector
	leastRoot     = 512                // slots of the root directory of FAT12 and FAT16, §3.1
	reserved32    = 32                 // sectors before the tables of FAT32
	mediaFixed    = 0xF8               // media byte of a disk that is no floppy
	fat12Limit    = 4085               // clusters from which on it is FAT16, §3.5
	fat16Limit    = 65525              // clusters from which on it is FAT32
	fat32Limit    = 0x0FFFFFF5         // clusters that 28-bit entries can name
	typeMargin    = 16                 // stay that far from the limits: drivers disagree by a few
	alignment     = 2048 / sectorSize  // images end on a CD's sector
	attrReadOnly  = 0x01               // directory entry attributes, §6
	attrHidden    = 0x02
	attrSystem    = 0x04
	attrVolume    = 0x08
	attrDirectory = 0x10
	attrArchive   = 0x20
	attrLong      = attrReadOnly | attrHidden | attrSystem | attrVolume
)

// Entry is one file or directory of an image. Directories on the way to a file
// need no entry of their own.
type Entry struct {
	Path string // slash separated, relative: EFI/BOOT/BOOTX64.EFI
	Dir  bool   // a directory; Size, Data and Open are unused
	Size int64  // bytes that Open will give; unused where Data is set
	Data []byte // the content itself, or nil
	// Open gives the content where Data is nil; called once, during WriteTo.
	Open func() (io.ReadCloser, error)
}

// Options says how the image is to be.
type Options struct {
	Label string    // volume label, at most 11 characters; empty: NO NAME
	Time  time.Time // stamp of every entry, written in UTC with 2 s resolution
	Size  int64     // bytes of the image, a multiple of 2048; 0: as small as the files allow
	Bits  int       // 12, 16 or 32; 0: what suits the size
}

// Validate reports all faults of the options.
func (o Options) Validate() error {
	var faults []error
	if _, err := labelField(o.Label); err != nil {
		faults = append(faults, err)
	}
	if y := o.Time.UTC().Year(); y < 1980 || y > 2107 {
		faults = append(faults, fmt.Errorf("time %s cannot be written in a FAT image, which knows the years 1980 to 2107", o.Time.UTC().Format(time.DateOnly)))
	}
	if o.Size < 0 || o.Size%(alignment*sectorSize) != 0 {
		faults = append(faults, fmt.Errorf("image size %d is not a multiple of %d bytes", o.Size, alignment*sectorSize))
	}
	switch o.Bits {
	case 0, 12, 16, 32:
	default:
		faults = append(faults, fmt.Errorf("there is no FAT%d; use 12, 16, 32 or 0", o.Bits))
	}
	return errors.Join(faults...)
}

// content is the number of bytes the entry brings.
func (e *Entry) content() int64 {
	switch {
	case e.Dir:
		return 0
	case e.Data != nil:
		return int64(len(e.Data))
	}
	return e.Size
}

// stamp is a time as directory entries hold it: date, time of day.
func stamp(t time.Time) (date, clock uint16) {
	t = t.UTC()
	date = uint16(t.Year()-1980)<<9 | uint16(t.Month())<<5 | uint16(t.Day())
	clock = uint16(t.Hour())<<11 | uint16(t.Minute())<<5 | uint16(t.Second()/2)
	return date, clock
}

// unstamp is the reverse of stamp; a nonsensical date gives the zero time.
func unstamp(date, clock uint16) time.Time {
	month, day := time.Month(date>>5&15), int(date&31)
	if month < 1 || month > 12 || day < 1 {
		return time.Time{}
	}
	return time.Date(1980+int(date>>9), month, day, int(clock>>11), int(clock>>5&63), int(clock&31)*2, 0, time.UTC)
}
