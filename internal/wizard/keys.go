package wizard

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

// Keys reads a terminal for those who may stop waiting for it. A read that
// nobody waits for any more is not lost: what it brings is for the next one who
// reads. Nothing is read ahead of need, so that another program can have the
// terminal in between.
type Keys struct {
	from io.Reader

	mu      sync.Mutex // one reader at a time
	pending chan chunk // of the read under way; nil: none is
	rest    []byte
}

type chunk struct {
	data []byte
	err  error
}

// NewKeys reads from a terminal.
func NewKeys(from io.Reader) *Keys { return &Keys{from: from} }

// Read waits for keys however long it takes.
func (k *Keys) Read(p []byte) (int, error) { return k.ReadContext(context.Background(), p) }

// ReadContext waits for keys until the context ends, and gives its error then.
func (k *Keys) ReadContext(ctx context.Context, p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.rest) == 0 {
		if k.pending == nil {
			pending := make(chan chunk, 1)
			k.pending = pending
			go func() {
				buf := make([]byte, 256)
				n, err := k.from.Read(buf)
				pending <- chunk{buf[:n], err}
			}()
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case c := <-k.pending:
			k.pending = nil
			if len(c.data) == 0 {
				return 0, c.err
			}
			k.rest = c.data // an error comes again with the next read
		}
	}
	n := copy(p, k.rest)
	k.rest = k.rest[n:]
	return n, nil
}

// Unread gives bytes back that were read in excess: they are read next.
func (k *Keys) Unread(b []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.rest = append(append([]byte(nil), b...), k.rest...)
}

// escapeWait is how long the rest of an arrow key may take to follow its first
// byte: on a slow line each byte comes by itself, and alone the first one is the
// escape key.
const escapeWait = 100 * time.Millisecond

// sequences gives keys in whole sequences, until its context ends; it is at its
// end then.
type sequences struct {
	ctx  context.Context
	keys *Keys
	mu   sync.Mutex // held while it reads
}

func (s *sequences) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.keys.ReadContext(s.ctx, p)
	for err == nil && n < len(p) && unfinished(p[:n]) {
		wait, stop := context.WithTimeout(s.ctx, escapeWait)
		more, moreErr := s.keys.ReadContext(wait, p[n:])
		stop()
		if moreErr != nil {
			break // it was the escape key
		}
		n += more
	}
	if err != nil && s.ctx.Err() != nil {
		return n, io.EOF
	}
	return n, err
}

// wait returns when nothing is being read; the context must have ended.
func (s *sequences) wait() {
	s.mu.Lock()
	defer s.mu.Unlock()
}

// unfinished reports whether the bytes end within a sequence of ECMA-48 §5.4, ESC
// [ parameters letter, or ESC O letter, as keys send them; or within a letter of
// UTF-8.
func unfinished(b []byte) bool {
	for i := len(b) - 1; i >= 0 && i >= len(b)-8; i-- {
		switch c := b[i]; {
		case c == 0x1b:
			return sequenceLength(b[i:]) == 0
		case c >= 0xc0:
			return len(b)-i < letterLength(c)
		}
	}
	return false
}

// sequenceLength is how long the sequence at the beginning is; 0: its end is
// missing.
func sequenceLength(b []byte) int {
	switch {
	case len(b) == 1:
		return 0
	case b[1] == 'O':
		if len(b) > 2 {
			return 3
		}
		return 0
	case b[1] != '[':
		return 2
	}
	for i, c := range b[2:] {
		if c == '[' && i == 0 { // the function keys of Linux's console: ESC [ [ A
			continue
		}
		if c >= 0x40 {
			return i + 3
		}
	}
	return 0
}

func letterLength(first byte) int {
	switch {
	case first >= 0xf0:
		return 4
	case first >= 0xe0:
		return 3
	}
	return 2
}

// errGone is for a terminal that ended while it was asked.
var errGone = errors.New("the terminal is gone")
