package target

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"cdbuilder/internal/rootfs"
)

// Options says where a Config is applied.
type Options struct {
	// Root is the directory that the target's file systems are mounted at, with
	// those of the kernel's (rootfs.Mount).
	Root string
	// Runner runs the target's programs. It must let them sync to the disk
	// (rootfs.Chroot.Sync): grub-install reads back what it wrote.
	Runner rootfs.Runner
	// Log takes each action, and what the programs say; nil for none.
	Log io.Writer
	// Progress is told of each action before it is done, and of each warning, from
	// one goroutine at a time; nil for nobody.
	Progress func(Event)
}

// Event is a piece of progress.
type Event struct {
	Step        string // "boot loader"
	Done, Total int    // actions
	Warning     string // something that was not done; the work goes on
}

// Validate reports all faults that show before anything is done.
func (o *Options) Validate() error {
	var faults []error
	if !filepath.IsAbs(o.Root) {
		faults = append(faults, fmt.Errorf("root %q is not an absolute path", o.Root))
	}
	if o.Runner == nil {
		faults = append(faults, errors.New("nothing to run the target's programs with"))
	}
	return errors.Join(faults...)
}

// Apply does what a Config says, and stops at the first thing that fails. The
// files are not yet on the disk when it returns: the caller syncs.
func Apply(ctx context.Context, c *Config, o Options) error {
	if err := o.Validate(); err != nil {
		return err
	}
	root, err := os.OpenRoot(o.Root)
	if err != nil {
		return err
	}
	defer root.Close()
	w := &work{Options: o, root: root}
	if o.Log != nil {
		w.Log = &lines{to: o.Log}
	}
	for _, s := range c.Steps {
		w.total += len(s.Actions)
	}
	return w.steps(ctx, c.Steps)
}

// work is that of one Apply.
type work struct {
	Options
	root *os.Root

	mu          sync.Mutex // guards what follows, and calls of Progress
	done, total int        // actions
}

// steps does the steps, and those that may be done beside the others so.
func (w *work) steps(ctx context.Context, steps []Step) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var beside sync.WaitGroup
	// do does a step, whose failure ends the others; the first one counts.
	do := func(s Step) {
		if err := w.step(ctx, s); err != nil {
			cancel(err)
		}
	}
	for _, s := range steps {
		if s.Last {
			beside.Wait()
		}
		if s.Beside {
			beside.Go(func() { do(s) })
		} else {
			do(s)
		}
	}
	beside.Wait()
	return context.Cause(ctx)
}

func (w *work) step(ctx context.Context, s Step) error {
	a := &applier{work: w, name: s.Name}
	for _, action := range s.Actions {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		a.tell("")
		a.log("%s\n", action)
		if err := action.do(ctx, a); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		w.mu.Lock()
		w.done++
		w.mu.Unlock()
	}
	return nil
}

// lines lets several programs write to one log, each a piece at a time.
type lines struct {
	mu sync.Mutex
	to io.Writer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(p)
}

// applier does the actions of a step.
type applier struct {
	*work
	name string // of the step
}

func (a *applier) tell(warning string) {
	if a.Progress == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.Progress(Event{Step: a.name, Done: a.done, Total: a.total, Warning: warning})
}

func (a *applier) warn(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	a.log("warning: %s\n", text)
	a.tell(text)
}

func (a *applier) log(format string, args ...any) {
	if a.Log != nil {
		fmt.Fprintf(a.Log, format, args...)
	}
}

// at is a path of the target as os.Root wants it.
func at(p string) string { return strings.TrimPrefix(path.Clean(p), "/") }

// directory makes the directories that lead to a file.
func (a *applier) directory(name string) error {
	dir := path.Dir(name)
	if dir == "." {
		return nil
	}
	if _, err := a.root.Stat(dir); err == nil {
		return nil
	}
	if err := a.directory(dir); err != nil {
		return err
	}
	if err := a.root.Mkdir(dir, 0o755); err != nil {
		return err
	}
	return a.root.Chmod(dir, 0o755) // whatever our umask
}

