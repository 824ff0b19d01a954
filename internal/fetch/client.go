package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Client fetches into one cache. Its fields are not changed once it is in use.
type Client struct {
	// Dir is the cache directory; it is made when needed.
	Dir string
	// HTTP carries the requests; nil means a plain client. See NewHTTP for one
	// that honours the proxies of an environment.
	HTTP *http.Client
	// Parallel is how many transfers FetchAll keeps running; 0 means 6.
	Parallel int
	// Idle is how long a connection may be silent before it is given up, from
	// dialling to the last byte; 0 means 30 seconds.
	Idle time.Duration
	// Retries is how often a transient fault is tried again; 0 means 3, a
	// negative number never.
	Retries int
	// Wait is the pause before the first new try; it doubles with each further
	// one. 0 means half a second.
	Wait time.Duration
	// Rehash reads files found in the cache again, instead of trusting that
	// one with the right name and size is the right one.
	Rehash bool
	// Now is the clock, for servers that name a time to come back at; without
	// one such an answer is treated as any other.
	Now func() time.Time
}

// Want is a file to fetch.
type Want struct {
	URLs   []string // where it may be, best first: http, https or file
	SHA256 string   // lower-case hexadecimal digest
	SHA512 string   // used only where there is no SHA256
	Size   int64    // bytes
	Name   string   // what errors call it; the first URL when empty
}

func (w *Want) name() string {
	if w.Name != "" || len(w.URLs) == 0 {
		return w.Name
	}
	return redact(w.URLs[0])
}

// Validate reports everything that makes a Want impossible to fetch.
func (w *Want) Validate() error {
	var faults []error
	if len(w.URLs) == 0 {
		faults = append(faults, errors.New("no URL to fetch it from"))
	}
	for _, u := range w.URLs {
		if _, err := parseURL(u); err != nil {
			faults = append(faults, err)
		}
	}
	if w.Size < 0 {
		faults = append(faults, fmt.Errorf("size %d", w.Size))
	}
	if _, err := w.digest(); err != nil {
		faults = append(faults, err)
	}
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("fetching %s: %w", w.name(), err)
	}
	return nil
}

// Fetch returns the path of the wanted file in the cache, fetching it if it is
// not there. progress, which may be nil, is told the bytes as they arrive, also
// those found in the cache; it is told a negative number when a transfer starts
// over.
func (c *Client) Fetch(ctx context.Context, w Want, progress func(n int64)) (path string, err error) {
	if err := w.Validate(); err != nil {
		return "", err
	}
	if progress == nil {
		progress = func(int64) {}
	}
	path, err = c.fetch(ctx, &w, progress)
	if err != nil {
		return "", fmt.Errorf("fetching %s: %w", w.name(), err)
	}
	return path, nil
}

// Cached returns where the wanted file stands in the cache, and whether it is
// there.
func (c *Client) Cached(w Want) (path string, ok bool) {
	d, err := w.digest()
	if err != nil {
		return "", false
	}
	path = d.path(c.Dir)
	return path, c.isWhole(path, &w, d)
}

// maxFailures is how many files may fail before FetchAll starts no more: with
// a dead mirror the rest would only take time.
const maxFailures = 20

// FetchAll fetches all files, several at a time, and reports every one that
// failed. Files with the same digest are fetched once.
func (c *Client) FetchAll(ctx context.Context, wants []Want, progress func(n int64)) error {
	var mu sync.Mutex
	tell := func(n int64) {
		if progress != nil {
			mu.Lock()
			defer mu.Unlock()
			progress(n)
		}
	}
	var (
		faults   = make([]error, len(wants))
		failures int
		queue    = make(chan int)
		workers  sync.WaitGroup
	)
	for range min(cmp.Or(c.Parallel, 6), len(wants)) {
		workers.Go(func() {
			for i := range queue {
				if _, faults[i] = c.Fetch(ctx, wants[i], tell); faults[i] != nil {
					mu.Lock()
					failures++
					mu.Unlock()
				}
			}
		})
	}
	enough := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return failures >= maxFailures || ctx.Err() != nil
	}
	seen := make(map[string]bool, len(wants))
	skipped := 0
	for i := range wants {
		key := wants[i].SHA256 + wants[i].SHA512
		switch {
		case enough():
			skipped++
		case !seen[key] || key == "":
			seen[key] = true
			queue <- i
		}
	}
	close(queue)
	workers.Wait()
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("fetching %d files: %w", len(wants), err)
	}
	if skipped > 0 {
		faults = append(faults, fmt.Errorf("%d more files were not tried after %d failures", skipped, failures))
	}
	return errors.Join(faults...)
}
