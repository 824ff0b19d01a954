package scripts

import "strings"

// wrapper describes a command that runs another one, as its manual page has it.
type wrapper struct {
	short   string   // letters of the options that take a value
	long    []string // long options that take a value as a word of their own
	skip    int      // words between the options and the command
	assigns bool     // NAME=VALUE may stand before the command
	shell   bool     // without a command it starts a shell
	code    string   // an option whose value is shell code
	root    string   // an option whose value becomes the root directory
	stops   string   // letters of the options with which there is no command
}

var wrappers = map[string]*wrapper{
	"arch-chroot":      {skip: 1, shell: true, short: "u"},
	"builtin":          {},
	"caffeinate":       {},
	"catchsegv":        {},
	"chroot":           {skip: 1, shell: true, long: []string{"--userspec", "--groups"}},
	"chrt":             {short: "TPD", skip: 1, stops: "p"},
	"command":          {},
	"dbus-launch":      {},
	"dbus-run-session": {},
	"doas":             {short: "Cu"},
	"env":              {short: "uC", long: []string{"--unset", "--chdir"}, assigns: true, code: "-S"},
	"eatmydata":        {},
	"exec":             {short: "a"},
	"fakeroot":         {short: "lsib", long: []string{"--lib", "--faked"}},
	"flock":            {short: "wE", long: []string{"--timeout", "--conflict-exit-code"}, skip: 1, code: "-c"},
	"gosu":             {skip: 1},
	"ionice":           {short: "cn", long: []string{"--class", "--classdata"}, stops: "pPu"},
	"linux32":          {},
	"linux64":          {},
	"ltrace":           {short: "aAbeDFlnopsuwxX"},
	"nice":             {short: "n", long: []string{"--adjustment"}},
	"nohup":            {},
	"numactl":          {short: "imNCplP", stops: "sH"},
	"nsenter":          {short: "tSGw", long: []string{"--target"}, shell: true},
	"runuser":          {short: "ugG", long: []string{"--user", "--group", "--supp-group"}, shell: true},
	"setarch":          {skip: 1},
	"setpriv":          {},
	"setsid":           {},
	"setuidgid":        {skip: 1},
	"stdbuf":           {short: "ioe", long: []string{"--input", "--output", "--error"}},
	"strace":           {short: "aeEIoOpPsSuUbX"},
	"sudo":             {short: "ugpCDhRrtTU", long: []string{"--user", "--group", "--host", "--prompt", "--chdir", "--chroot"}, assigns: true, stops: "lvkKe"},
	"systemd-cat":      {short: "tp"},
	"systemd-inhibit":  {},
	"systemd-nspawn":   {short: "DiMuLbxSZ", long: []string{"--directory", "--machine", "--user", "--bind"}, root: "-D", shell: true, stops: "b"},
	"systemd-run":      {short: "puMEHt", long: []string{"--unit", "--property", "--uid", "--gid", "--setenv", "--slice"}},
	"taskset":          {skip: 1, stops: "p"},
	"time":             {short: "fo", long: []string{"--format", "--output"}},
	"timeout":          {short: "ks", long: []string{"--kill-after", "--signal"}, skip: 1},
	"torsocks":         {},
	"unbuffer":         {},
	"unshare":          {short: "SGRw", root: "-R", shell: true},
	"watch":            {short: "nq", long: []string{"--interval"}},
	"xargs":            {short: "adEILnPs", long: []string{"--arg-file", "--delimiter", "--max-args", "--max-procs", "--max-lines", "--replace", "--max-chars"}},
	"xvfb-run":         {short: "efnsp", long: []string{"--server-num", "--server-args", "--error-file"}},
	"anaconda-nspawn":  {skip: 1},
}

// options takes the options off the front of a wrapper's arguments. No command
// is left where an option says that there is none, or can't be read.
func (h *wrapper) options(args []field) (rest, options []field) {
	i := 0
	for ; i < len(args); i++ {
		a := args[i].text
		if !args[i].known && !strings.HasPrefix(a, "-") || !strings.HasPrefix(a, "-") || a == "-" {
			break
		}
		if a == "--" {
			i++
			break
		}
		if long, ok := strings.CutPrefix(a, "--"); ok {
			for _, l := range h.long {
				if l == "--"+long {
					i++
				}
			}
			continue
		}
		for k, letter := range a[1:] {
			if strings.ContainsRune(h.stops, letter) {
				return nil, args
			}
			if "-"+string(letter) == h.code || "-"+string(letter) == h.root || strings.ContainsRune(h.short, letter) {
				if k+2 == len(a) { // its value is the next word
					i++
				}
				break
			}
		}
	}
	i = min(i, len(args))
	return args[i:], args[:i]
}
