package pgp

import (
	"bytes"
	"crypto"
	_ "crypto/sha256" // the digest of what we sign
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// Signer signs with one secret key.
type Signer struct {
	entity *openpgp.Entity
}

// ReadSigner reads a secret key, armoured or binary. passphrase is asked only
// when the key is locked; it may be nil. Neither key nor passphrase ever stands
// in an error.
func ReadSigner(r io.Reader, passphrase func() ([]byte, error)) (*Signer, error) {
	entities, err := readEntities(r, openpgp.PrivateKeyType)
	if err != nil {
		return nil, fmt.Errorf("reading the signing key: %w", err)
	}
	if len(entities) != 1 {
		return nil, fmt.Errorf("reading the signing key: %d keys in one file; keep the one that signs", len(entities))
	}
	e := entities[0]
	if err := checkSigningKey(e); err != nil {
		return nil, fmt.Errorf("signing key %s: %w", fingerprint(e.PrimaryKey.Fingerprint), err)
	}
	if locked(e) {
		if err := unlock(e, passphrase); err != nil {
			return nil, fmt.Errorf("signing key %s: %w", fingerprint(e.PrimaryKey.Fingerprint), err)
		}
	}
	return &Signer{e}, nil
}

// checkSigningKey refuses keys that gpg or rpm would not read, and algorithms
// whose signatures differ each time.
func checkSigningKey(e *openpgp.Entity) error {
	switch {
	case e.PrivateKey == nil:
		return errors.New("is a public key; the secret one is needed to sign")
	case e.PrimaryKey.Version != 4:
		return fmt.Errorf("is of version %d; gpg and rpm read version 4", e.PrimaryKey.Version)
	}
	switch e.PrimaryKey.PubKeyAlgo {
	case packet.PubKeyAlgoRSA, packet.PubKeyAlgoEdDSA:
		return nil
	}
	return fmt.Errorf("is of algorithm %d; use RSA (1) or EdDSA with Curve25519 (22), which gpg and rpm read and which sign the same way twice", e.PrimaryKey.PubKeyAlgo)
}

func locked(e *openpgp.Entity) bool {
	return e.PrivateKey.Encrypted || slices.ContainsFunc(e.Subkeys, func(s openpgp.Subkey) bool {
		return s.PrivateKey != nil && s.PrivateKey.Encrypted
	})
}

func unlock(e *openpgp.Entity, passphrase func() ([]byte, error)) error {
	if passphrase == nil {
		return errors.New("is locked and there is no passphrase for it")
	}
	secret, err := passphrase()
	if err != nil {
		return fmt.Errorf("asking for its passphrase: %w", err)
	}
	defer clear(secret)
	if err := e.DecryptPrivateKeys(secret); err != nil {
		// What the library says could describe the secret; this says enough.
		return errors.New("the passphrase does not unlock it")
	}
	return nil
}

// Fingerprint is the key's, in upper-case hexadecimal.
func (s *Signer) Fingerprint() string { return fingerprint(s.entity.PrimaryKey.Fingerprint) }

// UserID is the name on the key.
func (s *Signer) UserID() string { return userID(s.entity) }

// PublicKey writes the public key, armoured.
func (s *Signer) PublicKey(w io.Writer) error {
	var b bytes.Buffer
	if err := s.serialize(&b); err != nil {
		return fmt.Errorf("writing the public key: %w", err)
	}
	return enarmor(w, openpgp.PublicKeyType, b.Bytes())
}

// serialize does what Entity.Serialize does, with the names in an order.
func (s *Signer) serialize(w io.Writer) error {
	e := s.entity
	err := e.PrimaryKey.Serialize(w)
	for _, sig := range slices.Concat(e.Revocations, e.DirectSignatures) {
		err = errors.Join(err, sig.Packet.Serialize(w))
	}
	names := make([]string, 0, len(e.Identities))
	for name := range e.Identities {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		err = errors.Join(err, e.Identities[name].Serialize(w))
	}
	for i := range e.Subkeys {
		err = errors.Join(err, e.Subkeys[i].Serialize(w, false))
	}
	return err
}

// ClearSign writes text in a signed frame, dated at. Blanks at the ends of
// lines, which signatures do not cover, are left out; so is the difference
// between text with and without a final line break.
func (s *Signer) ClearSign(w io.Writer, text []byte, at time.Time) error {
	text = trimLines(text)
	sig, err := s.sign(packet.SigTypeText, at, func(h hash.Hash) error {
		_, err := h.Write(canonical(text))
		return err
	})
	if err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString(signedStart + "\nHash: SHA256\n\n")
	for line := range bytes.Lines(text) {
		if line[0] == '-' {
			b.WriteString("- ")
		}
		b.Write(line)
	}
	if err := enarmor(&b, sigType, sig); err != nil {
		return err
	}
	_, err = b.WriteTo(w)
	return err
}

func trimLines(text []byte) []byte {
	out := make([]byte, 0, len(text)+1)
	for line := range bytes.Lines(text) {
		out = append(append(out, bytes.TrimRight(line, " \t\r\n")...), '\n')
	}
	return out
}

// Detached writes an armoured signature over msg, dated at.
func (s *Signer) Detached(w io.Writer, msg io.Reader, at time.Time) error {
	sig, err := s.sign(packet.SigTypeBinary, at, func(h hash.Hash) error {
		_, err := io.Copy(h, msg)
		return err
	})
	if err != nil {
		return err
	}
	return enarmor(w, sigType, sig)
}

// sign makes a signature packet over what feed writes. Without notations it
// depends on nothing but the key, the data and the date.
func (s *Signer) sign(kind packet.SignatureType, at time.Time, feed func(hash.Hash) error) ([]byte, error) {
	key, err := s.keyAt(at)
	if err != nil {
		return nil, err
	}
	plain := false
	config := &packet.Config{
		DefaultHash: crypto.SHA256, Time: func() time.Time { return at },
		NonDeterministicSignaturesViaNotation: &plain,
	}
	sig := &packet.Signature{
		Version: key.Version, SigType: kind, PubKeyAlgo: key.PubKeyAlgo, Hash: crypto.SHA256,
		CreationTime: at.UTC().Truncate(time.Second),
		IssuerKeyId:  &key.KeyId, IssuerKeyVersion: uint8(key.Version), IssuerFingerprint: key.Fingerprint,
	}
	h := crypto.SHA256.New()
	if err := feed(h); err != nil {
		return nil, fmt.Errorf("reading what is to be signed: %w", err)
	}
	if err := sig.Sign(h, key, config); err != nil {
		return nil, fmt.Errorf("signing with key %s: %w", s.Fingerprint(), err)
	}
	var b bytes.Buffer
	if err := sig.Serialize(&b); err != nil {
		return nil, fmt.Errorf("writing the signature of key %s: %w", s.Fingerprint(), err)
	}
	return b.Bytes(), nil
}

// keyAt picks the newest signing subkey, or the primary key. Everybody refuses
// a signature older than its key, so we do not make one.
func (s *Signer) keyAt(at time.Time) (*packet.PrivateKey, error) {
	if made := s.entity.PrimaryKey.CreationTime; at.Before(made) {
		return nil, fmt.Errorf("signing key %s was made on %s, after the date to sign with, %s: gpg and apt would refuse the signature; move [release] date or use an older key", s.Fingerprint(), stamp(made), stamp(at))
	}
	config := &packet.Config{Time: func() time.Time { return at }}
	if _, err := s.entity.VerifyPrimaryKey(at, config); err != nil {
		return nil, fmt.Errorf("signing key %s: not usable on %s: %w", s.Fingerprint(), stamp(at), err)
	}
	key, ok := s.entity.SigningKey(at, config)
	if !ok || key.PrivateKey == nil || key.PrivateKey.Dummy() {
		return nil, fmt.Errorf("signing key %s: no secret part that may sign on %s", s.Fingerprint(), stamp(at))
	}
	return key.PrivateKey, nil
}
