package explain

import (
	"cmp"
	"fmt"
	"strings"

	"cdbuilder/kickstart/language"
)

// disks tells what happens to the disks, and draws it.
func (e *explainer) disks(width int) Part {
	e.tell("part", "volgroup", "logvol", "raid", "btrfs", "autopart", "reqpart")
	plan := Plan(e.Recipe)
	p := e.part("Disks", e.clear, func(say sayer) {
		if a := plan.Auto; a != nil {
			say("the installer lays out the disks itself%s", a.words())
		}
		for _, b := range plan.Btrfs {
			if b.Subvolume != "" {
				say("%s is the btrfs subvolume %s", b.Mount, b.Subvolume)
			} else {
				say("%s is btrfs over %s", cmp.Or(b.Mount, b.Label), strings.Join(b.Members, ", "))
			}
		}
		e.each("mount", func(s *language.Statement) { say("%s is mounted at %s", s.Word(0), s.Word(1)) })
		if plan.Empty() && e.Last("mount") == nil {
			say("nothing is said of the layout: the installer stops and asks")
		}
	})
	p.Picture = plan.Picture(width)
	return p
}

func (a *Auto) words() string {
	words := map[string]string{"lvm": ", with LVM", "plain": ", with plain partitions", "partition": ", with plain partitions", "btrfs": ", with btrfs", "thinp": ", with thin LVM volumes"}[a.Type]
	if a.FS != "" {
		words += ", formatted as " + a.FS
	}
	if a.Encrypted {
		words += ", encrypted"
	}
	if len(a.Without) > 0 {
		words += ", without " + strings.Join(a.Without, " and ")
	}
	return words
}

func (e *explainer) clear(say sayer) {
	if s := e.last("ignoredisk"); s != nil {
		switch {
		case s.Get("--only-use") != "":
			say("no disk is touched but %s", and(s.List("--only-use")))
		case s.Get("--drives") != "":
			say("%s: never touched", and(s.List("--drives")))
		}
	}
	s := e.last("clearpart")
	switch {
	case s == nil || s.Has("--none"):
		say("no partition is removed")
	case s.Get("--list") != "":
		say("ERASES the partitions %s", and(s.List("--list")))
	case s.Has("--all") && s.Get("--drives") != "":
		say("ERASES everything on %s", and(s.List("--drives")))
	case s.Has("--all"):
		say("ERASES everything on every disk")
	case s.Has("--linux"):
		say("ERASES all Linux partitions%s", suffix(s, " on %s", "--drives"))
	default:
		say("no partition is removed, because clearpart doesn't say which")
	}
	if s != nil && s.Has("--initlabel") {
		say("writes a new partition table%s", suffix(s, " of the kind %s", "--disklabel"))
	}
}

func (e *explainer) people(say sayer) {
	switch s := e.last("rootpw"); {
	case s == nil:
		say("nothing is said of root's password: the installer stops and asks, unless it may lock root")
	case s.Has("--lock"):
		say("root is locked")
	case s.Has("--iscrypted"):
		say("root has a password, kept as a hash in the file")
	default:
		say("root has a password, which stands in the file for all to read")
	}
	e.each("user", func(s *language.Statement) {
		with := "without a password"
		switch {
		case s.Has("--lock"):
			with = "locked"
		case s.Has("--password"):
			with = "with a password"
		}
		say("user %s, %s%s", s.Get("--name"), with, suffix(s, ", in %s", "--groups"))
	})
	e.each("group", func(s *language.Statement) { say("group %s", s.Get("--name")) })
	e.each("sshkey", func(s *language.Statement) { say("%s may come in by an SSH key", s.Get("--username")) })
	e.each("sshpw", func(s *language.Statement) { say("%s may come into the running installer by SSH", s.Get("--username")) })
	for _, name := range []string{"authselect", "authconfig", "realm"} {
		e.each(name, func(s *language.Statement) {
			say("who may log in is set up by %s %s", s.Node.Name, strings.Join(s.Node.Args, " "))
		})
	}
}

func (e *explainer) services(say sayer) {
	if s := e.last("services"); s != nil {
		list(say, "starts", s.List("--enabled"))
		list(say, "doesn't start", s.List("--disabled"))
	}
	if s := e.last("firewall"); s != nil {
		if s.Has("--disabled") {
			say("no firewall")
		} else {
			open := append(s.List("--service"), s.List("--port")...)
			for _, short := range []string{"ssh", "http", "smtp", "ftp", "telnet"} {
				if s.Has("--" + short) {
					open = append(open, short)
				}
			}
			say("a firewall that lets in %s", cmp.Or(strings.Join(open, ", "), "nothing"))
		}
	}
	if s := e.last("selinux"); s != nil {
		switch {
		case s.Has("--disabled"):
			say("SELinux is off")
		case s.Has("--permissive"):
			say("SELinux only warns")
		default:
			say("SELinux enforces its rules")
		}
	}
	if s := e.last("firstboot"); s != nil && !s.Has("--disable") {
		say("an assistant runs at the first start")
	}
	if e.last("skipx") != nil {
		say("no graphical desktop is set up")
	}
	if s := e.last("xconfig"); s != nil && s.Has("--startxonboot") {
		say("starts into a graphical desktop")
	}
	e.tell("eula")
}

func (e *explainer) bootloader(say sayer) {
	s := e.last("bootloader")
	if s == nil {
		return
	}
	if s.Get("--location") == "none" {
		say("NO boot loader is installed")
	} else {
		say("is installed%s%s", suffix(s, " (%s)", "--location"), suffix(s, " on %s", "--boot-drive"))
	}
	if v := s.Get("--append"); v != "" {
		say("the kernel gets %s", strings.TrimSpace(v))
	}
	if v := s.Get("--timeout"); v != "" {
		say("its menu waits %s", seconds(v))
	}
	if s.Get("--password") != "" {
		say("its menu asks for a password where somebody wants to change an entry")
	}
}

func seconds(v string) string {
	if v == "1" {
		return "one second"
	}
	return fmt.Sprintf("%s seconds", v)
}

// and joins names as a sentence has them.
func and(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
