package target

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cdbuilder/kickstart"
)

// zeroes is a source of random numbers that a golden file can rely on.
type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// server are the packages of a small server.
var server = []string{
	"linux-image-amd64", "initramfs-tools", "grub2-common", "grub-pc-bin", "grub-efi-amd64-bin", "grub-efi-amd64-signed", "shim-signed", "efibootmgr",
	"locales", "console-setup", "tzdata", "openssh-server", "nftables", "systemd-resolved", "systemd-timesyncd", "cryptsetup-initramfs", "mdadm",
}

func with(more ...string) []string { return append(slices.Clone(server), more...) }

func without(names ...string) []string {
	return slices.DeleteFunc(slices.Clone(server), func(p string) bool { return slices.Contains(names, p) })
}

// plans are the golden files: testdata/NAME.ks and what becomes of it in
// testdata/NAME.golden.
var plans = map[string]Facts{
	"demo": {
		Product: "demo server", Medium: "demo 1", Packages: server, Cmdline: "inst.ks=hd:LABEL=demo:/ks/demo.ks console=tty0 console=ttyS0,115200n8 quiet",
		Boot: []string{"/dev/sda"}, Fstab: "UUID=1 / ext4 errors=remount-ro 0 1\nUUID=2 none swap sw 0 0\n",
		Sources: DebianSources("trixie", "main"), Kickstart: []byte("lang en_US.UTF-8\n"),
	},
	"rich": {
		Packages: with("chrony", "grub-efi-amd64"), UEFI: true, ESP: []ESP{{"/dev/sda", 1}, {"/dev/sdb", 1}},
		Crypttab: "luks-1 UUID=1 none luks,discard\n", Mdadm: "ARRAY /dev/md/root UUID=1\n", FreshKeys: true, Kickstart: []byte("rootpw secret\n"),
	},
	"networkd": {
		Packages: without("systemd-resolved"), Boot: []string{"/dev/sda"}, Cmdline: "BOOTIF=01-52-54-00-aa-bb-cc",
		Cards: []Card{{MAC: "52:54:00:AA:BB:CC"}, {Name: "ens4", MAC: "52:54:00:00:00:02", Link: true}},
	},
	"networkmanager": {Packages: with("network-manager"), Boot: []string{"/dev/sda", "/dev/sdb"}},
	"ifupdown":       {Packages: without("systemd-resolved", "x"), Boot: []string{"/dev/sda"}},
	"bare":           {Packages: []string{"linux-image-6.12-amd64", "dracut", "grub2-common", "grub-pc-bin", "grub-pc"}, Boot: []string{"/dev/sda", "/dev/sdb"}},
}

func TestPlans(t *testing.T) {
	files, err := filepath.Glob("testdata/*.ks")
	if err != nil || len(files) != len(plans) {
		t.Fatalf("%d kickstarts in testdata, %d plans: %v", len(files), len(plans), err)
	}
	for name, facts := range plans {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile("testdata/" + name + ".ks")
			if err != nil {
				t.Fatal(err)
			}
			if name == "ifupdown" {
				facts.Packages = append(facts.Packages, "ifupdown")
			}
			facts.Random = zeroes{}
			config, findings := Plan(read(t, string(text)), facts)
			got := config.String()
			for _, f := range findings {
				got += f.String() + "\n"
				if f.Level == kickstart.Error {
					t.Errorf("refused: %s", f.String())
				}
			}
			golden(t, "testdata/"+name+".golden", []byte(got))
			if strings.Contains(fmt.Sprintf("%+v %#v", config, config), "changeme") {
				t.Error("the printed plan has a password in it")
			}
		})
	}
}

