package vm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"cdbuilder/internal/run"
	"cdbuilder/internal/world"
)

// Displays for a person. Terminal is the serial console on the terminal that
// the machine is started from; Ctrl-A X ends the machine there.
const (
	Window   = "gtk"
	Plain    = "sdl" // a window too, where QEMU has no GTK
	Text     = "curses"
	Terminal = "serial"
)

// Interactive is the command line that shows the machine to a person.
func (m Machine) Interactive(h Host, dir, display string) []string {
	a := m.argv(h, m.files(dir))
	switch display {
	case Terminal:
		return append(a, "-display", "none", "-serial", "mon:stdio")
	case Text:
		return append(a, "-display", "curses", "-serial", "null")
	}
	return append(a, "-display", display, "-serial", "vc", "-monitor", "vc")
}

// Open runs the machine for a person until it is closed. An empty display is
// a window where there is a desktop to show it, otherwise the terminal.
func Open(ctx context.Context, m Machine, env *world.Env, display string) (err error) {
	if err := m.Validate(); err != nil {
		return err
	}
	h, err := FindHost(m.Firmware)
	if err != nil {
		return err
	}
	if display == "" {
		if display, err = pickDisplay(ctx, h, env); err != nil {
			return err
		}
	}
	dir, err := prepare(m, h)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if display == Terminal {
		if _, err := fmt.Fprintln(env.Stderr, "this terminal is the machine's serial console; Ctrl-A X ends the machine"); err != nil {
			return err
		}
	}
	return run.Cmd(ctx, run.Spec{
		Argv: m.Interactive(h, dir, display), Env: env.Environ, Terminal: true,
		Stdin: env.Stdin, Stdout: env.Stdout, Stderr: env.Stderr,
	})
}

// pickDisplay asks QEMU which windows it was built with.
func pickDisplay(ctx context.Context, h Host, env *world.Env) (string, error) {
	if env.Getenv("DISPLAY") == "" && env.Getenv("WAYLAND_DISPLAY") == "" {
		return Terminal, nil
	}
	var out bytes.Buffer
	if err := run.Cmd(ctx, run.Spec{Argv: []string{h.QEMU, "-display", "help"}, Env: env.Environ, Stdout: &out}); err != nil {
		return "", err
	}
	built := strings.Fields(out.String())
	for _, d := range []string{Window, Plain} {
		if slices.Contains(built, d) {
			return d, nil
		}
	}
	return Terminal, nil
}
