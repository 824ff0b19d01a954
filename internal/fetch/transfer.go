package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// transfer appends to the part what place has beyond it. Errors that another
// attempt cannot mend are marked permanent.
func (c *Client) transfer(ctx context.Context, p *part, place string) error {
	u, err := parseURL(place)
	if err != nil {
		return permanent{err}
	}
	if u.Scheme == "file" {
		return p.copyFile(u)
	}
	ctx, watch := c.watch(ctx, u.Redacted())
	defer watch.stop()
	resp, err := c.ask(ctx, u, p)
	if err != nil {
		return watch.explain(err)
	}
	defer resp.Body.Close()
	if err := p.accept(resp, u.Redacted()); err != nil {
		return err
	}
	err = p.copyBody(watch.reader(resp.Body), u.Redacted())
	return watch.explain(err)
}

// ask sends the request for what the part lacks.
func (c *Client) ask(ctx context.Context, u *url.URL, p *part) (*http.Response, error) {
	header := make(http.Header)
	if p.n > 0 {
		header.Set("Range", fmt.Sprintf("bytes=%d-", p.n))
		if p.validator != "" {
			header.Set("If-Range", p.validator)
		}
	}
	return c.do(ctx, u, header)
}

func (c *Client) do(ctx context.Context, u *url.URL, header http.Header) (*http.Response, error) {
	// No transparent compression: the bytes are what the digest is about.
	header.Set("Accept-Encoding", "identity")
	header.Set("User-Agent", "cd-builder")
	req := (&http.Request{Method: http.MethodGet, URL: u, Header: header}).WithContext(ctx)
	resp, err := c.client().Do(req)
	if err != nil {
		return nil, requestError(u, err)
	}
	if resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusPartialContent || resp.StatusCode == http.StatusRequestedRangeNotSatisfiable {
		return resp, nil
	}
	defer resp.Body.Close()
	switch code := resp.StatusCode; {
	case code == http.StatusNotFound || code == http.StatusGone:
		return nil, permanent{&NotFound{u.Redacted()}}
	case code >= 500 || code == http.StatusTooManyRequests || code == http.StatusRequestTimeout:
		return nil, &Status{u.Redacted(), code, resp.Status, c.retryAfter(resp)}
	}
	return nil, permanent{&Status{URL: u.Redacted(), Code: resp.StatusCode, Status: resp.Status}}
}

// requestError says what went wrong with a request in the words of the others.
func requestError(u *url.URL, err error) error {
	if inner := new(url.Error); errors.As(err, &inner) {
		err = inner.Err
	}
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: the server closed the connection without an answer", u.Redacted())
	}
	return fmt.Errorf("%s: %w", u.Redacted(), err)
}

// client bounds redirections, and forbids those that would leave TLS.
func (c *Client) client() *http.Client {
	client := http.Client{}
	if c.HTTP != nil {
		client = *c.HTTP
	}
	if client.CheckRedirect == nil {
		client.CheckRedirect = func(req *http.Request, via []*http.Request) error {
			switch last := via[len(via)-1].URL; {
			case len(via) >= 6:
				return permanent{errors.New("more than 5 redirections")}
			case req.URL.Scheme != "https" && (last.Scheme == "https" || req.URL.Scheme != "http"):
				return permanent{fmt.Errorf("a redirection from %s to %s is not followed", last.Scheme, req.URL.Scheme)}
			}
			return nil
		}
	}
	return &client
}

func (c *Client) retryAfter(resp *http.Response) time.Duration {
	after := resp.Header.Get("Retry-After")
	if n, err := strconv.Atoi(after); err == nil && n > 0 {
		return time.Duration(min(n, 3600)) * time.Second
	}
	if at, err := http.ParseTime(after); err == nil && c.Now != nil {
		return at.Sub(c.Now())
	}
	return 0
}

// accept looks at the answer before its body is read: is it the piece we asked
// for, of a file of the right size?
func (p *part) accept(resp *http.Response, place string) error {
	length := resp.ContentLength
	switch resp.StatusCode {
	case http.StatusRequestedRangeNotSatisfiable:
		// What the server has ends before what we have.
		err := &Truncated{place, p.size, 0}
		if _, total, ok := contentRange(resp); ok {
			err.Got = total
		}
		if rerr := p.reset(); rerr != nil {
			return rerr
		}
		return err
	case http.StatusPartialContent:
		start, total, ok := contentRange(resp)
		if !ok || start != p.n {
			return permanent{fmt.Errorf("%s: asked for the bytes from %d on, the server sends %q", place, p.n, resp.Header.Get("Content-Range"))}
		}
		length = total
	default:
		if p.n > 0 {
			if err := p.reset(); err != nil {
				return err
			}
		}
	}
	p.validator = validator(resp.Header)
	switch {
	case length >= 0 && length < p.size:
		return permanent{&Truncated{place, p.size, length}}
	case length > p.size:
		return permanent{&TooLong{place, p.size}}
	}
	return nil
}

