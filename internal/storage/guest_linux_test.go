package storage_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cdbuilder/internal/storage"
	"cdbuilder/kickstart/language"
)

// TestGuest runs in the machine that TestInMachine boots. Each layout is made
// on top of the one before, twice, so that nothing may be left of the old one;
// it is mounted, released, and found again as the rescue system would.
func TestGuest(t *testing.T) {
	if os.Getenv("CDB_GUEST") == "" {
		t.Skip("runs in the machine of TestInMachine")
	}
	const cheap = ` --encrypted --passphrase="open sesame" --pbkdf-memory=1024 --pbkdf-iterations=4`
	for _, c := range []struct {
		name, text string
	}{
		{"LVM with xfs", "ignoredisk --only-use=vda,vdd\nautopart --type=lvm --fstype=xfs --nohome\n"},
		{"RAID 1 with LVM", `
reqpart
part raid.11 --size=300 --ondisk=vda
part raid.12 --size=300 --ondisk=vdb
part raid.21 --size=1000 --grow --ondisk=vda
part raid.22 --size=1000 --grow --ondisk=vdb
raid /boot --level=1 --device=boot --fstype=ext4 raid.11 raid.12
raid pv.1 --level=1 --device=md1 raid.21 raid.22
volgroup vg-one pv.1 --reserved-percent=10
logvol / --vgname=vg-one --name=root-fs --size=700 --grow --fstype=ext4
logvol /home --vgname=vg-one --name=home --percent=20 --fstype=ext4
logvol swap --vgname=vg-one --name=swap --size=64
`},
		{"LUKS with LVM", "autopart --nohome" + cheap + "\n"},
		{"LUKS on every file system", "autopart --type=plain --nohome" + cheap + "\n"},
		{"RAID 0, 5, 6 and 10, LUKS on RAID and on LVM", `
reqpart --add-boot
part / --size=500 --fstype=ext4 --ondisk=vda
part raid.a --size=200 --ondisk=vda
part raid.b --size=200 --ondisk=vdb
part raid.c --size=200 --ondisk=vdc
part raid.d --size=200 --ondisk=vdd
part raid.e --size=150 --ondisk=vda
part raid.f --size=150 --ondisk=vdb
part raid.g --size=150 --ondisk=vda
part raid.h --size=150 --ondisk=vdb
part raid.i --size=150 --ondisk=vdc
part raid.j --size=150 --ondisk=vdd
part raid.k --size=150 --ondisk=vda
part raid.l --size=150 --ondisk=vdb
part raid.m --size=150 --ondisk=vdc
part raid.n --size=150 --ondisk=vdd
part pv.2 --size=500 --ondisk=vdb
raid pv.1 --level=5 --device=five --spares=1 raid.a raid.b raid.c raid.d
raid /zero --level=0 --chunksize=64 --device=0 --fstype=ext4` + cheap + ` raid.e raid.f
raid /ten --level=10 --device=ten --fstype=ext4 raid.g raid.h raid.i raid.j
raid /six --level=6 --device=six --fstype=ext4 raid.k raid.l raid.m raid.n
volgroup vg pv.1 pv.2
logvol /secret --vgname=vg --name=secret --size=300 --fstype=ext4` + cheap + `
logvol /plain --vgname=vg --name=plain --size=1 --grow --fstype=ext4
`},
		{"btrfs RAID 1 with subvolumes", `
reqpart --add-boot
part btrfs.1 --size=1000 --ondisk=vda
part btrfs.2 --size=1000 --ondisk=vdb
btrfs none --label=pool --data=raid1 --metadata=raid1 btrfs.1 btrfs.2
btrfs / --subvol --name=root LABEL=pool
btrfs /home --subvol --name=home LABEL=pool
`},
		{"an MBR with LVM", "part /boot --size=300 --asprimary --ondisk=vda\npart /boot/efi --fstype=efi --size=64 --ondisk=vda\npart /dos --fstype=vfat --size=64 --ondisk=vda\npart /srv --fstype=ext2 --size=64 --ondisk=vda\npart pv.1 --size=1 --grow --ondisk=vda\nvolgroup vg pv.1\nlogvol / --vgname=vg --name=root --size=1 --grow\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			version := "F40"
			if strings.HasPrefix(c.name, "an MBR") {
				version = "F36"
			}
			inGuest(t, recipe(t, version, "zerombr\nclearpart --all --initlabel\n"+c.text))
		})
	}
}

