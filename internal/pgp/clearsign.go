package pgp

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

const (
	signedStart = "-----BEGIN PGP SIGNED MESSAGE-----"
	sigType     = "PGP SIGNATURE"
)

// splitClearsigned takes a message in the cleartext signature framework
// (RFC 9580 §7) apart: the text that was signed, lines ended by \n, the
// digests its headers announce, and the decoded signatures. The frame must be
// the whole message, so that nobody reads a word outside of what the
// signatures cover.
func splitClearsigned(msg []byte) (text []byte, digests string, sigs []byte, err error) {
	line, rest := cutLine(msg)
	if string(line) != signedStart {
		if lineWith(msg, signedStart) >= 0 {
			return nil, "", nil, errors.New("text before the signed message")
		}
		return nil, "", nil, errors.New("not a clearsigned message")
	}
	if digests, rest, err = readHashHeaders(rest); err != nil {
		return nil, "", nil, err
	}
	text = make([]byte, 0, len(rest))
	for {
		if len(rest) == 0 {
			return nil, "", nil, errors.New("the signed message has no signature: it is cut short")
		}
		line, after := cutLine(rest)
		if bytes.HasPrefix(line, []byte("-")) {
			if string(line) == armorStart+"SIGNATURE"+armorTail {
				break
			}
			unescaped, ok := bytes.CutPrefix(line, []byte("- "))
			if !ok {
				return nil, "", nil, fmt.Errorf("the line %.40q is not dash-escaped", line)
			}
			line = unescaped
		}
		text = append(append(text, line...), '\n')
		rest = after
	}
	_, block, after, ok := cutBlock(rest)
	if !ok {
		return nil, "", nil, errors.New("the signature does not end: the message is cut short")
	}
	if len(bytes.TrimSpace(after)) > 0 {
		return nil, "", nil, errors.New("text after the signed message")
	}
	sigs, err = dearmor(block, sigType)
	return text, digests, sigs, err
}

// readHashHeaders reads "Hash: SHA256" lines up to the empty line and returns
// their values between commas: ",SHA256,". Any other header is refused, as
// RFC 9580 §7.1 asks.
func readHashHeaders(rest []byte) (digests string, after []byte, err error) {
	for {
		line, after := cutLine(rest)
		value, isHash := strings.CutPrefix(string(line), "Hash: ")
		switch {
		case len(line) == 0 && len(after) == 0:
			return "", nil, errors.New("the signed message is cut short in its headers")
		case len(line) == 0:
			return digests, after, nil
		case !isHash:
			return "", nil, fmt.Errorf("the header %.40q of the signed message is not known", line)
		}
		digests += "," + strings.ReplaceAll(value, " ", "") + ","
		rest = after
	}
}

// cutLine returns the first line without its end and without the blanks that
// signatures do not cover, and what follows it.
func cutLine(data []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(data, []byte{'\n'})
	return bytes.TrimRight(line, " \t\r"), rest
}

// canonical is the form of clear text that is hashed: lines joined by \r\n,
// none after the last.
func canonical(text []byte) []byte {
	text = bytes.TrimSuffix(text, []byte{'\n'})
	return bytes.ReplaceAll(text, []byte{'\n'}, []byte("\r\n"))
}
