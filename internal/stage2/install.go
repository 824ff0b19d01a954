package stage2

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"cdbuilder/internal/install"
	"cdbuilder/internal/pgp"
)

// KeysPath holds the public key of the product in the initramfs: what the
// medium's packages must be signed with. isotree.InstallerKey is the same.
const KeysPath = "/etc/cd-builder/medium.asc"

// install does what the kickstart says, and what it says about the end. When
// that fails, everything is shown on one screen, and the menu comes: the
// machine is never started again by itself then.
func (in *installer) install(ctx context.Context) {
	in.installApplets(in.all)
	in.modules.coldplug() // disks may have come since the medium was found
	in.ran.Store(true)
	job, err := in.job()
	if err != nil {
		in.complain(err)
		return
	}
	in.release = job.Release
	in.calm()
	in.say("installing %s as %s says", in.medium.Name(), job.Kickstart.Name)
	begun := in.Now()
	ending, err := job.Run(ctx)
	if err != nil {
		fmt.Fprint(in.all, failureScreen(err))
		return
	}
	in.say("the system is installed, after %d min %02d s", int(in.Now().Sub(begun).Minutes()), int(in.Now().Sub(begun).Seconds())%60)
	in.eject = ending.Eject
	switch ending.Do {
	case "reboot":
		in.halt(in.all, Reboot)
	case "poweroff":
		in.halt(in.all, PowerOff)
	default:
		in.say("take the medium out and choose Reboot")
	}
}

// job gathers what an installation is to know.
func (in *installer) job() (*install.Job, error) {
	id, err := readIdentity(os.DirFS(in.path(RepoDir)))
	if err != nil {
		return nil, err
	}
	keys, err := pgp.ReadKeyringFiles(in.path(KeysPath))
	if err != nil {
		return nil, fmt.Errorf("the key that the medium's packages are signed with: %w", err)
	}
	return &install.Job{
		Root: in.Root, Kickstart: *in.source,
		Medium: install.Medium{
			Dir: RepoDir, Device: in.medium.Device.Name, Suite: id.Suite, Arch: id.Arch, Syntax: id.syntax(),
			Built: id.Built, Recommends: id.Recommends, Keys: keys,
		},
		Hands: in.Hands(in.machine(id)),
		Now:   in.Now, Say: in.say, Screen: in.screens, Log: in.log, LogFile: in.path("/run/log/stage2.log"),
	}, nil
}

// machine is what the hands are to know.
func (in *installer) machine(id identity) install.Machine {
	return install.Machine{
		Root: in.Root, Medium: in.medium.Device.Name, Product: strings.TrimSpace(id.Name + " " + id.Version), Info: line(in.path(RepoDir), ".disk/info"),
		Suite: id.Suite, Cmdline: line(in.path("/proc"), "cmdline"), Log: in.log, LoadModule: in.loadModule,
	}
}

// rescue mounts an installed system for the shell that follows.
func (in *installer) rescue(ctx context.Context) {
	if in.Rescue == nil {
		return
	}
	in.modules.coldplug() // disks may have come since the medium was found
	for _, name := range rescueModules {
		in.loadModule(name)
	}
	release, err := in.Rescue(ctx, in.machine(identity{}), in.say)
	if err != nil {
		in.say("%v", err)
		return
	}
	in.release = release
}

// rescueModules are what an installed system may lie on. Its file systems bring
// themselves along.
var rescueModules = []string{"dm_mod", "dm_crypt", "raid0", "raid1", "raid10", "raid456"}

// loadModule loads a module by its name. One that this kernel has built in, or
// not at all, is for its user to miss.
func (in *installer) loadModule(name string) {
	if in.modules != nil {
		_ = in.modules.module(strings.ReplaceAll(name, "-", "_")) // remembered in tried
	}
}

// failureScreen says on one screen what failed, why, and what can be done.
func failureScreen(err error) string {
	var b strings.Builder
	b.WriteString("\n  THE INSTALLATION FAILED\n\n")
	row := func(key, value string) {
		for line := range strings.Lines(strings.TrimRight(value, "\n")) {
			fmt.Fprintf(&b, "  %-8s %s\n", key, printable(line))
			key = ""
		}
	}
	var f *install.Failure
	if !errors.As(err, &f) {
		row("Because", err.Error())
		return b.String()
	}
	row("While", f.Step)
	reasons := strings.Split(f.Err.Error(), "\n")
	if more := len(reasons) - maxFaults; more > 0 {
		reasons = append(reasons[:maxFaults], fmt.Sprintf("and %d more", more))
	}
	row("Because", strings.Join(reasons, "\n"))
	if len(f.Tail) > 0 {
		row("It said", strings.Join(f.Tail, "\n"))
	}
	if f.Untouched {
		row("Disks", "nothing was written to them")
	} else {
		row("Disks", "they have been written to; what is there is mounted at "+install.SysRoot)
	}
	row("Next", "the shell in the menu below helps to look around;\nthe whole log is /run/log/stage2.log; to try again, choose Reboot, or Install to answer questions")
	return b.String()
}
