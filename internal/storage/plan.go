package storage

import (
	"slices"

	"cdbuilder/internal/storage/table"
)

// Plan is what becomes of the disks. Everything in it is settled; it can be
// printed and tested, and written down, before anything is done.
type Plan struct {
	Firmware Firmware
	// Disks are those that partitions are made or used on, in the machine's order.
	Disks  []*DiskPlan
	Arrays []*Array
	Groups []*Group
	Btrfs  []*Btrfs
	Tmpfs  []Mount
	// Boot are the disks that a BIOS is to find a boot loader on, or that hold
	// the ESP: their names, the first one foremost.
	Boot []string
	// Untouched are the machine's other disks, each with the reason.
	Untouched []string
	// Notes are what a person should know of how the kickstart was understood.
	Notes []string
}

// DiskPlan is what becomes of one disk.
type DiskPlan struct {
	Disk
	// Kind and ID are those of the table as it will be. Fresh says that it is
	// a new one, and that all that was on the disk is gone.
	Kind  table.Kind
	ID    string
	Fresh bool
	// Removed and Kept are partitions that are there; New those that are made.
	Removed  []Partition
	Kept     []Partition
	New      []*NewPartition
	Used     []*Volume // of those kept, what the plan uses
	Extended table.Entry
}

// NewPartition is a partition that the plan makes.
type NewPartition struct {
	table.Entry
	*Volume
}

// Volume is a device, and what comes on it.
type Volume struct {
	// Path is the device: /dev/sda1, /dev/md/root, /dev/mapper/vg-root.
	Path string
	Size int64 // bytes
	// Name is how the kickstart's other lines name it: pv.01.
	Name string
	// File and Line are where the kickstart asks for it; Line 0: the installer does.
	File string
	Line int
	// Keep says that what it holds stays as it is.
	Keep bool
	// Crypt is the LUKS between the device and what it holds.
	Crypt *Crypt
	// FS is what it holds: a file system, swap, or biosboot, lvm, raid, btrfs
	// for what is part of something else. Empty: nothing.
	FS    string
	ESP   bool // the EFI system partition
	UUID  string
	Label string
	// Mount is where it is mounted in the target; "swap"; or empty.
	Mount   string
	Options string   // for fstab
	Mkfs    []string // words handed to mkfs
	Profile string   // usage type of mke2fs
	Disks   []string // the disks that it lies on
}

// Crypt is a LUKS container.
type Crypt struct {
	Version    int // 1 or 2
	UUID       string
	Cipher     string // empty: cryptsetup's own
	KDF        string
	Memory     int64 // KiB
	Time       int64 // milliseconds
	Iterations int64
	Passphrase Secret
}

// Secret is a passphrase. It does not print.
type Secret string

// String hides it, however it is printed.
func (Secret) String() string { return "(secret)" }

// GoString hides it from %#v.
func (Secret) GoString() string { return "(secret)" }

// MarshalText hides it from JSON.
func (Secret) MarshalText() ([]byte, error) { return []byte("(secret)"), nil }

// Name is what the open container is called below /dev/mapper.
func (c *Crypt) Name() string { return "luks-" + c.UUID }

// Device is where the volume's content lies: behind the LUKS, where it has one.
func (v *Volume) Device() string {
	if v.Crypt != nil {
		return "/dev/mapper/" + v.Crypt.Name()
	}
	return v.Path
}

// headers of LUKS as cryptsetup makes them.
const (
	luks1Header = 2 << 20
	luks2Header = 16 << 20
)

// Room is what the volume has for its content, in bytes.
func (v *Volume) Room() int64 {
	switch {
	case v.Crypt == nil:
		return v.Size
	case v.Crypt.Version == 1:
		return v.Size - luks1Header
	}
	return v.Size - luks2Header
}

// Array is an md RAID.
type Array struct {
	*Volume
	ID       string // "boot" of /dev/md/boot
	Level    int
	Metadata string // 1.0 where firmware or boot loader read a member as it is; else 1.2
	UUID     string // as mdadm writes it
	Chunk    int64  // KiB; 0 for RAID1
	Bitmap   bool
	Offset   int64 // KiB from a member's beginning to its data
	Each     int64 // KiB that a member gives
	Spares   int
	Members  []*Volume
}

// Group is an LVM volume group.
type Group struct {
	Name    string
	File    string
	Line    int
	Extent  int64 // bytes
	Extents int64 // that the plan counts on
	Members []*Volume
	Volumes []*Logical
}

// Logical is a logical volume.
type Logical struct {
	*Volume
	ID      string // "root" of vg/root
	Extents int64
}

// Btrfs is a file system over one or more volumes, with subvolumes.
type Btrfs struct {
	File           string
	Line           int
	Label          string
	UUID           string
	Data, Metadata string
	Mkfs           []string
	Mount          string // of the top level; may be empty
	Options        string
	Members        []*Volume
	Subvolumes     []Subvolume
}

// Subvolume is a part of a btrfs that is mounted by itself.
type Subvolume struct {
	Name, Mount, Options string
	Line                 int
}

// Volumes gives all devices of the plan, those that others stand on first.
func (p *Plan) Volumes() []*Volume {
	var all []*Volume
	for _, d := range p.Disks {
		for _, n := range d.New {
			all = append(all, n.Volume)
		}
		all = append(all, d.Used...)
	}
	for _, a := range p.Arrays {
		all = append(all, a.Volume)
	}
	for _, g := range p.Groups {
		for _, l := range g.Volumes {
			all = append(all, l.Volume)
		}
	}
	return all
}

// Holding gives the volume whose file system will hold a path, and for a btrfs
// its first member; nil where the plan has none.
func (p *Plan) Holding(path string) *Volume {
	best := (*Mount)(nil)
	mounts := p.Mounts()
	for i, m := range mounts {
		if below(path, m.Where) && (best == nil || len(m.Where) > len(best.Where)) {
			best = &mounts[i]
		}
	}
	if best == nil {
		return nil
	}
	return best.volume
}

// Capacity is the size in bytes of the file system that will hold a path.
func (p *Plan) Capacity(path string) int64 {
	v := p.Holding(path)
	if v == nil {
		return 0
	}
	size := v.Room()
	for _, b := range p.Btrfs {
		if slices.Contains(b.Members, v) {
			size = b.size()
		}
	}
	return size
}

func (b *Btrfs) size() (size int64) {
	for _, m := range b.Members {
		size += m.Room()
	}
	if b.Data == "raid1" || b.Data == "raid10" {
		size /= 2
	}
	return size
}
