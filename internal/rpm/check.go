package rpm

import (
	"crypto"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"
)

// Verdict is what became of one digest or signature, in rpm's words.
type Verdict uint8

// The verdicts.
const (
	NotFound Verdict = iota // asked for and not there
	OK
	Bad
	NoKey      // signed with a key that is not among those given
	Unreadable // a signature of a kind that is not known here
)

// String gives rpm's word.
func (v Verdict) String() string {
	return [...]string{"NOTFOUND", "OK", "BAD", "NOKEY", "UNREADABLE"}[v]
}

// Range is what part of a package a digest or signature covers.
type Range uint8

// The ranges.
const (
	OverHeader  Range = 1
	OverPayload Range = 2
	OverBoth    Range = OverHeader | OverPayload
)

// Check is one digest or signature of a package.
type Check struct {
	Tag       Tag
	Range     Range
	Signature bool // else a digest
	// Newer says that rpm 4.18 does not look at this one.
	Newer   bool
	Verdict Verdict
	Reason  string // why it is not OK, where there is more to say
	// Signer is the fingerprint and name of the key of a good signature,
	// KeyFault why that key must not be believed all the same.
	Signer, KeyFault string
	// Weak says that the digest is MD5 or SHA-1, which prove nothing.
	Weak bool

	name string // "SHA256", "SHA256 ALT"; of a signature the title
	want string // the digest stated, hexadecimal
	algo crypto.Hash
	sig  *signature
	hash hash.Hash
}

// String is the line that rpmkeys -Kv prints.
func (c *Check) String() string {
	s := [...]string{"", "Header ", "Payload ", ""}[c.Range]
	switch {
	case c.sig != nil:
		s += c.sig.title()
	case c.Signature:
		s += c.name + " signature"
	default:
		s += c.name + " digest"
	}
	s += ": " + c.Verdict.String()
	if c.Reason != "" {
		s += " (" + c.Reason + ")"
	}
	return s
}

// item is a tag that holds a digest or a signature.
type item struct {
	tag   Tag
	main  bool // in the main header, else among the signatures
	over  Range
	kind  Type
	name  string
	algo  crypto.Hash // 0 for signatures
	newer bool
}

// items lists all of them, in the order in which rpm sorts its checks: by
// range, signatures first, then the larger tag.
var items = []item{
	{SigOpenPGP, false, OverHeader, TypeStringArray, "OpenPGP", 0, true},
	{SigRSA, false, OverHeader, TypeBin, "RSA", 0, false},
	{SigDSA, false, OverHeader, TypeBin, "DSA", 0, false},
	{SigSHA3_256, false, OverHeader, TypeString, "SHA3-256", crypto.SHA3_256, true},
	{SigSHA256, false, OverHeader, TypeString, "SHA256", crypto.SHA256, false},
	{SigSHA1, false, OverHeader, TypeString, "SHA1", crypto.SHA1, false},
	{TagPayloadSHA3Alt, true, OverPayload, TypeString, "SHA3-256 ALT", crypto.SHA3_256, true},
	{TagPayloadSHA3, true, OverPayload, TypeString, "SHA3-256", crypto.SHA3_256, true},
	{TagPayloadSHA512Alt, true, OverPayload, TypeString, "SHA512 ALT", crypto.SHA512, true},
	{TagPayloadSHA512, true, OverPayload, TypeString, "SHA512", crypto.SHA512, true},
	{TagPayloadSHA256Alt, true, OverPayload, TypeStringArray, "SHA256 ALT", crypto.SHA256, false},
	{TagPayloadSHA256, true, OverPayload, TypeStringArray, "SHA256", crypto.SHA256, false},
	{SigGPG, false, OverBoth, TypeBin, "DSA", 0, false},
	{SigPGP, false, OverBoth, TypeBin, "RSA", 0, false},
	{SigMD5, false, OverBoth, TypeBin, "MD5", crypto.MD5, false},
}

// alternatives pairs each payload digest with the one that stands in for it:
// the digest of the payload unpacked, which a package whose payload was stored
// anew still fits.
var alternatives = map[Tag]Tag{
	TagPayloadSHA256: TagPayloadSHA256Alt, TagPayloadSHA256Alt: TagPayloadSHA256,
	TagPayloadSHA512: TagPayloadSHA512Alt, TagPayloadSHA512Alt: TagPayloadSHA512,
	TagPayloadSHA3: TagPayloadSHA3Alt, TagPayloadSHA3Alt: TagPayloadSHA3,
}

