package target

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"cdbuilder/kickstart/language"
)

// link is one network device of the installed system.
type link struct {
	from *language.Statement // nil: another line's device stands on it
	// One of these finds it: its name, its address, or that it is a wired card.
	name, mac string
	any       bool

	kind    string // empty: a card; vlan, bond or bridge
	id      int    // of a VLAN
	parent  *link  // of a VLAN
	master  *link  // the bond or bridge that it is a part of
	options [][2]string

	v4, v6          address
	dns             []string
	search4         []string
	search6         []string
	noDNS4, noDNS6  bool
	noDefault       bool
	onboot          bool
	mtu             int
	vendorClass     string
	primary         bool // of the bond
	children, parts []*link
}

// The ways to an address.
const (
	static = "static"
	dhcp   = "dhcp"
	auto   = "auto" // IPv6: what routers say, and DHCPv6 where they say so
	off    = "off"
)

// address is what a device has of one family.
type address struct {
	method  string
	prefix  netip.Prefix
	gateway netip.Addr
}

// id is how files and messages call the device.
func (l *link) label() string {
	switch {
	case l.name != "":
		return l.name
	case l.mac != "":
		return strings.ReplaceAll(l.mac, ":", "")
	}
	return "wired"
}

// readNetwork reads the network lines, and settles who sets the network up.
func (p *planner) readNetwork() {
	p.stack = p.chooseStack()
	for s := range p.Find("network") {
		if names(s) {
			continue
		}
		p.device(s)
	}
}

// names reports whether a line only names the machine.
func names(s *language.Statement) bool {
	for _, g := range s.Given {
		if g.Name != "--hostname" {
			return false
		}
	}
	return true
}

// chooseStack: systemd-networkd where the kickstart enables it or nothing else is
// there; else what is installed.
func (p *planner) chooseStack() string {
	switch {
	case p.enabled("systemd-networkd"):
		return "networkd"
	case p.facts.has("network-manager"):
		return "NetworkManager"
	case p.facts.has("ifupdown"):
		return "ifupdown"
	}
	return "networkd"
}

// device reads one line into the devices that it makes.
func (p *planner) device(s *language.Statement) {
	l := p.find(s, s.Get("--device"))
	if l == nil {
		return
	}
	for _, made := range []struct{ kind, parts, options string }{{"bond", "--bondslaves", "--bondopts"}, {"bridge", "--bridgeslaves", "--bridgeopts"}} {
		if s.Get(made.parts) == "" {
			continue
		}
		if l.name == "" {
			p.refuse(s, "%s needs --device=… with the name of the %s", made.parts, made.kind)
			return
		}
		l.kind, l.options = made.kind, pairs(s.Get(made.options))
		for _, part := range s.List(made.parts) {
			if m := p.find(s, part); m != nil && m != l {
				m.master, l.parts = l, append(l.parts, m)
			}
		}
		p.primary(l)
	}
	if s.Get("--vlanid") != "" {
		if l = p.vlan(s, l); l == nil {
			return
		}
	}
	p.settings(s, l)
}

// find gives the device that a specification means, making it where there is none.
func (p *planner) find(s *language.Statement, spec string) *link {
	l := &link{v4: address{method: off}, v6: address{method: off}, onboot: true}
	switch mac, err := net.ParseMAC(spec); {
	case err == nil && len(mac) == 6:
		l.mac = mac.String()
	case spec == "bootif":
		mac, err := net.ParseMAC(strings.TrimPrefix(p.facts.argument("BOOTIF"), "01-"))
		if err != nil {
			p.refuse(s, "--device=bootif: the machine was not started over the network, there is no BOOTIF=…")
			return nil
		}
		l.mac = mac.String()
	case spec == "" || spec == "link":
		p.wired(l)
	case !validDevice(spec):
		p.refuse(s, "%q cannot be a network device: 1 to 15 letters without / and blanks", printable(spec))
		return nil
	default:
		l.name = spec
	}
	for _, old := range p.links {
		if old.name == l.name && old.mac == l.mac && old.any == l.any {
			return old
		}
	}
	p.links = append(p.links, l)
	return l
}

// wired settles which card "link" is: among several the first with a cable; one
// alone, or one to come, is whatever wired card there is.
func (p *planner) wired(l *link) {
	at := slices.IndexFunc(p.facts.Cards, func(c Card) bool { return c.Link })
	switch {
	case len(p.facts.Cards) > 1 && at >= 0 && p.facts.Cards[at].Name != "":
		l.name = p.facts.Cards[at].Name
	case len(p.facts.Cards) > 1 && at >= 0:
		l.mac = strings.ToLower(p.facts.Cards[at].MAC)
	default:
		l.any = true
	}
}

// validDevice follows the kernel's dev_valid_name, and stays out of file names'
// and files' syntax.
func validDevice(name string) bool {
	return len(name) < 16 && name != "." && name != ".." && name[0] != '-' &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-@") == ""
}

// pairs reads NAME=VALUE,NAME=VALUE; where a value has a comma in it,
// semicolons divide.
func pairs(text string) [][2]string {
	by := ","
	if strings.Contains(text, ";") {
		by = ";"
	}
	var all [][2]string
	for part := range strings.SplitSeq(text, by) {
		if name, value, ok := strings.Cut(strings.TrimSpace(part), "="); ok {
			all = append(all, [2]string{name, value})
		}
	}
	return all
}

// primary marks the part of a bond that its options prefer.
func (p *planner) primary(l *link) {
	for _, o := range l.options {
		for _, part := range l.parts {
			part.primary = part.primary || (o[0] == "primary" && o[1] == part.name)
		}
	}
}

func (p *planner) vlan(s *language.Statement, parent *link) *link {
	id, err := strconv.Atoi(s.Get("--vlanid"))
	if err != nil || id < 1 || id > 4094 {
		p.refuse(s, "--vlanid=%s: a VLAN has a number from 1 to 4094", printable(s.Get("--vlanid")))
		return nil
	}
	name := s.Get("--interfacename")
	switch {
	case name != "":
	case parent.name != "" && len(parent.name) < 11:
		name = parent.name + "." + strconv.Itoa(id)
	default:
		name = "vlan" + strconv.Itoa(id)
	}
	l := p.find(s, name)
	if l == nil {
		return nil
	}
	l.kind, l.id, l.parent = "vlan", id, parent
	parent.children = append(parent.children, l)
	if parent.from == nil {
		parent.from = s
	}
	return l
}
