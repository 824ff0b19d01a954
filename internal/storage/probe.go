package storage

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"cdbuilder/internal/storage/signature"
	"cdbuilder/internal/storage/table"
)

// Source is where Probe looks.
type Source struct {
	// Sys and Proc are /sys and /proc, with their symbolic links.
	Sys, Proc fs.FS
	// Open opens a device below /dev for reading.
	Open func(name string) (Device, error)
	// Loop takes loop devices for disks too, as tests want.
	Loop bool
}

// Device is a block device that is open for reading.
type Device interface {
	io.ReaderAt
	io.Closer
}

// skipped are kinds of block devices that no system is put on.
var skipped = []string{"ram", "zram", "fd", "dm-", "md", "nbd", "sr", "mtdblock"}

// Probe reads the machine's disks, sorted by name. A disk whose content cannot
// be read is there too, in use by that error.
func Probe(s Source) ([]Disk, error) {
	entries, err := fs.ReadDir(s.Sys, "block")
	if err != nil {
		return nil, fmt.Errorf("list the machine's disks: %w", err)
	}
	u := s.users()
	var disks []Disk
	for _, e := range entries {
		name := e.Name()
		if slices.ContainsFunc(skipped, func(p string) bool { return strings.HasPrefix(name, p) }) ||
			(!s.Loop && strings.HasPrefix(name, "loop")) || isBootArea(name) {
			continue
		}
		if d, ok := s.disk(name, u); ok {
			disks = append(disks, d)
		}
	}
	multipath(disks)
	slices.SortFunc(disks, func(a, b Disk) int {
		return cmp.Or(len(a.Name)-len(b.Name), strings.Compare(a.Name, b.Name))
	})
	return disks, nil
}

// multipath marks disks that are reached on more than one path: they would be
// taken for several.
func multipath(disks []Disk) {
	seen := make(map[string]int)
	for i := range disks {
		for _, id := range disks[i].ByID {
			if !strings.HasPrefix(id, "wwn-") {
				continue
			}
			first, ok := seen[id]
			seen[id] = i
			if ok {
				const why = "the same disk as %s on another path, and this installer does no multipath"
				disks[i].InUse = cmp.Or(disks[i].InUse, fmt.Sprintf(why, disks[first].Name))
				disks[first].InUse = cmp.Or(disks[first].InUse, fmt.Sprintf(why, disks[i].Name))
			}
		}
	}
}

// isBootArea tells the small extra areas of eMMC chips, mmcblk0boot0 and
// mmcblk0rpmb, which look like disks.
func isBootArea(name string) bool {
	return strings.HasPrefix(name, "mmcblk") && (strings.Contains(name, "boot") || strings.Contains(name, "rpmb") || strings.Contains(name, "gp"))
}

// disk reads one disk. A drive without a medium is none.
func (s Source) disk(name string, u users) (Disk, bool) {
	dir := s.place(name)
	sectors, _ := strconv.ParseInt(s.line(dir, "size"), 10, 64)
	if sectors <= 0 || sectors > 1<<53 {
		return Disk{}, false
	}
	d := Disk{Name: name, Size: sectors * 512, Sector: 512}
	if n, err := strconv.Atoi(s.line(dir, "queue/logical_block_size")); err == nil && n >= 512 && n <= 1<<16 {
		d.Sector = n
	}
	d.Removable, d.ReadOnly = s.line(dir, "removable") == "1", s.line(dir, "ro") == "1"
	s.identity(&d, dir)
	d.InUse = u.of(s, dir, name)
	s.content(&d)
	for i := range d.Partitions {
		part := &d.Partitions[i]
		if part.InUse = u.of(s, path.Join(dir, part.Name), part.Name); part.InUse != "" && d.InUse == "" {
			d.InUse = part.Name + " is " + part.InUse
		}
	}
	return d, true
}

// place is where a disk's directory really is: devices/pci0000:00/…/block/sda.
func (s Source) place(name string) string {
	dir := path.Join("block", name)
	target, err := fs.ReadLink(s.Sys, dir)
	if err != nil || path.IsAbs(target) {
		return dir
	}
	if target = path.Join("block", target); !fs.ValidPath(target) {
		return dir
	}
	return target
}

