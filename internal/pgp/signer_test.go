package pgp

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func readFile(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func generate(t testing.TB, passphrase string) string {
	t.Helper()
	var b bytes.Buffer
	if err := Generate("Demo Key", "published, trust nothing", "demo@example.org", now, []byte(passphrase), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func signer(t testing.TB, secret string) (*Signer, string) {
	t.Helper()
	s, err := ReadSigner(strings.NewReader(secret), nil)
	if err != nil {
		t.Fatal(err)
	}
	var public bytes.Buffer
	if err := s.PublicKey(&public); err != nil {
		t.Fatal(err)
	}
	return s, public.String()
}

// Our keys and signatures before gpg and gpgv; gpg's keys in our hands.
func TestGpgAcceptsOurSignatures(t *testing.T) {
	g := newGnupg(t)
	g.key("gpg rsa <rsa@test>", "rsa2048", "0")
	g.key("gpg ed <ed@test>", "ed25519", "0")
	secrets := map[string]string{
		"our own key": generate(t, ""), "gpg's RSA key": g.run("", "--armor", "--export-secret-keys", "rsa@test"),
		"gpg's EdDSA key, binary": g.run("", "--export-secret-keys", "ed@test"),
	}
	texts := map[string]string{
		"a release": release, "no final line break": "a\nb", "blanks at line ends": "a \t\n- b\r\n\n", "empty": "", "dashes": "-\n--\n- -\n-----END PGP SIGNATURE-----\n",
	}
	for name, secret := range secrets {
		t.Run(name, func(t *testing.T) {
			s, public := signer(t, secret)
			for text, data := range texts {
				var message, again, detached bytes.Buffer
				err := errors.Join(s.ClearSign(&message, []byte(data), now), s.ClearSign(&again, []byte(data), now), s.Detached(&detached, strings.NewReader(data), now))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(message.String(), again.String()); diff != "" {
					t.Errorf("%s: two signatures differ: %s", text, diff)
				}
				if !verdict(t, public, writeFile(t, message.Bytes())) {
					t.Errorf("%s: gpgv denies\n%s", text, message.String())
				}
				if !verdict(t, public, writeFile(t, detached.Bytes()), writeFile(t, []byte(data))) {
					t.Errorf("%s: gpgv denies the detached signature\n%s", text, detached.String())
				}
				if _, _, err := ring(t, public).VerifyClearsigned(message.Bytes(), now); err != nil {
					t.Errorf("%s: we deny our own: %v", text, err)
				}
			}
		})
	}
}

func TestGpgImportsOurKeys(t *testing.T) {
	g := newGnupg(t)
	secret := generate(t, "open sesame")
	g.run(secret, "--import")
	listed := g.run("", "--with-colons", "--list-secret-keys")
	s, err := ReadSigner(strings.NewReader(secret), func() ([]byte, error) { return []byte("open sesame"), nil })
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{s.Fingerprint(), "Demo Key (published, trust nothing) <demo@example.org>", "ed25519"} {
		if !strings.Contains(listed, want) {
			t.Errorf("gpg does not list %q:\n%s", want, listed)
		}
	}
	// gpg unlocks it with the same passphrase and signs; we read that.
	sig := g.run(release, "--passphrase", "open sesame", "--armor", "--detach-sign")
	var public bytes.Buffer
	if err := s.PublicKey(&public); err != nil {
		t.Fatal(err)
	}
	if _, err := ring(t, public.String()).VerifyDetached(strings.NewReader(release), []byte(sig), now); err != nil {
		t.Error(err)
	}
}

func TestReadSignerFaults(t *testing.T) {
	locked := generate(t, "open sesame")
	_, public := signer(t, generate(t, ""))
	wrong := func() ([]byte, error) { return []byte("hunter2"), nil }
	tests := map[string]struct {
		secret     string
		passphrase func() ([]byte, error)
		want       string
	}{
		"no passphrase":    {locked, nil, "is locked and there is no passphrase for it"},
		"wrong passphrase": {locked, wrong, "the passphrase does not unlock it"},
		"passphrase fails": {locked, func() ([]byte, error) { return nil, errors.New("PRODUCT_KEY is not set") }, "asking for its passphrase: PRODUCT_KEY is not set"},
		"public key":       {public, nil, `"-----BEGIN PGP PUBLIC KEY BLOCK-----" where PGP PRIVATE KEY BLOCK is expected`},
		"two keys":         {generate(t, "") + generate(t, ""), nil, "2 keys in one file; keep the one that signs"},
		"no key":           {"", nil, "no OpenPGP key in it"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := ReadSigner(strings.NewReader(test.secret), test.passphrase)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %s", err, test.want)
			}
			for _, secret := range []string{"hunter2", "sesame"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the passphrase stands in %q", err)
				}
			}
		})
	}
}

func TestNoSignatureOlderThanItsKey(t *testing.T) {
	s, _ := signer(t, generate(t, ""))
	err := s.ClearSign(&bytes.Buffer{}, []byte("x"), now.AddDate(0, 0, -1))
	if err == nil || !strings.Contains(err.Error(), "was made on 2026-03-01 12:00:00 UTC, after the date to sign with, 2026-02-28 12:00:00 UTC") {
		t.Errorf("got %v", err)
	}
	if err := s.Detached(&bytes.Buffer{}, strings.NewReader("x"), now.Add(time.Nanosecond)); err != nil {
		t.Error(err)
	}
}

func TestPublicKeyIsTheSameEachTime(t *testing.T) {
	g := newGnupg(t)
	g.key("one <a@test>", "rsa2048", "0")
	for _, uid := range []string{"two <b@test>", "three <c@test>", "four <d@test>"} {
		g.run("", "--quick-add-uid", "a@test", uid)
	}
	secret := g.run("", "--armor", "--export-secret-keys", "a@test")
	_, first := signer(t, secret)
	for range 10 {
		if _, again := signer(t, secret); again != first {
			t.Fatal("the public key was written in another order")
		}
	}
	if !strings.Contains(first, "\n=") {
		t.Error("no checksum line, which rpm needs")
	}
}
