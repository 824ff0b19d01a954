package tool

import (
	"fmt"
	"os"

	"golang.org/x/term"
)

// Colour is a colour of text on a terminal, by its number in ECMA-48 §8.3.117;
// the zero value is none.
type Colour uint8

// The colours in use.
const (
	Plain  Colour = 0
	Red    Colour = 31
	Green  Colour = 32
	Yellow Colour = 33
)

// Paint gives a function that colours text for standard output. It leaves the
// text as it is where that is no terminal, with NO_COLOR set, and with --json.
func (t *Tool) Paint() func(Colour, string) string {
	f, ok := t.Stdout.(*os.File)
	if t.JSON || !ok || t.Getenv("NO_COLOR") != "" || t.Getenv("TERM") == "dumb" || !term.IsTerminal(int(f.Fd())) {
		return func(_ Colour, s string) string { return s }
	}
	return func(c Colour, s string) string {
		if c == Plain {
			return s
		}
		return fmt.Sprintf("\x1b[%dm%s\x1b[0m", c, s)
	}
}

// Width is how many columns text for a person may take: the terminal's, at
// least 40, and 80 elsewhere.
func (t *Tool) Width() int {
	if f, ok := t.Stdout.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			return max(40, width)
		}
	}
	return 80
}
