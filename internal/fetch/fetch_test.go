package fetch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// body is large enough to be cut in the middle of a buffer.
var body = bytes.Repeat([]byte("0123456789abcdef"), 20_000)

func sum(b []byte) string {
	d := sha256.Sum256(b)
	return hex.EncodeToString(d[:])
}

func want(urls ...string) Want {
	return Want{URLs: urls, SHA256: sum(body), Size: int64(len(body)), Name: "thing.deb"}
}

func client(t testing.TB) *Client {
	return &Client{Dir: t.TempDir(), Wait: time.Millisecond}
}

// requests is a server that remembers the Range header of each request.
type requests struct {
	*httptest.Server
	mu     sync.Mutex
	ranges []string
}

func serve(t testing.TB, h func(n int, w http.ResponseWriter, r *http.Request)) *requests {
	t.Helper()
	s := new(requests)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		n := len(s.ranges)
		s.ranges = append(s.ranges, r.Header.Get("Range"))
		s.mu.Unlock()
		h(n, w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *requests) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ranges)
}

// whole serves data with ranges, ETags and all.
func whole(data []byte) func(int, http.ResponseWriter, *http.Request) {
	return func(_ int, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Etag", strconv.Quote(sum(data)[:8]))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	}
}

// cut promises everything and closes the connection after n bytes.
func cut(w http.ResponseWriter, data []byte, n int) {
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = w.Write(data[:n])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// files lists what is in the cache.
func files(t testing.TB, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func checkWhole(t testing.TB, c *Client, path string, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, body) {
		t.Fatalf("the file is not the one served: %d bytes, %v", len(got), err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o444 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if diff := cmp.Diff([]string{sum(body)}, files(t, c.Dir)); diff != "" {
		t.Errorf("in the cache: %s", diff)
	}
}

func TestFetchOnceThenFromTheCache(t *testing.T) {
	s := serve(t, whole(body))
	c := client(t)
	for range 2 {
		var n int64
		path, err := c.Fetch(t.Context(), want(s.URL+"/x"), func(k int64) { n += k })
		checkWhole(t, c, path, err)
		if n != int64(len(body)) {
			t.Errorf("progress counts %d bytes", n)
		}
		if at, ok := c.Cached(want("http://x")); !ok || at != path || c.Path(sum(body)) != path {
			t.Errorf("cached at %s, %v; want %s", at, ok, path)
		}
	}
	if n := len(s.seen()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestInterruptedTransfers(t *testing.T) {
	tests := map[string]struct {
		handler func(n int, w http.ResponseWriter, r *http.Request)
		ranges  []string
	}{
		"cut, then resumed": {func(n int, w http.ResponseWriter, r *http.Request) {
			if n == 0 {
				w.Header().Set("Etag", `"one"`)
				cut(w, body, 100_000)
			}
			if r.Header.Get("If-Range") != `"one"` {
				t.Errorf("If-Range is %q", r.Header.Get("If-Range"))
			}
			w.Header().Set("Etag", `"one"`)
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
		}, []string{"", "bytes=100000-"}},
		"cut by a server without ranges": {func(n int, w http.ResponseWriter, _ *http.Request) {
			if n == 0 {
				cut(w, body, 100_000)
			}
			_, _ = w.Write(body)
		}, []string{"", "bytes=100000-"}},
		"changed meanwhile": {func(n int, w http.ResponseWriter, r *http.Request) {
			if n == 0 {
				w.Header().Set("Etag", `"old"`)
				cut(w, bytes.Repeat([]byte("x"), len(body)), 100_000)
			}
			w.Header().Set("Etag", `"new"`)
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
		}, []string{"", "bytes=100000-"}},
		"hangs, then resumed": {func(n int, w http.ResponseWriter, r *http.Request) {
			if n == 0 {
				_, _ = w.Write(body[:100_000])
				_ = http.NewResponseController(w).Flush()
				<-r.Context().Done()
				return
			}
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
		}, []string{"", "bytes=100000-"}},
		"busy twice": {func(n int, w http.ResponseWriter, _ *http.Request) {
			if n < 2 {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			_, _ = w.Write(body)
		}, []string{"", "", ""}},
		"never more than a piece": {func(_ int, w http.ResponseWriter, r *http.Request) {
			from, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(r.Header.Get("Range"), "bytes="), "-"))
			to := min(len(body), from+100_000)
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(body)))
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(body[from:to])
		}, []string{"", "bytes=100000-", "bytes=200000-", "bytes=300000-"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := serve(t, test.handler)
			c := client(t)
			if strings.HasPrefix(name, "hangs") {
				c.Idle = 300 * time.Millisecond
			}
			var n int64
			path, err := c.Fetch(t.Context(), want(s.URL+"/x"), func(k int64) { n += k })
			checkWhole(t, c, path, err)
			if n != int64(len(body)) {
				t.Errorf("progress counts %d bytes", n)
			}
			if diff := cmp.Diff(test.ranges, s.seen()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	flipped := bytes.Clone(body)
	flipped[77] ^= 1
	tests := map[string]struct {
		handler  func(n int, w http.ResponseWriter, r *http.Request)
		want     string // after "fetching thing.deb: URL"
		requests int
	}{
		"not there":     {func(_ int, w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }, ": not found", 1},
		"forbidden":     {func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }, ": the server answers 403 Forbidden", 1},
		"always broken": {func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, ": the server answers 500 Internal Server Error", 3},
		"a flipped bit": {whole(flipped), ": the file is not the right one: digest " + sum(flipped)[:16] + "…, expected " + sum(body)[:16] + "…", 1},
		"too short":     {whole(body[:1000]), ": ends after 1000 of 320000 bytes", 1},
		"always cut": {func(_ int, w http.ResponseWriter, _ *http.Request) {
			cut(w, body, 10)
		}, ": ends after 10 of 320000 bytes", 3},
		"too long": {whole(append(bytes.Clone(body), 'x')), ": sends more than the 320000 bytes there should be", 1},
		"endless": {func(_ int, w http.ResponseWriter, _ *http.Request) {
			for range 10_000 {
				if _, err := w.Write(body); err != nil {
					return
				}
			}
		}, ": sends more than the 320000 bytes there should be", 1},
		"hangs at once":  {func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, ": nothing came for 300ms", 3},
		"closes at once": {func(int, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, ": the server closed the connection without an answer", 3},
		"another range": {func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", "bytes 5-10/320000")
			w.WriteHeader(http.StatusPartialContent)
		}, `: asked for the bytes from 0 on, the server sends "bytes 5-10/320000"`, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, test.handler)
			c := client(t)
			if strings.HasPrefix(name, "hangs") {
				c.Idle = 300 * time.Millisecond
			}
			c.Retries = 2
			path, err := c.Fetch(t.Context(), want(s.URL+"/x"), nil)
			if err == nil || err.Error() != "fetching thing.deb: "+s.URL+"/x"+test.want {
				t.Errorf("got  %v\nwant fetching thing.deb: %s/x%s", err, s.URL, test.want)
			}
			if n := len(s.seen()); path != "" || n != test.requests {
				t.Errorf("path %q after %d requests, want %d", path, n, test.requests)
			}
			for _, f := range files(t, c.Dir) {
				if !strings.HasSuffix(f, ".part") {
					t.Errorf("left under a final name: %s", f)
				}
			}
			c.Idle = 0
			good := serve(t, whole(body))
			path, err = c.Fetch(t.Context(), want(good.URL), nil)
			checkWhole(t, c, path, err)
		})
	}
}

func TestErrorTypes(t *testing.T) {
	s := serve(t, whole([]byte("short")))
	c := client(t)
	_, err := c.Fetch(t.Context(), want(s.URL), nil)
	if e := new(Truncated); !errors.As(err, &e) || e.Got != 5 || e.Want != int64(len(body)) {
		t.Errorf("got %#v", err)
	}
	s = serve(t, whole(bytes.Repeat([]byte("x"), len(body))))
	_, err = c.Fetch(t.Context(), want(s.URL), nil)
	if e := new(Mismatch); !errors.As(err, &e) || e.Want != sum(body) || len(e.Got) != 64 {
		t.Errorf("got %#v", err)
	}
}

func TestRedirections(t *testing.T) {
	s := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
		if n == 0 {
			_, _ = w.Write(body)
			return
		}
		http.Redirect(w, r, fmt.Sprintf("/%d", n-1), http.StatusFound)
	})
	c := client(t)
	if _, err := c.Fetch(t.Context(), want(s.URL+"/9"), nil); err == nil || !strings.Contains(err.Error(), "more than 5 redirections") || len(s.seen()) != 6 {
		t.Errorf("%v after %d requests", err, len(s.seen()))
	}
	path, err := c.Fetch(t.Context(), want(s.URL+"/5"), nil)
	checkWhole(t, c, path, err)

	tls := httptest.NewTLSServer(http.RedirectHandler(s.URL+"/0", http.StatusFound))
	defer tls.Close()
	c.HTTP = tls.Client()
	if _, err := c.Get(t.Context(), tls.URL, 1e6); err == nil || !strings.Contains(err.Error(), "a redirection from https to http is not followed") {
		t.Errorf("got %v", err)
	}
}

func TestMirrorsInTurn(t *testing.T) {
	missing := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) })
	wrong := serve(t, whole(bytes.Repeat([]byte("x"), len(body))))
	cutting := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) { cut(w, body, 5000) })
	good := serve(t, whole(body))
	c := client(t)
	path, err := c.Fetch(t.Context(), want(missing.URL, wrong.URL, cutting.URL, good.URL), nil)
	checkWhole(t, c, path, err)
	if diff := cmp.Diff([]string{"bytes=5000-"}, good.seen()); diff != "" {
		t.Error(diff)
	}
	c = client(t)
	_, err = c.Fetch(t.Context(), want(missing.URL+"/a", wrong.URL+"/b"), nil)
	if err == nil || strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "fetching thing.deb: "+missing.URL+"/a: not found; "+wrong.URL+"/b: the file is not the right one") {
		t.Errorf("got %v", err)
	}
}

