package rpm

import (
	"bytes"
	"crypto"
	//lint:ignore SA1019 what signed the packages of two decades
	"crypto/dsa"   //nolint:staticcheck // the same for golangci-lint
	_ "crypto/md5" //nolint:gosec // the format's own digest
	"crypto/rsa"
	_ "crypto/sha1" //nolint:gosec // the format's own digest
	_ "crypto/sha256"
	_ "crypto/sha3"
	_ "crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/big"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// OpenPGP's numbers for algorithms, RFC 9580 §9.
const (
	algoRSA   = 1
	algoDSA   = 17
	algoECDSA = 19
	algoEdDSA = 22
)

var (
	keyAlgoNames = map[byte]string{
		algoRSA: "RSA", algoDSA: "DSA", algoECDSA: "ECDSA", algoEdDSA: "EdDSA", 27: "Ed25519", 28: "Ed448",
		30: "ML-DSA-65+Ed25519", 31: "ML-DSA-87+Ed448",
	}
	hashes = map[byte]crypto.Hash{
		1: crypto.MD5, 2: crypto.SHA1, 8: crypto.SHA256, 9: crypto.SHA384, 10: crypto.SHA512, 11: crypto.SHA224,
		12: crypto.SHA3_256, 14: crypto.SHA3_512,
	}
	hashNames = map[crypto.Hash]string{
		crypto.MD5: "MD5", crypto.SHA1: "SHA1", crypto.SHA224: "SHA224", crypto.SHA256: "SHA256", crypto.SHA384: "SHA384",
		crypto.SHA512: "SHA512", crypto.SHA3_256: "SHA3-256", crypto.SHA3_512: "SHA3-512",
	}
)

// weak reports whether two messages with the same digest can be made.
func weak(h crypto.Hash) bool { return h == crypto.MD5 || h == crypto.SHA1 }

// signature is an OpenPGP signature of version 3, 4 or 6 over a document.
type signature struct {
	version byte
	algo    byte
	hash    crypto.Hash
	keyID   uint64
	made    time.Time

	modern *packet.Signature // versions 4 and 6; nil for 3
	tail   []byte            // version 3: what is hashed behind the document
	left   [2]byte           // version 3: the digest's first bytes
	mpis   []*big.Int        // version 3
}

// errUnknownSignature is a sound packet of a kind that is not read.
var errUnknownSignature = errors.New("signature of an unknown kind")

// parseSignature reads the one packet that a package's tag holds.
func parseSignature(data []byte) (*signature, error) {
	packets := packet.NewOpaqueReader(bytes.NewReader(data))
	p, err := packets.Next()
	if err != nil {
		return nil, fmt.Errorf("no OpenPGP packet: %w", noEOF(err))
	}
	if p.Tag != 2 || len(p.Contents) == 0 {
		return nil, fmt.Errorf("an OpenPGP packet of type %d where a signature belongs", p.Tag)
	}
	if p.Contents[0] == 3 {
		return parseV3(p.Contents)
	}
	if _, ok := keyAlgoNames[byteAt(p.Contents, 2)]; !ok || p.Contents[0] != 4 && p.Contents[0] != 6 {
		return nil, fmt.Errorf("%w: version %d, algorithm %d", errUnknownSignature, p.Contents[0], byteAt(p.Contents, 2))
	}
	parsed, err := p.Parse()
	if err != nil {
		return nil, err
	}
	sig, ok := parsed.(*packet.Signature)
	if !ok {
		return nil, errors.New("a packet that is no signature")
	}
	s := &signature{version: p.Contents[0], algo: byte(sig.PubKeyAlgo), hash: sig.Hash, made: sig.CreationTime, modern: sig}
	switch {
	case sig.SigType != packet.SigTypeBinary:
		return nil, fmt.Errorf("a signature of type 0x%02x, which is none over a file", byte(sig.SigType))
	case sig.IssuerKeyId != nil:
		s.keyID = *sig.IssuerKeyId
	case s.version == 6 && len(sig.IssuerFingerprint) >= 8:
		s.keyID = binary.BigEndian.Uint64(sig.IssuerFingerprint)
	case len(sig.IssuerFingerprint) >= 8:
		s.keyID = binary.BigEndian.Uint64(sig.IssuerFingerprint[len(sig.IssuerFingerprint)-8:])
	}
	return s, nil
}

func byteAt(b []byte, i int) byte {
	if i < len(b) {
		return b[i]
	}
	return 0
}

// parseV3 reads a signature of version 3 (RFC 4880 §5.2.2), which rpm made
// until gpg 2.1, and which OpenPGP libraries no longer read.
func parseV3(b []byte) (*signature, error) {
	if len(b) < 19 {
		return nil, fmt.Errorf("a version 3 signature of %d bytes", len(b))
	}
	h, known := hashes[b[16]]
	switch {
	case b[1] != 5:
		return nil, fmt.Errorf("a version 3 signature over %d bytes of its own; 5 are", b[1])
	case b[2] != byte(packet.SigTypeBinary):
		return nil, fmt.Errorf("a signature of type 0x%02x, which is none over a file", b[2])
	case !known:
		return nil, fmt.Errorf("%w: digest %d", errUnknownSignature, b[16])
	}
	s := &signature{
		version: 3, algo: b[15], hash: h, keyID: binary.BigEndian.Uint64(b[7:]),
		made: time.Unix(int64(binary.BigEndian.Uint32(b[3:])), 0), tail: b[2:7], left: [2]byte(b[17:19]),
	}
	want := map[byte]int{algoRSA: 1, algoDSA: 2}[s.algo]
	if want == 0 {
		return nil, fmt.Errorf("%w: version 3, algorithm %d", errUnknownSignature, s.algo)
	}
	for rest := b[19:]; want > 0; want-- {
		if len(rest) < 2 {
			return nil, io.ErrUnexpectedEOF
		}
		size := (int(binary.BigEndian.Uint16(rest)) + 7) / 8
		if rest = rest[2:]; len(rest) < size {
			return nil, io.ErrUnexpectedEOF
		}
		s.mpis = append(s.mpis, new(big.Int).SetBytes(rest[:size]))
		rest = rest[size:]
	}
	return s, nil
}

// newHash starts the digest that the signature is over.
func (s *signature) newHash() (hash.Hash, error) {
	if s.modern != nil {
		return s.modern.PrepareVerify()
	}
	return s.hash.New(), nil
}

// verify holds the signature against a key and the digest of the document,
// which it adds to.
func (s *signature) verify(k *packet.PublicKey, h hash.Hash) error {
	if s.modern != nil {
		return k.VerifySignature(h, s.modern)
	}
	h.Write(s.tail)
	sum := h.Sum(nil)
	if !bytes.Equal(sum[:2], s.left[:]) {
		return errors.New("the digest is another one")
	}
	switch public := k.PublicKey.(type) {
	case *rsa.PublicKey:
		if s.algo == algoRSA {
			return rsa.VerifyPKCS1v15(public, s.hash, sum, s.mpis[0].FillBytes(make([]byte, max(public.Size(), len(s.mpis[0].Bytes())))))
		}
	case *dsa.PublicKey:
		sum = sum[:min(len(sum), (public.Q.BitLen()+7)/8)]
		if s.algo == algoDSA && dsa.Verify(public, sum, s.mpis[0], s.mpis[1]) {
			return nil
		}
	}
	return errors.New("DSA verification error")
}

// title describes the signature as rpm does.
func (s *signature) title() string {
	return fmt.Sprintf("V%d %s/%s Signature, key ID %08x", s.version, keyAlgoNames[s.algo], hashNames[s.hash], uint32(s.keyID))
}
