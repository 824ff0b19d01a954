package rpm

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Report is what a package's digests and signatures say, in the order in which
// rpm lists them.
type Report struct {
	Checks []*Check
	// Head is the package's headers, read on the way.
	Head *Reader
	// Size is the length of the file in bytes.
	Size int64
}

// Verify reads a whole package and holds it to every digest and signature in
// it, as rpmkeys -K does. keys may be nil: then every signature lacks its key.
// The error is about reading; what was found wrong is in the report.
func Verify(r io.Reader, keys *Keys) (*Report, error) {
	in, err := NewReader(r)
	if err != nil {
		return nil, err
	}
	rep := &Report{Head: in}
	var payload []io.Writer
	for _, it := range items {
		for _, c := range it.checks(in) {
			rep.Checks = append(rep.Checks, c)
			if c.hash == nil {
				continue
			}
			if c.Range&OverHeader != 0 {
				c.hash.Write(in.Header.raw)
			}
			if c.Range&OverPayload != 0 {
				payload = append(payload, c.hash)
			}
		}
	}
	size, err := copyTo(payload, r)
	if err != nil {
		return nil, fmt.Errorf("reading the payload: %w", err)
	}
	rep.Size = in.HeaderEnd + size
	for _, c := range rep.Checks {
		c.decide(keys)
	}
	rep.settle()
	return rep, nil
}

// copyTo gives each piece of r to all the digests.
func copyTo(digests []io.Writer, r io.Reader) (int64, error) {
	return io.CopyBuffer(struct{ io.Writer }{io.MultiWriter(digests...)}, struct{ io.Reader }{r}, make([]byte, 128<<10))
}

// settle forgives what rpm forgives, and keeps of the checks that are not
// there those without which a part of the package is proven by nothing.
func (rep *Report) settle() {
	verdicts := make(map[Tag]Verdict)
	for _, c := range rep.Checks {
		verdicts[c.Tag] = max(verdicts[c.Tag], c.Verdict)
	}
	// rpm sorts what is not there behind what is.
	slices.SortStableFunc(rep.Checks, func(a, b *Check) int {
		return cmp.Or(int(a.Range)-int(b.Range), rank(a)-rank(b))
	})
	signed, digested := rep.proven()
	unsigned := OverBoth &^ signed
	if signed == 0 {
		unsigned = 0 // nobody promised a signature
	}
	kept := rep.Checks[:0]
	for _, c := range rep.Checks {
		if other, ok := alternatives[c.Tag]; ok && c.Verdict == Bad && verdicts[other] == OK {
			c.Verdict, c.Reason = NotFound, ""
		}
		missing := OverBoth &^ digested
		if c.Signature {
			missing = unsigned
		} else if c.Range == OverPayload && signed&OverHeader != 0 {
			missing |= unsigned
		}
		if c.Verdict != NotFound || !c.Newer && missing&c.Range != 0 {
			kept = append(kept, c)
		}
	}
	rep.Checks = kept
}

// rank orders the checks of one range.
func rank(c *Check) int {
	n := 0
	if !c.Signature {
		n += 2
	}
	if c.Verdict == NotFound {
		n++
	}
	return n
}

// proven says which parts of the package have a good signature, and which a
// good digest, by what rpm 4.18 looks at. A digest in a header that is signed
// is as good as a signature.
func (rep *Report) proven() (signed, digested Range) {
	for _, c := range rep.Checks {
		if c.Newer || c.Verdict != OK {
			continue
		}
		if c.Signature || signed&OverHeader != 0 && c.Range == OverPayload {
			signed |= c.Range
		}
		if !c.Signature {
			digested |= c.Range
		}
	}
	return signed, digested
}

// ErrVerify is in the chain of every error about a package that its own
// digests, or the keys given, do not vouch for.
var ErrVerify = errors.New("package does not verify")

// Err is nil when every digest and every signature is good, which is what
// rpmkeys -K ends with 0 for: an unsigned package passes, a signed one needs
// its key. Of the signatures that only rpm 6 makes, those without a key or of
// an unknown kind don't count beside a good one.
func (rep *Report) Err() error {
	var faults []string
	for _, c := range rep.Checks {
		if c.Verdict == OK || c.Newer && (c.Verdict == NoKey || c.Verdict == Unreadable) && rep.hasSignature(OK) {
			continue
		}
		faults = append(faults, c.String())
	}
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrVerify, strings.Join(faults, "; "))
}

func (rep *Report) hasSignature(v Verdict) bool {
	for _, c := range rep.Checks {
		if c.Signature && c.Verdict == v {
			return true
		}
	}
	return false
}

// Signed reports whether there is any signature, good or not.
func (rep *Report) Signed() bool {
	for _, c := range rep.Checks {
		if c.Signature && c.Verdict != NotFound {
			return true
		}
	}
	return false
}

// Trusted says who signed the package: it passes Err, and one of the keys
// signed all of it, with digests that cannot be forged, at a time when the key
// was good. rpm asks for less: it takes MD5, SHA-1 and keys that expired.
func (rep *Report) Trusted() (signer string, err error) {
	if err := rep.Err(); err != nil {
		return "", err
	}
	var faults []string
	var payload Range // proven by a digest, if the header is
	for _, c := range rep.Checks {
		if !c.Signature && !c.Weak && c.Range == OverPayload && c.Verdict == OK {
			payload = OverPayload
		}
	}
	for _, c := range rep.Checks {
		covered := c.Range
		if covered&OverHeader != 0 {
			covered |= payload
		}
		switch {
		case !c.Signature || c.Verdict != OK:
		case c.Weak:
			faults = append(faults, c.String()+": a weak digest that is refused")
		case c.KeyFault != "":
			faults = append(faults, c.String()+": key "+c.Signer+" "+c.KeyFault)
		case covered != OverBoth:
			faults = append(faults, c.String()+": no strong digest holds the payload")
		default:
			return c.Signer, nil
		}
	}
	if len(faults) == 0 {
		faults = []string{"it is not signed"}
	}
	return "", fmt.Errorf("%w: %s", ErrVerify, strings.Join(faults, "; "))
}