func TestEndedRunIsResumed(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	interrupt := errors.New("interrupted")
	s := serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
		if n == 0 {
			_, _ = w.Write(body[:200_000])
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
			return
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	})
	c := client(t)
	c.Idle = time.Minute
	var n int64
	_, err := c.Fetch(ctx, want(s.URL), func(k int64) {
		if n += k; n == 200_000 {
			cancel(interrupt)
		}
	})
	if !errors.Is(err, interrupt) {
		t.Fatalf("got %v", err)
	}
	if diff := cmp.Diff([]string{sum(body) + ".part"}, files(t, c.Dir)); diff != "" {
		t.Fatal(diff)
	}
	path, err := c.Fetch(t.Context(), want(s.URL), nil)
	checkWhole(t, c, path, err)
	if diff := cmp.Diff([]string{"", "bytes=200000-"}, s.seen()); diff != "" {
		t.Error(diff)
	}
}

func TestLeftoverParts(t *testing.T) {
	tests := map[string]struct {
		left   []byte
		ranges []string
	}{
		"wrong bytes":    {bytes.Repeat([]byte("x"), 5000), []string{"bytes=5000-", ""}},
		"too many bytes": {append(bytes.Clone(body), 'x'), []string{""}},
		"all bytes":      {body, nil},
		"all, but wrong": {bytes.Repeat([]byte("x"), len(body)), []string{""}},
		"none":           {nil, []string{""}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := serve(t, whole(body))
			c := client(t)
			path := c.Path(sum(body))
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path+".part", test.left, 0o644)); err != nil {
				t.Fatal(err)
			}
			path, err := c.Fetch(t.Context(), want(s.URL), nil)
			checkWhole(t, c, path, err)
			if diff := cmp.Diff(test.ranges, s.seen()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDamagedCache(t *testing.T) {
	s := serve(t, whole(body))
	c := client(t)
	path, err := c.Fetch(t.Context(), want(s.URL), nil)
	checkWhole(t, c, path, err)
	damage := func(data []byte) {
		if err := errors.Join(os.Chmod(path, 0o644), os.WriteFile(path, data, 0o644), os.Chmod(path, 0o444)); err != nil {
			t.Fatal(err)
		}
	}
	damage(body[:5])
	path, err = c.Fetch(t.Context(), want(s.URL), nil)
	checkWhole(t, c, path, err)
	damage(bytes.Repeat([]byte("x"), len(body)))
	c.Rehash = true
	path, err = c.Fetch(t.Context(), want(s.URL), nil)
	checkWhole(t, c, path, err)
}

// Many clients on one cache stand for many processes: the lock is on an open
// file, so it holds between them too.
func TestManyOnOneCache(t *testing.T) {
	s := serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
		time.Sleep(20 * time.Millisecond)
		if n == 0 {
			cut(w, body, 100_000)
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	})
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			c := &Client{Dir: dir, Wait: time.Millisecond}
			if _, err := c.Fetch(t.Context(), want(s.URL), nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	c := &Client{Dir: dir}
	path, ok := c.Cached(want(s.URL))
	if !ok || len(s.seen()) != 2 {
		t.Errorf("cached %v after %d requests", ok, len(s.seen()))
	}
	checkWhole(t, c, path, nil)
}

func TestFetchAll(t *testing.T) {
	var running, most atomic.Int32
	s := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		most.Store(max(most.Load(), running.Add(1)))
		defer running.Add(-1)
		time.Sleep(10 * time.Millisecond)
		if strings.Contains(r.URL.Path, "bad") {
			http.NotFound(w, r)
			return
		}
		_, _ = fmt.Fprint(w, r.URL.Path)
	})
	c := client(t)
	c.Parallel = 4
	var wants []Want
	for i := range 30 {
		path := fmt.Sprintf("/%d", i%20)
		wants = append(wants, Want{URLs: []string{s.URL + path}, SHA256: sum([]byte(path)), Size: int64(len(path)), Name: path})
	}
	if err := c.FetchAll(t.Context(), wants, nil); err != nil {
		t.Fatal(err)
	}
	if n := len(s.seen()); n != 20 || most.Load() > 4 || most.Load() < 2 {
		t.Errorf("%d requests, %d at a time", n, most.Load())
	}
	for i := range 40 {
		wants = append(wants, Want{URLs: []string{s.URL + "/bad"}, SHA256: sum([]byte{byte(i)}), Size: 1, Name: fmt.Sprintf("bad%02d", i)})
	}
	err := c.FetchAll(t.Context(), wants, nil)
	lines := strings.Split(fmt.Sprint(err), "\n")
	if lines[0] != "fetching bad00: "+s.URL+"/bad: not found" || !strings.Contains(lines[len(lines)-1], "more files were not tried after 2") {
		t.Errorf("got %v", err)
	}
	if e := new(NotFound); !errors.As(err, &e) {
		t.Error("no *NotFound in it")
	}
}

