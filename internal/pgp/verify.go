package pgp

import (
	"bytes"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// maxMessage bounds a clearsigned message and maxSignature a detached
// signature, in bytes. Debian's InRelease files have some 200 kB.
const (
	maxMessage   = 32 << 20
	maxSignature = 1 << 20
)

// VerifyError is a message none of whose signatures is good.
type VerifyError struct {
	Faults []SignatureFault
}

// SignatureFault is why one signature does not count.
type SignatureFault struct {
	Key     string // fingerprint or key id of the maker, upper-case hexadecimal; may be empty
	Unknown bool   // the ring has no such key
	Reason  string
}

func (e *VerifyError) Error() string {
	if len(e.Faults) == 0 {
		return "there is no signature in it"
	}
	parts := make([]string, len(e.Faults))
	unknown := true
	for i, f := range e.Faults {
		parts[i] = f.Reason
		if f.Key != "" {
			parts[i] = "key " + f.Key + " " + f.Reason
		}
		unknown = unknown && f.Unknown
	}
	s := "no good signature: " + strings.Join(parts, "; ")
	if unknown {
		s += "; if you trust it, add the key's file to keys = […] of this repository in version.toml"
	}
	return s
}

// VerifyClearsigned checks a message such as InRelease and returns the text
// its signatures cover, and who signed it: fingerprint and name. On an error
// there is no text.
func (k *Keyring) VerifyClearsigned(msg []byte, now time.Time) (text []byte, signer string, err error) {
	if len(msg) > maxMessage {
		return nil, "", fmt.Errorf("the signed message is longer than %d bytes", maxMessage)
	}
	text, digests, packets, err := splitClearsigned(msg)
	if err != nil {
		return nil, "", err
	}
	sigs, err := readSignatures(packets)
	if err != nil {
		return nil, "", err
	}
	for _, s := range sigs {
		s.clearText = true
		s.mustBeAnnounced(digests)
	}
	signer, err = k.judge(sigs, bytes.NewReader(canonical(text)), now)
	if err != nil {
		return nil, "", err
	}
	return text, signer, nil
}

// ClearText returns the text of a clearsigned message without looking at its
// signatures, for sources that are trusted as they are.
func ClearText(msg []byte) ([]byte, error) {
	if len(msg) > maxMessage {
		return nil, fmt.Errorf("the signed message is longer than %d bytes", maxMessage)
	}
	text, _, _, err := splitClearsigned(msg)
	return text, err
}

// VerifyDetached checks a message against a signature file, armoured or
// binary, such as Release.gpg, and returns who signed it: fingerprint and name.
func (k *Keyring) VerifyDetached(msg io.Reader, sig []byte, now time.Time) (signer string, err error) {
	if len(sig) > maxSignature {
		return "", fmt.Errorf("the signature is longer than %d bytes", maxSignature)
	}
	if bytes.Contains(sig, []byte(armorStart)) {
		if sig, err = dearmorAll(sig, sigType, false); err != nil {
			return "", err
		}
	}
	sigs, err := readSignatures(sig)
	if err != nil {
		return "", err
	}
	return k.judge(sigs, msg, now)
}

// judge reads the message once for all signatures and returns the maker of
// the first good one.
func (k *Keyring) judge(sigs []*signature, msg io.Reader, now time.Time) (string, error) {
	makers := make([]*openpgp.Entity, len(sigs))
	hashes := make([]hash.Hash, len(sigs))
	var writers []io.Writer
	for i, s := range sigs {
		if makers[i] = k.check(s, now); makers[i] == nil {
			continue
		}
		h, w, err := s.newHash()
		if err != nil {
			s.fail("%v", err)
			continue
		}
		hashes[i], writers = h, append(writers, w)
	}
	if len(writers) > 0 {
		if _, err := io.Copy(io.MultiWriter(writers...), msg); err != nil {
			return "", fmt.Errorf("reading the signed data: %w", err)
		}
	}
	verr := new(VerifyError)
	for i, s := range sigs {
		if hashes[i] != nil {
			if s.key.VerifySignature(hashes[i], s.Signature) == nil {
				return fingerprint(makers[i].PrimaryKey.Fingerprint) + " " + userID(makers[i]), nil
			}
			s.fail("did not sign this: the signature does not fit the data")
		}
		verr.Faults = append(verr.Faults, s.fault)
	}
	return "", verr
}
