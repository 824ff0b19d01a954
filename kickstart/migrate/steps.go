package migrate

import (
	"fmt"
	"slices"
	"strings"

	"cdbuilder/kickstart/language"
)

// The functions that rules.toml names: they rewrite what a table can't say,
// and return what they did, or nothing where they leave the line alone.
var commandFuncs = map[string]func(*migration, *language.Statement, *line) string{
	"authselect":  authselect,
	"langsupport": langsupport,
}

var optionFuncs = map[string]func(*migration, *language.Statement, *line, language.Given) string{
	"ntpservers": ntpservers,
	"nontp":      nontp,
}

// authselect translates authconfig's switches. Shadow passwords and their hash
// are the default now; what reaches for a server needs a configuration
// that no kickstart command writes.
func authselect(m *migration, s *language.Statement, l *line) string {
	if m.to.Command("authselect") == nil {
		return ""
	}
	profile, features, lost := "", []string(nil), []string(nil)
	for _, arg := range s.Node.Args {
		name, _, _ := strings.Cut(arg, "=")
		t, known := authconfig[name]
		switch {
		case !strings.HasPrefix(arg, "--"):
		case !known:
			lost = append(lost, arg)
		default:
			profile = max(profile, t.profile) // winbind before sssd
			if t.feature != "" && !slices.Contains(features, t.feature) {
				features = append(features, t.feature)
			}
			if t.server {
				lost = append(lost, arg)
			}
		}
	}
	if profile == "" && (len(features) > 0 || len(lost) > 0) {
		profile = "sssd"
	}
	if profile == "" {
		l.drop()
		return s.Node.Name + " is gone: shadow passwords with a strong hash are the default"
	}
	l.replace(append([]string{"authselect", "select", profile}, features...)...)
	if len(lost) > 0 {
		l.say(fmt.Sprintf("the profile %s needs a configuration in %%post for what was said here: %s", profile, strings.Join(lost, " ")))
	}
	return fmt.Sprintf("%s is authselect now", s.Node.Name)
}

// authconfig is what its switches mean for authselect.
var authconfig = map[string]struct {
	profile string // the profile that serves it
	feature string
	server  bool // it says where a server is, or how to reach it
}{
	"--enableshadow": {}, "--useshadow": {}, "--enablemd5": {}, "--passalgo": {}, "--kickstart": {}, "--update": {}, "--updateall": {},
	"--disablemd5": {}, "--disableshadow": {}, "--disablenis": {}, "--disableldap": {}, "--disableldapauth": {}, "--disablekrb5": {},
	"--disablewinbind": {}, "--disablewinbindauth": {}, "--disablesssd": {}, "--disablesssdauth": {}, "--disablesmartcard": {},
	"--disablefingerprint": {}, "--disablehesiod": {}, "--disablesmbauth": {}, "--disablecache": {}, "--enablecache": {},
	"--enablelocauthorize": {}, "--nostart": {}, "--disableldaptls": {}, "--disablemkhomedir": {},
	"--enablesssd": {profile: "sssd"}, "--enablesssdauth": {profile: "sssd"},
	"--enablemkhomedir":   {feature: "with-mkhomedir"},
	"--enablesmartcard":   {profile: "sssd", feature: "with-smartcard"},
	"--enablefingerprint": {profile: "sssd", feature: "with-fingerprint"},
	"--enableldap":        {profile: "sssd", server: true}, "--enableldapauth": {profile: "sssd", server: true},
	"--enableldaptls": {profile: "sssd", server: true}, "--ldapserver": {profile: "sssd", server: true}, "--ldapbasedn": {profile: "sssd", server: true},
	"--enablekrb5": {profile: "sssd", server: true}, "--krb5realm": {profile: "sssd", server: true},
	"--krb5kdc": {profile: "sssd", server: true}, "--krb5adminserver": {profile: "sssd", server: true},
	"--enablewinbind": {profile: "winbind", server: true}, "--enablewinbindauth": {profile: "winbind", server: true},
}

// langsupport moves its languages to the lang command.
func langsupport(m *migration, s *language.Statement, l *line) string {
	lang := s.File.Command("lang")
	if len(s.Words) == 0 || lang == nil || m.to.Option("lang", "--addsupport") == nil {
		l.drop()
		return "langsupport is gone: the language of lang is installed by itself"
	}
	l.replace(append(append([]string{"lang"}, lang.Args...), "--addsupport="+strings.Join(s.Words, ","))...)
	m.lines[lang.Number] = nil
	return "langsupport is lang --addsupport now"
}

// ntpservers moves the servers to a command of their own.
func ntpservers(m *migration, _ *language.Statement, l *line, g language.Given) string {
	if m.to.Command("timesource") == nil {
		return ""
	}
	l.dropOption(g)
	for server := range strings.SplitSeq(g.Value, ",") {
		if server = strings.TrimSpace(server); server != "" {
			l.below("timesource --ntp-server=" + server)
		}
	}
	return "--ntpservers of timezone is timesource --ntp-server now"
}

func nontp(m *migration, _ *language.Statement, l *line, g language.Given) string {
	if m.to.Command("timesource") == nil {
		return ""
	}
	l.dropOption(g)
	l.below("timesource --ntp-disable")
	return "--nontp of timezone is timesource --ntp-disable now"
}
