package target

import (
	"fmt"
	"strconv"
	"strings"
)

// networkd writes systemd.network(5) and systemd.netdev(5) files.
func (p *planner) networkd() []Action {
	if len(p.links) == 0 {
		return nil
	}
	var all []Action
	for _, l := range p.links {
		base := "/etc/systemd/network/10-" + l.label()
		if l.any {
			base = "/etc/systemd/network/80-wired" // after those that are named
		}
		if l.kind != "" {
			all = append(all, File{Path: base + ".netdev", Mode: 0o644, Data: p.head("See systemd.netdev(5).") + p.netdev(l)})
		}
		all = append(all, File{Path: base + ".network", Mode: 0o644, Data: p.head("See systemd.network(5).") + l.dotNetwork()})
	}
	p.services = append(p.services, Service{Name: "systemd-networkd", Enable: true})
	if p.facts.has("systemd-resolved") {
		p.services = append(p.services, Service{Name: "systemd-resolved", Enable: true})
	}
	return all
}

// sections are what a file of systemd's is made of.
type sections struct{ strings.Builder }

func (s *sections) begin(name string) {
	if s.Len() > 0 {
		s.WriteByte('\n')
	}
	fmt.Fprintf(s, "[%s]\n", name)
}

func (s *sections) set(key string, values ...string) {
	for _, v := range values {
		if v != "" {
			fmt.Fprintf(s, "%s=%s\n", key, v)
		}
	}
}

func (s *sections) when(cond bool, key, value string) {
	if cond {
		s.set(key, value)
	}
}

func (l *link) dotNetwork() string {
	s := &sections{}
	s.begin("Match")
	switch {
	case l.mac != "":
		s.set("PermanentMACAddress", l.mac)
	case l.any:
		s.set("Type", "ether")
		s.set("Kind", "!*")
	default:
		s.set("Name", l.name)
	}
	if l.mtu > 0 || !l.onboot {
		s.begin("Link")
		s.when(l.mtu > 0, "MTUBytes", strconv.Itoa(l.mtu))
		s.when(!l.onboot, "ActivationPolicy", "manual")
		s.when(!l.onboot, "RequiredForOnline", "no")
	}
	l.networkSection(s)
	if l.v4.method == dhcp && (l.noDefault || l.noDNS4 || l.vendorClass != "") {
		s.begin("DHCPv4")
		s.when(l.noDefault, "UseGateway", "no")
		s.when(l.noDNS4, "UseDNS", "no")
		s.set("VendorClassIdentifier", l.vendorClass)
	}
	if l.v6.method == dhcp || l.v6.method == auto {
		if l.noDefault || l.noDNS6 {
			s.begin("IPv6AcceptRA")
			s.when(l.noDefault, "UseGateway", "no")
			s.when(l.noDNS6, "UseDNS", "no")
		}
		if l.noDNS6 {
			s.begin("DHCPv6")
			s.set("UseDNS", "no")
		}
	}
	return s.String()
}

func (l *link) networkSection(s *sections) {
	s.begin("Network")
	if l.master != nil {
		s.set(map[string]string{"bond": "Bond", "bridge": "Bridge"}[l.master.kind], l.master.name)
		s.when(l.primary, "PrimarySlave", "yes")
	}
	switch {
	case l.v4.method == dhcp && l.v6.method == dhcp:
		s.set("DHCP", "yes")
	case l.v4.method == dhcp:
		s.set("DHCP", "ipv4")
	case l.v6.method == dhcp:
		s.set("DHCP", "ipv6")
	}
	for _, a := range []address{l.v4, l.v6} {
		if a.method == static {
			s.set("Address", a.prefix.String())
		}
		if a.gateway.IsValid() && !l.noDefault {
			s.set("Gateway", a.gateway.String())
		}
	}
	if l.v6.method == off {
		s.set("LinkLocalAddressing", "no")
		s.set("IPv6AcceptRA", "no")
	} else {
		s.set("IPv6AcceptRA", "yes")
	}
	s.set("DNS", l.dns...)
	s.set("Domains", append(append([]string(nil), l.search4...), l.search6...)...)
	for _, c := range l.children {
		s.set("VLAN", c.name)
	}
}

// bondWords are the kernel's names of bonding options and systemd's.
var bondWords = map[string]string{
	"mode": "Mode", "miimon": "MIIMonitorSec", "updelay": "UpDelaySec", "downdelay": "DownDelaySec", "lacp_rate": "LACPTransmitRate",
	"xmit_hash_policy": "TransmitHashPolicy", "fail_over_mac": "FailOverMACPolicy", "ad_select": "AdSelect", "arp_interval": "ARPIntervalSec",
	"arp_ip_target": "ARPIPTargets", "arp_validate": "ARPValidate", "primary_reselect": "PrimaryReselectPolicy", "min_links": "MinLinks",
	"all_slaves_active": "AllSlavesActive", "resend_igmp": "ResendIGMP", "primary": "",
}

var bridgeWords = map[string]string{
	"stp": "STP", "priority": "Priority", "forward-delay": "ForwardDelaySec", "hello-time": "HelloTimeSec", "max-age": "MaxAgeSec",
	"ageing-time": "AgeingTimeSec", "multicast-snooping": "MulticastSnooping",
}

// bondModes are the kernel's modes by their numbers.
var bondModes = []string{"balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb"}

func (p *planner) netdev(l *link) string {
	s := &sections{}
	s.begin("NetDev")
	s.set("Name", l.name)
	s.set("Kind", l.kind)
	switch l.kind {
	case "vlan":
		s.begin("VLAN")
		s.set("Id", strconv.Itoa(l.id))
	case "bond":
		s.begin("Bond")
		for _, o := range p.only(l, bondWords) {
			if o[0] != "" {
				s.set(o[0], bondValue(o[0], o[1]))
			}
		}
	case "bridge":
		s.begin("Bridge")
		for _, o := range p.only(l, bridgeWords) {
			s.set(o[0], o[1])
		}
	}
	return s.String()
}

// bondValue writes a bonding option's value as systemd does: the kernel counts
// milliseconds, and numbers its modes.
func bondValue(word, value string) string {
	n, err := strconv.Atoi(value)
	switch word {
	case "MIIMonitorSec", "UpDelaySec", "DownDelaySec", "ARPIntervalSec":
		if err == nil {
			return value + "ms"
		}
	case "Mode":
		return bondMode(value)
	case "LACPTransmitRate":
		if err == nil && n < 2 {
			return []string{"slow", "fast"}[n]
		}
	case "ARPIPTargets":
		return strings.Join(strings.Split(value, ","), " ")
	case "AllSlavesActive":
		return map[string]string{"0": "no", "1": "yes"}[value]
	}
	return value
}

func bondMode(value string) string {
	if n, err := strconv.Atoi(value); err == nil && n >= 0 && n < len(bondModes) {
		return bondModes[n]
	}
	return value
}
