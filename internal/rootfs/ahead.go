package rootfs

import (
	"cmp"
	"context"
	"io"
	"os"
	"slices"
	"sync"

	"cdbuilder/internal/deb"

	"golang.org/x/sys/unix"
)

// ahead is a package's data archive that was verified and decompressed while
// dpkg, which uses one processor, had other packages to configure. It lies in a
// file without a name on the target's own file system, where there is room for
// it sooner or later.
type ahead struct {
	ready   chan struct{} // closed when what follows is settled
	file    *os.File      // nil: there is none after all
	control []deb.ControlFile
	err     error
}

// readAhead begins to read the packages that wait for their preinsts, the
// largest first. The function that it gives ends that and lets go of the files.
func (in *installation) readAhead(ctx context.Context) (end func()) {
	left := in.plan.where(func(p *pkg) bool { return !in.unpacked[p] })
	slices.SortStableFunc(left, func(a, b *pkg) int { return cmp.Compare(b.Size, a.Size) })
	for _, p := range left {
		p.ahead = &ahead{ready: make(chan struct{})}
	}
	ctx, cancel := context.WithCancel(ctx)
	var reading sync.WaitGroup
	reading.Go(func() {
		for _, p := range left {
			p.ahead.read(ctx, p, in.Root)
		}
	})
	return func() {
		cancel()
		reading.Wait()
		for _, p := range left {
			p.ahead.close()
		}
	}
}

// read settles what is known of a package. That there is no place for it is no
// fault: it is read again when its turn has come.
func (a *ahead) read(ctx context.Context, p *pkg, dir string) {
	defer close(a.ready)
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return // vfat, for one, has no such files
	}
	file := os.NewFile(uintptr(fd), p.File)
	out := &written{to: file}
	err = p.verified(ctx, nil, func(d *deb.Reader) error {
		a.control = d.ControlFiles()
		return d.Data(out)
	})
	if out.err != nil || ctx.Err() != nil {
		_ = file.Close()
		return
	}
	a.file, a.err = file, err
}

// written remembers that writing failed, and not reading.
type written struct {
	to  io.Writer
	err error
}

func (w *written) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	if err != nil {
		w.err = err
	}
	return n, err
}

// reading hands on what was read before; done is false where there is nothing.
func (a *ahead) reading(ctx context.Context, use func(*deb.Reader) error) (done bool, err error) {
	select {
	case <-a.ready:
	case <-ctx.Done():
		return true, ctx.Err()
	}
	if a.file == nil {
		return false, nil
	}
	defer a.close() // its place is free again
	if a.err != nil || use == nil {
		return true, a.err
	}
	if _, err := a.file.Seek(0, io.SeekStart); err != nil {
		return true, err
	}
	return true, use(deb.Unpacked(a.control, a.file))
}

// close lets go of the file. What it held is gone.
func (a *ahead) close() {
	if a.file != nil {
		_ = a.file.Close()
		a.file = nil
	}
}
