package pgp

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const release = "Origin: Test\n- dash\n-----BEGIN PGP SIGNATURE-----\nSHA256:\n aa 1 main/x\n\nfrom here: on\n"

// gpg signs, we verify: each kind of key, clearsigned and detached.
func TestVerifyWhatGpgSigns(t *testing.T) {
	g := newGnupg(t)
	for _, algo := range []string{"rsa2048", "ed25519", "nistp256"} {
		t.Run(algo, func(t *testing.T) {
			k := ring(t, g.key(algo+"@test", algo, "1y"))
			text, signer, err := k.VerifyClearsigned([]byte(g.run(release, "-u", algo+"@test", "--clearsign")), now)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(release, string(text)); diff != "" {
				t.Error(diff)
			}
			if want := k.Fingerprints()[0] + " " + algo + "@test"; signer != want {
				t.Errorf("signer %q, want %q", signer, want)
			}
			for name, flags := range map[string][]string{
				"armoured": {"--armor", "--detach-sign"}, "binary": {"--detach-sign"}, "of text": {"--textmode", "--detach-sign"},
			} {
				sig := g.run(release, append([]string{"-u", algo + "@test"}, flags...)...)
				if _, err := k.VerifyDetached(strings.NewReader(release), []byte(sig), now); err != nil {
					t.Errorf("detached, %s: %v", name, err)
				}
				if _, err := k.VerifyDetached(strings.NewReader(release+"x"), []byte(sig), now); err == nil {
					t.Errorf("detached, %s: accepted for other data", name)
				}
			}
		})
	}
}

func TestVerifySubkeyAndManySigners(t *testing.T) {
	g := newGnupg(t)
	g.key("a@test", "ed25519", "1y")
	g.key("b@test", "rsa2048", "1y")
	fpr := ring(t, g.export("b@test")).Fingerprints()[0]
	g.run("", "--quick-add-key", fpr, "rsa2048", "sign", "1y")
	msg := []byte(g.runAt(now.Add(time.Hour), release, "-u", "a@test", "-u", "b@test", "--clearsign"))
	later := now.Add(2 * time.Hour)
	for name, keys := range map[string][]string{
		"both": {g.export("a@test"), g.export("b@test")}, "the first": {g.export("a@test")}, "the second's subkey": {g.export("b@test")},
	} {
		if _, _, err := ring(t, keys...).VerifyClearsigned(msg, later); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, _, err := new(Keyring).VerifyClearsigned(msg, later)
	var verr *VerifyError
	if !errors.As(err, &verr) || len(verr.Faults) != 2 || !verr.Faults[0].Unknown {
		t.Fatalf("got %v", err)
	}
	wants := []string{
		"no good signature: key ", ring(t, g.export("a@test")).Fingerprints()[0] + " is not among the trusted keys",
		"add the key's file to keys = […] of this repository in version.toml",
	}
	for _, want := range wants {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %q", want, err)
		}
	}
}

func TestSignaturesThatDoNotCount(t *testing.T) {
	g := newGnupg(t)
	k := ring(t, g.key("rsa@test", "rsa2048", "3m"))
	flags := []string{"-u", "rsa@test", "--clearsign"}
	sign := func(at time.Time, more ...string) string { return g.runAt(at, release, append(more, flags...)...) }
	good := sign(now)
	tests := map[string]struct {
		msg  string
		at   time.Time
		want string
	}{
		"SHA-1":                {sign(now, "--digest-algo", "SHA1"), now, "signed with SHA-1, a weak digest that is refused"},
		"RIPEMD-160":           {sign(now, "--digest-algo", "RIPEMD160"), now, "signed with RIPEMD-160, a weak digest that is refused"},
		"expired signature":    {sign(now, "--default-sig-expire", "2d"), now.AddDate(0, 0, 3), "made a signature on 2026-03-01 12:00:00 UTC that has expired"},
		"from the future":      {good, now.AddDate(0, 0, -3), "signed on 2026-03-01 12:00:00 UTC, which is in the future"},
		"key expired by now":   {good, now.AddDate(1, 0, 0), "expired on 2026-0"},
		"before the key":       {good, now.AddDate(-1, 0, 0), "which is in the future"},
		"other text":           {strings.Replace(good, "Test", "Jest", 1), now, "did not sign this: the signature does not fit the data"},
		"line added":           {strings.Replace(good, "SHA256:\n", "SHA256:\n bb 2 main/y\n", 1), now, "did not sign this"},
		"digest unannounced":   {strings.Replace(good, "Hash: SHA512", "Hash: SHA256", 1), now, "signed with SHA512, which the message's Hash header does not announce"},
		"text before":          {"Hello\n" + good, now, "text before the signed message"},
		"text after":           {good + "Hello\n", now, "text after the signed message"},
		"a second message":     {good + good, now, "text after the signed message"},
		"cut in the text":      {good[:80], now, "the signed message has no signature: it is cut short"},
		"cut in the signature": {good[:len(good)-60], now, "the signature does not end: the message is cut short"},
		"cut in the headers":   {signedStart + "\nHash: SHA256\n", now, "cut short in its headers"},
		"unknown header":       {strings.Replace(good, "Hash:", "Comment:", 1), now, "is not known"},
		"not dash-escaped":     {strings.Replace(good, "- - dash", "- - dash\n-bare", 1), now, `the line "-bare" is not dash-escaped`},
		"not signed":           {release, now, "not a clearsigned message"},
		"empty":                {"", now, "not a clearsigned message"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			text, signer, err := k.VerifyClearsigned([]byte(test.msg), test.at)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if text != nil || signer != "" || strings.Contains(err.Error(), "\n") {
				t.Errorf("text %q, signer %q, error %q", text, signer, err)
			}
		})
	}
	if _, _, err := k.VerifyClearsigned([]byte(good), now); err != nil {
		t.Errorf("the good one: %v", err)
	}
}

