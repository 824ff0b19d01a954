package language_test

import "testing"

func TestNetworkTable(t *testing.T) {
	for _, b := range []boundary{
		{version: "FC3", line: "network --notksdevice", verdict: "error", says: "doesn't exist before FC4"},
		{version: "RHEL3", line: "network --notksdevice", verdict: "error", says: "doesn't exist before RHEL4"},
		{version: "RHEL4", line: "network --bootproto=query", verdict: "error", says: "one of dhcp, bootp, static"},
		{version: "RHEL5", line: "network --bootproto=query --noipv6", verdict: "ok", writes: "network --bootproto=query --noipv6"},
		{version: "F15", line: "network --bootproto=ibft", verdict: "error", says: "one of dhcp"},
		{version: "RHEL6", line: "network --bootproto=ibft", verdict: "ok"},
		{version: "FC5", line: "network --noipv4", verdict: "error", says: "doesn't exist before FC6"},
		{version: "F7", line: "network --ipv6=auto", verdict: "error", says: "doesn't exist before F8"},
		{version: "RHEL6", line: "network --wpakey=x", verdict: "error", says: "doesn't exist before RHEL7"},
		{version: "RHEL6", line: "network --device=bond0 --bondopts=mode=1 --vlanid=5 --bondslaves=a,b --activate", verdict: "ok", writes: "network --bootproto=dhcp --device=bond0 --activate --vlanid=5 --bondslaves=a,b --bondopts=mode=1"},
		{version: "F19", line: "network --device=bond0 --bondopts=mode=1 --vlanid=5 --bondslaves=a,b", verdict: "ok", writes: "network --bootproto=dhcp --device=bond0 --bondslaves=a,b --bondopts=mode=1 --vlanid=5"},
		{version: "F23", line: "network --device=a --noipv4", verdict: "ok", writes: "network --bootproto=dhcp --device=a --noipv4"},
		{version: "F24", line: "network --device=a --noipv4", verdict: "ok", writes: "network --device=a --noipv4"},
		{version: "RHEL8", line: "network --onboot=FALSE", verdict: "ok", writes: "network --bootproto=dhcp --onboot=off"},
		{version: "RHEL8", line: "network --onboot=1", verdict: "ok", writes: "network --bootproto=dhcp"},
		{version: "RHEL8", line: "network --onboot=never", verdict: "error", says: "takes yes or no"},
		{version: "F24", line: "network --no-activate", verdict: "error", says: "doesn't exist before F25"},
		{version: "RHEL7", line: "network --activate --no-activate", verdict: "ok", writes: "network --bootproto=dhcp --no-activate"},

		{version: "F19", line: "network --device=team0 --teamslaves=a,b", verdict: "error", says: "doesn't exist before F20"},
		{version: "RHEL9", line: `network --device=team0 --teamslaves="a'{\"prio\": 1}',b" --teamconfig="{\"runner\": {}}"`, verdict: "ok",
			writes: `network --bootproto=dhcp --device=team0 --teamslaves="a'{\"prio\": 1}',b" --teamconfig="{\"runner\": {}}"`},
		{version: "RHEL10", line: "network --device=team0 --teamslaves=a,b", verdict: "deprecated", says: "make a bond"},
		{version: "DEVEL", line: "network --device=team0 --teamslaves=a,b", verdict: "ok"},
		{version: "F21", line: "network --device=br0 --bridgeslaves=a", verdict: "error", says: "doesn't exist before F22"},
		{version: "RHEL7", line: "network --device=br0 --bridgeslaves=a --bridgeopts=stp=yes,priority=4", verdict: "ok", writes: "network --bootproto=dhcp --device=br0 --bridgeslaves=a --bridgeopts=stp=yes,priority=4"},
		{version: "RHEL7", line: "network --device=br0 --bridgeslaves=a --bridgeopts=stp", verdict: "error", says: `"stp" is not NAME=VALUE`},
		{version: "RHEL8", line: "network --device=br0 --bridgeslaves=a --bridgeopts=stp==1", verdict: "error", says: "is not NAME=VALUE"},
		{version: "RHEL8", line: "network --device=br0 --bridgeopts=stp=1", verdict: "error", says: "--bridgeopts needs --bridgeslaves=…"},

		{version: "RHEL7", line: "network --device=a --vlanid=7 --interfacename=vlan7", verdict: "ok"},
		{version: "RHEL7", line: "network --device=a --vlanid=7 --interfacename=a.4095", verdict: "ok"},
		{version: "RHEL7", line: "network --device=a --vlanid=7 --interfacename=a.4096", verdict: "error", says: "between 0 and 4095"},
		{version: "RHEL7", line: "network --device=a --vlanid=7 --interfacename=vlan-7", verdict: "error", says: "between 0 and 4095"},
		{version: "RHEL7", line: "network --device=a --vlanid=7 --interfacename=vlan.7", verdict: "error", says: "write vlan7"},
		{version: "RHEL7", line: "network --device=a --vlanid=7 --interfacename=office.lan", verdict: "error", says: "behind the dot stands the number"},
		{version: "RHEL8", line: "network --device=a --vlanid=7 --interfacename=office.lan", verdict: "ok"},
		{version: "RHEL8", line: "network --device=a --vlanid=7 --bindto=mac", verdict: "error", says: "not for a VLAN"},
		{version: "RHEL8", line: "network --device=a --bindto=name", verdict: "error", says: "one of mac"},
		{version: "F26", line: "network --device=a --bindto=mac", verdict: "error", says: "doesn't exist before F27"},

		{version: "RHEL8", line: "network --device=a --ipv6-dns-search=example.com", verdict: "error", says: "doesn't exist before RHEL9"},
		{version: "F38", line: "network --device=a --ipv4-ignore-auto-dns", verdict: "error", says: "doesn't exist before F39"},
		{version: "RHEL9", line: "network --ipv6-ignore-auto-dns --device=a --ipv4-dns-search=example.com", verdict: "ok", writes: "network --bootproto=dhcp --device=a --ipv4-dns-search=example.com --ipv6-ignore-auto-dns"},
		{version: "RHEL9", line: "network --ipv6-dns-search=example.com", verdict: "error", says: "needs --device=… on the same line"},

		{version: "RHEL8", line: "network --device=a\nnetwork --device=a", verdict: "warning", says: "already said"},
		{version: "RHEL8", line: "network --device=a\nnetwork --device=a --vlanid=7\nnetwork --hostname=host", verdict: "ok"},
		{version: "RHEL8", line: "network --device=a --nameservers=192.0.2.1", verdict: "error", says: `did you mean "--nameserver"?`},
		{version: "RHEL8", line: "network dhcp", verdict: "error", says: "takes no word"},
		{version: "RHEL8", line: "network --bootproto", verdict: "error", says: "--bootproto needs a value"},
	} {
		b.test(t)
	}
}

