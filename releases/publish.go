package releases

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// publish copies the release into the hidden directory and shows it.
func (s *store) publish() error {
	seals, err := s.seals() // first: a wrong passphrase shall not cost a copy
	if err != nil {
		return err
	}
	tmp := temporary(s.rel.name)
	err = s.fill(tmp, seals)
	if err == nil {
		err = s.show(tmp)
	}
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		return errors.Join(fmt.Errorf("the mirror's disk is full; nothing has been published: %w", err), s.mirror.RemoveAll(tmp))
	}
	return err
}

// fill brings the hidden directory to hold the release, synced and verified.
func (s *store) fill(tmp string, seals map[string][]byte) error {
	if err := s.step("make %s", tmp); err != nil {
		return err
	}
	if err := s.mirror.Mkdir(tmp, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	root, err := s.mirror.OpenRoot(tmp)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	if err := s.clear(root, seals); err != nil {
		return err
	}
	if err := s.room(root); err != nil {
		return err
	}
	for _, sum := range s.rel.sums {
		if err := s.copy(root, sum); err != nil {
			return fmt.Errorf("copying %s: %w", sum.Name, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(seals)) {
		if err := s.seal(root, name, seals[name]); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
	}
	return s.settle(root)
}

// clear removes from an interrupted run's directory what the release does not
// have, as when it was built again since.
func (s *store) clear(root *os.Root, seals map[string][]byte) error {
	wanted := map[string]bool{}
	for _, sum := range s.rel.sums {
		for name := sum.Name; name != "."; name = path.Dir(name) {
			wanted[name] = true
		}
	}
	for name := range seals {
		wanted[name] = true
	}
	return fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." || wanted[name] {
			return err
		}
		if err := s.step("clear %s", name); err != nil {
			return err
		}
		if err := root.RemoveAll(name); err != nil {
			return err
		}
		if d.IsDir() {
			return fs.SkipDir
		}
		return nil
	})
}

// room asks for the space of what is still to be copied before any of it is.
func (s *store) room(root *os.Root) error {
	var need int64
	for _, sum := range s.rel.sums {
		info, err := s.source.Stat(sum.Name)
		if err != nil {
			return err
		}
		need += info.Size()
		if copied, err := root.Stat(sum.Name); err == nil {
			need -= min(info.Size(), copied.Size())
		}
	}
	dir, err := root.Open(".")
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	var st unix.Statfs_t
	if err := unix.Fstatfs(int(dir.Fd()), &st); err != nil || st.Blocks == 0 {
		return nil // some network file systems do not say; the copy will
	}
	if free := int64(st.Bavail) * st.Bsize; free < need {
		return fmt.Errorf("the release needs %d MiB more there and %d MiB are free: %w", need>>20, free>>20, unix.ENOSPC)
	}
	return nil
}

// copy brings one file into the hidden directory, unless an earlier run has,
// and reads it back.
func (s *store) copy(root *os.Root, sum Sum) error {
	if err := s.verify(root, sum); err == nil || s.ctx.Err() != nil {
		return s.ctx.Err()
	}
	if err := s.step("copy %s", sum.Name); err != nil {
		return err
	}
	if err := root.MkdirAll(path.Dir(sum.Name), 0o755); err != nil {
		return err
	}
	from, err := s.source.Open(sum.Name)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	h := sha256.New()
	err = s.write(root, sum.Name, io.TeeReader(from, h))
	if err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != sum.SHA256 {
		return fmt.Errorf("the file in %s has the digest %s and not %s as %s says; make iso builds it again",
			s.Dir, got, sum.SHA256, SumsFile)
	}
	if err := s.verify(root, sum); err != nil {
		return fmt.Errorf("reading the copy back: %w", err)
	}
	return nil
}

// write copies a stream into a file, to the disk.
func (s *store) write(root *os.Root, name string, r io.Reader) error {
	to, err := root.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = copyTo(s.ctx, faulty{to, s, name}, r, s.Progress)
	if err == nil {
		err = to.Sync()
	}
	return errors.Join(err, to.Close())
}

// faulty lets tests fail between two writes.
type faulty struct {
	io.Writer
	s    *store
	name string
}

func (f faulty) Write(p []byte) (int, error) {
	if err := f.s.step("write %s", f.name); err != nil {
		return 0, err
	}
	return f.Writer.Write(p)
}

// verify reads a copy, from the disk and not from memory where the system
// allows it, and holds it to its digest.
func (s *store) verify(root *os.Root, sum Sum) error {
	f, err := root.Open(sum.Name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) // advice only
	h := sha256.New()
	if err := copyTo(s.ctx, h, f, s.Progress); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != sum.SHA256 {
		return fmt.Errorf("%s has the digest %s, not %s", sum.Name, got, sum.SHA256)
	}
	return nil
}

func (s *store) seal(root *os.Root, name string, data []byte) error {
	if err := s.step("seal %s", name); err != nil {
		return err
	}
	return s.write(root, name, strings.NewReader(string(data)))
}

// settle gives every file and directory its mode and time, whatever the umask,
// and syncs it, what is inside before what is around it.
func (s *store) settle(root *os.Root) error {
	type entry struct {
		name string
		mode fs.FileMode
	}
	var entries []entry
	err := fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if d.IsDir() {
			mode = 0o755
		}
		entries = append(entries, entry{name, mode})
		return nil
	})
	if err != nil {
		return err
	}
	for _, e := range slices.Backward(entries) {
		f, err := root.Open(e.name)
		if err != nil {
			return err
		}
		err = errors.Join(f.Chmod(e.mode), root.Chtimes(e.name, s.At, s.At), f.Sync(), f.Close())
		if err != nil {
			return err
		}
	}
	return nil
}

// show gives the hidden directory its name.
func (s *store) show(tmp string) error {
	if err := s.step("show %s", s.rel.name); err != nil {
		return err
	}
	if err := s.mirror.Rename(tmp, s.rel.name); err != nil {
		return err
	}
	if err := s.step("sync %s", s.rel.name); err != nil {
		return err
	}
	return s.syncDir(".")
}
