package wizard

import (
	"net/netip"
	"os/exec"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
	"cdbuilder/kickstart/lint"

	"github.com/google/go-cmp/cmp"
)

func answers() Answers {
	return Answers{
		Disk: facts().Disks[0], Hostname: "web.example.org", User: "anna", FullName: `Anna "Bee" O'Hara`, Hash: sha512Crypt("changeme", "saltsaltsaltsalt"), Key: aKey,
		Network: Network{Device: "ens3", VLAN: 42, Address: netip.MustParsePrefix("192.0.2.10/23"), Gateway: netip.MustParseAddr("192.0.2.1"),
			DNS: []netip.Addr{netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("2001:db8::1")}},
		Zone: "Europe/Berlin",
	}
}

// What is not asked about stays, byte for byte.
func TestKickstart(t *testing.T) {
	text, err := answers().Kickstart(basis())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "server.ks", string(text))
	plain := Answers{Disk: Disk{Name: "vda", ID: "vda"}, Hostname: "x", Hash: sha512Crypt("x", "y"), Network: Network{Device: "link"}, Zone: "Etc/UTC"}
	own := Own("core")
	text, err = plain.Kickstart(own)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "own.ks", string(text))
}

// Each basis is one that asks for care; want are the lines that come for those
// that go, without the answers that every one gets.
func TestBases(t *testing.T) {
	const rest = "\n%packages\n@core\n%end\n"
	tests := []struct {
		name, basis string
		syntax      string
		has, lacks  []string
	}{
		{"nothing at all", "", "RHEL9", []string{"autopart\n", "timezone Europe/Berlin --utc\n"}, nil},
		{"a layout on one disk stays", "zerombr\nclearpart --all\npart / --size=4000 --grow\n", "RHEL9", []string{"part / --size=4000 --grow\n"}, []string{"autopart"}},
		{"a layout on the disk that was chosen", "part / --size=4000 --ondisk=sda\n", "RHEL9", []string{"part / --size=4000 --ondisk=sda\n"}, []string{"autopart"}},
		{"by id", "part / --size=4000 --ondisk=/dev/disk/by-id/ata-QEMU*\n", "RHEL9", []string{"--ondisk=/dev/disk"}, []string{"autopart"}},
		{"on another disk", "part /boot --size=500 --ondrive=sdx\npart / --size=4000 --fstype=xfs --ondrive=sdx\n", "RHEL9", []string{"# the kickstart has a layout for other disks: autopart instead\nautopart --type=plain --fstype=xfs\n"}, []string{"part /"}},
		{"LVM on another disk", "part pv.1 --size=4000 --ondisk=sdx\nvolgroup v pv.1\nlogvol / --vgname=v --name=r --size=3000 --fstype=ext4\n", "RHEL9", []string{"autopart --type=lvm --fstype=ext4\n"}, []string{"volgroup", "logvol"}},
		{"RAID", "part raid.1 --size=4000\npart raid.2 --size=4000\nraid / --level=1 --device=md0 raid.1 raid.2\n", "RHEL9", []string{"makes a RAID", "autopart --type=plain\n"}, []string{"raid."}},
		{"encrypted", "part / --size=4000 --ondisk=sdx --encrypted --passphrase=\"a b\" --luks-version=luks2\n", "RHEL9", []string{"autopart --type=plain --encrypted --passphrase=\"a b\" --luks-version=luks2\n"}, nil},
		{"btrfs on another disk", "part btrfs.1 --size=4000 --ondisk=sdx\nbtrfs / --label=x btrfs.1\n", "F41", []string{"autopart --type=btrfs\n"}, []string{"btrfs."}},
		{"partitions that are there", "part / --onpart=sda3 --noformat\n", "RHEL9", []string{"keeps partitions that are there", "autopart"}, []string{"--onpart"}},
		{"boot loader on other disks", "bootloader  --driveorder=sdb,sda --boot-drive sdb --timeout 5 # five\n", "RHEL9", []string{"bootloader --timeout 5 # five\n"}, []string{"sdb"}},
		{"the kind of table", "clearpart --all --disklabel=gpt\n", "RHEL9", []string{"--disklabel=gpt\n"}, nil},
		{"a time zone with time servers", "timezone America/New_York --isUtc\n", "RHEL8", []string{"timezone Europe/Berlin --isUtc\n"}, []string{"America"}},
		{"a time zone without a name", "timezone --utc\n", "RHEL9", []string{"timezone Europe/Berlin --utc\n"}, nil},
		{"several network lines", "network --hostname=old\nnetwork --device=ens5 --bootproto=static --ip=10.0.0.1 --netmask=255.0.0.0 --mtu=9000 --noipv6\nnetwork --device=ens6\n", "RHEL9", []string{" --mtu=9000 --noipv6 --hostname=web.example.org\n"}, []string{"ens5", "old", "ens6"}},
		{"other users", "rootpw --iscrypted $6$a$b\nuser --name=backup --lock\nuser --name=ops --password=x --groups=wheel,adm\nuser --name=dba --password=x\nsshkey --username=dba \"ssh-rsa AAAA x\"\nsshkey --username=ops \"ssh-rsa AAAA x\"\n", "RHEL9",
			[]string{"user --name=backup --lock\n", "user --name=dba --password=x\n", "sshkey --username=dba", "--groups=wheel,adm "}, []string{"--name=ops", "--username=ops", "$6$a$b"}},
		{"an account of the same name", "user --name=anna --lock\n", "RHEL9", []string{"--name=anna"}, []string{"--name=anna --lock"}},
		{"lines that end with CR LF", "text\r\ntimezone Etc/UTC --utc\r\n", "RHEL9", []string{"text\r\n", "timezone Europe/Berlin --utc\r\n", "rootpw --lock\r\n"}, nil},
		{"an old version", "text\n", "RHEL7", []string{"ignoredisk --only-use="}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := kickstart.ParseSyntax(tt.syntax)
			if err != nil {
				t.Fatal(err)
			}
			a := answers()
			if v.Number == 7 {
				a.Key = "" // its language has none
			}
			text, err := a.Kickstart(Basis{Name: "x.ks", Text: []byte(tt.basis + rest), Syntax: v, Sudo: true})
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range tt.has {
				if !strings.Contains(string(text), want) {
					t.Errorf("lacks %q", want)
				}
			}
			for _, lack := range tt.lacks {
				if strings.Contains(strings.ReplaceAll(string(text), "# the kickstart", ""), lack) {
					t.Errorf("still has %q", lack)
				}
			}
			if !strings.HasSuffix(string(text), rest) {
				t.Error("the packages are others")
			}
			if t.Failed() {
				t.Logf("%s", text)
			}
		})
	}
}

