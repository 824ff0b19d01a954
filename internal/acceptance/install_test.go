package acceptance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/vm"
)

// Two rows of the matrix, for every run of the tests: the demo's kickstart from
// the boot menu of a USB stick under UEFI with Secure Boot, and a small system
// under BIOS. Each installs unattended onto an empty disk, starts by itself, and
// is as its kickstart says.
func TestInstallsUnattended(t *testing.T) {
	judge.Slow(t)
	judge.QEMU(t)
	t.Run("secureboot", func(t *testing.T) {
		t.Parallel()
		installDemo(t, vm.SecureBoot, vm.USB)
	})
	t.Run("bios", func(t *testing.T) {
		t.Parallel()
		layouts[0].run(t)
	})
}

// installDemo installs the demo from its boot menu and looks at what is there.
func installDemo(t *testing.T, firmware vm.Firmware, as vm.Bus) row {
	t.Helper()
	_, iso := demo(t)
	disk := vm.Drive{Path: emptyDisk(t, 8<<30), As: vm.Virtio, Scratch: true}
	m := vm.Machine{Firmware: firmware, Drives: []vm.Drive{{Path: iso, As: as, ReadOnly: true}, disk}}
	if firmware != vm.BIOS {
		m.Vars = filepath.Join(t.TempDir(), "vars.fd")
	}
	begun := time.Now()
	fromMenu(t, m)
	took := time.Since(begun)
	t.Logf("installed in %.0f s", took.Seconds())
	m.Drives = m.Drives[1:]
	s := boot(t, m)
	lookAtDemo(t, firmware, s)
	return row{install: took, login: s.took}
}

// nftables is what dpkg --verify says of the firewall's rules, which the
// kickstart writes.
const nftables = `^\?\?5\?{6} c /etc/nftables\.conf$`

// slowPackages lists by dpkg's log how many seconds each of the slowest packages
// took to be configured.
const slowPackages = `awk '{split($2,c,":"); n=c[1]*3600+c[2]*60+c[3]; if (p && n-b>4) print n-b, p; p=""} /half-configured/ {p=$5; b=n}' /var/log/dpkg.log | sort -rn | head -15`

// lookAtDemo logs in to what demo.ks installed and holds it to what that says.
func lookAtDemo(t *testing.T, firmware vm.Firmware, s *session) {
	t.Helper()
	const password = "Hai2Seegh!wu"
	p, _ := demo(t)
	s.loginFirst("admin", "changeme", password)
	s.checks(
		check{"hostname", p.Values["hostname"]},
		check{"grep -c " + p.ReleaseName() + " /etc/motd", "1"},
		check{"readlink /etc/localtime", "/usr/share/zoneinfo/" + p.Values["timezone"]},
		check{"locale 2>&1 | grep ^LANG=", "LANG=en_US.UTF-8"},
		check{"systemctl is-enabled ssh systemd-networkd systemd-resolved systemd-timesyncd | sort -u", "enabled"},
		check{"id -nG | tr ' ' '\\n' | grep -c sudo", "1"},
		check{"findmnt -no FSTYPE /", "ext4"},
		check{"findmnt -no SOURCE / | grep -c mapper", "1"},
		check{"cat /proc/cmdline | grep -o console=ttyS0.*", "console=ttyS0,115200n8"},
	)
	s.root(password)
	s.checks(whole(nftables)...)
	s.checks(check{"swapon --noheadings | wc -l", "1"}, check{"passwd -S root | cut -d' ' -f2", "L"})
	t.Logf("steps of the installation: %s", s.ask("grep -hE '^[a-z%, -]+: [0-9.]+ s$' /var/log/cd-builder/install.log"))
	t.Logf("packages that took long: %s", s.ask(slowPackages))
	if firmware == vm.SecureBoot {
		s.checks(
			check{"od -An -t u1 -j 4 /sys/firmware/efi/efivars/SecureBoot-*", "1"},
			check{"efibootmgr | grep -c '^Boot....[*] debian'", "1"},
			check{"ls /boot/efi/EFI/BOOT/BOOTX64.EFI /boot/efi/EFI/debian/shimx64.efi | wc -l", "2"},
		)
	}
	s.off()
}

// emptyDisk makes a disk of zeros.
func emptyDisk(t *testing.T, size int64) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "disk.raw")
	f, err := os.Create(name)
	if err == nil {
		err = f.Truncate(size)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// fromMenu installs from the boot menu's first entry. The medium is the
// machine's first drive: of all that is a hard disk to it, SeaBIOS starts none
// but the first.
func fromMenu(t *testing.T, m vm.Machine) *vm.Running {
	t.Helper()
	return install(t, m, func(ctx context.Context, r *vm.Running) {
		choose(ctx, t, r, hotkey(m.Firmware, "i"))
	})
}

// emulatorsFault is what a kernel panics with when an emulated processor runs code
// that is being patched: QEMU 7.2 without KVM lets that happen once in a hundred
// starts or so.
const emulatorsFault = "Oops: int3"

// until starts a machine, does what a person does there, and waits for a
// pattern. It has one processor, as tests with machines run side by side, one for
// each of ours. A machine that the emulator felled is started again, twice at most.
func until(ctx context.Context, t *testing.T, m vm.Machine, person func(context.Context, *vm.Running), pattern string) *vm.Running {
	t.Helper()
	m.Memory, m.NoReboot, m.CPUs = 1024, true, 1
	if dir := os.Getenv("CDB_CONSOLES"); dir != "" { // for those who want to watch
		m.Log = filepath.Join(dir, strings.ReplaceAll(t.Name(), "/", "-")+".log")
	}
	for left := 2; ; left-- {
		r, err := vm.Start(ctx, m)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.Stop() })
		if person != nil {
			person(ctx, r)
		}
		said, err := r.Wait(ctx, regexp.MustCompile(pattern+`|end Kernel panic`))
		must(t, r, err)
		if said != "end Kernel panic" {
			return r
		}
		if left == 0 || !strings.Contains(r.Text(), emulatorsFault) {
			must(t, r, errors.New("the kernel panicked"))
		}
		t.Log("the emulator felled the machine; it is started again")
		must(t, r, r.Stop())
	}
}

// install starts a machine, does what a person does there, and waits until the
// system is installed and the machine wants to start again.
func install(t *testing.T, m vm.Machine, person func(context.Context, *vm.Running)) *vm.Running {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Minute)
	defer cancel()
	r := until(ctx, t, m, person, `stage2: the system is installed|THE INSTALLATION FAILED`)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the installation said:\n%s", r.Text())
		}
	})
	if strings.Contains(r.Text(), "THE INSTALLATION FAILED") {
		must(t, r, r.WaitLine(ctx, "stage2: menu"))
		t.FailNow()
	}
	select {
	case <-r.Done():
	case <-time.After(time.Minute):
		must(t, r, fmt.Errorf("the machine did not start again"))
	}
	return r
}
