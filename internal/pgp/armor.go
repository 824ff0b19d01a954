package pgp

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
)

const (
	armorStart = "-----BEGIN PGP "
	armorEnd   = "-----END PGP "
	armorTail  = "-----"
)

// dearmorAll decodes every armoured block of data and joins the bytes; all
// blocks must be of the wanted type. Text around the blocks is an error unless
// it is allowed: around keys it is a habit, around signatures it is a way to
// show a reader something that nobody signed.
func dearmorAll(data []byte, want string, textAllowed bool) ([]byte, error) {
	var out []byte
	for line := range bytes.Lines(data) {
		if len(line) > maxLine {
			return nil, fmt.Errorf("a line longer than %d bytes", maxLine)
		}
	}
	found := false
	for rest := data; ; {
		before, block, after, ok := cutBlock(rest)
		if !textAllowed && len(bytes.TrimSpace(before)) > 0 {
			return nil, fmt.Errorf("text outside of the %s: %.60q", want, bytes.TrimSpace(before))
		}
		if !ok {
			break
		}
		decoded, err := dearmor(block, want)
		if err != nil {
			return nil, err
		}
		found = true
		out, rest = append(out, decoded...), after
	}
	if !found {
		return nil, fmt.Errorf("no %s in it", want)
	}
	return out, nil
}

// maxLine bounds lines of armour and of signed text, in bytes.
const maxLine = 1 << 20

// cutBlock finds the next block, from its BEGIN line through its END line.
// Without an END line there is no block.
func cutBlock(data []byte) (before, block, after []byte, ok bool) {
	begin := lineWith(data, armorStart)
	if begin < 0 {
		return data, nil, nil, false
	}
	end := lineWith(data[begin:], armorEnd)
	if end < 0 {
		return data, nil, nil, false
	}
	stop := begin + end
	if i := bytes.IndexByte(data[stop:], '\n'); i >= 0 {
		stop += i + 1
	} else {
		stop = len(data)
	}
	return data[:begin], data[begin:stop], data[stop:], true
}

// lineWith returns where the first line with the prefix starts, or -1.
func lineWith(data []byte, prefix string) int {
	for at := 0; at < len(data); {
		if bytes.HasPrefix(data[at:], []byte(prefix)) {
			return at
		}
		i := bytes.IndexByte(data[at:], '\n')
		if i < 0 {
			break
		}
		at += i + 1
	}
	return -1
}

// dearmor decodes one block and checks its checksum where it has one.
func dearmor(block []byte, want string) ([]byte, error) {
	lines := bytes.Split(bytes.TrimRight(block, "\r\n \t"), []byte{'\n'})
	for i := range lines {
		lines[i] = bytes.TrimRight(lines[i], " \t\r")
	}
	kind, ok := cutFrame(lines[0], armorStart)
	if !ok || kind != want {
		return nil, fmt.Errorf("%q where %s is expected", lines[0], want)
	}
	if end, ok := cutFrame(lines[len(lines)-1], armorEnd); !ok || end != want {
		return nil, fmt.Errorf("%q does not end a %s", lines[len(lines)-1], want)
	}
	body := 1
	for body < len(lines)-1 && len(lines[body]) > 0 {
		if !bytes.Contains(lines[body], []byte(": ")) && !bytes.HasSuffix(lines[body], []byte(":")) {
			return nil, fmt.Errorf("%s: no empty line between its headers and its data", want)
		}
		body++
	}
	if body == len(lines)-1 {
		return nil, fmt.Errorf("%s without data", want)
	}
	return decodeBody(lines[body+1:len(lines)-1], want)
}

func decodeBody(lines [][]byte, want string) ([]byte, error) {
	var sum []byte
	if n := len(lines); n > 0 && len(lines[n-1]) == 5 && lines[n-1][0] == '=' {
		lines, sum = lines[:n-1], lines[n-1][1:]
	}
	text := bytes.Join(lines, nil)
	out := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(out, text)
	if err != nil {
		return nil, fmt.Errorf("%s: its data is not base64: %w", want, err)
	}
	out = out[:n]
	if sum != nil {
		want24, err := base64.StdEncoding.DecodeString(string(sum))
		if c := crc24(out); err != nil || !bytes.Equal(want24, []byte{byte(c >> 16), byte(c >> 8), byte(c)}) {
			return nil, fmt.Errorf("%s: its checksum does not match", want)
		}
	}
	return out, nil
}

func cutFrame(line []byte, start string) (kind string, ok bool) {
	rest, ok := bytes.CutPrefix(line, []byte(start))
	if !ok {
		return "", false
	}
	rest, ok = bytes.CutSuffix(rest, []byte(armorTail))
	return "PGP " + string(rest), ok
}

// crc24 is the armour's checksum, RFC 9580 §6.1.
func crc24(data []byte) uint32 {
	crc := uint32(0xb704ce)
	for _, b := range data {
		crc ^= uint32(b) << 16
		for range 8 {
			crc <<= 1
			if crc&0x1000000 != 0 {
				crc ^= 0x1864cfb
			}
		}
	}
	return crc & 0xffffff
}

// enarmor writes data as a block. It writes the checksum too, which RFC 9580
// made optional: rpm reads no key without it.
func enarmor(w io.Writer, kind string, data []byte) error {
	enc, err := armor.EncodeWithChecksumOption(w, kind, nil, true)
	if err != nil {
		return err
	}
	_, err = enc.Write(data)
	if err := errors.Join(err, enc.Close()); err != nil {
		return err
	}
	_, err = io.WriteString(w, "\n")
	return err
}
