package pgp

import (
	"bytes"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

const (
	// maxSignatures bounds the work one message can ask for.
	maxSignatures = 32
	// clockSkew is how far a signature's date may lie ahead of our clock.
	clockSkew = 24 * time.Hour

	tagSignature = 2
	tagMarker    = 10
)

// weakDigests are the hash algorithms (RFC 9580 §9.5) that are refused.
var weakDigests = map[byte]string{1: "MD5", 2: "SHA-1", 3: "RIPEMD-160"}

// signature is one signature of a message and what became of it.
type signature struct {
	*packet.Signature                   // nil when it could not be read
	key               *packet.PublicKey // the key that made it, once found
	clearText         bool              // the message is canonical text already
	fault             SignatureFault
}

func (s *signature) fail(format string, args ...any) {
	s.fault.Reason = fmt.Sprintf(format, args...)
}

// readSignatures reads a sequence of signature packets. One that is of an
// unknown kind does not spoil the others.
func readSignatures(data []byte) ([]*signature, error) {
	var sigs []*signature
	packets := packet.NewOpaqueReader(bytes.NewReader(data))
	for {
		p, err := packets.Next()
		if errors.Is(err, io.EOF) {
			return sigs, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading the signatures: %w", err)
		}
		switch {
		case p.Tag == tagMarker:
		case p.Tag != tagSignature:
			return nil, fmt.Errorf("an OpenPGP packet of type %d where signatures are expected", p.Tag)
		case len(sigs) == maxSignatures:
			return nil, fmt.Errorf("more than %d signatures", maxSignatures)
		default:
			sigs = append(sigs, readSignature(p))
		}
	}
}

func readSignature(p *packet.OpaquePacket) *signature {
	s := new(signature)
	body := p.Contents
	parsed, err := p.Parse()
	if sig, ok := parsed.(*packet.Signature); ok && err == nil {
		s.Signature = sig
		s.fault.Key = issuer(sig)
	}
	switch {
	case len(body) > 3 && body[0] == 4 && weakDigests[body[3]] != "":
		s.fail("signed with %s, a weak digest that is refused", weakDigests[body[3]])
		s.Signature = nil
	case s.Signature == nil && err == nil:
		s.fail("made a signature that cannot be read")
	case err != nil:
		s.fail("a signature that cannot be read: %v", err)
	}
	return s
}

// mustBeAnnounced holds a signature to the Hash headers of its message, as gpgv
// does, which hashes the text with nothing else.
func (s *signature) mustBeAnnounced(digests string) {
	if s.Signature == nil {
		return
	}
	name := strings.Replace(s.Hash.String(), "SHA-", "SHA", 1)
	if !strings.Contains(digests, ","+name+",") {
		s.fail("signed with %s, which the message's Hash header does not announce", name)
		s.Signature = nil
	}
}

func issuer(sig *packet.Signature) string {
	switch {
	case len(sig.IssuerFingerprint) > 0:
		return fingerprint(sig.IssuerFingerprint)
	case sig.IssuerKeyId != nil:
		return fmt.Sprintf("%016X", *sig.IssuerKeyId)
	}
	return ""
}

// newHash returns the hash that the signature is made of and the writer that
// the message goes to.
func (s *signature) newHash() (hash.Hash, io.Writer, error) {
	h, err := s.PrepareVerify()
	if err != nil {
		return nil, nil, err
	}
	if s.SigType == packet.SigTypeText && !s.clearText {
		return h, openpgp.NewCanonicalTextHash(h), nil
	}
	return h, h, nil
}

// check finds the signature's maker in the ring and holds the signature and
// the key against the clock. It returns nil, with the fault noted, when the
// signature cannot count.
func (k *Keyring) check(s *signature, now time.Time) *openpgp.Entity {
	if s.Signature == nil {
		return nil
	}
	maker := k.find(s)
	if maker == nil {
		s.fault.Unknown = true
		s.fail("is not among the trusted keys")
		return nil
	}
	if reason := s.datesFault(now); reason != "" {
		s.fail("%s", reason)
		return nil
	}
	if reason := keyFault(maker, s.key, now); reason != "" {
		s.fail("%s", reason)
		return nil
	}
	return maker
}

// find looks the maker up by fingerprint, or by key id where the signature
// gives no more.
func (k *Keyring) find(s *signature) *openpgp.Entity {
	if k == nil {
		return nil
	}
	matches := func(p *packet.PublicKey) bool {
		if len(s.IssuerFingerprint) > 0 {
			return bytes.Equal(p.Fingerprint, s.IssuerFingerprint)
		}
		return s.IssuerKeyId != nil && p.KeyId == *s.IssuerKeyId
	}
	for _, e := range k.keys {
		if matches(e.PrimaryKey) {
			s.key = e.PrimaryKey
			return e
		}
		for i := range e.Subkeys {
			if matches(e.Subkeys[i].PublicKey) {
				s.key = e.Subkeys[i].PublicKey
				return e
			}
		}
	}
	return nil
}

func (s *signature) datesFault(now time.Time) string {
	switch made := s.CreationTime; {
	case s.SigType != packet.SigTypeBinary && s.SigType != packet.SigTypeText:
		return fmt.Sprintf("made a signature of type 0x%02x, which is none over a document", byte(s.SigType))
	case made.After(now.Add(clockSkew)):
		return fmt.Sprintf("signed on %s, which is in the future (this machine's clock says %s)", stamp(made), stamp(now))
	case made.Before(s.key.CreationTime):
		return fmt.Sprintf("signed on %s, before the key was made on %s", stamp(made), stamp(s.key.CreationTime))
	case s.SigExpired(now):
		return fmt.Sprintf("made a signature on %s that has expired", stamp(made))
	}
	for _, n := range s.Notations {
		if n.IsCritical {
			return fmt.Sprintf("made a signature with the critical notation %q, which is not known", n.Name)
		}
	}
	return ""
}

// keyFault says why a key must not be believed now, empty when it may.
func keyFault(e *openpgp.Entity, key *packet.PublicKey, now time.Time) string {
	config := &packet.Config{Time: func() time.Time { return now }}
	self, err := e.VerifyPrimaryKey(now, config)
	if err == nil && key != e.PrimaryKey {
		for i := range e.Subkeys {
			if e.Subkeys[i].PublicKey == key {
				self, err = e.Subkeys[i].Verify(now, config)
			}
		}
	}
	switch {
	case errors.Is(err, pgperrors.ErrKeyRevoked):
		return "is revoked"
	case errors.Is(err, pgperrors.ErrKeyExpired) && self != nil && self.KeyLifetimeSecs != nil:
		return "expired on " + stamp(e.PrimaryKey.CreationTime.Add(time.Duration(*self.KeyLifetimeSecs)*time.Second))
	case errors.Is(err, pgperrors.ErrKeyExpired):
		return "has expired"
	case err != nil:
		return fmt.Sprintf("is not valid on %s: %v", stamp(now), err)
	}
	if _, ok := e.SigningKeyById(now, key.KeyId, config); !ok {
		return "may not sign, or is too weak (RSA below 2048 bits, DSA)"
	}
	return ""
}

func stamp(t time.Time) string { return t.UTC().Format(time.DateTime + " UTC") }
