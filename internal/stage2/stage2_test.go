package stage2

import (
	"context"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// start runs stage2 beside the test.
func (m *machine) start(crash string) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Run(ctx, m.System, crash) }()
	m.t.Cleanup(func() {
		cancel()
		for _, tty := range m.ttys {
			tty.press.Close()
		}
		<-done
	})
}

// type a line at a console.
func (t *terminal) answer(text string) { _, _ = t.press.Write([]byte(text + "\n")) }

const product = `name = "Demo server"
release = "Demo-13-trixie-20250809-Beta-05"
label = "DEMO-13"
vendor = "Somebody"
version = "Beta 05"
family = "debian"
suite = "trixie"
arch = "amd64"
packages = 3
built = 2025-08-09T00:00:00Z
`

// fill puts files where the medium is mounted.
func (m *machine) fill() {
	m.file(RepoDir+"/.disk/product.toml", product)
	m.file(RepoDir+"/pool/main/d/dash/dash_1_amd64.deb", strings.Repeat("x", 3000))
	m.file(RepoDir+"/pool/main/b/bash/bash_1_amd64.deb", strings.Repeat("x", 3000))
	m.file(RepoDir+"/pool/main/b/bash/bash_1.dsc", "no package")
	m.file(RepoDir+"/ks/server.ks", "")
	m.file(RepoDir+"/ks/desktop.ks", "")
}