func TestRevokedKey(t *testing.T) {
	g := newGnupg(t)
	g.key("rev@test", "ed25519", "1y")
	msg := []byte(g.run(release, "-u", "rev@test", "--clearsign"))
	fpr := ring(t, g.export("rev@test")).Fingerprints()[0]
	// gpg keeps a certificate for the day it is needed, its frame disabled by a colon.
	cert := readFile(t, g.home+"/openpgp-revocs.d/"+fpr+".rev")
	g.run(strings.ReplaceAll(cert, ":-----BEGIN", "-----BEGIN"), "--import")
	_, _, err := ring(t, g.export("rev@test")).VerifyClearsigned(msg, now)
	if err == nil || err.Error() != "no good signature: key "+fpr+" is revoked" {
		t.Errorf("got %v", err)
	}
}

// What signatures do not cover may change, and nothing else: gpgv is asked
// about each change too. We may be stricter than it, never laxer.
func TestCanonicalTextAgreesWithGpgv(t *testing.T) {
	g := newGnupg(t)
	public := g.key("c@test", "ed25519", "1y")
	k := ring(t, public)
	good := g.runAt(time.Now().Add(-time.Hour), release, "--ignore-time-conflict", "--ignore-valid-from", "--digest-algo", "SHA512", "-u", "c@test", "--clearsign")
	tests := map[string]struct {
		old, new string
		stricter bool
	}{
		"untouched":                      {"", "", false},
		"blanks at the end of a line":    {"SHA256:\n", "SHA256: \t \n", false},
		"blank line with blanks":         {"x\n\n", "x\n \t\n", false},
		"CR LF in one line":              {"SHA256:\n", "SHA256:\r\n", false},
		"CR LF everywhere":               {"\n", "\r\n", false},
		"blanks before CR LF":            {"SHA256:\n", "SHA256: \r\n", false},
		"a blank more inside":            {"Origin: Test", "Origin:  Test", false},
		"a blank at a line's start":      {"SHA256:", " SHA256:", false},
		"form feed at the end of a line": {"SHA256:\n", "SHA256:\f\n", false},
		"NUL at the end of a line":       {"SHA256:\n", "SHA256:\x00\n", true},
		"line break more":                {"SHA256:\n", "SHA256:\n\n", false},
		"line break less":                {"x\n\n", "x\n", false},
		"line break more at the end":     {"on\n-----BEGIN", "on\n\n-----BEGIN", false},
		"bare CR inside":                 {"Origin: Test", "Origin:\rTest", false},
		"dash escape removed":            {"- - dash", "- dash", false},
		"needless dash escape":           {"SHA256:", "- SHA256:", false},
		"text in front":                  {signedStart, "x\n" + signedStart, true},
		"text behind":                    {"-----END PGP SIGNATURE-----\n", "-----END PGP SIGNATURE-----\nx\n", true},
		"headers gone":                   {"Hash: SHA512\n", "", false},
		"header with other digest":       {"Hash: SHA512\n", "Hash: SHA256\n", false},
		"second header":                  {"Hash: SHA512\n", "Hash: SHA512\nHash: SHA256\n", false},
		"unknown header":                 {"Hash: SHA512\n", "Hash: SHA512\nX: y\n", false},
	}
	if !strings.Contains(good, "Hash: SHA512\n") {
		t.Fatalf("gpg wrote another header:\n%s", good)
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			msg := []byte(strings.ReplaceAll(good, test.old, test.new))
			if test.old == "" {
				msg = []byte(good)
			}
			theirs := verdict(t, public, writeFile(t, msg))
			_, _, err := k.VerifyClearsigned(msg, time.Now())
			if ours := err == nil; ours != theirs && (ours || !test.stricter) {
				t.Errorf("gpgv accepts: %v; we: %v", theirs, err)
			}
		})
	}
}

