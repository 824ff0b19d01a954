package acceptance

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/vm"
	"cdbuilder/kickstart/oemdrv"

	"golang.org/x/sys/unix"
)

// What common.ks says of accounts, and the layouts of passphrases.
const (
	rootPassword = "Ahngo5Eeth"
	userPassword = "iep0ahTh3u"
	passphrase   = "oow7Gei4oo"
)

// A layout is a kickstart of testdata/matrix, which is put behind common.ks,
// and the machine that it is for.
type layout struct {
	name     string
	firmware vm.Firmware
	disks    []disk
	unlock   []string // passphrases, as they are asked for at the start
	checks   []check  // as root
	// after is done with the disks of the installed system.
	after func(t *testing.T, m vm.Machine)
}

// disk is an empty disk of the machine, or one with somebody's data.
type disk struct {
	size   int64
	serial string
	as     vm.Bus
	full   bool // with data that must stay
}

const gib = 1 << 30

var layouts = []layout{
	{
		name: "plain", firmware: vm.BIOS, disks: []disk{{8 * gib, "", vm.NVMe, false}},
		checks: []check{
			{"findmnt -no FSTYPE /", "ext4"}, {"findmnt -no FSTYPE /boot", "ext4"},
			{"findmnt -no SOURCE / | cut -c-12", "/dev/nvme0n1"},
			{"grep -c ^UUID= /etc/fstab", "3"}, {"e2label $(findmnt -no SOURCE /)", "ROOT"},
			{"blkid -p -o value -s PTTYPE /dev/nvme0n1", "dos"},
			{"swapon --noheadings | wc -l", "1"},
			{"test $(lsblk -bno SIZE $(findmnt -no SOURCE /)) = $((6000<<20)) && echo up-to-maxsize", "up-to-maxsize"},
		},
	},
	{
		name: "lvm", firmware: vm.UEFI, disks: []disk{{8 * gib, "", vm.Virtio, false}},
		checks: []check{
			{"findmnt -no FSTYPE / ", "xfs"}, {"findmnt -no FSTYPE,SOURCE /home", "xfs /dev/mapper/system-home"},
			{"findmnt -no SOURCE /", "/dev/mapper/system-root"}, {"findmnt -no FSTYPE /boot/efi", "vfat"},
			{"lvs --noheadings -o lv_name | sort", "home root swap"}, {"swapon --noheadings | wc -l", "1"},
			{"efibootmgr | grep -c '^Boot....[*] debian'", "1"},
			{"stat -c %a /home/operate/.ssh", "700"},
		},
	},
	{
		name: "raid1", firmware: vm.BIOS, disks: []disk{{5 * gib, "ONE", vm.Virtio, false}, {5 * gib, "TWO", vm.Virtio, false}},
		checks: []check{
			{"grep -c 'active raid1' /proc/mdstat", "2"}, {"findmnt -no SOURCE / | cut -c-7", "/dev/md"},
			{"mdadm --wait --scan; grep -o '.UU.' /proc/mdstat", "[UU] [UU]"},
			{"grep -c ^ARRAY /etc/mdadm/mdadm.conf", "2"},
		},
		after: startsWithEither,
	},
	{
		name: "luks", firmware: vm.BIOS, disks: []disk{{6 * gib, "A", vm.AHCI, true}, {6 * gib, "B", vm.AHCI, false}}, unlock: []string{passphrase},
		checks: []check{
			{"lsblk -no TYPE $(findmnt -no SOURCE /)", "crypt"}, {"grep -c luks /etc/crypttab", "1"},
			{"lsblk -ndo SERIAL $(lsblk -npo PKNAME $(findmnt -no SOURCE /boot))", "B"},
			{"cryptsetup luksDump $(blkid -t TYPE=crypto_LUKS -o device) | awk '/^Version/ {print $2}'", "2"},
			{"grep -rl " + passphrase + " /root /var/log /etc 2>/dev/null", "/root/anaconda-ks.cfg"},
		},
	},
	{
		name: "btrfs", firmware: vm.BIOS, disks: []disk{{6 * gib, "FIRST", vm.Virtio, true}, {6 * gib, "SECOND", vm.Virtio, false}},
		checks: []check{
			{"findmnt -no FSTYPE /", "btrfs"}, {"findmnt -no FSROOT /", "/root"}, {"findmnt -no FSROOT /home", "/home"},
			{"lsblk -ndo SERIAL $(lsblk -npo PKNAME $(findmnt -no SOURCE /boot))", "SECOND"},
			{"ip -o -4 addr show dev office42 | grep -o 192.0.2.10/24", "192.0.2.10/24"},
			{"ip -d link show dev office42 | grep -o 'vlan protocol 802.1Q id 42'", "vlan protocol 802.1Q id 42"},
			{"resolvectl dns office42 | cut -d: -f2-", "192.0.2.53 192.0.2.54"},
			{"ip route show dev office42 default | grep -c 192.0.2.1", "1"},
		},
	},
}

