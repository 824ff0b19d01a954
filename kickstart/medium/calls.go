package medium

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"cdbuilder/internal/filelist"
	"cdbuilder/internal/near"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/scripts"
)

// missing is one thing that a script calls and will not find.
type missing struct {
	call  scripts.Call // the weightiest
	level kickstart.Level
	text  string
	more  int // further calls of it
}

// calls judges what a script calls. Of many calls of one thing the weightiest is
// reported, with a count of the others.
func (c *checker) calls(s section) {
	var order []string
	all := make(map[string]*missing)
	for _, call := range s.read.Calls {
		rule, level, text := c.call(s, call)
		if text == "" {
			continue
		}
		key := rule + " " + call.Name
		m := all[key]
		switch {
		case m == nil:
			all[key] = &missing{call, level, text, 0}
			order = append(order, key)
		case level > m.level:
			m.call, m.level, m.text, m.more = call, level, text, m.more+1
		default:
			m.more++
		}
	}
	for _, key := range order {
		m := all[key]
		rule, _, _ := strings.Cut(key, " ")
		if m.more > 0 {
			m.text += fmt.Sprintf(" (called %d times more in this script)", m.more)
		}
		c.say(rule, m.level, s.file.Name, m.call.Line, m.text)
	}
}

// level weighs a call that will fail. A command that isn't there fails every
// time, so a script that is certain to come to it cannot do what it is for, with
// or without --erroronfail: an error. Where the script checks first, carries on
// regardless, comes to it only under a condition, or may have brought it by means
// that we can't follow, it may be meant so: a warning.
func level(call scripts.Call) kickstart.Level {
	if call.Guarded || call.Tolerated || call.Conditional || call.Doubtful {
		return kickstart.Warning
	}
	return kickstart.Error
}

// call judges one call; the text is empty where all is well.
func (c *checker) call(s section, call scripts.Call) (rule string, _ kickstart.Level, text string) {
	if call.Installed {
		return "", 0, ""
	}
	switch {
	case s.Chroot && call.Root != "" && call.Root != "/":
		return "", 0, "" // in a place of the script's own
	case !s.Chroot && call.Root == "":
		return c.installerCall(s, call)
	case s.When == "pre":
		return "", 0, "" // there is no installed system to chroot into
	}
	switch call.Kind {
	case scripts.PerlModule, scripts.PythonModule:
		return c.module(s, call)
	}
	return c.command(s, call)
}

// installerCall judges what runs in the installer's own environment.
func (c *checker) installerCall(s section, call scripts.Call) (string, kickstart.Level, string) {
	if c.Installer == nil || call.Kind > scripts.Path || call.Kind == scripts.Path && !judgeable(call.Name) {
		return "", 0, ""
	}
	name := path.Base(call.Name)
	if c.Installer.Has(name) {
		return "", 0, ""
	}
	return CommandRule, level(call), fmt.Sprintf("%s calls %s, which the installer's environment doesn't have%s",
		s.title(), call.Name, near.DidYouMean(name, c.Installer.Commands()))
}

// judgeable reports whether a program's path is one that packages bring: what
// stands below /opt, /tmp or /root may come from anywhere.
func judgeable(name string) bool {
	key, ok := filelist.Key(name)
	return ok && !strings.HasPrefix(key, "/usr/local/")
}

func (c *checker) command(s section, call scripts.Call) (string, kickstart.Level, string) {
	if call.Kind == scripts.Path && !judgeable(call.Name) {
		return "", 0, ""
	}
	base := path.Base(call.Name)
	a := c.provide(commandKeys(call.Name, s.read.Path), alternatives[base])
	if len(a.installed) > 0 || itself(s, call, a) {
		return "", 0, ""
	}
	calls := s.title() + " calls " + call.Name
	if text := a.advice(c.repository(a.repository)); text != "" {
		return CommandRule, level(call), calls + ", which is not installed; " + text
	}
	if call.Kind == scripts.Path {
		if other := c.otherPath(base); other != "" {
			return CommandRule, level(call), fmt.Sprintf("%s, which will not be there; it is %s", calls, other)
		}
	}
	if c.Sh == scripts.Dash && scripts.Bash.Builtin(call.Name) {
		return CommandRule, level(call), calls + ", which bash has within itself, but /bin/sh is dash; write --interpreter=/bin/bash after the section's name"
	}
	hint := c.nearest(call.Name)
	if a.unsure || len(s.read.Path) > 0 {
		return CommandRule, min(level(call), kickstart.Warning), calls + ", which no package that is known of brings" + hint
	}
	return CommandRule, level(call), calls + ", which no package on the medium or in its repositories brings" + hint
}

// itself reports whether the script installs a package that brings what it calls.
func itself(s section, call scripts.Call, a answer) bool {
	return slices.ContainsFunc(s.read.Installs, func(i scripts.Install) bool {
		name, _, _ := strings.Cut(i.Name, "=")
		return i.Line <= call.Line && (slices.Contains(a.medium, name) || slices.Contains(a.repository, name))
	})
}

// otherPath finds a program that is to be installed under another directory.
func (c *checker) otherPath(base string) string {
	for _, key := range commandKeys(base, nil) {
		if slices.ContainsFunc(c.Files.Providers(key), c.installs) {
			return key
		}
	}
	return ""
}

func (c *checker) module(s section, call scripts.Call) (string, kickstart.Level, string) {
	language, key := "Python", filelist.Python(pythonMajor(call.By), call.Name)
	if call.Kind == scripts.PerlModule {
		language, key = "Perl", filelist.Perl(call.Name)
	} else if builtinModules[call.Name] {
		return "", 0, ""
	}
	a := c.provide([]string{key}, nil)
	if top, _, sub := strings.Cut(call.Name, "."); sub && call.Kind == scripts.PythonModule && len(a.installed) == 0 {
		// Of what is deep inside of a package, or made by its code, no list tells.
		if b := c.provide([]string{filelist.Python(pythonMajor(call.By), top)}, nil); len(b.installed) > 0 || len(a.medium)+len(a.repository) == 0 {
			a = b
		}
	}
	if len(a.installed) > 0 || itself(s, call, a) {
		return "", 0, ""
	}
	loads := fmt.Sprintf("%s loads the %s module %s", s.title(), language, call.Name)
	if text := a.advice(c.repository(a.repository)); text != "" {
		return ModuleRule, level(call), loads + ", which is not installed; " + text
	}
	if a.unsure {
		return ModuleRule, kickstart.Warning, loads + ", which no package that is known of brings"
	}
	return ModuleRule, level(call), loads + ", which no package on the medium or in its repositories brings"
}

func pythonMajor(by string) byte {
	if strings.Contains(by, "python2") {
		return '2'
	}
	return '3'
}
