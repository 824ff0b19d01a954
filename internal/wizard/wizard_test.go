package wizard

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"cdbuilder/kickstart"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", name, d)
	}
}

const basisText = `# server.ks - a small server
text
reboot --eject
lang en_US.UTF-8
timezone   Etc/UTC --utc   # of the data centre
network --bootproto=dhcp --device=link --activate --hostname=cddemo
firewall --enabled --ssh
rootpw --lock
user --name=admin --gecos="Administrator" --groups=sudo --iscrypted --password=$6$cddemo$Oc3SZ7Be.Aftv2XCVcyUnKUDR.o24m4RiLr.ZwI8uCPm4XVVc8cguFv5DUDQwMqxGAwt9W1WB1QZutKt0joR40
sshkey --username=admin "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ them@example.org"

zerombr
clearpart --all --initlabel
autopart --type=lvm
bootloader --timeout=3 --boot-drive=sdb --append="quiet splash"
services --enabled=ssh

%packages
@core
%end

%post
echo installed
%end
`

const aKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC anna@example.org"

var rhel9 = kickstart.Syntax{Family: "RHEL", Number: 9}

func basis() Basis {
	return Basis{Title: "Demo server", Name: "ks/server.ks", Text: []byte(basisText), Syntax: rhel9, Sudo: true, SudoOffered: true}
}

func facts() Facts {
	return Facts{
		Product: "Demo server", Bases: []Basis{basis()},
		Disks: []Disk{
			{Name: "sda", Size: "20 GiB", Model: "QEMU HARDDISK", Serial: "QM00001", ID: "/dev/disk/by-id/ata-QEMU_HARDDISK_QM00001", Names: []string{"disk/by-id/ata-QEMU_HARDDISK_QM00001"},
				Holds: `sda1 512 MiB vfat "EFI"; sda2 19.5 GiB ext4 "root"`},
			{Name: "sdb", Size: "20 GiB", Model: "QEMU HARDDISK", Serial: "QM00002", ID: "/dev/disk/by-id/ata-QEMU_HARDDISK_QM00002"},
			{Name: "sdc", Size: "1.8 TiB", Model: "ACME Array", ID: "sdc", Unusable: "mounted at /srv"},
		},
		Cards: []Card{{Name: "ens3", MAC: "52:54:00:12:34:56", Link: true}, {Name: "ens4", MAC: "52:54:00:12:34:57"}},
		Zones: []string{"America/New_York", "Europe/Berlin", "Europe/Paris", "Etc/UTC"},
	}
}

// zeros is a source of randomness that is none.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// sitter is somebody who sits at the model.
type sitter struct {
	t *testing.T
	*model
}

func sit(t *testing.T, f Facts) *sitter {
	return &sitter{t, newModel(f, Options{Random: zeros{}})}
}

var keys = map[string]tea.KeyType{
	"enter": tea.KeyEnter, "up": tea.KeyUp, "down": tea.KeyDown, "tab": tea.KeyTab, "back": tea.KeyShiftTab, "esc": tea.KeyEsc, "ctrl-c": tea.KeyCtrlC,
	"pgup": tea.KeyPgUp, "pgdn": tea.KeyPgDown, "home": tea.KeyHome, "end": tea.KeyEnd, "bs": tea.KeyBackspace, "ctrl-u": tea.KeyCtrlU, "ctrl-l": tea.KeyCtrlL,
}

// press presses keys: <enter> by name, all else as letters.
func (s *sitter) press(text string) *sitter {
	s.t.Helper()
	for text != "" {
		var k tea.KeyMsg
		if name, rest, ok := strings.Cut(strings.TrimPrefix(text, "<"), ">"); ok && text[0] == '<' {
			kind, known := keys[name]
			if !known {
				s.t.Fatalf("no key %s", name)
			}
			k, text = tea.KeyMsg{Type: kind}, rest
		} else {
			r := []rune(text)[0]
			k, text = tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}}, text[len(string(r)):]
			if r == ' ' {
				k.Type = tea.KeySpace
			}
		}
		s.Update(k)
	}
	return s
}

// attributes are what makes letters bold, reverse or coloured.
var attributes = regexp.MustCompile("\x1b\\[[0-9;]*m")