// Each layout is installed with its kickstart from a volume OEMDRV and no
// network card, starts, and is as the kickstart says, seen from inside and over
// ssh. Disks that it does not name keep every byte.
func TestMatrixLayouts(t *testing.T) {
	judge.Installation(t)
	judge.QEMU(t)
	table := openTable()
	for _, l := range layouts {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			table.add(t, l.name+".ks", string(l.firmware), l.run)
		})
	}
}

func (l layout) run(t *testing.T) row {
	t.Helper()
	key := sshKey(t)
	m := vm.Machine{Firmware: l.firmware}
	sums := map[int]string{}
	for i, d := range l.disks {
		file := emptyDisk(t, d.size)
		if d.full {
			fill(t, file)
			sums[i] = sum(t, file)
		}
		m.Drives = append(m.Drives, vm.Drive{Path: file, As: d.as, Scratch: true, Serial: d.serial})
	}
	if l.firmware == vm.UEFI {
		m.Vars = filepath.Join(t.TempDir(), "vars.fd")
	}
	begun := time.Now()
	r := install(t, withKickstart(t, m, l.kickstart(t, key+".pub")), nil)
	done := row{install: time.Since(begun)}
	if strings.Contains(r.Text(), passphrase) {
		t.Error("the passphrase was printed")
	}
	for i, before := range sums {
		if sum(t, m.Drives[i].Path) != before {
			t.Errorf("disk %d is no longer what it was", i+1)
		}
	}
	m.Drives = startable(m.Drives, l.disks)
	m.Network, m.SSH = true, freePort(t)
	s := boot(t, m, l.unlock...)
	done.login = s.took
	l.look(t, s, m.SSH, key)
	if l.after != nil {
		l.after(t, m)
	}
	return done
}

// startable puts the disks that were installed to before the others.
func startable(drives []vm.Drive, disks []disk) []vm.Drive {
	var first, rest []vm.Drive
	for i, d := range drives {
		if disks[i].full {
			rest = append(rest, d)
		} else {
			first = append(first, d)
		}
	}
	return append(first, rest...)
}

// look holds the installed system to its kickstart.
func (l layout) look(t *testing.T, s *session, port int, key string) {
	t.Helper()
	s.login("operate", userPassword)
	s.checks(
		check{"id -nG | tr ' ' '\\n' | grep -c sudo", "1"}, check{"getent passwd operate | cut -d: -f5,7", "Who operates it:/bin/bash"},
		check{"stat -c '%a %U' .ssh/authorized_keys", "600 operate"},
	)
	s.logout()
	s.login("root", rootPassword)
	s.checks(
		check{"hostname -f", l.name + ".example.org"}, check{"cat /etc/hostname", l.name + ".example.org"},
		check{"readlink -f /etc/localtime", "/usr/share/zoneinfo/Europe/Berlin"},
		check{"locale 2>&1 | grep ^LANG=", "LANG=de_DE.UTF-8"}, check{"grep XKBLAYOUT= /etc/default/keyboard", `XKBLAYOUT="de"`},
		check{"systemctl is-enabled ssh systemd-networkd systemd-resolved | sort -u", "enabled"},
		check{"systemctl is-enabled fstrim.timer", "disabled"},
		check{"cat /root/post-ran /root/post-nochroot", "CET nochroot"}, check{"test -s /var/log/ks-post.log && echo yes", "yes"},
		check{"grep -o matrix.word=yes /proc/cmdline", "matrix.word=yes"}, check{"grep -c 'written by %pre' /root/anaconda-ks.cfg", "1"},
	)
	s.checks(whole()...)
	s.checks(l.checks...)
	asUser(t, port, key, "operate")
	s.off()
}