// A basis without sudo gets it, where it is to be had.
func TestSudoComesAlong(t *testing.T) {
	b := basis()
	b.Sudo = false
	text, err := answers().Kickstart(b)
	if err != nil || !strings.HasSuffix(string(text), "%end\n\n# the user becomes root with it\n%packages\nsudo\n%end\n") {
		t.Errorf("%v\n%s", err, text)
	}
	file, _ := kickstart.Parse("", text, b.Syntax)
	var names []string
	for _, r := range kickstart.Requests(file) {
		names = append(names, r.String())
	}
	if d := cmp.Diff([]string{"@core", "sudo"}, names); d != "" {
		t.Error(d)
	}
	b.Text = []byte("autopart\n%packages --nocore\nbash\n%end") // without an end of its line, too
	text, err = answers().Kickstart(b)
	if err != nil || !strings.HasSuffix(string(text), "%end\n\n# the user becomes root with it\n%packages --nocore\nsudo\n%end\n") {
		t.Errorf("%v\n%s", err, text)
	}
	root := answers()
	root.User = ""
	if text, err := root.Kickstart(b); err != nil || strings.Contains(string(text), "sudo") {
		t.Errorf("%v\n%s", err, text)
	}
}

// lintErrors are the errors that kick lint finds.
func lintErrors(t *testing.T, name string, text []byte, v kickstart.Syntax) []string {
	t.Helper()
	file, err := kickstart.Parse(name, text, v)
	if err != nil {
		t.Fatal(err)
	}
	recipe, findings := language.Read(v, file.All())
	findings = append(findings, lint.Check(recipe, lint.Facts{Medium: true, Family: "debian"})...)
	var all []string
	for _, f := range findings {
		if f.Level == kickstart.Error {
			all = append(all, f.Rule+": "+f.Text)
		}
	}
	return all
}

