package isotree

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"

	"cdbuilder/internal/iso9660"
)

// Sizes and types of partition tables (UEFI 2.10 §5.2).
const (
	diskBlock     = 512
	mbrProtective = 0xEE
	mbrESP        = 0xEF
	// grubBootBlock is where GRUB's boot_hybrid.img has the block of its boot
	// image, which it enters four blocks behind the start.
	grubBootBlock = 0x1B0
)

// hybrid checks the MBR and the GPT by which the image boots as a disk.
func (v *verifier) hybrid(context.Context) error {
	area := v.area
	if area == nil {
		v.add("hybrid", "system area", VerdictFail, "%v", v.areaFault)
		return nil
	}
	if !area.MBR.Signed && area.GPT == nil && area.Backup == nil {
		v.add("hybrid", "tables", VerdictNone, "no MBR and no GPT: the medium boots from CD only")
		return nil
	}
	v.mbr()
	v.bootCode()
	if area.GPT != nil || area.Backup != nil {
		v.gpt()
	}
	v.espPartition()
	return nil
}

func (v *verifier) mbr() {
	m := v.area.MBR
	if !m.Signed {
		v.add("hybrid", "MBR", VerdictFail, "it does not end with 55 AA")
		return
	}
	faults := 0
	for _, p := range m.Partitions {
		end := (int64(p.Start) + int64(p.Blocks)) * diskBlock
		if end > v.size && p.Type != mbrProtective {
			v.add("hybrid", "MBR", VerdictFail, "partition %d ends at byte %d, beyond the file's end at %d", p.Number, end, v.size)
			faults++
		}
	}
	if faults == 0 {
		v.add("hybrid", "MBR", VerdictOK, "%s", plural(len(m.Partitions), "partition", "partitions"))
	}
}

// bootCode checks that the code in the MBR starts the BIOS boot image.
func (v *verifier) bootCode() {
	bios, ok := v.biosImage()
	m := v.area.MBR
	switch grub, isGRUB := v.grubBlock(); {
	case m.Isohybrid && !ok:
		v.add("hybrid", "boot code", VerdictFail, "isohybrid, and the boot catalog has no BIOS image for it")
	case m.Isohybrid && m.BootBlock != uint64(bios.Block)*4:
		v.add("hybrid", "boot code", VerdictFail, "isohybrid looks for ISOLINUX at block %d; it is at %d", m.BootBlock, uint64(bios.Block)*4)
	case m.Isohybrid && !v.img.BootMark(bios.Block):
		v.add("hybrid", "boot code", VerdictFail, "isohybrid; the boot image at block %d is no isolinux.bin that it can start", m.BootBlock)
	case m.Isohybrid:
		v.add("hybrid", "boot code", VerdictOK, "isohybrid, starts the BIOS boot image at block %d", m.BootBlock)
	case isGRUB && ok && grub == uint64(bios.Block)*4+4:
		v.add("hybrid", "boot code", VerdictOK, "GRUB, starts the BIOS boot image at block %d", uint64(bios.Block)*4)
	case isGRUB && ok:
		v.add("hybrid", "boot code", VerdictFail, "GRUB looks for its boot image at block %d; it is at %d", grub, uint64(bios.Block)*4+4)
	default:
		v.add("hybrid", "boot code", VerdictNone, "none that is known: a BIOS may not boot this from USB")
	}
}

// biosImage is the boot image that a BIOS starts.
func (v *verifier) biosImage() (iso9660.BootImage, bool) {
	if v.catalog != nil {
		for _, image := range v.catalog.Images {
			if image.Platform == iso9660.BIOS {
				return image, true
			}
		}
	}
	return iso9660.BootImage{}, false
}

// grubBlock reads what GRUB's MBR is going to load.
func (v *verifier) grubBlock() (block uint64, ok bool) {
	b := make([]byte, diskBlock)
	if n, _ := v.r.ReadAt(b, 0); n < len(b) || !strings.Contains(string(b[:440]), "GRUB \x00") {
		return 0, false
	}
	return binary.LittleEndian.Uint64(b[grubBootBlock:]), true
}

// protective reports whether the MBR says that the GPT is in force.
func (v *verifier) protective() bool {
	for _, p := range v.area.MBR.Partitions {
		if p.Type == mbrProtective {
			return true
		}
	}
	return false
}

