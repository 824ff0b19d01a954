package stage2

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/deb"
	"cdbuilder/internal/install"
	"cdbuilder/internal/pgp"
	"cdbuilder/internal/repo"
	"cdbuilder/internal/rootfs"
	"cdbuilder/kickstart/language"

	"github.com/google/go-cmp/cmp"
)

// installing lets the machine install: by hands that only take notes, from a
// medium with one package.
func (m *machine) installing(planErr error) {
	m.Hands = func(machine install.Machine) install.Hands {
		if machine.Medium != "sr0" {
			m.t.Errorf("the medium is %q", machine.Medium)
		}
		return install.Hands{
			Plan: func(*language.Recipe) (install.Disks, error) { return noDisks{m}, planErr },
			Target: func(*language.Recipe, install.Disks, []string, []byte) (install.Target, error) {
				return noTarget{}, nil
			},
			Packages: func(_ context.Context, o rootfs.Options) error { m.note("install %s", o.Packages[0].Name); return nil },
			Kernel:   func(string) (func() error, error) { return func() error { return nil }, nil },
			Program:  func(_ context.Context, _ string, c rootfs.Command) error { m.note("run %s", c.Argv[0]); return nil },
			Release:  func() error { m.note("release"); return nil },
		}
	}
	m.onMount = func(string) { m.fill(); m.sign() }
	m.file("/tmp/x", "")
}

type noDisks struct{ *machine }

func (noDisks) String() string            { return "all of sda" }
func (noDisks) Packages() []string        { return nil }
func (noDisks) Capacity(string) int64     { return 1 << 40 }
func (d noDisks) Mount(root string) error { d.note("mount %s", d.short(root)); return nil }
func (d noDisks) Prepare(context.Context, func(n, of int, does string)) error {
	d.note("prepare")
	return nil
}

type noTarget struct{}

func (noTarget) String() string     { return "" }
func (noTarget) Warnings() []string { return nil }
func (noTarget) Configure(context.Context, string, io.Writer, func(n, of int, does string), func(string)) error {
	return nil
}

// sign puts a signed index of the package dash onto the medium, and the key
// into the initramfs.
func (m *machine) sign() {
	m.t.Helper()
	at := time.Date(2025, 8, 9, 0, 0, 0, 0, time.UTC)
	var secret, public bytes.Buffer
	control, err := deb.ReadParagraph(strings.NewReader("Package: dash\nVersion: 1\nArchitecture: amd64\nEssential: yes\nMaintainer: A <a@example.org>\nDescription: x\n"))
	err = errors.Join(err, pgp.Generate("Test", "", "test@example.org", at, nil, &secret))
	signer, signErr := pgp.ReadSigner(&secret, nil)
	if err := errors.Join(err, signErr); err != nil {
		m.t.Fatal(err)
	}
	err = repo.WriteDists(repo.Archive{Suite: "trixie", Codename: "trixie", Origin: "x", Label: "x", Version: "13", Description: "x", Architectures: []string{"amd64"}, Components: []string{"main"}, Date: at},
		[]repo.Entry{{Control: control, Component: "main", Filename: "pool/main/d/dash/dash_1_amd64.deb", Size: 3000, SHA256: strings.Repeat("ab", 32)}},
		signer, func(name string, data []byte) error { m.file(RepoDir+"/"+name, string(data)); return nil })
	if err := errors.Join(err, signer.PublicKey(&public)); err != nil {
		m.t.Fatal(err)
	}
	m.file(KeysPath, public.String())
	m.file(RepoDir+"/ks/good.ks", "autopart\nreboot --eject\n%include more.ks\n%packages --nocore\n%end\n")
	m.file(RepoDir+"/ks/more.ks", "%post\necho\n%end\n")
	m.file(RepoDir+"/ks/bad.ks", "autopart\nfrobnicate\nreboot\n")
}

const bootFrom = "inst.stage2=hd:LABEL=DEMO-13 inst.ks="

func TestInstallsAndRestarts(t *testing.T) {
	m := newMachine(t, bootFrom+"hd:LABEL=DEMO-13:/ks/good.ks")
	m.disk("sr0", "DVD-ROM", isoImage("DEMO-13", ""))
	m.installing(nil)
	m.start("")
	m.ttys["ttyS0"].waitFor(t, "stage2: menu", 1) // the test's kernel does not halt
	calls := m.called()
	calls = calls[slices.Index(calls, "prepare"):]
	want := []string{"prepare", "mount /mnt/sysimage", "install dash", "run /bin/sh", "release", "release", "umount /run/install/repo", "eject /dev/sr0", "halt 0"}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Error(diff)
	}
	text := m.ttys["tty1"].text()
	for _, want := range []string{"stage2: installing DEMO-13 as /run/install/repo/ks/good.ks says\n", "stage2: all of sda\n", "stage2: the system is installed", "stage2: restarting\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("missing %q in\n%s", want, text)
		}
	}
	if ks, err := os.ReadFile(m.path(KickstartPath)); err != nil || !strings.HasPrefix(string(ks), "autopart\n") {
		t.Errorf("%q %v", ks, err)
	}
}

