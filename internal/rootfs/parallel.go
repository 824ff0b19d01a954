package rootfs

import (
	"context"
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
	q := newQueue(pkgs, after)
	var wg sync.WaitGroup
	for range max(1, workers) {
		wg.Go(func() {
			for {
				p := q.take(ctx)
				if p == nil {
					return
				}
				if err := do(ctx, p); err != nil {
					cancel(err)
					return
				}
				q.done(p)
			}
		})
	}
	wg.Wait()
	if q.left == 0 {
		return nil
	}
	return context.Cause(ctx)
}

// queue hands out packages whose turn has come.
type queue struct {
	ready chan *pkg

	mu      sync.Mutex
	left    int             // not done yet
	waiting map[*pkg]int    // for how many others
	waiters map[*pkg][]*pkg // who waits for it
}

// newQueue has each package wait for those of the others that come before it and
// rank before it, so that none waits in a circle.
func newQueue(pkgs []*pkg, after func(*pkg) []*pkg) *queue {
	q := &queue{ready: make(chan *pkg, len(pkgs)), left: len(pkgs), waiting: make(map[*pkg]int, len(pkgs)), waiters: make(map[*pkg][]*pkg)}
	for _, p := range pkgs {
		q.waiting[p] = 0
	}
	for _, p := range pkgs {
		for _, other := range after(p) {
			if _, here := q.waiting[other]; here && other.rank < p.rank {
				q.waiting[p]++
				q.waiters[other] = append(q.waiters[other], p)
			}
		}
		if q.waiting[p] == 0 {
			q.ready <- p
		}
	}
	if q.left == 0 {
		close(q.ready)
	}
	return q
}

// take waits for a package whose turn has come; nil when there is no more to do.
func (q *queue) take(ctx context.Context) *pkg {
	if ctx.Err() != nil {
		return nil
	}
	select {
	case <-ctx.Done():
		return nil
	case p := <-q.ready:
		return p
	}
}

// done lets those go on that wait for the package.
func (q *queue) done(p *pkg) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, other := range q.waiters[p] {
		if q.waiting[other]--; q.waiting[other] == 0 {
			q.ready <- other
		}
	}
	if q.left--; q.left == 0 {
		close(q.ready)
	}
}