func TestFromTheFirstModuleToTheMenu(t *testing.T) {
	m := newMachine(t, "BOOT_IMAGE=/x inst.stage2=hd:LABEL=DEMO-13 inst.ks=hd:LABEL=DEMO-13:/ks/server.ks console=tty0 console=ttyS0,115200n8")
	// Only the controller is there at first. Its driver brings up the drive,
	// whose driver brings up the block device.
	m.bus("pci/devices/0000:00:1f.2", "pci:v00008086d00002922sv0sd0bc01sc06i01")
	m.onLoad["ahci"] = func() error { m.bus("scsi/devices/2:0:0:0", "scsi:t-0x05"); return nil }
	m.onLoad["sr_mod"] = func() error { m.disk("sr0", "DVD-ROM", isoImage("DEMO-13", "DEMO-13")); return nil }
	m.onMount = func(string) { m.fill() }
	m.start("")
	for name, tty := range m.ttys {
		tty.waitFor(t, "Your choice: ", 1)
		want := `stage2: looking for the medium: label DEMO-13
stage2: medium DEMO-13 found
stage2: it is /dev/sr0 (ACME DVD-ROM, 40 KiB)

  Product     Demo server Beta 05
  Release     Demo-13-trixie-20250809-Beta-05
  Vendor      Somebody
  System      trixie amd64
  Built       2025-08-09
  Packages    2, 5 KiB
  Kickstarts  desktop.ks, server.ks
  Asked for   hd:LABEL=DEMO-13:/ks/server.ks
stage2: the medium should hold 3 packages, but 2 are there: check it

stage2: menu
  1  Install
  2  Check the medium
  3  Shell
  4  Reboot
  5  Power off
Your choice: `
		if diff := cmp.Diff(want, tty.text()); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	wantCalls := []string{
		"load sr_mod", "load isofs", "load libata", "load ahci",
		"mount /dev/sr0 /run/install/repo iso9660 7",
	}
	if diff := cmp.Diff(wantCalls, m.called()); diff != "" {
		t.Error(diff)
	}
	if text, _ := os.ReadFile(m.path("/proc/sys/kernel/printk")); string(text) != "1 4 1 7\n" {
		t.Errorf("the kernel still talks: %q", text)
	}
	if log, _ := os.ReadFile(m.path("/run/log/stage2.log")); !strings.Contains(string(log), "stage2: medium DEMO-13 found\n") {
		t.Errorf("the log holds %q", log)
	}
}

func TestMenu(t *testing.T) {
	m := newMachine(t, "stage2=cdrom")
	m.disk("sr0", "DVD-ROM", isoImage("DEMO-13", ""))
	m.onMount = func(string) { m.fill() }
	m.start("")
	screen, serial := m.ttys["tty1"], m.ttys["ttyS0"]
	screen.waitFor(t, "stage2: menu\n", 1)
	serial.waitFor(t, "stage2: menu\n", 1)
	screen.answer("6")
	screen.waitFor(t, "Please answer with a number from 1 to 5.\n", 1)
	screen.answer("")
	screen.waitFor(t, "Your choice: ", 3)
	screen.answer(strings.Repeat("x", 1000))
	screen.waitFor(t, "Please answer", 2)
	screen.answer("2")
	screen.waitFor(t, "stage2: media check failed: the medium carries no checksum of itself, so nothing can be said\n", 1)
	screen.answer("3")
	screen.waitFor(t, "stage2: shell\n", 1)
	serial.answer(" 3 ")
	serial.waitFor(t, "stage2: shell\n", 1)
	serial.waitFor(t, "stage2: menu\n", 2)
	screen.answer("4")
	serial.waitFor(t, "stage2: restarting\n", 1)
	serial.answer("5")
	screen.waitFor(t, "stage2: switching off\n", 1)
	screen.waitFor(t, "stage2: menu\n", 6)
	calls := strings.Join(m.called(), "\n")
	for _, want := range []string{"shell /dev/tty1 /usr/bin/busybox sh", "shell /dev/ttyS0 /usr/bin/busybox sh", "run /usr/bin/busybox --install -s", "umount /run/install/repo\nhalt 0"} {
		if !strings.Contains(calls, want) {
			t.Errorf("missing %q in\n%s", want, calls)
		}
	}
	if strings.Contains(serial.text(), "Please answer") {
		t.Error("the serial line shows what was said to the screen")
	}
}

func TestRescueGoesToTheShellFirst(t *testing.T) {
	m := newMachine(t, "inst.stage2=hd:LABEL=DEMO-13 inst.rescue")
	m.disk("sr0", "DVD-ROM", isoImage("DEMO-13", ""))
	m.start("")
	m.ttys["tty1"].waitFor(t, "stage2: menu", 1)
	if text := m.ttys["tty1"].text(); !strings.Contains(text, "stage2: shell") || strings.Index(text, "stage2: shell") > strings.Index(text, "stage2: menu") {
		t.Errorf("no shell before the menu:\n%s", text)
	}
}

func TestNoMedium(t *testing.T) {
	m := newMachine(t, "inst.stage2=hd:LABEL=DEMO-13")
	m.disk("sda", "Disk", make([]byte, 32768))
	m.disk("sda1", "", fatImage("EFI"))
	m.disk("sdb", "Stick", isoImage("OTHER-13", "Other"))
	m.bus("pci/devices/a", "pci:v0bc01sc06i01")
	m.bus("pci/devices/b", "pci:v0bc0Csc03i30")
	m.onLoad["ahci"] = func() error { return errBroken }
	m.onLoad["xhci_pci_renesas"] = func() error { return syscall.ENODEV }
	m.start("")
	m.ttys["ttyS0"].waitFor(t, "stage2: menu", 1)
	text := m.ttys["ttyS0"].text()
	for _, want := range []string{
		"stage2: still looking for the medium (5 of 12 seconds; 3 devices seen)\n",
		"stage2: no medium found: label DEMO-13 did not appear within ",
		"stage2: seen: /dev/sda (ACME Disk, 32 KiB): no file system that holds a medium\n",
		"stage2: seen: /dev/sda1 (ACME Disk, 16 KiB): vfat, label EFI\n",
		"stage2: seen: /dev/sdb (ACME Stick, 40 KiB): iso9660, label OTHER-13 or Other\n",
		"stage2: not loaded: ahci (exec format error)\n",
		"stage2: the shell in the menu below",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("missing %q", want)
		}
	}
	if strings.Contains(text, "renesas") {
		t.Error("a driver that found nothing to drive is called a failure")
	}
	if t.Failed() {
		t.Log(text)
	}
}

func TestWhatGoesWrong(t *testing.T) {
	tests := []struct {
		name, cmdline string
		prepare       func(*machine)
		want          string
	}{
		{"two media of one name", "inst.stage2=hd:LABEL=DEMO-13", func(m *machine) {
			m.disk("sr0", "DVD-ROM", isoImage("DEMO-13", ""))
			m.disk("sdb", "Stick", isoImage("DEMO-13", ""))
		}, "stage2: label DEMO-13 is on several devices: /dev/sdb (ACME Stick, 40 KiB) and /dev/sr0 (ACME DVD-ROM, 40 KiB)\n"},
		{"a second one that comes late", "inst.stage2=hd:LABEL=DEMO-13", func(m *machine) {
			m.disk("sr0", "DVD-ROM", isoImage("DEMO-13", ""))
			m.Settle *= 5
			m.bus("pci/devices/a", "pci:v0bc01sc06i01")
			m.onLoad["ahci"] = func() error { m.disk("sdb", "Stick", isoImage("DEMO-13", "")); return nil }
		}, "is on several devices"},
		{"no argument", "quiet", func(*machine) {}, "stage2: the boot arguments name no medium: inst.stage2=hd:LABEL=… is missing\n"},
		{"a network", "inst.repo=https://example.org/os", func(*machine) {}, "this installer has no network"},
		{"no modules for this kernel", "inst.stage2=cdrom", func(m *machine) {
			m.file("/proc/sys/kernel/osrelease", "5.10.0-other\n")
		}, "no modules can be loaded for the running kernel 5.10.0-other"},
		{"no disk at all", "inst.stage2=cdrom", func(*machine) {}, "no disk and no disc was seen at all"},
		{"a mistake of ours", "inst.stage2=hd:LABEL=DEMO-13", func(m *machine) {
			m.disk("sr0", "DVD-ROM", isoImage("DEMO-13", ""))
			m.onMount = func(string) { panic("index out of range") }
		}, "stage2: the installer made a mistake (index out of range)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMachine(t, tt.cmdline)
			tt.prepare(m)
			m.start("")
			m.ttys["tty1"].waitFor(t, "stage2: menu", 1)
			if text := m.ttys["tty1"].text(); !strings.Contains(text, tt.want) {
				t.Errorf("missing %q in\n%s", tt.want, text)
			}
		})
	}
}

