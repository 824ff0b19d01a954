package scripts

import (
	"path"
	"strings"
)

// Account is a user or a group that a script creates.
type Account struct {
	Name  string
	Group bool
	Line  int
}

// accountOptions are the options with a value of adduser(8), useradd(8),
// addgroup(8) and groupadd(8).
var accountOptions = map[string]struct {
	short string
	long  []string
}{
	"adduser":  {"", []string{"--home", "--shell", "--uid", "--gid", "--ingroup", "--gecos", "--comment", "--conf", "--firstuid", "--lastuid", "--firstgid", "--lastgid"}},
	"addgroup": {"", []string{"--gid", "--conf", "--firstgid", "--lastgid"}},
	"useradd": {"bcdefgGkKpPRsuZ", []string{"--base-dir", "--comment", "--home-dir", "--home", "--expiredate", "--inactive", "--gid", "--groups",
		"--skel", "--key", "--password", "--prefix", "--root", "--shell", "--uid", "--selinux-user"}},
	"groupadd": {"gKpPRU", []string{"--gid", "--key", "--password", "--prefix", "--root", "--users"}},
}

// Accounts are the users and groups that a script's calls create.
func Accounts(calls []Call) (all []Account) {
	for _, c := range calls {
		base := path.Base(c.Name)
		how, ok := accountOptions[base]
		if !ok || c.Kind > Path {
			continue
		}
		given, words := splitOptions(c.Args, how.short, how.long)
		if len(words) == 0 || !isName(words[0]) {
			continue
		}
		name := words[0]
		switch {
		case strings.HasSuffix(base, "group") || strings.HasPrefix(base, "group"), base == "adduser" && given["--group"] && !given["--system"]:
			all = append(all, Account{name, true, c.Line})
		case base == "adduser" && len(words) > 1: // adduser USER GROUP makes a member
		case base == "adduser":
			all = append(all, Account{name, false, c.Line})
			if given["--group"] || !given["--system"] {
				all = append(all, Account{name, true, c.Line})
			}
		default: // useradd makes a group of the same name unless it is told one
			all = append(all, Account{name, false, c.Line})
			if !given["-g"] && !given["--gid"] && !given["-N"] && !given["--no-user-group"] {
				all = append(all, Account{name, true, c.Line})
			}
		}
	}
	return all
}

// splitOptions tells options from words; those with a value take the next word.
func splitOptions(args []string, short string, long []string) (given map[string]bool, words []string) {
	given = make(map[string]bool)
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case strings.HasPrefix(a, "--"):
			name, _, attached := strings.Cut(a, "=")
			given[name] = true
			if !attached {
				for _, l := range long {
					if l == name {
						i++
					}
				}
			}
		case strings.HasPrefix(a, "-") && len(a) > 1:
			for k, letter := range a[1:] {
				given["-"+string(letter)] = true
				if strings.ContainsRune(short, letter) {
					if k+2 == len(a) {
						i++
					}
					break
				}
			}
		default:
			words = append(words, a)
		}
	}
	return given, words
}

// isName reports whether a word is the name of an account and nothing that only
// a run can tell.
func isName(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-") == ""
}
