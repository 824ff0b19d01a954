package stage2

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cdbuilder/internal/install"
	"cdbuilder/kickstart/language"

	"github.com/google/go-cmp/cmp"
)

// asking is a machine with a medium, two disks and a card, that can install.
func asking(t *testing.T) *machine {
	m := newMachine(t, "inst.stage2=hd:LABEL=DEMO-13")
	m.disk("sr0", "DVD-ROM", isoImage("DEMO-13", ""))
	for _, name := range []string{"sda", "sdb"} {
		m.disk(name, "HARDDISK", make([]byte, 1<<20))
		m.file("/sys/devices/x/block/"+name+"/serial", "S-"+name+"\n")
		m.file("/sys/devices/x/block/"+name+"/size", fmt.Sprint(20<<30/512))
	}
	m.file("/sys/block/.keep", "")
	for _, name := range []string{"sr0", "sda", "sdb"} {
		if err := os.Symlink(m.path("/sys/devices/x/block/"+name), m.path("/sys/block/"+name)); err != nil {
			t.Fatal(err)
		}
	}
	m.file("/sys/class/net/lo/type", "772\n")
	m.file("/sys/class/net/ens3/device/vendor", "0x1af4\n")
	m.file("/sys/class/net/ens3/type", "1\n")
	m.file("/sys/class/net/ens3/address", "52:54:00:12:34:56\n")
	m.file("/sys/class/net/ens3/carrier", "1\n")
	m.installing(nil)
	m.Random = zeros{}
	m.Kernel.Raw = func(io.ReadWriteCloser) (Raw, error) {
		m.note("raw")
		return Raw{Restore: func() error { m.note("cooked"); return nil }}, nil
	}
	fill := m.onMount
	m.onMount = func(target string) {
		fill(target)
		for _, name := range []string{"server.ks", "desktop.ks", "more.ks", "bad.ks"} {
			_ = os.Remove(m.path(RepoDir + "/ks/" + name))
		}
		m.file(RepoDir+"/ks/good.ks", "autopart\nreboot --eject\n%include more.inc\n%packages --nocore\n%end\n")
		m.file(RepoDir+"/ks/more.inc", "timezone Europe/Paris --utc\nnetwork --hostname=included\n")
		m.file(RepoDir+"/ks/bad.ks", "# menu: Install what is broken\nautopart\nfrobnicate\n")
	}
	return m
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// types presses keys one by one.
func (t *terminal) types(text string) { _, _ = t.press.Write([]byte(text)) }

func TestTheWizardInstallsWhatWasAnswered(t *testing.T) {
	m := asking(t)
	m.start("")
	tty, serial := m.ttys["tty1"], m.ttys["ttyS0"]
	tty.waitFor(t, "Your choice: ", 1)
	serial.waitFor(t, "Your choice: ", 1)
	tty.answer("") // Enter alone
	tty.waitFor(t, "S-sdb", 1)
	tty.waitFor(t, "Shift-Tab", 1)
	// Nobody else can begin meanwhile.
	serial.answer("1")
	serial.waitFor(t, "stage2: somebody is answering the installer's questions on tty1\n", 1)
	for _, step := range [][2]string{
		{"Disk", "\x1b[B\r"}, {"Host name", "\r"}, {"Who may log in", "\x1b[B\r"}, {"root's password", "geheim-geheim\rgeheim-geheim\r"},
		{"ens3", "\x1b[B\r"}, {"From the network", "\r"}, {"Find", "\r"}, {"Type yes", "yes\r"},
	} {
		tty.waitFor(t, step[0], 1)
		tty.types(step[1])
	}
	tty.waitFor(t, "stage2: menu", 2) // the test's kernel does not halt
	got, err := os.ReadFile(m.path(KickstartPath))
	if err != nil {
		t.Fatal(err)
	}
	text, hash := string(got), ""
	if i := strings.Index(text, "$6$"); i >= 0 {
		hash, _, _ = strings.Cut(text[i:], "\n")
	}
	want := strings.ReplaceAll(`autopart
reboot --eject
timezone Europe/Paris --utc
# answered in the installer
network --bootproto=dhcp --device=ens3 --hostname=included
# answered in the installer
zerombr
ignoredisk --only-use=sdb
clearpart --all --initlabel --drives=sdb
# answered in the installer
rootpw --iscrypted HASH
%packages --nocore
%end
`, "HASH", hash)
	if d := cmp.Diff(want, text); d != "" || len(hash) < 90 {
		t.Error(d)
	}
	calls := m.called()
	raw, cooked, prepare := slices.Index(calls, "raw"), slices.Index(calls, "cooked"), slices.Index(calls, "prepare")
	if raw < 0 || raw > cooked || cooked > prepare {
		t.Fatalf("%v", calls)
	}
	calls = calls[prepare:]
	if d := cmp.Diff([]string{"prepare", "mount /mnt/sysimage", "install dash", "release", "release", "umount /run/install/repo", "eject /dev/sr0", "halt 0"}, calls); d != "" {
		t.Error(d)
	}
	for _, name := range []string{"tty1", "ttyS0"} {
		if text := m.ttys[name].text(); !strings.Contains(text, "stage2: installing DEMO-13 as /run/install/ks.cfg says\n") || strings.Contains(text, "geheim") {
			t.Errorf("%s:\n%s", name, text)
		}
	}
	log, _ := os.ReadFile(m.path("/run/log/stage2.log"))
	if strings.Contains(string(log), "geheim") || strings.Contains(string(log), hash) {
		t.Errorf("the password is in the log:\n%s", log)
	}
	if !strings.Contains(string(log), "stage2: ks/bad.ks is not offered: ks/bad.ks:3: ") {
		t.Errorf("the log doesn't say what is wrong with bad.ks:\n%s", log)
	}
	if info, err := os.Stat(m.path(KickstartPath)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	// What was installed is not installed again by the return key.
	tty.answer("")
	tty.waitFor(t, "Your choice: ", 3)
	if n := strings.Count(strings.Join(m.called(), "\n"), "raw"); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestLeavingTheWizardDoesNothing(t *testing.T) {
	m := asking(t)
	m.start("")
	tty := m.ttys["ttyS0"]
	tty.waitFor(t, "Your choice: ", 1)
	for n, leave := range []string{"\x1b", "\x03", "\r\r\x03"} {
		tty.answer("1")
		tty.waitFor(t, "looking at this machine", n+1)
		tty.waitFor(t, "\x1b[?25l", n+1)
		tty.types(leave)
		tty.waitFor(t, "stage2: nothing was done\n", n+1)
		tty.waitFor(t, "stage2: menu", n+2)
	}
	for _, call := range m.called() {
		if call == "prepare" || strings.HasPrefix(call, "halt") {
			t.Errorf("%s was done", call)
		}
	}
	if _, err := os.Stat(m.path(KickstartPath)); err == nil {
		t.Error("a kickstart was written")
	}
	// The console is as before: a line goes to the menu.
	tty.answer("9")
	tty.waitFor(t, "Please answer with a number from 1 to 5.\n", 1)
}

func TestNothingToAsk(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(*machine)
		want    string
	}{
		{"no hands", func(m *machine) { m.Hands = nil }, "stage2: nothing can be installed on this machine\n"},
		{"no disk", func(m *machine) {
			for _, name := range []string{"sda", "sdb"} {
				_ = os.Remove(m.path("/sys/block/" + name))
			}
		}, "stage2: this machine has no disk to install on"},
		{"no medium", func(m *machine) { m.file("/proc/cmdline", "quiet\n") }, "stage2: nothing can be installed: there is no medium\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := asking(t)
			tt.prepare(m)
			m.start("")
			m.ttys["tty1"].waitFor(t, "Your choice: ", 1)
			m.ttys["tty1"].answer("1")
			m.ttys["tty1"].waitFor(t, tt.want, 1)
			m.ttys["tty1"].waitFor(t, "stage2: menu", 2)
		})
	}
}

// What the wizard is given: the medium is not among the disks, names of disks
// that stay come first, and the kickstarts are in the boot menu's order.
func TestFacts(t *testing.T) {
	m := asking(t)
	m.file("/sys/devices/x/block/sda/device/wwid", "x\n")
	in := &installer{System: m.System, log: io.Discard, all: io.Discard, medium: &Medium{Device{Name: "sr0", Disk: "sr0"}}, modules: &loader{}}
	if err := os.MkdirAll(m.path(RepoDir), 0o755); err != nil {
		t.Fatal(err)
	}
	m.onMount("")
	m.file(RepoDir+"/.disk/product.toml", product+"install = \"zoo.ks\"\n")
	m.file(RepoDir+"/ks/zoo.ks", "autopart\n%packages\n@core\n%end\n")
	m.file(RepoDir+"/ks/older.ks", "#version=F41\nautopart --type=btrfs\n%packages\n@core\n%end\n")
	m.file(RepoDir+"/ks/none.ks", "# menu: none\nautopart\n")
	m.file(RepoDir+"/comps/comps.xml", `<comps><group><id>core</id><name>Core</name><packagelist><packagereq type="mandatory">sudo</packagereq></packagelist></group></comps>`)
	m.file(RepoDir+"/pool/main/s/sudo/sudo_1_amd64.deb", "x")
	disks, err := in.disks()
	if err != nil {
		t.Fatal(err)
	}
	id, err := readIdentity(os.DirFS(m.path(RepoDir)))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range disks {
		got = append(got, d.String())
	}
	for _, c := range in.cards() {
		got = append(got, fmt.Sprintf("%s %s %v", c.Name, c.MAC, c.Link))
	}
	for _, b := range in.bases(id) {
		got = append(got, fmt.Sprintf("%s %q by %s, sudo %v, offered %v", filepath.Base(b.Name), b.Title, b.Syntax, b.Sudo, b.SudoOffered))
	}
	want := []string{
		"sda (ACME HARDDISK, 20 GiB, serial S-sda)", "sdb (ACME HARDDISK, 20 GiB, serial S-sdb)", "ens3 52:54:00:12:34:56 true",
		`zoo.ks "Demo server" by DEVEL, sudo true, offered true`, `good.ks "good" by DEVEL, sudo false, offered true`, `older.ks "older" by F41, sudo true, offered true`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if n := len(zones()); n < 400 {
		t.Errorf("%d time zones", n)
	}
	// Without kickstarts there is one of our own.
	if err := os.RemoveAll(m.path(RepoDir + "/ks")); err != nil {
		t.Fatal(err)
	}
	own := in.bases(id)
	if len(own) != 1 || !strings.Contains(string(own[0].Text), "%packages\n@core\n") || own[0].Check() != nil {
		t.Errorf("%+v", own)
	}
}

// While an installation runs, another console's menu restarts nothing.
func TestNothingElseWhileItInstalls(t *testing.T) {
	m := asking(t)
	in := &installer{System: m.System, log: io.Discard, all: io.Discard}
	c, err := m.openConsole("ttyS0")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := in.turn.take("tty1"); !ok {
		t.Fatal("not the first")
	}
	in.turn.begin()
	for _, choice := range []string{"1", "2", "4", "5", "3"} {
		in.act(t.Context(), c, choice)
	}
	if n := strings.Count(m.ttys["ttyS0"].text(), "stage2: not now: the installation that was begun on tty1 is running\n"); n != 4 {
		t.Errorf("%d of 4 refused:\n%s", n, m.ttys["ttyS0"].text())
	}
	if calls := strings.Join(m.called(), "\n"); strings.Contains(calls, "halt") || !strings.Contains(calls, "shell /dev/ttyS0") {
		t.Error(calls)
	}
}

// After an installation that failed the wizard can try again, once the disks
// are let go of.
func TestAskingAfterAFailure(t *testing.T) {
	m := asking(t)
	m.file("/proc/cmdline", bootFrom+"hd:LABEL=DEMO-13:/ks/good.ks\n")
	hands, plans := m.Hands, 0
	m.Hands = func(machine install.Machine) install.Hands {
		h := hands(machine)
		h.Plan = func(*language.Recipe) (install.Disks, error) {
			if plans++; plans == 1 || plans == 3 {
				return nil, errors.New("the disk is too small")
			}
			return noDisks{m}, nil
		}
		return h
	}
	m.start("")
	tty := m.ttys["tty1"]
	tty.waitFor(t, "Because  the disk is too small", 1)
	tty.waitFor(t, "stage2: menu", 1)
	tty.answer("") // no longer means Install
	tty.answer("1")
	for _, step := range [][2]string{{"S-sdb", "\r"}, {"Host name", "\r"}, {"Who may log in", "\x1b[B\r"}, {"root's password", "geheim-geheim\rgeheim-geheim\r"},
		{"ens3", "\r"}, {"From the network", "\r"}, {"Find", "\r"}, {"Type yes", "yes\r"}} {
		tty.waitFor(t, step[0], 1)
		tty.types(step[1])
	}
	tty.waitFor(t, "Because  the disk is too small", 2)
	calls := m.called()
	if at := slices.Index(calls, "release"); at < slices.Index(calls, "raw") || strings.Count(strings.Join(calls, " "), "raw") != 1 {
		t.Errorf("%v", calls)
	}
}