// contentRange reads "bytes 100-199/200"; the total may be * (-1 here).
func contentRange(resp *http.Response) (start, total int64, ok bool) {
	v, ok := strings.CutPrefix(resp.Header.Get("Content-Range"), "bytes ")
	if !ok {
		return 0, 0, false
	}
	span, size, ok := strings.Cut(v, "/")
	if !ok {
		return 0, 0, false
	}
	total = -1
	if size != "*" {
		var err error
		if total, err = strconv.ParseInt(size, 10, 64); err != nil || total < 0 {
			return 0, 0, false
		}
	}
	if span == "*" {
		return 0, total, true
	}
	first, _, _ := strings.Cut(span, "-")
	start, err := strconv.ParseInt(first, 10, 64)
	return start, total, err == nil && start >= 0
}

// validator is what If-Range may name: a strong entity tag, else the date.
func validator(h http.Header) string {
	if tag := h.Get("Etag"); tag != "" {
		if strings.HasPrefix(tag, "W/") {
			return ""
		}
		return tag
	}
	return h.Get("Last-Modified")
}

// copyBody reads to the end, but never more than there should be.
func (p *part) copyBody(r io.Reader, place string) error {
	_, err := io.CopyBuffer(p, io.LimitReader(r, p.size-p.n), make([]byte, 128<<10))
	if err == nil && p.n == p.size {
		var one [1]byte
		if n, _ := io.ReadFull(r, one[:]); n > 0 {
			return permanent{&TooLong{place, p.size}}
		}
		return nil
	}
	if err == nil || errors.Is(err, io.ErrUnexpectedEOF) {
		return &Truncated{place, p.size, p.n}
	}
	if errors.As(err, new(*fs.PathError)) {
		return permanent{err} // our own disk
	}
	return fmt.Errorf("%s: %w", place, err)
}

func (p *part) copyFile(u *url.URL) error {
	f, err := os.Open(u.Path) //nolint:gosec // a file URL says which file its author wants read, and its digest is checked
	if errors.Is(err, fs.ErrNotExist) {
		return permanent{&NotFound{u.String()}}
	}
	if err != nil {
		return permanent{err}
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return permanent{err}
	case !info.Mode().IsRegular():
		return permanent{fmt.Errorf("%s: is not a regular file", u)}
	case info.Size() < p.size:
		return permanent{&Truncated{u.String(), p.size, info.Size()}}
	case info.Size() > p.size:
		return permanent{&TooLong{u.String(), p.size}}
	}
	if _, err := f.Seek(p.n, io.SeekStart); err != nil {
		return permanent{err}
	}
	return p.copyBody(f, u.String())
}

// watch ends a context when nothing came for too long.
func (c *Client) watch(ctx context.Context, place string) (context.Context, *watchdog) {
	w := &watchdog{idle: cmp.Or(c.Idle, 30*time.Second)}
	ctx, cancel := context.WithCancelCause(ctx)
	w.ctx, w.cancel = ctx, cancel
	w.timer = time.AfterFunc(w.idle, func() { cancel(&Stalled{place, w.idle}) })
	return ctx, w
}

type watchdog struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	idle   time.Duration
	timer  *time.Timer
}

func (w *watchdog) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// explain replaces the error of a cancelled request by the reason.
func (w *watchdog) explain(err error) error {
	var stalled *Stalled
	if err != nil && errors.As(context.Cause(w.ctx), &stalled) {
		return stalled
	}
	return err
}

// reader puts the alarm off with everything that arrives.
func (w *watchdog) reader(r io.Reader) io.Reader { return &watched{r, w} }

type watched struct {
	r io.Reader
	w *watchdog
}

func (r *watched) Read(b []byte) (int, error) {
	n, err := r.r.Read(b)
	if n > 0 {
		r.w.timer.Reset(r.w.idle)
	}
	return n, err
}