// screen is what is seen, without colours and blanks at ends.
func (s *sitter) screen() string {
	var b strings.Builder
	for line := range strings.SplitSeq(attributes.ReplaceAllString(s.View(), ""), "\n") {
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// sees fails unless the screen shows the text.
func (s *sitter) sees(text string) *sitter {
	s.t.Helper()
	if !strings.Contains(s.screen(), text) {
		s.t.Fatalf("missing %q in\n%s", text, s.screen())
	}
	return s
}

// toSummary answers everything with what is offered, and a password.
func (s *sitter) toSummary() *sitter {
	s.t.Helper()
	return s.press("<enter><enter><enter>").press("<enter><enter>changeme<enter>changeme<enter><enter>").press("<enter><enter><enter>").sees("Summary")
}

func TestScreens(t *testing.T) {
	s := sit(t, facts())
	var all bytes.Buffer
	show := func(name string) {
		t.Helper()
		text := s.screen()
		for line := range strings.Lines(text) {
			if n := lipgloss.Width(strings.TrimSuffix(line, "\n")); n > 80 {
				t.Errorf("%s: %d columns: %s", name, n, line)
			}
		}
		if n := strings.Count(text, "\n"); n > 24 {
			t.Errorf("%s: %d lines", name, n)
		}
		all.WriteString("======== " + name + "\n" + text)
	}
	show("disk")
	s.press("<down><down><enter>")
	show("a disk that cannot be chosen")
	s.press("<up><enter>")
	show("host name")
	s.press("<enter>")
	show("account")
	s.press("<enter><enter><enter>short")
	show("user")
	s.press("<enter>short<enter><enter>")
	show("a short password")
	s.press("<enter>")
	show("card")
	s.press("<enter>")
	show("method")
	s.press("<end><enter>")
	show("addresses")
	s.press("42<enter>192.0.2.10<enter><enter><enter>")
	show("an address without a prefix")
	s.press("/24<enter>192.0.2.1<enter>192.0.2.1, 192.0.2.2<enter>")
	show("zone")
	s.press("e")
	show("zones with an e")
	s.press("ur")
	show("zones of Europe")
	s.press("<enter>")
	show("summary")
	s.press("<pgdn>")
	show("summary, scrolled")
	s.press("<enter>")
	show("Enter alone")
	s.press("<down><down>")
	show("an answer to change")
	golden(t, "screens.txt", all.String())
}

func TestAnswers(t *testing.T) {
	tests := []struct {
		name  string
		facts func(*Facts)
		press string
		want  func(*Answers)
	}{
		{"what is offered", nil, "", func(*Answers) {}},
		{"another disk", nil, "<down><enter><down><enter>", func(a *Answers) { a.Disk = facts().Disks[1] }},
		{"host name", nil, "<down><down><enter><ctrl-u>web.example.org<enter>", func(a *Answers) { a.Hostname = "web.example.org" }},
		{"another user with a key", nil, "<down><down><down><enter><enter><ctrl-u>anna<enter><ctrl-u>Anna Bee<enter><enter><enter>" + aKey + "<enter>",
			func(a *Answers) { a.User, a.FullName, a.Key = "anna", "Anna Bee", aKey }},
		{"root", nil, "<down><down><down><enter><down><enter>geheim-geheim<enter>geheim-geheim<enter>",
			func(a *Answers) {
				a.User, a.FullName, a.Hash = "", "", sha512Crypt("geheim-geheim", strings.Repeat(".", 16))
			}},
		{"a card by name", nil, "<up><up><enter><down><enter><enter>", func(a *Answers) { a.Network.Device = "ens3" }},
		{"a card that is not listed", nil, "<up><up><enter><end><enter>52:54:00:99:99:99<enter><enter>", func(a *Answers) { a.Network.Device = "52:54:00:99:99:99" }},
		{"time zone", nil, "<up><enter>par<enter>", func(a *Answers) { a.Zone = "Europe/Paris" }},
		{"back through all and forth again", nil, "<up><enter><back><back><back><back><back><back><back><enter><enter><enter><enter><enter><enter><enter><enter><enter><enter>", func(*Answers) {}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := facts()
			s := sit(t, f).toSummary().press(tt.press).sees("Summary").press("yes<enter>")
			if !s.confirmed {
				t.Fatal("not confirmed", s.screen())
			}
			want := Answers{Disk: f.Disks[0], Hostname: "cddemo", User: "admin", FullName: "Administrator", Hash: sha512Crypt("changeme", strings.Repeat(".", 16)),
				Network: Network{Device: "link"}, Zone: "Etc/UTC"}
			tt.want(&want)
			if d := cmp.Diff(want, s.draft.Answers, cmp.Comparer(func(a, b Network) bool { return a.String() == b.String() })); d != "" {
				t.Error(d)
			}
		})
	}
}

// What is refused, and what is said then. The keys lead to the question.
func TestRefusals(t *testing.T) {
	const disk, host, account = "", "<enter>", "<enter><enter><enter>"
	const card = account + "<enter><enter>changeme<enter>changeme<enter><enter>"
	const address = card + "<enter><down><enter>"
	tests := []struct{ name, press, want string }{
		{"a disk in use", disk + "<end><enter>", "this cannot be chosen: mounted at /srv"},
		{"no host name", host + "<ctrl-u><enter>", "the machine needs a name"},
		{"a host name with _", host + "_x<enter>", "'_' cannot stand in a host name"},
		{"a host name with a dot", host + ".<enter>", "leave the dot at the end out"},
		{"a host name with two dots", host + "..x<enter>", "nothing between two dots"},
		{"a host name with - at the end", host + "-<enter>", "a hyphen stands between letters"},
		{"a long label", host + strings.Repeat("x", 60) + "<enter>", "host name has at most 64"},
		{"no user", account + "<ctrl-u><enter><enter><enter><enter><enter>", "the user needs a name"},
		{"root as user", account + "<ctrl-u>root<enter><enter><enter><enter><enter>", "root is there already"},
		{"a system's account", account + "<ctrl-u>www-data<enter><enter><enter><enter><enter>", "an account or a group www-data of its own"},
		{"a user with capitals", account + "<ctrl-u>Anna<enter><enter><enter><enter><enter>", "begins with a small letter"},
		{"a user with a dot", account + "<ctrl-u>an.na<enter><enter><enter><enter><enter>", "made of small letters"},
		{"a full name with a colon", account + "<enter>:<enter><enter><enter><enter>", "no colon"},
		{"no password", account + "<enter><enter><enter><enter><enter>", "type a password"},
		{"two passwords", account + "<enter><enter>aaaaaaaa<enter>bbbbbbbb<enter><enter>", "the two passwords differ"},
		{"a short password", account + "<enter><enter>abc<enter>abc<enter><enter>", "this password has 3 letters"},
		{"a key that is none", account + "<enter><enter>aaaaaaaa<enter>aaaaaaaa<enter>hello<enter>", "a key has a type and a long word"},
		{"a key of another type", account + "<enter><enter>aaaaaaaa<enter>aaaaaaaa<enter>ssh-rsa " + strings.Fields(aKey)[1] + "<enter>", "the line says ssh-rsa, but the key is of the type ssh-ed25519"},
		{"half a key", account + "<enter><enter>aaaaaaaa<enter>aaaaaaaa<enter>" + aKey[:60] + "<enter>", "the key is not whole"},
		{"a DSA key", account + "<enter><enter>aaaaaaaa<enter>aaaaaaaa<enter>ssh-dss AAAA<enter>", "no DSA keys any more"},
		{"no card", card + "<end><enter><enter>", "write the card's name"},
		{"a card with blanks", card + "<end><enter>my card<enter>", "is no network card"},
		{"no address", address + "<enter><enter><enter>", "write the address with its prefix"},
		{"no prefix", address + "192.0.2.10<enter><enter><enter>", "192.0.2.10/24"},
		{"the network's own address", address + "192.0.2.0/24<enter><enter><enter>", "the network's own address"},
		{"a gateway elsewhere", address + "192.0.2.10/24<enter>198.51.100.1<enter><enter>", "198.51.100.1 is not in the network 192.0.2.0/24"},
		{"a gateway that is the machine", address + "192.0.2.10/24<enter>192.0.2.10<enter><enter>", "the gateway is another machine"},
		{"a name server by name", address + "192.0.2.10/24<enter><enter>dns.example.org<enter>", "is no address"},
		{"a VLAN of zero", card + "<enter><down><down><enter>0<enter>", "a number from 1 to 4094"},
		{"no such zone", card + "<enter><enter>atlantis<enter>", `nothing here holds "atlantis"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := sit(t, facts()).press(tt.press)
			if s.wrong == nil || !strings.Contains(s.wrong.Error(), tt.want) {
				t.Errorf("said %v; want %q\n%s", s.wrong, tt.want, s.screen())
			}
		})
	}
}

func TestAShortPasswordIsTakenTheSecondTime(t *testing.T) {
	s := sit(t, facts()).press("<enter><enter><enter><enter><enter>abc<enter>abc<enter><enter>").sees("soon guessed")
	s.press("<enter>").sees("Network card")
}

func TestOnlyYesInstalls(t *testing.T) {
	for _, typed := range []string{"", "y", "Yes", "no", "yess"} {
		s := sit(t, facts()).toSummary().press(typed + "<enter>")
		if s.confirmed || s.over || s.wrong == nil {
			t.Errorf("%q: %v", typed, s.wrong)
		}
		if !s.press("yes<enter>").confirmed {
			t.Errorf("%q, and then yes: %s", typed, s.screen())
		}
	}
}

func TestLeaving(t *testing.T) {
	for _, key := range []string{"<esc>", "<ctrl-c>"} {
		for _, at := range []string{"", "<enter>", "<enter><enter><enter>"} {
			if s := sit(t, facts()).press(at + key + "yes<enter>"); s.confirmed || !s.over {
				t.Errorf("%s%s: confirmed %v, over %v", at, key, s.confirmed, s.over)
			}
		}
	}
	if s := sit(t, facts()).toSummary().press("yes<esc>"); s.confirmed {
		t.Error("Esc confirmed")
	}
}

// What the machine cannot do is said before a yes, and can be changed.
func TestWhatCannotBeCarriedOut(t *testing.T) {
	m := newModel(facts(), Options{Random: zeros{}, Check: func(text []byte) error {
		if strings.Contains(string(text), "QM00001") {
			return errors.New("/ has 8 GiB, and sda has 4 GiB")
		}
		return nil
	}})
	s := (&sitter{t, m}).toSummary().sees("This cannot be installed: / has 8 GiB, and sda has 4 GiB").press("yes<enter>").sees("the reason stands above")
	if s.confirmed {
		t.Fatal("confirmed")
	}
	if !s.press("<down><enter><down><enter>").sees("Summary").press("yes<enter>").confirmed {
		t.Error(s.screen())
	}
}

func TestSeveralKickstarts(t *testing.T) {
	f := facts()
	small := basis()
	small.Title, small.Name = "Demo server, minimal", "ks/minimal.ks"
	small.Text = []byte("rootpw x\nautopart\n%packages --nocore\n-sudo\n%end\n")
	small.Sudo, small.SudoOffered = false, false
	f.Bases = append(f.Bases, small)
	s := sit(t, f).sees("What to install").sees("1 of 9").press("<down><enter><enter><enter>").sees("Who may log in")
	s.sees("> root, with a password").press("<up><enter>").sees("the package sudo is not on this medium")
	s.press("<down><enter>geheim-geheim<enter>geheim-geheim<enter><enter><enter><enter>").sees("System    Demo server, minimal").sees("Name      debian")
	// With another basis its own words are offered.
	s.press("<down><enter>").sees("What to install").press("<up><enter><enter>").sees("cddemo")
}

func TestNothingToInstallOn(t *testing.T) {
	for want, disks := range map[string][]Disk{
		"this machine has no disk": nil,
		"sdc: mounted at /srv":     facts().Disks[2:],
	} {
		f := facts()
		f.Disks = disks
		if _, _, err := Ask(t.Context(), NewKeys(strings.NewReader("")), &bytes.Buffer{}, f, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v", err)
		}
	}
}

// Without drivers there are no cards to list.
func TestNoCards(t *testing.T) {
	f := facts()
	f.Cards = nil
	s := sit(t, f).press("<enter><enter><enter><enter><enter>changeme<enter>changeme<enter><enter>")
	s.sees("carries no drivers").press("<end><enter>eno1<enter><enter>").sees("Time zone")
	if s.draft.Network.Device != "eno1" {
		t.Error(s.draft.Network)
	}
}

// A small screen still shows what is being asked, and never more than it holds.
func TestSmallScreens(t *testing.T) {
	for _, size := range [][2]int{{0, 0}, {20, 5}, {72, 20}, {80, 24}, {200, 60}} {
		m := newModel(facts(), Options{Random: zeros{}, Width: size[0], Height: size[1]})
		s := &sitter{t, m}
		for _, press := range []string{"", "<enter>", "<enter>", "<enter>", "<enter><enter>changeme<enter>changeme<enter><enter>", "<enter>", "<down><enter>", "<back><up><enter>", "<enter>"} {
			s.press(press)
			lines := strings.Split(s.View(), "\n")
			if len(lines) > m.styles.height {
				t.Errorf("%v: %d lines:\n%s", size, len(lines), s.screen())
			}
			for _, l := range lines {
				if lipgloss.Width(l) > m.styles.width {
					t.Errorf("%v: %d columns: %q", size, lipgloss.Width(l), l)
				}
			}
		}
		s.sees("ERASES sda")
	}
}
