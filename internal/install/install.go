// Package install installs a system as a kickstart says, in the order in which
// Anaconda does it: the kickstart with what it includes, %pre, the plan of the
// disks, the packages of the medium, disks, %pre-install, packages, the
// system's configuration and boot loader, %post.
//
// All that can be wrong with a kickstart, a medium or a set of packages is found
// before the first byte goes to a disk. What happens after that and fails is
// one Failure, with the step and the end of what was said; %onerror runs then.
//
// The package knows the order and nothing of the work: what is done to the
// machine is in the struct Hands, which Real fills from packages storage,
// rootfs and target, and tests with notes.
package install

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"cdbuilder/internal/pgp"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// SysRoot is where the system that is being installed is mounted, as under
// Anaconda.
const SysRoot = "/mnt/sysimage"

// Source is a kickstart, and where it comes from.
type Source struct {
	Name string // as it stands in messages
	Text []byte
	// Open brings the files that it includes; nil: those of the installer only.
	Open kickstart.Opener
}

// Medium is the mounted medium.
type Medium struct {
	Dir        string // where it is mounted, below the job's Root
	Device     string // below /dev: sr0
	Suite      string // under which it serves its packages
	Arch       string // amd64
	Syntax     kickstart.Syntax
	Built      time.Time
	Recommends bool // packages bring along what they recommend
	// Keys are those that may have signed its packages.
	Keys *pgp.Keyring
}

// Job is what is to be installed, and on what.
type Job struct {
	// Root is the installer's own file system: "/" but in tests.
	Root      string
	Kickstart Source
	Medium    Medium
	Hands     Hands
	Now       func() time.Time
	// Say writes a line to the consoles and the log.
	Say func(format string, args ...any)
	// Screen is the consoles without the log, for what overwrites itself.
	Screen io.Writer
	// Log takes what programs say.
	Log io.Writer
	// LogFile is the file behind Log and Say, which is kept in the system.
	LogFile string
}

// Ending is what is to happen after an installation.
type Ending struct {
	// Do is "reboot", "poweroff" or "halt", which waits for a person.
	Do    string
	Eject bool // let go of the medium
}

// Failure is an installation that ended early.
type Failure struct {
	Step string // what was being done
	Err  error
	// Tail is the end of what programs said.
	Tail []string
	// Untouched says that nothing was written to any disk.
	Untouched bool
}

// Error gives the step and the reason.
func (f *Failure) Error() string { return fmt.Sprintf("%s: %v", f.Step, f.Err) }

// Unwrap gives the reason.
func (f *Failure) Unwrap() error { return f.Err }

// step is a part of an installation.
type step struct {
	does   string
	weight int // its share of the time, of about a hundred
	do     func(*installation, context.Context) error
}

// steps are all of them, in their order. The weights are measured: see
// docs/install-matrix.md.
var steps = []step{
	{"reading the kickstart", 0, (*installation).read},
	{"running %pre", 1, (*installation).pre},
	{"checking the kickstart", 0, (*installation).check},
	{"planning the disks", 1, (*installation).plan},
	{"choosing the packages", 1, (*installation).choose},
	{"planning the system", 0, (*installation).system},
	{"preparing the disks", 2, (*installation).disks},
	{"running %pre-install", 0, (*installation).preInstall},
	{"installing the packages", 77, (*installation).packages},
	{"configuring the system", 15, (*installation).configure},
	{"running %post", 1, (*installation).post},
	{"finishing", 2, (*installation).finish},
}

// installation is a job that is being done.
type installation struct {
	*Job
	syntax kickstart.Syntax
	tree   *kickstart.Tree
	recipe *language.Recipe
	layout Disks
	target Target
	set    []chosen // packages
	bar    *bar
	tail   *tail
	// touched says that disks are being written to; mounted, that they are
	// below SysRoot.
	touched, mounted bool
	kernel           func() error // unmounts the kernel's file systems
}

// Run does the job. It fails with a *Failure; the disks are mounted below
// SysRoot then, as far as it came, for a person to look at: see Release.
func (j *Job) Run(ctx context.Context) (Ending, error) {
	copied := *j
	in := &installation{Job: &copied, tail: &tail{}, bar: newBar(j.Screen, j.Now, steps)}
	copied.Say = func(format string, args ...any) {
		in.bar.clear()
		j.Say(format, args...)
	}
	for i, s := range steps {
		in.bar.begin(i)
		in.Say("step %d of %d: %s", i+1, len(steps), s.does)
		begun := j.Now()
		err := in.do(ctx, s)
		fmt.Fprintf(j.Log, "%s: %.1f s\n", s.does, j.Now().Sub(begun).Seconds())
		if err != nil {
			in.bar.clear()
			f := &Failure{Step: s.does, Err: err, Tail: in.tail.lines(), Untouched: !in.touched}
			in.failed(ctx, f)
			return Ending{}, f
		}
	}
	in.bar.clear()
	return in.ending(), nil
}

// do does one step. A mistake of ours becomes a failure as any other.
func (in *installation) do(ctx context.Context, s step) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &mistake{p}
		}
	}()
	return s.do(in, ctx)
}

// mistake is a panic on the way.
type mistake struct{ what any }

func (m *mistake) Error() string {
	return fmt.Sprintf("the installer made a mistake (%v); please report this with the log", m.what)
}

// failed runs the scripts that the kickstart has for this case, and keeps the
// logs where the disks are there to hold them.
func (in *installation) failed(ctx context.Context, f *Failure) {
	kinds := []string{"onerror"}
	if errors.As(f.Err, new(*mistake)) {
		kinds = append(kinds, "traceback")
	}
	for _, kind := range kinds {
		if err := in.scripts(context.WithoutCancel(ctx), kind); err != nil {
			in.Say("%v", err)
		}
	}
	if in.mounted {
		if err := in.keepLogs(); err != nil {
			in.Say("the log is not kept on the disk: %v", err)
		}
	}
}

// Release unmounts what a failed installation left mounted.
func (j *Job) Release() error {
	if j.Hands.Release == nil {
		return nil
	}
	return j.Hands.Release()
}

// path is a path of the installer below Root.
func (j *Job) path(name string) string { return filepath.Join(j.Root, name) }

// inTarget is a path of the installed system.
func (j *Job) inTarget(name string) string { return j.path(filepath.Join(SysRoot, name)) }
