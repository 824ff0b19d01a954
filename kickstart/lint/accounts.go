package lint

import (
	"regexp"
	"slices"
	"strings"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// Accounts: whether anybody can log in, and users that cannot be made.
var accountRules = []rule{
	{Rule{"login-none", kickstart.Warning, "nobody can log in to the installed system", false}, loginNone, false},
	{Rule{"root-unset", kickstart.Warning, "without rootpw the installer asks for a password, or leaves root locked", false}, rootUnset, false},
	{Rule{"admin-none", kickstart.Warning, "root is locked and no user may become root", false}, adminNone, false},
	{Rule{"root-ssh", kickstart.Note, "sshd refuses root's password since Fedora 31 and Red Hat Enterprise Linux 9", false}, rootSSH, false},
	{Rule{"user-no-password", kickstart.Note, "a user without password and key is made, and cannot log in", false}, userNoPassword, false},
	{Rule{"user-name", kickstart.Error, "a user's name is made of small letters, digits, - and _", false}, userName, false},
	{Rule{"user-uid", kickstart.Error, "two users cannot have one number", false}, userUID, false},
	{Rule{"user-group", kickstart.Warning, "who may become root is in the group wheel on Red Hat's systems and sudo on Debian's", true}, userGroup, true},
	{Rule{"sshkey-user", kickstart.Error, "a key is put into the home of a user that nothing makes", false}, sshkeyUser, false},
	{Rule{"sshpw-unused", kickstart.Note, "sshpw is for logging in to the installer, which only inst.sshd allows", false}, sshpwUnused, false},
}

var (
	// makesAccounts is what a script says that sets users or keys up.
	makesAccounts = []string{"passwd", "useradd", "adduser", "usermod", "authorized_keys", "ssh-copy-id", "/etc/shadow", "autologin"}
	// opensSudo is what a script says that lets somebody become root.
	opensSudo = []string{"sudo", "wheel", "passwd", "polkit"}
)

// opensLater reports whether a package makes accounts at the first start, or
// asks for them there.
func opensLater(name string) bool {
	for _, p := range []string{"cloud-init", "ignition", "afterburn", "WALinuxAgent", "google-guest-", "google-compute-", "gce-", "initial-setup", "zezere", "fdo-client"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	for _, s := range []string{"guest-agent", "-desktop", "-desktop-environment"} {
		if strings.HasSuffix(name, s) {
			return true
		}
	}
	return slices.Contains([]string{"gnome-initial-setup", "firstboot", "livesys-scripts", "anaconda-live", "realmd", "sssd",
		"ipa-client", "freeipa-client", "sddm", "gdm", "lightdm"}, name)
}

// rootOpen reports whether root has a password that can be typed.
func (v *view) rootOpen() bool {
	r := v.Last("rootpw")
	if r == nil || r.Has("--lock") || len(r.Words) == 0 {
		return false
	}
	return !r.Has("--iscrypted") || !lockWord.MatchString(r.Word(0)) || hash.MatchString(r.Word(0))
}

// userOpen reports whether a user can log in.
func (v *view) userOpen(u *language.Statement) bool {
	if u.Has("--password") && !u.Has("--lock") {
		return true
	}
	for k := range v.Find("sshkey") {
		if k.Get("--username") == u.Get("--name") {
			return true
		}
	}
	return false
}

// opened reports whether something that lint doesn't follow lets people in.
func (v *view) opened() bool {
	f := v.Last("firstboot")
	return v.open || v.mentions(makesAccounts...) || v.asks(opensLater) || v.has("realm", "sshkey", "ostreesetup", "ostreecontainer", "liveimg", "bootc") ||
		f != nil && !f.Has("--disable")
}

func loginNone(v *view) {
	r := v.Last("rootpw")
	if r == nil || v.rootOpen() || v.opened() || !filled(r.Node.Text()) || !v.machine {
		return
	}
	for u := range v.Find("user") {
		if v.userOpen(u) {
			return
		}
	}
	v.say(at(r), "root is locked and no user has a password or a key: nobody can log in; add user --name=… --groups=wheel with a password, or sshkey")
}

func rootUnset(v *view) {
	if v.has("rootpw") || v.opened() || !v.machine || !v.whole() {
		return
	}
	for u := range v.Find("user") {
		if v.userOpen(u) {
			return
		}
	}
	v.say(at(v.Last("bootloader")), "there is no rootpw and no user that can log in: the installer stops and asks, or leaves a system that nobody can log in to")
}

func adminNone(v *view) {
	r := v.Last("rootpw")
	if r == nil || v.rootOpen() || v.open || !filled(r.Node.Text()) || v.mentions(opensSudo...) || v.asks(opensLater) {
		return
	}
	var last *language.Statement
	for u := range v.Find("user") {
		for _, g := range u.List("--groups") {
			g, _, _ = strings.Cut(g, "(")
			if slices.Contains([]string{"wheel", "sudo", "root", "admin"}, strings.TrimSpace(g)) || !filled(g) {
				return
			}
		}
		if u.Get("--uid") == "0" || !v.userOpen(u) {
			return
		}
		last = u
	}
	for k := range v.Find("sshkey") {
		if k.Get("--username") == "root" {
			return
		}
	}
	if last != nil {
		v.say(at(last), "root is locked and user %s is in no group that may become root; add --groups=wheel", last.Get("--name"))
	}
}

func rootSSH(v *view) {
	r := v.Last("rootpw")
	if r == nil || !v.rootOpen() || r.Has("--allow-ssh") || !v.since(31, 9) || v.Version.Family == "" || v.opened() || v.has("user") || !v.machine {
		return
	}
	f := v.Last("firewall")
	if f == nil || !f.Has("--ssh") && !slices.Contains(f.List("--service"), "ssh") || v.mentions("sshd", "PermitRootLogin") {
		return
	}
	v.say(at(r), "ssh is let in, and root is the only account: sshd takes no password from root; add --allow-ssh, sshkey --username=root, or a user")
}

func userNoPassword(v *view) {
	for u := range v.Find("user") {
		name := u.Get("--name")
		if v.userOpen(u) || u.Has("--lock") || v.open || !filled(name) || name == "" || v.has("sshkey") {
			continue
		}
		if strings.Contains(u.Get("--shell"), "nologin") || v.mentions(name) || v.asks(opensLater) {
			continue
		}
		v.say(at(u), "user %s has neither password nor key and cannot log in; add --password and --iscrypted, or --lock where that is meant", name)
	}
}

// userNames: what useradd takes, and what it takes from nobody.
var userNames = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?$`)

func userName(v *view) {
	for u := range v.Find("user") {
		name := u.Get("--name")
		if name == "" || !filled(name) || strings.Contains(name, "$") {
			continue
		}
		switch {
		case !userNames.MatchString(name):
			v.say(at(u), "%q is no name for a user: small letters, digits, - and _, a letter first, 32 at most", name)
		case name == "root":
			v.say(at(u), "root is there already; its password is set by rootpw")
		}
	}
}

func userUID(v *view) {
	first := make(map[int64]*language.Statement)
	for u := range v.Find("user") {
		n, ok := u.Int("--uid")
		if !ok || n == 0 {
			continue
		}
		if o := first[n]; o != nil && o.Get("--name") != u.Get("--name") {
			v.say(at(u), "--uid=%d is the number of user %s already, %s", n, o.Get("--name"), other(u, o))
			continue
		}
		first[n] = u
	}
}

func userGroup(v *view) {
	wrong, right := "sudo", "wheel"
	switch v.facts.Family {
	case "debian":
		wrong, right = right, wrong
	case "":
		return
	}
	for g := range v.Find("group") {
		if g.Get("--name") == wrong {
			return
		}
	}
	for u := range v.Find("user") {
		groups := u.List("--groups")
		i := slices.Index(groups, wrong)
		if i < 0 || slices.Contains(groups, right) {
			continue
		}
		v.say(at(u), "group %s gives no rights here; the group that may become root is %s", wrong, right)
		if g, ok := given(u, "--groups"); ok {
			groups[i] = right
			v.rewrite(u, "write "+right, withOption(u.Node.Text(), g, strings.Join(groups, ",")))
		}
	}
}

func sshkeyUser(v *view) {
	users := []string{"root"}
	for u := range v.Find("user") {
		users = append(users, u.Get("--name"))
	}
	for k := range v.Find("sshkey") {
		name := k.Get("--username")
		if name == "" || !filled(name) || slices.Contains(users, name) || v.open {
			continue
		}
		if v.mentions("useradd", "adduser") && v.mentions(name) {
			continue
		}
		v.say(at(k), "no user command makes %s, whose home the key goes into; add user --name=%s", name, name)
	}
}

func sshpwUnused(v *view) {
	if s := v.first("sshpw"); s != nil {
		v.say(at(s), "sshpw sets a password for logging in to the installer while it works, which needs inst.sshd on its command line; the installed system gets none of it")
	}
}