func TestLintAcceptsIt(t *testing.T) {
	for _, change := range []func(*Answers){
		func(*Answers) {},
		func(a *Answers) { a.User = "" },
		func(a *Answers) { a.Network = Network{Device: "link"} },
		func(a *Answers) { a.Network = Network{Device: "52:54:00:12:34:56"} },
		func(a *Answers) {
			a.Network = Network{Device: "ens3", Address: netip.MustParsePrefix("2001:db8::5/64"), Gateway: netip.MustParseAddr("fe80::1")}
		},
		func(a *Answers) { a.Disk = Disk{Name: "sdb", ID: "sdb"} },
	} {
		for _, b := range []Basis{basis(), Own("core"), Own("")} {
			b.Syntax, b.SudoOffered = rhel9, true
			a := answers()
			change(&a)
			text, err := a.Kickstart(b)
			if err != nil {
				t.Error(err)
				continue
			}
			if found := lintErrors(t, b.Name, text, b.Syntax); len(found) > 0 {
				t.Errorf("%s: %v\n%s", b.Name, found, text)
			}
		}
	}
}

func TestWhatCannotStandInAKickstart(t *testing.T) {
	for _, change := range []func(*Answers){
		func(a *Answers) { a.Hostname = "x\nrootpw x" },
		func(a *Answers) { a.User = "a b" },
		func(a *Answers) { a.FullName = "x\n%post" },
		func(a *Answers) { a.Key = aKey + "\nssh-rsa x" },
		func(a *Answers) { a.Key = "no key" },
		func(a *Answers) { a.Hash = "" },
		func(a *Answers) { a.Hash = "$6$x$y\n" },
		func(a *Answers) { a.Zone = "Europe/Ber lin" },
		func(a *Answers) { a.Disk.ID = "sda,sdb" },
		func(a *Answers) { a.Disk.ID = "sd*" },
		func(a *Answers) { a.Disk.ID = "" },
		func(a *Answers) { a.Network.Device = "ens3 --ip" },
		func(a *Answers) { a.Network.VLAN = 5000 },
	} {
		a := answers()
		change(&a)
		if text, err := a.Kickstart(basis()); err == nil {
			t.Errorf("taken: %s", text)
		}
	}
	for _, faulty := range []string{"frobnicate\n", "user --name='x\n", "%packages\n"} {
		if _, err := answers().Kickstart(Basis{Name: "x.ks", Text: []byte(faulty), Syntax: rhel9}); err == nil || !strings.Contains(err.Error(), "x.ks") {
			t.Errorf("%q: %v", faulty, err)
		}
	}
}

func TestHash(t *testing.T) {
	// The demo's own password, and openssl as the judge.
	if got, want := sha512Crypt("changeme", "cddemo"), "$6$cddemo$Oc3SZ7Be.Aftv2XCVcyUnKUDR.o24m4RiLr.ZwI8uCPm4XVVc8cguFv5DUDQwMqxGAwt9W1WB1QZutKt0joR40"; got != want {
		t.Error(got)
	}
	openssl := judge.Program(t, "openssl")
	for _, password := range []string{"x", "correct horse battery staple", strings.Repeat("long", 30), "Käsebrot"} {
		out, err := exec.Command(openssl, "passwd", "-6", "-salt", "a./9Zz", "--", password).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if got := sha512Crypt(password, "a./9Zz"); got != strings.TrimSpace(string(out)) {
			t.Errorf("%q: %s; openssl says %s", password, got, out)
		}
	}
}

