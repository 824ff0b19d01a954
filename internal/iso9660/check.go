package iso9660

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// An Implanted is the checksum that implantisomd5, or Layout.Write, wrote into an image.
type Implanted struct {
	MD5          string // 32 hexadecimal digits
	SkipSectors  int64  // sectors at the end that are not summed up
	Supported    bool   // RHLISOSTATUS
	FragmentSums string // 60 hexadecimal digits, or empty
	Fragments    int64  // how many sums that is
}

// ErrNoChecksum says that no checksum is implanted.
var ErrNoChecksum = errors.New("no checksum is implanted")

// Implanted reads the implanted checksum. Without one the error is ErrNoChecksum.
func (img *Image) Implanted() (*Implanted, error) { return decodeImplanted(img.appUse[:]) }

// decodeImplanted reads the application use field.
func decodeImplanted(field []byte) (*Implanted, error) {
	i := &Implanted{Fragments: fragmentCount}
	rest := field[:appUseSize-1] // isomd5sum makes the last byte a zero
	var sum, skip bool
	var err error
	for len(rest) > 0 && err == nil {
		value := func(key string) (string, bool) {
			after, ok := bytes.CutPrefix(rest, []byte(key))
			if !ok {
				return "", false
			}
			v, _, _ := bytes.Cut(after, []byte(";"))
			rest = after[len(v):]
			return string(v), true
		}
		if v, ok := value("ISO MD5SUM = "); ok {
			sum, i.MD5 = len(v) >= 32, v[:min(32, len(v))]
		} else if v, ok := value("SKIPSECTORS = "); ok {
			skip = true
			i.SkipSectors, err = implantedNumber(v)
		} else if v, ok := value("RHLISOSTATUS="); ok {
			i.Supported = v == "1"
		} else if v, ok := value("FRAGMENT COUNT = "); ok {
			i.Fragments, err = implantedNumber(v)
		} else if after, ok := bytes.CutPrefix(rest, []byte("FRAGMENT SUMS = ")); ok && len(after) > fragmentSums {
			// 60 bytes, whatever they are: implantisomd5 writes fewer digits into
			// small images, and checkisomd5 then reads on beyond the semicolon.
			i.FragmentSums = string(after[:fragmentSums])
			v, _, _ := bytes.Cut(after[fragmentSums:], []byte(";"))
			rest = after[fragmentSums+len(v):]
		}
		rest = rest[min(1, len(rest)):]
	}
	if err != nil || !sum || !skip || i.SkipSectors < 0 || i.Fragments < 0 {
		return nil, errors.Join(ErrNoChecksum, err)
	}
	return i, nil
}

func implantedNumber(s string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 32)
	if err != nil {
		return 0, fmt.Errorf("implanted number %q: %w", s, err)
	}
	return n, nil
}

// A CheckStatus is the verdict of a media check.
type CheckStatus int

// The verdicts, as checkisomd5 gives them.
const (
	CheckNA     CheckStatus = iota // no checksum is implanted
	CheckFailed                    // the image is damaged
	CheckPassed                    // it is as it was when the checksum was implanted
)

// String gives the word that checkisomd5 prints.
func (s CheckStatus) String() string {
	switch s {
	case CheckFailed:
		return "FAIL"
	case CheckPassed:
		return "PASS"
	}
	return "NA"
}

// CheckMD5 checks an image against its implanted checksum and gives the verdict
// of checkisomd5. It stops at the first fragment that differs. Progress
// is told how many bytes were summed up since the last call; it may be nil. The
// error is that of the context or of r; an image that ends too early has none,
// but fails.
func CheckMD5(ctx context.Context, r io.ReaderAt, progress func(n int64)) (CheckStatus, error) {
	d, at, err := checkedDescriptor(r)
	if err != nil || d == nil {
		return CheckNA, err
	}
	field := d[appUseOffset : appUseOffset+appUseSize]
	want, err := decodeImplanted(field)
	if err != nil {
		return CheckNA, nil
	}
	c := newChecker(want, int64(be.Uint32(d[84:])))
	buf := make([]byte, 8*md5Unit)
	for offset := int64(0); offset < c.sum.total; {
		if err := ctx.Err(); err != nil {
			return CheckNA, err
		}
		n, err := r.ReadAt(buf[:min(int64(len(buf)), c.sum.total-offset)], offset)
		blank(buf[:n], at+appUseOffset-offset)
		c.sum.add(buf[:n])
		if progress != nil {
			progress(int64(n))
		}
		if c.damaged {
			return CheckFailed, nil
		}
		if err != nil && err != io.EOF {
			return CheckNA, fmt.Errorf("read the image at byte %d: %w", offset, err)
		}
		if n == 0 {
			break
		}
		offset += int64(n)
	}
	if c.sum.sum() != want.MD5 {
		return CheckFailed, nil
	}
	return CheckPassed, nil
}

// checkedDescriptor finds the primary volume descriptor as isomd5sum does: by
// its type alone. An image that ends before has none.
func checkedDescriptor(r io.ReaderAt) (d []byte, at int64, err error) {
	d = make([]byte, SectorSize)
	for i := range int64(maxDescriptors) {
		at := (primarySector + i) * SectorSize
		if n, err := r.ReadAt(d, at); n < len(d) {
			if err == nil || err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
				return nil, 0, nil
			}
			return nil, 0, fmt.Errorf("read the image at byte %d: %w", at, err)
		}
		switch d[0] {
		case descriptorPrimary:
			return d, at, nil
		case descriptorTerminator:
			return nil, 0, nil
		}
	}
	return nil, 0, nil
}

// A checker compares an image's fragments with what is implanted.
type checker struct {
	sum     *mediaSum
	damaged bool
}

func newChecker(want *Implanted, blocks int64) *checker {
	c := &checker{}
	fragments, digits := want.Fragments, int64(0)
	if want.FragmentSums == "" {
		fragments = 0
	}
	if fragments > 0 {
		digits = fragmentSums / fragments
	}
	c.sum = newMediaSum((blocks-want.SkipSectors)*SectorSize, fragments, func(number int64, digest []byte) {
		at := min((number-1)*digits, fragmentSums)
		expected := want.FragmentSums[at:min(at+min(digits, int64(len(digest))), fragmentSums)]
		c.damaged = c.damaged || fragmentDigits(digest, len(expected)) != expected
	})
	return c
}

// blank makes spaces of what b has of the field that holds the checksum; field
// is where that starts in b, or before or behind it.
func blank(b []byte, field int64) {
	from, to := max(0, field), min(int64(len(b)), field+appUseSize)
	for i := from; i < to; i++ {
		b[i] = ' '
	}
}
