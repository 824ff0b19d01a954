package isotree

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"cdbuilder/internal/iso9660"
	"cdbuilder/internal/pgp"
)

// Verdict is what a check found.
type Verdict string

// The verdicts, from best to worst.
const (
	VerdictNone Verdict = "none" // there is nothing to check, or no means to
	VerdictOK   Verdict = "ok"
	VerdictWarn Verdict = "warn" // unusual; the medium may still do its work
	VerdictFail Verdict = "fail" // wrong
)

// Row is the outcome of one check.
type Row struct {
	Group   string  `json:"group"`
	Check   string  `json:"check"`
	Verdict Verdict `json:"verdict"`
	Detail  string  `json:"detail"`
}

// Report is what Verify found.
type Report struct {
	Size  int64  `json:"size"`  // of the file, bytes
	Label string `json:"label"` // volume label; empty when it is no ISO
	Rows  []Row  `json:"checks"`
}

// Count is the number of rows with a verdict.
func (r *Report) Count(v Verdict) int {
	n := 0
	for _, row := range r.Rows {
		if row.Verdict == v {
			n++
		}
	}
	return n
}

// VerifyOptions says how to verify.
type VerifyOptions struct {
	// Keys verify the signatures of a Debian archive on the medium; nil leaves
	// them unchecked. Now is the time that they are judged at.
	Keys *pgp.Keyring
	Now  time.Time

	// SHA256 is the expected digest of the whole file, 64 hexadecimal digits,
	// and SHA256From is where it was found. Empty: none is known.
	SHA256, SHA256From string

	// Progress begins a long step of total bytes and returns what is to be told
	// the bytes read since the last call. It may be nil.
	Progress func(step string, total int64) func(n int64)
}

// begin tells of a step and gives its callback, which is never nil.
func (o VerifyOptions) begin(step string, total int64) func(int64) {
	if o.Progress != nil {
		if add := o.Progress(step, total); add != nil {
			return add
		}
	}
	return func(int64) {}
}

// Verify checks an ISO image of size bytes, ours or anybody's: volume, labels,
// boot catalog, partition tables, implanted checksum and the digests of the
// files on it. What is damaged gives rows that fail, and the checks that don't
// depend on it go on. The only error is that of the context.
func Verify(ctx context.Context, r io.ReaderAt, size int64, opt VerifyOptions) (*Report, error) {
	v := &verifier{r: r, size: size, opt: opt, report: &Report{Size: size}}
	img, err := iso9660.Open(r, size)
	if err != nil {
		v.add("volume", "ISO 9660", VerdictFail, "%v", err)
		return v.report, v.checksum(ctx)
	}
	v.img, v.label = img, img.Primary().Label
	v.report.Label = v.label
	for _, check := range []func(context.Context) error{
		v.volume, v.boot, v.hybrid, v.efi, v.labels, v.checksum, v.digests,
	} {
		if err := check(ctx); err != nil {
			return nil, err
		}
	}
	return v.report, nil
}

// A verifier is one run of Verify. Its groups of checks run in a fixed order
// and leave here what later ones need.
type verifier struct {
	r      io.ReaderAt
	size   int64
	opt    VerifyOptions
	report *Report

	img     *iso9660.Image
	label   string
	files   *fileIndex
	catalog *iso9660.BootCatalog // nil where there is none
	esps    []*espImage

	area      *iso9660.SystemArea // nil where it can't be read
	areaFault error               // all that is wrong with it

	// patched are files that are altered when an image is written, and why, so
	// that digests taken before cannot match.
	patched map[string]string
}

// add appends a row.
func (v *verifier) add(group, check string, verdict Verdict, format string, args ...any) {
	detail := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "; ")
	v.report.Rows = append(v.report.Rows, Row{group, check, verdict, detail})
}

// bytesAt gives the byte at which a logical block starts.
func (v *verifier) bytesAt(block uint32) int64 {
	return int64(block) * int64(v.img.Primary().BlockSize)
}

// plural writes a number with its noun.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// isAre is the verb that goes with a number.
func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
