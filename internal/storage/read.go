package storage

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"cdbuilder/internal/near"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// want is a partition that is to be made.
type want struct {
	*Volume
	st      *language.Statement // nil: the installer's own
	base    int64               // bytes, whole MiB
	max     int64               // bytes that it may grow to; 0: no limit
	grow    bool
	ground  *ground // nil: any
	primary bool
	weight  int // what the firmware needs stands first
	entry   *NewPartition
}

type arrayWant struct {
	*Array
	st      *language.Statement
	members []string
}

type groupWant struct {
	*Group
	st      *language.Statement
	members []string
	wants   []*logicalWant
	reserve func(extents int64) int64
}

type logicalWant struct {
	*Logical
	st        *language.Statement
	base, max int64 // bytes
	grow      bool
	percent   int64
}

type btrfsWant struct {
	*Btrfs
	st      *language.Statement
	members []string
}

// read takes the statements, command by command: the order of the lines
// matters only within one.
func (p *planner) read() {
	p.byName = make(map[string]*Volume)
	for _, command := range []struct {
		name string
		read func(*language.Statement)
	}{
		{"part", p.readPart},
		{"raid", p.readRAID},
		{"volgroup", p.readGroup},
		{"logvol", p.readLogical},
		{"btrfs", p.readBtrfs},
		{"mount", p.readMount},
		{"autopart", func(s *language.Statement) { p.auto = s }},
		{"reqpart", func(s *language.Statement) { p.reqpart = s }},
	} {
		for s := range p.recipe.Find(command.name) {
			command.read(s)
		}
	}
	for s := range p.recipe.Find("snapshot", "iscsi", "fcoe", "zfcp", "nvdimm", "dmraid", "multipath") {
		p.fault(s, "%s is not done by this installer", s.Name)
	}
}

// volume reads what part, raid and logvol have in common.
func (p *planner) volume(s *language.Statement) *Volume {
	v := &Volume{
		File: s.File.Name, Line: s.Line(), Label: s.Get("--label"),
		Options: s.Get("--fsoptions"), Profile: s.Get("--fsprofile"),
	}
	p.purpose(s, v, s.Word(0), s.Get("--fstype"))
	p.crypt(s, v)
	if text := s.Get("--mkfsoptions"); text != "" {
		words, err := kickstart.Words(text)
		if err != nil {
			p.fault(s, "--mkfsoptions=%q cannot be split into words: %v", text, err)
		}
		v.Mkfs = words
	}
	if slices.ContainsFunc([]string{v.Options, v.Label}, func(t string) bool { return strings.ContainsAny(t, "\n\t\x00") }) {
		p.fault(s, "an option or label has a control character in it")
	}
	if most := labelLength[v.FS]; most > 0 && len(v.Label) > most {
		p.fault(s, "the label %q has %d bytes; %s takes %d", v.Label, len(v.Label), v.FS, most)
	}
	if s.Has("--resize") {
		p.fault(s, "--resize is not done by this installer: resize the partition before, or have it removed and made anew")
	}
	return v
}

// labelLength is how many bytes a label may have.
var labelLength = map[string]int{"ext2": 16, "ext3": 16, "ext4": 16, "xfs": 12, "vfat": 11, "swap": 15, "btrfs": 255}

// purpose reads what a volume is for: its word, and its file system.
func (p *planner) purpose(s *language.Statement, v *Volume, word, fs string) {
	name, _, dotted := strings.Cut(word, ".")
	fs = strings.ToLower(fs)
	switch {
	case word == "swap" || (fs == "swap" && !strings.HasPrefix(word, "/")):
		v.Mount, v.FS = "swap", "swap"
		return
	case word == "biosboot" || fs == "biosboot":
		v.FS = "biosboot"
		return
	case word == "prepboot" || fs == "prepboot" || fs == "ppc prep boot":
		p.fault(s, "prepboot is for POWER machines; this one needs none")
		return
	case dotted && (name == "pv" || name == "raid" || name == "btrfs"):
		v.Name, v.FS = word, map[string]string{"pv": "lvm", "raid": "raid", "btrfs": "btrfs"}[name]
		if p.byName[word] != nil {
			p.fault(s, "%s is made twice", word)
		}
		p.byName[word] = v
		return
	case strings.HasPrefix(word, "/"):
		v.Mount = path.Clean(word)
		p.mountPoint(s, v.Mount)
	case !strings.EqualFold(word, "none"):
		p.fault(s, "%q is no mount point; write a path from /, or swap, biosboot, pv.01, raid.01, btrfs.01, or none", word)
	}
	p.fileSystem(s, v, fs)
}

var fileSystems = []string{"ext2", "ext3", "ext4", "xfs", "btrfs", "vfat", "efi", "swap", "biosboot", "tmpfs"}