// Real keys of every type are taken.
func TestKeys(t *testing.T) {
	keygen := judge.Program(t, "ssh-keygen")
	for _, kind := range [][]string{{"ed25519"}, {"rsa", "-b", "2048"}, {"ecdsa", "-b", "256"}, {"ecdsa", "-b", "384"}, {"ecdsa", "-b", "521"}} {
		file := t.TempDir() + "/key"
		if out, err := exec.Command(keygen, append([]string{"-q", "-N", "", "-f", file, "-t"}, kind...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		out, err := exec.Command(keygen, "-y", "-f", file).Output()
		if err != nil {
			t.Fatal(err)
		}
		key := strings.TrimSpace(string(out))
		if err := checkKey(key); err != nil {
			t.Errorf("%s: %v", key, err)
		}
		if err := checkKey(key[:len(key)/2]); err == nil {
			t.Errorf("half of %s is taken", kind)
		}
	}
}

// Whatever is said, the kickstart says exactly that, or there is none.
func FuzzKickstart(f *testing.F) {
	f.Add("web.example.org", "anna", `O'Hara "Bee" \ #1`, aKey, "ens3", "Europe/Berlin", basisText)
	f.Add("x", "", "", "", "link", "Etc/UTC", "")
	f.Add("x\ny", "a", "\"", "ssh-rsa AAAA", "a b", "UTC", "part / --ondisk=sdx\nuser --name=a --password=b\r\n%post\n")
	f.Fuzz(func(t *testing.T, host, user, full, key, device, zone, text string) {
		a := answers()
		a.Hostname, a.User, a.FullName, a.Key, a.Network.Device, a.Zone = host, user, full, key, device, zone
		out, err := a.Kickstart(Basis{Name: "x.ks", Text: []byte(text), Syntax: rhel9, SudoOffered: true})
		if err != nil {
			return
		}
		file, err := kickstart.Parse("out.ks", out, rhel9)
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		recipe, findings := language.Read(rhel9, file.All())
		if err := refused(findings); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		says(t, recipe, a, out)
	})
}

// says holds a recipe to answers.
func says(t *testing.T, r *language.Recipe, a Answers, text []byte) {
	t.Helper()
	same := func(what, got, want string) {
		if got != want {
			t.Errorf("%s is %q, not %q, in\n%s", what, got, want, text)
		}
	}
	n := r.Last("network")
	same("the host name", n.Get("--hostname"), a.Hostname)
	same("the card", n.Get("--device"), a.Network.Device)
	same("the zone", r.Last("timezone").Word(0), a.Zone)
	same("the disk", strings.Join(r.Last("ignoredisk").List("--only-use"), " "), a.Disk.ID)
	same("the wiped disk", strings.Join(r.Last("clearpart").List("--drives"), " "), a.Disk.ID)
	if a.User == "" {
		same("root's password", r.Last("rootpw").Word(0), a.Hash)
		return
	}
	if !r.Last("rootpw").Has("--lock") {
		t.Errorf("root is not locked:\n%s", text)
	}
	found := 0
	for u := range r.Find("user") {
		if u.Get("--name") == a.User {
			found++
			same("the password", u.Get("--password"), a.Hash)
			same("the full name", u.Get("--gecos"), a.FullName)
		}
	}
	if found != 1 {
		t.Errorf("the user is made %d times:\n%s", found, text)
	}
	for k := range r.Find("sshkey") {
		if k.Get("--username") == a.User {
			same("the key", k.Word(0), a.Key)
		}
	}
}
