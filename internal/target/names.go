package target

import (
	"strings"

	"cdbuilder/kickstart/language"
)

// names writes hostname(5), hosts(5) and machine-id(5). The empty machine-id gets
// its value at the first start.
func (p *planner) names() []Action {
	host := p.hostname()
	short, _, dotted := strings.Cut(host, ".")
	own := host
	if dotted {
		own += " " + short
	}
	hosts := "127.0.0.1\tlocalhost\n"
	if host != "localhost" {
		hosts += "127.0.1.1\t" + own + "\n"
	}
	hosts += "\n::1\tlocalhost ip6-localhost ip6-loopback\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n"
	return []Action{
		File{Path: "/etc/hostname", Mode: 0o644, Data: host + "\n"},
		File{Path: "/etc/hosts", Mode: 0o644, Data: hosts},
		File{Path: "/etc/machine-id", Mode: 0o444},
	}
}

// hostname is what the last network line with --hostname says. systemd takes
// localhost for "none set", so that a DHCP server may name the machine.
func (p *planner) hostname() string {
	var said *language.Statement
	for s := range p.Find("network") {
		if s.Get("--hostname") != "" {
			said = s
		}
	}
	if said == nil {
		return "localhost"
	}
	name := said.Get("--hostname")
	if !validHost(name) {
		p.refuse(said, "--hostname=%s: a host name is made of letters, digits and -, in parts of 1 to 63 divided by dots", printable(name))
		return "localhost"
	}
	return name
}

// validHost follows RFC 1123 §2.1; Linux takes 64 bytes.
func validHost(name string) bool {
	if len(name) > 64 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
			return false
		}
	}
	return true
}

// fileSystems writes what the storage plan settled.
func (p *planner) fileSystems() []Action {
	var all []Action
	if p.facts.Fstab != "" {
		all = append(all, File{Path: "/etc/fstab", Mode: 0o644, Data: p.facts.Fstab})
	}
	if p.facts.Crypttab != "" {
		all = append(all, File{Path: "/etc/crypttab", Mode: 0o644, Data: p.facts.Crypttab})
		if p.lacks(nil, "cryptsetup-initramfs", "starting from an encrypted disk") {
			p.refuse(nil, "without cryptsetup-initramfs the encrypted disks could not be opened at boot; add it to %%packages")
		}
	}
	if p.facts.Mdadm != "" {
		all = append(all, File{Path: "/etc/mdadm/mdadm.conf", Mode: 0o644, Data: p.facts.Mdadm})
		if !p.facts.has("mdadm") {
			p.refuse(nil, "without the package mdadm the RAID could not be assembled at boot; add it to %%packages")
		}
	}
	return all
}
