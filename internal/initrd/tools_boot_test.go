package initrd

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"cdbuilder/internal/cpio"
	"cdbuilder/internal/judge"
	"cdbuilder/internal/vm"
)

// tried is what the machine does with its two empty disks. Programs go by their
// whole names, as busybox's shell prefers its own.
const tried = `set -e
PATH=/usr/sbin:/usr/bin
a=/dev/vda b=/dev/vdb
step() { read -r now rest </proc/uptime; echo "step: $now $*"; }
trap 'echo "over: $?"' EXIT
mkdir -p /m
step modprobe, busybox\'s, as no medium was named and stage2 has looked for no disks
modprobe virtio-blk
step modprobe, ours
/usr/sbin/modprobe -q fs-squashfs
grep -q ^squashfs /proc/modules

# holds TYPE DEVICE: a file outlives an unmount; the kernel fetches its module.
holds() {
	/usr/bin/mount -t $1 $2 /m
	echo "kept by $1" >/m/file
	/usr/bin/umount /m
	/usr/sbin/blkid -p -o value -s TYPE $2
	/usr/bin/mount $2 /m
	grep -q "kept by $1" /m/file
	/usr/bin/findmnt -n -o FSTYPE /m
	/usr/bin/umount /m
	/usr/sbin/wipefs -qa $2
}

step ext4
/usr/sbin/mkfs.ext4 -q -F $a
/usr/sbin/dumpe2fs -h $a 2>&1 | grep 'features.*has_journal.*extent.*metadata_csum'
/usr/sbin/e2fsck -fp $a
holds ext4 $a
step xfs
/usr/sbin/mkfs.xfs -q $a
/usr/sbin/xfs_repair -n $a >/dev/null 2>&1
/usr/sbin/xfs_info $a | grep 'reflink=1'
holds xfs $a
step vfat
/usr/sbin/mkfs.vfat $a
/usr/sbin/fsck.vfat -n $a
holds vfat $a
step btrfs
/usr/sbin/mkfs.btrfs -q $a
holds btrfs $a
/usr/sbin/mkfs.btrfs -q -m raid1 -d raid1 $a $b
/usr/bin/btrfs device scan $a $b
/usr/bin/mount $b /m
/usr/bin/btrfs subvolume create /m/home
/usr/bin/btrfs filesystem df /m | grep 'Data, RAID1'
/usr/bin/umount /m
/usr/sbin/wipefs -qa $a $b
step swap
/usr/sbin/mkswap $a
/usr/sbin/swapon $a
grep ^$a /proc/swaps
/usr/sbin/swapoff $a
/usr/sbin/wipefs -qa $a

step lvm
/usr/sbin/lvmconfig --typeconfig current activation/udev_sync
/usr/sbin/pvcreate -q $a $b
/usr/sbin/vgcreate -q vg $a $b
/usr/sbin/lvcreate -q -y -n root -L 64M vg
/usr/sbin/mkfs.ext4 -q /dev/vg/root
holds ext4 /dev/mapper/vg-root
/usr/sbin/lvcreate -q -y -s -n snap -L 16M vg/root
/usr/sbin/lvcreate -q -y --type raid1 -m 1 -n mirror -L 32M vg
/usr/sbin/vgchange -q -an vg
/usr/sbin/vgchange -q -ay vg
/usr/sbin/lvs --noheadings -o lv_name,lv_attr vg
/usr/sbin/vgremove -q -f vg
/usr/sbin/pvremove -q $a $b

for level in 1 0 10 5; do
	step md $level
	/usr/sbin/mdadm --create /dev/md/r$level --run --assume-clean --level=$level --raid-devices=2 --metadata=1.2 $a $b
	/usr/sbin/mdadm --stop /dev/md/r$level
	/usr/sbin/mdadm --assemble /dev/md/r$level $a $b
	grep "active raid$level" /proc/mdstat
	/usr/sbin/mkfs.ext4 -q -F /dev/md/r$level
	holds ext4 /dev/md/r$level
	/usr/sbin/mdadm --stop /dev/md/r$level
	/usr/sbin/mdadm --zero-superblock $a $b
done

step luks
printf secret | /usr/sbin/cryptsetup -q luksFormat --type luks2 --pbkdf argon2id --pbkdf-force-iterations 4 --pbkdf-memory 1024 --pbkdf-parallel 2 $a -
printf secret | /usr/sbin/cryptsetup open --key-file - $a one
/usr/sbin/mkfs.ext4 -q /dev/mapper/one
holds ext4 /dev/mapper/one
/usr/sbin/cryptsetup status one | grep 'cipher: *aes-xts-plain64'
/usr/sbin/cryptsetup close one
printf secret | /usr/sbin/cryptsetup -q luksFormat --type luks1 --cipher serpent-cbc-essiv:sha256 --hash sha512 --pbkdf-force-iterations 1000 $b -
printf secret | /usr/sbin/cryptsetup open --key-file - $b two
/usr/sbin/dmsetup table two
/usr/sbin/cryptsetup close two
/usr/sbin/wipefs -qa $a $b

step partitions
printf 'label: gpt\nsize=64MiB, type=U\nsize=64MiB, type=L\n' | /usr/sbin/sfdisk -q $a
/usr/sbin/mkfs.vfat /dev/vda1
holds vfat /dev/vda1
/usr/bin/lsblk -n -o NAME,SIZE,TYPE $a
step efibootmgr
modprobe efivarfs
/usr/bin/mount -t efivarfs efivarfs /sys/firmware/efi/efivars
/usr/bin/efibootmgr -q -c -d $a -p 1 -L 'Demo server' -l '\EFI\demo\shimx64.efi'
/usr/bin/efibootmgr | grep 'Demo server.*HD(1,GPT,.*shimx64.efi'
step libraries
programs=0
for f in /usr/bin/* /usr/sbin/*; do
	if [ -L $f ] || [ $f = /usr/bin/busybox ]; then continue; fi
	/lib64/ld-linux-x86-64.so.2 --list $f >/tmp/list 2>&1 || [ $(head -c 2 $f) = '#!' ]
	if grep 'not found' /tmp/list; then exit 98; fi
	programs=$((programs + 1))
done
echo "$programs programs"
step end
dmesg | grep -i 'call trace\|tainted\|segfault\|BUG:' && exit 99
exit 0
`

