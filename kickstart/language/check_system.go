package language

import (
	"fmt"
	"slices"
	"strings"

	"cdbuilder/internal/near"
	"cdbuilder/kickstart"
)

var (
	_ = register("something", saysSomething)
	_ = register("realm", checkRealm)
	_ = registerCanonical("rest", writeRest)
	_ = registerCanonical("realm", writeRealm)
)

// saysSomething refuses a command that stands alone.
func saysSomething(_ kickstart.Syntax, s *Statement) []string {
	if len(s.Node.Args) == 0 {
		return []string{s.title() + " says nothing: it needs a word or an option"}
	}
	return nil
}

// writeRest writes a command that hands its line to a program: nothing in it changes.
func writeRest(_ kickstart.Syntax, s *Statement) string {
	text := strings.TrimLeft(s.Node.Text(), " \t")
	return strings.TrimSpace(s.Name + " " + strings.TrimSpace(strings.TrimPrefix(text, s.Node.Name)))
}

// the options of "realm join", and whether they take a value
var realmOptions = map[string]bool{
	"--client-software": true, "--server-software": true, "--membership-software": true,
	"--one-time-password": true, "--no-password": false, "--computer-ou": true,
}

// checkRealm reads "realm join" as getopt does: the options come first and may
// be cut where they stay the only ones, then one domain.
func checkRealm(_ kickstart.Syntax, s *Statement) []string {
	args := s.Words
	if len(args) == 0 || args[0] != "join" {
		return []string{"realm can only join a domain: realm join DOMAIN"}
	}
	args = args[1:]
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		if args[0] == "--" {
			args = args[1:]
			break
		}
		took, say := realmOption(args)
		if say != "" {
			return []string{say}
		}
		args = args[took:]
	}
	switch {
	case len(args) == 0:
		return []string{"realm join names no domain: realm join DOMAIN"}
	case len(args) > 1:
		return []string{fmt.Sprintf("realm join takes one domain, after its options; here %s stands behind it", quote(strings.Join(args[1:], " ")))}
	}
	return nil
}

// realmOption reads the option that args begin with: how many arguments it
// takes, or what is wrong with it.
func realmOption(args []string) (took int, say string) {
	spelling, _, given := strings.Cut(args[0], "=")
	var names []string
	for name := range realmOptions {
		if name == spelling {
			names = []string{name}
			break
		}
		if len(spelling) > 2 && strings.HasPrefix(name, spelling) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	switch {
	case len(names) == 0:
		return 0, fmt.Sprintf("realm join has no option %s%s", quote(spelling), near.DidYouMean(shorten(spelling), realmSpelled()))
	case len(names) > 1:
		return 0, fmt.Sprintf("%s is short for %s; write it out", spelling, strings.Join(names, " and for "))
	case !realmOptions[names[0]] && given:
		return 0, fmt.Sprintf("%s takes no value; write %[1]s alone, or leave it out", names[0])
	case !realmOptions[names[0]] || given:
		return 1, ""
	case len(args) < 2:
		return 0, fmt.Sprintf("%s needs a value: %[1]s=…", names[0])
	}
	return 2, ""
}

func realmSpelled() []string {
	var names []string
	for name := range realmOptions {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// writeRealm quotes each word for a shell, which will run the line.
func writeRealm(_ kickstart.Syntax, s *Statement) string {
	line := "realm"
	for _, word := range s.Words {
		line += " " + shellQuote(word)
	}
	return line
}

func shellQuote(word string) string {
	safe := func(r rune) bool {
		return r == '_' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || strings.ContainsRune("@%+=:,./-", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !safe(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'"'"'`) + "'"
}
