package install

import (
	"errors"
	"fmt"
)

// refused are commands that ask for another system than packages of this medium
// make, each with the reason.
var refused = map[string]string{
	"liveimg":         "this medium installs packages, and no image of a file system",
	"ostreesetup":     "this medium installs packages, and no OSTree",
	"ostreecontainer": "this medium installs packages, and no container",
	"bootc":           "this medium installs packages, and no container",
	"upgrade":         "this installer makes new systems, and upgrades none",
	"driverdisk":      "this installer takes no drivers from elsewhere",
	"zipl":            "this is no IBM Z",
	"zfcp":            "this is no IBM Z",
	"fcoe":            "this installer reaches no disks over a network",
	"iscsi":           "this installer reaches no disks over a network",
	"iscsiname":       "this installer reaches no disks over a network",
	"nvdimm":          "this installer does not set NVDIMMs up",
	"mount":           "this installer makes file systems and takes over none",
}

// undone are commands that are understood and have no effect here, each with
// what happens instead.
var undone = map[string]string{
	"url":                  "packages come from this medium",
	"nfs":                  "packages come from this medium",
	"harddrive":            "packages come from this medium",
	"hmc":                  "packages come from this medium",
	"method":               "packages come from this medium",
	"repo":                 "packages come from this medium only; %post can write files in /etc/apt/sources.list.d",
	"updates":              "the installer is the one of this medium",
	"module":               "there are no modules in this medium's packages",
	"rhsm":                 "nothing is registered",
	"syspurpose":           "nothing is registered",
	"realm":                "no realm is joined; %post can do it",
	"vnc":                  "the installation is shown on the screen and the serial line",
	"rdp":                  "the installation is shown on the screen and the serial line",
	"sshpw":                "the installer has no SSH",
	"logging":              "logs are kept in /var/log/cd-builder of the system",
	"snapshot":             "no snapshot is made",
	"pwpolicy":             "passwords are taken as they are",
	"autostep":             "nothing is asked anyway",
	"xconfig":              "no desktop is set up",
	"monitor":              "no desktop is set up",
	"mouse":                "no mouse is set up",
	"langsupport":          "no more languages are installed",
	"deviceprobe":          "devices are found anyway",
	"device":               "drivers are found anyway",
	"dmraid":               "firmware RAID is not set up",
	"multipath":            "multipath is not set up",
	"lilo":                 "the boot loader is GRUB",
	"lilocheck":            "the boot loader is GRUB",
	"key":                  "no key is needed",
	"installclass":         "there is one kind of installation",
	"unsupported_hardware": "any hardware is tried",
	"mediacheck":           "the boot menu has an entry that checks the medium first",
	"rescue":               "the boot menu has an entry for rescue",
}

// refuse gives a fault for each command that cannot be done and that the system
// would be another one without.
func (in *installation) refuse() error {
	var faults []error
	for _, s := range in.recipe.Statements {
		if why := refused[s.Name]; why != "" {
			faults = append(faults, fmt.Errorf("%s:%d: %s: %s", s.File.Name, s.Line(), s.Name, why))
		}
	}
	for _, s := range in.recipe.Sections {
		switch s.Name {
		case "addon":
			in.Say("warning: %s:%d: %%addon %v is not run: this installer has no add-ons", s.File.Name, s.Number, s.Rest)
		case "certificate":
			faults = append(faults, fmt.Errorf("%s:%d: %%certificate is not done here: write the file in %%post", s.File.Name, s.Number))
		}
	}
	return errors.Join(faults...)
}

// sayUndone warns by name of what is understood and not executed.
func (in *installation) sayUndone() error {
	for _, s := range in.recipe.Statements {
		if why := undone[s.Name]; why != "" {
			in.Say("warning: %s:%d: %s has no effect: %s", s.File.Name, s.Line(), s.Name, why)
		}
	}
	return nil
}
