package target

import (
	"bytes"
	"encoding/hex"
	"os/exec"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
)

// The C library's crypt says that the hash is of the password.
func TestHashIsWhatCryptMakes(t *testing.T) {
	perl := judge.Program(t, "perl")
	for _, password := range []string{"changeme", "", "with blanks, ä and 日本", strings.Repeat("long", 100)} {
		hash, err := hashPassword(zeroes{}, password)
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(perl, "-e", "print crypt($ARGV[0], $ARGV[1])", password, string(hash)).Output()
		if err != nil {
			t.Fatal(err)
		}
		if string(out) != string(hash) {
			t.Errorf("%q: ours %s, crypt's %s", password, string(hash), out)
		}
		if !strings.HasPrefix(string(hash), "$y$j9T$") {
			t.Errorf("%s does not have Debian's parameters", string(hash))
		}
	}
}

// GRUB's own program makes the same hash of the same salt.
func TestHashIsWhatGRUBMakes(t *testing.T) {
	cmd := exec.Command(judge.Program(t, "grub-mkpasswd-pbkdf2"))
	cmd.Stdin = strings.NewReader("changeme\nchangeme\n")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	_, theirs, found := strings.Cut(string(out), "password is ")
	if theirs = strings.TrimSpace(theirs); !found {
		t.Fatalf("grub-mkpasswd-pbkdf2 says %s", out)
	}
	salt, err := hex.DecodeString(strings.Split(theirs, ".")[4])
	if err != nil {
		t.Fatal(err)
	}
	ours, err := hashGRUB(bytes.NewReader(salt), "changeme")
	if err != nil {
		t.Fatal(err)
	}
	if string(ours) != theirs {
		t.Errorf("ours %s, GRUB's %s", string(ours), theirs)
	}
}
