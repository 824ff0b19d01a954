package rootfs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"cdbuilder/internal/deb"
)

// controlDir is where dpkg has a package's control files while its preinst runs;
// debconf looks for templates there.
const controlDir = "var/lib/dpkg/tmp.ci"

// preinsts runs the live preinsts among the packages, by rank; base-passwd's
// and base-files' come first, as in every bootstrap.
func (in *installation) preinsts(ctx context.Context, pkgs []*pkg) error {
	for _, first := range []bool{true, false} {
		for _, p := range pkgs {
			if p.preinst != live || (precedence(p) == 0) != first {
				continue
			}
			in.tell(Event{Step: Preparing, Package: p.Name})
			in.log.mark()
			if err := in.runPreinst(ctx, p); err != nil {
				err = p.failed(ctx, Preparing, err)
				if of := (*PackageError)(nil); errors.As(err, &of) {
					of.Output = lastLines(in.log.marked())
				}
				return err
			}
		}
	}
	return nil
}

func (in *installation) runPreinst(ctx context.Context, p *pkg) (err error) {
	control, err := p.controlFiles()
	if err != nil {
		return err
	}
	if err := in.root.RemoveAll(controlDir); err != nil {
		return err
	}
	if err := in.root.Mkdir(controlDir, 0o755); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.root.RemoveAll(controlDir)) }()
	for _, c := range control {
		if err := in.writeFile(controlDir+"/"+c.Name, c.Data, c.Mode); err != nil {
			return err
		}
	}
	return in.run(ctx, Command{
		Argv: []string{"/" + controlDir + "/preinst", "install"},
		Env: append(in.environment(),
			"DPKG_MAINTSCRIPT_PACKAGE="+p.Name,
			"DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT=1",
			"DPKG_MAINTSCRIPT_ARCH="+p.Arch,
			"DPKG_MAINTSCRIPT_NAME=preinst",
			"DPKG_MAINTSCRIPT_DEBUG=0",
			"DPKG_RUNNING_VERSION="+in.plan.byName["dpkg"].Version,
			"DPKG_ADMINDIR=/var/lib/dpkg",
			"DPKG_ROOT=",
		),
	})
}

// controlFiles reads the package's control archive again.
func (p *pkg) controlFiles() ([]deb.ControlFile, error) {
	f, err := p.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d, err := deb.NewReader(f)
	if err != nil {
		return nil, err
	}
	if controlSum(d) != p.headSum {
		return nil, errors.New("the control archive is not the one that was read before")
	}
	return d.ControlFiles(), nil
}

// writeFile writes a file below the root with just this mode.
func (in *installation) writeFile(name string, data []byte, mode fs.FileMode) error {
	if err := in.root.WriteFile(name, data, mode); err != nil {
		return err
	}
	return in.root.Chmod(name, mode)
}

// run runs a program of the target; its output goes to the log.
func (in *installation) run(ctx context.Context, c Command) error {
	c.Output = in.log
	_, _ = fmt.Fprintf(in.log, "+ %s\n", c.Argv)
	return in.Chroot.Run(ctx, c)
}

// environment is what programs of the target find.
func (in *installation) environment() []string {
	env := []string{
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/root", "TERM=dumb", "LC_ALL=C.UTF-8",
		"DEBIAN_FRONTEND=noninteractive", "DEBCONF_NONINTERACTIVE_SEEN=true",
	}
	if in.NoInitramfs {
		env = append(env, "INITRD=No") // asked for by the hooks that kernel packages run
	}
	return env
}
