package scripts

import (
	"path"
	"slices"
	"strings"
)

// Service is a service that a script switches on or off.
type Service struct {
	Name string // as written: "sshd", "sshd.service"
	On   bool   // enabled or started
	Call Call
}

// Services are the services that a script's calls name.
func Services(calls []Call) (all []Service) {
	for _, c := range calls {
		if c.Kind > Path {
			continue
		}
		_, words := splitOptions(c.Args, "tpsnHMoC", []string{"--type", "--property", "--root", "--host", "--machine", "--state", "--level"})
		switch path.Base(c.Name) {
		case "systemctl", "deb-systemd-helper":
			if len(words) == 0 || slices.Contains(c.Args, "--user") || !slices.Contains(verbs, words[0]) {
				continue
			}
			for _, name := range words[1:] {
				all = append(all, Service{name, slices.Contains(verbs[:on], words[0]), c})
			}
		case "chkconfig":
			if len(words) == 2 {
				all = append(all, Service{words[0], words[1] == "on" || strings.HasPrefix(words[1], "reset"), c})
			}
		case "service", "invoke-rc.d":
			if len(words) == 2 {
				all = append(all, Service{words[0], words[1] != "stop" && words[1] != "status", c})
			}
		case "update-rc.d":
			if len(words) > 1 {
				all = append(all, Service{words[0], words[1] == "defaults" || words[1] == "enable", c})
			}
		}
	}
	return slices.DeleteFunc(all, func(s Service) bool { return strings.ContainsAny(s.Name, "$`*?[ /") || s.Name == "" })
}

// verbs are the commands of systemctl(1) that name units, the first of them
// those that switch one on. To mask a unit that isn't there is no mistake.
var verbs = []string{"enable", "start", "restart", "reenable", "reload", "reload-or-restart", "try-restart", "disable", "stop"}

const on = 6
