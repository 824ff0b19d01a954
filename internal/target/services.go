package target

import (
	"path"
	"slices"
	"strings"
)

// unitFiles enables and disables services: what other commands ask for first,
// then what the services lines disable, then what they enable.
func (p *planner) unitFiles() []Action {
	all := p.services
	for _, enable := range []bool{false, true} {
		option := "--disabled"
		if enable {
			option = "--enabled"
		}
		for s := range p.Find("services") {
			for _, name := range s.List(option) {
				if p.word(s, "services "+option, name) {
					all = append(all, Service{Name: name, Enable: enable})
				}
			}
		}
	}
	var actions []Action
	for i, s := range all {
		// What is said last counts.
		if !slices.ContainsFunc(all[i+1:], func(o Service) bool { return unit(o.Name) == unit(s.Name) }) {
			actions = append(actions, s)
		}
	}
	return actions
}

// enabled reports whether a services line enables a unit, and none disables it.
func (p *planner) enabled(name string) bool {
	for s := range p.Find("services") {
		if slices.ContainsFunc(s.List("--enabled"), func(n string) bool { return unit(n) == unit(name) }) {
			return true
		}
	}
	return false
}

var unitTypes = []string{".service", ".socket", ".timer", ".target", ".path", ".mount", ".automount", ".swap", ".slice"}

// unit gives a service's name its type.
func unit(name string) string {
	if slices.Contains(unitTypes, path.Ext(name)) {
		return name
	}
	return name + ".service"
}

// debianUnits are what services are called here that Fedora calls otherwise.
var debianUnits = map[string]string{
	"sshd.service": "ssh.service", "crond.service": "cron.service", "chronyd.service": "chrony.service", "httpd.service": "apache2.service",
	"smb.service": "smbd.service", "nmb.service": "nmbd.service", "network.service": "networking.service", "rngd.service": "rng-tools-debian.service",
}

// unitPaths are where units lie, in the order in which systemd looks.
var unitPaths = []string{"etc/systemd/system", "usr/local/lib/systemd/system", "usr/lib/systemd/system"}

// templateOf is the file that a unit's definition is in: getty@tty1.service is
// defined in getty@.service.
func templateOf(name string) string {
	if at := strings.IndexByte(name, '@'); at >= 0 {
		return name[:at+1] + path.Ext(name)
	}
	return name
}
