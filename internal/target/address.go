package target

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"cdbuilder/kickstart/language"
)

// settings reads what a line says of a device's addresses and the like.
func (p *planner) settings(s *language.Statement, l *link) {
	l.from = s
	l.v4, l.v6 = p.ipv4(s), p.ipv6(s)
	l.noDefault = s.Has("--nodefroute")
	l.noDNS4, l.noDNS6 = s.Has("--ipv4-ignore-auto-dns") || s.Has("--nodns"), s.Has("--ipv6-ignore-auto-dns") || s.Has("--nodns")
	l.onboot = onboot(s)
	l.vendorClass = s.Get("--dhcpclass")
	p.plain(s, "--dhcpclass", l.vendorClass)
	if text := s.Get("--mtu"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 68 || n > 65535 {
			p.refuse(s, "--mtu=%s: a frame has 68 to 65535 bytes", printable(text))
		}
		l.mtu = n
	}
	if !s.Has("--nodns") {
		for _, text := range s.List("--nameserver") {
			if a, ok := p.addr(s, "--nameserver", text); ok {
				l.dns = append(l.dns, a.String())
			}
		}
	}
	for _, list := range []struct {
		option string
		to     *[]string
	}{{"--ipv4-dns-search", &l.search4}, {"--ipv6-dns-search", &l.search6}} {
		for _, domain := range s.List(list.option) {
			if !validHost(strings.TrimSuffix(domain, ".")) {
				p.refuse(s, "%s=%s is no domain", list.option, printable(domain))
				continue
			}
			*list.to = append(*list.to, domain)
		}
	}
	if s.Get("--bindto") == "mac" && l.name != "" && l.kind == "" {
		p.bind(s, l)
	}
}

// bind ties settings to the address of the card that has the name now.
func (p *planner) bind(s *language.Statement, l *link) {
	for _, c := range p.facts.Cards {
		if c.Name == l.name {
			l.mac = strings.ToLower(c.MAC)
			return
		}
	}
	p.warn(s, RuleMeaning, "--bindto=mac: this machine has no card called %s now; the settings go by the name", l.name)
}

func onboot(s *language.Statement) bool {
	switch strings.ToLower(s.Get("--onboot")) {
	case "no", "off", "0", "false":
		return false
	}
	return true
}

func (p *planner) addr(s *language.Statement, option, text string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		p.refuse(s, "%s=%s is no IP address", option, printable(text))
		return netip.Addr{}, false
	}
	return a, true
}

func (p *planner) ipv4(s *language.Statement) address {
	switch proto := strings.ToLower(s.Get("--bootproto")); {
	case s.Has("--noipv4"):
		return address{method: off}
	case proto == "static" || (proto == "" && s.Get("--ip") != "" && s.Get("--ip") != "dhcp"):
		return p.static4(s)
	case proto == "ibft" || proto == "query":
		p.warn(s, RuleNotExecuted, "--bootproto=%s is understood and not done; the device asks DHCP", proto)
	}
	return address{method: dhcp}
}

// static4 reads --ip, with its --netmask or with /24 behind it.
func (p *planner) static4(s *language.Statement) address {
	text, mask := s.Get("--ip"), s.Get("--netmask")
	if text == "" && s.Get("--ipv6") != "" && s.Get("--ipv6") != auto && s.Get("--ipv6") != dhcp {
		return address{method: off} // a static address of the other family
	}
	a := address{method: static}
	bits := -1
	if ip, length, ok := strings.Cut(text, "/"); ok {
		text = ip
		if n, err := strconv.Atoi(length); err == nil && n <= 32 {
			bits = n
		}
	}
	ip, ok := p.addr(s, "--ip", text)
	if !ok || !ip.Is4() {
		if ok {
			p.refuse(s, "--ip=%s is no IPv4 address; write it as --ipv6", text)
		}
		return address{method: off}
	}
	if m := net.ParseIP(mask).To4(); m != nil {
		if ones, size := net.IPMask(m).Size(); size == 32 {
			bits = ones
		}
	}
	if bits < 0 {
		p.refuse(s, "--ip=%s needs a netmask: --netmask=255.255.255.0", text)
		return address{method: off}
	}
	a.prefix = netip.PrefixFrom(ip, bits)
	if gw := s.Get("--gateway"); gw != "" {
		a.gateway, _ = p.addr(s, "--gateway", gw)
	}
	return a
}

func (p *planner) ipv6(s *language.Statement) address {
	text := s.Get("--ipv6")
	a := address{method: auto}
	switch {
	case s.Has("--noipv6"):
		return address{method: off}
	case text == dhcp:
		a.method = dhcp
	case text != "" && text != auto:
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			ip, ok := p.addr(s, "--ipv6", text)
			prefix = netip.PrefixFrom(ip, 64)
			if !ok {
				return address{method: off}
			}
		}
		if !prefix.Addr().Is6() {
			p.refuse(s, "--ipv6=%s is no IPv6 address", text)
			return address{method: off}
		}
		a.method, a.prefix = static, prefix
	}
	if gw := s.Get("--ipv6gateway"); gw != "" {
		a.gateway, _ = p.addr(s, "--ipv6gateway", gw)
	}
	return a
}