func (p *planner) fileSystem(s *language.Statement, v *Volume, fs string) {
	switch fs {
	case "":
		v.FS = p.options.FS
		if v.Mount == "/boot/efi" {
			v.FS, v.ESP = "vfat", true
		}
	case "efi":
		v.FS, v.ESP = "vfat", true
	case "fat32", "msdos":
		v.FS = "vfat"
	case "ext2", "ext3", "ext4", "xfs", "btrfs", "vfat", "tmpfs":
		v.FS = fs
	default:
		p.fault(s, "--fstype=%s: this installer makes no such file system%s", fs, near.DidYouMean(fs, fileSystems))
	}
	v.ESP = v.ESP || (v.Mount == "/boot/efi" && v.FS == "vfat")
	if v.Mount == "/boot/efi" && v.FS != "vfat" {
		p.fault(s, "the firmware reads only FAT: write /boot/efi with --fstype=efi")
	}
	if (v.Mount == "/" || v.Mount == "/boot") && v.FS == "vfat" {
		p.fault(s, "%s cannot be FAT: it keeps no owners and links", v.Mount)
	}
}

// onRoot are directories that have to be on the root file system.
var onRoot = []string{"/bin", "/sbin", "/lib", "/lib64", "/etc", "/dev", "/proc", "/sys", "/run", "/root", "/lost+found", "/mnt/sysimage"}

func (p *planner) mountPoint(s *language.Statement, where string) {
	if slices.Contains(onRoot, where) {
		p.fault(s, "%s cannot be a file system of its own", where)
	}
	if strings.ContainsAny(where, "\n\t\x00\\") {
		p.fault(s, "%q is no mount point", where)
	}
}

// crypt reads the options of encryption.
func (p *planner) crypt(s *language.Statement, v *Volume) {
	if !s.Has("--encrypted") {
		return
	}
	c := &Crypt{Version: 2, Cipher: s.Get("--cipher"), KDF: s.Get("--pbkdf"), Passphrase: Secret(s.Get("--passphrase"))}
	c.Memory, _ = s.Int("--pbkdf-memory")
	c.Time, _ = s.Int("--pbkdf-time")
	c.Iterations, _ = s.Int("--pbkdf-iterations")
	v.Crypt = c
	switch version := s.Get("--luks-version"); version {
	case "", "luks2":
	case "luks1":
		c.Version = 1
	default:
		p.fault(s, "--luks-version=%s is not done here; write luks2 or luks1", version)
	}
	if c.Version == 1 && c.KDF != "" && c.KDF != "pbkdf2" {
		p.fault(s, "luks1 has only --pbkdf=pbkdf2")
	}
	if c.KDF != "" && !slices.Contains([]string{"argon2id", "argon2i", "pbkdf2"}, c.KDF) {
		p.fault(s, "--pbkdf=%s: write argon2id, argon2i or pbkdf2", c.KDF)
	}
	if strings.HasPrefix(c.Cipher, "-") || c.Memory < 0 || c.Time < 0 || c.Iterations < 0 {
		p.fault(s, "the options of encryption make no sense")
	}
	if c.Passphrase == "" {
		p.fault(s, "--encrypted needs --passphrase=…: nobody is there to type one")
	}
	if s.Has("--escrowcert") || s.Has("--backuppassphrase") {
		p.fault(s, "--escrowcert and --backuppassphrase are not done by this installer")
	}
	if v.ESP || v.FS == "biosboot" || v.FS == "raid" || v.FS == "tmpfs" {
		p.fault(s, "%s cannot be encrypted", cmp.Or(v.Mount, v.Name, v.FS))
	}
}

const maxMiB = 1 << 40 // an exbibyte: more than any disk has

// mebibytes reads a size as whole MiB in bytes.
func (p *planner) mebibytes(s *language.Statement, option string) int64 {
	n, ok := s.Int(option)
	if s.Has(option) && (!ok || n < 0 || n > maxMiB) {
		p.fault(s, "%s=%s is no size in MiB", option, s.Get(option))
		return 0
	}
	return n * mib
}

// sizes reads --size, --grow, --maxsize, --recommended and --hibernation.
func (p *planner) sizes(s *language.Statement, v *Volume) (base, most int64, grow bool) {
	base, most, grow = p.mebibytes(s, "--size"), p.mebibytes(s, "--maxsize"), s.Has("--grow")
	if s.Has("--recommended") || s.Has("--hibernation") {
		if v.FS != "swap" {
			p.fault(s, "--recommended and --hibernation are sizes for swap; give --size=…")
		}
		base = max(base, p.swapSize(s.Has("--hibernation")))
		grow = false
	}
	if most > 0 && most < base {
		p.fault(s, "--maxsize=%d is less than --size=%d", most/mib, base/mib)
	}
	if !grow {
		most = 0
	}
	return base, most, grow
}

// swapSize is the size that Anaconda recommends: by the memory, and not more
// than a tenth of the disks unless the machine is to sleep on it.
func (p *planner) swapSize(hibernation bool) int64 {
	mem := (p.machine.Memory/mib + 15) / 16 * 16 * mib
	size := int64(4 * gib)
	switch {
	case mem < 2*gib:
		size = 2 * mem
	case mem < 8*gib:
		size = mem
	case mem < 64*gib:
		size = mem / 2
	}
	if hibernation {
		return max(size+mem, 16*mib)
	}
	total := int64(0)
	for _, g := range p.boots {
		total += g.Size
	}
	return max(min(size, total/10)/mib*mib, 16*mib)
}