// gpt checks both copies of the GPT, and the MBR that must protect them. Where
// the MBR is not a protective one, as isohybrid leaves it, firmware reads only
// the MBR, and what is odd about the GPT does no harm.
func (v *verifier) gpt() {
	faults := faultsByTable(v.areaFault)
	oddity := VerdictWarn
	switch {
	case v.protective():
		oddity = VerdictFail
		v.add("hybrid", "protective MBR", VerdictOK, "the GPT is in force")
	case len(v.espPartitions()) > 0:
		v.add("hybrid", "protective MBR", VerdictOK, "none: in isohybrid's way, firmware reads the MBR and not the GPT")
	default:
		v.add("hybrid", "protective MBR", VerdictWarn, "none, so firmware does not look at the GPT")
	}
	for _, t := range []struct {
		name  string
		table *iso9660.GPT
	}{{"primary GPT", v.area.GPT}, {"backup GPT", v.area.Backup}} {
		g := t.table
		for _, f := range faults[t.name] {
			verdict := oddity
			if g != nil && (!g.HeaderCRC || !g.EntriesCRC) {
				verdict = VerdictFail
			}
			v.add("hybrid", t.name, verdict, "%s", f)
		}
		if g != nil && len(faults[t.name]) == 0 {
			v.add("hybrid", t.name, VerdictOK, "at block %d, checksums right, %s", g.Self, plural(len(g.Partitions), "partition", "partitions"))
		}
	}
	v.gptPositions(oddity)
	for _, f := range faults[""] {
		v.add("hybrid", "GPT", oddity, "%s", f)
	}
}

// faultsByTable sorts what iso9660 says of the tables by the table it is about.
func faultsByTable(err error) map[string][]string {
	faults := map[string][]string{}
	if err == nil {
		return faults
	}
	parts := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		parts = joined.Unwrap()
	}
	for _, p := range parts {
		table, text, ok := strings.Cut(p.Error(), ": ")
		if !ok || table != "primary GPT" && table != "backup GPT" {
			table, text = "", p.Error()
		}
		faults[table] = append(faults[table], text)
	}
	return faults
}

// gptPositions checks that the copies point at each other and the partitions
// lie in the file.
func (v *verifier) gptPositions(oddity Verdict) {
	a, b := v.area.GPT, v.area.Backup
	last := uint64(v.size/diskBlock) - 1
	if a != nil && a.Other != last {
		v.add("hybrid", "backup GPT", oddity, "the primary one looks for it at block %d; the last block is %d", a.Other, last)
	}
	if b != nil && b.Other != 1 {
		v.add("hybrid", "backup GPT", oddity, "it looks for the primary one at block %d instead of 1", b.Other)
	}
	if a == nil {
		return
	}
	for _, p := range a.Partitions {
		if p.Last > last {
			v.add("hybrid", "GPT", VerdictFail, "partition %d ends at block %d, beyond the last block %d", p.Number, p.Last, last)
		}
	}
}

// A partition is where one of either table lies, in bytes.
type partition struct {
	name          string
	start, length int64
}

// espPartitions lists the EFI system partitions of both tables.
func (v *verifier) espPartitions() (list []partition) {
	if v.area == nil {
		return nil
	}
	blocks := uint64(v.size / diskBlock)
	if v.area.GPT != nil {
		for _, p := range v.area.GPT.Partitions {
			if p.Type == iso9660.ESPType && p.First < blocks && p.Last >= p.First {
				length := min(p.Last, blocks) - p.First + 1
				list = append(list, partition{fmt.Sprintf("GPT partition %d", p.Number), int64(p.First) * diskBlock, int64(length) * diskBlock})
			}
		}
	}
	for _, p := range v.area.MBR.Partitions {
		if p.Type == mbrESP && uint64(p.Start) < blocks {
			list = append(list, partition{fmt.Sprintf("MBR partition %d", p.Number), int64(p.Start) * diskBlock, int64(p.Blocks) * diskBlock})
		}
	}
	return list
}

// espPartition checks that disk and CD boot from the same EFI image.
func (v *verifier) espPartition() {
	var uefi []int64
	if v.catalog != nil {
		for _, image := range v.catalog.Images {
			if image.Platform == iso9660.UEFI {
				uefi = append(uefi, v.bytesAt(image.Block))
			}
		}
	}
	list := v.espPartitions()
	switch {
	case len(list) == 0 && len(uefi) > 0:
		v.add("hybrid", "ESP", VerdictWarn, "no EFI system partition: UEFI boots this from CD and not from USB")
	case len(list) > 0 && len(uefi) == 0:
		v.add("hybrid", "ESP", VerdictWarn, "%s, and no UEFI entry in the boot catalog: UEFI boots this from USB and not from CD", list[0].name)
	}
	for _, p := range list {
		for i, start := range uefi {
			if p.start == start {
				v.add("hybrid", "ESP", VerdictOK, "%s is the UEFI image of the boot catalog", p.name)
				break
			}
			if i == len(uefi)-1 {
				v.add("hybrid", "ESP", VerdictWarn, "%s is another copy than the boot catalog's UEFI image", p.name)
			}
		}
	}
}
