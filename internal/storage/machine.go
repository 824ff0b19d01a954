// Package storage turns a kickstart and a machine's disks into a plan, and the
// plan into disks.
//
// Probe reads the machine: its disks, what names they go by, what is on them
// and whether they are in use. Make lays out a Plan, a plain value in which
// every size, device name and UUID is settled: it prints itself for a person,
// writes the fstab, crypttab and mdadm.conf of the system to come, and lists
// the Steps that lead there. Nothing is touched until Execute does those.
//
// What a kickstart means is what Anaconda makes of it (its documentation of
// clearpart, part, raid, volgroup, logvol, btrfs, autopart and reqpart; growth
// is shared as its library blivet does). What is not done here is refused by
// name, with the line, before anything is written.
//
// A disk is written to only where all of this is so: the kickstart does not
// exclude it; it is not the installation medium, not in use, not read-only;
// and, where it is removable, the kickstart names it.
package storage

import (
	"slices"
	"strconv"
	"strings"

	"cdbuilder/internal/storage/signature"
	"cdbuilder/internal/storage/table"
)

// Firmware is what starts the machine.
type Firmware string

// The firmwares.
const (
	BIOS Firmware = "bios"
	UEFI Firmware = "uefi"
)

// Machine is what a plan is made for.
type Machine struct {
	Disks    []Disk
	Firmware Firmware
	// Medium is the device that the installer itself comes from, below /dev:
	// sr0, sdb1. Empty: none of the disks.
	Medium string
	// Memory is the RAM in bytes, for the size of swap.
	Memory int64
}

// Disk is a whole disk.
type Disk struct {
	Name   string // below /dev: sda
	Size   int64  // bytes
	Sector int    // bytes of a logical sector
	Model  string
	Serial string
	// ByID and ByPath are its names below /dev/disk/by-id and by-path.
	ByID, ByPath []string
	Removable    bool
	ReadOnly     bool
	// InUse says by what, for a person: "mounted at /srv". Empty: by nothing.
	InUse string
	// Table is the kind of its partition table; empty where it has none.
	Table table.Kind
	// TableID is the table's GUID or signature.
	TableID string
	// Content is what the disk holds where it has no partition table.
	Content    signature.Content
	Partitions []Partition
	Extended   table.Entry // where an MBR has logical partitions
}

// Partition is one that is there.
type Partition struct {
	table.Entry
	Name    string // below /dev: sda1
	Content signature.Content
	InUse   string
}

// Path is the device file.
func (d *Disk) Path() string { return "/dev/" + d.Name }

// String names the disk to a person.
func (d *Disk) String() string {
	facts := []string{}
	if d.Model != "" {
		facts = append(facts, d.Model)
	}
	if d.Serial != "" {
		facts = append(facts, "serial "+d.Serial)
	}
	facts = append(facts, Bytes(d.Size))
	return d.Name + " (" + strings.Join(facts, ", ") + ")"
}

// partition gives the device name of a disk's n-th partition: sda1, nvme0n1p1.
func partitionName(disk string, n int) string {
	if disk != "" && disk[len(disk)-1] >= '0' && disk[len(disk)-1] <= '9' {
		disk += "p"
	}
	return disk + strconv.Itoa(n)
}

// holds reports whether a device name is the disk or one of its partitions.
func (d *Disk) holds(name string) bool {
	if name == "" {
		return false
	}
	return name == d.Name || slices.ContainsFunc(d.Partitions, func(p Partition) bool { return p.Name == name })
}

// Bytes writes a size for a person.
func Bytes(n int64) string {
	for _, u := range []struct {
		name string
		size int64
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", mib}, {"KiB", 1 << 10}} {
		switch {
		case n < u.size:
		case n%u.size == 0:
			return strconv.FormatInt(n/u.size, 10) + " " + u.name
		default:
			return strconv.FormatFloat(float64(n)/float64(u.size), 'f', 1, 64) + " " + u.name
		}
	}
	return strconv.FormatInt(n, 10) + " bytes"
}

const (
	mib = 1 << 20
	gib = 1 << 30
)
