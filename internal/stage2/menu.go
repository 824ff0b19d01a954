package stage2

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// choice is a line of the menu.
type choice struct {
	text string
	do   func(*installer, context.Context, *console)
	// harmless says that it can be chosen while an installation runs.
	harmless bool
}

// choices are what the menu offers, numbered from one.
var choices = []choice{
	{"Install", func(in *installer, ctx context.Context, c *console) { in.ask(ctx, c) }, false},
	{"Check the medium", func(in *installer, ctx context.Context, c *console) { in.checkMedium(ctx, c, c) }, false},
	{"Shell", func(in *installer, _ context.Context, c *console) { in.shell(c) }, true},
	{"Reboot", func(in *installer, _ context.Context, c *console) { in.halt(c, Reboot) }, false},
	{"Power off", func(in *installer, _ context.Context, c *console) { in.halt(c, PowerOff) }, false},
}

// serve shows the menu on every console, each with a session of its own, until
// the context ends or the last console is gone.
func (in *installer) serve(ctx context.Context) error {
	if len(in.consoles) == 0 {
		return errors.New("no console can be opened")
	}
	var sessions sync.WaitGroup
	for _, c := range in.consoles {
		sessions.Go(func() { in.session(ctx, c) })
	}
	gone := make(chan struct{})
	go func() { sessions.Wait(); close(gone) }()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-gone:
		return errors.New("no console can be read any more")
	}
}

// session is the talk with whoever sits at one console.
func (in *installer) session(ctx context.Context, c *console) {
	if in.args.Rescue {
		in.shell(c)
	}
	show(c)
	for failures := 0; failures < 10 && ctx.Err() == nil; {
		text, err := c.readLine()
		switch {
		case err == nil && text == "" && in.asksByItself():
			text = "1"
		case errors.Is(err, io.EOF), err == nil && text == "":
			// The return key, or Ctrl-D: ask again. A terminal at its end for
			// good is one that fails.
			if err != nil {
				failures++
				_ = in.Wait(ctx, 100*time.Millisecond)
			}
			fmt.Fprint(c, prompt)
			continue
		case err != nil && !errors.Is(err, errLong):
			failures++ // a serial line may have hung up for a while
			_ = in.Wait(ctx, time.Second)
			continue
		}
		failures = 0
		in.act(ctx, c, text)
		show(c)
	}
}

// act does what was asked for.
func (in *installer) act(ctx context.Context, c *console, text string) {
	for i, choice := range choices {
		if text == fmt.Sprint(i+1) {
			if at := in.turn.installing(); at != "" && !choice.harmless {
				fmt.Fprintf(c, "stage2: not now: the installation that was begun on %s is running\n", at)
				return
			}
			choice.do(in, ctx, c)
			return
		}
	}
	fmt.Fprintf(c, "Please answer with a number from 1 to %d.\n", len(choices))
}

const prompt = "Your choice: "

// show prints the menu in one piece, so that nothing gets between its lines.
func show(w io.Writer) {
	text := "\nstage2: menu\n"
	for i, c := range choices {
		text += fmt.Sprintf("  %d  %s\n", i+1, c.text)
	}
	fmt.Fprint(w, text+prompt)
}

// shell runs busybox on the console.
func (in *installer) shell(c *console) {
	in.installApplets(c)
	fmt.Fprintf(c, "stage2: shell\nThe medium is at %s, this run's log at /run/log/stage2.log; exit leads to the menu.\n", RepoDir)
	term := "vt220"
	if c.isScreen() {
		term = "linux"
	}
	env := []string{
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "SHELL=/bin/sh", "USER=root", "LOGNAME=root",
		"TERM=" + term, `PS1=\w # `,
	}
	err := in.Kernel.Shell(in.path("/dev/"+c.name), []string{"/usr/bin/busybox", "sh"}, env)
	if err := errors.Join(err, c.reopen()); err != nil {
		in.say("shell on %s: %v", c.name, err)
	}
}

// installApplets gives busybox's commands their names, once.
func (in *installer) installApplets(w io.Writer) {
	if _, err := os.Lstat(in.path("/usr/bin/ls")); err == nil {
		return
	}
	// Names that are there stay: modprobe is ours.
	if err := in.Kernel.Command([]string{"/usr/bin/busybox", "--install", "-s"}); err != nil {
		fmt.Fprintf(w, "stage2: the shell's commands have no names of their own (%v); say \"busybox ls\" for ls\n", err)
	}
}

// halt ends it all, disks and medium let go of first.
func (in *installer) halt(w io.Writer, how Halt) {
	word := "restarting"
	if how == PowerOff {
		word = "switching off"
	}
	in.say("%s", word)
	if in.release != nil {
		if err := in.release(); err != nil {
			in.say("%v", err)
		}
	}
	if in.medium != nil {
		_ = in.Kernel.Unmount(in.path(RepoDir)) // it is read-only: nothing can be lost
		if in.eject {
			if err := in.Kernel.Eject(in.path("/dev/" + in.medium.Device.Name)); err != nil {
				in.say("the medium is not ejected: %v", err)
			}
		}
	}
	if err := in.Kernel.Halt(how); err != nil {
		fmt.Fprintf(w, "stage2: %s: %v\n", word, err)
	}
}
