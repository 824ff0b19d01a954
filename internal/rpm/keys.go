package rpm

import (
	"bufio"
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// maxKeyFile bounds a file of keys, in bytes.
const maxKeyFile = 4 << 20

// Keys are public keys to hold signatures against. Other than a pgp.Keyring,
// which judges what is signed today, they keep what rpm keeps: DSA and SHA-1
// of old distributions too. What a package signed with such a key is worth,
// Report.Trusted says.
type Keys struct {
	entities openpgp.EntityList
}

// ReadKeys reads public keys, armoured or binary, from all the readers.
func ReadKeys(readers ...io.Reader) (*Keys, error) {
	k := new(Keys)
	for i, r := range readers {
		data, err := io.ReadAll(io.LimitReader(r, maxKeyFile+1))
		if err == nil {
			err = k.add(data)
		}
		if err != nil {
			return nil, fmt.Errorf("key file %d: %w", i+1, err)
		}
	}
	return k, nil
}

// Len is the number of keys, not counting subkeys.
func (k *Keys) Len() int {
	if k == nil {
		return 0
	}
	return len(k.entities)
}

func (k *Keys) add(data []byte) error {
	if len(data) > maxKeyFile {
		return fmt.Errorf("longer than %d bytes: not a file of keys", maxKeyFile)
	}
	if !bytes.Contains(data, []byte("-----BEGIN PGP")) {
		return k.addBinary(bytes.NewReader(data))
	}
	in, found := bufio.NewReader(bytes.NewReader(data)), false
	for {
		block, err := armor.Decode(in)
		if errors.Is(err, io.EOF) && found {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading OpenPGP armour: %w", noEOF(err))
		}
		if block.Type != openpgp.PublicKeyType {
			return fmt.Errorf("a %s where a %s belongs", block.Type, openpgp.PublicKeyType)
		}
		if err := k.addBinary(block.Body); err != nil {
			return err
		}
		found = true
	}
}

func (k *Keys) addBinary(r io.Reader) error {
	entities, err := openpgp.ReadKeyRing(r)
	if err != nil {
		return fmt.Errorf("reading OpenPGP keys: %w", err)
	}
	if len(entities) == 0 {
		return errors.New("no OpenPGP key in it")
	}
	for _, e := range entities {
		if e.PrivateKey != nil {
			return fmt.Errorf("holds the secret key %X where public keys belong; export the public one with gpg --armor --export", e.PrimaryKey.Fingerprint)
		}
	}
	k.entities = append(k.entities, entities...)
	return nil
}

// key is a key or subkey with the certificate it is part of.
type key struct {
	*packet.PublicKey
	entity *openpgp.Entity
	subkey *openpgp.Subkey // nil for the primary key
}

// find returns the keys with the id that may sign. There may be several: an
// id is no proof of anything.
func (k *Keys) find(id uint64) (found []key) {
	if k == nil {
		return nil
	}
	for _, e := range k.entities {
		if e.PrimaryKey.KeyId == id && e.PrimaryKey.CanSign() {
			found = append(found, key{e.PrimaryKey, e, nil})
		}
		for i := range e.Subkeys {
			sub := &e.Subkeys[i]
			// A subkey that its primary key did not take in is nobody's.
			if _, err := sub.LatestValidBindingSignature(time.Time{}, anyAlgorithm(time.Time{})); err == nil && sub.PublicKey.KeyId == id && sub.PublicKey.CanSign() {
				found = append(found, key{sub.PublicKey, e, sub})
			}
		}
	}
	return found
}

// fault says why the key was not to be believed when it signed, empty when it
// was. A key that expired since has signed well.
func (k key) fault(made time.Time) string {
	config := anyAlgorithm(made)
	_, err := k.entity.VerifyPrimaryKey(made, config)
	if err == nil && k.subkey != nil {
		_, err = k.subkey.Verify(made, config)
	}
	if err != nil {
		return fmt.Sprintf("was not valid on %s: %v", made.UTC().Format(time.DateOnly), err)
	}
	return ""
}

// name is the key's fingerprint and its owner's name.
func (k key) name() string {
	s := fmt.Sprintf("%X", k.Fingerprint)
	if _, id := k.entity.PrimaryIdentity(time.Time{}, anyAlgorithm(time.Time{})); id != nil {
		s += fmt.Sprintf(" %q", id.Name)
	}
	return s
}

// anyAlgorithm judges certificates without a look at the strength of their
// algorithms: the key was chosen by who trusts it.
func anyAlgorithm(at time.Time) *packet.Config {
	return &packet.Config{
		Time:                      func() time.Time { return at },
		MinRSABits:                1024,
		RejectPublicKeyAlgorithms: map[packet.PublicKeyAlgorithm]bool{},
		RejectHashAlgorithms:      map[crypto.Hash]bool{},
	}
}
