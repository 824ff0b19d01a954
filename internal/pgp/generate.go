package pgp

import (
	"bytes"
	"crypto"
	"fmt"
	"io"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/ProtonMail/go-crypto/openpgp/s2k"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// Generate makes a signing key, EdDSA on Curve25519 in a version 4 packet,
// which every gpg since 2.1 and every rpm since 4.15 reads, and writes it
// armoured. It is dated at and never expires. An empty passphrase leaves it
// unlocked.
func Generate(name, comment, email string, at time.Time, passphrase []byte, w io.Writer) error {
	plain := false
	config := &packet.Config{
		Algorithm: packet.PubKeyAlgoEdDSA, Curve: packet.Curve25519,
		DefaultHash: crypto.SHA256, DefaultCipher: packet.CipherAES256,
		Time: at.UTC,
		// gpg 2.2 unlocks iterated and salted S2K, and nothing newer.
		S2KConfig:                             &s2k.Config{S2KMode: s2k.IteratedSaltedS2K, Hash: crypto.SHA256, S2KCount: 65011712},
		NonDeterministicSignaturesViaNotation: &plain,
	}
	e, err := openpgp.NewEntity(name, comment, email, config)
	if err != nil {
		return fmt.Errorf("making a signing key: %w", err)
	}
	// The library adds a subkey for encryption, which nobody needs here.
	e.Subkeys = nil
	if len(passphrase) > 0 {
		if err := e.EncryptPrivateKeys(passphrase, config); err != nil {
			return fmt.Errorf("locking the signing key %s failed", fingerprint(e.PrimaryKey.Fingerprint))
		}
	}
	var b bytes.Buffer
	if err := e.SerializePrivateWithoutSigning(&b, config); err != nil {
		return fmt.Errorf("writing the signing key: %w", err)
	}
	return enarmor(w, openpgp.PrivateKeyType, b.Bytes())
}
