//go:build linux

package stage2

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A real terminal hands keys over one by one while it is raw, and lines again
// afterwards, also to a read that began before.
func TestRawTerminal(t *testing.T) {
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	defer person.Close()
	n, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	err = errors.Join(err, unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0))
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("/dev/pts/%d", n)
	c := &console{name: name, open: func() (io.ReadWriteCloser, error) { return openTerminal(name) }}
	if err := c.reopen(); err != nil {
		t.Fatal(err)
	}
	press := func(text string) {
		t.Helper()
		if _, err := person.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	press("1\n")
	if line, err := c.readLine(); line != "1" || err != nil {
		t.Fatalf("%q %v", line, err)
	}
	raw, err := rawTerminal(c.tty)
	if err != nil {
		t.Fatal(err)
	}
	if raw.Width != 0 || raw.Height != 0 {
		t.Errorf("the terminal is %d by %d", raw.Width, raw.Height)
	}
	press("\x1b[A\r\x03")
	buf := make([]byte, 64)
	got := ""
	for len(got) < 5 {
		n, err := c.keys.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got += string(buf[:n])
	}
	if got != "\x1b[A\r\x03" {
		t.Errorf("%q", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if n, err := c.keys.ReadContext(ctx, buf); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("%d %v", n, err)
	}
	if err := raw.Restore(); err != nil {
		t.Fatal(err)
	}
	press("3x\x7f\n") // as a line: the rubout takes the x back
	if line, err := c.readLine(); line != "3" || err != nil {
		t.Errorf("%q %v", line, err)
	}
	if _, err := rawTerminal(newTerminal()); err == nil {
		t.Error("a pipe was made raw")
	}
}