func inGuest(t *testing.T, r *language.Recipe) {
	m, err := storage.Here().Machine()
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range m.Disks {
		if want := fmt.Sprintf("serial%d", i); d.Serial != want || d.InUse != "" || len(d.ByPath) == 0 {
			t.Fatalf("disk %d is %+v", i, d)
		}
	}
	p, err := storage.Make(r, m, storage.Options{Random: seeded()})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", p)
	tools := storage.Tools{Source: storage.Here(), Run: storage.Programs(func(argv []string) { t.Log(strings.Join(argv, " ")) })}
	root := "/tmp/sysimage"
	t.Cleanup(func() { // after a failure, for the sake of the next layout
		for _, dir := range []string{root, "/tmp/rescue"} {
			_ = storage.Unmount(dir)
		}
		_ = p.Release(context.Background(), tools)
	})
	for range 2 {
		if err := storage.Execute(t.Context(), p, tools, nil); err != nil {
			t.Fatal(err)
		}
		if err := p.Mount(root); err != nil {
			t.Fatal(err)
		}
		for _, m := range p.Mounts() {
			if m.Where == "swap" || m.Type == "vfat" {
				continue
			}
			if err := os.WriteFile(filepath.Join(root, m.Where, "marker"), []byte(m.Where), 0o600); err != nil {
				t.Error(err)
			}
		}
		leave(t, p, root)
		sizes(t, p)
		if err := p.Unmount(root); err != nil {
			t.Fatal(err)
		}
		judgeContent(t, p)
		if err := p.Release(t.Context(), tools); err != nil {
			t.Fatal(err)
		}
	}
	rescue(t, p, tools)
	if err := p.Release(t.Context(), tools); err != nil {
		t.Fatal(err)
	}
}

// leave makes the root a system that can be found.
func leave(t *testing.T, p *storage.Plan, root string) {
	t.Helper()
	if err := os.MkdirAll(root+"/etc", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"fstab": p.Fstab(), "os-release": "PRETTY_NAME=\"Test\"\n"} {
		if err := os.WriteFile(root+"/etc/"+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// sizes: every device is at least as large as the plan said, and not much
// larger.
func sizes(t *testing.T, p *storage.Plan) {
	t.Helper()
	for _, v := range p.Volumes() {
		f, err := os.Open(v.Path)
		if err != nil {
			t.Error(err)
			continue
		}
		size, err := f.Seek(0, 2)
		f.Close()
		if err != nil || size < v.Size || size > v.Size+v.Size/50+8<<20 {
			t.Errorf("%s has %d bytes, planned were %d (%v)", v.Path, size, v.Size, err)
		}
	}
	for _, a := range p.Arrays {
		detail := says(t, "mdadm", "--detail", "--export", a.Path)
		for _, want := range []string{"MD_UUID=" + a.UUID, "MD_METADATA=" + a.Metadata, fmt.Sprintf("MD_LEVEL=raid%d", a.Level)} {
			if !strings.Contains(detail, want+"\n") {
				t.Errorf("%s: mdadm does not say %s:\n%s", a.Path, want, detail)
			}
		}
		if f := says(t, "mdadm", "--detail", "--scan", a.Path); !strings.Contains(p.MdadmConf(), "UUID="+a.UUID) {
			t.Errorf("mdadm.conf lacks the array that mdadm describes as %s", f)
		}
	}
}

// rescue finds the system and every file in it, with nothing but the disks.
func rescue(t *testing.T, p *storage.Plan, tools storage.Tools) {
	t.Helper()
	asked := 0
	f := storage.Finder{Tools: tools, Ask: func(string) (storage.Secret, bool) {
		asked++
		return storage.Secret(map[bool]string{true: "wrong", false: "open sesame"}[asked == 1]), true
	}}
	if err := f.Activate(t.Context()); err != nil {
		t.Fatal(err)
	}
	systems, err := f.Find(t.Context())
	if err != nil || len(systems) != 1 {
		t.Fatalf("found %v: %v", systems, err)
	}
	root := "/tmp/rescue"
	missing, err := f.Mount(systems[0], root)
	if err != nil || missing != nil {
		t.Fatalf("mounting %s: %v, missing %v", systems[0], err, missing)
	}
	for _, m := range p.Mounts() {
		if m.Where == "swap" || m.Type == "vfat" {
			continue
		}
		if data, err := os.ReadFile(filepath.Join(root, m.Where, "marker")); string(data) != m.Where {
			t.Errorf("%s holds %q: %v", m.Where, data, err)
		}
	}
	if err := storage.Unmount(root); err != nil {
		t.Fatal(err)
	}
}
