package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"

	"golang.org/x/net/http/httpproxy"
)

// Get returns a small file whose digest nobody knows beforehand, such as
// InRelease. More than limit bytes are an error.
func (c *Client) Get(ctx context.Context, place string, limit int64) ([]byte, error) {
	u, err := parseURL(place)
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		data, err := c.get(ctx, u, limit)
		if err == nil {
			return data, nil
		}
		if ctx.Err() != nil {
			err = permanent{context.Cause(ctx)}
		}
		if errors.As(err, new(permanent)) || try > c.retries() {
			return nil, fmt.Errorf("fetching %w", err)
		}
		if err := pause(ctx, c.backoff(try, err)); err != nil {
			return nil, err
		}
	}
}

func (c *Client) get(ctx context.Context, u *url.URL, limit int64) ([]byte, error) {
	if u.Scheme == "file" {
		return readFile(u, limit)
	}
	ctx, watch := c.watch(ctx, u.Redacted())
	defer watch.stop()
	// A proxy that keeps an old Release with a new index helps nobody.
	resp, err := c.do(ctx, u, http.Header{"Cache-Control": {"max-age=0"}})
	if err != nil {
		return nil, watch.explain(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, permanent{&Status{URL: u.Redacted(), Code: resp.StatusCode, Status: resp.Status}}
	}
	data, err := readLimited(watch.reader(resp.Body), u, limit)
	if err == nil && resp.ContentLength >= 0 && int64(len(data)) < resp.ContentLength {
		err = io.ErrUnexpectedEOF
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = &Truncated{u.Redacted(), resp.ContentLength, int64(len(data))}
	}
	if err = watch.explain(err); err != nil {
		return nil, err
	}
	return data, nil
}

func readFile(u *url.URL, limit int64) ([]byte, error) {
	f, err := os.Open(u.Path) //nolint:gosec // a file URL says which file its author wants read
	if errors.Is(err, fs.ErrNotExist) {
		return nil, permanent{&NotFound{u.String()}}
	}
	if err != nil {
		return nil, permanent{err}
	}
	defer f.Close()
	data, err := readLimited(f, u, limit)
	if err != nil {
		return nil, permanent{err}
	}
	return data, nil
}

func readLimited(r io.Reader, u *url.URL, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(data)) > limit {
		return nil, permanent{&TooLong{u.Redacted(), limit}}
	}
	return data, err
}

// NewHTTP makes an HTTP client that honours http_proxy, https_proxy, no_proxy
// and their upper-case forms in the environment given, with room for parallel
// transfers from one server.
func NewHTTP(getenv func(string) string, parallel int) *http.Client {
	either := func(lower, upper string) string {
		if v := getenv(lower); v != "" {
			return v
		}
		return getenv(upper)
	}
	proxies := httpproxy.Config{
		HTTPProxy: either("http_proxy", "HTTP_PROXY"), HTTPSProxy: either("https_proxy", "HTTPS_PROXY"),
		NoProxy: either("no_proxy", "NO_PROXY"), CGI: getenv("REQUEST_METHOD") != "",
	}
	choose := proxies.ProxyFunc()
	transport := &http.Transport{
		Proxy:               func(r *http.Request) (*url.URL, error) { return choose(r.URL) },
		MaxIdleConnsPerHost: max(parallel, 2),
		ForceAttemptHTTP2:   true,
	}
	return &http.Client{Transport: transport}
}
