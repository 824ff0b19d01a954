package acceptance

import (
	"context"
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

// The demo's kickstart installs unattended onto an empty disk, and what is
// installed starts by itself and is as the kickstart says.
func TestInstallsUnattended(t *testing.T) {
	judge.Installation(t)
	judge.QEMU(t)
	_, iso := demo(t)
	for _, firmware := range []vm.Firmware{vm.BIOS, vm.SecureBoot} {
		t.Run(string(firmware), func(t *testing.T) {
			disk := emptyDisk(t, 8<<30)
			begun := time.Now()
			installOnto(t, firmware, iso, disk)
			t.Logf("installed in %.0f s", time.Since(begun).Seconds())
			look(t, firmware, boot(t, firmware, disk))
		})
	}
}

// look logs in to what demo.ks installed and holds it to what that says.
func look(t *testing.T, firmware vm.Firmware, s *session) {
	t.Helper()
	p, _ := demo(t)
	s.login("admin", "changeme", "Hai2Seegh!wu")
	for _, c := range []struct{ run, want string }{
		{"hostname", p.Values["hostname"]},
		{"systemctl is-system-running --wait", "running"},
		{"systemctl --failed --no-legend --plain | wc -l", "0"},
		{"cat /etc/motd | grep -c " + p.ReleaseName(), "1"},
		{"readlink /etc/localtime", "/usr/share/zoneinfo/" + p.Values["timezone"]},
		{"locale 2>&1 | grep ^LANG=", "LANG=en_US.UTF-8"},
		{"systemctl is-enabled ssh systemd-networkd systemd-resolved systemd-timesyncd | sort -u", "enabled"},
		{"id -nG | tr ' ' '\\n' | grep -c sudo", "1"},
		{"findmnt -no FSTYPE /", "ext4"},
		{"findmnt -no SOURCE / | grep -c mapper", "1"},
		{"findmnt --verify --verbose >/dev/null && echo fine", "fine"},
		{"swapon --noheadings | wc -l", "1"},
	} {
		s.check(c.run, c.want)
	}
	s.root("Hai2Seegh!wu")
	for _, c := range []struct{ run, want string }{
		{"dpkg --audit | wc -c", "0"},
		{"dpkg --verify | grep -v ' c ' | wc -l", "0"},
		{"apt-get -qq --simulate -f install | wc -l", "0"},
		{"test -s /root/anaconda-ks.cfg && stat -c %a /root/anaconda-ks.cfg", "600"},
		{"test -s /var/log/cd-builder/install.log && echo kept", "kept"},
		{"find /tmp /var/tmp -name 'ks-script*' | wc -l", "0"},
		{"passwd -S root | cut -d' ' -f2", "L"},
		{"ls /etc/ssh/ssh_host_ed25519_key", "/etc/ssh/ssh_host_ed25519_key"},
	} {
		s.check(c.run, c.want)
	}
	if firmware == vm.SecureBoot {
		s.check("mokutil --sb-state 2>/dev/null || od -An -t u1 -j 4 /sys/firmware/efi/efivars/SecureBoot-*", "1")
	}
	s.off()
}

// A kickstart that is faulty, or a disk that is too small, leaves the disk as
// it was.
func TestAFaultLeavesTheDiskAlone(t *testing.T) {
	judge.Installation(t)
	judge.QEMU(t)
	_, iso := demo(t)
	disk := emptyDisk(t, 2<<30)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	r := startOn(ctx, t, vm.BIOS, iso, disk)
	must(t, r, r.WaitLine(ctx, "THE INSTALLATION FAILED"))
	must(t, r, r.WaitLine(ctx, "nothing was written to them"))
	must(t, r, r.WaitLine(ctx, "stage2: menu"))
	must(t, r, r.Stop())
	data, err := os.ReadFile(disk)
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range data {
		if b != 0 {
			t.Fatalf("byte %d of the disk was written", i)
		}
	}
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

// startOn starts the installation from the CD, on a machine with a disk.
func startOn(ctx context.Context, t *testing.T, firmware vm.Firmware, iso, disk string) *vm.Running {
	t.Helper()
	r, err := vm.Start(ctx, vm.Machine{Firmware: firmware, Memory: 1024, NoReboot: true, Drives: []vm.Drive{
		{Path: iso, As: vm.CD, ReadOnly: true}, {Path: disk, As: vm.Virtio},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Stop() })
	must(t, r, r.WaitLine(ctx, "Boot from the local disk"))
	time.Sleep(time.Second) // the menu takes keys once it is drawn
	keys := "i"
	if firmware == vm.BIOS {
		keys += "\r" // ISOLINUX only moves to the entry
	}
	must(t, r, r.Type(keys))
	return r
}

// installOnto installs and waits until the machine wants to start again.
func installOnto(t *testing.T, firmware vm.Firmware, iso, disk string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 45*time.Minute)
	defer cancel()
	r := startOn(ctx, t, firmware, iso, disk)
	_, err := r.Wait(ctx, regexp.MustCompile(`stage2: the system is installed|THE INSTALLATION FAILED`))
	must(t, r, err)
	select {
	case <-r.Done():
	case <-time.After(time.Minute):
		must(t, r, fmt.Errorf("the machine did not start again"))
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the installation said:\n%s", r.Text())
		}
	})
}