// line reads a file of one line; empty where there is none.
func (s Source) line(dir, name string) string {
	data, err := fs.ReadFile(s.Sys, path.Join(dir, name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(strings.ToValidUTF8(string(data), ""))
}

// content reads the partition table, and what is on each partition.
func (s Source) content(d *Disk) {
	f, err := s.Open(d.Name)
	if err != nil {
		d.InUse = cmp.Or(d.InUse, "not readable: "+err.Error())
		return
	}
	defer f.Close()
	d.Inspect(f)
}

// Inspect reads what is on the disk from its bytes: the table, the
// partitions, and what they hold.
func (d *Disk) Inspect(r io.ReaderAt) {
	d.Table, d.TableID, d.Partitions, d.Extended = "", "", nil, table.Entry{}
	d.Content = signature.Identify(r, d.Size)
	if d.Content.Type == signature.FirmwareRAID {
		d.InUse = cmp.Or(d.InUse, "a member of a RAID of the firmware, which this installer cannot use; wipefs would remove its metadata")
		return
	}
	t, err := table.Read(r, d.Size, d.Sector)
	if err != nil || (t.Kind == table.MBR && d.Content.Type != "" && d.Content.Type != "iso9660") {
		return
	}
	d.Table, d.TableID, d.Extended, d.Content = t.Kind, t.ID, t.Extended, signature.Content{}
	for _, e := range t.Entries {
		part := Partition{Entry: e, Name: partitionName(d.Name, e.Number)}
		part.Content = signature.Identify(io.NewSectionReader(r, e.Start, e.Size), e.Size)
		d.Partitions = append(d.Partitions, part)
	}
}

// users tells what uses which device, by its number "8:1" or name.
type users map[string]string

func (s Source) users() users {
	u := make(users)
	data, _ := fs.ReadFile(s.Proc, "self/mountinfo")
	for line := range strings.Lines(string(data)) {
		// 36 35 98:0 /mnt1 /mnt2 rw,noatime …: see proc(5)
		if f := strings.Fields(line); len(f) > 9 && u[f[2]] == "" {
			u[f[2]] = "mounted at " + unescapeMount(f[4])
			if i := slices.Index(f, "-"); i > 0 && i+2 < len(f) { // btrfs has numbers of its own
				u[strings.TrimPrefix(f[i+2], "/dev/")] = "mounted at " + unescapeMount(f[4])
			}
		}
	}
	data, _ = fs.ReadFile(s.Proc, "swaps")
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) > 1 && f[1] == "partition" {
			u[strings.TrimPrefix(f[0], "/dev/")] = "used as swap"
		}
	}
	return u
}

var mountEscape = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)

func unescapeMount(s string) string { return mountEscape.Replace(s) }

// of tells what uses the device whose directory is dir; empty: nothing.
func (u users) of(s Source, dir, name string) string {
	if why := cmp.Or(u[s.line(dir, "dev")], u[name]); why != "" {
		return why
	}
	holders, _ := fs.ReadDir(s.Sys, path.Join(dir, "holders"))
	if len(holders) == 0 {
		return ""
	}
	what := holders[0].Name()
	if title := s.line(path.Join("block", what), "dm/name"); title != "" {
		what = title
	}
	return "part of " + what
}

// Machine probes all that a plan depends on but the medium, which only the
// caller knows.
func (s Source) Machine() (Machine, error) {
	disks, err := Probe(s)
	m := Machine{Disks: disks, Firmware: BIOS}
	if _, errEFI := fs.Stat(s.Sys, "firmware/efi"); errEFI == nil {
		m.Firmware = UEFI
	}
	data, _ := fs.ReadFile(s.Proc, "meminfo")
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "MemTotal:" {
			kib, _ := strconv.ParseInt(f[1], 10, 53)
			m.Memory = kib << 10
		}
	}
	return m, err
}

// kernelPartitions are the partitions that the kernel sees on a disk: start
// and size in bytes, by number.
func (s Source) kernelPartitions(disk string) map[int][2]int64 {
	all := make(map[int][2]int64)
	dir := s.place(disk)
	entries, _ := fs.ReadDir(s.Sys, dir)
	for _, e := range entries {
		n, err := strconv.Atoi(s.line(path.Join(dir, e.Name()), "partition"))
		if err != nil || e.Name() != partitionName(disk, n) {
			continue
		}
		start, _ := strconv.ParseInt(s.line(path.Join(dir, e.Name()), "start"), 10, 64)
		size, _ := strconv.ParseInt(s.line(path.Join(dir, e.Name()), "size"), 10, 64)
		all[n] = [2]int64{start * 512, size * 512}
	}
	return all
}
