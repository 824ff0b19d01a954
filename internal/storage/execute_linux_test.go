package storage_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/storage"
	"cdbuilder/internal/storage/table"

	"golang.org/x/sys/unix"
)

// loop makes a disk of a sparse file. Its name is that of a loop device.
func loop(t *testing.T, size int64, options ...string) string {
	t.Helper()
	judge.Root(t)
	losetup := judge.Program(t, "losetup")
	image := filepath.Join(t.TempDir(), "disk.img")
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, size); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(losetup, append(append([]string{"--find", "--show"}, options...), image)...).CombinedOutput()
	if err != nil {
		judge.Missing(t, "no loop device: %v: %s", err, out)
	}
	device := strings.TrimSpace(string(out))
	t.Cleanup(func() {
		forget(device)
		if out, err := exec.Command(losetup, "--detach", device).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	return strings.TrimPrefix(device, "/dev/")
}

// forget removes a loop device's partitions from the kernel.
func forget(device string) {
	_ = exec.Command("partx", "--delete", device).Run()
}

func here() storage.Source {
	s := storage.Here()
	s.Loop = true
	return s
}

// probe reads those disks of the machine that are named.
func probe(t *testing.T, names ...string) []storage.Disk {
	t.Helper()
	disks, err := storage.Probe(here())
	if err != nil {
		t.Fatal(err)
	}
	disks = slices.DeleteFunc(disks, func(d storage.Disk) bool { return !slices.Contains(names, d.Name) })
	if len(disks) != len(names) {
		t.Fatalf("%d of the %d disks %v were found", len(disks), len(names), names)
	}
	return disks
}

// kernel skips where the kernel cannot mount a file system.
func kernel(t *testing.T, fs string) {
	t.Helper()
	data, err := os.ReadFile("/proc/filesystems")
	if err != nil || !slices.Contains(strings.Fields(string(data)), fs) {
		if exec.Command("modprobe", fs).Run() != nil {
			t.Skipf("this kernel has no %s", fs)
		}
	}
}

func tools(t *testing.T) storage.Tools {
	return storage.Tools{Source: here(), Run: storage.Programs(func(argv []string) { t.Log(strings.Join(argv, " ")) })}
}

func execute(t *testing.T, p *storage.Plan) {
	t.Helper()
	for _, name := range p.Programs() {
		judge.Program(t, name)
	}
	if err := storage.Execute(t.Context(), p, tools(t), nil); err != nil {
		t.Fatal(err)
	}
}

// says runs a judge and returns what it says.
func says(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := exec.Command(judge.Program(t, program), args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// judgeTable asks sgdisk and sfdisk.
func judgeTable(t *testing.T, d *storage.DiskPlan) {
	t.Helper()
	if out := says(t, "sfdisk", "--verify", d.Path()); !strings.Contains(out, "No errors") {
		t.Errorf("sfdisk: %s", out)
	}
	if d.Kind == table.GPT {
		if out := says(t, "sgdisk", "-v", d.Path()); !strings.Contains(out, "No problems found") || strings.Contains(out, "aution") {
			t.Errorf("sgdisk: %s", out)
		}
	}
	dump := says(t, "sfdisk", "--dump", d.Path())
	for _, n := range d.New {
		if want := fmt.Sprintf("start=%12d, size=%12d", n.Start/int64(d.Sector), n.Entry.Size/int64(d.Sector)); !strings.Contains(dump, want) {
			t.Errorf("sfdisk has no %q for %s:\n%s", want, n.Path, dump)
		}
	}
}

// judgeType asks blkid.
func judgeType(t *testing.T, device, kind, uuid string) {
	t.Helper()
	got := says(t, "blkid", "-p", "-o", "export", device)
	if !strings.Contains(got, "TYPE="+kind+"\n") || !strings.Contains(got, "UUID="+uuid) {
		t.Errorf("%s: blkid does not say %s, UUID %s:\n%s", device, kind, uuid, got)
	}
}

// judgeContent asks blkid, and each file system's own checker.
func judgeContent(t *testing.T, p *storage.Plan) {
	t.Helper()
	for _, v := range p.Volumes() {
		if v.Crypt != nil {
			judgeType(t, v.Path, "crypto_LUKS", v.Crypt.UUID)
		}
		switch v.FS {
		case "biosboot":
			continue
		case "lvm":
			judgeType(t, v.Device(), "LVM2_member", "")
		case "raid":
			judgeType(t, v.Device(), "linux_raid_member", "")
		default:
			judgeType(t, v.Device(), v.FS, v.UUID)
		}
		switch v.FS {
		case "ext4", "ext3", "ext2":
			says(t, "e2fsck", "-f", "-n", v.Device())
		case "xfs":
			says(t, "xfs_repair", "-n", v.Device())
		case "vfat":
			says(t, "fsck.vfat", "-n", v.Device())
		case "btrfs":
			says(t, "btrfs", "check", "--readonly", v.Device())
		}
	}
}

func TestExecute(t *testing.T) {
	for _, c := range []struct {
		name     string
		firmware storage.Firmware
		size     int64
		sector   string
		text     string
	}{
		{"a GPT for UEFI with everything but btrfs", storage.UEFI, 3 * gib, "512", `
clearpart --all --initlabel --drives=DISK
reqpart
part /boot --fstype=ext4 --size=300 --label=boot
part / --fstype=xfs --size=500 --grow --label="the root"
part /srv/data --fstype=ext3 --size=100 --grow --maxsize=200
part /var --fstype=ext2 --size=64
part swap --size=64 --label=swap
`},
		{"a GPT for a BIOS with btrfs", storage.BIOS, 2 * gib, "512", `
zerombr
clearpart --all --initlabel --drives=DISK
autopart --type=btrfs --noboot --noswap
`},
		{"a GPT with sectors of 4 KiB", storage.BIOS, 1 * gib, "4096", `
clearpart --all --initlabel --drives=DISK
reqpart
part / --fstype=ext4 --grow --size=1
part /data --fstype=ext4 --size=200
`},
		{"an MBR with logical partitions", storage.BIOS, 2 * gib, "512", `
clearpart --all --initlabel --drives=DISK --disklabel=msdos
part /boot --fstype=ext4 --size=200 --asprimary
part / --fstype=ext4 --size=300 --grow
part /home --fstype=ext4 --size=100 --grow
part /a --fstype=ext4 --size=100
part /b --fstype=vfat --size=100 --label=DOS
part swap --size=64
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := loop(t, c.size, "--sector-size", c.sector)
			r := recipe(t, "F36", strings.ReplaceAll(c.text, "DISK", name))
			p, err := storage.Make(r, machine(c.firmware, probe(t, name)...), storage.Options{Random: seeded()})
			if err != nil {
				t.Fatal(err)
			}
			execute(t, p)
			judgeTable(t, p.Disks[0])
			judgeContent(t, p)
			reread(t, p, name)
			t.Run("mounted", func(t *testing.T) { mounted(t, p) })
		})
	}
}

// reread: what Probe finds afterwards is what the plan said.
func reread(t *testing.T, p *storage.Plan, name string) {
	t.Helper()
	d := probe(t, name)[0]
	if len(d.Partitions) != len(p.Disks[0].New) || d.Table != p.Disks[0].Kind || d.TableID != p.Disks[0].ID {
		t.Fatalf("the disk reads back as %+v", d)
	}
	for i, n := range p.Disks[0].New {
		got := d.Partitions[i]
		if got.Entry != n.Entry {
			t.Errorf("%s reads back as %+v, planned as %+v", n.Path, got.Entry, n.Entry)
		}
		if n.UUID != "" && (got.Content.Type != n.FS || got.Content.UUID != n.UUID || got.Content.Label != n.Label) {
			t.Errorf("%s reads back as %+v", n.Path, got.Content)
		}
	}
}

// mounted mounts the plan, looks at the mounts, and unmounts.
func mounted(t *testing.T, p *storage.Plan) {
	t.Helper()
	for _, m := range p.Mounts() {
		if m.Where != "swap" {
			kernel(t, m.Type)
		}
	}
	root := filepath.Join(t.TempDir(), "sysimage")
	if err := p.Mount(root); err != nil {
		t.Fatal(err)
	}
	table := says(t, "findmnt", "--raw", "--noheadings", "--output", "TARGET,SOURCE,FSTYPE", "--submounts", "--target", root)
	for _, m := range p.Mounts() {
		where := strings.TrimSuffix(root+m.Where, "/")
		if m.Where != "swap" && !strings.Contains(table, where+" "+m.Device) {
			t.Errorf("%s is not mounted:\n%s", m.Where, table)
		}
	}
	disks, err := storage.Probe(here())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range disks {
		if d.Name == p.Disks[0].Name && !strings.Contains(d.InUse, "mounted at") {
			t.Errorf("the mounted disk is in use by %q", d.InUse)
		}
	}
	if err := storage.Execute(t.Context(), p, tools(t), nil); !errors.Is(err, unix.EBUSY) {
		t.Errorf("a mounted disk is written to: %v", err)
	}
	if err := p.Unmount(root); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("findmnt", "--submounts", root).CombinedOutput(); err == nil {
		t.Errorf("after Unmount there still is %s", out)
	}
}

// TestExecuteTwice executes a plan, and another one on top of it: nothing of
// the first may be found again, and partitions that stay keep every byte.
func TestExecuteTwice(t *testing.T) {
	name := loop(t, 1*gib)
	lay := func(text string) *storage.Plan {
		t.Helper()
		r := recipe(t, "F40", strings.ReplaceAll(text, "DISK", name))
		p, err := storage.Make(r, machine(storage.BIOS, probe(t, name)...), storage.Options{Random: seeded()})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	first := lay("clearpart --all --initlabel --drives=DISK\nreqpart\npart / --fstype=ext4 --size=200\npart /keep --fstype=ext4 --size=100 --label=keep\npart swap --size=50\n")
	execute(t, first)
	execute(t, first) // as after a power cut
	judgeTable(t, first.Disks[0])
	judgeContent(t, first)
	second := lay("clearpart --list=" + name + "p2," + name + "p4\npart / --fstype=ext4 --size=150\npart /keep --onpart=LABEL=keep --noformat\npart /more --size=100 --grow\n")
	if d := second.Disks[0]; d.Fresh || len(d.Kept) != 2 || len(d.Removed) != 2 {
		t.Fatalf("the second plan:\n%s", second)
	}
	execute(t, second)
	judgeTable(t, second.Disks[0])
	judgeContent(t, second)
	if got := says(t, "blkid", "-p", "-o", "value", "-s", "UUID", second.Disks[0].Used[0].Path); strings.TrimSpace(got) != first.Disks[0].New[2].UUID {
		t.Errorf("what was to be kept is now %s", got)
	}
}

// TestExecuteFails: the failing program's command line and last words are in
// the error, and no passphrase is.
func TestExecuteFails(t *testing.T) {
	name := loop(t, 1*gib)
	r := recipe(t, "F40", "clearpart --all --initlabel --drives="+name+"\nreqpart\npart / --fstype=ext4 --size=200 --mkfsoptions=\"-O no_such_feature\"\n")
	p, err := storage.Make(r, machine(storage.BIOS, probe(t, name)...), storage.Options{Random: seeded()})
	if err != nil {
		t.Fatal(err)
	}
	err = storage.Execute(t.Context(), p, tools(t), nil)
	if err == nil || !strings.Contains(err.Error(), "-O no_such_feature /dev/"+name) || !strings.Contains(err.Error(), "Invalid filesystem option") {
		t.Errorf("the error is: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := storage.Execute(ctx, p, tools(t), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled execution: %v", err)
	}
}

// TestOnlyTheSecondDisk: of two equal disks the one that was named by its
// serial number is written, and the other keeps every byte.
func TestOnlyTheSecondDisk(t *testing.T) {
	first, second := loop(t, 128<<20), loop(t, 128<<20)
	before := make([]byte, 128<<20)
	for i := range before {
		before[i] = byte(i * 7 >> 3)
	}
	if err := os.WriteFile("/dev/"+first, before, 0o600); err != nil {
		t.Fatal(err)
	}
	disks := probe(t, first, second)
	for i := range disks {
		disks[i].Serial = fmt.Sprintf("NUMBER%d", slices.Index([]string{first, second}, disks[i].Name))
	}
	r := recipe(t, "F40", "zerombr\nignoredisk --only-use=NUMBER1\nclearpart --all --initlabel\nautopart --type=plain --noboot --noswap\n")
	p, err := storage.Make(r, machine(storage.UEFI, disks...), storage.Options{Random: seeded()})
	if err == nil || !strings.Contains(err.Error(), second+" (serial NUMBER1, 128 MiB) is too small") || !strings.Contains(err.Error(), "1.4 GiB is missing") {
		t.Fatalf("128 MiB are not too small for an ESP and a root: %v\n%v", err, p)
	}
	r = recipe(t, "F40", "zerombr\nignoredisk --only-use=NUMBER1\nclearpart --all --initlabel\nreqpart\npart / --fstype=ext4 --size=100 --grow\n")
	p, err = storage.Make(r, machine(storage.BIOS, disks...), storage.Options{Random: seeded()})
	if err != nil {
		t.Fatal(err)
	}
	execute(t, p)
	judgeContent(t, p)
	after, err := os.ReadFile("/dev/" + first)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the first disk was written to (%v)", err)
	}
}
