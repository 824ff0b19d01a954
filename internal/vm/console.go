package vm

import (
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
	seen  int    // up to here Wait has matched
	ended bool
	more  chan struct{} // closed and replaced when there is more
}

func newConsole() *Console { return &Console{more: make(chan struct{})} }

// escapes are the sequences with which menus move the cursor and colour text
// (ECMA-48 §5.4), and carriage returns.
var escapes = regexp.MustCompile("\x1b\\[[0-?]*[ -/]*[@-~]|\x1b[()][0-9A-B]|\x1b[=>78cDEHM]|\r|\x00")

// unfinished is an escape sequence that the next bytes will end.
var unfinished = regexp.MustCompile("\x1b(\\[[0-?]*[ -/]*|[()])?$")

// Write implements io.Writer.
func (c *Console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	raw := append(c.raw, p...)
	keep := len(raw)
	if at := unfinished.FindIndex(raw[max(0, len(raw)-32):]); at != nil {
		keep = max(0, len(raw)-32) + at[0]
	}
	c.text = append(c.text, escapes.ReplaceAll(raw[:keep], nil)...)
	c.raw = append([]byte(nil), raw[keep:]...)
	if cut := len(c.text) - maxConsole; cut > maxConsole/4 {
		c.text = append([]byte(nil), c.text[cut:]...)
		c.seen = max(0, c.seen-cut)
	}
	c.wake()
	return len(p), nil
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
// it matched. A pattern need not match a whole line: menus print none.
func (c *Console) Wait(ctx context.Context, pattern *regexp.Regexp) (string, error) {
	for {
		c.mu.Lock()
		if at := pattern.FindIndex(c.text[c.seen:]); at != nil {
			match := string(c.text[c.seen+at[0] : c.seen+at[1]])
			c.seen += at[1]
			c.mu.Unlock()
			return match, nil
		}
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
