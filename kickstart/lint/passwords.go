package lint

import (
	"regexp"
	"strings"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// Passwords: those that can be read in the file, and hashes that are weak or none.
var passwordRules = []rule{
	{Rule{"password-plaintext", kickstart.Warning, "whoever reads the file, or the medium it is on, knows the password", false}, passwordPlaintext, false},
	{Rule{"password-empty", kickstart.Error, "an empty password lets everybody in, or nobody", false}, passwordEmpty, false},
	{Rule{"hash-weak", kickstart.Warning, "DES and MD5 hashes are found out within hours", false}, hashWeak, false},
	{Rule{"hash-none", kickstart.Error, "--iscrypted with what is no hash: no password opens the account", false}, hashNone, false},
	{Rule{"hash-as-lock", kickstart.Note, "a word that is no hash locks the account, which --lock says plainly", false}, hashAsLock, false},
	{Rule{"hash-not-iscrypted", kickstart.Error, "without --iscrypted a hash is taken for the password itself", true}, hashNotIscrypted, false},
	{Rule{"hash-unknown", kickstart.Error, "the installed system cannot check this kind of hash", false}, hashUnknown, false},
	{Rule{"vnc-open", kickstart.Warning, "whoever comes first watches and steers the installation", false}, vncOpen, false},
	{Rule{"luks-plaintext", kickstart.Warning, "whoever reads the file can open the encrypted disk", false}, luksPlaintext, false},
	{Rule{"luks-asks", kickstart.Warning, "--encrypted without a passphrase makes the installer stop and ask", false}, luksAsks, false},
	{Rule{"luks-off", kickstart.Warning, "--passphrase without --encrypted encrypts nothing", false}, luksOff, false},
}

// secret is a password as a line gives it.
type secret struct {
	*language.Statement
	whose   string // "root", "user admin"
	value   string
	crypted bool // --iscrypted
	locked  bool
}

// secrets gives the passwords of the commands that set some.
func (v *view) secrets() []secret {
	var list []secret
	for s := range v.Find("rootpw", "user", "sshpw", "group", "bootloader", "vnc", "rdp") {
		value, ok := s.Value("--password")
		whose := s.Name
		switch s.Name {
		case "rootpw":
			value, ok, whose = s.Word(0), len(s.Words) > 0, "root"
		case "sshpw":
			value, ok, whose = s.Word(0), len(s.Words) > 0, "user "+s.Get("--username")+" of the installer"
		case "user":
			whose = "user " + s.Get("--name")
		case "bootloader":
			whose = "the boot loader"
		}
		if ok && filled(value) {
			list = append(list, secret{s, whose, value, s.Has("--iscrypted"), s.Has("--lock")})
		}
	}
	return list
}

// hash is what crypt(5) and grub-mkpasswd-pbkdf2 make; des is the oldest kind,
// which has no mark.
var (
	hash = regexp.MustCompile(`^(\$(1|2[abxy]?|5|6|7|y|gy|md5|sha1)[$,]|grub\.pbkdf2\.)`)
	des  = regexp.MustCompile(`^[./0-9A-Za-z]{13}$`)
)

// shapes are what a complete hash looks like, by its mark.
var shapes = map[string]*regexp.Regexp{
	"$1$": regexp.MustCompile(`^\$1\$[^$:\s]{0,8}\$[./0-9A-Za-z]{22}$`),
	"$5$": regexp.MustCompile(`^\$5\$(rounds=\d+\$)?[^$:\s]{0,16}\$[./0-9A-Za-z]{43}$`),
	"$6$": regexp.MustCompile(`^\$6\$(rounds=\d+\$)?[^$:\s]{0,16}\$[./0-9A-Za-z]{86}$`),
	"$y$": regexp.MustCompile(`^\$y\$[./0-9A-Za-z]+\$[./0-9A-Za-z]*\$[./0-9A-Za-z]{43}$`),
}

// lockWord is what people write for a hash to lock an account.
var lockWord = regexp.MustCompile(`(?i)lock|^(nope|nothing|none|no|disabled?|invalid|[*!x]+)$|^[!*]`)

func passwordPlaintext(v *view) {
	for _, s := range v.secrets() {
		if s.crypted || s.locked || s.value == "" || hash.MatchString(s.value) || s.Has("--md5pass") {
			continue
		}
		switch s.Name {
		case "vnc", "rdp", "sshpw":
			v.say(at(s.Statement), "the password of %s stands here in plain text; it is good for this installation alone, so make it one that opens nothing else", s.whose)
		case "bootloader":
			v.say(at(s.Statement), "the password of the boot loader stands here in plain text; write --iscrypted --password=HASH, made by grub2-mkpasswd-pbkdf2")
		default:
			v.say(at(s.Statement), "the password of %s stands here in plain text; write --iscrypted and a hash, made by openssl passwd -6", s.whose)
		}
	}
	for _, sc := range v.scripts {
		for _, l := range sc.commands() {
			if !strings.Contains(l.text, "passwd") {
				continue
			}
			if m := pipedPassword.FindStringSubmatch(l.text); m != nil && filled(m[1]) && !strings.ContainsAny(m[1], "$`") {
				v.say(l.place, "a password stands here in plain text; give rootpw or user a hash with --iscrypted, or chpasswd -e one")
			}
		}
	}
}

// pipedPassword is a script that tells passwd or chpasswd a password.
var pipedPassword = regexp.MustCompile(`\b(?:echo|printf)\s+(?:-\w+\s+)?['"]?([^'"|]+?)(?:\\n)?['"]?\s*\|\s*(?:/usr)?(?:/s?bin/)?(?:passwd\s+(?:\S+\s+)?--stdin|chpasswd\s*(?:$|[;&|]))`)

func passwordEmpty(v *view) {
	for _, s := range v.secrets() {
		if s.value == "" && !s.locked && s.Name != "vnc" && s.Name != "rdp" {
			v.say(at(s.Statement), "the password of %s is empty; write --iscrypted and a hash, or --lock", s.whose)
		}
	}
}

func hashWeak(v *view) {
	for _, s := range v.secrets() {
		if !s.crypted || s.locked || !v.since(8, 6) {
			continue
		}
		if strings.HasPrefix(s.value, "$1$") {
			v.say(at(s.Statement), "the hash of %s is MD5, which is guessed quickly; make one by openssl passwd -6", s.whose)
		} else if des.MatchString(s.value) && !lockWord.MatchString(s.value) {
			v.say(at(s.Statement), "the hash of %s is DES, which counts eight characters only and is guessed quickly; make one by openssl passwd -6", s.whose)
		}
	}
}

// mark is how a hash begins.
func mark(value string) string {
	if end := strings.IndexByte(strings.TrimPrefix(value, "$"), '$'); strings.HasPrefix(value, "$") && end >= 0 {
		return value[:end+2]
	}
	return ""
}

func hashNone(v *view) {
	for _, s := range v.secrets() {
		if !s.crypted || s.locked || s.value == "" || lockWord.MatchString(s.value) {
			continue
		}
		if s.Name == "bootloader" && v.since(16, 7) {
			if !strings.HasPrefix(s.value, "grub.pbkdf2.") {
				v.say(at(s.Statement), "GRUB 2 knows no hash but those that grub2-mkpasswd-pbkdf2 makes; this one opens nothing")
			}
			continue
		}
		if shape := shapes[mark(s.value)]; shape != nil && !shape.MatchString(s.value) {
			v.say(at(s.Statement), "the hash of %s is not complete, or has letters that no hash has: no password will open it; make it anew by openssl passwd -6", s.whose)
		} else if !hash.MatchString(s.value) && !des.MatchString(s.value) {
			v.say(at(s.Statement), "what %s has for a hash is none: no password will open it; write a hash (openssl passwd -6), or --lock", s.whose)
		}
	}
}

func hashAsLock(v *view) {
	for _, s := range v.secrets() {
		if s.crypted && !s.locked && lockWord.MatchString(s.value) && !hash.MatchString(s.value) {
			v.say(at(s.Statement), "%q is no hash, so no password opens %s; --lock says that plainly", s.value, s.whose)
		}
	}
}

func hashNotIscrypted(v *view) {
	for _, s := range v.secrets() {
		if s.crypted || s.locked || !hash.MatchString(s.value) || mark(s.value) == "" && !strings.HasPrefix(s.value, "grub.") {
			continue
		}
		if s.Name == "bootloader" && v.since(16, 7) && !strings.HasPrefix(s.value, "grub.") {
			v.say(at(s.Statement), "the hash itself becomes the password of the boot loader; write --iscrypted --password=HASH, made by grub2-mkpasswd-pbkdf2")
			continue
		}
		v.say(at(s.Statement), "the hash itself becomes the password of %s: --iscrypted is missing", s.whose)
		line := withWord(s.Node.Text(), "--iscrypted")
		if g, ok := given(s.Statement, "--plaintext"); ok {
			line = withoutOption(line, g)
		}
		v.rewrite(s.Statement, "add --iscrypted", line)
	}
}

func hashUnknown(v *view) {
	for _, s := range v.secrets() {
		if !s.crypted || s.Name == "bootloader" {
			continue
		}
		switch m := mark(s.value); {
		case m == "$y$" && !v.since(29, 9), strings.HasPrefix(m, "$2") && !v.since(28, 8):
			v.say(at(s.Statement), "%s cannot check a hash that begins with %s; make one by openssl passwd -6", v.Version, m)
		}
	}
}

func vncOpen(v *view) {
	if s := v.Last("vnc"); s != nil && !s.Has("--password") && !s.Has("--host") {
		v.say(at(s), "vnc without --password: whoever comes first watches and steers the installation; add --password")
	}
}

func luksPlaintext(v *view) {
	for s := range v.Find("part", "raid", "logvol", "autopart") {
		if p := s.Get("--passphrase"); s.Has("--encrypted") && p != "" && filled(p) {
			v.say(at(s), "the passphrase stands here in plain text; change it after the installation (cryptsetup luksChangeKey), or let a %%pre script fetch it")
			return
		}
	}
}

func luksAsks(v *view) {
	passphrase := false // the first one counts for all that have none
	for s := range v.Find("autopart", "part", "raid", "logvol") {
		passphrase = passphrase || s.Get("--passphrase") != ""
	}
	for s := range v.Find("autopart", "part", "raid", "logvol") {
		if s.Has("--encrypted") && !passphrase && !s.Has("--hw-passphrase") && !v.open {
			v.say(at(s), "--encrypted without --passphrase: the installer stops and asks for one")
			return
		}
	}
}

func luksOff(v *view) {
	for s := range v.Find("part", "raid", "logvol", "autopart") {
		if s.Has("--passphrase") && !s.Has("--encrypted") {
			v.say(at(s), "--passphrase without --encrypted: nothing is encrypted; add --encrypted")
		}
	}
}
