package stage2

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"cdbuilder/kickstart"
)

// A volume of this label may bring a kickstart, as under Anaconda.
const (
	oemdrvLabel = "OEMDRV"
	oemdrvFile  = "ks.cfg"
	oemdrvName  = oemdrvLabel + ":/" + oemdrvFile // in messages
	oemdrvDir   = "/run/install/oemdrv"
)

// KickstartPath is where the kickstart that was found is kept, as under Anaconda.
const KickstartPath = "/run/install/ks.cfg"

// maxKickstart is the longest kickstart that is read, in bytes.
const maxKickstart = 4 << 20

// maxFaults is how many faults of a kickstart are told.
const maxFaults = 10

// fetchKickstart takes the kickstart of a volume OEMDRV, where no boot argument
// names one. Whatever goes wrong is said; the menu comes in any case.
func (in *installer) fetchKickstart() {
	if in.args.Rescue {
		return // installs nothing
	}
	devices, err := in.scan()
	if err != nil {
		in.say("%v", err)
		return
	}
	var brought []Device
	var text []byte
	for _, d := range choose(devices, Location{ByLabel, oemdrvLabel}) {
		if in.medium != nil && d.Name == in.medium.Device.Name {
			continue
		}
		if in.args.Kickstart != "" {
			if strings.Contains(in.args.Kickstart, "LABEL="+oemdrvLabel) {
				continue
			}
			in.say("the volume %s on %v is left alone: the boot argument inst.ks= comes first", oemdrvLabel, d)
			continue
		}
		t, err := in.readOEMDRV(d)
		switch {
		case errors.Is(err, os.ErrNotExist):
			in.say("the volume %s on %v has no /%s", oemdrvLabel, d, oemdrvFile)
		case err != nil:
			in.say("the kickstart on %v cannot be read: %v", d, err)
		default:
			brought, text = append(brought, d), t
		}
	}
	switch {
	case len(brought) > 1:
		in.say("no kickstart is used: %d volumes %s bring one; leave one of %s in the machine", len(brought), oemdrvLabel, describe(brought))
	case len(brought) == 1:
		in.takeKickstart(brought[0], text)
	}
}

// readOEMDRV mounts a volume for as long as it takes to read its kickstart.
func (in *installer) readOEMDRV(d Device) (text []byte, err error) {
	dir := in.path(oemdrvDir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	options := ""
	if d.Volume.Type == "ext4" {
		options = "noload" // or its journal is written, read-only or not
	}
	if err := in.Kernel.Mount(in.path("/dev/"+d.Name), dir, d.Volume.Type, ReadOnly|NoSUID|NoDev|NoExec, options); err != nil {
		return nil, fmt.Errorf("mount /dev/%s as %s: %w", d.Name, d.Volume.Type, err)
	}
	defer func() { err = errors.Join(err, in.Kernel.Unmount(dir)) }()
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	info, err := root.Stat(oemdrvFile)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("/%s is not a file", oemdrvFile)
	}
	f, err := root.Open(oemdrvFile)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	text, err = io.ReadAll(io.LimitReader(f, maxKickstart+1))
	if err == nil && len(text) > maxKickstart {
		err = fmt.Errorf("/%s is longer than %s", oemdrvFile, size(maxKickstart))
	}
	return text, err
}

// takeKickstart keeps the kickstart, and says what it is and what is wrong
// with it.
func (in *installer) takeKickstart(d Device, text []byte) {
	in.kickstart = oemdrvName
	in.say("kickstart from %s: %v", oemdrvLabel, d)
	path := in.path(KickstartPath)
	// It may hold passwords.
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, text, 0o600)); err != nil {
		in.say("the kickstart is not kept: %v", err)
	}
	file, err := kickstart.Parse(oemdrvName, text, in.syntax())
	commands, sections := 0, 0
	for i := range file.Nodes {
		switch file.Nodes[i].Kind {
		case kickstart.Command:
			commands++
		case kickstart.Section:
			sections++
		}
	}
	in.say("it has %s and %s", count(commands, "command"), count(sections, "section"))
	if err == nil {
		return
	}
	faults := strings.Split(err.Error(), "\n")
	for i, fault := range faults {
		if i == maxFaults {
			in.say("and %d more faults", len(faults)-i)
			break
		}
		in.say("%s", printable(fault))
	}
}

func describe(devices []Device) string {
	all := make([]string, len(devices))
	for i, d := range devices {
		all[i] = d.String()
	}
	return strings.Join(all, " and ")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// syntax is that of the medium's kickstarts, or the newest where the medium
// doesn't say.
func (in *installer) syntax() kickstart.Syntax {
	c, _ := readIdentity(os.DirFS(in.path(RepoDir))) // present complains
	s, err := kickstart.ParseSyntax(c.Syntax)
	if err != nil {
		return kickstart.Syntax{}
	}
	return s
}
