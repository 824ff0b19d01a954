package lint_test

import (
	"slices"
	"testing"
)

// TestRuleCases goes into the corners of rules: what else they must find, and
// above all what they must leave alone.
func TestRuleCases(t *testing.T) {
	const rhel9, whole = "#version=RHEL9\n", "bootloader\n%packages\n@core\n%end\n"
	cases := []struct {
		name, rule, src string
		n               int // findings of the rule
	}{
		{"swap by its own rules", "part-no-size", "part swap --recommended\npart swap --hibernation\n", 0},
		{"a partition that exists", "part-no-size", "part /home --onpart=vda7 --noformat\n", 0},
		{"in memory", "part-no-size", "part /tmp --fstype=tmpfs\n", 0},
		{"RHEL 5 wrote it itself", "part-size-zero", "#version=RHEL5\npart pv.2 --size=0 --grow\n", 0},
		{"a limit above the size", "maxsize-below-size", "part / --size=4 --grow --maxsize=8\n", 0},
		{"members on two disks", "grow-shared", "part raid.1 --grow --size=1 --ondisk=vda\npart raid.2 --grow --size=1 --ondisk=vdb\n", 0},
		{"two disks", "grow-shared", "part / --grow --size=1 --ondisk=vda\npart /srv --grow --size=1 --ondisk=vdb\n", 0},
		{"members alike", "raid-uneven", "part raid.1 --grow --size=1\npart raid.2 --grow --size=1\nraid / --device=a --level=1 raid.1 raid.2\n", 0},
		{"one grows", "raid-uneven", "part raid.1 --grow --size=1\npart raid.2 --size=1\nraid / --device=a --level=1 raid.1 raid.2\n", 1},
		{"per disk", "disk-full", "# facts: disk=4000 disk=4000\npart / --size=3000\npart /srv --size=4900\n", 0},
		{"in a pool there may be more", "vg-full", "part pv.1 --size=9000\nvolgroup a pv.1\nlogvol none --vgname=a --name=p --thinpool --size=8000\nlogvol / --vgname=a --name=r --thin --poolname=p --size=20000\n", 0},
		{"kept as it is", "clearpart-nothing", "clearpart --none\n", 0},
		{"the partitions are named", "clearpart-nothing", "clearpart --list=vda2\n", 0},
		{"an image", "clearpart-missing", "part / --size=4000\nbootloader --location=none\n%packages\n%end\n", 0},
		{"a disk that clearpart leaves alone", "onpart-cleared", "clearpart --all --drives=vdb\npart / --onpart=vda1\n", 0},
		{"a disk that is ignored", "onpart-cleared", "ignoredisk --drives=vda\nclearpart --all\npart / --onpart=vda1\n", 0},
		{"one of the list", "onpart-cleared", "clearpart --list=nvme0n1p3\npart / --onpart=/dev/nvme0n1p3\npart /boot --onpart=/dev/nvme0n1p2\n", 1},
		{"sdp1 lies on sdp", "onpart-cleared", "clearpart --all --drives=sdp\npart / --onpart=sdp1\n", 1},
		{"only Linux' own", "onpart-cleared", "clearpart --linux\npart / --onpart=vda1\n", 0},
		{"swap as often as wanted", "mount-twice", "part swap --size=1\npart swap --size=1\n", 0},
		{"the same place written otherwise", "mount-twice", "part /srv --size=1\npart /srv/ --size=1\n", 1},
		{"a pattern", "disk-ignored", "ignoredisk --only-use=vd*\npart / --size=1 --ondisk=vda\n", 0},
		{"a part of a kickstart", "root-missing", "part /home --size=1\n", 0},
		{"what exists is mounted", "root-missing", "mount /dev/vda1 /\n" + whole, 0},
		{"made by a script", "root-missing", "part /home --size=1\n%include /tmp/p\n" + whole, 0},
		{"no boot loader", "boot-missing", "part pv.1 --size=9\nvolgroup a pv.1\nlogvol / --vgname=a --name=r --size=8\nbootloader --location=none\n", 0},
		{"reqpart makes it", "boot-missing", "reqpart --add-boot\npart pv.1 --size=9\nvolgroup a pv.1\nlogvol / --vgname=a --name=r --size=8\n", 0},
		{"an array is read since GRUB 2", "boot-missing", "part raid.1 --size=9\npart raid.2 --size=9\npart raid.3 --size=9\nraid / --device=a --level=5 raid.1 raid.2 raid.3\n", 0},
		{"and not before", "boot-missing", "#version=RHEL6\npart raid.1 --size=9\npart raid.2 --size=9\npart raid.3 --size=9\nraid / --device=md0 --level=5 raid.1 raid.2 raid.3\n", 1},
		{"BIOS only", "esp-missing", "# facts: firmware=bios\npart / --size=9\n", 0},
		{"autopart knows", "esp-missing", "# facts: firmware=uefi\nautopart\n", 0},
		{"three TiB", "biosboot-missing", "# facts: firmware=bios disk=3145728\npart / --size=9\n", 1},
		{"UEFI only", "biosboot-missing", "# facts: firmware=uefi disk=3145728\npart / --size=9\n", 0},
		{"a group that exists", "member-undefined", "volgroup a --useexisting\nlogvol / --vgname=a --name=r --size=8 --useexisting\n", 0},
		{"with a spare", "raid-count", "raid / --device=a --level=1 --spares=1 raid.1 raid.2\n", 1},
		{"by the level's name", "raid-count", "raid / --device=a --level=RAID6 raid.1 raid.2 raid.3\n", 1},
		{"filled in later", "password-plaintext", "rootpw --plaintext $ROOTPW\nuser --name=a --password={{.pw}}\nsshpw --username=b @@PW@@\n", 0},
		{"a script", "password-plaintext", "%post --erroronfail\necho 'a:b' | chpasswd\necho \"$PW\" | passwd --stdin a\n# echo a | passwd --stdin a\ncat <<E\necho a | passwd --stdin a\nE\n%end\n", 1},
		{"hashes of all kinds", "hash-none", "rootpw --iscrypted $y$j9T$abc$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nuser --name=a --iscrypted --password=$2b$10$abcdefghijklmnopqrstuu\n", 0},
		{"cut off", "hash-none", "rootpw --iscrypted $6$abc$def\n", 1},
		{"GRUB 2 has its own", "hash-none", "bootloader --iscrypted --password=$6$abc$def\n", 1},
		{"one passphrase is enough", "luks-asks", "part / --size=1 --encrypted --passphrase=$P\npart /srv --size=1 --encrypted\n", 0},
		{"the cloud opens it", "login-none", "rootpw --lock\n" + "bootloader\n%packages\ncloud-init\n%end\n", 0},
		{"a script opens it", "login-none", "rootpw --lock\n" + whole + "%post --erroronfail\nuseradd a\n%end\n", 0},
		{"a line of another family", "user-group", "# facts: family=debian\nuser --name=a --groups=sudo --lock\n", 0},
		{"wheel on Debian", "user-group", "# facts: family=debian\nuser --name=a --groups=wheel --lock\n", 1},
		{"made by a script", "sshkey-user", "sshkey --username=a \"ssh-ed25519 x\"\n%post --erroronfail\nuseradd a\n%end\n", 0},
		{"on the medium itself", "source-bypass", "# facts: medium\nrepo --name=a --baseurl=file:///run/install/repo/extra\n", 0},
		{"not for the installer", "append-installer", "bootloader --append=\"inst.gpt rd.break=pre-mount repo dd text\"\n", 0},
		{"IPv6 alone", "network-incomplete", "network --bootproto=static --ipv6=2001:db8::1/64\n", 0},
		{"IPv6", "network-address", "network --ipv6=2001:db8::1/64\nnetwork --ipv6=auto\nnetwork --ipv6=2001:db8::1/200\n", 1},
		{"a mask with a hole", "network-address", "network --bootproto=static --ip=192.0.2.1 --netmask=255.0.255.0 --gateway=192.0.2.2\n", 1},
		{"a single address", "network-gateway", "network --bootproto=static --ip=192.0.2.1 --netmask=255.255.255.255 --gateway=198.51.100.1\n", 0},
		{"DHCP is the default", "network-ignored", "network --ip=192.0.2.1\n", 0},
		{"named otherwise by hand", "network-eth0", "bootloader --append=net.ifnames=0\nnetwork --device=eth0\n", 0},
		{"said the same", "command-repeated", "lang en_US.UTF-8\nlang en_US.UTF-8\n", 0},
		{"the older form", "keymap-unknown", "keyboard de-latin1\nkeyboard us\n", 0},
		{"other lists", "services-repeated", "services --enabled=a\nservices --disabled=b\n", 0},
		{"another firewall", "firewall-off", "firewall --disabled\n%packages\nnftables\n%end\n", 0},
		{"a container", "selinux-off", "selinux --disabled\nbootloader --disabled\n", 0},
		{"looked at only", "selinux-file", "%post --erroronfail\ngrep disabled /etc/selinux/config\n%end\n", 0},
		{"said as a command too", "selinux-file", "selinux --disabled\n%post --erroronfail\nsed -i s/enforcing/disabled/ /etc/selinux/config\n%end\n", 0},
		{"off in the end", "reboot-eject", "# facts: cd\nreboot\npoweroff\n", 0},
		{"a group may be asked for twice", "package-twice", "%packages\n@core\n@core\n%end\n", 0},
		{"a shell by another name", "script-interpreter", "%post --erroronfail\n#!/bin/bash\ntrue\n%end\n", 0},
		{"the same by its version", "script-interpreter", "%post --interpreter=/usr/libexec/platform-python\n#!/usr/bin/python3.9\npass\n%end\n", 0},
		{"what has no command", "script-erroronfail", "%post\n# nothing\n%end\n", 0},
		{"Python has exceptions", "script-last-status", "%post --erroronfail --interpreter=/usr/bin/python3\na()\nb()\n%end\n", 0},
		{"with a status of its own", "script-last-status", "%post --erroronfail\nif a; then exit \"$b\"; fi\nc\n%end\n", 0},
		{"by its own hand", "script-last-status", "%post --erroronfail\na || exit 1\nb\n%end\n", 0},
		{"not a command", "list-harddrives", "%pre --erroronfail\n# list-harddrives\ntrue\n%end\n", 0},
		{"looks first", "post-sysimage", "%post --erroronfail\nif [ -d /mnt/sysimage ]; then\nls /mnt/sysimage\nfi\n%end\n", 0},
		{"written into a unit", "post-start", "%post --erroronfail\ncat > /etc/x <<EOF\nsystemctl start a\nEOF\necho systemctl start b\n%end\n", 0},
		{"after a separator", "post-start", "%post --erroronfail\ntrue && /usr/bin/systemctl --now start a\n%end\n", 1},
		{"outside", "post-start", "%post --nochroot --erroronfail\nsystemctl start a\n%end\n", 0},
		{"offline", "post-bus", "%post --erroronfail\nnmcli --offline connection add type ethernet > /etc/x\n%end\n", 0},
		{"a word for it", "script-reboot", "%post --erroronfail\necho reboot\nsystemctl enable reboot.timer\nreboot_needed=1\n%end\n", 0},
		{"in the end", "script-reboot", "%post --erroronfail\nsync; systemctl reboot\n%end\n", 1},
		{"lost", "script-log", "%post --nochroot --erroronfail --log=/root/a.log\ntrue\n%end\n", 1},
		{"kept", "script-log", "%post --nochroot --erroronfail --log=/mnt/sysimage/root/a.log\ntrue\n%end\n", 0},
	}
	for _, c := range cases {
		t.Run(c.rule+"/"+c.name, func(t *testing.T) {
			src := c.src
			if len(src) < 9 || src[:9] != "#version=" {
				src = rhel9 + src
			}
			if found := of(check(t, "a.ks", []byte(src)), c.rule); len(found) != c.n {
				t.Errorf("%d findings, want %d: %v\n%s", len(found), c.n, found, src)
			}
		})
	}
	known := ruleIDs()
	for _, c := range cases {
		if !slices.Contains(known, c.rule) {
			t.Errorf("there is no rule %s", c.rule)
		}
	}
}
