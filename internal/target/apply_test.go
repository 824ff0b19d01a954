package target

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
)

const workshop = `lang de_DE.UTF-8 --addsupport=xx_YY.UTF-8,en_US.UTF-8
keyboard --xlayouts='de (nodeadkeys)'
timezone Europe/Berlin --utc
timesource --ntp-server=ntp.example.org
network --bootproto=dhcp --device=link --hostname=workshop.example.org
firewall --enabled --ssh --port=8080:tcp --service=mdns
rootpw --plaintext root-secret
group --name=build --gid=5002
user --name=admin --gecos="Administrator" --groups=sudo,build --plaintext --password=admin-secret
user --name=dev --uid=2000 --gid=2001 --homedir=/srv/dev --shell=/bin/sh
user --name=crypted --iscrypted --password=$6$cddemo$Oc3SZ7Be.Aftv2XCVcyUnKUDR.o24m4RiLr.ZwI8uCPm4XVVc8cguFv5DUDQwMqxGAwt9W1WB1QZutKt0joR40
user --name=locked --plaintext --password=x --lock
sshkey --username=admin "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPvKq1gaUwcoc1kKZlT1Rrf3vVCZ8k0Bq2UoAtSvTbKm admin@example.org"
sshkey --username=root "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPvKq1gaUwcoc1kKZlT1Rrf3vVCZ8k0Bq2UoAtSvTbKm root@example.org"
sshkey --username=nobodyatall "ssh-ed25519 AAAA"
services --disabled=crond --enabled=sshd,nonesuch
bootloader --timeout=2 --append="net.ifnames=0 cd=builder" --password=boot-secret
repo --name=extra --baseurl="http://deb.debian.org/debian trixie contrib" --install
`

// A disk is set up as a kickstart says; the target's own programs tell what they
// make of it.
func TestApply(t *testing.T) {
	judge.Installation(t)
	m := newMachine(t, wanted...)
	facts := Facts{
		Product: "test product", Packages: m.names, Boot: []string{m.disk}, Cmdline: "console=tty0 console=ttyS0,115200n8", Fstab: m.fstab(t),
		Sources: DebianSources("trixie", "main"), Kickstart: []byte(workshop), Random: zeroes{}, FreshKeys: true,
	}
	warnings := m.apply(t, workshop, facts)
	t.Run("warnings", func(t *testing.T) {
		expected := []string{"there is no locale xx_YY.UTF-8", "no installed package brings the service nonesuch", "there is no account nobodyatall"}
		if len(warnings) != len(expected) {
			t.Errorf("%d warnings, not %d: %q", len(warnings), len(expected), warnings)
		}
		for _, want := range expected {
			if !slices.ContainsFunc(warnings, func(w string) bool { return strings.Contains(w, want) }) {
				t.Errorf("no warning says %q: %q", want, warnings)
			}
		}
	})
	t.Run("accounts", m.accounts)
	t.Run("names", m.system)
	t.Run("services", m.units)
	t.Run("boot loader", m.bootable)
	t.Run("packages", m.sound)
	t.Run("again", func(t *testing.T) { // as after a failure that a person has mended
		m.apply(t, workshop, facts)
		if n := strings.Count(string(m.file(t, "home/admin/.ssh/authorized_keys")), "ssh-ed25519"); n != 1 {
			t.Errorf("%d keys for admin after a second time", n)
		}
		m.bootable(t)
	})
	if keep := os.Getenv("KEEP"); keep != "" {
		command(t, "sync")
		command(t, "cp", "--sparse=always", m.image, keep)
	}
}

func (m *machine) file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(m.root, name))
	if err != nil {
		t.Error(err)
	}
	return data
}

func (m *machine) accounts(t *testing.T) {
	m.says(t, "admin:x:1000:1000:Administrator:/home/admin:/bin/bash", "getent", "passwd", "admin")
	m.says(t, "dev:x:2000:2001::/srv/dev:/bin/sh", "getent", "passwd", "dev")
	m.says(t, "build:x:5002:admin", "getent", "group", "build")
	m.says(t, "admin sudo build", "id", "--groups", "--name", "admin")
	for account, state := range map[string]string{"root": "P", "admin": "P", "crypted": "P", "dev": "L", "locked": "L"} {
		if got := strings.Fields(m.inside(t, "passwd", "--status", account)); len(got) < 2 || got[1] != state {
			t.Errorf("passwd says of %s %q, not %s", account, got, state)
		}
	}
	for account, password := range map[string]string{"root": "root-secret", "admin": "admin-secret", "crypted": "changeme"} {
		// PAM itself, which su of another account asks.
		check := `use strict; my $h = (getpwnam($ARGV[0]))[1]; print crypt($ARGV[1], $h) eq $h ? "fits" : "does not fit"`
		m.says(t, "fits", "perl", "-e", check, account, password)
	}
	m.says(t, "admin:admin 700", "stat", "--format=%U:%G %a", "/home/admin/.ssh")
	m.says(t, "admin:admin 600", "stat", "--format=%U:%G %a", "/home/admin/.ssh/authorized_keys")
	m.says(t, "root:root 600", "stat", "--format=%U:%G %a", "/root/.ssh/authorized_keys")
	m.says(t, "root:root 600", "stat", "--format=%U:%G %a", "/root/anaconda-ks.cfg")
	m.says(t, "dev:dev", "stat", "--format=%U:%G", "/srv/dev")
	m.inside(t, "ssh-keygen", "-l", "-f", "/home/admin/.ssh/authorized_keys")
	m.inside(t, "pwck", "--read-only", "--quiet")
	m.inside(t, "grpck", "--read-only")
}

