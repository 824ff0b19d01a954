package lint

import (
	"regexp"
	"strings"

	"cdbuilder/kickstart"
)

// Shell: commands that do something else in the installer than on a system
// that runs.
var shellRules = []rule{
	{Rule{"list-harddrives", kickstart.Warning, "list-harddrives lists partitions and removable media too, and newer installers don't have it", false}, listHarddrives, false},
	{Rule{"post-sysimage", kickstart.Warning, "inside of the installed system there is no /mnt/sysimage", false}, postSysimage, false},
	{Rule{"pre-sysimage", kickstart.Error, "%pre runs before the disks are partitioned: nothing is mounted yet", false}, preSysimage, false},
	{Rule{"post-start", kickstart.Warning, "services are not started inside of the system that is being installed", false}, postStart, false},
	{Rule{"post-bus", kickstart.Warning, "these commands ask the running system, which is the installer's", false}, postBus, false},
	{Rule{"script-reboot", kickstart.Warning, "a script that restarts the machine cuts the installation off", false}, scriptReboot, false},
}

func listHarddrives(v *view) {
	for _, sc := range v.scripts {
		for _, l := range sc.lines {
			text := strings.TrimSpace(l.text)
			if l.quoted || strings.HasPrefix(text, "#") || !strings.Contains(text, "list-harddrives") {
				continue
			}
			v.say(l.place, "list-harddrives lists partitions and USB sticks beside the disks, and is missing in newer installers; write lsblk --nodeps --noheadings --output NAME,SIZE,TYPE,RM")
			break
		}
	}
}

var (
	sysimage = regexp.MustCompile(`/mnt/sys(image|root)\b`)
	// tested is a line that looks whether the directory is there.
	tested = regexp.MustCompile(`\[\s+!?\s*-\w\s|\btest -|\bif\b`)
)

// pathTo says that a line does something with the mounted system.
func (sc script) pathTo(say func(l scriptLine)) {
	guarded := false
	for _, l := range sc.commands() {
		if !strings.Contains(l.text, "/mnt/sys") || !sysimage.MatchString(l.text) {
			continue
		}
		if guarded = guarded || tested.MatchString(l.text); !guarded {
			say(l)
			return
		}
	}
}

func postSysimage(v *view) {
	for _, sc := range v.scripts {
		if sc.chroot {
			sc.pathTo(func(l scriptLine) {
				v.say(l.place, "this %%post runs inside of the installed system, where /mnt/sysimage is not; leave the prefix out, or write %%post --nochroot")
			})
		}
	}
}

func preSysimage(v *view) {
	for _, sc := range v.scripts {
		if sc.Name == "pre" {
			sc.pathTo(func(l scriptLine) {
				v.say(l.place, "%%pre runs before there are partitions, and nothing is mounted at /mnt/sysimage yet; write %%pre-install or %%post --nochroot")
			})
		}
	}
}

var starts = command(`(?:systemctl\s+(?:--\S+\s+)*(?:start|restart|isolate)|service\s+\S+\s+(?:start|restart))\b`, "systemctl", "service")

func postStart(v *view) {
	if !v.since(16, 7) {
		return
	}
	for _, sc := range v.scripts {
		if !sc.chroot {
			continue
		}
		for _, l := range sc.commands() {
			if starts.find(l.text) != nil {
				v.say(l.place, "nothing is started inside of the system that is being installed: systemctl sees the change of root and does nothing; write systemctl enable for the next start")
				break
			}
		}
	}
}

var bus = command(`(hostnamectl\s+(?:--\S+\s+)*(?:set-)?hostname\s+\S|timedatectl\s+set-|localectl\s+set-|firewall-cmd\b|loginctl\b|nmcli\s+(?:con|connection|c|dev|device)\b)`,
	"hostnamectl", "timedatectl", "localectl", "firewall-cmd", "loginctl", "nmcli")

// insteads of the commands that ask a running system.
var insteads = []struct{ name, instead string }{
	{"hostnamectl", "write network --hostname=NAME, or the name into /etc/hostname"},
	{"timedatectl", "write timezone among the commands"},
	{"localectl", "write lang and keyboard among the commands"},
	{"firewall-cmd", "write firewall-offline-cmd, or firewall among the commands"},
	{"loginctl", "make the file that it would make, below /var/lib/systemd/linger"},
	{"nmcli", "write network among the commands, or nmcli --offline"},
}

func postBus(v *view) {
	if !v.since(18, 7) {
		return
	}
	for _, sc := range v.scripts {
		if !sc.chroot {
			continue
		}
		for _, l := range sc.commands() {
			m := bus.find(l.text)
			if m == nil || strings.Contains(l.text, "--offline") || strings.Contains(l.text, "--root") {
				continue
			}
			for _, i := range insteads {
				if strings.HasPrefix(m[1], i.name) {
					v.say(l.place, "%s asks the running system, which is the installer's and not the one that is being installed; %s", i.name, i.instead)
				}
			}
			break
		}
	}
}

var restarts = command(`(reboot|poweroff|halt|shutdown\s+(?:-\w+\s+)*(?:now|\+?\d+)|init\s+[06]|telinit\s+[06]|systemctl\s+(?:--\S+\s+)*(?:reboot|poweroff|halt))\s*(?:$|[;&|)}#]|-f|now)`,
	"reboot", "poweroff", "halt", "shutdown", "init")

func scriptReboot(v *view) {
	for _, sc := range v.scripts {
		if sc.Name != "post" && sc.Name != "pre-install" {
			continue
		}
		for _, l := range sc.commands() {
			if m := restarts.find(l.text); m != nil {
				v.say(l.place, "%s in %s cuts the installation off before the installer has written and unmounted everything; write reboot --eject or poweroff among the commands", strings.Fields(m[1])[0], sc.title())
				break
			}
		}
	}
}
