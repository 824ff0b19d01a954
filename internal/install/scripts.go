package install

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"cdbuilder/internal/rootfs"
	"cdbuilder/kickstart"
)

// preInstall and post run the scripts of these sections.
func (in *installation) preInstall(ctx context.Context) error { return in.scripts(ctx, "pre-install") }
func (in *installation) post(ctx context.Context) error       { return in.scripts(ctx, "post") }

// scripts runs all scripts of a kind, in their order. One that fails ends this
// only where it says so.
func (in *installation) scripts(ctx context.Context, when string) error {
	if in.tree == nil {
		return nil
	}
	for f, s := range in.tree.Scripts() {
		if s.When != when {
			continue
		}
		name := fmt.Sprintf("%%%s of %s:%d", s.When, f.Name, s.Line)
		in.bar.note(name)
		err := in.script(ctx, name, s)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return ctx.Err()
		case s.ErrorOnFail:
			return fmt.Errorf("%s failed, and it says --erroronfail: %w", name, err)
		default:
			in.Say("warning: %s failed: %v", name, err)
		}
	}
	return nil
}

// scriptPath is what scripts find their commands by, in the installer and in
// the system.
const scriptPath = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"

// script writes a script to a file and has its interpreter run it.
func (in *installation) script(ctx context.Context, name string, s kickstart.Script) (err error) {
	root, env := in.path("/"), []string{scriptPath, "HOME=/root", "TERM=linux", "LANG=C.UTF-8", "ANA_INSTALL_PATH=" + SysRoot}
	if s.Chroot {
		root, env = in.inTarget("/"), []string{scriptPath, "HOME=/root", "TERM=linux", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"}
	}
	interpreter := strings.Fields(s.Interpreter)
	if len(interpreter) == 0 || !path.IsAbs(interpreter[0]) {
		return fmt.Errorf("its interpreter %q is no absolute path", s.Interpreter)
	}
	r, err := os.OpenRoot(root)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	file := fmt.Sprintf("tmp/ks-script-%s-%d", s.When, s.Line)
	if err := r.MkdirAll("tmp", 0o777); err != nil {
		return err
	}
	if err := r.WriteFile(file, []byte(s.Body), 0o700); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Remove(file)) }()
	log, closeLog, err := in.scriptLog(r, s.Log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLog()) }()
	fmt.Fprintf(in.Log, "--- %s\n", name)
	in.tail.reset()
	return in.Hands.Program(ctx, root, rootfs.Command{Argv: append(interpreter, "/"+file), Env: env, Output: log})
}

// scriptLog is where a script's output goes: the log of the installation, and
// the file that it names.
func (in *installation) scriptLog(r *os.Root, name string) (io.Writer, func() error, error) {
	all := io.MultiWriter(in.Log, in.tail)
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	if name == "" {
		return all, func() error { return nil }, nil
	}
	if err := r.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return nil, nil, fmt.Errorf("its log: %w", err)
	}
	f, err := r.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("its log: %w", err)
	}
	return io.MultiWriter(all, f), f.Close, nil
}

// maxTail is how much of what programs say is kept for a failure's screen.
const (
	tailLines = 15
	maxTail   = 8 << 10
)

// tail keeps the end of what is written to it.
type tail struct{ text []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p...)
	if len(t.text) > 2*maxTail {
		t.text = append([]byte(nil), t.text[len(t.text)-maxTail:]...)
	}
	return len(p), nil
}

func (t *tail) reset() { t.text = nil }

// lines are the last lines, without what a terminal would act upon.
func (t *tail) lines() []string {
	var all []string
	for line := range bytes.Lines(bytes.TrimRight(t.text, "\n")) {
		all = append(all, strings.Map(func(c rune) rune {
			if c < ' ' || c >= 0x7f && c < 0xa0 {
				return -1
			}
			return c
		}, string(line)))
	}
	return all[max(0, len(all)-tailLines):]
}
