package storage

import (
	"path"
	"slices"
	"strings"

	"cdbuilder/internal/storage/signature"
)

// matches reports whether a kickstart means the disk: by name, by the links
// below /dev/disk, by serial number, or by the label or UUID of something on
// it. All but the last two may be patterns.
func (d *Disk) matches(spec string) bool {
	if spec == "" {
		return false
	}
	if kind, value, ok := strings.Cut(spec, "="); ok {
		return slices.ContainsFunc(append(d.Partitions[:len(d.Partitions):len(d.Partitions)], Partition{Content: d.Content}),
			func(p Partition) bool { return p.is(kind, value) }) || (kind == "SERIAL" && like(value, d.Serial))
	}
	spec = strings.TrimPrefix(spec, "/dev/")
	if link, ok := strings.CutPrefix(spec, "disk/by-id/"); ok {
		return slices.ContainsFunc(d.ByID, func(id string) bool { return like(link, id) })
	}
	if link, ok := strings.CutPrefix(spec, "disk/by-path/"); ok {
		return slices.ContainsFunc(d.ByPath, func(id string) bool { return like(link, id) })
	}
	return like(spec, d.Name) || (d.Serial != "" && spec == d.Serial)
}

// like is shell's pattern matching.
func like(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return (ok && err == nil) || pattern == name
}

// is compares what fstab calls a partition: LABEL, UUID, PARTUUID, PARTLABEL.
func (p Partition) is(kind, value string) bool {
	value = strings.Trim(value, `"`)
	if value == "" {
		return false
	}
	foreign := slices.Contains([]string{signature.LVM, signature.RAID}, p.Content.Type)
	switch kind {
	case "LABEL":
		return !foreign && p.Content.Label == value
	case "UUID":
		return strings.EqualFold(p.Content.UUID, value)
	case "PARTUUID":
		return strings.EqualFold(p.GUID, value)
	case "PARTLABEL":
		return p.Entry.Name == value
	}
	return false
}

// partition finds an existing partition by what a kickstart calls it.
func (d *Disk) partition(spec string) *Partition {
	kind, value, tagged := strings.Cut(spec, "=")
	spec = strings.TrimPrefix(spec, "/dev/")
	for _, by := range []struct{ dir, kind string }{
		{"disk/by-label/", "LABEL"}, {"disk/by-uuid/", "UUID"}, {"disk/by-partuuid/", "PARTUUID"}, {"disk/by-partlabel/", "PARTLABEL"},
	} {
		if rest, ok := strings.CutPrefix(spec, by.dir); ok {
			kind, value, tagged = by.kind, rest, true
		}
	}
	for i := range d.Partitions {
		part := &d.Partitions[i]
		if (tagged && part.is(kind, value)) || (!tagged && part.Name == spec) || d.link(part, spec) {
			return part
		}
	}
	return nil
}

// link compares with disk/by-id/…-part1 and disk/by-path/…-part1.
func (d *Disk) link(part *Partition, spec string) bool {
	stem, number, ok := cutLast(spec, "-part")
	if !ok || number != partitionName("", part.Number) {
		return false
	}
	if id, ok := strings.CutPrefix(stem, "disk/by-id/"); ok {
		return slices.Contains(d.ByID, id)
	}
	where, ok := strings.CutPrefix(stem, "disk/by-path/")
	return ok && slices.Contains(d.ByPath, where)
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
