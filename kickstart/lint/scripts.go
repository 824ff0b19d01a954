package lint

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"cdbuilder/kickstart"
)

// Scripts: how the sections run, whatever is in them.
var scriptRules = []rule{
	{Rule{"script-crlf", kickstart.Error, "DOS line ends become a part of every word at the end of a script's line", true}, scriptCRLF, false},
	{Rule{"script-interpreter", kickstart.Error, "the first line of a script is a comment to the installer: --interpreter alone chooses", true}, scriptInterpreter, false},
	{Rule{"script-erroronfail", kickstart.Note, "a script that fails without --erroronfail does so unnoticed", false}, scriptErrorOnFail, false},
	{Rule{"script-last-status", kickstart.Note, "--erroronfail looks at the last command only, unless the script says set -e", false}, scriptLastStatus, false},
	{Rule{"script-log", kickstart.Warning, "the log is written where nobody will find it", true}, scriptLog, false},
}

// scriptCRLF speaks once a file, of the first script that has such lines, and
// mends the whole file.
func scriptCRLF(v *view) {
	said := make(map[string]bool)
	for _, sc := range v.scripts {
		f := sc.File
		if said[f.Name] || !slices.ContainsFunc(sc.Body, func(l kickstart.Line) bool { return strings.HasSuffix(l.Raw, "\r\n") }) {
			continue
		}
		said[f.Name] = true
		v.say(sc.header(), "the lines of %s end as DOS writes them: the script gets a carriage return after every word that ends a line", sc.title())
		var all []string
		for _, l := range strings.Split(strings.TrimSuffix(string(f.Bytes()), "\n"), "\n") {
			all = append(all, strings.TrimSuffix(l, "\r"))
		}
		v.offer("write plain line ends", 1, len(all), all...)
	}
}

func scriptInterpreter(v *view) {
	for _, sc := range v.scripts {
		if len(sc.lines) == 0 {
			continue
		}
		text := strings.TrimSpace(sc.lines[0].text)
		for i := 0; text == "" && i < len(sc.lines); i++ {
			text = strings.TrimSpace(sc.lines[i].text)
		}
		wanted, ok := strings.CutPrefix(text, "#!")
		if wanted = strings.TrimSpace(wanted); !ok || wanted == "" || kind(wanted) == kind(sc.interpreter) {
			continue
		}
		v.say(sc.header(), "%s is run by %s whatever its first line says; write %s --interpreter=%s", sc.title(), sc.interpreter, sc.title(), program(wanted))
		if _, has := sc.Option("interpreter"); !has {
			v.offer("add --interpreter="+program(wanted), sc.Number, sc.Number, withWord(sc.Text(), "--interpreter="+program(wanted)))
		}
	}
}

// program is the interpreter that a first line asks for: "/usr/bin/env
// python3" is /usr/bin/python3.
func program(line string) string {
	words := strings.Fields(line)
	if path.Base(words[0]) == "env" && len(words) > 1 {
		return "/usr/bin/" + path.Base(words[len(words)-1])
	}
	return words[0]
}

var version = regexp.MustCompile(`[0-9.]+$`)

// kind is the language that an interpreter reads; all shells are one.
func kind(interpreter string) string {
	if isShell(program(interpreter)) {
		return "sh"
	}
	base := path.Base(program(interpreter))
	if base == "platform-python" {
		return "python"
	}
	return version.ReplaceAllString(base, "")
}

func scriptErrorOnFail(v *view) {
	for _, sc := range v.scripts {
		if _, ok := sc.Option("erroronfail"); ok || sc.Name == "onerror" || sc.Name == "traceback" || len(sc.commands()) == 0 {
			continue
		}
		v.say(sc.header(), "%s without --erroronfail: if it fails, the installation goes on and says nothing", sc.title())
	}
}

var setE = regexp.MustCompile(`^\s*set\s+(-\w*e|-o\s+errexit|-\w+\s+-\w*e)|\btrap\b.*\b(ERR|EXIT)\b|\bset -o errexit|^#!.*\s-\w*e`)

// exits is an exit with a status of the script's own choosing.
var exits = regexp.MustCompile(`\bexit\s+["'$1-9]`)

// endsItself reports whether a line makes the script fail by itself.
func endsItself(text string) bool {
	return strings.Contains(text, "exit") && exits.MatchString(text) || (strings.Contains(text, "set") || strings.Contains(text, "trap") || strings.HasPrefix(text, "#!")) && setE.MatchString(text)
}

func scriptLastStatus(v *view) {
	for _, sc := range v.scripts {
		if _, ok := sc.Option("erroronfail"); !ok || len(sc.commands()) < 2 || strings.HasSuffix(sc.interpreter, " -e") {
			continue
		}
		if slices.ContainsFunc(sc.lines, func(l scriptLine) bool { return endsItself(l.text) }) {
			continue
		}
		v.say(sc.header(), "--erroronfail sees the status of the last command only; write set -e in the script's first line, so that each one counts")
	}
}

var ownLog = regexp.MustCompile(`^/(root|var|home|opt|etc|usr|srv)/`)

// scriptLog: the path of --log counts from the root that the script sees.
func scriptLog(v *view) {
	for _, sc := range v.scripts {
		log, ok := sc.Option("log")
		if !ok || sc.Name != "post" {
			continue
		}
		inside := strings.TrimPrefix(strings.TrimPrefix(log, "/mnt/sysimage"), "/mnt/sysroot")
		switch {
		case sc.chroot && inside != log && strings.HasPrefix(inside, "/"):
			v.say(sc.header(), "this %%post runs inside of the installed system, and its log ends up below /mnt/sysimage there; write --log=%s", inside)
			v.offer("write --log="+inside, sc.Number, sc.Number, strings.Replace(sc.Text(), log, inside, 1))
		case !sc.chroot && ownLog.MatchString(log):
			v.say(sc.header(), "%%post --nochroot writes its log into the installer's own system, and it is gone after the restart; write --log=/mnt/sysimage%s", log)
			v.offer("write --log=/mnt/sysimage"+log, sc.Number, sc.Number, strings.Replace(sc.Text(), log, "/mnt/sysimage"+log, 1))
		}
	}
}
