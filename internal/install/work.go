package install

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"cdbuilder/internal/rootfs"
)

// plan lays out the disks and the system on them, and prints it.
func (in *installation) plan(context.Context) (err error) {
	if in.layout, err = in.Hands.Plan(in.recipe); err != nil {
		return err
	}
	for line := range strings.Lines(strings.TrimRight(in.layout.String(), "\n")) {
		in.Say("%s", strings.TrimRight(line, "\n"))
	}
	return nil
}

// system lays out what the packages will be made into.
func (in *installation) system(context.Context) (err error) {
	var names []string
	for _, p := range in.set {
		names = append(names, p.Name)
	}
	if in.target, err = in.Hands.Target(in.recipe, in.layout, names, in.Kickstart.Text); err != nil {
		return err
	}
	for _, w := range in.target.Warnings() {
		in.Say("warning: %s", w)
	}
	fmt.Fprintf(in.Log, "%v\n", in.target)
	return nil
}

// disks makes the disks what was planned, and mounts them.
func (in *installation) disks(ctx context.Context) error {
	in.touched = true
	if err := in.layout.Prepare(ctx, in.stepper()); err != nil {
		return err
	}
	root := in.inTarget("/")
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	if err := in.layout.Mount(root); err != nil {
		return err
	}
	in.mounted = true
	undo, err := in.Hands.Kernel(root)
	in.kernel = undo
	return err
}

// stepper shows numbered parts of a step, and writes them to the log.
func (in *installation) stepper() func(n, of int, does string) {
	return func(n, of int, does string) {
		fmt.Fprintf(in.Log, "%d of %d: %s\n", n, of, does)
		in.bar.begins(float64(n-1)/float64(max(of, 1)), does)
	}
}

// packages installs what was chosen.
func (in *installation) packages(ctx context.Context) error {
	h := in.header()
	root := in.inTarget("/")
	o := rootfs.Options{
		Root: root, Arch: in.Medium.Arch, Chroot: chroot{in, root}, Log: io.MultiWriter(in.Log, in.tail),
		ExcludeDocs: h.excludeDocs, Languages: h.languages, NoInitramfs: true,
	}
	for _, p := range in.set {
		file := in.packageFile(p.Package)
		o.Packages = append(o.Packages, rootfs.Package{
			Name: p.Name, Version: p.Version, Arch: p.Arch, File: p.Path, SHA256: p.SHA256, Size: p.Size, Auto: p.auto,
			Open: func() (io.ReadCloser, error) { return os.Open(file) },
		})
	}
	count := &counting{total: len(o.Packages), seen: map[string]bool{}, bar: in.bar}
	o.Progress = count.event
	in.Say("%d packages", len(o.Packages))
	in.tail.reset()
	err := in.Hands.Packages(ctx, o)
	// The package's own output says it better than the end of the log.
	if p := new(rootfs.PackageError); errors.As(err, &p) && p.Output != "" {
		in.tail.reset()
		_, _ = io.WriteString(in.tail, p.Output)
	}
	return err
}

// counting turns the events of rootfs into package n of m. Unpacking and
// configuring take turns: what some packages do before they are unpacked needs
// others that are configured.
type counting struct {
	total                int
	seen                 map[string]bool
	unpacked, configured float64 // 0 to 1
	bar                  *bar
}

// Unpacking is about this much of the work on packages; the rest is dpkg's.
const unpackShare = 0.35

func (c *counting) event(e rootfs.Event) {
	part := 0.0
	if e.Total > 0 {
		part = float64(e.Done) / float64(e.Total)
	}
	text := fmt.Sprintf("%s: %s", e.Step, e.Package)
	switch e.Step {
	case rootfs.Reading, rootfs.Unpacking:
		c.seen[e.Package] = true
		c.unpacked = max(c.unpacked, part)
		text = fmt.Sprintf("%s %d of %d: %s", e.Step, min(len(c.seen), c.total), c.total, e.Package)
	case rootfs.Configuring:
		c.configured = max(c.configured, part)
		text = fmt.Sprintf("%s %d of %d: %s", e.Step, e.Done, c.total, e.Package)
	}
	c.bar.to(c.unpacked*unpackShare+c.configured*(1-unpackShare), text)
}

// chroot runs programs of the system by the job's hands.
type chroot struct {
	in   *installation
	root string
}

// Run implements rootfs.Runner.
func (c chroot) Run(ctx context.Context, cmd rootfs.Command) error {
	return c.in.Hands.Program(ctx, c.root, cmd)
}

// configure makes what is installed the system that the kickstart describes.
func (in *installation) configure(ctx context.Context) error {
	in.tail.reset()
	return in.target.Configure(ctx, in.inTarget("/"), io.MultiWriter(in.Log, in.tail), in.stepper(), func(text string) { in.Say("warning: %s", text) })
}