func TestFileURLs(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "with blank"), body, 0o600); err != nil {
		t.Fatal(err)
	}
	c := client(t)
	path, err := c.Fetch(t.Context(), want("file://"+dir+"/with%20blank"), nil)
	checkWhole(t, c, path, err)
	c = client(t)
	w := want("file://" + dir + "/none")
	if _, err := c.Fetch(t.Context(), w, nil); err == nil || err.Error() != "fetching thing.deb: file://"+dir+"/none: not found" {
		t.Errorf("got %v", err)
	}
	w = want("file://" + dir)
	if _, err := c.Fetch(t.Context(), w, nil); err == nil || !strings.Contains(err.Error(), "is not a regular file") {
		t.Errorf("got %v", err)
	}
}

func TestSHA512AndEmptyFiles(t *testing.T) {
	s := serve(t, whole(body))
	c := client(t)
	d := sha512.Sum512(body)
	path, err := c.Fetch(t.Context(), Want{URLs: []string{s.URL}, SHA512: hex.EncodeToString(d[:]), Size: int64(len(body))}, nil)
	if err != nil || !strings.Contains(path, "/sha512/") {
		t.Errorf("%s, %v", path, err)
	}
	if _, err := c.Fetch(t.Context(), Want{URLs: []string{s.URL}, SHA256: sum(nil), Size: 0}, nil); err != nil {
		t.Error(err)
	}
}

