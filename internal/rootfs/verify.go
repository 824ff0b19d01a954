package rootfs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"cdbuilder/internal/deb"
)

// verifier hashes a package's file while it is read.
type verifier struct {
	ctx  context.Context
	r    io.Reader
	h    hash.Hash
	n    int64
	told func(int64) // progress; nil for nobody
}

// Read reads on; it is cut short when the context ends.
func (v *verifier) Read(p []byte) (int, error) {
	if err := v.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := v.r.Read(p)
	v.h.Write(p[:n])
	v.n += int64(n)
	if v.told != nil && n > 0 {
		v.told(int64(n))
	}
	return n, err
}

// reading opens the package's file, hands it to use, and holds the whole of it
// to its checksum. That the file is damaged explains whatever use complains of.
func (p *pkg) reading(ctx context.Context, told func(int64), use func(*deb.Reader) error) error {
	if p.ahead != nil {
		if done, err := p.ahead.reading(ctx, use); done {
			if told != nil {
				told(p.Size)
			}
			return err
		}
	}
	return p.verified(ctx, told, use)
}

// verified is reading from the file itself.
func (p *pkg) verified(ctx context.Context, told func(int64), use func(*deb.Reader) error) error {
	f, err := p.Open()
	if err != nil {
		return err
	}
	defer f.Close()
	v := &verifier{ctx: ctx, r: f, h: sha256.New(), told: told}
	var useErr error
	if use != nil {
		useErr = useDeb(v, use)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	// What fails for want of room is no fault of the file: it need not be read on.
	if errors.As(useErr, new(*placeError)) {
		return useErr
	}
	if _, err := io.Copy(io.Discard, io.LimitReader(v, p.Size+1-min(v.n, p.Size+1))); err != nil {
		return err
	}
	sum := hex.EncodeToString(v.h.Sum(nil))
	if v.n != p.Size || sum != p.SHA256 {
		return &ChecksumError{Got: sum, Want: p.SHA256, GotSize: v.n, WantSize: p.Size}
	}
	return useErr
}

func useDeb(r io.Reader, use func(*deb.Reader) error) error {
	d, err := deb.NewReader(r)
	if err != nil {
		return err
	}
	return use(d)
}

// head reads the package's control archive. The rest of the file stays unread,
// so that nothing is verified yet.
func (p *pkg) head() error {
	f, err := p.Open()
	if err != nil {
		return err
	}
	defer f.Close()
	d, err := deb.NewReader(f)
	if err != nil {
		return err
	}
	if p.control, err = d.Paragraph(); err != nil {
		return fmt.Errorf("control file: %w", err)
	}
	p.text = d.Control()
	if is, want := p.control.Get("Package")+"_"+p.control.Get("Version")+"_"+p.control.Get("Architecture"), p.ID(); is != want {
		return fmt.Errorf("the file holds the package %s, not %s", is, want)
	}
	for _, c := range d.ControlFiles() {
		if c.Name == "preinst" {
			p.preinst = liveness(c.Data)
		}
	}
	p.headSum = controlSum(d)
	return p.relations()
}

// controlSum is a digest of what was read of the control archive before the
// file was held to its checksum; the same must be in the verified file.
func controlSum(d *deb.Reader) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, c := range d.ControlFiles() {
		fmt.Fprintf(h, "%q %d %d\n", c.Name, c.Mode, len(c.Data))
		h.Write(c.Data)
	}
	h.Sum(sum[:0])
	return sum
}
