package rpm

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"math"
	"slices"
	"time"

	"cdbuilder/internal/cpio"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// packed is what writing the payload found out.
type packed struct {
	digests  []string // of the contents, in their order; empty for what has none
	sum, alt string   // of the payload packed and unpacked: SHA-256, hexadecimal
	unpacked int64    // bytes
}

const gzipLevel = 6

func (b *Build) compressor() string {
	if b.Compressor == "" {
		return "zstd"
	}
	return b.Compressor
}

// compressed starts the compression; its output depends on nothing but its
// input.
func (b *Build) compressed(w io.Writer) (io.WriteCloser, error) {
	switch b.compressor() {
	case "zstd":
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault))
	case "gzip":
		return gzip.NewWriterLevel(w, gzipLevel)
	}
	return nopCloser{w}, nil
}

// payloadFlags is what the header says of the compression.
func (b *Build) payloadFlags() (compressor, level string) {
	switch b.compressor() {
	case "zstd":
		return "zstd", "3"
	case "gzip":
		return "gzip", fmt.Sprint(gzipLevel)
	}
	return "", "" // what is not named and not packed is read as it is
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// pack writes the payload.
func pack(w io.Writer, contents []Content, compress func(io.Writer) (io.WriteCloser, error), large bool) (*packed, error) {
	out := bufio.NewWriterSize(w, 128<<10)
	sum := sha256.New()
	z, err := compress(io.MultiWriter(out, sum))
	if err != nil {
		return nil, err
	}
	a := &packer{w: z, alt: sha256.New(), large: large}
	a.cpio = cpio.NewWriter(a)
	res := &packed{digests: make([]string, len(contents))}
	for i := range contents {
		if contents[i].Flags&FileGhost != 0 {
			continue
		}
		if res.digests[i], err = a.add(&contents[i], i); err != nil {
			return nil, errors.Join(fmt.Errorf("packing %s: %w", contents[i].Path, err), z.Close())
		}
	}
	if err := errors.Join(a.cpio.Close(), z.Close(), out.Flush()); err != nil {
		return nil, err
	}
	res.sum, res.alt, res.unpacked = hex.EncodeToString(sum.Sum(nil)), hex.EncodeToString(a.alt.Sum(nil)), a.n
	return res, nil
}

// packer writes the archive: newc, or rpm's own format where a file has 4 GiB
// or more.
type packer struct {
	w     io.Writer
	cpio  *cpio.Writer
	alt   hash.Hash // of the archive
	n     int64     // bytes of the archive
	large bool
}

// Write gives the archive to the compressor.
func (a *packer) Write(p []byte) (int, error) {
	n, err := a.w.Write(p)
	a.alt.Write(p[:n])
	a.n += int64(n)
	return n, err
}

// add writes one file and returns its content's digest.
func (a *packer) add(c *Content, number int) (digest string, err error) {
	if a.large {
		return a.addStripped(c, number)
	}
	h := cpio.Header{
		Name: "." + c.Path, Mode: fileMode(c.Mode), ModTime: time.Unix(c.ModTime, 0), Size: c.Size, Linkname: c.LinkTo,
		Major: c.RDev >> 8 & 0xfff, Minor: c.RDev&0xff | c.RDev>>12&0xfff00,
	}
	if err := a.cpio.WriteHeader(&h); err != nil {
		return "", err
	}
	if !c.regular() {
		return "", nil
	}
	return copyContent(a.cpio, c)
}

func (a *packer) addStripped(c *Content, number int) (digest string, err error) {
	if _, err := fmt.Fprintf(a, "%s%08x\x00\x00", strippedMagic, number); err != nil {
		return "", err
	}
	if c.regular() {
		digest, err = copyContent(a, c)
	} else {
		_, err = io.WriteString(a, c.LinkTo)
	}
	if err == nil {
		_, err = a.Write(make([]byte, -a.n&3))
	}
	return digest, err
}

// copyContent copies exactly the bytes that were promised.
func copyContent(w io.Writer, c *Content) (digest string, err error) {
	sum := sha256.New()
	if c.Size > 0 {
		in, err := c.Open()
		if err != nil {
			return "", err
		}
		defer in.Close()
		n, err := io.Copy(io.MultiWriter(w, sum), io.LimitReader(in, c.Size))
		if err != nil {
			return "", err
		}
		if more, _ := io.ReadFull(in, make([]byte, 1)); n != c.Size || more != 0 {
			return "", fmt.Errorf("%d bytes or more where %d were promised", n+int64(more), c.Size)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// fileMode turns a mode of stat(2) into Go's.
func fileMode(mode uint32) fs.FileMode {
	m := fs.FileMode(mode & 0o777)
	for bit, set := range map[uint32]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if mode&bit != 0 {
			m |= set
		}
	}
	switch mode & modeType {
	case modeDir:
		m |= fs.ModeDir
	case modeSymlink:
		m |= fs.ModeSymlink
	case modeChar:
		m |= fs.ModeDevice | fs.ModeCharDevice
	case modeBlock:
		m |= fs.ModeDevice
	case modeFifo:
		m |= fs.ModeNamedPipe
	}
	return m
}

// maxNewc is the longest file that newc has room for, bytes.
const maxNewc = math.MaxUint32

// large reports whether a file is too long for newc.
func (b *Build) large() bool {
	return slices.ContainsFunc(b.Contents, func(c Content) bool { return c.Size > cmp.Or(b.newcLimit, maxNewc) })
}
