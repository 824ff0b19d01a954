package acceptance

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/vm"
)

// session is a person at the serial console of an installed system.
type session struct {
	*vm.Running
	t    *testing.T
	ctx  context.Context
	n    int
	took time.Duration // from the start to the login prompt
}

// boot starts a machine from its disks and waits for the login prompt. Each of
// the passphrases is typed when one is asked for.
func boot(t *testing.T, m vm.Machine, passphrases ...string) *session {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	t.Cleanup(cancel)
	s := &session{t: t, ctx: ctx}
	begun := time.Now()
	s.Running = until(ctx, t, m, func(_ context.Context, r *vm.Running) {
		begun = time.Now()
		for _, p := range passphrases {
			_, err := r.Wait(ctx, regexp.MustCompile("(?i)(unlock disk|enter passphrase)"))
			must(t, r, err)
			time.Sleep(2 * time.Second) // the prompt comes before it reads
			must(t, r, r.Type(p+"\r"))
		}
	}, " login: ")
	s.took = time.Since(begun)
	t.Logf("login prompt after %.0f s", s.took.Seconds())
	return s
}

func (s *session) wait(text string) { s.t.Helper(); must(s.t, s.Running, s.WaitLine(s.ctx, text)) }

func (s *session) expect(pattern string) string {
	s.t.Helper()
	said, err := s.Wait(s.ctx, regexp.MustCompile(pattern))
	must(s.t, s.Running, err)
	return said
}

func (s *session) say(text string) { s.t.Helper(); must(s.t, s.Running, s.Type(text+"\r")) }

// login logs in with a password that stays as it is.
func (s *session) login(user, password string) {
	s.t.Helper()
	s.say(user)
	s.expect("Passwor[dt]: ") // the system may speak German
	s.say(password)
	s.prompt()
}

// prompt makes the shell's prompt one that nothing else prints.
func (s *session) prompt() {
	s.t.Helper()
	s.expect(`[$#] `)
	s.say("PS1='ready'': '; stty -echo columns 200")
	s.wait("ready: ")
}

// loginFirst logs in for the first time, when the password has to be changed.
func (s *session) loginFirst(user, old, password string) {
	s.t.Helper()
	s.say(user)
	s.wait("Password: ")
	s.say(old)
	s.wait("Current password: ")
	s.say(old)
	s.wait("New password: ")
	s.say(password)
	s.wait("Retype new password: ")
	s.say(password)
	s.prompt()
}

// root becomes root.
func (s *session) root(password string) {
	s.t.Helper()
	s.say("sudo --stdin --prompt=secret: bash --norc")
	s.wait("secret:")
	s.say(password)
	time.Sleep(3 * time.Second)
	s.say("PS1='> '; stty -echo columns 200; id -un")
	s.wait("root")
}

// logout comes back to the login prompt.
func (s *session) logout() {
	s.t.Helper()
	s.say("exit")
	s.wait(" login: ")
}

// A check is a command that is run inside, and what it is to say, with all
// blanks alike.
type check struct{ run, want string }

// checks runs commands and holds what they say to what is wanted.
func (s *session) checks(list ...check) {
	s.t.Helper()
	for _, c := range list {
		if got := s.ask(c.run); got != c.want {
			s.t.Errorf("%s: %q instead of %q", c.run, got, c.want)
		}
	}
}

// ask gives what a command says, with all blanks alike.
func (s *session) ask(command string) string {
	s.t.Helper()
	s.n++
	s.say(fmt.Sprintf("echo \"<$((%d+0)):\"$(%s)\":>\"", s.n, command))
	said := s.expect(fmt.Sprintf(`<%d:.*:>`, s.n))
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(said, fmt.Sprintf("<%d:", s.n)), ":>"))
}

// off switches the machine off.
func (s *session) off() {
	s.t.Helper()
	s.say("systemctl poweroff")
	select {
	case <-s.Done():
	case <-s.ctx.Done():
		s.t.Error("the machine does not switch itself off")
	}
}

// whole are the checks that every installed system has to pass, as root: what
// dpkg and apt think of it, and that nothing failed. The configuration files
// that dpkg finds changed are those that the kickstart is to change.
func whole(changed ...string) []check {
	allowed := strings.Join(append([]string{"^$"}, changed...), "|")
	return []check{
		{"systemctl is-system-running --wait", "running"},
		{"systemctl --failed --no-legend --plain", ""},
		{"dpkg --audit", ""},
		{"dpkg --verify | grep -Ev '" + allowed + "'", ""},
		{"apt-get -qq --simulate -f install", ""},
		{"findmnt --verify >/dev/null && echo fine", "fine"},
		{"test -s /root/anaconda-ks.cfg && stat -c %a /root/anaconda-ks.cfg", "600"},
		{"test -s /var/log/cd-builder/install.log && echo kept", "kept"},
		{"find /tmp /var/tmp -name 'ks-script*'", ""},
		{"ls /etc/ssh/ssh_host_ed25519_key", "/etc/ssh/ssh_host_ed25519_key"},
	}
}
