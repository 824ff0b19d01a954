package storage_test

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"cdbuilder/internal/storage"
	"cdbuilder/internal/storage/table"

	"github.com/google/go-cmp/cmp"
)

// sysfs makes a tree of files and links: a value that begins with "->" is a
// link's target.
func sysfs(files map[string]string) fstest.MapFS {
	tree := make(fstest.MapFS)
	for name, text := range files {
		if target, ok := strings.CutPrefix(text, "->"); ok {
			tree[name] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
			continue
		}
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return tree
}

// page83 is a page of vital product data with these designators.
func page83(designators ...[]byte) string {
	body := bytes.Join(designators, nil)
	head := []byte{0, 0x83, 0, 0}
	binary.BigEndian.PutUint16(head[2:], uint16(len(body)))
	return string(append(head, body...))
}

func designator(codes, kind byte, id string) []byte {
	return append([]byte{codes, kind, 0, byte(len(id))}, id...)
}

// device is a disk that is bytes.
// TestMultipath: one disk on two paths is not taken for two, and a member of a
// RAID of the firmware is not taken for a disk.
func TestMultipath(t *testing.T) {
	page := page83(designator(1, 3, "\x60\x01\x40\x5a\xbc\xde\xf0\x12"))
	sys := sysfs(map[string]string{
		"block/sda/size": "16384", "block/sda/device/vpd_pg83": page,
		"block/sdb/size": "16384", "block/sdb/device/vpd_pg83": page,
		"block/sdc/size": "16384",
	})
	member := make([]byte, 8<<20)
	copy(member[len(member)-1024:], "Intel Raid ISM Cfg Sig. ")
	disks, err := storage.Probe(storage.Source{Sys: sys, Proc: sysfs(nil), Open: func(name string) (storage.Device, error) {
		if name == "sdc" {
			return device{bytes.NewReader(member)}, nil
		}
		return device{bytes.NewReader(make([]byte, 8<<20))}, nil
	}})
	if err != nil || len(disks) != 3 {
		t.Fatal(disks, err)
	}
	for i, want := range []string{"the same disk as sdb", "the same disk as sda", "RAID of the firmware"} {
		if !strings.Contains(disks[i].InUse, want) {
			t.Errorf("%s is in use by %q, want %q", disks[i].Name, disks[i].InUse, want)
		}
	}
}

type device struct{ *bytes.Reader }

func (device) Close() error { return nil }

// TestProbe reads a machine as sysfs shows it: an ATA, a SCSI, a USB, an NVMe,
// a virtio and an eMMC disk, and what is none.
func TestProbe(t *testing.T) {
	pad := func(s string, n int) string { return s + strings.Repeat(" ", n-len(s)) }
	ata := "devices/pci0000:00/0000:00:1f.2/ata3/host2/target2:0:0/2:0:0:0"
	scsi := "devices/pci0000:00/0000:00:05.0/virtio3/host6/target6:0:1/6:0:1:2"
	usb := "devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host7/target7:0:0/7:0:0:0"
	nvme := "devices/pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme0"
	virtio := "devices/pci0000:00/0000:00:04.0/virtio1"
	mmc := "devices/platform/soc/mmc_host/mmc0/mmc0:0001"
	sys := sysfs(map[string]string{
		"block/sda":     "->../" + ata + "/block/sda",
		"block/sdb":     "->../" + scsi + "/block/sdb",
		"block/sdc":     "->../" + usb + "/block/sdc",
		"block/nvme0n1": "->../" + nvme + "/nvme0n1",
		"block/vda":     "->../" + virtio + "/block/vda",
		"block/mmcblk0": "->../" + mmc + "/block/mmcblk0",
		"block/sr0":     "->../devices/virtual/block/sr0",
		"block/loop0":   "->../devices/virtual/block/loop0",
		"block/dm-0":    "->../devices/virtual/block/dm-0",
		"block/sdd":     "->../devices/empty/block/sdd",

		ata + "/block/sda/size": "8192\n", ata + "/block/sda/dev": "8:0\n", ata + "/block/sda/queue/logical_block_size": "512\n",
		ata + "/block/sda/removable": "0\n", ata + "/block/sda/ro": "0\n",
		ata + "/block/sda/device": "->../../../2:0:0:0",
		ata + "/vendor":           "ATA     \n", ata + "/model": "QEMU HARDDISK   \n",
		ata + "/vpd_pg80": "\x00\x80\x00\x14             QM00005",
		ata + "/vpd_pg83": page83(
			designator(2, 0, "QM00005             "),
			designator(2, 1, pad("ATA", 8)+pad("QEMU HARDDISK", 40)+pad("QM00005", 20)),
			designator(1, 3, "\x50\x01\x48\x88\x8d\x6f\x1c\x2a"),
			designator(1, 0x13, "\x50\x01\x00\x00\x00\x00\x00\x00"), // a port
		),
		ata + "/block/sda/sda1/partition": "1\n", ata + "/block/sda/sda1/dev": "8:1\n",
		ata + "/block/sda/sda1/start": "2048\n", ata + "/block/sda/sda1/size": "2048\n",
		"devices/pci0000:00/0000:00:1f.2/ata3/ata_port/ata3/port_no": "1\n",
		ata + "/block/sda/sda2/dev":                                  "8:2\n",
		ata + "/block/sda/sda2/holders/dm-0":                         "x",
		"block-dm":                                                   "x",
		"devices/virtual/block/dm-0/dm/name":                         "vg-root\n",
		"devices/virtual/block/dm-0/size":                            "100\n",

		scsi + "/block/sdb/size": "16384\n", scsi + "/block/sdb/ro": "1\n", scsi + "/block/sdb/device": "->../../../6:0:1:2",
		scsi + "/vendor": "ACME    \n", scsi + "/model": "Array 9000\n",
		scsi + "/vpd_pg83": page83(designator(1, 3, "\x60\x01\x40\x5a\xbc\xde\xf0\x12\x34\x56\x78\x9a\xbc\xde\xf0\x12")) + "\x01\x03\x00\xff",

		usb + "/block/sdc/size": "16384\n", usb + "/block/sdc/removable": "1\n", usb + "/block/sdc/device": "->../../../7:0:0:0",
		usb + "/vendor": "Stick   \n", usb + "/model": "Fast One        \n",
		"devices/pci0000:00/0000:00:14.0/usb1/1-2/idVendor": "0951\n", "devices/pci0000:00/0000:00:14.0/usb1/1-2/serial": "AB12/34\n",

		nvme + "/nvme0n1/size": "16384\n", nvme + "/nvme0n1/queue/logical_block_size": "4096\n", nvme + "/nvme0n1/wwid": "eui.0025388b71b0a1c2\n",
		nvme + "/nvme0n1/device": "->../../nvme0", nvme + "/model": "ACME SSD 1TB            \n", nvme + "/serial": "S123   \n",

		virtio + "/block/vda/size": "16384\n", virtio + "/block/vda/serial": "precious\n", virtio + "/block/vda/device": "->../../../virtio1",
		virtio + "/vendor": "0x1af4\n",

		mmc + "/block/mmcblk0/size": "16384\n", mmc + "/block/mmcblk0/device": "->../../../mmc0:0001",
		mmc + "/name": "DG4016\n", mmc + "/serial": "0x0103ac4a\n",

		"devices/virtual/block/sr0/size": "100\n", "devices/virtual/block/loop0/size": "100\n", "devices/empty/block/sdd/size": "0\n",
	})
	proc := sysfs(map[string]string{
		"self/mountinfo": "22 1 8:1 / /srv/my\\040data rw - ext4 /dev/sda1 rw\n30 1 0:30 / /pool rw,relatime - btrfs /dev/mmcblk0 rw\n",
		"swaps":          "Filename Type Size Used Priority\n/dev/vda partition 1 0 -2\n",
		"meminfo":        "MemTotal:        2048 kB\n",
	})
	image := make([]byte, 4<<20)
	d := diskImage(t, image)
	open := func(name string) (storage.Device, error) {
		if name == "nvme0n1" {
			return nil, os.ErrPermission
		}
		if name == "sda" {
			return device{bytes.NewReader(d)}, nil
		}
		return device{bytes.NewReader(make([]byte, 8<<20))}, nil
	}
	m, err := storage.Source{Sys: sys, Proc: proc, Open: open}.Machine()
	if err != nil {
		t.Fatal(err)
	}
	want := []storage.Disk{
		{Name: "sda", Size: 4 << 20, Sector: 512, Model: "QEMU HARDDISK", Serial: "QM00005", InUse: "sda1 is mounted at /srv/my data", Table: table.GPT,
			ByID:   []string{"ata-QEMU_HARDDISK_QM00005", "scsi-0QM00005", "scsi-1ATA_QEMU_HARDDISK_QM00005", "scsi-35001488" + "88d6f1c2a", "wwn-0x500148888d6f1c2a"},
			ByPath: []string{"pci-0000:00:1f.2-ata-1", "pci-0000:00:1f.2-ata-1.0"}},
		{Name: "sdb", Size: 8 << 20, Sector: 512, Model: "ACME Array 9000", ReadOnly: true,
			ByID: []string{"scsi-36001405abcdef0123456789abcdef012", "wwn-0x6001405abcdef0123456789abcdef012"}, ByPath: []string{"pci-0000:00:05.0-scsi-0:0:1:2"}},
		{Name: "sdc", Size: 8 << 20, Sector: 512, Model: "Stick Fast One", Serial: "AB12/34", Removable: true,
			ByID: []string{"usb-Stick_Fast_One_AB12_34-0:0"}, ByPath: []string{"pci-0000:00:14.0-usb-0:2:1.0-scsi-0:0:0:0"}},
		{Name: "vda", Size: 8 << 20, Sector: 512, Serial: "precious", InUse: "used as swap",
			ByID: []string{"virtio-precious"}, ByPath: []string{"pci-0000:00:04.0", "virtio-pci-0000:00:04.0"}},
		{Name: "mmcblk0", Size: 8 << 20, Sector: 512, Model: "DG4016", Serial: "0x0103ac4a", InUse: "mounted at /pool", ByID: []string{"mmc-DG4016_0x0103ac4a"}},
		{Name: "nvme0n1", Size: 8 << 20, Sector: 4096, Model: "ACME SSD 1TB", Serial: "S123", InUse: "not readable: permission denied",
			ByID: []string{"nvme-ACME_SSD_1TB_S123", "nvme-eui.0025388b71b0a1c2"}, ByPath: []string{"pci-0000:03:00.0-nvme-1"}},
	}
	got := m.Disks
	for i := range got {
		got[i].Partitions, got[i].TableID = nil, ""
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if m.Firmware != storage.BIOS || m.Memory != 2<<20 {
		t.Errorf("firmware %s, %d bytes of memory", m.Firmware, m.Memory)
	}
}

// diskImage writes a GPT of two partitions into an image.
func diskImage(t *testing.T, image []byte) []byte {
	t.Helper()
	id := "11111111-2222-4333-8444-555555555555"
	tab := &table.Table{Kind: table.GPT, ID: id, Entries: []table.Entry{
		{Number: 1, Start: 1 << 20, Size: 1 << 20, Type: table.TypeLinux, GUID: id},
		{Number: 2, Start: 2 << 20, Size: 1 << 20, Type: table.TypeLinux, GUID: id},
	}}
	if err := tab.Write(memory(image), int64(len(image)), 512); err != nil {
		t.Fatal(err)
	}
	return image
}

type memory []byte

func (m memory) ReadAt(p []byte, at int64) (int, error)  { return copy(p, m[at:]), nil }
func (m memory) WriteAt(p []byte, at int64) (int, error) { return copy(m[at:], p), nil }