func TestWantsThatCannotBe(t *testing.T) {
	c := client(t)
	_, err := c.Fetch(t.Context(), Want{URLs: []string{"ftp://u:secret@h/x", "x"}, SHA256: "AB", Size: -1, Name: "n"}, nil)
	for _, want := range []string{`"ftp://u:xxxxx@h/x" is not an http, https or file URL`, `"x" is not`, "size -1", `"AB" is not a sha256 digest`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the password is in %v", err)
	}
	if files(t, c.Dir) != nil {
		t.Error("something was written")
	}
}

func TestGet(t *testing.T) {
	s := serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/none":
			http.NotFound(w, r)
		case n == 0:
			cut(w, body, 10)
		default:
			_, _ = w.Write(body)
		}
	})
	c := client(t)
	got, err := c.Get(t.Context(), s.URL+"/x", int64(len(body)))
	if err != nil || !bytes.Equal(got, body) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if _, err := c.Get(t.Context(), s.URL+"/x", 100); !errors.As(err, new(*TooLong)) {
		t.Errorf("got %v", err)
	}
	if _, err := c.Get(t.Context(), s.URL+"/none", 100); !errors.As(err, new(*NotFound)) || err.Error() != "fetching "+s.URL+"/none: not found" {
		t.Errorf("got %v", err)
	}
}

func TestProxiesOfTheEnvironment(t *testing.T) {
	s := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, r.URL.String()) })
	env := map[string]string{"http_proxy": s.URL, "NO_PROXY": "direct.example"}
	c := client(t)
	c.HTTP = NewHTTP(func(k string) string { return env[k] }, 4)
	got, err := c.Get(t.Context(), "http://far.example/x", 100)
	if err != nil || string(got) != "http://far.example/x" {
		t.Errorf("%q, %v", got, err)
	}
	proxy := c.HTTP.Transport.(*http.Transport).Proxy
	for host, want := range map[string]bool{"http://far.example": true, "http://direct.example": false, "https://far.example": false} {
		req, err := http.NewRequest(http.MethodGet, host, nil)
		if err != nil {
			t.Fatal(err)
		}
		if u, err := proxy(req); err != nil || (u != nil) != want {
			t.Errorf("%s goes through %v, %v", host, u, err)
		}
	}
}

func BenchmarkFetch(b *testing.B) {
	data := bytes.Repeat(body, 200)
	s := serve(b, whole(data))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		c := client(b)
		if _, err := c.Fetch(b.Context(), Want{URLs: []string{s.URL}, SHA256: sum(data), Size: int64(len(data))}, nil); err != nil {
			b.Fatal(err)
		}
	}
}
