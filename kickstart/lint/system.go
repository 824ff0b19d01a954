package lint

import (
	"regexp"
	"slices"
	"strings"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// System: settings of the installed system, and how the installation ends.
var systemRules = []rule{
	{Rule{"command-repeated", kickstart.Warning, "of a command said twice the last one counts", false}, commandRepeated, false},
	{Rule{"command-contradicts", kickstart.Warning, "two commands say the opposite; the last one counts", false}, commandContradicts, false},
	{Rule{"services-repeated", kickstart.Warning, "of two services lines the lists of the last one count alone", true}, servicesRepeated, false},
	{Rule{"services-both", kickstart.Warning, "a service is enabled and disabled; enabled wins", false}, servicesBoth, false},
	{Rule{"list-blank", kickstart.Error, "a list is divided by commas: what stands behind a blank is a part of the name before it", true}, listBlank, false},
	{Rule{"firewall-off", kickstart.Note, "every port of the installed system is open", false}, firewallOff, false},
	{Rule{"firewall-idle", kickstart.Warning, "a firewall that is off opens no port and closes none", false}, firewallIdle, false},
	{Rule{"selinux-off", kickstart.Warning, "since Red Hat Enterprise Linux 9 and Fedora 34 only selinux=0 on the kernel's command line turns SELinux off", false}, selinuxOff, false},
	{Rule{"selinux-file", kickstart.Warning, "SELinux is turned off behind the back of the selinux command", false}, selinuxFile, false},
	{Rule{"reboot-eject", kickstart.Warning, "the machine starts from the CD again, which is still in the drive", true}, rebootEject, true},
	{Rule{"finish-missing", kickstart.Note, "without reboot or poweroff the installer waits for somebody in the end", false}, finishMissing, false},
}

// once are the commands that set one thing as a whole.
var once = []string{"lang", "keyboard", "timezone", "rootpw", "bootloader", "selinux", "firewall", "clearpart", "authselect", "authconfig", "firstboot", "autopart", "xconfig", "ignoredisk"}

// options is what a statement says, for comparing.
func options(s *language.Statement) string { return strings.Join(s.Node.Args, "\x00") }

func commandRepeated(v *view) {
	first := make(map[string]*language.Statement)
	for s := range v.Find(once...) {
		o := first[s.Name]
		first[s.Name] = s
		if o == nil || o.File != s.File || options(o) == options(s) {
			continue
		}
		v.say(at(s), "%s stands %s already; what both say is taken from here, so keep one", s.Name, other(s, o))
	}
}

var endings = []string{"reboot", "poweroff", "shutdown", "halt"}

func commandContradicts(v *view) {
	for _, names := range [][]string{endings, {"text", "graphical", "cmdline"}} {
		var first *language.Statement
		for s := range v.Find(names...) {
			if first != nil && first.File == s.File && spelled(first) != spelled(s) {
				v.say(at(s), "%s and %s %s contradict each other; the last one counts", spelled(s), spelled(first), other(s, first))
			}
			first = s
		}
	}
	x, skip := v.Last("xconfig"), v.Last("skipx")
	if x != nil && skip != nil && x.Has("--startxonboot") {
		v.say(at(x), "skipx %s leaves X unconfigured, and --startxonboot starts it", other(x, skip))
	}
}

// spelled is the command as the file has it: reboot and halt may be one.
func spelled(s *language.Statement) string { return s.Node.Name }

func servicesRepeated(v *view) {
	var last *language.Statement
	for s := range v.Find("services") {
		if last != nil && last.File == s.File {
			for _, o := range []string{"--enabled", "--disabled"} {
				if lost := minus(last.List(o), s.List(o)); s.Has(o) && len(lost) > 0 {
					v.say(at(s), "%s %s is forgotten: this line's %s takes its place; write all of them in one line", strings.Join(lost, ","), other(s, last), o)
					if g, ok := given(s, o); ok && last.File == s.File {
						v.rewrite(s, "take "+strings.Join(lost, ",")+" along", withOption(s.Node.Text(), g, strings.Join(append(lost, s.List(o)...), ",")))
					}
				}
			}
		}
		last = s
	}
}

// minus gives what of a is not in b.
func minus(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(x string) bool { return slices.Contains(b, x) })
}

func servicesBoth(v *view) {
	off := make(map[string]*language.Statement)
	for s := range v.Find("services") {
		for _, name := range s.List("--disabled") {
			off[strings.TrimSuffix(name, ".service")] = s
		}
	}
	for s := range v.Find("services") {
		for _, name := range s.List("--enabled") {
			if o := off[strings.TrimSuffix(name, ".service")]; o != nil {
				v.say(at(s), "%s is enabled here and disabled %s; the installer disables first, so it stays enabled", name, other(s, o))
			}
		}
	}
}

