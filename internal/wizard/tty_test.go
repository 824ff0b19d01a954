package wizard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pty is a pseudo-terminal: the program is at tty, the person at the other side.
type pty struct {
	t      *testing.T
	person *os.File
	tty    *os.File

	mu     sync.Mutex
	screen bytes.Buffer
}

func openPTY(t *testing.T) *pty {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	fd := int(person.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	p := &pty{t: t, person: person, tty: tty}
	t.Cleanup(func() { tty.Close(); person.Close() })
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := person.Read(buf)
			p.mu.Lock()
			p.screen.Write(buf[:n])
			p.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return p
}

// raw hands keys over one by one, as stage2 has it.
func (p *pty) raw() {
	p.t.Helper()
	s, err := unix.IoctlGetTermios(int(p.tty.Fd()), unix.TCGETS)
	if err != nil {
		p.t.Fatal(err)
	}
	s.Lflag &^= unix.ECHO | unix.ICANON | unix.ISIG | unix.IEXTEN
	s.Iflag &^= unix.ICRNL | unix.IXON
	if err := unix.IoctlSetTermios(int(p.tty.Fd()), unix.TCSETS, s); err != nil {
		p.t.Fatal(err)
	}
}

func (p *pty) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.screen.String()
}

// waitFor waits for a text that comes after the first so many bytes.
func (p *pty) waitFor(after int, text string) int {
	p.t.Helper()
	for range 600 {
		if i := strings.Index(p.said()[after:], text); i >= 0 {
			return after + i + len(text)
		}
		time.Sleep(10 * time.Millisecond)
	}
	p.t.Fatalf("%q did not come; the screen got %q", text, p.said()[after:])
	return 0
}

// press types slowly enough for each byte to be read by itself where wanted.
func (p *pty) press(text string, pause time.Duration) {
	p.t.Helper()
	for i := range len(text) {
		if _, err := p.person.Write([]byte{text[i]}); err != nil {
			p.t.Fatal(err)
		}
		time.Sleep(pause)
	}
}

// A person answers at a terminal, and the kickstart is the one in testdata. The
// arrow keys come byte by byte, as over a slow serial line.
func TestAtATerminal(t *testing.T) {
	p := openPTY(t)
	p.raw()
	type result struct {
		answers Answers
		basis   Basis
		err     error
	}
	done := make(chan result, 1)
	keys := NewKeys(p.tty)
	go func() {
		a, b, err := Ask(t.Context(), keys, p.tty, facts(), Options{Random: zeros{}})
		done <- result{a, b, err}
	}()
	at := 0
	for _, step := range []struct{ sees, types string }{
		{"sdb   20 GiB", "\x1b[B\r"},
		{"Host name", "\x15srv.example.org\r"},
		{"Who may log in", "\r"},
		{"User name", "\x15anna\r\x15Anna Bee\rs3cret-s3cret\r"},
		{"*************", "s3cret-s3cret\r" + aKey + "\r"},
		{"Network card", "\x1b[B\r"},
		{"From the network", "\x1bOB\r"},
		{"Address/prefix", "192.0.2.10/24\r192.0.2.1\r192.0.2.2\r"},
		{"Time zone", "paris\r"},
		{"Type yes to install", "yes\r"},
	} {
		at = p.waitFor(at, step.sees)
		p.press(step.types, 3*time.Millisecond)
	}
	r := <-done
	if r.err != nil {
		t.Fatal(r.err)
	}
	text, err := r.answers.Kickstart(r.basis)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "terminal.ks", string(text))
	said := p.said()
	if strings.Contains(said, "s3cret") || strings.Contains(string(text), "s3cret") {
		t.Error("the password is written in clear")
	}
	for _, query := range []string{"\x1b]1", "\x1b[6n", "\x1b[c", "\x1b[?1049", "\x1b[?2004h", "\x1b[?1000h", "\x1b[?1002h", "\x1b[?1003h"} {
		if strings.Contains(said, query) {
			t.Errorf("the terminal is asked, or told, %q", query)
		}
	}
	if strings.Contains(said, "\x1b[3") {
		t.Error("colours, which were not wanted")
	}
	// No key is lost: what is typed now is for the next reader.
	p.press("next\r", 0)
	buf := make([]byte, 10)
	if n, err := io.ReadFull(keys, buf[:5]); err != nil || string(buf[:n]) != "next\r" {
		t.Errorf("%q %v", buf[:n], err)
	}
}

func TestEscapeLeaves(t *testing.T) {
	p := openPTY(t)
	p.raw()
	done := make(chan error, 1)
	go func() {
		_, _, err := Ask(t.Context(), NewKeys(p.tty), p.tty, facts(), Options{Random: zeros{}, Colour: true})
		done <- err
	}()
	p.waitFor(0, "Shift-Tab")
	p.press("\x1b", 0)
	if err := <-done; !errors.Is(err, ErrLeft) {
		t.Error(err)
	}
	p.waitFor(0, "\x1b[?25h") // the cursor is back
}

func TestTheEndOfAllThings(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		_, _, err := Ask(ctx, NewKeys(r), io.Discard, facts(), Options{})
		done <- err
	}()
	time.Sleep(50 * time.Millisecond)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	w.Close()
	// A terminal that is gone.
	if _, _, err := Ask(t.Context(), NewKeys(strings.NewReader("")), io.Discard, facts(), Options{}); !errors.Is(err, errGone) {
		t.Error(err)
	}
}

// The program that this package is part of asks the terminal nothing when it
// starts, although bubbletea would. The terminal is the test program's own, in
// its foreground, which is where bubbletea asks.
func TestNothingIsAskedAtStart(t *testing.T) {
	if os.Getenv("WIZARD_SILENT") != "" {
		return
	}
	p := openPTY(t)
	cmd := exec.Command(os.Args[0], "-test.run=^TestNothingIsAskedAtStart$")
	cmd.Env = []string{"WIZARD_SILENT=1", "TERM=xterm", "PATH=" + os.Getenv("PATH")}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.tty, p.tty, p.tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	begun := time.Now()
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %q", err, p.said())
	}
	p.waitFor(0, "PASS")
	if said := p.said(); strings.Contains(said, "\x1b") {
		t.Errorf("it says %q", said)
	}
	t.Logf("it took %v", time.Since(begun).Round(time.Millisecond))
}

func TestKeysInPieces(t *testing.T) {
	r, w := io.Pipe()
	s := &sequences{ctx: t.Context(), keys: NewKeys(r)}
	go func() {
		for _, piece := range []string{"\x1b", "[", "A", "x", "\xc3", "\xa4", "\x1b", "[[", "A"} {
			_, _ = w.Write([]byte(piece))
		}
	}()
	for _, want := range []string{"\x1b[A", "x", "ä", "\x1b[[A"} {
		buf := make([]byte, 64)
		n, err := s.Read(buf)
		if err != nil || string(buf[:n]) != want {
			t.Errorf("%q %v; want %q", buf[:n], err, want)
		}
	}
	go func() { _, _ = w.Write([]byte("\x1b")) }()
	buf := make([]byte, 64)
	if n, err := s.Read(buf); err != nil || string(buf[:n]) != "\x1b" {
		t.Errorf("the escape key: %q %v", buf[:n], err)
	}
}
