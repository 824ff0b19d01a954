package acceptance

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/vm"
)

// A fault is a machine on which nothing can be installed, and what is said.
type fault struct {
	name    string
	machine func(t *testing.T, disk vm.Drive) vm.Machine
	says    []string // patterns, in this order
	touched bool     // the disk is written to before
}

var faults = []fault{
	{
		name: "disk too small",
		machine: func(t *testing.T, disk vm.Drive) vm.Machine {
			disk.Path = emptyDisk(t, 1<<30)
			return direct(t, "inst.ks=cdrom:/ks/demo.ks", disk)
		},
		says: []string{"THE INSTALLATION FAILED", "vda .* is too small: .*GiB is missing", "nothing was written to them"},
	},
	{
		name: "no disk",
		machine: func(t *testing.T, _ vm.Drive) vm.Machine {
			return direct(t, "inst.ks=cdrom:/ks/demo.ks")
		},
		says: []string{"THE INSTALLATION FAILED", "planning the disks", "no disk", "nothing was written to them"},
	},
	{
		name: "pre fails",
		machine: func(t *testing.T, disk vm.Drive) vm.Machine {
			return withKickstart(t, vm.Machine{Drives: []vm.Drive{disk}}, []byte("text\nautopart\nzerombr\nclearpart --all\n%pre --erroronfail\necho the pump is dry >&2\nexit 3\n%end\n%onerror\necho onerror says $((6*7)) > /dev/console\n%end\n"))
		},
		says: []string{"onerror says 42", "THE INSTALLATION FAILED", "running %pre", "failed, and it says --erroronfail", "the pump is dry", "nothing was written to them"},
	},
	{
		name: "unknown command",
		machine: func(t *testing.T, disk vm.Drive) vm.Machine {
			return withKickstart(t, vm.Machine{Drives: []vm.Drive{disk}}, []byte("text\nautopart\nclearpart --all\nfrobnicate --now\n%packages\n%end\n"))
		},
		says: []string{"THE INSTALLATION FAILED", "ks.cfg:4: .*frobnicate", "nothing was written to them"},
	},
	{
		name: "no such kickstart",
		machine: func(t *testing.T, disk vm.Drive) vm.Machine {
			return direct(t, "inst.ks=cdrom:/ks/dmeo.ks", disk)
		},
		says: []string{"cdrom:/ks/dmeo.ks", "no such file", "there are: ks/demo.ks"},
	},
	{
		name: "two volumes of one label",
		machine: func(t *testing.T, disk vm.Drive) vm.Machine {
			_, iso := demo(t)
			m := direct(t, "inst.ks=cdrom:/ks/demo.ks", disk)
			m.Drives = append(m.Drives, vm.Drive{Path: iso, As: vm.USB, ReadOnly: true})
			return m
		},
		says: []string{"sda", "sr0", "remove all but one and start again"},
	},
	{
		name: "damaged package",
		machine: func(t *testing.T, disk vm.Drive) vm.Machine {
			m := direct(t, "inst.ks=cdrom:/ks/demo.ks", disk)
			m.Drives[len(m.Drives)-1].Path = damaged(t, "pool/main/b/base-files/")
			return m
		},
		says: []string{"THE INSTALLATION FAILED", "installing the packages", "base-files"}, touched: true,
	},
}

// direct is a machine with a disk that starts the medium's kernel past the boot
// menu.
func direct(t *testing.T, more string, disks ...vm.Drive) vm.Machine {
	t.Helper()
	_, iso := demo(t)
	return directly(t, vm.Machine{Drives: append(disks, vm.Drive{Path: iso, As: vm.CD})}, more)
}

// What cannot be installed is said on one screen, the menu comes, and the disk
// keeps every byte as long as nothing had to be written.
func TestInstallationFaults(t *testing.T) {
	judge.Slow(t)
	judge.QEMU(t)
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			f.run(t)
		})
	}
}

