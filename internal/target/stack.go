package target

import (
	"slices"
	"strings"
)

// network writes the devices for who sets them up, and how names are looked up.
func (p *planner) network() []Action {
	var all []Action
	switch p.stack {
	case "NetworkManager":
		all = p.networkManager()
	case "ifupdown":
		all = p.ifupdown()
	default:
		all = p.networkd()
	}
	return append(all, p.resolver()...)
}

// resolver writes resolv.conf(5), where nobody does so later.
func (p *planner) resolver() []Action {
	const file = "/etc/resolv.conf"
	switch {
	case p.facts.has("systemd-resolved"):
		return []Action{Link{Path: file, Target: "../run/systemd/resolve/stub-resolv.conf"}}
	case p.stack == "NetworkManager" || len(p.links) == 0:
		return nil
	}
	var servers, domains []string
	asks := false
	for _, l := range p.links {
		for _, s := range l.dns {
			if !slices.Contains(servers, s) {
				servers = append(servers, s)
			}
		}
		domains = append(domains, slices.Concat(l.search4, l.search6)...)
		asks = asks || l.v4.method == dhcp || l.v6.method == dhcp
	}
	if p.stack == "ifupdown" && asks {
		return nil // the DHCP client writes it
	}
	if len(servers) == 0 {
		if asks {
			p.lacks(p.links[0].from, "systemd-resolved", "looking up names with the servers that DHCP offers")
		}
		return nil
	}
	var b strings.Builder
	b.WriteString(p.head("See resolv.conf(5)."))
	if len(domains) > 0 {
		b.WriteString("search " + strings.Join(domains, " ") + "\n")
	}
	for _, s := range servers {
		b.WriteString("nameserver " + s + "\n")
	}
	return []Action{File{Path: file, Mode: 0o644, Data: b.String()}}
}

// only gives the options of a bond or bridge that a stack has words for, and
// warns of the others.
func (p *planner) only(l *link, words map[string]string) (known [][2]string) {
	for _, o := range l.options {
		word, ok := words[o[0]]
		switch {
		case !ok:
			p.warn(l.from, RuleNotExecuted, "the option %s of the %s %s is understood and not done", o[0], l.kind, l.name)
		case p.plain(l.from, o[0], o[1]):
			known = append(known, [2]string{word, o[1]})
		}
	}
	return known
}
