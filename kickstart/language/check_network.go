package language

import (
	"fmt"
	"slices"
	"strings"

	"cdbuilder/kickstart"
)

var (
	_ = register("interface-name", interfaceName)
	_ = register("bridge-options", bridgeOptions)
	_ = register("bind-to", bindTo)
	_ = registerCanonical("firewall", firewall)
)

// interfaceName judges the name of a VLAN's device: behind a dot and behind
// "vlan" NetworkManager's configuration files expect the VLAN's number.
func interfaceName(_ kickstart.Syntax, s *Statement) []string {
	name := s.Get("--interfacename")
	before, number, dotted := strings.Cut(name, ".")
	if dotted {
		if before == "vlan" {
			return []string{fmt.Sprintf("--interfacename=%s: vlan cannot stand before a dot; write vlan%s, or another name before the dot", name, number)}
		}
		if say := vlanNumber(name, number, "behind the dot"); say != nil {
			return say
		}
	}
	if number, ok := strings.CutPrefix(name, "vlan"); ok {
		return vlanNumber(name, number, `behind "vlan"`)
	}
	return nil
}

func vlanNumber(name, number, where string) []string {
	n, err := wholeNumber(number)
	switch {
	case err != nil:
		return []string{fmt.Sprintf("--interfacename=%s: %s stands the number of the VLAN, as in ens3.171 or vlan171, not %s", name, where, quote(number))}
	case n < 0 || n > 4095:
		return []string{fmt.Sprintf("--interfacename=%s: a VLAN's number lies between 0 and 4095", name)}
	}
	return nil
}

// bridgeOptions are name=value, divided by commas.
func bridgeOptions(_ kickstart.Syntax, s *Statement) []string {
	options := s.Get("--bridgeopts")
	if options == "" {
		return nil
	}
	for option := range strings.SplitSeq(options, ",") {
		if _, value, _ := strings.Cut(option, "="); value == "" || strings.Contains(value, "=") {
			return []string{fmt.Sprintf("--bridgeopts: %s is not NAME=VALUE; write --bridgeopts=stp=yes,priority=40000", quote(option))}
		}
	}
	return nil
}

// bindTo finds a VLAN that is to be bound to a MAC address: it has none of its
// own. A bond below it has members that can be.
func bindTo(_ kickstart.Syntax, s *Statement) []string {
	if s.Get("--vlanid") != "" && s.Get("--bondopts") == "" {
		return []string{"--bindto=mac is not for a VLAN, which has no MAC address of its own; leave it out"}
	}
	return nil
}

// What the firewall's switches open. From Fedora 10 and RHEL 6 on they stand
// for services, as --service does; before there were only ports.
var (
	openedPorts = map[string][]string{"--ssh": {"22:tcp"}, "--telnet": {"23:tcp"}, "--smtp": {"25:tcp"}, "--http": {"80:tcp", "443:tcp"}, "--ftp": {"21:tcp"}}
	namedPorts  = []string{"ssh", "telnet", "smtp", "http", "ftp"}
)

// firewall writes one list for ports and one for services, whatever they were
// said with. A port that is a name becomes the switch of that name.
func firewall(v kickstart.Syntax, s *Statement) string {
	switch {
	case s.Has("--use-system-defaults"):
		return "firewall --use-system-defaults"
	case s.Has("--disabled"):
		return "firewall --disabled"
	}
	var ports, trusts, services []string
	hasServices := For(v).Option("firewall", "--service") != nil
	for _, g := range s.Given {
		switch opens := openedPorts[g.Name]; {
		case g.Name == "--port":
			for p := range strings.SplitSeq(g.Value, ",") {
				ports = append(ports, withProtocol(strings.TrimSpace(p)))
			}
		case g.Name == "--trust":
			trusts = append(trusts, g.Value)
		case g.Name == "--service":
			services = append(services, strings.ReplaceAll(g.Value, " ", ""))
		case opens != nil && g.Type == "" && hasServices:
			services = append(services, strings.TrimPrefix(g.Name, "--"))
		case opens != nil && g.Type == "":
			ports = append(ports, opens...)
		}
	}
	parts := []string{"firewall", "--enabled"}
	var others []string
	for _, p := range ports {
		if name, ok := strings.CutSuffix(p, ":tcp"); ok && slices.Contains(namedPorts, name) {
			parts = append(parts, "--"+name)
		} else {
			others = append(others, p)
		}
	}
	list := func(option string, values []string) {
		if v := strings.Join(values, ","); v != "" {
			parts = append(parts, option+"="+v)
		}
	}
	list("--port", others)
	list("--trust", trusts)
	list("--service", services)
	list("--remove-service", s.List("--remove-service"))
	return strings.Join(parts, " ")
}

func withProtocol(port string) string {
	if strings.Contains(port, ":") {
		return port
	}
	return port + ":tcp"
}
