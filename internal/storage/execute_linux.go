package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Execute does the plan's steps. Before each it calls step with its number
// from 1, how many there are, and what it does; nil is allowed. When a step
// fails, what the others switched on is switched off again, so that the plan
// can be executed anew. Everything on the disks that the plan erases is gone
// from the first step on.
func Execute(ctx context.Context, p *Plan, t Tools, step func(n, of int, does string)) error {
	if err := p.Check(); err != nil {
		return fmt.Errorf("the plan is not sound: %w", err)
	}
	steps := p.Steps()
	for i, s := range steps {
		if step != nil {
			step(i+1, len(steps), s.Does)
		}
		err := ctx.Err()
		if err == nil {
			err = t.do(ctx, s)
		}
		if err != nil {
			err = fmt.Errorf("%s: %w", s.Does, err)
			return errors.Join(err, p.Release(context.WithoutCancel(ctx), t))
		}
	}
	return nil
}

func (t Tools) do(ctx context.Context, s Step) error {
	switch {
	case s.Table != nil:
		return s.Table.write(ctx, t)
	case s.Subvolumes != nil:
		return s.Subvolumes.makeSubvolumes()
	}
	if err := t.Run(ctx, s.Argv, []byte(s.Stdin)); err != nil {
		return err
	}
	return t.wait(ctx, s.Wait)
}

// wait waits for a device to appear.
func (t Tools) wait(ctx context.Context, device string) error {
	if device == "" {
		return nil
	}
	patience := t.Patience
	if patience == 0 {
		patience = 10 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		if _, err := os.Stat(device); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s did not appear: %w", device, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// write wipes what was on a disk, writes its table and tells the kernel.
func (d *DiskPlan) write(ctx context.Context, t Tools) error {
	f, err := d.open()
	if err != nil {
		return err
	}
	defer f.Close()
	if err := d.wipe(f); err != nil {
		return err
	}
	if err := d.After().Write(f, d.Size, d.Sector); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("flush %s: %w", d.Path(), err)
	}
	if err := d.tell(f, t.Source); err != nil {
		return err
	}
	for _, n := range d.New {
		if err := t.wait(ctx, n.Path); err != nil {
			return err
		}
	}
	return nil
}

// Superblocks of what may be found again stand in the first MiB (md, LVM, file
// systems; LUKS2 has a second header up to 4 MiB) and the last (md 1.0, GPT).
const (
	wipeHead = 5 * mib
	wipeTail = 2 * mib
)

// wipe makes what was on the disk, on the partitions that go, and on the
// places of the new ones, impossible to find: a new partition that begins
// where an old one did must not wake its LVM or md.
func (d *DiskPlan) wipe(w io.WriterAt) error {
	spans := make([][2]int64, 0, 1+len(d.Removed)+len(d.New))
	if d.Fresh {
		spans = append(spans, [2]int64{0, d.Size})
		for _, part := range d.Partitions {
			spans = append(spans, [2]int64{part.Start, part.Size})
		}
	}
	for _, part := range d.Removed {
		spans = append(spans, [2]int64{part.Start, part.Size})
	}
	for _, n := range d.New {
		spans = append(spans, [2]int64{n.Start, n.Entry.Size})
	}
	zero := make([]byte, wipeHead)
	for _, s := range spans {
		head, tail := min(s[1], wipeHead), min(s[1], wipeTail)
		if _, err := w.WriteAt(zero[:head], s[0]); err != nil {
			return fmt.Errorf("wipe %s: %w", d.Path(), err)
		}
		if _, err := w.WriteAt(zero[:tail], s[0]+s[1]-tail); err != nil {
			return fmt.Errorf("wipe %s: %w", d.Path(), err)
		}
	}
	return nil
}

// makeSubvolumes makes them from outermost to innermost.
func (b *Btrfs) makeSubvolumes() error {
	dir, err := os.MkdirTemp("", "btrfs")
	if err != nil {
		return err
	}
	defer os.Remove(dir)
	device := b.Members[0].Device()
	if err := unix.Mount(device, dir, "btrfs", 0, ""); err != nil {
		return fmt.Errorf("mount %s: %w", device, err)
	}
	defer func() { _ = unix.Unmount(dir, unix.MNT_DETACH) }()
	for _, s := range b.Subvolumes {
		where := filepath.Join(dir, s.Name)
		if err := makeSubvolume(filepath.Dir(where), filepath.Base(where)); err != nil {
			return fmt.Errorf("make the subvolume %s: %w", s.Name, err)
		}
	}
	return nil
}

func reader(b []byte) io.Reader {
	if b == nil {
		return nil
	}
	return bytes.NewReader(b)
}
