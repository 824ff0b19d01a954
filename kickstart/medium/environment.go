package medium

import (
	"bytes"
	"maps"
	"slices"
)

// Commands is an environment that is a list of commands.
type Commands map[string]bool

// NewCommands makes an environment of names.
func NewCommands(names ...string) Commands {
	c := make(Commands, len(names))
	for _, n := range names {
		c[n] = true
	}
	return c
}

// Has reports whether the command is there.
func (c Commands) Has(command string) bool { return c[command] }

// Commands are the names of all, sorted.
func (c Commands) Commands() []string { return slices.Sorted(maps.Keys(c)) }

// Busybox is the environment of an initramfs whose commands are those of
// busybox, as stage2's is: its applets under their own names, and what else is
// there.
func Busybox(program []byte, more ...string) Commands {
	c := NewCommands(more...)
	for _, a := range Applets(program) {
		c[a] = true
	}
	if len(c) > len(more) {
		c["busybox"] = true
	}
	return c
}

// Applets reads the names of busybox's commands off the program: it holds them
// sorted, one behind the other, each ended by a zero byte. Sorted by their bytes
// the first is "[" where that is built in. Nothing is given where the program is
// no busybox.
func Applets(program []byte) (names []string) {
	for at := 0; ; {
		i := bytes.Index(program[at:], []byte("[\x00"))
		if i < 0 {
			return names
		}
		at += i
		if found := run(program[at:]); len(found) >= fewest && len(found) > len(names) {
			names = found
		}
		at++
	}
}

// fewest is how many applets a busybox has at least; what is shorter is another
// run of words.
const fewest = 8

// maxApplet is longer than any command's name, bytes.
const maxApplet = 40

// run reads sorted names for as long as they are that.
func run(data []byte) (names []string) {
	last := ""
	for {
		n := bytes.IndexByte(data[:min(len(data), maxApplet)], 0)
		if n <= 0 {
			return names
		}
		name := string(data[:n])
		if name <= last || !isCommand(name) {
			return names
		}
		names, last, data = append(names, name), name, data[n+1:]
	}
}

func isCommand(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f || bytes.IndexByte([]byte("/\\\"'`$%&()*;<>?|{}=,:"), c) >= 0 {
			return false
		}
	}
	return true
}
