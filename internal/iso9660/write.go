package iso9660

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
)

// An Output takes an image: an *os.File, opened without O_APPEND and at its start.
type Output interface {
	io.Writer
	io.WriterAt
}

// A Result is what Write learned about the image.
type Result struct {
	Size int64 // in bytes
	// MD5 is the implanted checksum, 32 hexadecimal digits, and FragmentSums
	// the 60 digits of its fragments. Both are empty without Options.ImplantMD5.
	MD5          string
	FragmentSums string
}

// ErrContent is what an error of Write wraps when a file's content is not what
// its Entry says: another length, or another digest.
var ErrContent = errors.New("content differs from the plan")

// Write writes the image to f in one sequential pass. Only when the MD5 is
// implanted, 512 bytes of the primary volume descriptor are written at the end once more.
// Progress is told how many bytes were written since the last call, on the
// caller's goroutine; it may be nil. When Write fails, what was written is of no use.
func (l *Layout) Write(ctx context.Context, f Output, progress func(n int64)) (*Result, error) {
	infos, err := l.bootInfos()
	if err != nil {
		return nil, err
	}
	result := &Result{Size: l.size}
	var sum *implant
	add := func([]byte) {}
	if l.opt.ImplantMD5 {
		sum = newImplant(l.size)
		add = sum.add
	}
	s := newStream(ctx, f, add, progress)
	if err := s.close(l.writeAll(s, infos)); err != nil {
		return nil, err
	}
	if sum == nil {
		return result, nil
	}
	if _, err := f.WriteAt(sum.field(), primarySector*SectorSize+appUseOffset); err != nil {
		return nil, fmt.Errorf("implant the MD5: %w", err)
	}
	result.MD5, result.FragmentSums = sum.sum(), string(sum.sums[:])
	return result, nil
}

// bootInfos fills the boot information tables, and so reads their files a first
// time, before anything is written.
func (l *Layout) bootInfos() (map[*node][]byte, error) {
	infos := make(map[*node][]byte, len(l.info))
	for _, n := range l.info {
		info, err := l.bootInfo(n)
		if err != nil {
			return nil, err
		}
		infos[n] = info.encode()
	}
	return infos, nil
}

func (l *Layout) writeAll(s *stream, infos map[*node][]byte) error {
	if _, err := s.Write(l.systemArea()); err != nil {
		return err
	}
	for _, d := range l.descriptors() {
		if _, err := s.Write(d); err != nil {
			return err
		}
	}
	if l.tree.catalog != nil {
		if _, err := s.Write(l.bootCatalog()); err != nil {
			return err
		}
	}
	if err := l.writeDirectories(s); err != nil {
		return err
	}
	if err := s.zeros(SectorSize); err != nil { // l.blank
		return err
	}
	if err := l.writeFiles(s, infos); err != nil {
		return err
	}
	if err := l.at(s, uint32(l.end), "the padding"); err != nil {
		return err
	}
	if l.opt.Hybrid == nil {
		return s.zeros(l.size - s.offset)
	}
	backup := l.partitions().backup()
	if err := s.zeros(l.size - int64(len(backup)) - s.offset); err != nil {
		return err
	}
	_, err := s.Write(backup)
	return err
}

// writeDirectories writes the path tables, then all directories.
func (l *Layout) writeDirectories(s *stream) error {
	for _, h := range l.hierarchies() {
		for _, table := range [][]byte{h.pathTable(l.dirs[h], le), h.pathTable(l.dirs[h], be)} {
			if _, err := s.Write(table); err != nil {
				return err
			}
			if err := s.zeros(alignUp(s.offset, SectorSize) - s.offset); err != nil {
				return err
			}
		}
	}
	for _, h := range l.hierarchies() {
		for _, n := range l.dirs[h] {
			if err := l.at(s, n.dir.place[h].sector, "the directory "+n.path()); err != nil {
				return err
			}
			if err := writeDirectory(h, n, l.opt.Time, s); err != nil {
				return err
			}
		}
	}
	return l.at(s, l.blank, "the blank sector")
}

// at holds the pass to the plan: an image whose parts are not where its
// directories say must not be finished.
func (l *Layout) at(s *stream, sector uint32, what string) error {
	if planned := int64(sector) * SectorSize; s.offset != planned {
		return fmt.Errorf("lay out the image: %s was planned at byte %d and came to be at %d", what, planned, s.offset)
	}
	return nil
}

// writeFiles copies all content. Of files without any it only makes sure.
func (l *Layout) writeFiles(s *stream, infos map[*node][]byte) error {
	for _, n := range l.empty {
		if n.entry.Open == nil {
			continue
		}
		if err := writeFile(s, n.entry, nil); err != nil {
			return err
		}
	}
	for _, n := range l.files {
		if err := l.at(s, n.sector, n.entry.Path); err != nil {
			return err
		}
		if err := writeFile(s, n.entry, infos[n]); err != nil {
			return err
		}
	}
	return nil
}

// writeFile copies the content of one file, and checks it.
func writeFile(s *stream, e *Entry, info []byte) (err error) {
	r, err := e.Open()
	if err != nil {
		return fmt.Errorf("open %s: %w", e.Path, err)
	}
	defer func() {
		if cerr := r.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("close %s: %w", e.Path, cerr)
		}
	}()
	var digest hash.Hash
	if e.SHA256 != "" {
		digest = sha256.New()
	}
	if err := copyFile(s, r, e, info, digest); err != nil {
		return err
	}
	var extra [1]byte
	if got, _ := io.ReadFull(r, extra[:]); got > 0 {
		return fmt.Errorf("%s has more than the %d bytes that were planned: %w", e.Path, e.Size, ErrContent)
	}
	if digest != nil {
		if got := hex.EncodeToString(digest.Sum(nil)); !strings.EqualFold(got, e.SHA256) {
			return fmt.Errorf("%s has SHA-256 %s, not %s: %w", e.Path, got, strings.ToLower(e.SHA256), ErrContent)
		}
	}
	return s.zeros(alignUp(s.offset, SectorSize) - s.offset)
}

// copyFile copies e.Size bytes; info, when there is one, takes its place in
// them. The digest is of the content as it is read.
func copyFile(s *stream, r io.Reader, e *Entry, info []byte, digest hash.Hash) error {
	size := e.Size
	if info != nil {
		var head [infoTableEnd]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return fmt.Errorf("read %s: %w", e.Path, err)
		}
		if digest != nil {
			digest.Write(head[:])
		}
		copy(head[infoTableStart:], info)
		if _, err := s.Write(head[:]); err != nil {
			return err
		}
		size -= infoTableEnd
	}
	err := s.copy(r, size, digest)
	var out *outputError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &out):
		return out.error
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s has fewer than the %d bytes that were planned: %w", e.Path, e.Size, ErrContent)
	}
	return fmt.Errorf("read %s: %w", e.Path, err)
}
