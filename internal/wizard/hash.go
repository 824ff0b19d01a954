package wizard

import (
	"crypto/sha512"
	"fmt"
	"io"

	"github.com/go-crypt/x/crypt"
)

// letters are those of a salt, in crypt(5)'s order.
const letters = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// rounds is what sha512-crypt does where a hash doesn't say.
const rounds = 5000

// hash makes a password's sha512-crypt hash with a salt of 96 bits, as "openssl
// passwd -6" and mkpasswd(1) write it.
func hash(random io.Reader, password string) (string, error) {
	salt := make([]byte, 16)
	if _, err := io.ReadFull(random, salt); err != nil {
		return "", fmt.Errorf("make a salt for the password: %w", err)
	}
	for i, b := range salt {
		salt[i] = letters[b&63]
	}
	return sha512Crypt(password, string(salt)), nil
}

func sha512Crypt(password, salt string) string {
	return "$6$" + salt + "$" + string(crypt.KeySHACrypt(sha512.New, []byte(password), []byte(salt), rounds))
}
