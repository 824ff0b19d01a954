package target

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ifupdown writes interfaces(5). A device is found by its name there; one that is
// given by its address gets a name from a systemd.link(5) file.
func (p *planner) ifupdown() []Action {
	if len(p.links) == 0 {
		return nil
	}
	var all []Action
	text := p.head("See interfaces(5).") + "\nsource /etc/network/interfaces.d/*\n\nauto lo\niface lo inet loopback\n"
	for i, l := range p.links {
		if l.name == "" {
			if file, ok := p.christen(l, i); ok {
				all = append(all, file)
			} else if l.name == "" {
				continue
			}
		}
		text += "\n" + p.stanzas(l)
	}
	p.dhcpClient()
	return append(all, File{Path: "/etc/network/interfaces", Mode: 0o644, Data: text})
}

// dhcpClient warns where nobody would ask DHCP.
func (p *planner) dhcpClient() {
	at := slices.IndexFunc(p.links, func(l *link) bool { return l.v4.method == dhcp || l.v6.method == dhcp })
	if at >= 0 && !slices.ContainsFunc([]string{"dhcpcd-base", "isc-dhcp-client", "udhcpc"}, p.facts.has) {
		p.lacks(p.links[at].from, "dhcpcd-base", "DHCP with ifupdown")
	}
}

// christen gives a device a name that does not change.
func (p *planner) christen(l *link, n int) (file File, ok bool) {
	cards := p.facts.Cards
	switch {
	case l.mac != "":
		l.name = "lan" + strconv.Itoa(n)
	case len(cards) == 1 && cards[0].Name != "":
		l.name = cards[0].Name
		return file, false
	case len(cards) == 1:
		l.mac, l.name = strings.ToLower(cards[0].MAC), "lan"+strconv.Itoa(n)
	default:
		p.warn(l.from, RuleMeaning, "ifupdown finds a device by its name, and this machine has none to tell it by; write --device=NAME, or services --enabled=systemd-networkd")
		return file, false
	}
	s := &sections{}
	s.begin("Match")
	s.set("PermanentMACAddress", l.mac)
	s.begin("Link")
	s.set("Name", l.name)
	return File{Path: "/etc/systemd/network/10-" + l.name + ".link", Mode: 0o644, Data: p.head("See systemd.link(5).") + s.String()}, true
}

func (p *planner) stanzas(l *link) string {
	var b strings.Builder
	switch {
	case !l.onboot:
	case l.kind == "" && l.master == nil:
		// A card that is not there must not hold up the start.
		fmt.Fprintf(&b, "allow-hotplug %s\n", l.name)
	default:
		fmt.Fprintf(&b, "auto %s\n", l.name)
	}
	extra := p.extra(l)
	family := func(name string, a address, method string) {
		fmt.Fprintf(&b, "iface %s %s %s\n", l.name, name, method)
		line := func(cond bool, format string, args ...any) {
			if cond {
				fmt.Fprintf(&b, "\t"+format+"\n", args...)
			}
		}
		line(a.method == static, "address %s", a.prefix)
		line(a.gateway.IsValid() && !l.noDefault, "gateway %s", a.gateway)
		line(a.method == static && l.mtu > 0, "mtu %d", l.mtu)
		line(a.method == dhcp && l.vendorClass != "" && name == "inet", "vendor %s", l.vendorClass)
		line(a.method == static && len(l.dns) > 0, "dns-nameservers %s", strings.Join(l.dns, " "))
		line(a.method == static && len(l.search4) > 0, "dns-search %s", strings.Join(l.search4, " "))
		b.WriteString(extra)
		extra = ""
	}
	switch l.v4.method {
	case off:
		family("inet", l.v4, "manual")
	default:
		family("inet", l.v4, l.v4.method)
	}
	if l.v6.method != off {
		family("inet6", l.v6, l.v6.method)
	}
	if l.noDefault && l.v4.method == dhcp {
		p.warn(l.from, RuleNotExecuted, "--nodefroute with DHCP is understood and not done by ifupdown; systemd-networkd does it")
	}
	return b.String()
}

// extra are the lines of what a device is made of.
func (p *planner) extra(l *link) string {
	var b strings.Builder
	var parts []string
	for _, m := range l.parts {
		parts = append(parts, m.name)
	}
	switch l.kind {
	case "vlan":
		fmt.Fprintf(&b, "\tvlan-raw-device %s\n\tvlan-id %d\n", l.parent.name, l.id)
	case "bond":
		p.lacks(l.from, "ifenslave", "a bond with ifupdown")
		fmt.Fprintf(&b, "\tbond-slaves %s\n", strings.Join(parts, " "))
		for _, o := range l.options {
			if p.word(l.from, o[0], strings.ReplaceAll(o[1], ",", "_")) {
				fmt.Fprintf(&b, "\tbond-%s %s\n", strings.ReplaceAll(o[0], "_", "-"), strings.ReplaceAll(o[1], ",", " "))
			}
		}
	case "bridge":
		p.lacks(l.from, "bridge-utils", "a bridge with ifupdown")
		fmt.Fprintf(&b, "\tbridge_ports %s\n", strings.Join(parts, " "))
		for _, o := range p.only(l, map[string]string{"stp": "stp", "priority": "bridgeprio", "forward-delay": "fd", "hello-time": "hello", "max-age": "maxage", "ageing-time": "ageing"}) {
			fmt.Fprintf(&b, "\tbridge_%s %s\n", o[0], o[1])
		}
	}
	return b.String()
}