// session is a person at the serial console of an installed system.
type session struct {
	*vm.Running
	t   *testing.T
	ctx context.Context
	n   int
}

// boot starts the disk alone and waits for the login prompt.
func boot(t *testing.T, firmware vm.Firmware, disks ...string) *session {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	t.Cleanup(cancel)
	m := vm.Machine{Firmware: firmware, Memory: 1024, NoReboot: true}
	for _, d := range disks {
		m.Drives = append(m.Drives, vm.Drive{Path: d, As: vm.Virtio})
	}
	r, err := vm.Start(ctx, m)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Stop() })
	s := &session{Running: r, t: t, ctx: ctx}
	begun := time.Now()
	s.wait(" login: ")
	t.Logf("login prompt after %.0f s", time.Since(begun).Seconds())
	return s
}

func (s *session) wait(text string) { s.t.Helper(); must(s.t, s.Running, s.WaitLine(s.ctx, text)) }

func (s *session) say(text string) { s.t.Helper(); must(s.t, s.Running, s.Type(text+"\r")) }

// login logs in for the first time, when the password has to be changed.
func (s *session) login(user, old, password string) {
	s.t.Helper()
	s.say(user)
	s.wait("Password: ")
	s.say(old)
	s.wait("Current password: ")
	s.say(old)
	s.wait("New password: ")
	s.say(password)
	s.wait("Retype new password: ")
	s.say(password)
	s.wait("$ ")
	s.say("PS1='> '; stty -echo columns 200")
	s.wait("> ")
}

// root becomes root.
func (s *session) root(password string) {
	s.t.Helper()
	s.say("sudo --stdin --prompt=secret: bash --norc")
	s.wait("secret:")
	s.say(password)
	time.Sleep(3 * time.Second)
	s.say("PS1='> '; stty -echo columns 200; id -un")
	s.wait("root")
}

// check runs a command and holds what it says to what is wanted.
func (s *session) check(command, want string) {
	s.t.Helper()
	s.n++
	s.say(fmt.Sprintf("echo \"<$((%d+0)):\"$(%s)\":>\"", s.n, command))
	said, err := s.Wait(s.ctx, regexp.MustCompile(fmt.Sprintf(`<%d:.*:>`, s.n)))
	must(s.t, s.Running, err)
	got := strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(said, fmt.Sprintf("<%d:", s.n)), ":>"))
	if got != want {
		s.t.Errorf("%s: %q instead of %q", command, got, want)
	}
}

// off switches the machine off.
func (s *session) off() {
	s.t.Helper()
	s.say("systemctl poweroff")
	select {
	case <-s.Done():
	case <-s.ctx.Done():
		s.t.Error("the machine does not switch itself off")
	}
}
