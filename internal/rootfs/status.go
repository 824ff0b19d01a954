package rootfs

import (
	"bytes"
	"io"
	"strings"
)

// statusReader reads the lines of dpkg's --status-fd and tells the progress.
type statusReader struct {
	in   *installation
	part []byte
}

// Write takes lines such as "processing: configure: bash" and
// "status: libc6:amd64: installed".
func (s *statusReader) Write(data []byte) (int, error) {
	s.part = append(s.part, data...)
	for {
		line, rest, whole := bytes.Cut(s.part, []byte("\n"))
		if !whole {
			break
		}
		s.line(string(line))
		s.part = append(s.part[:0], rest...)
	}
	if len(s.part) > 1<<16 {
		s.part = s.part[:0] // dpkg writes no such line
	}
	return len(data), nil
}

func (s *statusReader) line(line string) {
	words := strings.SplitN(line, ": ", 3)
	if len(words) != 3 {
		return
	}
	in := s.in
	total := int64(len(in.plan.pkgs))
	switch name, _, _ := strings.Cut(words[1], ":"); {
	case words[0] == "status" && strings.TrimSpace(words[2]) == "installed":
		if p := in.plan.byName[name]; p != nil {
			in.configured[p] = true
		}
	case words[0] == "processing" && words[1] == "configure":
		name, _, _ := strings.Cut(words[2], ":")
		in.tell(Event{Configuring, name, int64(len(in.configured)), total})
	case words[0] == "processing" && words[1] == "trigproc":
		name, _, _ := strings.Cut(words[2], ":")
		in.tell(Event{Triggers, name, int64(len(in.configured)), total})
	}
}

// tail passes a log on and keeps the end of what was written since the mark.
type tail struct {
	w    io.Writer
	kept []byte
}

const tailSize = 256 << 10

func newTail(w io.Writer) *tail {
	if w == nil {
		w = io.Discard
	}
	return &tail{w: w}
}

// Write never fails: a log that cannot be written stops no installation.
func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if len(t.kept) > 2*tailSize {
		t.kept = append(t.kept[:0], t.kept[len(t.kept)-tailSize:]...)
	}
	_, _ = t.w.Write(p)
	return len(p), nil
}

func (t *tail) mark()          { t.kept = t.kept[:0] }
func (t *tail) marked() string { return string(t.kept) }
