package medium

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"cdbuilder/internal/filelist"
	"cdbuilder/internal/near"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/scripts"
)

// services judges the services that the services command and the scripts name.
func (c *checker) services() {
	for s := range c.recipe.Find("services") {
		for _, list := range []string{"--enabled", "--disabled"} {
			for _, name := range s.List(list) {
				// To disable what isn't there changes nothing.
				level := kickstart.Error
				if list == "--disabled" {
					level = kickstart.Note
				}
				c.service(name, s.File.Name, s.Line(), level, "services "+list+" names "+name)
			}
		}
	}
	for _, s := range c.scripts {
		if !s.Chroot {
			continue
		}
		said := make(map[string]bool)
		for _, svc := range scripts.Services(s.read.Calls) {
			l := level(svc.Call)
			if !svc.On {
				l = kickstart.Note
			}
			if svc.Call.Root == "" && !said[svc.Name] {
				said[svc.Name] = true
				c.service(svc.Name, s.file.Name, svc.Call.Line, l, s.title()+" names the service "+svc.Name)
			}
		}
	}
}

// unitName gives a service's name its type: sshd is sshd.service. Of a template
// getty@tty1.service its file is getty@.service.
func unitName(name string) string {
	if path.Ext(name) == "" || !unitTypes[path.Ext(name)] {
		name += ".service"
	}
	if at := strings.IndexByte(name, '@'); at >= 0 {
		name = name[:at+1] + path.Ext(name)
	}
	return name
}

var unitTypes = words(".service .socket .timer .target .path .mount .slice .swap .automount .scope .device")

func (c *checker) service(name, file string, line int, level kickstart.Level, what string) {
	unit := unitName(name)
	switch path.Ext(unit) {
	case ".mount", ".swap", ".automount", ".scope", ".device", ".slice":
		return // systemd makes these itself, of /etc/fstab and the like
	}
	if name == "" || strings.ContainsAny(name, "*?[ ") || c.writesUnit(unit) {
		return
	}
	a := c.provide([]string{filelist.Unit(unit)}, nil)
	if len(a.installed) > 0 || c.installedByScript(a) {
		return
	}
	if text := a.advice(c.repository(a.repository)); text != "" {
		c.say(ServiceRule, level, file, line, what+", which no package to be installed brings; "+text)
		return
	}
	var known []string
	for key := range c.Files.Keys() {
		if kind, u := filelist.Is(key); kind == "unit" {
			known = append(known, strings.TrimSuffix(u, ".service"))
		}
	}
	text := what + ", which no package on the medium or in its repositories brings"
	if a.unsure {
		level, text = min(level, kickstart.Warning), what+", which no package that is known of brings"
	}
	c.say(ServiceRule, level, file, line, text+near.DidYouMean(strings.TrimSuffix(unit, ".service"), known))
}

// writesUnit reports whether a script brings the unit along.
func (c *checker) writesUnit(unit string) bool {
	return slices.ContainsFunc(c.scripts, func(s section) bool {
		return slices.ContainsFunc(s.read.Writes, func(file string) bool {
			file = strings.TrimPrefix(strings.TrimPrefix(file, "/mnt/sysimage"), "/mnt/sysroot")
			key, ok := filelist.Key(file)
			return ok && key == filelist.Unit(unit) || path.Base(file) == unit && strings.Contains(file, "/systemd/")
		})
	})
}

// installedByScript reports whether a script installs one of the packages.
func (c *checker) installedByScript(a answer) bool {
	return slices.ContainsFunc(c.scripts, func(s section) bool {
		return slices.ContainsFunc(s.read.Installs, func(i scripts.Install) bool {
			return slices.Contains(a.medium, i.Name) || slices.Contains(a.repository, i.Name)
		})
	})
}

// accounts judges the users and groups that the kickstart creates: where a
// package to be installed creates them too, who comes second fails, or the
// account is another than either meant.
func (c *checker) accounts() {
	for _, kind := range []string{"user", "group"} {
		owners := c.Accounts.Users
		if kind == "group" {
			owners = c.Accounts.Groups
		}
		for s := range c.recipe.Find(kind) {
			c.account(kind, s.Get("--name"), owners, s.File.Name, s.Line())
		}
		for _, s := range c.scripts {
			if !s.Chroot {
				continue
			}
			for _, a := range scripts.Accounts(s.read.Calls) {
				if a.Group == (kind == "group") && !guardedAccount(s, a) {
					c.account(kind, a.Name, owners, s.file.Name, a.Line)
				}
			}
		}
	}
}

// guardedAccount reports whether the call is one that the script forgives.
func guardedAccount(s section, a scripts.Account) bool {
	return slices.ContainsFunc(s.read.Calls, func(c scripts.Call) bool {
		return c.Line == a.Line && (c.Tolerated || c.Conditional) && slices.Contains(c.Args, a.Name)
	})
}

func (c *checker) account(kind, name string, owners func(string) []string, file string, line int) {
	if name == "" {
		return
	}
	var brings []string
	for _, p := range owners(name) {
		if c.installs(p) {
			brings = append(brings, p)
		}
	}
	if len(brings) == 0 {
		return
	}
	c.say(AccountRule, kickstart.Warning, file, line, "the "+kind+" "+strconv.Quote(name)+" is created by the package "+choose(brings)+
		" for itself; leave it to the package, or take another name")
}
