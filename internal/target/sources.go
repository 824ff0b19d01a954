package target

import (
	"fmt"
	"strings"
)

// sources writes where apt finds packages, deb822 style: sources.list(5).
func (p *planner) sources() []Action {
	var all []Action
	if len(p.facts.Sources) > 0 {
		var parts []string
		for _, s := range p.facts.Sources {
			parts = append(parts, s.stanza())
		}
		all = append(all, File{Path: "/etc/apt/sources.list.d/installer.sources", Mode: 0o644, Data: p.head() + strings.Join(parts, "\n")})
	}
	for s := range p.Find("repo") {
		name := s.Get("--name")
		if !s.Has("--install") || !p.account(s, "repo --name", name) {
			continue
		}
		words := strings.Fields(s.Get("--baseurl"))
		if len(words) == 0 {
			p.warn(s, RuleNotExecuted, "repo --install without --baseurl: there is no address to give to apt")
			continue
		}
		src := Source{URI: words[0], Suites: []string{"./"}}
		if len(words) > 1 {
			src.Suites, src.Components = words[1:2], words[2:]
		}
		if p.plain(s, "--baseurl", src.URI) {
			all = append(all, File{Path: "/etc/apt/sources.list.d/" + name + ".sources", Mode: 0o644, Data: p.head() + src.stanza()})
		}
	}
	return all
}

func (s Source) stanza() string {
	var b strings.Builder
	if s.Disabled {
		b.WriteString("Enabled: no\n")
	}
	fmt.Fprintf(&b, "Types: deb\nURIs: %s\nSuites: %s\n", s.URI, strings.Join(s.Suites, " "))
	if len(s.Components) > 0 {
		fmt.Fprintf(&b, "Components: %s\n", strings.Join(s.Components, " "))
	}
	if s.SignedBy != "" {
		fmt.Fprintf(&b, "Signed-By: %s\n", s.SignedBy)
	}
	return b.String()
}

// keep leaves the kickstart in the system, passwords and all, for root alone; and
// what it was installed from.
func (p *planner) keep() []Action {
	var all []Action
	if len(p.facts.Kickstart) > 0 {
		all = append(all, File{Path: "/root/anaconda-ks.cfg", Mode: 0o600, Data: string(p.facts.Kickstart), Hidden: true})
	}
	if p.facts.Medium != "" {
		all = append(all, File{Path: "/var/log/installer/media-info", Mode: 0o644, Data: printable(p.facts.Medium) + "\n"})
	}
	if p.facts.FreshKeys && p.facts.has("openssh-server") {
		all = append(all, Removal{"/etc/ssh/ssh_host_*_key*"}, Command{Argv: []string{"ssh-keygen", "-A"}})
	}
	return all
}