func (f fault) run(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute)
	defer cancel()
	disk := vm.Drive{Path: emptyDisk(t, 8<<30), As: vm.Virtio, Scratch: true}
	fill(t, disk.Path)
	m := f.machine(t, disk)
	before := sum(t, m.Drives[0].Path)
	r := until(ctx, t, m, nil, "stage2: menu")
	text := r.Text()
	_, rest, _ := strings.Cut(text, "stage2: looking for the medium")
	for _, want := range f.says {
		at := regexp.MustCompile(want).FindStringIndex(rest)
		if at == nil {
			t.Fatalf("%q is not said behind the one before it:\n%s", want, rest)
		}
		rest = rest[at[1]:]
	}
	if strings.Contains(text, "configuring the system") {
		t.Error("it went on to the configuration and the boot loader")
	}
	must(t, r, r.Stop())
	if !f.touched && sum(t, m.Drives[0].Path) != before {
		t.Error("the disk was written to")
	}
}

// damaged is a copy of the ISO with one bit of a package in a directory of the
// medium turned over.
func damaged(t *testing.T, dir string) string {
	t.Helper()
	_, iso := demo(t)
	img := image(t, iso)
	entries, err := fs.ReadDir(img, strings.TrimSuffix(dir, "/"))
	if err != nil || len(entries) == 0 {
		t.Fatalf("%s: %d files, %v", dir, len(entries), err)
	}
	packed, err := fs.ReadFile(img, dir+entries[0].Name())
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(iso)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(whole, packed)
	if at < 0 {
		t.Fatalf("%s does not lie in one piece on the medium", entries[0].Name())
	}
	whole[at+len(packed)*3/4] ^= 0x10
	name := filepath.Join(t.TempDir(), "damaged.iso")
	if err := os.WriteFile(name, whole, 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// The power goes while packages are installed. What is half there starts
// nothing that looks whole, and installing again makes a system that starts; the
// rescue entry then finds it.
func TestMatrixPowerCut(t *testing.T) {
	judge.Installation(t)
	judge.QEMU(t)
	t.Parallel()
	table := openTable()
	table.add(t, "demo.ks after a power cut", "bios", func(t *testing.T) row {
		disk := vm.Drive{Path: emptyDisk(t, 8<<30), As: vm.Virtio, Scratch: true}
		cut(t, direct(t, "inst.ks=cdrom:/ks/demo.ks", disk), "unpacking 1[0-9][0-9] of ")
		begun := time.Now()
		install(t, direct(t, "inst.ks=cdrom:/ks/demo.ks", disk), nil)
		done := row{install: time.Since(begun)}
		rescues(t, disk)
		s := boot(t, vm.Machine{Drives: []vm.Drive{disk}})
		done.login = s.took
		lookAtDemo(t, vm.BIOS, s)
		return done
	})
}

// cut kills a machine once it has said something.
func cut(t *testing.T, m vm.Machine, when string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	r := until(ctx, t, m, nil, when)
	must(t, r, r.Stop())
}

// rescues finds an installed system from the medium and works in it.
func rescues(t *testing.T, disk vm.Drive) {
	t.Helper()
	p, _ := demo(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	disk.Discard = true
	r := until(ctx, t, direct(t, "inst.rescue", disk), nil, "is mounted at /mnt/sysimage")
	must(t, r, r.WaitLine(ctx, "chroot /mnt/sysimage leads into it"))
	must(t, r, r.WaitLine(ctx, "# "))
	must(t, r, r.Type("chroot /mnt/sysimage sh -c 'echo \"<$(cat /etc/hostname) $(dpkg-query -W | wc -l) $(ls /proc/self /dev/null | wc -l | grep -c ..)>\"'\r"))
	_, err := r.Wait(ctx, regexp.MustCompile("<"+regexp.QuoteMeta(p.Values["hostname"])+" 2[0-9][0-9] 1>"))
	must(t, r, err)
	must(t, r, r.Stop())
}
