package target

import (
	"slices"
	"strconv"
	"strings"

	"cdbuilder/kickstart/language"
)

// accounts makes groups, users, their passwords and keys, in the order in which
// one needs the other.
func (p *planner) accounts() []Action {
	a := &accounts{planner: p}
	for s := range p.Find("group") {
		a.group(s, s.Get("--name"), s.Get("--gid"))
	}
	for s := range p.Find("user") {
		a.user(s)
	}
	return slices.Concat(a.groups, a.users, p.root(), a.passwords, p.keys(a.names))
}

type accounts struct {
	*planner
	groups, users, passwords []Action
	names                    []string
}

// group asks for a group, once.
func (a *accounts) group(s *language.Statement, name, gid string) {
	if !a.account(s, "group", name) || !a.number(s, "--gid", gid) {
		return
	}
	for _, g := range a.groups {
		if g := g.(Group); g.Name == name {
			if gid != "" && gid != g.GID {
				a.refuse(s, "the group %s has two numbers", name)
			}
			return
		}
	}
	a.groups = append(a.groups, Group{name, gid})
}

// account holds a name to what shadow's useradd takes (its NAME_REGEX on Debian is
// wider: it forbids only what would break files).
func (p *planner) account(s *language.Statement, what, name string) bool {
	ok := name != "" && len(name) <= 32 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == "" &&
		name[0] != '-' && name[0] != '.' && strings.Trim(name, "0123456789") != ""
	if !ok {
		p.refuse(s, "%s %q: a name is 1 to 32 letters, digits, _ and -, and not a number", what, name)
	}
	return ok
}

func (p *planner) number(s *language.Statement, option, text string) bool {
	if text == "" {
		return true
	}
	if n, err := strconv.ParseUint(text, 10, 32); err != nil || n >= 1<<32-1 {
		p.refuse(s, "%s=%s is no number of an account", option, printable(text))
		return false
	}
	return true
}

func (a *accounts) user(s *language.Statement) {
	name := s.Get("--name")
	switch {
	case !a.account(s, "user", name):
		return
	case name == "root":
		a.refuse(s, "user --name=root: root is there; write rootpw for the password, and sshkey --username=root")
		return
	}
	u := Account{Name: name, UID: s.Get("--uid"), GID: s.Get("--gid"), Home: s.Get("--homedir"), Shell: s.Get("--shell"), Comment: s.Get("--gecos")}
	if u.Shell == "" {
		u.Shell = "/bin/bash"
	}
	for _, path := range []struct{ option, value string }{{"--homedir", u.Home}, {"--shell", u.Shell}} {
		if path.value != "" && (!a.word(s, path.option, path.value) || path.value[0] != '/') {
			a.refuse(s, "%s=%s: write a path from /", path.option, printable(path.value))
			return
		}
	}
	if strings.ContainsAny(u.Comment, ":\n") {
		a.refuse(s, "--gecos: a colon cannot stand in /etc/passwd")
		return
	}
	if !a.plain(s, "--gecos", u.Comment) || !a.number(s, "--uid", u.UID) || !a.number(s, "--gid", u.GID) {
		return
	}
	if u.GID != "" {
		a.group(s, name, u.GID)
	}
	for _, text := range s.List("--groups") {
		group, gid, _ := strings.Cut(strings.TrimSuffix(text, ")"), "(")
		a.group(s, group, gid)
		u.Groups = append(u.Groups, group)
	}
	a.names = append(a.names, name)
	a.users = append(a.users, u)
	a.passwords = append(a.passwords, a.password(s, name, s.Get("--password")))
}

// password is what a rootpw or user line says of an account's. One that is empty
// and not said to be a hash is none.
func (p *planner) password(s *language.Statement, account, text string) Password {
	pw := Password{Account: account, Lock: s.Has("--lock")}
	switch {
	case text == "":
		pw.Lock = true
	case s.Has("--iscrypted") && (text[0] == '!' || text[0] == '*'):
		pw.Lock = true // what shadow(5) has where no password fits
	case s.Has("--iscrypted"):
		if strings.ContainsAny(text, ":\n\r") {
			p.refuse(s, "the password's hash has a letter in it that cannot stand in /etc/shadow")
		}
		pw.Hash = Secret(text)
	default:
		if strings.ContainsAny(text, "\x00\n\r") {
			p.refuse(s, "the password has a letter in it that cannot be typed")
		}
		hash, err := hashPassword(p.facts.Random, text)
		if err != nil {
			p.fault = err
		}
		pw.Hash = hash
	}
	return pw
}

// root sets root's password; without rootpw root stays locked.
func (p *planner) root() []Action {
	s := p.Last("rootpw")
	if s == nil {
		return []Action{Password{Account: "root", Lock: true}}
	}
	all := []Action{p.password(s, "root", s.Word(0))}
	if s.Has("--allow-ssh") && !p.lacks(s, "openssh-server", "--allow-ssh") {
		all = append(all, File{Path: "/etc/ssh/sshd_config.d/10-root-password.conf", Mode: 0o644, Data: p.head("See sshd_config(5).") + "PermitRootLogin yes\n"})
	}
	return all
}

// keys gathers the public keys of each account.
func (p *planner) keys(made []string) []Action {
	var all []Keys
	for s := range p.Find("sshkey") {
		name, key := s.Get("--username"), strings.TrimSpace(s.Word(0))
		if !p.account(s, "sshkey --username", name) || !p.plain(s, "sshkey", key) {
			continue
		}
		if name != "root" && !slices.Contains(made, name) {
			p.warn(s, RuleMeaning, "no line makes the account %s; its key is put in only where a package makes it", name)
		}
		at := slices.IndexFunc(all, func(k Keys) bool { return k.Account == name })
		if at < 0 {
			at, all = len(all), append(all, Keys{Account: name})
		}
		all[at].Lines = append(all[at].Lines, key)
	}
	var actions []Action
	for _, k := range all {
		actions = append(actions, k)
	}
	if len(all) > 0 {
		p.lacks(nil, "openssh-server", "logging in with a key")
	}
	return actions
}
