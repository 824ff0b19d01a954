package iso9660

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"
)

const (
	chunkSize = 512 << 10 // a multiple of a sector
	chunks    = 8         // under way at once
)

// A stream is the sequential pass over the image: what is written to it goes in
// chunks through a pipeline, so that reading the files, writing the image and
// summing it up run side by side. Its memory is the chunks'.
type stream struct {
	ctx      context.Context
	progress func(int64)
	offset   int64 // bytes that were put in
	chunk    []byte

	free    chan []byte
	written chan []byte // chunks to be written
	summed  chan []byte // chunks that are written and to be summed up
	stages  sync.WaitGroup

	mu  sync.Mutex
	err error // the output's first
}

// newStream starts the pipeline; close must be called to end it. sum sees every
// chunk that was written.
func newStream(ctx context.Context, w io.Writer, sum func([]byte), progress func(int64)) *stream {
	s := &stream{
		ctx: ctx, progress: progress,
		free: make(chan []byte, chunks), written: make(chan []byte, chunks), summed: make(chan []byte, chunks),
	}
	for range chunks - 1 {
		s.free <- make([]byte, 0, chunkSize)
	}
	s.chunk = make([]byte, 0, chunkSize)
	s.stages.Go(func() {
		defer close(s.summed)
		for c := range s.written {
			if s.failure() == nil {
				if _, err := w.Write(c); err != nil {
					s.fail(fmt.Errorf("write the image: %w", err))
				}
			}
			s.summed <- c
		}
	})
	s.stages.Go(func() {
		for c := range s.summed {
			sum(c)
			s.free <- c[:0]
		}
	})
	return s
}

func (s *stream) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
}

func (s *stream) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// flush sends the chunk into the pipeline and takes a free one.
func (s *stream) flush() error {
	if err := errors.Join(s.failure(), s.ctx.Err()); err != nil {
		return err
	}
	if s.progress != nil {
		s.progress(int64(len(s.chunk)))
	}
	s.written <- s.chunk
	s.chunk = <-s.free
	return nil
}

// advance takes the next n bytes of the chunk's room as filled.
func (s *stream) advance(n int) error {
	s.chunk = s.chunk[:len(s.chunk)+n]
	s.offset += int64(n)
	if len(s.chunk) == cap(s.chunk) {
		return s.flush()
	}
	return nil
}

// room is what the chunk still takes, at most n bytes.
func (s *stream) room(n int64) []byte {
	free := s.chunk[len(s.chunk):cap(s.chunk)]
	return free[:min(int64(len(free)), n)]
}

// Write implements io.Writer.
func (s *stream) Write(p []byte) (int, error) {
	for done := 0; done < len(p); {
		n := copy(s.room(chunkSize), p[done:])
		done += n
		if err := s.advance(n); err != nil {
			return done, err
		}
	}
	return len(p), nil
}

// zeros writes n zero bytes.
func (s *stream) zeros(n int64) error {
	for n > 0 {
		free := s.room(n)
		clear(free)
		if err := s.advance(len(free)); err != nil {
			return err
		}
		n -= int64(len(free))
	}
	return nil
}

// copy writes n bytes of r, and lets h see them. It is an error when r has
// fewer.
func (s *stream) copy(r io.Reader, n int64, h hash.Hash) error {
	for n > 0 {
		free := s.room(n)
		got, err := io.ReadFull(r, free)
		if h != nil {
			h.Write(free[:got])
		}
		n -= int64(got)
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		if err := s.advance(got); err != nil {
			return &outputError{err}
		}
	}
	return nil
}

// An outputError tells a failure of the pipeline from one of a file that is
// copied into it.
type outputError struct{ error }

func (e *outputError) Unwrap() error { return e.error }

// close ends the pipeline and waits for it. With err nil it first sends what is
// left.
func (s *stream) close(err error) error {
	if err == nil && len(s.chunk) > 0 {
		err = s.flush()
	}
	close(s.written)
	s.stages.Wait()
	if err == nil {
		err = s.failure()
	}
	return err
}
