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

// TestGPGAndSha256sumVerifyWhatIsPublished does what docs/publishing.md tells a
// reader of the mirror to do.
func TestGPGAndSha256sumVerifyWhatIsPublished(t *testing.T) {
	gpg, sha := judge.Program(t, "gpg"), judge.Program(t, "sha256sum")
	var secret, public bytes.Buffer
	must(t, pgp.Generate("Demo Releases", "", "releases@example.org", epoch, nil, &secret))
	signer, err := pgp.ReadSigner(&secret, nil)
	must(t, err)
	must(t, signer.PublicKey(&public))
	mirror := t.TempDir()
	o := beta1.options(t, t.TempDir(), mirror)
	o.Signer, o.PublicKey = signer, public.Bytes()
	_, err = Store(t.Context(), o)
	must(t, err)

	home, err := os.MkdirTemp("", "gpg") // a short path: gpg-agent's socket goes there
	must(t, err)
	defer os.RemoveAll(home)
	dir := filepath.Join(mirror, latest)
	run := func(name string, args ...string) (string, error) {
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GNUPGHOME="+home, "LC_ALL=C")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	defer run("gpgconf", "--kill", "all")
	if out, err := run(gpg, "--batch", "--import", KeyFile); err != nil {
		t.Fatalf("gpg --import: %v\n%s", err, out)
	}
	if out, err := run(gpg, "--batch", "--verify", SignatureFile, SumsFile); err != nil || !strings.Contains(out, "Good signature") {
		t.Errorf("gpg --verify: %v\n%s", err, out)
	}
	if out, err := run(sha, "--check", "--strict", SumsFile); err != nil {
		t.Errorf("sha256sum --check: %v\n%s", err, out)
	}
	must(t, os.WriteFile(filepath.Join(dir, SumsFile), []byte("changed\n"), 0o644))
	if out, err := run(gpg, "--batch", "--verify", SignatureFile, SumsFile); err == nil {
		t.Errorf("gpg accepts a changed list:\n%s", out)
	}
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
