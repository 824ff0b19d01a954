package target

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cdbuilder/kickstart/language"
)

// known are the ports of services by firewalld's names.
var known = map[string][]string{
	"ssh": {"22/tcp"}, "http": {"80/tcp"}, "https": {"443/tcp"}, "http3": {"443/udp"}, "smtp": {"25/tcp"}, "smtps": {"465/tcp"}, "smtp-submission": {"587/tcp"},
	"imap": {"143/tcp"}, "imaps": {"993/tcp"}, "pop3": {"110/tcp"}, "pop3s": {"995/tcp"}, "ftp": {"21/tcp"}, "tftp": {"69/udp"}, "telnet": {"23/tcp"},
	"dns": {"53/tcp", "53/udp"}, "dhcp": {"67/udp"}, "dhcpv6": {"547/udp"}, "ntp": {"123/udp"}, "nfs": {"2049/tcp"}, "nfs3": {"2049/tcp", "2049/udp"}, "rpc-bind": {"111/tcp", "111/udp"},
	"mountd": {"20048/tcp", "20048/udp"}, "samba": {"139/tcp", "445/tcp", "137/udp", "138/udp"}, "ldap": {"389/tcp"}, "ldaps": {"636/tcp"},
	"kerberos": {"88/tcp", "88/udp"}, "mysql": {"3306/tcp"}, "postgresql": {"5432/tcp"}, "redis": {"6379/tcp"}, "cockpit": {"9090/tcp"}, "prometheus": {"9090/tcp"},
	"prometheus-node-exporter": {"9100/tcp"}, "syslog": {"514/udp"}, "syslog-tls": {"6514/tcp"}, "snmp": {"161/udp"}, "mdns": {"5353/udp"}, "ipp": {"631/tcp", "631/udp"},
	"vnc-server": {"5900-5903/tcp"}, "rdp": {"3389/tcp"}, "wireguard": {"51820/udp"}, "openvpn": {"1194/udp"}, "mosh": {"60000-61000/udp"}, "rsyncd": {"873/tcp"},
	"git": {"9418/tcp"}, "iscsi-target": {"3260/tcp"}, "libvirt": {"16509/tcp"}, "zabbix-agent": {"10050/tcp"}, "zabbix-server": {"10051/tcp"}, "dhcpv6-client": nil,
}

// firewall writes nftables.conf: what the kickstart names may come in, answers may,
// all else may not. What is open if nothing is said is what firewalld's zone for
// servers opens: SSH and the answers of a DHCPv6 server.
func (p *planner) firewall() []Action {
	s := p.Last("firewall")
	if s == nil || s.Has("--disabled") || s.Has("--use-system-defaults") || p.lacks(s, "nftables", "the firewall") {
		return nil
	}
	open := p.openings(s)
	var trust strings.Builder
	for _, device := range s.List("--trust") {
		if !validDevice(device) {
			p.refuse(s, "--trust=%s is no network device", printable(device))
			continue
		}
		fmt.Fprintf(&trust, "\t\tiifname %q accept\n", device)
	}
	// Protocols stand as numbers: their names are in netbase, which need not be there.
	text := "#!/usr/sbin/nft -f\n" + p.head("See nft(8); after a change run systemctl reload nftables.") + `
flush ruleset

table inet filter {
	chain input {
		type filter hook input priority filter; policy drop;
		ct state vmap { established : accept, related : accept, invalid : drop }
		iifname "lo" accept
` + trust.String() + `		meta l4proto { 1, 58 } accept comment "ICMP, ICMPv6"
` + open + `	}
	chain forward {
		type filter hook forward priority filter; policy drop;
	}
	chain output {
		type filter hook output priority filter; policy accept;
	}
}
`
	p.services = append(p.services, Service{Name: "nftables", Enable: true})
	return []Action{
		File{Path: "/etc/nftables.conf", Mode: 0o755, Data: text},
		Command{Argv: []string{"nft", "--check", "--file", "/etc/nftables.conf"}, Else: "the firewall's rules could not be tried here; the first start shows"},
	}
}

// openings are the rules for ports.
func (p *planner) openings(s *language.Statement) string {
	services := []string{"ssh", "dhcpv6-client"}
	for _, o := range []struct{ option, service string }{{"--http", "http"}, {"--http", "https"}, {"--smtp", "smtp"}, {"--ftp", "ftp"}} {
		if s.Has(o.option) {
			services = append(services, o.service)
		}
	}
	services = append(services, s.List("--service")...)
	for _, name := range s.List("--remove-service") {
		services = slices.DeleteFunc(services, func(n string) bool { return n == name })
	}
	if s.Has("--ssh") {
		services = append(services, "ssh")
	}
	ports := map[string][]string{}
	add := func(port string) {
		number, protocol, _ := strings.Cut(port, "/")
		if !slices.Contains(ports[protocol], number) {
			ports[protocol] = append(ports[protocol], number)
		}
	}
	for _, name := range services {
		list, ok := known[name]
		if !ok {
			p.warn(s, RuleNotExecuted, "firewall: which ports the service %s has is not known here; write --port=NUMBER:tcp", printable(name))
		}
		for _, port := range list {
			add(port)
		}
	}
	for _, text := range s.List("--port") {
		if port := p.port(s, text); port != "" {
			add(port)
		}
	}
	var b strings.Builder
	if slices.Contains(services, "dhcpv6-client") {
		b.WriteString("\t\tip6 saddr fe80::/10 udp dport 546 accept\n")
	}
	for _, protocol := range []string{"tcp", "udp", "sctp", "dccp"} {
		if list := ports[protocol]; len(list) > 0 {
			fmt.Fprintf(&b, "\t\t%s dport { %s } accept\n", protocol, strings.Join(list, ", "))
		}
	}
	return b.String()
}

// port reads 1234:udp, 47 or 6000-6100:tcp; a name is one of the switches'.
func (p *planner) port(s *language.Statement, text string) string {
	number, protocol, given := strings.Cut(text, ":")
	if !given {
		protocol = "tcp"
	}
	if list := known[number]; len(list) > 0 {
		number, _, _ = strings.Cut(list[0], "/")
	}
	first, last, isRange := strings.Cut(number, "-")
	from, err1 := strconv.ParseUint(first, 10, 16)
	to, err2 := from, error(nil)
	if isRange {
		to, err2 = strconv.ParseUint(last, 10, 16)
	}
	if err1 != nil || err2 != nil || from == 0 || to < from || !slices.Contains([]string{"tcp", "udp", "sctp", "dccp"}, protocol) {
		p.refuse(s, "--port=%s: write a number and tcp or udp, such as 8080:tcp", printable(text))
		return ""
	}
	return number + "/" + protocol
}
