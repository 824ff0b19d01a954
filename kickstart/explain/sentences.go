package explain

import (
	"cmp"
	"fmt"
	"strings"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

func (e *explainer) mode(say sayer) {
	e.tell("install", "zerombr")
	for _, mode := range [][2]string{{"text", "in text mode"}, {"cmdline", "in text mode without ever asking"}, {"graphical", "with windows"}} {
		if e.last(mode[0]) != nil {
			say("runs %s", mode[1])
		}
	}
	if s := e.last("vnc"); s != nil {
		say("can be watched over VNC%s", suffix(s, ", connecting to %s", "--host"))
	}
	if s := e.last("rdp"); s != nil {
		say("can be watched over RDP")
	}
	if e.last("mediacheck") != nil {
		say("checks the medium first")
	}
	e.each("updates", func(s *language.Statement) { say("loads updates of the installer%s", word(s, " from %s")) })
	e.each("driverdisk", func(*language.Statement) { say("loads a driver disk") })
}

func suffix(s *language.Statement, format, option string) string {
	if v := s.Get(option); v != "" {
		return fmt.Sprintf(format, v)
	}
	return ""
}

func word(s *language.Statement, format string) string {
	if len(s.Words) > 0 {
		return fmt.Sprintf(format, s.Words[0])
	}
	return ""
}

// scripts tells of the scripts of one kind.
func (e *explainer) scripts(when string) func(sayer) {
	place := map[string]string{
		"pre": "before anything else", "pre-install": "once the disks are ready", "onerror": "if the installation fails",
		"post": "inside of the new system",
	}
	return func(say sayer) {
		for _, section := range e.Sections {
			s, ok := section.Script()
			if !ok || s.When != when {
				continue
			}
			where := place[when]
			if when == "post" && !s.Chroot {
				where = "in the installer, beside the new system"
			}
			failure := "goes on where it fails"
			if s.ErrorOnFail {
				failure = "stops where it fails"
			}
			say("line %d: runs a script %s (%s for %s), and %s", s.Line, where, lines(strings.Count(s.Body, "\n")), s.Interpreter, failure)
		}
	}
}

func lines(n int) string {
	if n == 1 {
		return "one line"
	}
	return fmt.Sprintf("%d lines", n)
}

func (e *explainer) source(say sayer) {
	found := false
	tell := func(name, format string, value func(*language.Statement) string) {
		if s := e.last(name); s != nil {
			found = true
			say(format, value(s))
		}
	}
	tell("cdrom", "from the CD or the medium it was started from%s", func(*language.Statement) string { return "" })
	tell("url", "over the network from %s", func(s *language.Statement) string {
		return cmp.Or(s.Get("--url"), s.Get("--mirrorlist"), s.Get("--metalink"))
	})
	tell("nfs", "by NFS from %s", func(s *language.Statement) string { return s.Get("--server") + ":" + s.Get("--dir") })
	tell("harddrive", "from the disk %s", func(s *language.Statement) string { return s.Get("--partition") + ", " + s.Get("--dir") })
	tell("hmc", "from the HMC's medium%s", func(*language.Statement) string { return "" })
	tell("liveimg", "as a whole image from %s", func(s *language.Statement) string { return s.Get("--url") })
	tell("ostreesetup", "as an OSTree commit from %s", func(s *language.Statement) string { return s.Get("--url") })
	tell("ostreecontainer", "as a container image, %s", func(s *language.Statement) string { return s.Get("--url") })
	tell("bootc", "as a container image, %s", func(s *language.Statement) string { return s.Get("--source-imgref") })
	if !found {
		say("from the medium that the installer was started from")
	}
	e.each("repo", func(s *language.Statement) {
		say("and from the repository %s%s", s.Get("--name"), suffix(s, " at %s", "--baseurl"))
	})
	e.each("module", func(s *language.Statement) { say("with the module %s", s.Get("--name")+suffix(s, ":%s", "--stream")) })
}

func packages(say sayer, requests []kickstart.Request) {
	var groups, names, without []string
	for _, r := range requests {
		switch {
		case r.Exclude:
			without = append(without, r.Name)
		case r.Group || r.Environment:
			groups = append(groups, r.String())
		default:
			names = append(names, r.Name)
		}
	}
	list(say, "groups", groups)
	list(say, "packages", names)
	list(say, "left out", without)
}

// list tells names, the first dozen of many.
func list(say sayer, what string, names []string) {
	const most = 12
	switch {
	case len(names) == 0:
	case len(names) > most:
		say("%s: %s and %d more", what, strings.Join(names[:most], ", "), len(names)-most)
	default:
		say("%s: %s", what, strings.Join(names, ", "))
	}
}

func (e *explainer) locale(say sayer) {
	if s := e.last("lang"); s != nil {
		say("speaks %s%s", s.Word(0), suffix(s, ", and %s too", "--addsupport"))
	}
	if s := e.last("keyboard"); s != nil {
		say("the keyboard is %s", cmp.Or(s.Get("--xlayouts"), s.Get("--vckeymap"), s.Word(0)))
	}
	if s := e.last("timezone"); s != nil {
		clock := "local time"
		if s.Has("--utc") {
			clock = "UTC"
		}
		say("the time zone is %s; the hardware clock runs in %s", s.Word(0), clock)
	}
	e.each("timesource", func(s *language.Statement) {
		if s.Has("--ntp-disable") {
			say("no time server is asked")
			return
		}
		say("asks the time server %s", cmp.Or(s.Get("--ntp-server"), s.Get("--ntp-pool")))
	})
}

func (e *explainer) network(say sayer) {
	e.each("network", func(s *language.Statement) {
		device := cmp.Or(cards[s.Get("--device")], s.Get("--device"), "the first card")
		switch {
		case s.Get("--bootproto") == "static" || s.Has("--ip"):
			say("%s has the address %s%s%s%s", device, s.Get("--ip"), suffix(s, "/%s", "--netmask"),
				suffix(s, ", gateway %s", "--gateway"), suffix(s, ", name servers %s", "--nameserver"))
		case s.Has("--device") || !s.Has("--hostname") || s.Has("--bootproto"):
			say("%s asks DHCP", device)
		}
		for _, kind := range [][2]string{{"--bondslaves", "it bonds %s"}, {"--teamslaves", "it teams %s"}, {"--bridgeslaves", "it bridges %s"}, {"--vlanid", "it is the VLAN %s"}} {
			if v := s.Get(kind[0]); v != "" {
				say(kind[1], v)
			}
		}
		if v := s.Get("--hostname"); v != "" {
			say("the host's name is %s", v)
		}
	})
}

// cards are the devices that have no name of their own.
var cards = map[string]string{
	"link": "the first card with a cable in it", "bootif": "the card that the machine was started from", "ibft": "the card that the firmware set up for iSCSI",
}

func (e *explainer) end(say sayer) {
	eject := func(s *language.Statement) string {
		if s.Has("--eject") {
			return " and lets go of the CD"
		}
		return ""
	}
	ways := []struct{ name, how string }{
		{"reboot", "restarts the machine"}, {"poweroff", "switches the machine off"}, {"shutdown", "shuts the machine down"}, {"halt", "stops and waits for a key"},
	}
	said := false
	for _, way := range ways {
		if s := e.last(way.name); s != nil {
			said = true
			say("%s%s", way.how, eject(s))
		}
	}
	if !said {
		say("stops at the end and waits for a key")
	}
}