func (m *machine) system(t *testing.T) {
	m.says(t, "workshop.example.org", "cat", "/etc/hostname")
	m.says(t, "127.0.1.1       workshop.example.org workshop", "getent", "hosts", "workshop")
	m.says(t, "UTF-8", "env", "LANG=de_DE.UTF-8", "locale", "charmap")
	m.says(t, "Keine Berechtigung", "env", "LANG=de_DE.UTF-8", "perl", "-MPOSIX", "-e", "setlocale(LC_ALL, ''); print strerror(13)")
	m.says(t, "LANG=de_DE.UTF-8", "cat", "/etc/default/locale")
	m.says(t, "CET", "date", "--date=2026-01-01T00:00:00Z", "+%Z")
	m.says(t, "Europe/Berlin", "cat", "/etc/timezone")
	m.holds(t, "etc/default/keyboard", "XKBVARIANT=\"nodeadkeys\"")
	m.inside(t, "setupcon", "--print-commands-only", "--keyboard-only")
	m.says(t, "", "cat", "/etc/machine-id")
	m.says(t, "../run/systemd/resolve/stub-resolv.conf", "readlink", "/etc/resolv.conf")
	m.inside(t, "mkdir", "-p", "/run/sshd")
	m.inside(t, "sshd", "-t")
	m.inside(t, "visudo", "-c")
	if keys := m.inside(t, "sh", "-c", "ls /etc/ssh/ssh_host_*_key"); len(strings.Fields(keys)) < 2 {
		t.Errorf("host keys: %s", keys)
	}
	asks := m.inside(t, "apt-get", "update", "--print-uris")
	for _, want := range []string{"/debian/dists/trixie/InRelease", "/debian/dists/trixie-updates/InRelease", "/debian-security/dists/trixie-security/InRelease", "/debian/dists/trixie/contrib/"} {
		if !strings.Contains(asks, want) {
			t.Errorf("apt would not ask for %q:\n%s", want, asks)
		}
	}
}

func (m *machine) units(t *testing.T) {
	for _, unit := range []string{"ssh", "nftables", "systemd-networkd", "systemd-resolved", "systemd-timesyncd"} {
		m.says(t, "enabled", "systemctl", "is-enabled", unit)
	}
	// is-enabled fails where the answer is no.
	m.says(t, "disabled", "sh", "-c", "systemctl is-enabled cron || :")
	m.inside(t, "systemd-analyze", "cat-config", "systemd/timesyncd.conf")
}

func (m *machine) bootable(t *testing.T) {
	m.inside(t, "grub-script-check", "/boot/grub/grub.cfg")
	m.inside(t, "grub-script-check", "/boot/grub/user.cfg")
	uuid, _, _ := strings.Cut(m.fstab(t), " ")
	m.holds(t, "boot/grub/grub.cfg", "root="+uuid+" ro console=tty0 console=ttyS0,115200n8 net.ifnames=0 cd=builder")
	m.holds(t, "boot/grub/grub.cfg", "terminal_input console serial")
	m.holds(t, "boot/grub/grub.cfg", "set timeout=2")
	m.holds(t, "boot/grub/user.cfg", "GRUB2_PASSWORD=grub.pbkdf2.sha512.10000.")
	if strings.Contains(string(m.file(t, "boot/grub/grub.cfg")), "grub.pbkdf2.sha512") {
		t.Error("grub.cfg, which all may read, has the password's hash in it")
	}
	images, err := filepath.Glob(filepath.Join(m.root, "boot/initrd.img-*"))
	if err != nil || len(images) != 1 {
		t.Errorf("initramfs: %v %v", images, err)
	}
	disk := make([]byte, 2<<20)
	f, err := os.Open(m.disk)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := io.ReadFull(f, disk); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(disk[:440]), "GRUB") || !strings.Contains(string(disk[1<<20:2<<20]), "loading") {
		t.Error("GRUB is not in the disk's first sector and BIOS boot partition")
	}
}

// sound asks dpkg: of the packages' files only the firewall's configuration is
// another one.
func (m *machine) sound(t *testing.T) {
	m.says(t, "??5?????? c /etc/nftables.conf", "dpkg", "--verify")
	m.says(t, "", "dpkg", "--audit")
}
