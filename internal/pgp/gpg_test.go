package pgp

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/judge"
)

// now is the clock of these tests; keys and signatures are dated around it.
var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// gnupg is a real gpg with a home of its own.
type gnupg struct {
	t    testing.TB
	home string
	gpg  string
}

func newGnupg(t testing.TB) *gnupg {
	t.Helper()
	g := &gnupg{t: t, gpg: judge.Program(t, "gpg")}
	conf := judge.Program(t, "gpgconf")
	// Not t.TempDir: the agent's socket needs a short path.
	home, err := os.MkdirTemp("", "pgp")
	if err != nil {
		t.Fatal(err)
	}
	g.home = home
	t.Cleanup(func() {
		_ = exec.Command(conf, "--homedir", home, "--kill", "all").Run()
		_ = os.RemoveAll(home)
	})
	return g
}

// run runs gpg at the tests' time and returns what it prints.
func (g *gnupg) run(stdin string, args ...string) string { return g.runAt(now, stdin, args...) }

func (g *gnupg) runAt(at time.Time, stdin string, args ...string) string {
	g.t.Helper()
	args = append([]string{
		"--homedir", g.home, "--batch", "--quiet", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "",
		"--faked-system-time", at.Format("20060102T150405!"),
	}, args...)
	cmd := exec.Command(g.gpg, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		g.t.Fatalf("gpg %q: %v\n%s", args, err, errs.String())
	}
	return out.String()
}

// key makes a signing key, valid for the given time, and returns its public part.
func (g *gnupg) key(uid, algo, expire string) string {
	g.t.Helper()
	g.runAt(now.AddDate(0, -1, 0), "", "--quick-generate-key", uid, algo, "sign", expire)
	return g.export(uid)
}

func (g *gnupg) export(uid string) string { return g.run("", "--armor", "--export", uid) }

// verdict asks gpgv whether the message is well signed by a key of the ring,
// as apt would: a good signature, by a key that has not expired.
func verdict(t testing.TB, public string, args ...string) bool {
	t.Helper()
	gpgv := judge.Program(t, "gpgv")
	ring := filepath.Join(t.TempDir(), "ring.gpg")
	binary, err := dearmorAll([]byte(public), "PGP PUBLIC KEY BLOCK", true)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(ring, binary, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(gpgv, append([]string{"--status-fd", "1", "--keyring", ring}, args...)...)
	out, err := cmd.Output()
	return err == nil && bytes.Contains(out, []byte("[GNUPG:] GOODSIG "))
}

func writeFile(t testing.TB, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func ring(t testing.TB, keys ...string) *Keyring {
	t.Helper()
	k := new(Keyring)
	for _, key := range keys {
		if err := k.add(strings.NewReader(key)); err != nil {
			t.Fatal(err)
		}
	}
	return k
}