// TestToolsOnEmptyDisks has every kind of volume made, used and unmade by the
// programs in the initramfs, on a UEFI machine. Nothing loads a module for them
// but the kernel's own requests.
func TestToolsOnEmptyDisks(t *testing.T) {
	judge.QEMU(t)
	vmlinuz, initramfs := bootFiles(t)
	addFile(t, initramfs, "root/try", tried)
	host, err := vm.FindHost(vm.UEFI)
	if err != nil {
		t.Fatal(err)
	}
	vars, err := os.ReadFile(host.Vars)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "vars"), vars, 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{
		"-drive", "if=pflash,format=raw,readonly=on,file=" + host.Code, "-drive", "if=pflash,format=raw,file=" + filepath.Join(dir, "vars"),
	}
	for _, disk := range []string{"a", "b"} {
		file := filepath.Join(dir, disk)
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(file, 400<<20); err != nil {
			t.Fatal(err)
		}
		args = append(args, "-drive", "if=none,format=raw,id="+disk+",file="+file, "-device", "virtio-blk-pci,drive="+disk)
	}
	g := start(t, vmlinuz, initramfs, "", args...)
	g.expect("Your choice: ")
	g.press("3")
	g.expect("# ")
	g.press("sh /root/try 2>&1")
	said := g.expect("over: ") + g.expect("\n")
	for _, step := range regexp.MustCompile(`(?m)^step: .*`).FindAllString(said, -1) {
		t.Log(step)
	}
	if !strings.HasSuffix(said, "\n0") {
		t.Errorf("a step failed:\n%s", tail(said))
	}
	if strings.Contains(said, "WARNING") {
		t.Errorf("a program warned:\n%s", said)
	}
}

// addFile appends an archive of one file to an initramfs; the kernel unpacks
// one after the other.
func addFile(t *testing.T, initramfs, name, content string) {
	t.Helper()
	f, err := os.OpenFile(initramfs, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	// An archive that is not packed starts at a multiple of four bytes.
	if _, err := f.Write(make([]byte, -info.Size()&3)); err != nil {
		t.Fatal(err)
	}
	w := cpio.NewWriter(f)
	if err := w.WriteHeader(&cpio.Header{Name: name, Mode: fs.FileMode(0o644), ModTime: stamp, Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
