package wizard

import (
	"path"
	"slices"
	"strings"

	"cdbuilder/kickstart/language"
)

// layoutCommands say what is made on the disks.
var layoutCommands = []string{"part", "partition", "logvol", "volgroup", "raid", "btrfs", "mount", "autopart", "reqpart"}

// disks puts the disk in: it is wiped, and no other one is looked at.
func (c *composer) disks() {
	name := c.Disk.ID
	wipe := "clearpart --all --initlabel " + option("--drives", name)
	for s := range c.recipe.Find("clearpart") {
		if v := s.Get("--disklabel"); v != "" {
			wipe += " " + option("--disklabel", v)
		}
	}
	c.replace(c.all("zerombr", "ignoredisk", "clearpart"), "zerombr", "ignoredisk "+option("--only-use", name), wipe)
	for s := range c.recipe.Find("bootloader") {
		c.rewrite(s, without(s, "--boot-drive", "--driveorder"))
	}
	old := c.all(layoutCommands...)
	why := c.elsewhere(old)
	switch {
	case len(old) == 0:
		c.replace(nil, "autopart")
	case why != "":
		c.replace(old, "# "+why, c.autopart(old))
	}
}

// elsewhere says why a layout cannot be made on the disk alone; empty: it can.
func (c *composer) elsewhere(layout []*language.Statement) string {
	for _, s := range layout {
		switch {
		case s.Name == "raid":
			return "the kickstart makes a RAID, which wants several disks: autopart instead"
		case s.Name == "mount" || s.Has("--onpart") || s.Has("--useexisting") || s.Has("--noformat"):
			return "the kickstart keeps partitions that are there: autopart instead"
		}
		for _, name := range s.List("--ondisk") {
			if !c.Disk.is(name) {
				return "the kickstart has a layout for other disks: autopart instead"
			}
		}
	}
	return ""
}

// is reports whether a kickstart's name for a disk means this one.
func (d Disk) is(spec string) bool {
	spec = strings.TrimPrefix(spec, "/dev/")
	return slices.ContainsFunc(append(slices.Clone(d.Names), d.Name, d.ID), func(name string) bool {
		ok, err := path.Match(spec, strings.TrimPrefix(name, "/dev/"))
		return spec != "" && (spec == name || ok && err == nil)
	})
}

// autopart makes what the layout made, on whatever disk there is: volumes of
// the same kind, encrypted where something was.
func (c *composer) autopart(layout []*language.Statement) string {
	kind, fs, secret := "plain", "", ""
	for _, s := range layout {
		switch {
		case s.Name == "logvol" || s.Name == "volgroup":
			kind = "lvm"
		case s.Name == "btrfs" && kind == "plain":
			kind = "btrfs"
		}
		if s.Word(0) == "/" {
			fs = s.Get("--fstype")
		}
		if s.Has("--encrypted") && secret == "" {
			secret = " --encrypted"
			for _, name := range []string{"--passphrase", "--luks-version", "--cipher"} {
				if v := s.Get(name); v != "" {
					secret += " " + option(name, v)
				}
			}
		}
	}
	line := "autopart --type=" + kind
	if full := line + " " + option("--fstype", fs) + secret; fs != "" && kind != "btrfs" && takes(c.basis.Syntax, full) {
		return full
	}
	if takes(c.basis.Syntax, line+secret) {
		return line + secret
	}
	return "autopart" + secret
}
