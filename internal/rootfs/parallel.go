package rootfs

import (
	"context"
	"errors"
	"sync"
)

// each calls do for every package, a few at a time and in no order. The first
// failure ends the rest and is returned.
func each(ctx context.Context, workers int, pkgs []*pkg, do func(context.Context, *pkg) error) error {
	return schedule(ctx, workers, pkgs, func(*pkg) []*pkg { return nil }, do)
}

// inOrder calls do for every package, a few at a time, each after those of them
// that it needs and that rank before it.
func inOrder(ctx context.Context, workers int, pkgs []*pkg, do func(context.Context, *pkg) error) error {
	return schedule(ctx, workers, pkgs, func(p *pkg) []*pkg { return p.needs }, do)
}

// schedule works through the packages, which stand by rank. A free worker takes
// the first one whose turn has come.
func schedule(ctx context.Context, workers int, pkgs []*pkg, after func(*pkg) []*pkg, do func(context.Context, *pkg) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	waiting := make(map[*pkg]int, len(pkgs)) // how many it still waits for
	waiters := make(map[*pkg][]*pkg)
	for _, p := range pkgs {
		waiting[p] = 0
	}
	for _, p := range pkgs {
		for _, q := range after(p) {
			if _, here := waiting[q]; here && q.rank < p.rank {
				waiting[p]++
				waiters[q] = append(waiters[q], p)
			}
		}
	}
	ready := make(chan *pkg, len(pkgs))
	for _, p := range pkgs {
		if waiting[p] == 0 {
			ready <- p
		}
	}
	left := len(pkgs)
	if left == 0 {
		close(ready)
	}
	var mu sync.Mutex
	done := func(p *pkg) {
		mu.Lock()
		defer mu.Unlock()
		for _, q := range waiters[p] {
			if waiting[q]--; waiting[q] == 0 {
				ready <- q
			}
		}
		if left--; left == 0 {
			close(ready)
		}
	}
	var wg sync.WaitGroup
	for range max(1, workers) {
		wg.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case p, more := <-ready:
					if !more {
						return
					}
					if err := do(ctx, p); err != nil {
						cancel(err)
						return
					}
					done(p)
				}
			}
		})
	}
	wg.Wait()
	if left == 0 {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return errors.New("no package is ready to be unpacked") // needs of lower rank cannot form a circle
}
