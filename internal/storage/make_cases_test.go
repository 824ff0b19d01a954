package storage_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"cdbuilder/internal/storage"
	"cdbuilder/internal/storage/signature"
	"cdbuilder/internal/storage/table"
)

// TestMake asks one question in each case: what a line makes of a machine, or
// why it is refused.
func TestMake(t *testing.T) {
	const fresh = "clearpart --all --initlabel\nreqpart\n"
	for _, c := range []struct {
		name, version, text, want string
		firmware                  storage.Firmware
	}{
		{name: "a disk by its name", text: fresh + "part / --size=4000 --ondisk=sdb", want: "new  sdb1  1 MiB    BIOS boot, for GRUB\n  new  sdb2  3.9 GiB  ext4 /\n"},
		{name: "a disk by its path", text: fresh + "part / --size=4000 --ondisk=/dev/sdb", want: "new  sdb1  1 MiB    BIOS boot, for GRUB\n  new  sdb2  3.9 GiB  ext4 /\n"},
		{name: "a disk by id", text: fresh + "part / --size=4000 --ondisk=/dev/disk/by-id/ata-TEST_sdb", want: "new  sdb1  1 MiB    BIOS boot, for GRUB\n  new  sdb2  3.9 GiB  ext4 /\n"},
		{name: "a disk by a pattern of its id", text: fresh + "part / --size=4000 --ondisk=disk/by-id/*_sdb", want: "new  sdb1  1 MiB    BIOS boot, for GRUB\n  new  sdb2  3.9 GiB  ext4 /\n"},
		{name: "a disk by path", text: fresh + "part / --size=4000 --ondisk=disk/by-path/pci-0000:00:1f.2-ata-sdb", want: "new  sdb1  1 MiB    BIOS boot, for GRUB\n  new  sdb2  3.9 GiB  ext4 /\n"},
		{name: "a disk by serial number", text: fresh + "part / --size=4000 --ondisk=SSDB", want: "new  sdb1  1 MiB    BIOS boot, for GRUB\n  new  sdb2  3.9 GiB  ext4 /\n"},
		{name: "a disk by the label of what is on it", text: fresh + "part / --size=4000 --ondisk=LABEL=data", want: "new     sdc1  1 MiB    BIOS boot, for GRUB\n  new     sdc2  3.9 GiB  ext4 /\n"},
		{name: "a disk by the UUID of what is on it", text: fresh + "part / --size=4000 --ondisk=UUID=11111111-1111-4111-8111-111111111111", want: "new     sdc1  1 MiB    BIOS boot, for GRUB\n  new     sdc2  3.9 GiB  ext4 /\n"},
		{name: "two disks", text: fresh + "part / --size=4000 --ondisk=sd[ab]", want: "!3: --ondisk=sd[ab] fits sda and sdb; name one disk"},
		{name: "no disk", text: fresh + "part / --size=4000 --ondisk=nvme*", want: "!fits no disk of this machine; it has sda (TEST DISK, serial SSDA, 20 GiB), sdb"},
		{name: "an excluded disk", text: "ignoredisk --drives=disk/by-id/*sda\n" + fresh + "part / --size=4000 --ondisk=sda", want: "!--ondisk=sda cannot be used: excluded by ignoredisk --drives, line 1"},
		{name: "an excluded disk is cleared", text: "ignoredisk --drives=sda\nclearpart --all --drives=sda\npart / --size=4000", want: "!clearpart names sda, which cannot be used"},
		{name: "what is excluded stays", text: "ignoredisk --drives=sda,sdc\n" + fresh + "part / --size=4000", want: "stays as it is: sda (TEST DISK, serial SSDA, 20 GiB): excluded by ignoredisk --drives, line 1\n"},
		{name: "the boot drive comes first", text: fresh + "part / --size=4000\nbootloader --boot-drive=sdb", want: "starts by BIOS from sdb\n"},
		{name: "the order of drives", text: fresh + "part / --size=4000\nbootloader --driveorder=sdb,sda", want: "new  sdb1  1 MiB    BIOS boot"},
		{name: "what grows goes where most room is", text: fresh + "part / --size=4000\npart /srv --size=100 --grow", want: "new     sdc1  40.0 GiB  ext4 /srv\n"},
		{name: "the old default of a BIOS", version: "RHEL9", text: "clearpart --all --initlabel\npart / --size=4000", want: "new MBR\n  new  sda1  3.9 GiB  ext4 /\n"},
		{name: "the new default of a BIOS", version: "RHEL10", text: "clearpart --all --initlabel\npart / --size=4000", want: "!where GRUB needs a BIOS boot partition: write part biosboot"},
		{name: "UEFI has GPT", version: "RHEL9", firmware: storage.UEFI, text: fresh + "part / --size=4000", want: "new GPT\n  new  sda1  512 MiB  EFI system"},
		{name: "both firmwares", text: "clearpart --all --initlabel\npart biosboot --size=1 --fstype=biosboot\npart /boot/efi --fstype=efi --size=100\npart / --size=4000", want: "new  sda2  100 MiB  EFI system"},
		{name: "biosboot on an MBR", text: "clearpart --all --initlabel --disklabel=msdos\npart biosboot --size=1 --fstype=biosboot\npart / --size=4000", want: "!a BIOS boot partition is for GPT"},
		{name: "small xfs", text: fresh + "part / --size=200 --fstype=xfs", want: "!/ has 200 MiB, and xfs needs 300 MiB"},
		{name: "long label", text: fresh + "part / --size=4000 --fstype=xfs --label=thirteenchars", want: "!the label \"thirteenchars\" has 13 bytes; xfs takes 12"},
		{name: "no size", text: fresh + "part / --fstype=ext4", want: "!/ has no size: give --size=… in MiB; with --grow, --size=1 will do"},
		{name: "maxsize below size", text: fresh + "part / --size=400 --grow --maxsize=300", want: "!--maxsize=300 is less than --size=400"},
		{name: "huge", text: fresh + "part / --size=9223372036854775807", want: "!is no size in MiB"},
		{name: "an encrypted root without a /boot", text: fresh + "part / --size=4000 --encrypted --passphrase=x", want: "!give it a /boot of its own"},
		{name: "an encrypted group without a /boot", text: fresh + "part pv.1 --size=8000 --encrypted --passphrase=x\nvolgroup vg pv.1\nlogvol / --vgname=vg --name=r --size=100", want: "!give it a /boot of its own"},
		{name: "no passphrase", text: fresh + "part / --size=4000 --encrypted", want: "!nobody is there to type one"},
		{name: "an encrypted ESP", text: "clearpart --all --initlabel\npart /boot/efi --fstype=efi --size=100 --encrypted --passphrase=x\npart / --size=4000", want: "!/boot/efi cannot be encrypted"},
		{name: "no root", text: fresh + "part /srv --size=4000", want: "!there is no file system for /"},
		{name: "no boot loader, no requirements", version: "RHEL10", text: "clearpart --all --initlabel\npart / --size=4000\nbootloader --location=none", want: "new  sda1  3.9 GiB  ext4 /\n"},
		{name: "mounted twice", text: fresh + "part / --size=4000\npart pv.1 --size=1000\nvolgroup vg pv.1\nlogvol / --vgname=vg --name=r --size=100", want: "!/ is mounted twice; line 3 does it too"},
		{name: "one member in two arrays", text: fresh + "part / --size=4000\npart raid.1 --size=500\npart raid.2 --size=500\nraid /a --level=1 --device=a raid.1 raid.2\nraid /b --level=1 --device=b raid.1 raid.2", want: "!raid.1 is part of the array a already"},
		{name: "too few members", text: fresh + "part / --size=4000\npart raid.1 --size=500\npart raid.2 --size=500\nraid /a --level=5 --device=a raid.1 raid.2", want: "!RAID 5 needs 3 members, and a has 2"},
		{name: "members apart", text: fresh + "part / --size=4000\npart raid.1 --size=500\npart raid.2 --size=500\nraid /a --level=1 --device=a raid.1 raid.2", want: "of /dev/sda3, /dev/sdb2\n"},
		{name: "members together", text: fresh + "part / --size=4000\npart raid.1 --size=500 --ondisk=sda\npart raid.2 --size=500 --ondisk=sda\nraid /a --level=1 --device=a raid.1 raid.2", want: "note: two members of the array a lie on sda"},
		{name: "percents", text: fresh + "part pv.1 --size=8000\nvolgroup vg pv.1\nlogvol / --vgname=vg --name=r --percent=60\nlogvol /b --vgname=vg --name=b --percent=60", want: "!the --percent of the volumes in vg add up to 120"},
		{name: "a group's name that is taken", text: "clearpart --all --drives=sda,sdb --initlabel\nreqpart\npart pv.1 --size=8000 --ondisk=sda\nvolgroup old pv.1\nlogvol / --vgname=old --name=r --size=4000", want: "!a volume group old is on sdc2 already, and stays"},
		{name: "existing groups", text: fresh + "part / --size=4000\nvolgroup old --useexisting", want: "!a volume group that is there already cannot be used"},
		{name: "names on command lines", text: fresh + "part / --size=4000\npart pv.1 --size=1000\nvolgroup \"v g\" pv.1", want: "!\"v g\" is no name for a volume group"},
		{name: "what clearpart removes cannot be used", text: fresh + "part / --onpart=sdc1", want: "!sdc1 is to be used, but clearpart removes it"},
		{name: "used twice", text: "clearpart --drives=sda --all --initlabel\nreqpart\npart / --onpart=sdc1\npart /b --onpart=LABEL=data", want: "!sdc1 is used twice"},
		{name: "by-id of a partition", text: "clearpart --drives=sda --all --initlabel\nreqpart\npart / --size=4000\npart /b --onpart=/dev/disk/by-id/ata-TEST_sdc-part1 --noformat", want: "used as it is  sdc1  4.9 GiB  ext4 /b \"data\""},
		{name: "swap by memory", text: fresh + "part / --size=4000\npart swap --recommended", want: "4 GiB    swap\n"},
		{name: "POWER", text: fresh + "part / --size=4000\npart prepboot --size=4 --fstype=prepboot", want: "!prepboot is for POWER machines"},
		{name: "thin pools", text: fresh + "part / --size=400\npart pv.1 --size=1000\nvolgroup vg pv.1\nlogvol none --vgname=vg --name=p --thinpool --size=100", want: "!--thinpool: thin pools, caches"},
		{name: "thin autopart", text: fresh[:27] + "\nautopart --type=thinp", want: "!--type=thinp is not done by this installer; write lvm, plain or btrfs"},
		{name: "iSCSI", text: fresh + "part / --size=400\niscsi --ipaddr=192.0.2.1", want: "!iscsi is not done by this installer"},
		{name: "an fstype that is none", text: fresh + "part / --size=400 --fstype=ext44", want: `!--fstype=ext44: this installer makes no such file system; did you mean "ext4"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.version == "" {
				c.version = "F40"
			}
			if c.firmware == "" {
				c.firmware = storage.BIOS
			}
			m := machine(c.firmware, disk("sda", 20*gib), disk("sdb", 20*gib), disk("sdc", 40*gib))
			occupied(&m.Disks[2])
			p, err := storage.Make(recipe(t, c.version, c.text+"\n"), m, storage.Options{Random: seeded()})
			if want, refused := strings.CutPrefix(c.want, "!"); refused {
				if err == nil {
					t.Errorf("no fault %q in\n%s", want, p)
				} else if !strings.Contains(err.Error(), want) {
					t.Errorf("no fault %q in\n%v", want, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(p.String(), c.want) {
				t.Errorf("no %q in\n%s", c.want, p)
			}
		})
	}
}

// occupied puts two partitions on a disk.
func occupied(d *storage.Disk) {
	d.Table, d.TableID = table.GPT, "22222222-2222-4222-8222-222222222222"
	d.Partitions = []storage.Partition{
		{Name: d.Name + "1", Content: signature.Content{Type: "ext4", Label: "data", UUID: "11111111-1111-4111-8111-111111111111"}},
		{Name: d.Name + "2", Content: signature.Content{Type: "LVM2_member", Label: "old"}},
	}
	for i := range d.Partitions {
		d.Partitions[i].Entry = table.Entry{Number: i + 1, Start: int64(1+5000*i) << 20, Size: 5000 << 20, Type: table.TypeLinux, GUID: fmt.Sprintf("99999999-0000-4000-8000-%012d", i)}
	}
}

// TestSecrets: no way of printing a plan shows a passphrase.
func TestSecrets(t *testing.T) {
	p, err := storage.Make(recipe(t, "F40", "clearpart --all --initlabel\nautopart --encrypted --passphrase=opensesame\n"), machine(storage.BIOS, disk("sda", 20*gib)), storage.Options{Random: seeded()})
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	crypt := p.Disks[0].New[2].Crypt
	for _, text := range []string{p.String(), string(asJSON), fmt.Sprintf("%v %+v %#v %s %q", *crypt, *crypt, *crypt, crypt.Passphrase, crypt.Passphrase), fmt.Sprintf("%v %+v %#v", p.Steps(), p.Steps(), p.Steps())} {
		if strings.Contains(text, "opensesame") {
			t.Errorf("the passphrase is in %s", text)
		}
	}
	given := 0
	for _, s := range p.Steps() {
		if string(s.Stdin) == "opensesame" {
			given++
		}
	}
	if given != 2 {
		t.Errorf("%d programs are given the passphrase, want luksFormat and open", given)
	}
}
