package stage2

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"cdbuilder/internal/install"
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

// fetchKickstart reads the kickstart that the boot arguments name, or else takes
// that of a volume OEMDRV. What goes wrong with one that was named is an error;
// all else is said, and the menu comes.
func (in *installer) fetchKickstart() (err error) {
	if in.args.Rescue {
		return nil // installs nothing
	}
	in.lookForOEMDRV()
	if in.args.Kickstart == "" || in.Hands == nil {
		return nil
	}
	if in.source, err = in.namedKickstart(); err != nil {
		return err
	}
	in.keepKickstart(in.source.Text)
	return nil
}

// lookForOEMDRV takes the kickstart of a volume OEMDRV.
func (in *installer) lookForOEMDRV() {
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
		t, err := in.readVolume(d, oemdrvFile)
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

// readVolume mounts a volume for as long as it takes to read a kickstart from it.
func (in *installer) readVolume(d Device, name string) (text []byte, err error) {
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
	return readKickstart(root, name)
}

// takeKickstart keeps the kickstart, and says what it is and what is wrong
// with it.
func (in *installer) takeKickstart(d Device, text []byte) {
	in.kickstart = oemdrvName
	in.say("kickstart from %s: %v", oemdrvLabel, d)
	in.keepKickstart(text)
	in.source = &install.Source{Name: oemdrvName, Text: text}
	id, _ := readIdentity(os.DirFS(in.path(RepoDir))) // present complains
	syntax, versionErr := kickstart.OwnSyntax(oemdrvName, text, id.syntax())
	file, err := kickstart.Parse(oemdrvName, text, syntax)
	err = errors.Join(versionErr, err)
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