func TestAfterAFallOnlyTheMenu(t *testing.T) {
	m := newMachine(t, "inst.stage2=hd:LABEL=DEMO-13")
	m.disk("sr0", "DVD-ROM", isoImage("DEMO-13", ""))
	m.start("exit status 2")
	m.ttys["tty1"].waitFor(t, "stage2: the installer fell: exit status 2\n", 1)
	m.ttys["tty1"].waitFor(t, "stage2: menu", 1)
	if calls := m.called(); len(calls) > 0 {
		t.Errorf("what may have felled it was done again: %v", calls)
	}
}

func TestHybridStickIsOneMedium(t *testing.T) {
	image := isoImage("DEMO-13", "")
	m := newMachine(t, "inst.stage2=hd:LABEL=DEMO-13")
	m.disk("sdb", "Stick", append(slices.Clone(image), make([]byte, 4096)...))
	m.disk("sdb1", "", image)
	m.disk("sdb2", "", fatImage("ESP"))
	devices, err := m.scan()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"sdb", "sdb1", "sdb2"}, deviceNames(devices)); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff([]string{"sdb"}, deviceNames(choose(devices, Location{ByLabel, "DEMO-13"}))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"sdb1"}, deviceNames(choose(devices, Location{ByDevice, "sdb1"}))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"sdb2"}, deviceNames(choose(devices, Location{ByUUID, "1234-abcd"}))); diff != "" {
		t.Error(diff)
	}
}

func TestDevicesThatCallForModules(t *testing.T) {
	m := newMachine(t, "inst.stage2=hd:LABEL=DEMO-13")
	m.file("/usr/lib/modules/6.12.41-amd64/modules.index", "modules 1 6.12.41-amd64\nmodule dm_mod kernel/drivers/md/dm-mod.ko\n"+
		"alias char-major-10-236 dm_mod\nalias devname:mapper/control dm_mod\n")
	m.start("")
	m.ttys["ttyS0"].waitFor(t, "stage2: menu", 1)
	if calls := m.called(); !slices.Contains(calls, "node /dev/mapper/control 10 236") || slices.Contains(calls, "load dm_mod") {
		t.Errorf("%v", calls)
	}
}

func TestModprobe(t *testing.T) {
	m := newMachine(t, "")
	m.onLoad["xhci_pci"] = func() error { return errBroken }
	var stderr strings.Builder
	for _, tt := range []struct {
		args []string
		want int
	}{
		{[]string{"-q", "--", "fs-iso9660"}, 0},
		{[]string{"virtio-pci"}, 0},
		{[]string{"ahci"}, 0},
		{[]string{"-q", "nothing"}, 1},
		{[]string{"xhci-pci"}, 1},
	} {
		if got := Modprobe(m.System, tt.args, &stderr); got != tt.want {
			t.Errorf("modprobe %v: %d", tt.args, got)
		}
	}
	if want := "modprobe: xhci_pci: exec format error\n"; stderr.String() != want {
		t.Errorf("stderr is %q", stderr.String())
	}
	if diff := cmp.Diff([]string{"load isofs", "load libata", "load ahci", "load xhci_pci"}, m.called()); diff != "" {
		t.Error(diff)
	}
}

func TestFixtures(t *testing.T) {
	m := newMachine(t, "")
	if err := m.MountFixtures(); err != nil {
		t.Fatal(err)
	}
	if calls := m.called(); len(calls) != len(fixtures) || calls[0] != "mount proc /proc proc 14" {
		t.Errorf("%v", calls)
	}
}
