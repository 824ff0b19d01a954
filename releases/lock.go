package releases

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// ErrBusy is returned while another run publishes to the same mirror.
var ErrBusy = errors.New("another make store is publishing to this directory; wait until it has ended")

// lock keeps other runs out until close. The kernel gives the lock back when
// the program dies; the file stays, for to remove it would let two runs in.
func (s *store) lock() error {
	f, err := s.mirror.OpenFile(lockFile, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return fmt.Errorf("locking the mirror: %w", err)
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		s.unlock = func() { _ = f.Close() }
		return nil
	}
	_ = f.Close()
	if errors.Is(err, unix.EWOULDBLOCK) {
		return ErrBusy
	}
	return fmt.Errorf("locking the mirror: %w", err)
}
