package stage2

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"cdbuilder/internal/storage"
	"cdbuilder/internal/storage/signature"
	"cdbuilder/internal/wizard"
	"cdbuilder/kickstart/lint/data"
)

// disks are the machine's, without the medium.
func (in *installer) disks() ([]wizard.Disk, error) {
	found, err := storage.Probe(storage.Below(in.Root))
	if err != nil {
		return nil, err
	}
	var disks []wizard.Disk
	for i := range found {
		d := &found[i]
		if d.Name == in.medium.Device.Disk {
			continue
		}
		w := wizard.Disk{
			Name: d.Name, Size: storage.Bytes(d.Size), Model: printable(d.Model), Serial: printable(d.Serial), Holds: holds(d), ID: lasting(d, found),
			Unusable: d.InUse,
		}
		if d.ReadOnly && w.Unusable == "" {
			w.Unusable = "it can only be read"
		}
		for _, id := range d.ByID {
			w.Names = append(w.Names, "disk/by-id/"+id)
		}
		for _, way := range d.ByPath {
			w.Names = append(w.Names, "disk/by-path/"+way)
		}
		disks = append(disks, w)
	}
	if len(disks) == 0 {
		return nil, errors.New("this machine has no disk to install on: no driver found one, or there is only the medium")
	}
	return disks, nil
}

// wanted are the kinds of names below /dev/disk/by-id, the one that tells a
// person most first.
var wanted = []string{"ata-", "nvme-", "virtio-", "mmc-", "usb-", "scsi-", "wwn-"}

// lasting is the name by which the kickstart means the disk: one that stays
// when disks are added, where there is one that no other disk has.
func lasting(d *storage.Disk, all []storage.Disk) string {
	for _, kind := range wanted {
		for _, id := range d.ByID {
			shared := slices.ContainsFunc(all, func(o storage.Disk) bool { return o.Name != d.Name && slices.Contains(o.ByID, id) })
			// A list of disks has commas; = and patterns mean something else.
			if strings.HasPrefix(id, kind) && !shared && !strings.ContainsAny(id, `,=*?[]\"'#$`) {
				return "/dev/disk/by-id/" + id
			}
		}
	}
	return d.Name
}

// holds says what is on a disk.
func holds(d *storage.Disk) string {
	switch {
	case d.Table == "" && d.Content.Type == "":
		return ""
	case d.Table == "":
		return content(d.Content)
	case len(d.Partitions) == 0:
		return fmt.Sprintf("an empty partition table (%s)", d.Table)
	}
	var parts []string
	for _, p := range d.Partitions {
		what := content(p.Content)
		if what == "" {
			what = "nothing known"
		}
		parts = append(parts, fmt.Sprintf("%s %s %s", p.Name, storage.Bytes(p.Size), what))
	}
	if more := len(parts) - 6; more > 0 {
		parts = append(parts[:6], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, "; ")
}

func content(c signature.Content) string {
	what := map[string]string{
		signature.LVM: "LVM", signature.RAID: "RAID", signature.LUKS: "encrypted", signature.Swap: "swap",
	}[c.Type]
	if what == "" {
		what = c.Type
	}
	if c.Label != "" {
		what += " " + fmt.Sprintf("%q", printable(c.Label))
	}
	return what
}

// cards are the network cards for which there are drivers.
func (in *installer) cards() []wizard.Card {
	const net = "class/net"
	sys := os.DirFS(in.path("/sys"))
	entries, _ := fs.ReadDir(sys, net)
	var cards []wizard.Card
	for _, e := range entries {
		dir := path.Join(net, e.Name())
		if _, err := fs.Stat(sys, path.Join(dir, "device")); err != nil {
			continue // lo, and whatever else is no card
		}
		read := func(name string) string { return line(in.path("/sys/"+dir), name) }
		if read("type") != "1" { // Ethernet
			continue
		}
		cards = append(cards, wizard.Card{Name: e.Name(), MAC: read("address"), Link: read("carrier") == "1"})
	}
	return cards
}

// zones are the names of time zones.
func zones() []string {
	list := data.Lines(data.Zones)
	slices.Sort(list)
	return list
}
