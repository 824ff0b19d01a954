package stage2

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"

	"cdbuilder/internal/wizard"
)

// console is a terminal that a person may sit at: the screen, a serial line.
type console struct {
	name string // below /dev: tty1, ttyS0
	open func() (io.ReadWriteCloser, error)
	keys *wizard.Keys

	mu  sync.Mutex // what is said to all comes between what is said to this one
	tty io.ReadWriteCloser
}

// openConsoles opens every console that the kernel uses and every one that the
// boot arguments name. Without any, /dev/console is left to try.
func (s *System) openConsoles(named []string) []*console {
	// The kernel's own list has also the screen that is the default where no
	// argument names one.
	names := strings.Fields(line(s.path("/sys/class/tty/console"), "active"))
	names = append(names, named...)
	var list []*console
	for _, name := range names {
		// tty0 is whichever virtual terminal is shown; ours is the first.
		if name == "tty0" || name == "tty" {
			name = "tty1"
		}
		if name == "null" || name == "" || strings.Contains(name, "..") || slices.ContainsFunc(list, func(c *console) bool { return c.name == name }) {
			continue
		}
		// A console that is named and not there is common on a medium that
		// has to start anywhere.
		if c, err := s.openConsole(name); err == nil {
			list = append(list, c)
		}
	}
	if len(list) == 0 {
		if c, err := s.openConsole("console"); err == nil {
			list = append(list, c)
		}
	}
	return list
}

func (s *System) openConsole(name string) (*console, error) {
	c := &console{name: name, open: func() (io.ReadWriteCloser, error) { return s.Kernel.Console(s.path("/dev/" + name)) }}
	return c, c.reopen()
}

// reopen opens the terminal, again if need be.
func (c *console) reopen() error {
	tty, err := c.open()
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tty != nil {
		_ = c.tty.Close() // it was hung up
	}
	c.tty, c.keys = tty, wizard.NewKeys(tty)
	return nil
}

// Write writes to the terminal.
func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tty.Write(p)
}

// isScreen tells a virtual terminal from a serial line.
func (c *console) isScreen() bool {
	rest, ok := strings.CutPrefix(c.name, "tty")
	return ok && rest != "" && rest[0] >= '0' && rest[0] <= '9'
}

// errLong is returned for a line that no person types.
var errLong = errors.New("line too long")

// maxLine is the longest answer to the menu, in bytes.
const maxLine = 256

// readLine reads what a person typed, up to the return key. What comes behind
// it is left for whoever reads next.
func (c *console) readLine() (string, error) {
	var line []byte
	for len(line) < maxLine {
		buf := make([]byte, maxLine-len(line))
		n, err := c.keys.Read(buf)
		text, rest, whole := bytes.Cut(buf[:n], []byte("\n"))
		line = append(line, text...)
		switch {
		case whole:
			c.keys.Unread(rest)
			return strings.TrimSpace(string(line)), nil
		case err != nil && len(line) == 0:
			return "", err
		case err != nil:
			return strings.TrimSpace(string(line)), nil
		}
	}
	return "", errLong
}

// broadcaster writes to all consoles and the log. A console that fails, such
// as a serial line that is not there, does not silence the others.
type broadcaster struct {
	mu      sync.Mutex
	writers []io.Writer
}

func broadcast(consoles []*console, others ...io.Writer) io.Writer {
	b := &broadcaster{writers: others}
	for _, c := range consoles {
		b.writers = append(b.writers, c)
	}
	return b
}

func (b *broadcaster) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, w := range b.writers {
		_, _ = w.Write(p)
	}
	return len(p), nil
}
