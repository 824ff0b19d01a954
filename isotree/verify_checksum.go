package isotree

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strings"

	"cdbuilder/internal/iso9660"
)

// checksum checks the implanted MD5 and, where it is known from elsewhere, the
// digest of the whole file, in one pass.
func (v *verifier) checksum(ctx context.Context) error {
	pass := &onePass{r: v.r}
	if v.opt.SHA256 != "" {
		pass.hash = sha256.New()
	}
	add := v.opt.begin("reading the image", v.size)
	if v.img != nil {
		if err := v.implanted(ctx, pass, add); err != nil {
			return err
		}
	}
	if v.opt.SHA256 == "" {
		return nil
	}
	if err := pass.finish(ctx, v.size, add); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		v.add("checksum", v.opt.SHA256From, VerdictFail, "%v", err)
		return nil
	}
	if got := hex.EncodeToString(pass.hash.Sum(nil)); !strings.EqualFold(got, v.opt.SHA256) {
		v.add("checksum", v.opt.SHA256From, VerdictFail, "the file's SHA-256 is %s; it should be %s", got, strings.ToLower(v.opt.SHA256))
		return nil
	}
	v.add("checksum", v.opt.SHA256From, VerdictOK, "SHA-256 %s", strings.ToLower(v.opt.SHA256))
	return nil
}

func (v *verifier) implanted(ctx context.Context, r io.ReaderAt, add func(int64)) error {
	want, err := v.img.Implanted()
	if err != nil {
		v.add("checksum", "implanted MD5", VerdictNone, "%v", err)
		return nil
	}
	switch status, err := iso9660.CheckMD5(ctx, r, add); {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		v.add("checksum", "implanted MD5", VerdictFail, "%v", err)
	case status == iso9660.CheckPassed:
		v.add("checksum", "implanted MD5", VerdictOK, "%s", want.MD5)
	case status == iso9660.CheckFailed:
		v.add("checksum", "implanted MD5", VerdictFail, "the image is not as it was when %s was implanted", want.MD5)
	default:
		v.add("checksum", "implanted MD5", VerdictNone, "it cannot be read")
	}
	return nil
}

// onePass hands reads through and hashes every byte the first time it comes by
// in order, so that whoever reads on from there need not read it again.
type onePass struct {
	r    io.ReaderAt
	hash hash.Hash // nil: nothing is hashed
	next int64     // the first byte that is not hashed
}

// ReadAt implements io.ReaderAt.
func (p *onePass) ReadAt(b []byte, offset int64) (int, error) {
	n, err := p.r.ReadAt(b, offset)
	if end := offset + int64(n); p.hash != nil && offset <= p.next && p.next < end {
		p.hash.Write(b[p.next-offset : n]) // a hash never fails
		p.next = end
	}
	return n, err
}

// finish reads what is left.
func (p *onePass) finish(ctx context.Context, size int64, progress func(int64)) error {
	buf := make([]byte, 256<<10)
	for p.next < size {
		if err := ctx.Err(); err != nil {
			return err
		}
		at := p.next
		n, err := p.ReadAt(buf[:min(int64(len(buf)), size-at)], at)
		progress(int64(n))
		if n == 0 {
			return fmt.Errorf("reading the image at byte %d: %w", at, err)
		}
	}
	return nil
}
