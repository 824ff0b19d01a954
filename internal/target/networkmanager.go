package target

import (
	"cmp"
	"strconv"
	"strings"
)

// networkManager writes keyfiles, nm-settings-keyfile(5): one for each device.
func (p *planner) networkManager() []Action {
	var all []Action
	for _, l := range p.links {
		all = append(all, File{Path: "/etc/NetworkManager/system-connections/" + l.label() + ".nmconnection", Mode: 0o600,
			Data: p.head("See nm-settings-keyfile(5).") + p.keyfile(l)})
	}
	if len(all) > 0 {
		p.services = append(p.services, Service{Name: "NetworkManager", Enable: true})
	}
	return all
}

func (p *planner) keyfile(l *link) string {
	s := &sections{}
	s.begin("connection")
	s.set("id", l.label())
	s.set("type", cmp.Or(l.kind, "ethernet"))
	if l.mac == "" || l.kind != "" {
		s.set("interface-name", l.name)
	}
	s.when(!l.onboot, "autoconnect", "false")
	if l.master != nil {
		s.set("master", l.master.name)
		s.set("slave-type", l.master.kind)
	}
	if l.kind == "" && (l.mac != "" || l.mtu > 0) {
		s.begin("ethernet")
		s.set("mac-address", l.mac)
		s.when(l.mtu > 0, "mtu", strconv.Itoa(l.mtu))
	}
	p.keyfileKind(s, l)
	if l.master != nil {
		return s.String() // a part has no addresses of its own
	}
	l.ipSection(s, "ipv4", l.v4, l.noDNS4, l.search4)
	s.when(l.v4.method == dhcp, "dhcp-vendor-class-identifier", l.vendorClass)
	l.ipSection(s, "ipv6", l.v6, l.noDNS6, l.search6)
	return s.String()
}

// nmBridge are the options of a bridge whose names differ.
var nmBridge = map[string]string{
	"stp": "stp", "priority": "priority", "forward-delay": "forward-delay", "hello-time": "hello-time", "max-age": "max-age",
	"ageing-time": "ageing-time", "multicast-snooping": "multicast-snooping",
}

func (p *planner) keyfileKind(s *sections, l *link) {
	switch l.kind {
	case "vlan":
		s.begin("vlan")
		s.set("id", strconv.Itoa(l.id))
		parent := l.parent.name
		if parent == "" {
			parent = l.parent.mac
			p.warn(l.from, RuleMeaning, "NetworkManager finds the device below a VLAN by its name: write --device=NAME")
		}
		s.set("parent", parent)
	case "bond":
		s.begin("bond")
		for _, o := range l.options {
			if p.plain(l.from, o[0], o[1]) {
				s.set(o[0], o[1])
			}
		}
	case "bridge":
		s.begin("bridge")
		for _, o := range p.only(l, nmBridge) {
			s.set(o[0], nmBool(o[1]))
		}
	}
}

// nmBool writes what a bridge's switches say as keyfiles do.
func nmBool(value string) string {
	switch value {
	case "yes":
		return "true"
	case "no":
		return "false"
	}
	return value
}

// ipSection writes one family's addresses.
func (l *link) ipSection(s *sections, name string, a address, noDNS bool, search []string) {
	s.begin(name)
	method := map[string]string{static: "manual", off: "disabled", auto: "auto", dhcp: "dhcp"}[a.method]
	if name == "ipv4" && a.method == dhcp {
		method = "auto"
	}
	s.set("method", method)
	if a.method == off {
		return
	}
	if a.method == static {
		s.set("address1", a.prefix.String())
	}
	if a.gateway.IsValid() && !l.noDefault {
		s.set("gateway", a.gateway.String())
	}
	var servers []string
	for _, d := range l.dns {
		if strings.Contains(d, ":") == (name == "ipv6") {
			servers = append(servers, d)
		}
	}
	s.set("dns", strings.Join(servers, ";"))
	s.set("dns-search", strings.Join(search, ";"))
	s.when(l.noDefault, "never-default", "true")
	s.when(noDNS, "ignore-auto-dns", "true")
}
