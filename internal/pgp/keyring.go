package pgp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// maxKeyFile bounds a file of keys, in bytes. Debian's whole keyring has 60 kB.
const maxKeyFile = 4 << 20

// Keyring is a set of trusted public keys.
type Keyring struct {
	keys openpgp.EntityList
}

// ReadKeyring reads public keys, armoured or binary, from all the readers.
func ReadKeyring(readers ...io.Reader) (*Keyring, error) {
	k := new(Keyring)
	for i, r := range readers {
		if err := k.add(r); err != nil {
			return nil, fmt.Errorf("key file %d: %w", i+1, err)
		}
	}
	return k, nil
}

// ReadKeyringFiles reads public keys, armoured or binary, from files. All that
// is wrong with any of them is reported at once.
func ReadKeyringFiles(paths ...string) (*Keyring, error) {
	k := new(Keyring)
	var faults []error
	for _, path := range paths {
		if err := k.addFile(path); err != nil {
			faults = append(faults, err)
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return k, nil
}

func (k *Keyring) addFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("reading keys: %w", err)
	}
	defer f.Close()
	if err := k.add(f); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// Len is the number of keys, not counting subkeys.
func (k *Keyring) Len() int {
	if k == nil {
		return 0
	}
	return len(k.keys)
}

// Fingerprints returns the keys' fingerprints, in upper-case hexadecimal.
func (k *Keyring) Fingerprints() []string {
	if k == nil {
		return nil
	}
	out := make([]string, len(k.keys))
	for i, e := range k.keys {
		out[i] = fingerprint(e.PrimaryKey.Fingerprint)
	}
	return out
}

func (k *Keyring) add(r io.Reader) error {
	entities, err := readEntities(r, openpgp.PublicKeyType)
	if err != nil {
		return err
	}
	for _, e := range entities {
		if e.PrivateKey != nil {
			return fmt.Errorf("holds the secret key %s where public keys belong; export the public one with gpg --armor --export", fingerprint(e.PrimaryKey.Fingerprint))
		}
	}
	k.keys = append(k.keys, entities...)
	return nil
}

// readEntities reads keys from armour of the wanted type, or from binary.
func readEntities(r io.Reader, armorType string) (openpgp.EntityList, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxKeyFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxKeyFile {
		return nil, fmt.Errorf("longer than %d bytes: not a file of keys", maxKeyFile)
	}
	if len(data) >= 12 && string(data[8:12]) == "KBXf" {
		return nil, errors.New("is GnuPG's own keybox; export the keys from it with gpg --armor --export")
	}
	if bytes.Contains(data, []byte(armorStart)) {
		if data, err = dearmorAll(data, armorType, true); err != nil {
			return nil, err
		}
	}
	entities, err := openpgp.ReadKeyRing(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("reading OpenPGP keys: %w", err)
	}
	if len(entities) == 0 {
		return nil, errors.New("no OpenPGP key in it")
	}
	return entities, nil
}

// userID is the name to show for a key: the one its owner marked as primary,
// else the first in alphabetical order.
func userID(e *openpgp.Entity) string {
	names := make([]string, 0, len(e.Identities))
	for name := range e.Identities {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, sig := range e.Identities[name].SelfCertifications {
			if sig.Packet != nil && sig.Packet.IsPrimaryId != nil && *sig.Packet.IsPrimaryId {
				return printable(name)
			}
		}
	}
	if len(names) == 0 {
		return "without a name"
	}
	return printable(names[0])
}

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, s)
}

func fingerprint(b []byte) string { return fmt.Sprintf("%X", b) }
