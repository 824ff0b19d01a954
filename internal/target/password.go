package target

import (
	"crypto/pbkdf2"
	"crypto/sha512"
	"fmt"
	"io"

	"github.com/go-crypt/x/yescrypt"
)

// hashPassword makes the hash of a typed password as Debian's own passwd does:
// yescrypt with the default cost, "$y$j9T$", and 120 bits of salt. See crypt(5).
func hashPassword(random io.Reader, password string) (Secret, error) {
	salt := make([]byte, 15) // five letters of six bits each from three bytes: none left over
	if _, err := io.ReadFull(random, salt); err != nil {
		return "", err
	}
	hash, err := yescrypt.Hash([]byte(password), append([]byte("$y$j9T$"), yescrypt.Encode64(salt)...))
	return Secret(hash), err
}

// grubRounds is what grub-mkpasswd-pbkdf2 takes.
const grubRounds = 10000

// hashGRUB makes the hash of a password for GRUB's password_pbkdf2: PBKDF2 with
// HMAC-SHA-512, 64 bytes of salt and of key.
func hashGRUB(random io.Reader, password string) (Secret, error) {
	salt := make([]byte, 64)
	if _, err := io.ReadFull(random, salt); err != nil {
		return "", err
	}
	key, err := pbkdf2.Key(sha512.New, password, salt, grubRounds, sha512.Size)
	return Secret(fmt.Sprintf("grub.pbkdf2.sha512.%d.%X.%X", grubRounds, salt, key)), err
}
