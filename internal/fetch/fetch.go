package fetch

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"
)

// progressCounts is how many new bytes make a failed attempt count as none:
// over a bad line a large file arrives in many pieces.
const progressCounts = 1 << 20

func (c *Client) fetch(ctx context.Context, w *Want, progress func(int64)) (string, error) {
	d, err := w.digest()
	if err != nil {
		return "", err
	}
	final := d.path(c.Dir)
	if c.isWhole(final, w, d) {
		progress(w.Size)
		return final, nil
	}
	p, err := c.openPart(ctx, final, w, d)
	if err != nil {
		return "", err
	}
	if p == nil {
		progress(w.Size)
		return final, nil
	}
	defer p.f.Close()
	p.total = progress
	if err := p.resume(); err != nil {
		return "", err
	}
	err = c.tryAll(ctx, w, p, final)
	if err != nil && p.n == 0 {
		p.discard()
	}
	return final, err
}

// tryAll asks one URL after the other, dropping those that cannot help, until
// the file is there or too many attempts have failed.
func (c *Client) tryAll(ctx context.Context, w *Want, p *part, final string) error {
	places := slices.Clone(w.URLs)
	said := make(map[string]error)
	for turn, tries := 0, 0; len(places) > 0; turn++ {
		place := places[turn%len(places)]
		before := p.n
		err := c.attempt(ctx, p, final, place)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		said[place] = err
		if errors.As(err, new(permanent)) {
			i := turn % len(places)
			places = slices.Delete(places, i, i+1)
			turn = i - 1 // the next one moved up
			continue
		}
		if p.n-before >= progressCounts {
			tries = 0
		}
		if tries++; tries > c.retries() {
			break
		}
		if err := pause(ctx, c.backoff(tries, err)); err != nil {
			return err
		}
	}
	return summary(w.URLs, said)
}

// attempt transfers what is missing and commits. Bytes of an earlier run that
// turn out to be wrong get one second chance from zero.
func (c *Client) attempt(ctx context.Context, p *part, final, place string) error {
	for {
		if p.n < p.size {
			if err := c.transfer(ctx, p, place); err != nil {
				return c.startOverAfter(err, p)
			}
		}
		err := p.commit(final, redact(place))
		if err == nil {
			return nil
		}
		if !errors.As(err, new(*Mismatch)) {
			return permanent{err}
		}
		again := p.foreign
		if rerr := p.reset(); rerr != nil {
			return rerr
		}
		if !again {
			return err
		}
	}
}

// startOverAfter drops the bytes of a server that cannot be believed.
func (c *Client) startOverAfter(err error, p *part) error {
	if errors.As(err, new(*TooLong)) {
		if rerr := p.reset(); rerr != nil {
			return rerr
		}
	}
	return err
}

func (c *Client) retries() int { return max(0, cmp.Or(c.Retries, 3)) }

// backoff doubles from try to try; a server may ask for more, within reason.
func (c *Client) backoff(try int, err error) time.Duration {
	wait := cmp.Or(c.Wait, 500*time.Millisecond) << min(try-1, 6)
	var status *Status
	if errors.As(err, &status) {
		wait = max(wait, min(status.after, time.Minute))
	}
	return wait
}

// summary puts what was said last about each URL in the order of the URLs.
func summary(urls []string, said map[string]error) error {
	var all everywhere
	for _, u := range urls {
		if err := said[u]; err != nil {
			all = append(all, err)
			delete(said, u)
		}
	}
	if len(all) == 1 {
		return all[0]
	}
	return all
}
