package stage2

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"cdbuilder/internal/install"
	"cdbuilder/internal/wizard"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// turn is whose turn it is: one console at a time asks and installs.
type turn struct {
	mu   sync.Mutex
	who  string // the console
	busy bool   // it no longer asks, it installs
}

// take gives the turn to a console, or says which one has it.
func (t *turn) take(console string) (holder string, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.who != "" {
		return t.who, false
	}
	t.who = console
	return console, true
}

func (t *turn) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.busy = true
}

func (t *turn) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.who, t.busy = "", false
}

// installing is the console from which an installation runs; empty: none does.
func (t *turn) installing() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.busy {
		return ""
	}
	return t.who
}

// asksByItself reports whether the return key alone means Install: where this
// machine was started to install something, and nothing did yet.
func (in *installer) asksByItself() bool {
	return in.canInstall() == nil && !in.args.Rescue && !in.ran.Load()
}

// canInstall says why nothing can be installed.
func (in *installer) canInstall() error {
	switch {
	case in.medium == nil:
		return errors.New("nothing can be installed: there is no medium")
	case in.Hands == nil || in.Kernel.Raw == nil:
		return errors.New("nothing can be installed on this machine")
	}
	return nil
}

// ask asks a person at a console what to install, and installs it.
func (in *installer) ask(ctx context.Context, c *console) {
	if err := in.canInstall(); err != nil {
		fmt.Fprintf(c, "stage2: %v\n", err)
		return
	}
	if holder, ok := in.turn.take(c.name); !ok {
		fmt.Fprintf(c, "stage2: somebody is answering the installer's questions on %s\n", holder)
		return
	}
	defer in.turn.end()
	source, err := in.answered(ctx, c)
	switch {
	case errors.Is(err, wizard.ErrLeft):
		fmt.Fprintln(c, "stage2: nothing was done")
		return
	case err != nil:
		fmt.Fprintf(c, "stage2: %v\n", err)
		return
	}
	in.turn.begin()
	if in.release != nil { // what an installation before left mounted
		if err := in.release(); err != nil {
			in.complain(fmt.Errorf("the disks are still in use from the installation before: %w", err))
			return
		}
		in.release = nil
	}
	in.source = source
	in.keepKickstart(source.Text)
	in.install(ctx)
}

// answered has the questions answered, and gives the kickstart that comes of it.
func (in *installer) answered(ctx context.Context, c *console) (source *install.Source, err error) {
	defer caught(&err)
	fmt.Fprintln(c, "stage2: looking at this machine")
	facts, err := in.facts()
	if err != nil {
		return nil, err
	}
	raw, err := in.Kernel.Raw(c.tty)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, raw.Restore()) }()
	answers, basis, err := wizard.Ask(ctx, c.keys, c, facts, wizard.Options{
		Random: in.Random, Check: in.feasible, Colour: c.isScreen() && !in.args.NoColour, Width: raw.Width, Height: raw.Height,
	})
	if err != nil {
		return nil, err
	}
	text, err := answers.Kickstart(basis)
	if err != nil {
		return nil, err
	}
	// What it includes is in it already, but for files that %pre writes.
	return &install.Source{Name: KickstartPath, Text: text}, nil
}

// feasible says why the disks cannot become what a kickstart asks for. Of one that
// includes what a %pre script writes nothing is known yet.
func (in *installer) feasible(text []byte) error {
	id, err := readIdentity(os.DirFS(in.path(RepoDir)))
	if err != nil {
		return err
	}
	syntax, err := kickstart.OwnSyntax(KickstartPath, text, id.syntax())
	if err != nil {
		return err
	}
	file, err := kickstart.Parse(KickstartPath, text, syntax)
	if err != nil {
		return err
	}
	for i := range file.Nodes {
		if file.Nodes[i].Kind == kickstart.Include {
			return nil
		}
	}
	recipe, _ := language.Read(syntax, file.All())
	_, err = in.Hands(in.machine(id)).Plan(recipe)
	return err
}

// facts are what the machine and the medium have to choose from.
func (in *installer) facts() (wizard.Facts, error) {
	in.installApplets(in.log)
	in.modules.coldplug() // disks may have come since the medium was found
	id, err := readIdentity(os.DirFS(in.path(RepoDir)))
	if err != nil {
		return wizard.Facts{}, err
	}
	disks, err := in.disks()
	if err != nil {
		return wizard.Facts{}, err
	}
	return wizard.Facts{
		Product: printable(id.Name), Disks: disks, Cards: in.cards(), Zones: zones(), Bases: in.bases(id),
	}, nil
}
