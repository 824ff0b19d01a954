package language

import (
	"fmt"
	"strings"

	"cdbuilder/kickstart"
)

var (
	_ = register("array-number", arrayNumber)
	_ = register("members", members)
	_ = register("btrfs-member", btrfsMember)
	_ = register("btrfs-volume", btrfsVolume)
	_ = register("mount-point", mountPoint)
	_ = register("snapshot-origin", snapshotOrigin)
)

// arrayNumber holds where arrays have no names yet, only numbers.
func arrayNumber(v kickstart.Syntax, s *Statement) []string {
	device := s.Get("--device")
	if _, err := wholeNumber(strings.TrimPrefix(device, "md")); err != nil {
		return []string{fmt.Sprintf("in %s an array has a number, no name: --device=md0, not %s", v, quote(device))}
	}
	return nil
}

// members judges the partitions of an array or volume group: a new one needs
// some, one that is there has its own.
func members(_ kickstart.Syntax, s *Statement) []string {
	what, parts, example := "array", "partitions", "raid.01 raid.02"
	if s.Name == "volgroup" {
		what, parts, example = "volume group", "physical volumes", "pv.01"
	}
	there := s.said([]string{"--useexisting", "--noformat"})
	switch {
	case len(s.Words) < 2 && len(there) == 0:
		return []string{fmt.Sprintf("a new %s needs %s behind %s: %s", what, parts, quote(s.Word(0)), example)}
	case len(s.Words) > 1 && len(there) > 0:
		return []string{fmt.Sprintf("%s takes a %s that is there with the %s it has; drop %s", there[0], what, parts, strings.Join(s.Words[1:], " "))}
	}
	return nil
}

// btrfsMember finds a partition for Btrfs, where that isn't supported.
func btrfsMember(_ kickstart.Syntax, s *Statement) []string {
	if strings.HasPrefix(s.Word(0), "btrfs.") {
		return []string{fmt.Sprintf("Btrfs is not supported, and %s would be a part of one: write a mount point, or pv.01 for LVM", quote(s.Word(0)))}
	}
	return nil
}

// btrfsVolume wants to know where a volume or subvolume lies.
func btrfsVolume(_ kickstart.Syntax, s *Statement) []string {
	switch {
	case len(s.Words) > 1:
		return nil
	case s.Has("--subvol"):
		return []string{fmt.Sprintf("a subvolume needs its volume behind %s: LABEL=…", quote(s.Word(0)))}
	}
	return []string{fmt.Sprintf("a volume needs its partitions behind %s: btrfs.01 btrfs.02", quote(s.Word(0)))}
}

// mountPoint is a path from the root, or none.
func mountPoint(_ kickstart.Syntax, s *Statement) []string {
	if where := s.Word(1); !strings.HasPrefix(where, "/") && !strings.EqualFold(where, "none") {
		return []string{fmt.Sprintf("%s is no mount point; write a path from /, or none for what isn't mounted", quote(where))}
	}
	return nil
}

// snapshotOrigin is written as group/volume.
func snapshotOrigin(_ kickstart.Syntax, s *Statement) []string {
	group, volume, _ := strings.Cut(s.Word(0), "/")
	if group == "" || volume == "" || strings.Contains(volume, "/") {
		return []string{fmt.Sprintf("%s is no volume; write group/volume", quote(s.Word(0)))}
	}
	return nil
}
