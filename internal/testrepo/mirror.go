package testrepo

import (
	"bytes"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault answers a request in place of the file's content.
type Fault func(w http.ResponseWriter, r *http.Request, data []byte)

// Mirror serves a directory over HTTP, and misbehaves where it is told to.
type Mirror struct {
	URL string

	dir    string
	server *httptest.Server
	mu     sync.Mutex
	faults []spoiled
	asked  []string
	rate   int
}

type spoiled struct {
	part  string
	fault Fault
}

// Serve begins to serve a directory on a port of this machine. Close ends it.
func Serve(dir string) *Mirror {
	m := &Mirror{dir: dir}
	m.server = httptest.NewServer(m)
	m.URL = m.server.URL
	return m
}

// Close ends the service: whoever asks then finds nobody at home. Requests
// that hang are cut.
func (m *Mirror) Close() {
	m.server.CloseClientConnections()
	m.server.Close()
}

// Spoil lets a fault answer for every path that contains part.
func (m *Mirror) Spoil(part string, fault Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults = append(m.faults, spoiled{part, fault})
}

// Mend takes all faults back.
func (m *Mirror) Mend() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults, m.rate = nil, 0
}

// Slow serves so many bytes a second on each connection; 0 is as fast as can be.
func (m *Mirror) Slow(rate int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rate = rate
}

// Asked lists the paths that were asked for since the last call.
func (m *Mirror) Asked() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	asked := m.asked
	m.asked = nil
	return asked
}

// ServeHTTP answers one request.
func (m *Mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	m.mu.Lock()
	m.asked = append(m.asked, name)
	rate := m.rate
	i := slices.IndexFunc(m.faults, func(s spoiled) bool { return strings.Contains(name, s.part) })
	var fault Fault
	if i >= 0 {
		fault = m.faults[i].fault
	}
	m.mu.Unlock()
	data, err := m.read(name)
	switch {
	case fault != nil:
		fault(w, r, data)
	case errors.Is(err, fs.ErrNotExist):
		http.NotFound(w, r)
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	default:
		if rate > 0 {
			w = &slowWriter{w, r, rate}
		}
		http.ServeContent(w, r, "", stamp, bytes.NewReader(data))
	}
}

func (m *Mirror) read(name string) ([]byte, error) {
	root, err := os.OpenRoot(m.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.ReadFile(name)
}

// slowWriter lets bytes through at a rate.
type slowWriter struct {
	http.ResponseWriter
	r    *http.Request
	rate int // bytes a second
}

func (s *slowWriter) Write(p []byte) (n int, err error) {
	const piece = 20 * time.Millisecond
	for len(p) > 0 && err == nil {
		var k int
		k, err = s.ResponseWriter.Write(p[:min(len(p), max(1, s.rate*int(piece)/int(time.Second)))])
		if f, ok := s.ResponseWriter.(http.Flusher); ok {
			f.Flush()
		}
		n, p = n+k, p[k:]
		select {
		case <-time.After(piece):
		case <-s.r.Context().Done():
			return n, s.r.Context().Err()
		}
	}
	return n, err
}

// Flip changes one bit in the middle of the file.
func Flip(w http.ResponseWriter, r *http.Request, data []byte) {
	data = bytes.Clone(data)
	if len(data) > 0 {
		data[len(data)/2] ^= 1
	}
	http.ServeContent(w, r, "", stamp, bytes.NewReader(data))
}

// Cut serves a file that ends halfway, and says so.
func Cut(w http.ResponseWriter, r *http.Request, data []byte) {
	http.ServeContent(w, r, "", stamp, bytes.NewReader(data[:len(data)/2]))
}

// Drop promises the whole file and ends the connection halfway, every time.
func Drop(w http.ResponseWriter, _ *http.Request, data []byte) {
	sendHalf(w, data)
	panic(http.ErrAbortHandler)
}

// Hang takes the request and never says a word.
func Hang(_ http.ResponseWriter, r *http.Request, _ []byte) { <-r.Context().Done() }

// Stall sends half of the file and then nothing more.
func Stall(w http.ResponseWriter, r *http.Request, data []byte) {
	sendHalf(w, data)
	<-r.Context().Done()
}

// sendHalf promises the whole.
func sendHalf(w http.ResponseWriter, data []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = w.Write(data[:len(data)/2])
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}

// Missing denies that there is such a file.
func Missing(w http.ResponseWriter, r *http.Request, _ []byte) { http.NotFound(w, r) }

// Broken answers with an error of the server's.
func Broken(w http.ResponseWriter, _ *http.Request, _ []byte) {
	http.Error(w, "out of order", http.StatusServiceUnavailable)
}

// Instead serves something else than the file.
func Instead(other []byte) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ []byte) {
		http.ServeContent(w, r, "", stamp, bytes.NewReader(other))
	}
}

// Faults are those that need no parameter, by name.
var Faults = map[string]Fault{
	"flip": Flip, "cut": Cut, "drop": Drop, "hang": Hang, "stall": Stall, "missing": Missing, "broken": Broken,
}
