package lint

import (
	"regexp"
	"slices"
	"strings"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// Disks: what becomes of what is on them, and which ones are meant.
var diskRules = []rule{
	{Rule{"clearpart-nothing", kickstart.Warning, "clearpart without --all, --linux or --list clears nothing", false}, clearpartNothing, false},
	{Rule{"clearpart-words", kickstart.Error, "clearpart takes options, not words: \"clearpart all\" clears nothing", true}, clearpartWords, false},
	{Rule{"clearpart-missing", kickstart.Note, "without clearpart an installation onto used disks runs out of room", false}, clearpartMissing, false},
	{Rule{"zerombr-missing", kickstart.Warning, "without zerombr a disk whose partition table cannot be read stops the installation, or stays as it is", true}, zerombrMissing, false},
	{Rule{"onpart-cleared", kickstart.Error, "a partition that clearpart removes cannot be installed onto", false}, onpartCleared, false},
	{Rule{"mount-twice", kickstart.Warning, "of two volumes that are mounted in one place the installer makes the last", false}, mountTwice, false},
	{Rule{"disk-ignored", kickstart.Error, "a disk that ignoredisk leaves out cannot be used", false}, diskIgnored, false},
	{Rule{"disk-name", kickstart.Note, "the kernel gives names such as sda in the order in which it finds the disks, and that may change", false}, diskName, false},
}

var clearWords = []string{"all", "linux", "none", "initlabel"}

func clearpartNothing(v *view) {
	c := v.Last("clearpart")
	if c == nil || len(words(c)) > 0 {
		return
	}
	for _, o := range []string{"--all", "--linux", "--list", "--none", "--cdl"} {
		if c.Has(o) {
			return
		}
	}
	if drives := c.Get("--drives"); drives != "" {
		v.say(at(c), "clearpart --drives alone clears nothing: it says where, not what; add --all or --linux")
		return
	}
	v.say(at(c), "this clearpart clears nothing; write --all, --linux or --list=PARTITIONS, or --none where that is meant")
}

// words gives what stands beside the options, also where the version's
// reader has refused it.
func words(s *language.Statement) []string {
	if len(s.Words) > 0 {
		return s.Words
	}
	var list []string
	for _, a := range s.Node.Args {
		if slices.Contains(clearWords, strings.TrimLeft(a, "-")) && !strings.HasPrefix(a, "--") {
			list = append(list, a)
		}
	}
	return list
}

func clearpartWords(v *view) {
	for c := range v.Find("clearpart") {
		line := c.Node.Text()
		var wrong []string
		for _, w := range words(c) {
			if name := strings.TrimLeft(w, "-"); slices.Contains(clearWords, name) {
				wrong = append(wrong, w)
				line = withField(line, w, "--"+name)
			}
		}
		if len(wrong) == 0 {
			continue
		}
		v.say(at(c), "clearpart %s clears nothing: what it does is said by options; write --%s", strings.Join(wrong, " "), strings.TrimLeft(wrong[0], "-"))
		v.rewrite(c, "write the words as options", line)
	}
}

// forMachine reports whether the kickstart is for a machine with disks, and
// not for a tool that makes an image or a container: such a file has a boot
// loader, and says nothing of live systems.
func (v *view) forMachine() bool {
	b := v.Last("bootloader")
	if b == nil || b.Get("--location") == "none" || b.Has("--disabled") || b.Has("--disable") {
		return false
	}
	return !v.asks(func(name string) bool {
		return slices.Contains([]string{"dracut-live", "anaconda-live", "livesys-scripts", "livecd-tools", "appliance-tools"}, name)
	})
}

func clearpartMissing(v *view) {
	if v.open || !v.machine || v.has("clearpart", "mount") {
		return
	}
	for _, p := range v.volumes {
		if p.on != "" || p.Has("--useexisting") || p.Has("--noformat") {
			return
		}
	}
	if s := v.first("autopart", "part"); s != nil {
		v.say(at(s), "nothing clears the disks: without clearpart the partitions go into what is free; write clearpart --all --initlabel if the disks may be erased")
	}
}

func zerombrMissing(v *view) {
	c := v.Last("clearpart")
	if c == nil || v.open || v.has("zerombr", "mount") || !c.Has("--all") && !c.Has("--linux") {
		return
	}
	switch {
	case !v.since(17, 7):
		v.say(at(c), "without zerombr a blank disk, or one whose partition table cannot be read, makes the installer stop and ask; add zerombr")
	case !c.Has("--all") && !c.Has("--initlabel"):
		v.say(at(c), "without zerombr a blank disk, or one whose partition table cannot be read, is left out; add zerombr")
	case !v.machine || !v.whole():
		return
	default:
		v.sayAs(kickstart.Note, at(c), "an unattended installation should say zerombr beside clearpart, as Red Hat's reference asks: unformatted DASDs stop it otherwise")
	}
	v.offer("add zerombr", c.Line(), c.Line()-1, "zerombr")
}

// partition takes a partition's name apart: its disk and its number.
var partition = regexp.MustCompile(`^((?:sd|hd|vd|xvd)[a-z]+|(?:nvme\d+n\d+|mmcblk\d+|md\d+)p)(\d+)$`)

// numbered is a disk whose name ends in a digit, so that a p stands before the
// number of a partition.
var numbered = regexp.MustCompile(`^(.*\d)p$`)

func onpartCleared(v *view) {
	c := v.Last("clearpart")
	if c == nil || !c.Has("--all") && !c.Has("--list") {
		return
	}
	list, drives := devices(c.List("--list")), devices(c.List("--drives"))
	for _, p := range v.volumes {
		m := partition.FindStringSubmatch(p.on)
		if m == nil || !filled(p.on) || p.Line() == c.Line() {
			continue
		}
		disk := numbered.ReplaceAllString(m[1], "$1")
		switch {
		case c.Has("--list") && !slices.Contains(list, p.on):
		case !c.Has("--list") && len(drives) > 0 && !slices.Contains(drives, disk):
		case v.ignored(disk):
		default:
			v.say(at(p.Statement), "%s goes onto %s, which clearpart %s removes before; leave it out of clearpart, or let part make it anew (--ondisk=%s --size=MIB)",
				p.called(), p.on, other(p.Statement, c), disk)
		}
	}
}

func devices(names []string) []string {
	var list []string
	for _, n := range names {
		list = append(list, device(n))
	}
	return list
}

func mountTwice(v *view) {
	first := make(map[string]*volume)
	for _, p := range v.volumes {
		if !strings.HasPrefix(p.mount, "/") || !filled(p.mount) {
			continue
		}
		if o := first[p.mount]; o != nil {
			v.say(at(p.Statement), "%s is mounted already (%s %s): the installer takes the last of them and leaves the other out", p.mount, o.Name, other(p.Statement, o.Statement))
		} else {
			first[p.mount] = p
		}
	}
}

// ignored reports whether ignoredisk leaves a disk out.
func (v *view) ignored(disk string) bool {
	i := v.Last("ignoredisk")
	if i == nil || strings.ContainsAny(i.Get("--only-use")+i.Get("--drives"), "*?[") {
		return false
	}
	if only := devices(i.List("--only-use")); len(only) > 0 {
		return !slices.Contains(only, disk)
	}
	return slices.Contains(devices(i.List("--drives")), disk)
}

// kernelDisk is a disk's name as the kernel gives it, in order of discovery.
var kernelDisk = regexp.MustCompile(`^(?:sd|hd|vd|xvd)[a-z]+$`)

func diskIgnored(v *view) {
	i := v.Last("ignoredisk")
	if i == nil || !filled(i.Node.Text()) {
		return
	}
	only := strings.Join(append(i.List("--only-use"), i.List("--drives")...), "")
	if strings.Contains(only, "/") && !strings.HasPrefix(only, "/dev/sd") {
		return // links: which disk they are isn't known here
	}
	for s := range v.Find("part", "bootloader", "clearpart") {
		for _, o := range []string{"--ondisk", "--boot-drive", "--drives"} {
			for _, d := range devices(s.List(o)) {
				if kernelDisk.MatchString(d) && v.ignored(d) {
					v.say(at(s), "%s is left out by ignoredisk %s, so %s %s=%s cannot use it", d, other(s, i), s.Name, o, d)
				}
			}
		}
	}
}

var namedDisk = regexp.MustCompile(`^(?:/dev/)?((?:sd|hd)[a-z]+)\d*$`)

// diskName speaks once a file, of the first line that takes sda or hda for
// granted.
func diskName(v *view) {
	said := make(map[string]bool)
	for s := range v.Find("part", "clearpart", "ignoredisk", "bootloader", "raid", "mount") {
		for _, g := range s.Given {
			switch g.Name {
			case "--ondisk", "--onpart", "--drives", "--only-use", "--boot-drive", "--driveorder":
			default:
				continue
			}
			for d := range strings.SplitSeq(g.Value, ",") {
				if m := namedDisk.FindStringSubmatch(strings.TrimSpace(d)); m != nil && !said[s.File.Name] {
					said[s.File.Name] = true
					v.say(at(s), "the kernel names disks as it finds them, and %s is not always the same one: for machines with more than one write a link below /dev/disk/by-id or by-path", m[1])
				}
			}
		}
	}
}
