package storage

import (
	"cmp"
	"encoding/hex"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// identity computes what udev(7) would: the names by id of
// 60-persistent-storage.rules, and by path of its path_id. There may be more
// of them than udev makes, since they only serve to be found.
func (s Source) identity(d *Disk, dir string) {
	device := path.Join(dir, "device")
	if target, err := fs.ReadLink(s.Sys, device); err == nil {
		device = path.Join(dir, target)
	}
	vendor, model := s.line(device, "vendor"), s.line(device, "model")
	d.Serial = cmp.Or(s.line(dir, "serial"), s.line(device, "serial"))
	d.Model = clean(model)
	switch {
	case strings.HasPrefix(d.Name, "vd"):
		d.Model = ""
		d.addID("virtio-", d.Serial)
	case strings.HasPrefix(d.Name, "nvme"):
		d.addID("nvme-", s.line(dir, "wwid"))
		if d.Serial != "" {
			d.addID("nvme-", underscore(model)+"_"+underscore(d.Serial))
		}
	case strings.HasPrefix(d.Name, "mmcblk"):
		d.Model = clean(s.line(device, "name"))
		d.addID("mmc-", underscore(s.line(device, "name"))+"_"+s.line(device, "serial"))
	case strings.HasPrefix(d.Name, "sd"):
		if !strings.HasPrefix(vendor, "ATA") {
			d.Model = clean(vendor + " " + model)
		}
		s.scsi(d, device)
		s.usb(d, device, underscore(vendor)+"_"+underscore(model))
	}
	d.ByPath = s.byPath(device)
	slices.Sort(d.ByID)
	d.ByID = slices.Compact(d.ByID)
}

func (d *Disk) addID(prefix, id string) {
	if id = underscore(id); id != "" {
		d.ByID = append(d.ByID, prefix+id)
	}
}

func clean(s string) string { return strings.Join(strings.Fields(s), " ") }

// underscore is udev's way to make a word of a name.
func underscore(s string) string {
	return strings.Map(func(c rune) rune {
		if c <= ' ' || c >= 0x7f || c == '/' {
			return '_'
		}
		return c
	}, clean(s))
}

// scsi reads the vital product data: page 80 is the serial number, page 83
// holds the identifiers (SPC-4 §7.8.5). Behind SATA they are ATA's.
func (s Source) scsi(d *Disk, device string) {
	if b, err := fs.ReadFile(s.Sys, path.Join(device, "vpd_pg80")); err == nil && len(b) > 4 && d.Serial == "" {
		d.Serial = clean(printable(b[4:]))
	}
	b, err := fs.ReadFile(s.Sys, path.Join(device, "vpd_pg83"))
	if err != nil || len(b) < 4 {
		return
	}
	for b = b[4:]; len(b) >= 4; {
		n := int(b[3])
		if 4+n > len(b) {
			return
		}
		s.designator(d, b[0]&0xf, b[1], b[4:4+n])
		b = b[4+n:]
	}
}

// designator takes one identifier of page 83.
func (s Source) designator(d *Disk, codes, kind byte, id []byte) {
	if kind>>4&3 != 0 { // it names the port or target, not the disk
		return
	}
	text := printable(id)
	if codes == 1 {
		text = hex.EncodeToString(id)
	}
	switch kind & 0xf {
	case 1: // T10: vendor, then what the vendor likes
		if len(id) == 68 && strings.HasPrefix(text, "ATA ") {
			model, serial := clean(text[8:48]), clean(text[48:])
			d.Model, d.Serial = model, cmp.Or(d.Serial, serial)
			d.addID("ata-", model+"_"+underscore(serial))
		}
		d.addID("scsi-1", text)
	case 0:
		d.addID("scsi-0", text)
	case 2:
		d.addID("scsi-2", text)
		d.addID("wwn-0x", text)
	case 3:
		d.addID("scsi-3", text)
		d.addID("wwn-0x", text)
	}
}

func printable(b []byte) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return -1
		}
		return c
	}, string(b))
}

// usb looks for the USB device above a disk: its serial number stands there.
func (s Source) usb(d *Disk, device, name string) {
	for dir := device; dir != "." && dir != "devices"; dir = path.Dir(dir) {
		if s.line(dir, "idVendor") == "" {
			continue
		}
		serial := s.line(dir, "serial")
		d.Serial = cmp.Or(serial, d.Serial)
		lun := path.Base(device)
		if i := strings.LastIndex(lun, ":"); i >= 0 {
			lun = lun[i+1:]
		}
		if serial != "" {
			name += "_" + underscore(serial)
		}
		d.ByID = append(d.ByID, "usb-"+name+"-0:"+lun)
		return
	}
}

// byPath names the way from the PCI device to the disk.
func (s Source) byPath(device string) []string {
	parts := strings.Split(device, "/")
	pci := -1
	for i, part := range parts {
		if isPCI(part) {
			pci = i
		}
	}
	if pci < 0 {
		return nil
	}
	base := "pci-" + parts[pci]
	way := parts[pci+1:]
	last := parts[len(parts)-1]
	switch {
	case len(way) == 0:
		return []string{base}
	case strings.HasPrefix(way[0], "virtio") && len(way) == 1:
		return []string{base, "virtio-" + base}
	case way[0] == "nvme":
		return []string{base + "-nvme-1"}
	case strings.HasPrefix(way[0], "ata"):
		n := strings.TrimPrefix(way[0], "ata")
		port := cmp.Or(s.line(path.Join(strings.Join(parts[:pci+2], "/"), "ata_port", way[0]), "port_no"), n)
		return []string{base + "-ata-" + port, base + "-ata-" + port + ".0"}
	case strings.HasPrefix(way[0], "usb"):
		return s.usbPath(base, way, last)
	case strings.Count(last, ":") == 3:
		_, address, _ := strings.Cut(last, ":")
		return []string{base + "-scsi-0:" + address}
	}
	return nil
}

// usbPath names the port and interface: pci-…-usb-0:1.2:1.0-scsi-0:0:0:0.
func (s Source) usbPath(base string, way []string, last string) []string {
	for i := len(way) - 1; i > 0; i-- {
		_, port, ok := strings.Cut(way[i], "-")
		if !ok || !strings.Contains(port, ":") {
			continue
		}
		_, address, _ := strings.Cut(last, ":")
		return []string{base + "-usb-0:" + port + "-scsi-0:" + address}
	}
	return nil
}

// isPCI tells a PCI address: 0000:00:1f.2.
func isPCI(s string) bool {
	if len(s) < 12 || s[4] != ':' || s[7] != ':' || s[10] != '.' {
		return false
	}
	return strings.Trim(s, "0123456789abcdef:.") == ""
}
