package iso9660

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// What a chain of continuation areas and what it describes may amount to. A
// chain that is longer is a loop, or meant to exhaust us.
const (
	maxAreas      = 32
	maxAreaBytes  = 64 << 10
	maxReadName   = 1024
	maxReadTarget = 8 << 10
)

var errSystemUse = errors.New("system use fields are malformed")

// A rockRidge is what the system use fields of one record say.
type rockRidge struct {
	announced bool // an ER field names Rock Ridge
	suspends  int  // SP: bytes to skip before the fields in every other record; -1 without SP

	hasMode    bool
	unixMode   uint32
	links      uint32
	uid, gid   uint32
	modified   time.Time
	name       []byte
	link       slTarget
	child      uint32 // CL: block of the relocated directory
	hasChild   bool
	relocated  bool // RE: the directory shows elsewhere
	compressed bool // ZF: zisofs
}

// readRockRidge reads the fields in su and in the continuation areas that they
// lead to, which are taken off the budget of bytes. On an error it returns what
// it had read.
func readRockRidge(src *source, su []byte, budget *int64) (*rockRidge, error) {
	rr := &rockRidge{suspends: -1}
	for range maxAreas {
		next, more, err := rr.fields(su)
		if err != nil || !more {
			return rr, err
		}
		if *budget -= int64(next.size) + maxRecord; next.size > maxAreaBytes || *budget < 0 {
			return rr, fmt.Errorf("continuation areas are too large: %w", errSystemUse)
		}
		su = make([]byte, next.size)
		if err := src.readAt(su, int64(next.block)*src.block+int64(next.offset)); err != nil {
			return rr, fmt.Errorf("read a continuation area: %w", err)
		}
	}
	return rr, fmt.Errorf("more than %d continuation areas: %w", maxAreas, errSystemUse)
}

// A continuationEntry is what a CE field says.
type continuationEntry struct{ block, offset, size uint32 }

// fields reads one area's fields, and says whether another area follows.
func (rr *rockRidge) fields(su []byte) (next continuationEntry, more bool, err error) {
	for len(su) >= 4 && su[0] != 0 {
		size := int(su[2])
		if size < 4 || size > len(su) {
			return next, more, errSystemUse
		}
		field, data := su[:size], su[4:size]
		su = su[size:]
		switch string(field[:2]) {
		case "ST":
			return next, more, nil
		case "CE":
			if len(data) < 24 {
				return next, more, errSystemUse
			}
			next, more = continuationEntry{le.Uint32(data), le.Uint32(data[8:]), le.Uint32(data[16:])}, true
		default:
			if err := rr.field(string(field[:2]), data); err != nil {
				return next, more, err
			}
		}
	}
	return next, more, nil
}

// minimumData is how long the data of the fields that we read must be.
var minimumData = map[string]int{"SP": 3, "ER": 4, "PX": 32, "TF": 1, "NM": 1, "SL": 1, "CL": 8}

func (rr *rockRidge) field(signature string, data []byte) error {
	if len(data) < minimumData[signature] {
		return fmt.Errorf("%s field of %d bytes: %w", signature, len(data)+4, errSystemUse)
	}
	switch signature {
	case "SP":
		if data[0] == 0xBE && data[1] == 0xEF {
			rr.suspends = int(data[2])
		}
	case "ER":
		rest := data[4:]
		id := string(rest[:min(int(data[0]), len(rest))])
		rr.announced = rr.announced || slices.Contains([]string{"RRIP_1991A", "IEEE_P1282", "IEEE_1282"}, id)
	case "PX":
		rr.hasMode = true
		rr.unixMode, rr.links = le.Uint32(data), le.Uint32(data[8:])
		rr.uid, rr.gid = le.Uint32(data[16:]), le.Uint32(data[24:])
	case "TF":
		rr.modified = modification(data)
	case "NM":
		return rr.addName(data)
	case "SL":
		return rr.link.add(data)
	case "CL":
		rr.child, rr.hasChild = le.Uint32(data), true
	case "RE":
		rr.relocated = true
	case "ZF":
		rr.compressed = true
	}
	return nil
}

func (rr *rockRidge) addName(data []byte) error {
	const current, parent = 1 << 1, 1 << 2
	if data[0]&(current|parent) != 0 {
		return nil
	}
	if len(rr.name)+len(data)-1 > maxReadName {
		return fmt.Errorf("name of more than %d bytes: %w", maxReadName, errSystemUse)
	}
	rr.name = append(rr.name, data[1:]...)
	return nil
}

// modification finds the modification time among those of a TF field.
func modification(data []byte) time.Time {
	const creation, modify, long = 1 << 0, 1 << 1, 1 << 7
	size, decode := 7, decodeShortTime
	if data[0]&long != 0 {
		size, decode = 17, decodeLongTime
	}
	at := 1
	if data[0]&creation != 0 {
		at += size
	}
	if data[0]&modify == 0 || at+size > len(data) {
		return time.Time{}
	}
	return decode(data[at : at+size])
}

// An slTarget gathers a symbolic link's target from SL fields.
type slTarget struct {
	text      strings.Builder
	seen      bool
	continued bool // the last component goes on in the next one
}

func (t *slTarget) add(data []byte) error {
	t.seen = true
	for data = data[1:]; len(data) > 0; {
		if len(data) < 2 || 2+int(data[1]) > len(data) {
			return fmt.Errorf("symbolic link's component: %w", errSystemUse)
		}
		flags, content := data[0], string(data[2:2+int(data[1])])
		data = data[2+int(data[1]):]
		switch {
		case flags&slRoot != 0:
			t.text.Reset()
			content = "/"
		case flags&slCurrent != 0:
			content = "."
		case flags&slParent != 0:
			content = ".."
		}
		if s := t.text.String(); s != "" && !t.continued && s[len(s)-1] != '/' {
			t.text.WriteByte('/')
		}
		t.text.WriteString(content)
		t.continued = flags&slContinue != 0
		if t.text.Len() > maxReadTarget {
			return fmt.Errorf("symbolic link's target of more than %d bytes: %w", maxReadTarget, errSystemUse)
		}
	}
	return nil
}

// fileMode is what a mode of stat(2) is in Go.
func fileMode(unix uint32) fs.FileMode {
	mode := fs.FileMode(unix & 0o777)
	switch unix & 0o170000 {
	case 0o040000:
		mode |= fs.ModeDir
	case 0o120000:
		mode |= fs.ModeSymlink
	case 0o020000:
		mode |= fs.ModeDevice | fs.ModeCharDevice
	case 0o060000:
		mode |= fs.ModeDevice
	case 0o010000:
		mode |= fs.ModeNamedPipe
	case 0o140000:
		mode |= fs.ModeSocket
	}
	for _, bit := range modeBits {
		if unix&bit.unix != 0 {
			mode |= bit.mode
		}
	}
	return mode
}