func TestFirewallTable(t *testing.T) {
	for _, b := range []boundary{
		{version: "RHEL3", line: "firewall", verdict: "ok", writes: "firewall --enabled"},
		{version: "FC3", line: "firewall --http --port=ssh,8080", verdict: "ok", writes: "firewall --enabled --ssh --port=80:tcp,443:tcp,8080:tcp"},
		{version: "F8", line: "firewall --medium=x", verdict: "deprecated", says: "name what stays open"},
		{version: "F8", line: "firewall --medium", verdict: "error", says: "write --enabled"},
		{version: "F9", line: "firewall --medium=x", verdict: "error", says: "gone since F9"},
		{version: "F9", line: "firewall --telnet", verdict: "ok", writes: "firewall --enabled --port=23:tcp"},
		{version: "F10", line: "firewall --telnet", verdict: "error", says: "write --port=23:tcp"},
		{version: "RHEL6", line: "firewall --telnet=x", verdict: "deprecated", says: "write --port=23:tcp"},
		{version: "F14", line: "firewall --telnet", verdict: "error", says: "gone since F14; write --port=23:tcp"},
		{version: "F9", line: "firewall --service=ssh", verdict: "error", says: "doesn't exist before F10"},
		{version: "RHEL6", line: "firewall --service=nfs --ssh --service=https,ipp", verdict: "ok", writes: "firewall --enabled --service=nfs,ssh,https,ipp"},
		{version: "F19", line: "firewall --remove-service=ssh", verdict: "error", says: "doesn't exist before F20"},
		{version: "RHEL7", line: "firewall --trust=a --port=1:udp --trust=b --remove-service=ssh", verdict: "ok", writes: "firewall --enabled --port=1:udp --trust=a,b --remove-service=ssh"},
		{version: "RHEL7", line: "firewall --enabled --ssh --disabled", verdict: "ok", writes: "firewall --disabled"},
		{version: "RHEL7", line: "firewall --use-system-defaults", verdict: "error", says: "doesn't exist before RHEL8"},
		{version: "RHEL8", line: "firewall --enabled --use-system-defaults --ssh", verdict: "ok", writes: "firewall --use-system-defaults"},
		{version: "RHEL8", line: "firewall enabled", verdict: "error", says: "did you mean --enabled?"},
		{version: "RHEL8", line: "firewall --services=ssh", verdict: "error", says: `did you mean "--service"?`},
	} {
		b.test(t)
	}
}
