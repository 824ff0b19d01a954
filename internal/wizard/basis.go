package wizard

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// own is the basis where the medium has no kickstart.
const own = `# This medium has no kickstart; the installer began with this one.
text
reboot --eject
lang en_US.UTF-8
keyboard --xlayouts=us
timezone Etc/UTC --utc
network --bootproto=dhcp --device=link --activate --hostname=debian
bootloader --timeout=3

`

// Own is the basis for a medium without a kickstart: a small system of the
// group core, where that is on the medium.
func Own(group string) Basis {
	section := "%packages --nocore\n%end\n"
	if group != "" {
		section = "%packages\n@" + group + "\n%end\n"
	}
	return Basis{Title: "Install a small system", Name: "the installer's own kickstart", Text: []byte(own + section)}
}

// said is what a basis says of what is asked: what the questions begin with.
type said struct {
	hostname string
	user     string
	fullName string
	groups   []string
	root     bool // root has a password, and no user does
	zone     string
	network  Network
}

// read takes a basis apart; the recipe's findings are the file's own.
func (b Basis) read() (*kickstart.File, *language.Recipe, error) {
	file, err := kickstart.Parse(b.Name, b.Text, b.Syntax)
	if err != nil {
		return nil, nil, err
	}
	recipe, findings := language.Read(b.Syntax, file.All())
	return file, recipe, refused(findings)
}

// refused are the errors among findings, as one.
func refused(findings []kickstart.Finding) error {
	var faults []error
	for _, f := range findings {
		if f.Level == kickstart.Error {
			faults = append(faults, &kickstart.Fault{File: f.File, Line: f.Line, Text: f.Text})
		}
	}
	return errors.Join(faults...)
}

// Check says what is wrong with a basis, if anything is.
func (b Basis) Check() error {
	_, _, err := b.read()
	return err
}

// says gives what the basis says; of one that is faulty, what can be read.
func (b Basis) says() said {
	s := said{hostname: "debian", zone: "Etc/UTC", network: Network{Device: "link"}}
	_, recipe, err := b.read()
	if err != nil {
		return s
	}
	device := false
	for n := range recipe.Find("network") {
		if h := n.Get("--hostname"); checkHost(h) == nil {
			s.hostname = h
		}
		if !device && (len(n.Given) > 1 || !n.Has("--hostname")) { // the first that sets a device up
			device, s.network = true, network(n)
		}
	}
	if t := recipe.Last("timezone"); t != nil && t.Word(0) != "" {
		s.zone = t.Word(0)
	}
	if u := person(recipe); u != nil && checkUser(u.Get("--name")) == nil {
		s.user, s.fullName, s.groups = u.Get("--name"), u.Get("--gecos"), groups(u)
	}
	root := recipe.Last("rootpw")
	s.root = s.user == "" && root != nil && !root.Has("--lock")
	return s
}

// person is the first user who logs in with a password: the one that the
// questions are about. Others are part of the product.
func person(r *language.Recipe) *language.Statement {
	for u := range r.Find("user") {
		if !u.Has("--lock") && u.Get("--password") != "" {
			return u
		}
	}
	return nil
}

// groups are those of a user line, without their numbers.
func groups(u *language.Statement) []string {
	var list []string
	for _, g := range u.List("--groups") {
		name, _, _ := strings.Cut(g, "(")
		list = append(list, name)
	}
	return list
}

// takes reports whether a version of the language knows a line.
func takes(v kickstart.Syntax, line string) bool {
	file, err := kickstart.Parse("", []byte(line+"\n"), v)
	if err != nil {
		return false
	}
	_, findings := language.Read(v, file.All())
	return refused(findings) == nil
}

// network reads what a line says of its device, as far as it can be asked for.
func network(n *language.Statement) Network {
	w := Network{Device: n.Get("--device")}
	if w.Device == "" || w.Device == "bootif" || checkCard(w.Device) != nil {
		w.Device = "link"
	}
	w.VLAN, _ = strconv.Atoi(n.Get("--vlanid"))
	address, err := netip.ParseAddr(n.Get("--ip"))
	mask := net.ParseIP(n.Get("--netmask")).To4()
	if err != nil || mask == nil || !address.Is4() {
		return w
	}
	bits, size := net.IPMask(mask).Size()
	if size == 0 {
		return w
	}
	w.Address = netip.PrefixFrom(address, bits)
	w.Gateway, _ = netip.ParseAddr(n.Get("--gateway"))
	for _, text := range n.List("--nameserver") {
		if a, err := netip.ParseAddr(text); err == nil {
			w.DNS = append(w.DNS, a)
		}
	}
	return w
}