// asUser logs in over ssh, with the key and nothing else.
func asUser(t *testing.T, port int, key, user string) {
	t.Helper()
	argv := []string{"ssh", "-F", "/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes", "-o", "ConnectTimeout=60",
		"-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes", "-p", fmt.Sprint(port), "-i", key, user + "@127.0.0.1", "id -un"}
	if got := strings.TrimSpace(ask(t, argv...)); got != user {
		t.Errorf("over ssh: %q", got)
	}
}

// startsWithEither starts the system with each of two disks alone. What the
// degraded system writes is thrown away, so that the second finds what the
// first did.
func startsWithEither(t *testing.T, m vm.Machine) {
	both := m.Drives
	for i := range both {
		m.Drives = []vm.Drive{both[i]}
		m.Drives[0].Discard = true
		s := boot(t, m)
		s.login("root", rootPassword)
		s.checks(
			check{"lsblk -ndo SERIAL /dev/vda", both[i].Serial},
			check{"grep -Eo '.(U_|_U).' /proc/mdstat | wc -l", "2"},
			check{"systemctl --failed --no-legend --plain", ""},
		)
		must(t, s.Running, s.Stop())
	}
}

// kickstart is common.ks with the layout's own lines before it.
func (l layout) kickstart(t *testing.T, publicKey string) []byte {
	t.Helper()
	var text []byte
	for _, name := range []string{l.name, "common"} {
		part, err := os.ReadFile(filepath.Join("testdata", "matrix", name+".ks"))
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, part...)
	}
	key, err := os.ReadFile(publicKey)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Replace(text, []byte("SSHKEY"), bytes.TrimSpace(key), 1)
}

// withKickstart is a machine that starts the medium's kernel past the boot
// menu, with a kickstart on a volume OEMDRV. A firmware starts what is on a disk
// before that, so that the disks of the machine stay the first ones.
func withKickstart(t *testing.T, m vm.Machine, text []byte) vm.Machine {
	t.Helper()
	_, iso := demo(t)
	m.Drives = append(m.Drives[:len(m.Drives):len(m.Drives)], vm.Drive{Path: iso, As: vm.CD}, vm.Drive{Path: oemdrvISO(t, text), As: vm.CD})
	return directly(t, m, "")
}

// directly starts the medium's kernel with more arguments.
func directly(t *testing.T, m vm.Machine, more string) vm.Machine {
	t.Helper()
	p, _ := demo(t)
	dir := filepath.Join(judge.Repository(t), "build", "isotree", "images", "pxeboot")
	m.Kernel, m.Initrd = filepath.Join(dir, "vmlinuz"), filepath.Join(dir, "initrd.img")
	m.Cmdline = strings.TrimSpace("inst.stage2=hd:LABEL=" + p.VolumeLabel() + " console=tty0 console=ttyS0,115200n8 " + more)
	return m
}

// oemdrvISO writes a volume OEMDRV that holds a kickstart.
func oemdrvISO(t *testing.T, text []byte) string {
	t.Helper()
	var image bytes.Buffer
	volume := oemdrv.Volume{Kickstart: text, Time: time.Date(2025, 8, 9, 0, 0, 0, 0, time.UTC)}
	if _, err := volume.WriteTo(&image); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "oemdrv.iso")
	if err := os.WriteFile(name, image.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// sshKey makes a key pair and gives the secret one's file.
func sshKey(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "key")
	ask(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "matrix", "-f", name)
	return name
}

