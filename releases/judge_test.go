package releases

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/pgp"
)

// TestPublishingAsDocumented runs the commands of docs/publishing.md: GnuPG
// makes the key, Store publishes with it, GnuPG and coreutils verify.
func TestPublishingAsDocumented(t *testing.T) {
	judge.Program(t, "gpg")
	judge.Program(t, "sha256sum")
	keys, mirror := t.TempDir(), t.TempDir()
	home, err := os.MkdirTemp("", "gpg") // a short path: gpg-agent's socket goes there
	must(t, err)
	defer func() { must(t, os.RemoveAll(home)) }()
	run := func(dir, command string) (string, error) {
		cmd := exec.Command("sh", "-c", command)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GNUPGHOME="+home, "LC_ALL=C")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	defer run(keys, "gpgconf --kill all")
	making, verifying := documented(t, "## A key of your own"), documented(t, "## What a reader")
	if len(making) != 3 || len(verifying) != 3 {
		t.Fatalf("commands in docs/publishing.md: %q, %q", making, verifying)
	}
	for _, command := range making {
		quiet := strings.Replace(command, "gpg ", "gpg --batch --pinentry-mode loopback --passphrase 'open sesame' ", 1)
		if out, err := run(keys, quiet); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
	}

	secret, err := os.Open(filepath.Join(keys, "releases-secret.asc"))
	must(t, err)
	defer func() { must(t, secret.Close()) }()
	signer, err := pgp.ReadSigner(secret, func() ([]byte, error) { return []byte("open sesame"), nil })
	must(t, err)
	var public bytes.Buffer
	must(t, signer.PublicKey(&public))
	o := beta1.options(t, t.TempDir(), mirror)
	o.Signer, o.PublicKey = signer, public.Bytes()
	_, err = Store(t.Context(), o)
	must(t, err)

	dir := filepath.Join(mirror, latest)
	out, err := run(dir, "gpgconf --kill all; rm -rf \"$GNUPGHOME\"/*; gpg --import signing-key.asc; cp signing-key.asc releases-public.asc")
	if err != nil {
		t.Fatalf("gpg --import signing-key.asc: %v\n%s", err, out)
	}
	for _, command := range verifying {
		if out, err := run(dir, command); err != nil || strings.Contains(command, "--verify") && !strings.Contains(out, "Good signature") {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
	}
	must(t, os.WriteFile(filepath.Join(dir, SumsFile), []byte("changed\n"), 0o644))
	if out, err := run(dir, verifying[1]); err == nil {
		t.Errorf("gpg accepts a changed list:\n%s", out)
	}
}

// documented takes the gpg and sha256sum commands under a heading.
func documented(t *testing.T, heading string) (commands []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(judge.Repository(t), "docs", "publishing.md"))
	must(t, err)
	_, part, _ := strings.Cut(string(text), "\n"+heading)
	part, _, _ = strings.Cut(part, "\n## ")
	for line := range strings.SplitSeq(part, "\n") {
		if strings.HasPrefix(line, "    gpg ") || strings.HasPrefix(line, "    sha256sum ") {
			commands = append(commands, strings.TrimSpace(line))
		}
	}
	return commands
}

// TestRealDiskFull publishes to a file system of one MiB, both when it is known
// to be too small beforehand and when it fills up on the way.
func TestRealDiskFull(t *testing.T) {
	judge.Root(t)
	mirror := t.TempDir()
	if err := syscall.Mount("tmpfs", mirror, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("no file system can be mounted here: %v", err)
	}
	defer func() { must(t, syscall.Unmount(mirror, 0)) }()
	o := beta1.options(t, t.TempDir(), mirror)
	fails := func(want string) {
		t.Helper()
		_, err := Store(t.Context(), o)
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
		if tree := listTree(t, mirror); len(tree) != 1 {
			t.Errorf("left behind: %v", tree)
		}
	}
	fails("nothing has been published: the release needs 3 MiB more there and ")
	small := beta1
	small.size = 700_000
	o = small.options(t, t.TempDir(), mirror)
	o.fault = func(step string) error {
		if strings.HasPrefix(step, "copy") { // somebody else fills the disk meanwhile
			return os.WriteFile(filepath.Join(mirror, temporary(small.name()), ".other"), make([]byte, 600_000), 0o600)
		}
		return nil
	}
	fails("nothing has been published: ")
}
