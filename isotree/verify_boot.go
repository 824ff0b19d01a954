package isotree

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path"
	"strings"

	"cdbuilder/internal/iso9660"
)

// bootRecord is how an El Torito boot record volume descriptor begins (El Torito
// 1.0, figure 7).
const (
	bootRecord       = "\x00CD001\x01EL TORITO SPECIFICATION\x00"
	bootRecordSector = 17
	lastDescriptor   = 80 // where the search for a misplaced record ends

	maxBootEntries = 32       // that are looked at
	maxBootLoader  = 64 << 20 // bytes that a boot information table may cover
)

// boot checks the El Torito boot catalog and the boot images.
func (v *verifier) boot(context.Context) error {
	v.patched = map[string]string{}
	catalog, err := v.img.BootCatalog()
	v.bootRecord(err)
	if errors.Is(err, iso9660.ErrNoCatalog) {
		return nil
	}
	v.catalog = catalog
	where := fmt.Sprintf("block %d", catalog.Block)
	if p := v.files.at(catalog.Block); p != "" {
		where = fmt.Sprintf("%s, block %d", p, catalog.Block)
		v.patched[p] = "the boot catalog is written with the image"
	}
	if err != nil {
		v.add("el torito", "catalog", VerdictFail, "%s: %v", where, err)
	} else {
		v.add("el torito", "catalog", VerdictOK, "%s, %s", where, plural(len(catalog.Images), "entry", "entries"))
	}
	for i, image := range catalog.Images {
		if i == maxBootEntries {
			v.add("el torito", "entries", VerdictWarn, "only the first %d were looked at", maxBootEntries)
			break
		}
		v.bootImage(fmt.Sprintf("entry %d, %s", i+1, image.Platform), image)
	}
	return nil
}

// bootRecord checks where the boot record stands.
func (v *verifier) bootRecord(catalogErr error) {
	at := v.findBootRecord()
	switch {
	case at == bootRecordSector:
		v.add("el torito", "boot record", VerdictOK, "in sector %d", bootRecordSector)
	case at > 0:
		v.add("el torito", "boot record", VerdictFail, "in sector %d; a BIOS such as SeaBIOS looks nowhere else than in %d", at, bootRecordSector)
	case !errors.Is(catalogErr, iso9660.ErrNoCatalog):
		v.add("el torito", "boot record", VerdictFail, "not in sector %d", bootRecordSector)
	default:
		v.noBootRecord()
	}
}

// findBootRecord gives the sector of the boot record, or 0.
func (v *verifier) findBootRecord() int64 {
	b := make([]byte, len(bootRecord))
	for sector := int64(bootRecordSector - 1); sector < lastDescriptor; sector++ {
		if n, _ := v.r.ReadAt(b, sector*iso9660.SectorSize); n == len(b) && string(b) == bootRecord {
			return sector
		}
	}
	return 0
}

// noBootRecord tells a medium that is not meant to boot from one that has lost
// its boot record.
func (v *verifier) noBootRecord() {
	for _, f := range v.files.files {
		if name := strings.ToLower(path.Base(f.path)); name == "isolinux.bin" || name == "eltorito.img" || isESPName(f.path) {
			v.add("el torito", "boot record", VerdictFail, "none in sector %d, though /%s is here: no firmware boots this as a CD", bootRecordSector, f.path)
			return
		}
	}
	v.add("el torito", "boot record", VerdictNone, "none; the medium does not boot as a CD")
}

// bootImage checks an entry of the catalog.
func (v *verifier) bootImage(check string, image iso9660.BootImage) {
	start := v.bytesAt(image.Block)
	if start >= v.size {
		v.add("el torito", check, VerdictFail, "its image is at block %d, beyond the end of the file", image.Block)
		return
	}
	p := v.files.at(image.Block)
	where := fmt.Sprintf("%s at block %d, loads %d × 512 bytes", p, image.Block, image.LoadSectors)
	if p == "" {
		where = fmt.Sprintf("block %d, which no file has, loads %d × 512 bytes", image.Block, image.LoadSectors)
	}
	if image.Emulation != 0 {
		where += fmt.Sprintf(", emulates a disk (type %d)", image.Emulation)
	}
	switch {
	case !image.Bootable:
		v.add("el torito", check, VerdictWarn, "%s; it is marked as not bootable", where)
	case image.Platform == iso9660.BIOS && image.LoadSectors == 0:
		v.add("el torito", check, VerdictWarn, "%s; not every BIOS takes 0 for 4", where)
	case v.loadsPart(image, p):
		v.add("el torito", check, VerdictWarn, "%s; firmware sees no more than that of the image, which is larger", where)
	default:
		v.add("el torito", check, VerdictOK, "%s", where)
	}
	if image.Platform == iso9660.BIOS && image.Emulation == 0 {
		v.bootInfo(check, image.Block, p)
	}
}

// loadsPart reports whether a UEFI entry declares less than its image has. Of 0
// and 1, firmware makes all there is (UEFI 2.10 §13.3.2.1).
func (v *verifier) loadsPart(image iso9660.BootImage, p string) bool {
	f, ok := v.files.find(p)
	return ok && image.Platform == iso9660.UEFI && image.LoadSectors > 1 && int64(image.LoadSectors)*diskBlock < f.size
}

// bootInfo checks the boot information table of a BIOS image. ISOLINUX needs
// one; other loaders may do without.
func (v *verifier) bootInfo(check string, block uint32, p string) {
	check += ", info table"
	if size := v.infoSize(block); size > maxBootLoader {
		v.add("el torito", check, VerdictNone, "the boot image has none")
		return
	}
	info, valid, err := v.img.BootInfo(block)
	isolinux := v.img.BootMark(block) || strings.EqualFold(path.Base(p), "isolinux.bin")
	switch {
	case err != nil:
		v.add("el torito", check, VerdictFail, "%v", err)
	case valid:
		v.add("el torito", check, VerdictOK, "%d bytes at sector %d, checksum right", info.Size, info.Sector)
		if p != "" {
			v.patched[p] = "it has a boot information table, whose own checksum is right"
		}
	case isolinux:
		v.add("el torito", check, VerdictFail, "%s", infoFault(info, block))
	case info.Descriptor == 16 && info.Sector == block:
		v.add("el torito", check, VerdictFail, "there is one, and its checksum is wrong")
	default:
		v.add("el torito", check, VerdictNone, "the boot image has none")
	}
}

// infoFault says what is wrong with the table of an isolinux.bin.
func infoFault(info iso9660.BootInfo, block uint32) string {
	switch {
	case info.Descriptor != 16:
		return fmt.Sprintf("it names sector %d as that of the volume descriptor, which is 16", info.Descriptor)
	case info.Sector != block:
		return fmt.Sprintf("it says that ISOLINUX is at sector %d; it is at %d", info.Sector, block)
	}
	return "the checksum is wrong: the boot image was changed after its table was written"
}

// infoSize is the length that the table, when it is one, claims for the image.
func (v *verifier) infoSize(block uint32) uint32 {
	b := make([]byte, 4)
	if n, _ := v.r.ReadAt(b, v.bytesAt(block)+16); n < len(b) {
		return 0
	}
	return binary.LittleEndian.Uint32(b)
}