// freePort is a port that nobody listens on, a moment ago.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// fill writes data here and there over a disk, at both of its ends too.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	end, err := f.Seek(0, io.SeekEnd)
	for at := int64(0); err == nil && at < end; at += end / 64 {
		_, err = f.WriteAt(bytes.Repeat([]byte("somebody's data "), 64), at)
	}
	if err == nil {
		_, err = f.WriteAt(bytes.Repeat([]byte("to the very end "), 64), end-1024)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// sum is the SHA-256 of a disk's blocks with their places; those of zeros are
// left out, and where the file has holes nothing is read.
func sum(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h := sha256.New()
	block, zeros := make([]byte, 1<<16), make([]byte, 1<<16)
	for at := int64(0); ; at += int64(len(block)) {
		data, err := unix.Seek(int(f.Fd()), at, unix.SEEK_DATA)
		if errors.Is(err, unix.ENXIO) {
			return fmt.Sprintf("%x", h.Sum(nil))
		}
		if err != nil {
			t.Fatal(err)
		}
		at = data - data%int64(len(block))
		n, err := f.ReadAt(block, at)
		if err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		if !bytes.Equal(block[:n], zeros[:n]) {
			fmt.Fprintf(h, "%d %x\n", at, sha256.Sum256(block[:n]))
		}
	}
}

// The demo from the ways that TestInstallsUnattended leaves out.
func TestMatrixDemo(t *testing.T) {
	judge.Installation(t)
	judge.QEMU(t)
	table := openTable()
	for _, firmware := range []vm.Firmware{vm.BIOS, vm.SecureBoot} {
		for _, as := range []vm.Bus{vm.CD, vm.USB} {
			t.Run(fmt.Sprintf("%s from %s", firmware, as), func(t *testing.T) {
				t.Parallel()
				table.add(t, "demo.ks, "+string(as), string(firmware), func(t *testing.T) row { return installDemo(t, firmware, as) })
			})
		}
	}
}

// A person answers the wizard on the serial line, and gets the demo's system with
// other names: the medium's kickstart was the basis.
func TestMatrixWizard(t *testing.T) {
	judge.Installation(t)
	judge.QEMU(t)
	t.Parallel()
	table := openTable()
	table.add(t, "the wizard's, from demo.ks", "bios", func(t *testing.T) row {
		key := sshKey(t)
		public, err := os.ReadFile(key + ".pub")
		if err != nil {
			t.Fatal(err)
		}
		disk := vm.Drive{Path: emptyDisk(t, 8<<30), As: vm.Virtio, Scratch: true, Serial: "MINE"}
		other := vm.Drive{Path: emptyDisk(t, 8<<30), As: vm.Virtio, Scratch: true, Serial: "THEIRS"}
		fill(t, other.Path)
		before := sum(t, other.Path)
		begun := time.Now()
		install(t, direct(t, "", other, disk), func(ctx context.Context, r *vm.Running) {
			for _, step := range []struct{ sees, types string }{
				{"Your choice: ", "\r"}, {"What to install", "\r"},
				{"serial THEIRS", "\x1b[B\r"}, {"Host name:", "\x15asked.example.org\r"}, {"Who may log in", "\r"},
				{"User name", "\x15asker\r\x15Who Asks\r" + userPassword + "\r" + userPassword + "\r" + strings.TrimSpace(string(public)) + "\r"},
				{"Network card", "\r"}, {"From the network", "\r"}, {"Find:", "lisbon\r"}, {"ERASES vdb", "yes\r"},
			} {
				must(t, r, r.WaitLine(ctx, step.sees))
				time.Sleep(time.Second) // a person looks first
				must(t, r, r.Type(step.types))
			}
		})
		done := row{install: time.Since(begun)}
		if sum(t, other.Path) != before {
			t.Error("the disk that was not chosen is no longer what it was")
		}
		m := vm.Machine{Drives: []vm.Drive{disk}, Network: true, SSH: freePort(t)}
		s := boot(t, m)
		done.login = s.took
		p, _ := demo(t)
		s.login("asker", userPassword)
		s.root(userPassword)
		s.checks(
			check{"hostname -f", "asked.example.org"}, check{"readlink /etc/localtime", "/usr/share/zoneinfo/Europe/Lisbon"},
			check{"getent passwd asker | cut -d: -f5", "Who Asks"}, check{"passwd -S root | cut -d' ' -f2", "L"},
			check{"grep -c " + p.ReleaseName() + " /etc/motd", "1"}, check{"grep -c only-use=/dev/disk/by-id/virtio-MINE /root/anaconda-ks.cfg", "1"},
			check{"grep -c " + userPassword + " /root/anaconda-ks.cfg /var/log/cd-builder/install.log | cut -d: -f2", "0 0"},
		)
		s.checks(whole(nftables)...)
		asUser(t, m.SSH, key, "asker")
		s.off()
		return done
	})
}
