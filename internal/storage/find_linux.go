package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"cdbuilder/internal/storage/signature"

	"golang.org/x/sys/unix"
)

// Found is an installed system.
type Found struct {
	Name   string // PRETTY_NAME of its os-release
	Device string // that its root is on
	Type   string
	Data   string // mount options of its root: subvol=@
	uuid   string // of the file system
	fstab  []byte
}

// String names the system to a person.
func (f Found) String() string { return fmt.Sprintf("%s on %s", f.Name, f.Device) }

// Finder looks for installed systems.
type Finder struct {
	Tools
	// Ask asks for the passphrase of an encrypted device; ok false leaves it
	// closed. Nil: none is opened.
	Ask func(device string) (passphrase Secret, ok bool)
	// Skip are disks and partitions that are left alone: the medium.
	Skip []string
}

// Activate assembles arrays, opens LUKS containers and activates volume
// groups on all disks. What could not be activated is in the error; the rest
// is there.
func (f Finder) Activate(ctx context.Context) error {
	var errs []error
	kinds := f.kinds()
	if slices.ContainsFunc(kinds, func(v volume) bool { return v.Type == signature.RAID }) {
		errs = append(errs, dropLinks(), f.Run(ctx, []string{"mdadm", "--assemble", "--scan", "--quiet"}, nil))
		kinds = f.kinds()
	}
	opened := make(map[string]bool)
	for range 2 { // LUKS in LVM as well as LVM in LUKS
		for _, v := range kinds {
			if v.Type == signature.LUKS && !opened[v.UUID] {
				opened[v.UUID] = true
				errs = append(errs, f.unlock(ctx, v))
			}
		}
		if kinds = f.kinds(); slices.ContainsFunc(kinds, func(v volume) bool { return v.Type == signature.LVM }) {
			errs = append(errs, f.Run(ctx, []string{"lvm", "vgchange", "--activate", "y", "--quiet"}, nil))
			kinds = f.kinds()
		}
	}
	return errors.Join(errs...)
}

// unlock asks up to three times for a passphrase.
func (f Finder) unlock(ctx context.Context, v volume) error {
	name := "luks-" + v.UUID
	if _, err := os.Stat("/dev/mapper/" + name); err == nil || f.Ask == nil {
		return nil
	}
	var err error
	for range 3 {
		passphrase, ok := f.Ask(v.path)
		if !ok {
			return nil
		}
		if err = f.Run(ctx, []string{"cryptsetup", "open", "--type", "luks", "--key-file", "-", "--", v.path, name}, []byte(passphrase)); err == nil {
			return f.wait(ctx, "/dev/mapper/"+name)
		}
	}
	return err
}

// volume is a block device with what it holds.
type volume struct {
	signature.Content
	path string
	guid string
}

// kinds reads what is on all block devices.
func (f Finder) kinds() []volume {
	var all []volume
	entries, _ := os.ReadDir("/sys/class/block")
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, "ram") || strings.HasPrefix(name, "sr") || strings.HasPrefix(name, "fd") || slices.Contains(f.Skip, name) {
			continue
		}
		if v, ok := inspect(name); ok {
			all = append(all, v)
		}
	}
	return all
}

func inspect(name string) (volume, bool) {
	v := volume{path: "/dev/" + name}
	dir := filepath.Join("/sys/class/block", name)
	if title, err := os.ReadFile(filepath.Join(dir, "dm/name")); err == nil {
		v.path = "/dev/mapper/" + strings.TrimSpace(string(title))
	}
	file, err := os.Open("/dev/" + name)
	if err != nil {
		return v, false
	}
	defer file.Close()
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil || size == 0 {
		return v, false
	}
	v.Content = signature.Identify(file, size)
	data, _ := os.ReadFile(filepath.Join(dir, "uevent"))
	for line := range strings.Lines(string(data)) {
		if guid, ok := strings.CutPrefix(line, "PARTUUID="); ok {
			v.guid = strings.TrimSpace(guid)
		}
	}
	return v, true
}

// Find looks for installed systems on everything that can be mounted. They are
// looked at read-only, and unmounted again.
func (f Finder) Find(ctx context.Context) ([]Found, error) {
	var all []Found
	kinds := f.kinds()
	for _, v := range kinds {
		if v.Type == "btrfs" { // the kernel has to know all devices before it mounts one
			_ = scanBtrfs(ctx, v.path) // a btrfs of one device needs no scan
		}
	}
	for _, v := range kinds {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !mountable(v.Type) || v.Type == "vfat" {
			continue
		}
		trees := []string{""}
		if v.Type == "btrfs" {
			trees = []string{"", "subvol=root", "subvol=@rootfs", "subvol=@"}
		}
		for _, data := range trees {
			if found, ok := look(v, data); ok && !slices.ContainsFunc(all, func(o Found) bool { return o.uuid == found.uuid && o.Data == found.Data }) {
				all = append(all, found)
			}
		}
	}
	return all, nil
}