func TestDetachedRefusesTextAround(t *testing.T) {
	g := newGnupg(t)
	k := ring(t, g.key("d@test", "ed25519", "1y"))
	sig := g.run(release, "-u", "d@test", "--armor", "--detach-sign")
	for name, bad := range map[string]string{"before": "x\n" + sig, "after": sig + "x\n", "between": sig + "x\n" + sig} {
		if _, err := k.VerifyDetached(strings.NewReader(release), []byte(bad), now); err == nil || !strings.Contains(err.Error(), "text outside of the PGP SIGNATURE") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := k.VerifyDetached(strings.NewReader(release), []byte(sig+"\n"+sig), now); err != nil {
		t.Errorf("two blocks: %v", err)
	}
	if _, err := k.VerifyDetached(strings.NewReader(release), nil, now); err == nil || err.Error() != "there is no signature in it" {
		t.Errorf("none: %v", err)
	}
}

func TestKeyringFiles(t *testing.T) {
	g := newGnupg(t)
	armoured := g.key("a@test", "ed25519", "1y")
	binary, err := dearmorAll([]byte(g.key("b@test", "ed25519", "1y")), "PGP PUBLIC KEY BLOCK", true)
	if err != nil {
		t.Fatal(err)
	}
	k, err := ReadKeyringFiles(writeFile(t, []byte("A key:\n"+armoured)), writeFile(t, binary))
	if err != nil || k.Len() != 2 {
		t.Fatalf("%d keys, %v", k.Len(), err)
	}
	both, err := ReadKeyring(bytes.NewReader(append([]byte(armoured), armoured...)))
	if err != nil || both.Len() != 2 {
		t.Fatalf("%d keys, %v", both.Len(), err)
	}
	for name, bad := range map[string]struct{ data, want string }{
		"secret":   {g.run("", "--armor", "--export-secret-keys", "a@test"), `"-----BEGIN PGP PRIVATE KEY BLOCK-----" where PGP PUBLIC KEY BLOCK is expected`},
		"keybox":   {readFile(t, g.home+"/pubring.kbx"), "is GnuPG's own keybox"},
		"damaged":  {strings.Replace(armoured, "\n=", "\n=A", 1), "its data is not base64"},
		"checksum": {strings.Replace(armoured, "mD", "mE", 1), "its checksum does not match"},
		"empty":    {"", "no OpenPGP key in it"},
		"noise":    {"hello", "reading OpenPGP keys"},
	} {
		if _, err := ReadKeyringFiles(writeFile(t, []byte(bad.data))); err == nil || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("%s: got %v, want %s", name, err, bad.want)
		}
	}
	_, err = ReadKeyringFiles("/nonexistent/1", "/nonexistent/2")
	if err == nil || strings.Count(err.Error(), "/nonexistent/") != 2 {
		t.Errorf("not all faults at once: %v", err)
	}
}

// FuzzVerify holds that no bytes but the good ones pass, and none panic.
func FuzzVerify(f *testing.F) {
	var secret, public, msg bytes.Buffer
	if err := Generate("F", "", "f@test", now, nil, &secret); err != nil {
		f.Fatal(err)
	}
	s, err := ReadSigner(&secret, nil)
	if err != nil {
		f.Fatal(err)
	}
	if err := errors.Join(s.PublicKey(&public), s.ClearSign(&msg, []byte(release), now)); err != nil {
		f.Fatal(err)
	}
	k := ring(f, public.String())
	f.Add(msg.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		text, _, err := k.VerifyClearsigned(data, now)
		if err == nil && string(text) != release {
			t.Errorf("a forged text passed: %q", text)
		}
		_, _ = k.VerifyDetached(strings.NewReader(release), data, now)
		_, _ = ReadKeyring(bytes.NewReader(data))
		_, _ = ReadSigner(bytes.NewReader(data), nil)
	})
}
