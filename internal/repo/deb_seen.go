package repo

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// notOlder refuses a Release file older than one that was read before: who
// serves it hides updates, even if it was signed once. The newest date is
// remembered in the cache, for each archive and suite.
func (r *reader) notOlder(suite string, rel *release) error {
	if rel.Date.IsZero() {
		return nil
	}
	key := sha256.Sum256([]byte(strings.Join([]string{r.ID, suite, rel.Origin, rel.Label, rel.Suite, rel.Codename}, "\x00")))
	path := filepath.Join(r.fetch.Dir, "seen", fmt.Sprintf("%x", key[:12]))
	seen, err := readSeen(path)
	if err != nil {
		return err
	}
	if rel.Date.Before(seen) {
		return fmt.Errorf("it is of %s, older than the one of %s seen before: the mirror lags or holds updates back; try later or another MIRROR, or delete %s to accept it", stamp(rel.Date), stamp(seen), path)
	}
	if rel.Date.Equal(seen) {
		return nil
	}
	return writeFile(path, []byte(rel.Date.Format(time.RFC3339)+"\n"), 0o644)
}

// readSeen gives the zero time when there is nothing, or nothing readable:
// losing the memory must not stop the work.
func readSeen(path string) (time.Time, error) {
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, fmt.Errorf("reading what was seen before: %w", err)
	}
	seen, err := time.Parse(time.RFC3339, strings.TrimSpace(string(data)))
	if err != nil {
		return time.Time{}, nil
	}
	return seen, nil
}

// writeFile puts data under a name in one step.
func writeFile(path string, data []byte, mode fs.FileMode) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(data)
	if err := errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