// look mounts one tree and reads its os-release and fstab.
func look(v volume, data string) (Found, bool) {
	dir, err := os.MkdirTemp("", "find")
	if err != nil {
		return Found{}, false
	}
	defer os.Remove(dir)
	if err := unix.Mount(v.path, dir, v.Type, unix.MS_RDONLY, untouched(v.Type, data)); err != nil {
		return Found{}, false
	}
	defer func() { _ = unix.Unmount(dir, unix.MNT_DETACH) }()
	r, err := os.OpenRoot(dir)
	if err != nil {
		return Found{}, false
	}
	defer r.Close()
	found := Found{Device: v.path, Type: v.Type, Data: data, uuid: v.UUID}
	if found.fstab, err = readSmall(r, "etc/fstab"); err != nil {
		return Found{}, false
	}
	release, err := readSmall(r, "etc/os-release")
	if err != nil {
		release, err = readSmall(r, "usr/lib/os-release")
	}
	if err != nil {
		return Found{}, false
	}
	found.Name = prettyName(string(release))
	return found, true
}

// untouched adds the option that keeps the kernel from replaying a journal,
// which it does even when it mounts read-only.
func untouched(fs, data string) string {
	switch fs {
	case "ext3", "ext4":
		return "noload"
	case "xfs":
		return "norecovery"
	}
	return data
}

func readSmall(r *os.Root, name string) ([]byte, error) {
	file, err := r.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, 1<<20))
}

func prettyName(release string) string {
	name := "a system without a name"
	for line := range strings.Lines(release) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "PRETTY_NAME="); ok {
			name = strings.Trim(value, `"'`)
		}
	}
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return -1
		}
		return c
	}, name)
}

// Mount mounts a system below root, by its own fstab. Its root has to be
// there; what else could not be mounted is in missing.
func (f Finder) Mount(system Found, root string) (missing, err error) {
	if err := os.MkdirAll(root, 0o755); err != nil {
		return nil, err
	}
	if err := unix.Mount(system.Device, root, system.Type, 0, system.Data); err != nil {
		return nil, fmt.Errorf("mount %s: %w", system.Device, err)
	}
	var errs []error
	kinds := f.kinds()
	for _, m := range readFstab(string(system.fstab)) {
		if err := mountFound(m, kinds, root); err != nil {
			errs = append(errs, fmt.Errorf("mount %s at %s: %w", m.Spec, m.Where, err))
		}
	}
	return errors.Join(errs...), nil
}

func mountFound(m Mount, kinds []volume, root string) error {
	i := slices.IndexFunc(kinds, func(v volume) bool { return v.isSpec(m.Spec) })
	if i < 0 {
		return errors.New("there is no such device")
	}
	where, err := inside(root, m.Where)
	if err != nil {
		return err
	}
	m.Type = kinds[i].Type
	return unix.Mount(kinds[i].path, where, m.Type, 0, structural(m))
}

// isSpec compares with the first field of fstab.
func (v volume) isSpec(spec string) bool {
	kind, value, tagged := strings.Cut(spec, "=")
	if !tagged {
		if target, err := filepath.EvalSymlinks(spec); err == nil && target == v.path {
			return true
		}
		return spec == v.path
	}
	value = strings.Trim(value, `"`)
	if value == "" {
		return false
	}
	switch kind {
	case "UUID":
		return strings.EqualFold(v.UUID, value)
	case "LABEL":
		return v.Label == value
	case "PARTUUID":
		return strings.EqualFold(v.guid, value)
	}
	return false
}

// readFstab gives the local file systems of an fstab but the root, the outer
// ones first.
func readFstab(text string) []Mount {
	var all []Mount
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 4 || strings.HasPrefix(f[0], "#") {
			continue
		}
		m := Mount{Spec: unescapeMount(f[0]), Where: path.Clean(unescapeMount(f[1])), Type: f[2], Options: unescapeMount(f[3])}
		device := strings.HasPrefix(m.Spec, "/dev/") || strings.Contains(m.Spec, "=")
		if device && (mountable(m.Type) || m.Type == "auto") && path.IsAbs(m.Where) && m.Where != "/" && !slices.Contains(strings.Split(m.Options, ","), "noauto") {
			all = append(all, m)
		}
	}
	slices.SortStableFunc(all, func(a, b Mount) int { return strings.Count(a.Where, "/") - strings.Count(b.Where, "/") })
	return all
}