// What fails is said on one screen, and the machine waits for a person.
func TestAFailedInstallationNeverRestarts(t *testing.T) {
	tests := []struct {
		name, kickstart string
		plan            error
		want            []string
	}{
		{"a faulty kickstart", "hd:LABEL=DEMO-13:/ks/bad.ks", nil, []string{"THE INSTALLATION FAILED", "While    reading the kickstart", "bad.ks:2", "nothing was written"}},
		{"no disk", "cdrom:/ks/good.ks", errors.New("this machine has no disk"), []string{"While    planning the disks", "Because  this machine has no disk"}},
		{"no such kickstart", "hd:LABEL=DEMO-13:/ks/none.ks", nil, []string{"stage2: the kickstart hd:LABEL=DEMO-13:/ks/none.ks:", "there are: ks/bad.ks"}},
		{"a kickstart on the network", "https://example.org/x.ks", nil, []string{"this installer has no network"}},
		{"a volume that is not there", "hd:LABEL=OTHER:/x.ks", nil, []string{"nothing here has the label OTHER"}},
		{"a way out of the medium", "cdrom:/../../../proc/cmdline", nil, []string{"stage2: the kickstart cdrom:/../../../proc/cmdline:"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMachine(t, bootFrom+tt.kickstart)
			m.disk("sr0", "DVD-ROM", isoImage("DEMO-13", ""))
			m.installing(tt.plan)
			m.start("")
			m.ttys["tty1"].waitFor(t, "stage2: menu", 1)
			text := m.ttys["tty1"].text()
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("missing %q in\n%s", want, text)
				}
			}
			for _, call := range m.called() {
				if strings.HasPrefix(call, "halt") || call == "prepare" {
					t.Errorf("%s was done", call)
				}
			}
		})
	}
}

func TestNoKickstartNoInstallation(t *testing.T) {
	for _, cmdline := range []string{"inst.stage2=hd:LABEL=DEMO-13", bootFrom + "hd:LABEL=DEMO-13:/ks/good.ks inst.rescue"} {
		m := newMachine(t, cmdline)
		m.disk("sr0", "DVD-ROM", isoImage("DEMO-13", ""))
		m.installing(nil)
		m.start("")
		m.ttys["tty1"].waitFor(t, "stage2: menu", 1)
		if calls := m.called(); slices.Contains(calls, "prepare") || strings.Contains(m.ttys["tty1"].text(), "step 1") {
			t.Errorf("%s: %v", cmdline, calls)
		}
	}
}

func TestRescueMountsTheInstalledSystem(t *testing.T) {
	m := newMachine(t, "inst.stage2=hd:LABEL=DEMO-13 inst.rescue")
	m.disk("sr0", "DVD-ROM", isoImage("DEMO-13", ""))
	m.onMount = func(string) { m.fill() }
	m.Rescue = func(_ context.Context, machine install.Machine, say func(string, ...any)) (func() error, error) {
		say("Debian on /dev/%s is mounted, the medium %s is not looked at", "sda1", machine.Medium)
		return func() error { m.note("unmounted"); return nil }, nil
	}
	m.start("")
	tty := m.ttys["tty1"]
	tty.waitFor(t, "stage2: menu", 1)
	if text := tty.text(); !strings.Contains(text, "stage2: Debian on /dev/sda1 is mounted, the medium sr0 is not looked at\n") {
		t.Error(text)
	}
	tty.answer("4")
	tty.waitFor(t, "stage2: menu", 2)
	if calls := m.called(); !slices.Contains(calls, "unmounted") || slices.Index(calls, "unmounted") > slices.Index(calls, "halt 0") {
		t.Errorf("%v", calls)
	}
}

// Only an emulated processor has programs start at fixed addresses, and only
// from an installation on.
func TestFixedAddressesUnderEmulation(t *testing.T) {
	for _, c := range []struct{ cpu, ks, want string }{
		{"QEMU TCG CPU version 2.5+", bootFrom + "cdrom:/ks/good.ks", "0\n"},
		{"QEMU TCG CPU version 2.5+", "inst.stage2=hd:LABEL=DEMO-13", "2\n"},
		{"QEMU Virtual CPU version 2.5+", bootFrom + "cdrom:/ks/good.ks", "2\n"}, // by KVM
		{"Intel(R) Xeon(R)", bootFrom + "cdrom:/ks/good.ks", "2\n"},
	} {
		m := newMachine(t, c.ks)
		m.disk("sr0", "DVD-ROM", isoImage("DEMO-13", ""))
		m.file("/proc/cpuinfo", "model\t\t: 6\nmodel name\t: "+c.cpu+"\n")
		m.file("/proc/sys/kernel/randomize_va_space", "2\n")
		m.installing(nil)
		m.start("")
		m.ttys["tty1"].waitFor(t, "stage2: menu", 1)
		if got, err := os.ReadFile(m.path("/proc/sys/kernel/randomize_va_space")); err != nil || string(got) != c.want {
			t.Errorf("%s, %s: %q %v instead of %q", c.cpu, c.ks, got, err, c.want)
		}
	}
}
