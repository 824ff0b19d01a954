package language_test

import (
	"strings"
	"testing"
)

// TestStorageVersions asks for verdicts on both sides of each change.
func TestStorageVersions(t *testing.T) {
	for _, c := range []struct {
		line     string
		verdicts string // version=verdict, divided by blanks
	}{
		{"part /x --size=1 --label=x", "FC3=error FC4=ok RHEL4=error RHEL5=ok"},
		{"part /x --size=1 --active", "F28=ok F29=deprecated F33=deprecated F34=error RHEL7=ok RHEL8=deprecated RHEL9=error DEVEL=error"},
		{"part /x --start=1 --end=2", "FC3=ok F10=ok F11=deprecated F13=deprecated F14=error RHEL5=ok RHEL6=deprecated RHEL7=error"},
		{"part /x --bytes-per-inode=many", "FC3=error FC4=error F8=error F9=deprecated F13=deprecated F14=error RHEL6=deprecated"},
		{"part /x --encrypted", "F8=error F9=ok RHEL4=error RHEL5=ok"},
		{"part /x --encrypted --cipher=aes", "F17=error F18=ok RHEL5=error RHEL6=ok"},
		{"part /x --resize --size=5 --onpart=sda1", "F16=error F17=ok RHEL6=error RHEL7=ok"},
		{"part /x --mkfsoptions=x", "F22=error F23=ok RHEL6=error RHEL7=ok"},
		{"part /x --fstype=tmpfs --grow", "F19=ok F20=error RHEL6=ok RHEL7=error"},
		{"part /x --fstype=tmpfs --maxsize=0", "F20=ok RHEL7=ok"},
		{"part /x --encrypted --luks-version=luks2", "F28=error F29=ok RHEL7=error RHEL8=ok"},
		{"part /x --encrypted --luks-version=luks2-hw-opal --hw-passphrase=x", "F40=error F41=ok RHEL10=error RHEL11=ok DEVEL=ok"},
		{"part btrfs.01 --size=1", "F45=ok RHEL7=ok RHEL8=error RHEL10=error"},
		{"part /x --size=1 --onbiosdisk=80", "FC3=ok RHEL11=ok"},
		{"raid / --device=root --level=1 raid.1", "F18=error F19=ok RHEL6=error RHEL7=ok"},
		{"raid / --device=0 --level=4 raid.1", "F12=error F13=ok RHEL5=error RHEL6=ok"},
		{"raid / --device=0 --level=10 raid.1", "FC6=error F7=ok RHEL4=error RHEL5=ok"},
		{"raid / --device=0 --level=1 --label=x raid.1", "F14=error F15=ok RHEL6=error RHEL7=ok"},
		{"raid / --device=0 --level=1 --chunksize=64 raid.1", "F24=error F25=ok RHEL6=error RHEL7=ok"},
		{"raid / --device=0 --level=1 --fstype=btrfs raid.1", "F43=ok RHEL7=ok RHEL8=error"},
		{"volgroup vg pv.1 --reserved-percent=5", "F15=error F16=ok RHEL5=error RHEL6=ok"},
		{"volgroup vg pv.1 --reserved-percent=100", "F16=error DEVEL=error"},
		{"logvol / --vgname=vg --name=r", "F19=ok F20=error RHEL6=ok RHEL7=error"},
		{"logvol / --vgname=vg --name=r --size=0", "F19=ok F20=error RHEL7=error"},
		{"logvol / --vgname=vg --name=r --size=1 --percent=5", "F20=ok F21=error RHEL6=ok RHEL7=error"},
		{"logvol / --vgname=vg --name=r --percent=101", "F19=ok F20=error RHEL6=ok RHEL7=error"},
		{"logvol / --vgname=vg --name=r --size=1 --thin --poolname=p", "F19=error F20=ok RHEL5=error RHEL6=ok"},
		{"logvol / --vgname=vg --name=r --size=1 --cachesize=9 --cachepvs=pv.2", "F22=error F23=ok RHEL7=error RHEL8=ok"},
		{"logvol swap --vgname=vg --name=s --hibernation", "F17=error F18=ok RHEL5=error RHEL6=ok"},
		{"btrfs none --label=x btrfs.1", "F16=error F17=ok RHEL6=error RHEL7=ok RHEL8=deprecated RHEL9=deprecated RHEL10=error DEVEL=ok"},
		{"autopart --nolvm", "F15=error F16=ok F17=ok RHEL6=error RHEL7=ok"},
		{"autopart --type=thinp", "F19=error F20=ok RHEL7=ok"},
		{"autopart --type=BTRFS", "F17=ok RHEL7=ok RHEL8=error RHEL10=error DEVEL=ok"},
		{"autopart --nohome", "F25=error F26=ok RHEL6=error RHEL7=ok"},
		{"autopart --noboot", "F25=error F26=ok RHEL7=error RHEL8=ok"},
		{"autopart --hibernation", "F37=error F38=ok RHEL9=error RHEL10=ok"},
		{"autopart --pbkdf-time=0 --pbkdf-iterations=5", "F29=ok RHEL8=ok"},
		{"reqpart --add-boot", "F22=error F23=ok RHEL6=error RHEL7=ok"},
		{"mount /dev/sda1 /", "F26=error F27=ok RHEL7=error RHEL8=ok"},
		{"snapshot vg/lv --name=s --when=Post-Install", "F25=error F26=ok RHEL6=error RHEL7=ok"},
		{"autopart\nvolgroup vg pv.1", "F15=ok F16=error RHEL5=ok RHEL6=error"},
		{"volgroup vg pv.1\nautopart", "F19=ok F20=error RHEL5=ok RHEL6=error"},
		{"reqpart\nmount /dev/sda1 /", "F27=error RHEL8=error"},
		{"mount /dev/sda1 /\npart /x --size=1", "F27=error RHEL8=error"},
	} {
		for pair := range strings.FieldsSeq(c.verdicts) {
			version, want, _ := strings.Cut(pair, "=")
			if _, found := judgeText(t, version, c.line+"\n"); verdict(found) != want {
				t.Errorf("%s %q: %s %v, want %s", version, c.line, verdict(found), texts(found), want)
			}
		}
	}
}

