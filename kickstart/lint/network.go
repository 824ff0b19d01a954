package lint

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// Network: addresses that are missing, are none, or don't fit together.
var networkRules = []rule{
	{Rule{"network-incomplete", kickstart.Error, "a fixed address needs --ip and --netmask", false}, networkIncomplete, false},
	{Rule{"network-no-gateway", kickstart.Note, "without --gateway only the own network is reached", false}, networkNoGateway, false},
	{Rule{"network-address", kickstart.Error, "what is given for an address is none", false}, networkAddress, false},
	{Rule{"network-gateway", kickstart.Warning, "a gateway outside of the own network is not reached", false}, networkGateway, false},
	{Rule{"network-ignored", kickstart.Warning, "--ip and --netmask count with --bootproto=static only", false}, networkIgnored, false},
	{Rule{"network-hostname", kickstart.Warning, "a host name is made of letters, digits and -, in parts of up to 63", false}, networkHostname, false},
	{Rule{"network-eth0", kickstart.Note, "since Red Hat Enterprise Linux 7 and Fedora 19 cards are named after their place: enp1s0", false}, networkEth0, false},
}

func static(n *language.Statement) bool { return strings.EqualFold(n.Get("--bootproto"), "static") }

// settled reports whether the values of the options are final.
func settled(n *language.Statement, options ...string) bool {
	for _, o := range options {
		if !filled(n.Get(o)) {
			return false
		}
	}
	return true
}

func networkIncomplete(v *view) {
	for n := range v.Find("network") {
		if !static(n) || n.Has("--ipv6") && !n.Has("--ip") {
			continue
		}
		var missing []string
		for _, o := range []string{"--ip", "--netmask"} {
			if n.Get(o) == "" {
				missing = append(missing, o)
			}
		}
		if len(missing) > 0 {
			v.say(at(n), "--bootproto=static needs %s", both(missing))
		}
	}
}

func networkNoGateway(v *view) {
	var first *language.Statement
	for n := range v.Find("network") {
		if n.Has("--gateway") || strings.EqualFold(n.Get("--bootproto"), "dhcp") || n.Has("--nodefroute") || n.Has("--ipv6gateway") {
			return
		}
		if first == nil && static(n) && n.Has("--ip") {
			first = n
		}
	}
	if first != nil {
		v.say(at(first), "no --gateway: the machine reaches its own network only; write --nodefroute where that is meant")
	}
}

func networkAddress(v *view) {
	for n := range v.Find("network") {
		v.four(n, "--ip")
		if !strings.Contains(n.Get("--gateway"), ":") { // an IPv6 one is taken
			v.four(n, "--gateway")
		}
		if m := n.Get("--netmask"); m != "" && filled(m) && !isMask(m) {
			v.say(at(n), "--netmask=%s is no mask, such as 255.255.255.0", m)
		}
		for _, s := range n.List("--nameserver") {
			if _, err := netip.ParseAddr(s); err != nil && filled(s) {
				v.say(at(n), "--nameserver=%s is no address: names cannot be looked up before there is a server", s)
			}
		}
		if six := n.Get("--ipv6"); six != "" && filled(six) && !isIPv6(six) {
			v.say(at(n), "--ipv6=%s is neither an IPv6 address (ADDRESS/PREFIX) nor auto or dhcp", six)
		}
	}
}

// four looks at an option that takes an IPv4 address.
func (v *view) four(n *language.Statement, option string) {
	value := n.Get(option)
	if a, err := netip.ParseAddr(value); value == "" || !filled(value) || err == nil && a.Is4() {
		return
	} else if err == nil {
		v.say(at(n), "%s=%s is no IPv4 address; write --ipv6=ADDRESS/PREFIX for such a one", option, value)
	} else {
		v.say(at(n), "%s=%s is no IPv4 address", option, value)
	}
}

// isIPv6 reports whether --ipv6 takes a value.
func isIPv6(value string) bool {
	if slices.Contains([]string{"auto", "dhcp", "none", "ignore"}, value) {
		return true
	}
	address, prefix, hasPrefix := strings.Cut(value, "/")
	a, err := netip.ParseAddr(address)
	_, prefixErr := netip.ParsePrefix(value)
	return err == nil && a.Is6() && (!hasPrefix || prefix == "" || prefixErr == nil)
}

// isMask reports whether a netmask has its ones first.
func isMask(m string) bool {
	a, err := netip.ParseAddr(m)
	if err != nil || !a.Is4() {
		return false
	}
	_, ok := maskBits(a)
	return ok
}

func maskBits(a netip.Addr) (bits int, ok bool) {
	b := a.As4()
	n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	for n&(1<<31) != 0 {
		n <<= 1
		bits++
	}
	return bits, n == 0
}

func networkGateway(v *view) {
	for n := range v.Find("network") {
		ip, ipErr := netip.ParseAddr(n.Get("--ip"))
		mask, maskErr := netip.ParseAddr(n.Get("--netmask"))
		gateway, gatewayErr := netip.ParseAddr(n.Get("--gateway"))
		if ipErr != nil || maskErr != nil || gatewayErr != nil || !ip.Is4() || !mask.Is4() || !gateway.Is4() {
			continue
		}
		bits, ok := maskBits(mask)
		if !ok || bits >= 31 {
			continue // hosting networks give a single address, and a gateway elsewhere
		}
		own := netip.PrefixFrom(ip, bits).Masked()
		switch {
		case gateway == ip:
			v.say(at(n), "the gateway is the machine itself: --ip and --gateway are both %s", ip)
		case !own.Contains(gateway):
			v.say(at(n), "--gateway=%s is outside of the network %s that --ip and --netmask give", gateway, own)
		}
	}
}

func networkIgnored(v *view) {
	for n := range v.Find("network") {
		if b := n.Get("--bootproto"); n.Has("--ip") && strings.EqualFold(b, "dhcp") && filled(b) {
			v.say(at(n), "--bootproto=dhcp asks the network for an address, and --ip=%s is ignored; write --bootproto=static", n.Get("--ip"))
		}
	}
}

var hostLabel = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)

func networkHostname(v *view) {
	for n := range v.Find("network") {
		name := n.Get("--hostname")
		if name == "" || !settled(n, "--hostname") || strings.Contains(name, "$") {
			continue
		}
		for label := range strings.SplitSeq(strings.TrimSuffix(name, "."), ".") {
			if !hostLabel.MatchString(label) {
				v.say(at(n), "--hostname=%s is no host name: %q is not made of letters, digits and -, up to 63", name, label)
				break
			}
		}
	}
}

var oldCard = regexp.MustCompile(`^eth\d+$`)

func networkEth0(v *view) {
	if !v.since(19, 7) {
		return
	}
	if b := v.Last("bootloader"); b != nil && strings.Contains(b.Get("--append"), "net.ifnames=0") {
		return // and so, most likely, is the installer started
	}
	for n := range v.Find("network") {
		if d := n.Get("--device"); oldCard.MatchString(d) {
			v.say(at(n), "the first card is called %s only under net.ifnames=0 or in some virtual machines; write --device=link for the first one with a cable in it, or its MAC address", d)
			return
		}
	}
}