// base is a kickstart of which nothing is refused.
const base = "timezone Etc/UTC --utc\nrootpw --lock\n"

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		line  string
		facts func(*Facts)
		want  string
	}{
		"no kernel":           {facts: func(f *Facts) { f.Packages = without("linux-image-amd64") }, want: "no kernel"},
		"no initramfs":        {facts: func(f *Facts) { f.Packages = without("initramfs-tools") }, want: "nothing makes an initramfs"},
		"no boot loader":      {facts: func(f *Facts) { f.Packages = without("grub-pc-bin") }, want: "needs the package grub-pc-bin"},
		"no signed GRUB":      {facts: func(f *Facts) { f.UEFI, f.Packages = true, without("grub-efi-amd64-signed") }, want: "needs the package grub-efi-amd64-signed"},
		"no disk":             {facts: func(f *Facts) { f.Boot = nil }, want: "no disk to put the boot loader on"},
		"LUKS without tools":  {facts: func(f *Facts) { f.Crypttab, f.Packages = "x", without("cryptsetup-initramfs") }, want: "cryptsetup-initramfs"},
		"RAID without mdadm":  {facts: func(f *Facts) { f.Mdadm, f.Packages = "x", without("mdadm") }, want: "mdadm"},
		"no random numbers":   {line: "rootpw secret", facts: func(f *Facts) { f.Random = strings.NewReader("") }, want: "making the salt"},
		"host name":           {line: "network --hostname=a_b", want: "a host name is made of"},
		"long host name":      {line: "network --hostname=" + strings.Repeat("a", 64), want: "a host name is made of"},
		"zone":                {line: "timezone ../../etc/passwd", want: "is no time zone"},
		"language":            {line: "lang $(reboot)", want: "cannot be a name here"},
		"layout":              {line: `keyboard --xlayouts="us\";reboot"`, want: "cannot be a name here"},
		"user":                {line: "user --name=a:b", want: "a name is"},
		"user of numbers":     {line: "user --name=123", want: "a name is"},
		"user root":           {line: "user --name=root", want: "write rootpw"},
		"gecos":               {line: `user --name=a --gecos="a:b"`, want: "a colon"},
		"home":                {line: "user --name=a --homedir=x", want: "write a path"},
		"shell":               {line: `user --name=a --shell="/bin/sh -c"`, want: "write a path"},
		"uid":                 {line: "user --name=a --uid=-1", want: "no number of an account"},
		"two numbers":         {line: "group --name=a --gid=1000\nuser --name=a --gid=1001", want: "has two numbers"},
		"hash":                {line: "rootpw --iscrypted a:b", want: "cannot stand in /etc/shadow"},
		"extlinux":            {line: "bootloader --extlinux", want: "bootloader --extlinux is not done"},
		"boot password":       {line: "bootloader --password=x --iscrypted", want: "grub-mkpasswd-pbkdf2"},
		"partition unknown":   {line: "bootloader --location=partition", want: "which partition /boot is on"},
		"liveimg":             {line: "liveimg --url=http://x/y", want: "liveimg is not done"},
		"address":             {line: "network --bootproto=static --ip=1.2.3 --netmask=255.0.0.0", want: "is no IP address"},
		"no netmask":          {line: "network --bootproto=static --ip=192.0.2.1", want: "needs a netmask"},
		"netmask with holes":  {line: "network --bootproto=static --ip=192.0.2.1 --netmask=255.0.255.0", want: "needs a netmask"},
		"IPv6 as IPv4":        {line: "network --bootproto=static --ip=::1 --netmask=255.0.0.0", want: "is no IPv4 address"},
		"IPv6":                {line: "network --ipv6=192.0.2.1", want: "is no IPv6 address"},
		"nameserver":          {line: "network --nameserver=ns1", want: "is no IP address"},
		"device":              {line: "network --device=../x", want: "cannot be a network device"},
		"bootif":              {line: "network --device=bootif", want: "was not started over the network"},
		"bond of no name":     {line: "network --bondslaves=a,b", want: "with the name of the bond"},
		"vlan":                {line: "network --device=ens3 --vlanid=5000", want: "a number from 1 to 4094"},
		"mtu":                 {line: "network --mtu=1", want: "a frame has"},
		"port":                {line: "firewall --port=70000:tcp", want: "write a number"},
		"protocol":            {line: "firewall --port=70:tcp;reboot", want: "write a number"},
		"trust":               {line: `firewall --trust="a b"`, want: "is no network device"},
		"service":             {line: "services --enabled=--now", want: "cannot be a name here"},
		"control character":   {line: "bootloader --append=\"a\tb\x01c\"", want: "control character"},
		"timesource":          {line: `timesource --ntp-server="a b"`, want: "cannot be a name here"},
		"installed repo name": {line: "repo --name=../x --baseurl=http://x --install", want: "a name is"},
	} {
		t.Run(name, func(t *testing.T) {
			facts := Facts{Packages: server, Boot: []string{"/dev/sda"}, Random: zeroes{}}
			if c.facts != nil {
				c.facts(&facts)
			}
			_, findings := Plan(read(t, base+c.line+"\n"), facts)
			if !slices.ContainsFunc(findings, func(f kickstart.Finding) bool { return f.Level == kickstart.Error && strings.Contains(f.Text, c.want) }) {
				t.Errorf("no error says %q: %v", c.want, findings)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	for name, c := range map[string]struct {
		line     string
		packages []string
		want     string
	}{
		"selinux":          {"selinux --enforcing", server, "selinux is understood and not done by this installer: Debian comes with AppArmor"},
		"option":           {"network --ethtool=\"x\"", server, "network --ethtool is understood and not done"},
		"add-on":           {"%addon com_redhat_kdump\n%end", server, "%addon is understood and not done"},
		"no locales":       {"lang de_DE.UTF-8", without("locales"), "needs the package locales"},
		"no zones":         {"timezone Europe/Berlin", without("tzdata"), "needs the package tzdata"},
		"no firewall":      {"firewall --ssh", without("nftables"), "needs the package nftables"},
		"no console setup": {"keyboard de", without("console-setup"), "needs the package console-setup"},
		"no time service":  {"timesource --ntp-server=a", without("systemd-timesyncd"), "need systemd-timesyncd or chrony"},
		"nts":              {"timesource --ntp-server=a --nts", server, "--nts is for chrony"},
		"foreign service":  {"firewall --service=nonesuch", server, "is not known here"},
		"foreign key":      {"sshkey --username=git \"ssh-ed25519 AAAA\"", server, "no line makes the account git"},
		"ibft":             {"network --bootproto=ibft", server, "--bootproto=ibft is understood and not done"},
		"no resolver":      {"network --bootproto=dhcp", without("systemd-resolved"), "needs the package systemd-resolved"},
		"bond option":      {"network --device=b --bondslaves=a --bondopts=mode=1,x=y", server, "the option x of the bond b"},
	} {
		t.Run(name, func(t *testing.T) {
			_, findings := Plan(read(t, base+c.line+"\n"), Facts{Packages: c.packages, Boot: []string{"/dev/sda"}, Random: zeroes{}})
			found := false
			for _, f := range findings {
				found = found || f.Level == kickstart.Warning && strings.Contains(f.Text, c.want)
				if f.Level == kickstart.Error {
					t.Errorf("refused: %s", f.String())
				}
			}
			if !found {
				t.Errorf("no warning says %q: %v", c.want, findings)
			}
		})
	}
}
