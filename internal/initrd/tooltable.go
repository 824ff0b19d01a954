package initrd

// needless are programs of tool packages that no installer starts and that
// would bring much along, or that make sense only on a system that stays up.
// Paths as in the archive; options.Drop names more.
var needless = []group{
	{"needs ICU, whose tables are three times as large as all the rest", []string{"usr/sbin/xfs_scrub"}},
	{"daemons that watch over volumes for as long as a system is up", []string{"usr/sbin/lvmpolld", "usr/sbin/dmeventd"}},
	{"programs that take a file system apart by hand", []string{
		"usr/bin/btrfs-convert", "usr/bin/btrfs-find-root", "usr/bin/btrfs-image", "usr/bin/btrfs-map-logical", "usr/bin/btrfs-select-super",
	}},
	{"logins and the accounts of people, with PAM behind them", []string{
		"usr/bin/su", "usr/sbin/runuser", "usr/bin/lslogins", "usr/bin/last", "usr/bin/lastb", "usr/bin/lastlog2", "usr/sbin/agetty", "usr/sbin/getty",
		"usr/sbin/sulogin", "usr/bin/login", "usr/sbin/nologin", "usr/bin/newgrp", "usr/bin/chfn", "usr/bin/chsh",
	}},
}

// toolData are files that the programs read as they run, from the packages
// that are named.
var toolData = []group{
	{"mke2fs has its default features from here; without it ext4 is made as ext2", []string{"etc/mke2fs.conf"}},
	{"profiles for mkfs.xfs -c", []string{"usr/share/xfsprogs/mkfs/"}},
	{"what LVM would do without a word from the user", []string{"etc/lvm/lvm.conf", "etc/lvm/profile/"}},
	{"how libraries that programs link with are set", []string{"etc/ssl/openssl.cnf", "etc/libblkid.conf", "etc/blkid.conf"}},
}

// opened are libraries that are loaded by name as a program runs, so that no
// ELF header tells of them: by which library, which, and for what.
var opened = []struct{ by, soname, reason string }{
	{"libc.so.6", "libgcc_s.so.1", "pthread_exit and pthread_cancel unwind the stack with it, in cryptsetup's key derivation too; without it they abort"},
}

// settings are files of ours that tools want on a system without udev.
var settings = []struct{ program, name, text string }{
	{"usr/sbin/lvm", "etc/lvm/lvmlocal.conf", `# There is no udev here, and nothing stays up to watch or poll volumes.
activation {
	udev_sync = 0
	udev_rules = 0
	monitoring = 0
}
devices {
	obtain_device_list_from_udev = 0
	external_device_info_source = "none"
	use_devicesfile = 0
}
global {
	event_activation = 0
	use_lvmpolld = 0
}
`},
}

// anyGroup reports whether a group names the path.
func anyGroup(groups []group, name string) bool {
	for _, g := range groups {
		if anyNames(g.patterns, name) {
			return true
		}
	}
	return false
}
