package rpm

import (
	"bytes"
	"crypto/md5"  //nolint:gosec // the format's own digest
	"crypto/sha1" //nolint:gosec // the format's own digest
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
)

// signatureRoom is the multiple of which signature headers leave the main
// header to start at: room for another signature later, as rpmbuild leaves it.
const signatureRoom = 4096

// headerStart is where the main header will begin, so that two signatures of
// the signer have room in front of it.
func headerStart(s Signer, at time.Time) (int64, error) {
	need := leadSize + introSize + 12*entrySize + 1024
	if s != nil {
		sample, err := makeSignature(s, bytes.NewReader(nil), at)
		if err != nil {
			return 0, err
		}
		need += 2*len(sample) + 64 // a signature's numbers may be some bits shorter or longer
	}
	return int64((need + signatureRoom - 1) / signatureRoom * signatureRoom), nil
}

// makeSignature signs msg and returns the bare OpenPGP packet.
func makeSignature(s Signer, msg io.Reader, at time.Time) ([]byte, error) {
	var text bytes.Buffer
	if err := s.Detached(&text, msg, at); err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	block, err := armor.Decode(&text)
	if err != nil {
		return nil, fmt.Errorf("reading the signature made: %w", err)
	}
	packet, err := io.ReadAll(block.Body)
	if err != nil {
		return nil, fmt.Errorf("reading the signature made: %w", err)
	}
	return packet, nil
}

// signatureHeader writes the header of digests and signatures: anew over main
// header and payload, with what kept has of other kinds, and filled up so that
// the main header begins at start.
func signatureHeader(kept fields, main []byte, unpacked int64, payload func() (io.Reader, error), s Signer, at time.Time, start int64) ([]byte, error) {
	both := md5.New() //nolint:gosec // the format's own digest
	both.Write(main)
	in, err := payload()
	if err != nil {
		return nil, err
	}
	size, err := io.CopyBuffer(struct{ io.Writer }{both}, struct{ io.Reader }{in}, make([]byte, 128<<10))
	if err != nil {
		return nil, fmt.Errorf("reading the payload: %w", err)
	}
	f := slices.Clone(kept)
	sha1sum, sha256sum := sha1.Sum(main), sha256.Sum256(main) //nolint:gosec // the format's own digest
	f.text(SigSHA1, hexOf(sha1sum[:]))
	f.text(SigSHA256, hexOf(sha256sum[:]))
	f.bin(SigMD5, both.Sum(nil))
	f.size(SigSize, SigLongSize, size+int64(len(main)))
	if unpacked > 0 { // version 6 states it in the main header
		f.size(SigPayloadSize, SigLongArchiveSize, unpacked)
	}
	if s != nil {
		if err := f.sign(s, main, payload, at); err != nil {
			return nil, err
		}
	}
	return f.fill(start)
}

// sign adds the signatures over the header, and over header and payload for
// the rpm of EL6 and EL7, which do not know payload digests.
func (f *fields) sign(s Signer, main []byte, payload func() (io.Reader, error), at time.Time) error {
	head, err := makeSignature(s, bytes.NewReader(main), at)
	if err != nil {
		return err
	}
	in, err := payload()
	if err != nil {
		return err
	}
	both, err := makeSignature(s, io.MultiReader(bytes.NewReader(main), in), at)
	if err != nil {
		return err
	}
	sig, err := parseSignature(head)
	if err != nil {
		return fmt.Errorf("reading the signature made: %w", err)
	}
	switch sig.algo {
	case algoRSA:
		f.bin(SigRSA, head)
		f.bin(SigPGP, both)
	case algoDSA, algoEdDSA:
		f.bin(SigDSA, head)
		f.bin(SigGPG, both)
	default:
		return fmt.Errorf("signing with algorithm %d, which rpm does not read; RSA, DSA and EdDSA (22) are", sig.algo)
	}
	return nil
}

// fill pads the header so that the next one begins at start.
func (f fields) fill(start int64) ([]byte, error) {
	const least = 1
	with := func(n int) []byte {
		padded := slices.Clone(f)
		padded.bin(SigReservedSpace, make([]byte, n))
		return padded.encode(TagRegionSignatures)
	}
	room := start - leadSize
	missing := room - int64(len(with(least)))
	if missing < 0 {
		return nil, fmt.Errorf("the signatures need %d bytes, %d are there", room-missing, room)
	}
	return with(least + int(missing)), nil
}

// signatureTags are what Sign replaces.
var signatureTags = []Tag{SigDSA, SigRSA, SigSHA1, SigLongSize, SigLongArchiveSize, SigSHA256, SigSize, SigPGP, SigMD5, SigGPG, SigPayloadSize, SigReservedSpace, SigReserved}

// Sign writes the package anew with the signer's signatures, dated at, in
// place of those it has; main header and payload stay as they are. To a
// package of version 6 the signature is added beside others that are there. A
// package whose digests are bad is refused.
func Sign(w io.Writer, pkg io.ReadSeeker, s Signer, at time.Time) error {
	if _, err := pkg.Seek(0, io.SeekStart); err != nil {
		return err
	}
	rep, err := Verify(pkg, nil)
	if err != nil {
		return fmt.Errorf("signing: %w", err)
	}
	for _, c := range rep.Checks {
		if !c.Signature && c.Verdict != OK {
			return fmt.Errorf("signing: %w: %s", ErrVerify, c)
		}
	}
	in := rep.Head
	start, err := headerStart(s, at)
	if err != nil {
		return err
	}
	payload := payloadFrom(pkg, in.HeaderEnd)
	kept := slices.DeleteFunc(in.Signature.fields(), func(f field) bool { return slices.Contains(signatureTags, f.tag) })
	if kept, err = in.keepModern(kept, s, at); err != nil {
		return err
	}
	for _, f := range kept {
		start += int64(len(f.data))
	}
	start = (start + signatureRoom - 1) / signatureRoom * signatureRoom
	unpacked := in.Signature.size(SigLongArchiveSize, SigPayloadSize)
	sig, err := signatureHeader(kept, in.Header.raw, unpacked, payload, s, at, start)
	if err != nil {
		return err
	}
	lead, err := readLead(pkg)
	if err != nil {
		return err
	}
	body, err := payload()
	if err != nil {
		return err
	}
	_, err = io.Copy(w, io.MultiReader(bytes.NewReader(slices.Concat(lead, sig, in.Header.raw)), body))
	return err
}

func readLead(pkg io.ReadSeeker) ([]byte, error) {
	lead := make([]byte, leadSize)
	_, err := pkg.Seek(0, io.SeekStart)
	if err == nil {
		_, err = io.ReadFull(pkg, lead)
	}
	return lead, err
}

// keepModern adds the signature to those of rpm 6, where the package is one of
// its own. In an older package they go, as rpmsign does it.
func (in *Reader) keepModern(kept fields, s Signer, at time.Time) (fields, error) {
	others := in.Signature.Texts(SigOpenPGP)
	kept = slices.DeleteFunc(kept, func(f field) bool { return f.tag == SigOpenPGP })
	if n, _ := in.Header.Number(TagRPMFormat); n < 6 {
		return kept, nil
	}
	if s == nil {
		return nil, errors.New("signing without a signer")
	}
	sig, err := makeSignature(s, bytes.NewReader(in.Header.raw), at)
	if err != nil {
		return nil, err
	}
	kept.texts(SigOpenPGP, append([]string{base64.StdEncoding.EncodeToString(sig)}, others...))
	return kept, nil
}
