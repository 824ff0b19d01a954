package signature

// others are what only has to be told from nothing: a disk that holds one of
// them is not blank. Offsets are bytes, from the end where they are negative.
var others = []struct {
	at    int64
	magic string
	kind  string
}{
	{-1024, "Intel Raid ISM Cfg Sig. ", FirmwareRAID},
	{-512, "\xde\x11\xde\x11", FirmwareRAID}, // SNIA DDF
	{3, "NTFS    ", "ntfs"},
	{3, "EXFAT   ", "exfat"},
	{3, "\x00\x00\x00\x00ReFS", "refs"},
	{3, "-FVE-FS-", "BitLocker"},
	{0, "hsqs", "squashfs"},
	{0, "bluestore block device", "ceph_bluestore"},
	{32, "NXSB", "apfs"},
	{1024, "H+", "hfsplus"},
	{1024, "HX", "hfsplus"},
	{1024, "\x10\x20\xf5\xf2", "f2fs"},
	{1024, "\xe2\xe1\xf5\xe0", "erofs"},
	{1030, "\x34\x34", "nilfs2"},
	{4096 + 24, "\xc6\x85\x73\xf6\x4e\x1a\x45\xca\x82\x65\xf5\x7f\x48\xba\x6d\x81", "bcache"},
	{4096 + 24, "\xc6\x85\x73\xf6\x66\xce\x90\xa9\xd9\x6a\x60\xcf\x80\x3d\xf7\xef", "bcachefs"},
	{32 << 10, "JFS1", "jfs"},
	{64<<10 + 52, "ReIsEr", "reiserfs"},
	{128 << 10, "\x0c\xb1\xba\x00\x00\x00\x00\x00", "zfs_member"},
	{132 << 10, "\x0c\xb1\xba\x00\x00\x00\x00\x00", "zfs_member"},
	{136 << 10, "\x0c\xb1\xba\x00\x00\x00\x00\x00", "zfs_member"},
	{1 << 20, "\x0d\xd0\x01\xc0", "VMFS_volume_member"},
}

// FirmwareRAID is the type of a disk that a RAID of the firmware is made of.
const FirmwareRAID = "firmware_raid_member"

// other looks for what others lists.
func other(d device) (Content, bool) {
	for _, o := range others {
		at := o.at
		if at < 0 {
			at += d.size
		}
		if string(d.at(at, len(o.magic))) == o.magic {
			return Content{Type: o.kind}, true
		}
	}
	return Content{}, false
}