// maxOpenPGP bounds the signatures of one package.
const maxOpenPGP = 32

// checks makes the checks that an item asks for: one for each value, or one
// that is not found.
func (it item) checks(in *Reader) []*Check {
	h := in.Signature
	if it.main {
		h = in.Header
	}
	blank := Check{Tag: it.tag, Range: it.over, Signature: it.algo == 0, Newer: it.newer, name: it.name, algo: it.algo, Weak: weak(it.algo)}
	if !h.Has(it.tag) {
		return []*Check{&blank}
	}
	if e, _ := h.find(it.tag); e.isText() == (it.kind == TypeBin) || !e.isText() && e.kind != TypeBin {
		return []*Check{blank.bad("tag %d is of type %d, not %d", it.tag, h.Type(it.tag), it.kind)}
	}
	var out []*Check
	values := [][]byte{h.Bytes(it.tag)}
	if it.kind != TypeBin {
		values = nil
		for i, s := range h.Texts(it.tag) {
			if i == maxOpenPGP {
				break
			}
			values = append(values, []byte(s))
		}
	}
	for _, value := range values {
		c := blank
		c.prepare(value, it.kind)
		out = append(out, &c)
	}
	return out
}

func (c *Check) bad(format string, args ...any) *Check {
	c.Verdict, c.Reason = Bad, fmt.Sprintf(format, args...)
	return c
}

// prepare takes the value of the tag, and makes the digest that the package's
// bytes go to. A check without one is decided.
func (c *Check) prepare(value []byte, kind Type) {
	if c.Signature {
		c.prepareSignature(value)
		return
	}
	c.want = strings.ToLower(string(value))
	if kind == TypeBin {
		c.want = hex.EncodeToString(value)
	}
	if sum, err := hex.DecodeString(c.want); err != nil || len(sum) != c.algo.Size() {
		c.bad("tag %d: %.80q is no %s", c.Tag, c.want, c.name)
		return
	}
	c.hash = c.algo.New()
}

func (c *Check) prepareSignature(value []byte) {
	if c.Tag == SigOpenPGP {
		decoded, err := base64.StdEncoding.DecodeString(string(value))
		if err != nil {
			c.bad("tag %d is not base64: %v", c.Tag, err)
			return
		}
		value = decoded
	}
	sig, err := parseSignature(value)
	if err == nil && sig.algo == algoECDSA && !c.Newer {
		// rpm 4.18 does not read them; of the tags before OPENPGP it is the judge.
		err = errors.New("ECDSA")
	}
	switch {
	case errors.Is(err, errUnknownSignature) && c.Newer:
		c.Verdict, c.Reason = Unreadable, err.Error()
		return
	case err != nil:
		c.bad("tag %d: invalid OpenPGP signature: %v", c.Tag, err)
		return
	}
	c.sig, c.algo, c.Weak = sig, sig.hash, weak(sig.hash)
	if c.hash, err = sig.newHash(); err != nil {
		c.bad("%v", err)
	}
}

// decide gives the verdict once all bytes have been seen.
func (c *Check) decide(keys *Keys) {
	switch {
	case c.hash == nil:
	case c.Signature:
		c.decideSignature(keys)
	default:
		got := hex.EncodeToString(c.hash.Sum(nil))
		if c.Verdict = OK; got != c.want {
			c.bad("Expected %s != %s", c.want, got)
		}
	}
	c.hash = nil
}

func (c *Check) decideSignature(keys *Keys) {
	c.Verdict = NoKey
	for _, k := range keys.find(c.sig.keyID) {
		h, err := c.hash.(hash.Cloner).Clone()
		if err == nil {
			err = c.sig.verify(k.PublicKey, h)
		}
		if err != nil {
			c.bad("it does not fit: %v", err)
			continue
		}
		c.Verdict, c.Reason, c.Signer, c.KeyFault = OK, "", k.name(), k.fault(c.sig.made)
		return
	}
}
