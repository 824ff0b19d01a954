package explain

import (
	"fmt"
	"slices"
	"strings"

	"cdbuilder/kickstart/language"
)

// Storage is what a kickstart makes of the disks, before their sizes are known.
type Storage struct {
	Disks  []*Disk  // those that partitions name, and one without a name for the others
	Groups []*Group // LVM volume groups
	Arrays []*Array // MD RAID
	Btrfs  []*Btrfs
	Auto   *Auto // autopart; nil where the file lays out the disks itself
}

// Disk is a disk with the partitions that are made or used on it.
type Disk struct {
	Name       string // as the kickstart has it; empty: the installer chooses
	Partitions []*Volume
}

// Volume is a place for a file system or for a part of something larger.
type Volume struct {
	Mount     string // "/", "swap", or the name by which others use it: "pv.01"
	FS        string // file system; empty: the installer's default
	Name      string // of a logical volume
	Label     string
	Size      int64 // MiB; 0 where it isn't said
	Max       int64 // MiB that it may grow to; 0: no limit
	Percent   int64 // of the volume group
	Grow      bool
	Auto      bool // as large as the installer recommends
	Encrypted bool
	Keep      bool // its content stays
	Line      int
}

// Group is a volume group.
type Group struct {
	Name    string
	Members []string
	Volumes []*Volume
	Line    int
}

// Array is a RAID device.
type Array struct {
	Device  string // "md0"
	Level   string // "RAID1"
	Spares  int64
	Members []string
	Volume  Volume
}

// Btrfs is a btrfs volume or one of its subvolumes.
type Btrfs struct {
	Mount     string
	Label     string
	Members   []string
	Subvolume string
}

// Auto is the installer's own layout.
type Auto struct {
	Type      string // "lvm", "plain", "btrfs", "thinp"; empty: the installer's default
	FS        string
	Encrypted bool
	Without   []string // "/home", "/boot", "swap"
}

// Plan reads from a recipe what becomes of the disks.
func Plan(r *language.Recipe) *Storage {
	st := &Storage{}
	for _, s := range r.Statements {
		switch s.Name {
		case "part":
			st.partition(s)
		case "volgroup":
			st.group(s)
		case "logvol":
			st.logical(s)
		case "raid":
			st.array(s)
		case "btrfs":
			st.Btrfs = append(st.Btrfs, &Btrfs{Mount: s.Word(0), Label: s.Get("--label"), Members: tail(s.Words), Subvolume: s.Get("--name")})
		case "autopart":
			st.Auto = auto(s)
		case "reqpart":
			v := &Volume{Mount: "as the firmware needs", Auto: true, Line: s.Line()}
			st.disk("").Partitions = append([]*Volume{v}, st.disk("").Partitions...)
		}
	}
	return st
}

// Empty reports whether the kickstart says nothing of the disks' layout.
func (st *Storage) Empty() bool {
	return st.Auto == nil && len(st.Disks)+len(st.Groups)+len(st.Arrays)+len(st.Btrfs) == 0
}

func tail(words []string) []string {
	if len(words) < 2 {
		return nil
	}
	return words[1:]
}

// volume reads what part, logvol and raid have in common.
func volume(s *language.Statement) Volume {
	v := Volume{Mount: s.Word(0), FS: s.Get("--fstype"), Label: s.Get("--label"), Line: s.Line()}
	v.Size, _ = s.Int("--size")
	v.Max, _ = s.Int("--maxsize")
	v.Percent, _ = s.Int("--percent")
	v.Grow, v.Auto = s.Has("--grow"), s.Has("--recommended") || s.Has("--hibernation")
	v.Encrypted, v.Keep = s.Has("--encrypted"), s.Has("--noformat") || s.Has("--useexisting")
	return v
}

func (st *Storage) disk(name string) *Disk {
	for _, d := range st.Disks {
		if d.Name == name {
			return d
		}
	}
	d := &Disk{Name: name}
	st.Disks = append(st.Disks, d)
	return d
}

func (st *Storage) partition(s *language.Statement) {
	v := volume(s)
	name := strings.TrimPrefix(s.Get("--ondisk"), "/dev/")
	if on := s.Get("--onpart"); on != "" {
		name, v.Name = "the existing "+strings.TrimPrefix(on, "/dev/"), on
	}
	d := st.disk(name)
	d.Partitions = append(d.Partitions, &v)
}

func (st *Storage) group(s *language.Statement) {
	st.Groups = append(st.Groups, &Group{Name: s.Word(0), Members: tail(s.Words), Line: s.Line()})
}

func (st *Storage) logical(s *language.Statement) {
	v := volume(s)
	v.Name = s.Get("--name")
	name := s.Get("--vgname")
	i := slices.IndexFunc(st.Groups, func(g *Group) bool { return g.Name == name })
	if i < 0 {
		st.Groups = append(st.Groups, &Group{Name: name, Line: s.Line()})
		i = len(st.Groups) - 1
	}
	st.Groups[i].Volumes = append(st.Groups[i].Volumes, &v)
}

func (st *Storage) array(s *language.Statement) {
	a := &Array{Members: tail(s.Words), Volume: volume(s)}
	a.Level = "RAID" + strings.TrimPrefix(strings.ToUpper(s.Get("--level")), "RAID")
	a.Device = "md" + strings.TrimPrefix(s.Get("--device"), "md")
	a.Spares, _ = s.Int("--spares")
	st.Arrays = append(st.Arrays, a)
}

func auto(s *language.Statement) *Auto {
	a := &Auto{Type: s.Get("--type"), FS: s.Get("--fstype"), Encrypted: s.Has("--encrypted")}
	for option, what := range map[string]string{"--nohome": "/home", "--noboot": "/boot", "--noswap": "swap"} {
		if s.Has(option) {
			a.Without = append(a.Without, what)
		}
	}
	slices.Sort(a.Without)
	return a
}

// use is what a partition is for, in words.
func (st *Storage) use(v *Volume) string {
	for _, g := range st.Groups {
		if slices.Contains(g.Members, v.Mount) {
			return fmt.Sprintf("LVM group %q", g.Name)
		}
	}
	for _, a := range st.Arrays {
		if slices.Contains(a.Members, v.Mount) {
			return a.Level + " " + a.Device
		}
	}
	for _, b := range st.Btrfs {
		if slices.Contains(b.Members, v.Mount) {
			return "btrfs " + b.Mount
		}
	}
	switch {
	case v.Mount == "/boot/efi":
		return "/boot/efi (ESP)"
	case v.FS == "biosboot" || v.Mount == "biosboot":
		return "BIOS boot"
	case v.FS == "prepboot" || v.Mount == "prepboot":
		return "PReP boot"
	}
	return v.Mount
}

// size is how large a volume becomes, in words.
func (v *Volume) size() string {
	switch {
	case v.Percent > 0:
		return fmt.Sprintf("%d %% of the group", v.Percent)
	case v.Auto:
		return "recommended size"
	case v.Grow && v.Max > 0:
		return fmt.Sprintf("%s to %s", MiB(v.Size), MiB(v.Max))
	case v.Grow && v.Size > 1:
		return MiB(v.Size) + " or more"
	case v.Grow:
		return "the rest"
	case v.Size > 0:
		return MiB(v.Size)
	case v.Keep:
		return "kept as it is"
	}
	return "no size"
}

// MiB writes a size in MiB in the unit that a person reads best.
func MiB(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<10) == 0:
		return fmt.Sprintf("%.4g TiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.4g GiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d MiB", n)
}