// TestStorageMessages holds what a person reads.
func TestStorageMessages(t *testing.T) {
	for _, c := range []struct{ version, line, want string }{
		{"RHEL9", "part / --size=10G", `--size takes a whole number, not "10G"`},
		{"RHEL9", "part / --size=1 --grow=yes", "--grow takes no value; write --grow alone, or leave it out"},
		{"RHEL9", "part --size=1", "part needs one mount point"},
		{"RHEL9", "part / /home --size=1", `part takes one mount point, and this line has "/home" too`},
		{"RHEL9", "part / --filesystem=xfs", `part has no option "--filesystem"`},
		{"RHEL9", "part / --fsytpe=xfs", "did you mean \"--fstype\"?"},
		{"RHEL9", "part / --active --size=1", "--active of part is gone since RHEL9; leave it out; the boot loader sees to it"},
		{"RHEL7", "part / --bytes-per-inode=1", "--bytes-per-inode of part is gone since RHEL7; name a usage type"},
		{"RHEL10", "part / --hw-passphrase=x", "--hw-passphrase of part doesn't exist before RHEL11; this file is read as RHEL10"},
		{"F41", "part / --encrypted --hw-passphrase=x", "add --luks-version=luks2-hw-opal"},
		{"RHEL9", "part / --fstype=btrfs", "Btrfs is not supported: write --fstype=xfs"},
		{"RHEL9", "part /tmp --fstype=tmpfs --grow", "tmpfs has no disk to grow on"},
		{"RHEL9", "part / --resize --size=1", "--resize works on a partition that is there"},
		{"RHEL6", "raid / --device=root --level=1 raid.1", `in RHEL6 an array has a number, no name: --device=md0, not "root"`},
		{"RHEL9", "raid / --device=root --level=1", `a new array needs partitions behind "/": raid.01 raid.02`},
		{"RHEL9", "raid / --device=root --noformat raid.1", "with the partitions it has; drop raid.1"},
		{"RHEL9", "raid / --device=root raid.1", "a new array needs --level=…, its RAID level"},
		{"RHEL9", "raid / --device=root --level=7 raid.1", `--level cannot be "7"; it is one of`},
		{"RHEL9", "volgroup vg", `a new volume group needs physical volumes behind "vg": pv.01`},
		{"RHEL9", "volgroup vg --useexisting pv.1", "drop pv.1"},
		{"RHEL9", "logvol / --vgname=vg --name=r --grow", "the volume has no size"},
		{"RHEL9", "logvol / --size=1 --name=r", "logvol needs --vgname=…"},
		{"RHEL9", "logvol / --vgname=vg --name=r --size=1 --thin", "--thin needs the pool that the volume lies in"},
		{"RHEL9", "logvol / --vgname=vg --name=r --size=1 --cachesize=5", "a cache needs --cachepvs=…"},
		{"RHEL9", "logvol / --vgname=vg --name=r --percent=200", "--percent=200 is more than 100"},
		{"RHEL9", "btrfs / btrfs.01", "btrfs is deprecated in RHEL9; Red Hat Enterprise Linux has no Btrfs since 8"},
		{"RHEL10", "btrfs / btrfs.01", "btrfs is gone since RHEL10; Red Hat Enterprise Linux has no Btrfs since 8"},
		{"F40", "btrfs / --subvol --name=root", `a subvolume needs its volume behind "/": LABEL=…`},
		{"RHEL9", "autopart --fstype=btrfs", "Btrfs is not supported"},
		{"F40", "autopart --fstype=btrfs", "write --type=btrfs"},
		{"RHEL9", "autopart lvm", `autopart takes no word of its own, and this line has "lvm"`},
		{"RHEL9", "part / --size=1\nautopart", "autopart cannot stand together with part"},
		{"RHEL9", "part /home --size=1\npart /home/ --size=1", `part "/home" was already said`},
		{"RHEL9", "mount /dev/sda1 boot", `"boot" is no mount point; write a path from /`},
		{"RHEL9", "mount /dev/sda1 / --mkfsoptions=x", "--mkfsoptions does nothing without --reformat"},
		{"RHEL7", "mount /dev/sda1 /", "mount doesn't exist before RHEL8; this file is read as RHEL7"},
		{"RHEL9", "snapshot lv --name=s --when=pre-install", `"lv" is no volume; write group/volume`},
	} {
		_, found := judgeText(t, c.version, c.line+"\n")
		if !strings.Contains(strings.Join(texts(found), "\n"), c.want) {
			t.Errorf("%s %q: %v, want %s", c.version, c.line, texts(found), c.want)
		}
	}
}

