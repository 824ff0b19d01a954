package target

import (
	"strings"

	"cdbuilder/kickstart/language"
)

// time writes localtime(5), adjtime(5) and who the time is asked of.
func (p *planner) time() []Action {
	return append(p.zone(), p.timeSources()...)
}

func (p *planner) zone() []Action {
	s := p.Last("timezone")
	if s == nil {
		return nil
	}
	var all []Action
	if zone := s.Word(0); zone != "" && p.word(s, "timezone", zone) {
		switch {
		case strings.Contains(zone, "..") || strings.HasPrefix(zone, "/"):
			p.refuse(s, "timezone: %q is no time zone; write one such as Europe/Berlin", zone)
		case zone != "UTC" && zone != "Etc/UTC" && p.lacks(s, "tzdata", "the time zone "+zone):
			p.warn(s, RuleMeaning, "the system's clock shows UTC")
		default:
			all = append(all, Zone{zone})
		}
	}
	mode := "LOCAL"
	if s.Has("--utc") || s.Has("--isUtc") {
		mode = "UTC"
	}
	return append(all, File{Path: "/etc/adjtime", Mode: 0o644, Data: "0.0 0 0.0\n0\n" + mode + "\n"})
}

// timeServer is one source of the time.
type timeServer struct {
	*language.Statement
	host      string
	pool, nts bool
}

func (p *planner) timeSources() []Action {
	var servers []timeServer
	off := false
	for s := range p.Find("timesource") {
		off = off || s.Has("--ntp-disable")
		if host, ok := s.Value("--ntp-server"); ok {
			servers = append(servers, timeServer{s, host, false, s.Has("--nts")})
		}
		if host, ok := s.Value("--ntp-pool"); ok {
			servers = append(servers, timeServer{s, host, true, s.Has("--nts")})
		}
	}
	if s := p.Last("timezone"); s != nil {
		off = off || s.Has("--nontp")
		for _, host := range s.List("--ntpservers") {
			servers = append(servers, timeServer{s, host, false, false})
		}
	}
	for _, t := range servers {
		p.word(t.Statement, "time server", t.host)
	}
	switch {
	case off:
		p.noTime()
		return nil
	case len(servers) == 0:
		return nil
	case p.facts.has("chrony"):
		return p.chrony(servers)
	case p.facts.has("systemd-timesyncd"):
		return p.timesyncd(servers)
	}
	p.warn(servers[0].Statement, RulePackage, "the time servers need systemd-timesyncd or chrony, and neither is installed; add one to %%packages")
	return nil
}

// noTime keeps the time services that are there from starting.
func (p *planner) noTime() {
	for _, name := range []string{"chrony", "systemd-timesyncd"} { // packages and units alike
		if p.facts.has(name) {
			p.services = append(p.services, Service{Name: name})
		}
	}
}

// chrony writes a file of sources, and lets go of Debian's own pool.
func (p *planner) chrony(servers []timeServer) []Action {
	text := p.head("See chrony.conf(5).")
	for _, t := range servers {
		kind := "server "
		if t.pool {
			kind = "pool "
		}
		text += kind + t.host + " iburst"
		if t.nts {
			text += " nts"
		}
		text += "\n"
	}
	return []Action{
		Edit{Path: "/etc/chrony/chrony.conf", Match: `pool \d\.debian\.pool\.ntp\.org .*`, With: "# $0"},
		File{Path: "/etc/chrony/sources.d/kickstart.sources", Mode: 0o644, Data: text},
	}
}

func (p *planner) timesyncd(servers []timeServer) []Action {
	var hosts []string
	for _, t := range servers {
		hosts = append(hosts, t.host)
		if t.nts {
			p.warn(t.Statement, RuleNotExecuted, "--nts is for chrony; systemd-timesyncd, which is installed, asks %s without it", t.host)
		}
	}
	return []Action{File{Path: "/etc/systemd/timesyncd.conf.d/kickstart.conf", Mode: 0o644,
		Data: p.head("See timesyncd.conf(5).") + "[Time]\nNTP=" + strings.Join(hosts, " ") + "\n"}}
}