// lists are the options that take names divided by commas.
var lists = map[string][]string{
	"services": {"--enabled", "--disabled"}, "user": {"--groups"}, "firewall": {"--port", "--service", "--trust"},
	"clearpart": {"--drives", "--list"}, "ignoredisk": {"--drives", "--only-use"}, "network": {"--nameserver"},
}

func listBlank(v *view) {
	for s := range v.Find("services", "user", "firewall", "clearpart", "ignoredisk", "network") {
		for _, o := range lists[s.Name] {
			g, ok := given(s, o)
			i := slices.IndexFunc(s.List(o), func(name string) bool { return strings.ContainsAny(name, " \t") && filled(name) })
			if !ok || i < 0 {
				continue
			}
			names := strings.FieldsFunc(g.Value, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
			v.say(at(s), "%s=%q: a blank divides nothing, write commas", o, s.List(o)[i])
			v.rewrite(s, "write commas", withOption(s.Node.Text(), g, strings.Join(names, ",")))
		}
	}
}

func isFirewall(name string) bool {
	return slices.Contains([]string{"nftables", "ufw", "firewalld", "shorewall", "iptables-services"}, name)
}

func firewallOff(v *view) {
	if f := v.Last("firewall"); f != nil && f.Has("--disabled") && !v.asks(isFirewall) {
		v.say(at(f), "firewall --disabled: every port of the installed system is open to the network; write firewall --enabled --ssh, and more as needed")
	}
}

func firewallIdle(v *view) {
	f := v.Last("firewall")
	if f == nil || !f.Has("--disabled") {
		return
	}
	for _, o := range []string{"--port", "--service", "--ssh", "--http", "--smtp", "--ftp", "--trust"} {
		if f.Has(o) {
			v.say(at(f), "%s beside --disabled does nothing: there is no firewall", o)
			return
		}
	}
}

func selinuxOff(v *view) {
	s := v.Last("selinux")
	if s == nil || !s.Has("--disabled") || !v.since(34, 9) || v.facts.Family == "debian" {
		return
	}
	if b := v.Last("bootloader"); !v.hasLoader() || b != nil && slices.Contains(strings.Fields(b.Get("--append")), "selinux=0") {
		return
	}
	v.say(at(s), "the kernel no longer heeds SELINUX=disabled and runs SELinux without a policy; write bootloader --append=selinux=0, or better selinux --permissive")
}

var (
	selinuxConfig = regexp.MustCompile(`/etc/(selinux/config|sysconfig/selinux)`)
	selinuxValue  = regexp.MustCompile(`(?i)(SELINUX=\S*|\b)(disabled|permissive)`)
)

func selinuxFile(v *view) {
	if s := v.Last("selinux"); s != nil && !s.Has("--enforcing") {
		return
	}
	for _, sc := range v.scripts {
		for _, l := range sc.commands() {
			if sc.Name != "post" || !strings.Contains(l.text, "selinux") || !selinuxConfig.MatchString(l.text) || !selinuxValue.MatchString(l.text) {
				continue
			}
			if strings.Contains(l.text, "grep") || strings.Contains(strings.TrimSpace(l.text), "if ") {
				continue
			}
			v.say(l.place, "this turns SELinux off in a file only, and the installer labels and configures for enforcing; write selinux --permissive or --disabled among the commands")
			return
		}
	}
}

func rebootEject(v *view) {
	if !v.facts.CD {
		return
	}
	r := v.Last("reboot")
	if r == nil || spelled(r) != "reboot" || r.Has("--eject") {
		return
	}
	for s := range v.Find(endings...) {
		if s.Line() > r.Line() && s.File == r.File {
			return
		}
	}
	v.say(at(r), "reboot without --eject: the CD stays in the drive, and the installation may begin again")
	v.rewrite(r, "add --eject", withWord(r.Node.Text(), "--eject"))
}

func finishMissing(v *view) {
	if v.has(endings...) || v.open || !v.machine || !v.whole() || !v.unattended() {
		return
	}
	v.say(at(v.Last("bootloader")), "nothing says what to do in the end, so the installer waits for a key; write reboot or poweroff")
}

// unattended reports whether the file answers all that would be asked.
func (v *view) unattended() bool {
	return v.has("lang") && v.has("rootpw") && v.has("timezone") && (v.has("autopart") || len(v.volumes) > 0)
}
