package stage2

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// extImage makes the superblock of an ext4 file system.
func extImage(label string) []byte {
	b := make([]byte, 16384)
	b[1024+0x38], b[1024+0x39] = 0x53, 0xef
	copy(b[1024+0x78:], label)
	return b
}

// bring gives the machine a medium, and puts files onto the volumes that are
// mounted after it, one volume after the other.
func (m *machine) bring(volumes ...map[string]string) {
	m.disk("sr0", "DVD-ROM", isoImage("DEMO-13", ""))
	m.onMount = func(target string) {
		if target == m.path(RepoDir) {
			m.fill()
			m.file(RepoDir+"/.disk/product.toml", product+"kickstart = \"RHEL9\"\n")
			return
		}
		files := volumes[0]
		volumes = volumes[1:]
		if err := os.RemoveAll(target); err != nil {
			m.t.Error(err)
		}
		m.file(oemdrvDir+"/.keep", "")
		for name, text := range files {
			m.file(filepath.Join(oemdrvDir, name), text)
		}
	}
}

func TestKickstartFromOEMDRV(t *testing.T) {
	const ks = "text\nlang en_US.UTF-8\n%packages\nvim\n%end\n"
	for name, image := range map[string][]byte{"iso9660": isoImage("OEMDRV", ""), "vfat": fatImage("OEMDRV"), "ext4": extImage("OEMDRV")} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, "inst.stage2=hd:LABEL=DEMO-13")
			m.bring(map[string]string{"ks.cfg": ks})
			m.disk("sdb", "Stick", image)
			m.start("")
			screen := m.ttys["tty1"]
			screen.waitFor(t, "stage2: menu", 1)
			for _, want := range []string{"stage2: kickstart from OEMDRV: /dev/sdb (ACME Stick, ", "stage2: it has 2 commands and 1 section\n", "  Asked for   OEMDRV:/ks.cfg\n"} {
				if !strings.Contains(screen.text(), want) {
					t.Errorf("missing %q in\n%s", want, screen.text())
				}
			}
			calls := m.called()
			want := []string{"mount /dev/sdb /run/install/oemdrv " + name + " 15", "umount /run/install/oemdrv"}
			if d := cmp.Diff(want, calls[len(calls)-2:]); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			kept, err := os.ReadFile(m.path(KickstartPath))
			if err != nil || string(kept) != ks {
				t.Errorf("kept %q, %v", kept, err)
			}
			if info, err := os.Stat(m.path(KickstartPath)); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the passwords in it are for everybody: %v %v", info.Mode(), err)
			}
		})
	}
}

func TestOEMDRVIsNotTaken(t *testing.T) {
	fine := map[string]string{"ks.cfg": "text\n"}
	tests := []struct {
		name, args string
		prepare    func(*testing.T, *machine)
		want       string // on the screen
		not        string
	}{
		{"a boot argument names another", "inst.ks=hd:LABEL=DEMO-13:/ks/server.ks", func(_ *testing.T, m *machine) {
			m.bring()
			m.disk("sdb", "Stick", isoImage("OEMDRV", ""))
		}, "stage2: the volume OEMDRV on /dev/sdb (ACME Stick, 40 KiB) is left alone: the boot argument inst.ks= comes first\n", "kickstart from"},
		{"a boot argument names it", "inst.ks=hd:LABEL=OEMDRV:/ks.cfg", func(_ *testing.T, m *machine) {
			m.bring()
			m.disk("sdb", "Stick", isoImage("OEMDRV", ""))
		}, "  Asked for   hd:LABEL=OEMDRV:/ks.cfg\n", "left alone"},
		{"rescue", "inst.rescue", func(_ *testing.T, m *machine) {
			m.bring()
			m.disk("sdb", "Stick", isoImage("OEMDRV", ""))
		}, "stage2: menu", "OEMDRV"},
		{"another label", "", func(_ *testing.T, m *machine) {
			m.bring()
			m.disk("sdb", "Stick", isoImage("OEMDRV2", ""))
		}, "stage2: menu", "OEMDRV"},
		{"drivers only", "", func(_ *testing.T, m *machine) {
			m.bring(map[string]string{"rhdd3": "x"})
			m.disk("sdb", "Stick", extImage("OEMDRV"))
		}, "stage2: the volume OEMDRV on /dev/sdb (ACME Stick, 16 KiB) has no /ks.cfg\n", "Asked for"},
		{"two of them", "", func(_ *testing.T, m *machine) {
			m.bring(fine, fine)
			m.disk("sdb", "Stick", isoImage("OEMDRV", ""))
			m.disk("sdc", "Other", fatImage("OEMDRV"))
		}, "stage2: no kickstart is used: 2 volumes OEMDRV bring one; leave one of /dev/sdb (ACME Stick, 40 KiB) and /dev/sdc (ACME Other, 16 KiB) in the machine\n", "Asked for"},
		{"a directory", "", func(_ *testing.T, m *machine) {
			m.bring(map[string]string{"ks.cfg/x": "x"})
			m.disk("sdb", "Stick", isoImage("OEMDRV", ""))
		}, "cannot be read: /ks.cfg is not a file\n", "Asked for"},
		{"a link that leads out", "", func(t *testing.T, m *machine) {
			m.bring(map[string]string{"x": "x"})
			fill := m.onMount
			m.onMount = func(target string) {
				fill(target)
				if target == m.path(oemdrvDir) {
					if err := os.Symlink("/etc/passwd", filepath.Join(target, "ks.cfg")); err != nil {
						t.Error(err)
					}
				}
			}
			m.disk("sdb", "Stick", extImage("OEMDRV"))
		}, "cannot be read: ", "Asked for"},
		{"too long", "", func(_ *testing.T, m *machine) {
			m.bring(map[string]string{"ks.cfg": strings.Repeat("#\n", maxKickstart/2+1)})
			m.disk("sdb", "Stick", isoImage("OEMDRV", ""))
		}, "/ks.cfg is longer than 4096 KiB\n", "Asked for"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMachine(t, "inst.stage2=hd:LABEL=DEMO-13 "+tt.args)
			tt.prepare(t, m)
			m.start("")
			m.ttys["tty1"].waitFor(t, "stage2: menu", 1)
			text := m.ttys["tty1"].text()
			if !strings.Contains(text, tt.want) || strings.Contains(text, tt.not) {
				t.Errorf("missing %q, or %q is there, in\n%s", tt.want, tt.not, text)
			}
			if _, err := os.Stat(m.path(KickstartPath)); err == nil {
				t.Error("a kickstart is kept")
			}
		})
	}
}

// TestOEMDRVFaults: what is wrong with the kickstart is said, and no more of it
// than the screen holds.
func TestOEMDRVFaults(t *testing.T) {
	m := newMachine(t, "inst.stage2=hd:LABEL=DEMO-13")
	m.bring(map[string]string{"ks.cfg": strings.Repeat("%end\n", 14) + "%pakages \x1b[2J\n%end\n"})
	m.disk("sdb", "Stick", isoImage("OEMDRV", ""))
	m.start("")
	screen := m.ttys["tty1"]
	screen.waitFor(t, "stage2: menu", 1)
	text := screen.text()
	if !strings.Contains(text, "stage2: OEMDRV:/ks.cfg:10: ") || strings.Contains(text, "OEMDRV:/ks.cfg:11: ") || !strings.Contains(text, "stage2: and 5 more faults\n") {
		t.Errorf("the faults are told as\n%s", text)
	}
	if strings.Contains(text, "\x1b") {
		t.Error("the kickstart moves the cursor")
	}
}
