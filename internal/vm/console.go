package vm

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// maxConsole bounds what is kept of a serial console, in bytes. A machine that
// prints without end loses its oldest lines.
const maxConsole = 4 << 20

// Console gathers what a machine prints and lets a reader wait for words.
type Console struct {
	mu    sync.Mutex
	raw   []byte // the end of an escape sequence that is not whole yet
	text  []byte // without escape sequences
	base  int    // bytes forgotten before text
	seen  int    // up to here Wait has matched, counted from the first byte ever
	ended bool
	more  chan struct{} // closed and replaced when there is more
}

func newConsole() *Console { return &Console{more: make(chan struct{})} }

// escapes are the sequences with which menus move the cursor and colour text
// (ECMA-48 §5.4).
var escapes = regexp.MustCompile("\x1b\\[[0-?]*[ -/]*[@-~]|\x1b[()][0-9A-B]|\x1b[=>78cDEHM]")

// unfinished is an escape sequence that the next bytes will end.
var unfinished = regexp.MustCompile("\x1b(\\[[0-?]*[ -/]*|[()])?$")

// maxEscape is the longest escape sequence that is waited for, in bytes.
const maxEscape = 32

// Write implements io.Writer.
func (c *Console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw = append(c.raw, p...)
	whole := len(c.raw)
	if tail := max(0, whole-maxEscape); bytes.IndexByte(c.raw[tail:], 0x1b) >= 0 {
		if at := unfinished.FindIndex(c.raw[tail:]); at != nil {
			whole = tail + at[0]
		}
	}
	c.text = append(c.text, plain(c.raw[:whole])...)
	c.raw = append(c.raw[:0], c.raw[whole:]...)
	if cut := len(c.text) - maxConsole; cut > maxConsole/4 {
		c.text = append([]byte(nil), c.text[cut:]...)
		c.base += cut
	}
	c.wake()
	return len(p), nil
}

// plain is what is left to read of printed bytes.
func plain(b []byte) []byte {
	if bytes.IndexByte(b, 0x1b) >= 0 {
		b = escapes.ReplaceAll(b, nil)
	}
	b = bytes.ReplaceAll(b, []byte("\r"), nil)
	return bytes.ReplaceAll(b, []byte("\x00"), nil)
}

func (c *Console) wake() {
	close(c.more)
	c.more = make(chan struct{})
}

// end tells waiters that nothing more will come.
func (c *Console) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	c.wake()
}

// Text is everything printed so far, without escape sequences.
func (c *Console) Text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.text)
}

// Wait waits until the pattern matches behind the last match, and gives what
// it matched. It need not match a whole line, as menus print none, but it must
// not reach over the end of one.
func (c *Console) Wait(ctx context.Context, pattern *regexp.Regexp) (string, error) {
	searched := 0 // no match begins before here
	for {
		c.mu.Lock()
		from := max(c.seen, searched, c.base)
		rest := c.text[from-c.base:]
		if at := pattern.FindIndex(rest); at != nil {
			match := string(rest[at[0]:at[1]])
			c.seen = from + at[1]
			c.mu.Unlock()
			return match, nil
		}
		searched = from + bytes.LastIndexByte(rest, '\n') + 1
		more, ended := c.more, c.ended
		c.mu.Unlock()
		if ended {
			return "", fmt.Errorf("the machine ended before its console said %q; its last words:\n%s", pattern, c.last())
		}
		select {
		case <-more:
		case <-ctx.Done():
			return "", fmt.Errorf("waiting for %q on the serial console: %w; its last words:\n%s", pattern, ctx.Err(), c.last())
		}
	}
}

// WaitLine waits for a plain text.
func (c *Console) WaitLine(ctx context.Context, text string) error {
	_, err := c.Wait(ctx, regexp.MustCompile(regexp.QuoteMeta(text)))
	return err
}

// last gives the last twenty lines.
func (c *Console) last() string {
	lines := strings.Split(strings.TrimSpace(c.Text()), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}