// TestStorageCanonical holds forms in which one option writes another, or none.
func TestStorageCanonical(t *testing.T) {
	for _, c := range []struct{ version, line, want string }{
		{"RHEL9", "partition /home/ --type xfs --ondrive sda --size 007", `part /home --fstype="xfs" --ondisk=sda --size=7`},
		{"RHEL9", "part / --usepart=/dev/sda1 --noformat --passphrase=x", "part / --noformat --onpart=sda1"},
		{"RHEL9", "part / --escrowcert=u --backuppassphrase", "part /"},
		{"RHEL9", "part / --encrypted --escrowcert=u --backuppassphrase", `part / --encrypted --escrowcert="u" --backuppassphrase`},
		{"RHEL5", "part / --size=1", "part / --size=1 --bytes-per-inode=4096"},
		{"RHEL6", "part / --size=1 --bytes-per-inode=1", "part / --size=1"},
		{"RHEL6", "part swap --hibernation --encrypted --cipher=c", `part swap --encrypted --cipher="c" --hibernation`},
		{"RHEL7", "part swap --hibernation --encrypted --cipher=c", `part swap --encrypted --hibernation --cipher="c"`},
		{"RHEL9", "raid --noformat --device md0 /", "raid / --device=0 --noformat --useexisting"},
		{"RHEL10", "raid / --level raid1 --device md0 a b", "raid / --device=md0 --level=RAID1 a b"},
		{"RHEL9", "volgroup --noformat vg", "volgroup vg --noformat --useexisting"},
		{"RHEL6", "volgroup vg pv.1", "volgroup vg --pesize=32768 pv.1"},
		{"F40", "btrfs / --useexisting --metadata=10 LABEL=x", "btrfs / --noformat --useexisting --metadata=raid10 LABEL=x"},
		{"F40", "btrfs /home/ --subvol --name=home --parent=x LABEL=x", "btrfs /home --subvol --name=home LABEL=x"},
		{"F16", "autopart --nolvm", "autopart --nolvm"},
		{"F17", "autopart --nolvm", "autopart --type=plain"},
		{"F40", "autopart --type=Partition --hibernation", "autopart --type=plain --hibernation"},
		{"RHEL9", "logvol / --vgname=vg --name=r --noformat", "logvol / --noformat --useexisting --name=r --vgname=vg"},
		{"RHEL9", "logvol / --vgname=vg --name=r --size=1 --poolname=p", "logvol / --size=1 --name=r --vgname=vg"},
		{"RHEL9", "mount /dev/sda1 /home/ --reformat", "mount /dev/sda1 /home --reformat"},
		{"RHEL9", "mount --mkfsoptions=x --reformat ext4 /dev/sda1 none", `mount /dev/sda1 none --reformat=ext4 --mkfsoptions="x"`},
	} {
		recipe, found := judgeText(t, c.version, c.line+"\n")
		if got := strings.TrimSpace(squeeze(canonicalText(recipe))); got != c.want || verdict(found) == "error" {
			t.Errorf("%s %q: %q %v, want %q", c.version, c.line, got, texts(found), c.want)
		}
	}
}
