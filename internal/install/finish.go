package install

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// LogDir is where the logs are kept in the installed system.
const LogDir = "/var/log/cd-builder"

// KickstartFile is where the installed system keeps its kickstart, as under
// Anaconda. It may hold passwords.
const KickstartFile = "/root/anaconda-ks.cfg"

// finish keeps kickstart and logs in the system and lets go of its disks.
func (in *installation) finish(context.Context) error {
	in.bar.begins(0, "writing everything to the disks")
	faults := []error{in.keepLogs()}
	if in.kernel != nil {
		faults = append(faults, in.kernel())
		in.kernel = nil
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	if err := in.Hands.Release(); err != nil {
		return err
	}
	in.mounted = false
	return nil
}

// keepLogs copies the log and the kickstart into the system.
func (in *installation) keepLogs() (err error) {
	root, err := os.OpenRoot(in.inTarget("/"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	if err := root.MkdirAll(LogDir[1:], 0o750); err != nil {
		return fmt.Errorf("keep the log: %w", err)
	}
	if in.layout != nil {
		if err := root.WriteFile(LogDir[1:]+"/disks.txt", []byte(in.layout.String()), 0o640); err != nil {
			return fmt.Errorf("keep the plan of the disks: %w", err)
		}
	}
	if in.LogFile != "" {
		if err := copyInto(root, LogDir[1:]+"/install.log", in.LogFile); err != nil {
			return fmt.Errorf("keep the log: %w", err)
		}
	}
	if err := root.MkdirAll("root", 0o700); err != nil {
		return err
	}
	if err := root.WriteFile(KickstartFile[1:], in.Kickstart.Text, 0o600); err != nil {
		return fmt.Errorf("keep the kickstart: %w", err)
	}
	return nil
}

func copyInto(root *os.Root, name, from string) (err error) {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := root.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	return errors.Join(err, dst.Close())
}

// ending is what the kickstart wants to happen at last: reboot, poweroff, halt
// or shutdown, of which the last one counts. Without one a person decides, as
// under Anaconda.
func (in *installation) ending() Ending {
	end := Ending{Do: "halt"}
	for _, s := range in.recipe.Statements {
		switch s.Name {
		case "reboot":
			end = Ending{Do: "reboot", Eject: s.Has("--eject")}
			if s.Has("--kexec") {
				in.Say("warning: %s:%d: reboot --kexec is not done: the machine starts by its firmware", s.File.Name, s.Line())
			}
		case "poweroff", "halt", "shutdown":
			end = Ending{Do: map[string]string{"shutdown": "poweroff"}[s.Name], Eject: s.Has("--eject")}
			if end.Do == "" {
				end.Do = s.Name
			}
		}
	}
	return end
}