// put writes a file under a temporary name, and renames it.
func (a *applier) put(name string, mode fs.FileMode, data []byte, uid, gid int) error {
	if err := a.directory(name); err != nil {
		return err
	}
	temp := name + ".installer-new"
	if err := a.root.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := a.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chown(uid, gid), f.Chmod(mode), f.Close()); err != nil {
		return errors.Join(err, a.root.Remove(temp))
	}
	return a.root.Rename(temp, name)
}

func (f File) do(_ context.Context, a *applier) error {
	return a.put(at(f.Path), f.Mode, []byte(f.Data), 0, 0)
}

func (l Link) do(_ context.Context, a *applier) error {
	name := at(l.Path)
	if err := a.directory(name); err != nil {
		return err
	}
	temp := name + ".installer-new"
	if err := a.root.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := a.root.Symlink(l.Target, temp); err != nil {
		return err
	}
	return a.root.Rename(temp, name)
}

func (r Removal) do(_ context.Context, a *applier) error {
	names, err := fs.Glob(a.root.FS(), at(r.Pattern))
	for _, name := range names {
		err = errors.Join(err, a.root.Remove(name))
	}
	return err
}

func (e Edit) do(_ context.Context, a *applier) error {
	name := at(e.Path)
	info, err := a.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", e.Path)
	}
	if err != nil {
		return err
	}
	match, err := regexp.Compile("(?m)^" + e.Match + "$")
	if err != nil {
		return err
	}
	data, err := a.root.ReadFile(name)
	if err != nil {
		return err
	}
	return a.put(name, info.Mode().Perm(), match.ReplaceAll(data, []byte(e.With)), 0, 0)
}

func (z Zone) do(ctx context.Context, a *applier) error {
	file := "/usr/share/zoneinfo/" + z.Name
	if info, err := a.root.Stat(at(file)); err != nil || !info.Mode().IsRegular() {
		if z.Name != "UTC" && z.Name != "Etc/UTC" {
			a.warn("tzdata has no time zone %s; the clock shows UTC", z.Name)
		}
		return nil
	}
	if err := (Link{"/etc/localtime", file}).do(ctx, a); err != nil {
		return err
	}
	return File{Path: "/etc/timezone", Mode: 0o644, Data: z.Name + "\n"}.do(ctx, a)
}

// programs are the directories in which a program is looked for.
var programs = []string{"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"}

// run runs a program of the target; its error holds the end of what it said.
func (a *applier) run(ctx context.Context, argv []string, stdin Secret, out io.Writer) error {
	full := append([]string(nil), argv...)
	if !strings.Contains(argv[0], "/") {
		for _, dir := range programs {
			if _, err := a.root.Lstat(at(dir + argv[0])); err == nil {
				full[0] = dir + argv[0]
				break
			}
		}
		if !strings.Contains(full[0], "/") {
			return fmt.Errorf("there is no program %s in the target", argv[0])
		}
	}
	said := &tail{to: a.Log}
	var to io.Writer = said
	if out != nil {
		to = io.MultiWriter(said, out)
	}
	err := a.Runner.Run(ctx, rootfs.Command{
		Argv: full, Stdin: []byte(stdin), Output: to,
		Env: []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "TERM=dumb", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"},
	})
	if text := said.String(); err != nil && text != "" {
		return fmt.Errorf("%w\n%s", err, text)
	}
	return err
}

func (c Command) do(ctx context.Context, a *applier) error {
	err := a.run(ctx, c.Argv, Secret(c.Stdin), nil)
	if err != nil && ctx.Err() == nil && len(c.Or) > 0 {
		a.warn("%v", err)
		err = a.run(ctx, c.Or, "", nil)
	}
	if err != nil && ctx.Err() == nil && c.Else != "" {
		a.warn("%s: %v", c.Else, err)
		return nil
	}
	return err
}

// tail keeps the last two KiB of what passes through it.
type tail struct {
	to  io.Writer
	end []byte
}

const tailSize = 2048

func (t *tail) Write(p []byte) (int, error) {
	if t.end = append(t.end, p...); len(t.end) > tailSize {
		t.end = append(t.end[:0], t.end[len(t.end)-tailSize:]...)
	}
	if t.to != nil {
		if _, err := t.to.Write(p); err != nil {
			t.to = nil // a full log must not stop the program
		}
	}
	return len(p), nil
}

func (t *tail) String() string { return string(bytes.TrimSpace(t.end)) }
