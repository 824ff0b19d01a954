package kickstart

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"cdbuilder/internal/near"
)

// header describes what may stand behind a section's name.
type header struct {
	options map[string]option // by the name in the file, without dashes
	free    bool              // any words at all: the section belongs to somebody else
}

type option struct {
	name  string // canonical
	value bool   // takes a value
}

func flags(names ...string) map[string]option {
	m := make(map[string]option)
	for _, n := range names {
		name, value := strings.CutSuffix(n, "=")
		canonical, alias, _ := strings.Cut(name, "|")
		m[canonical] = option{canonical, value}
		if alias != "" {
			m[alias] = option{canonical, value}
		}
	}
	return m
}

// headers are the sections of every version of the language together, each
// with all options it ever had.
var headers = map[string]header{
	"packages": {options: flags("excludedocs", "ignoremissing", "ignorebroken", "nobase", "nocore",
		"ignoredeps", "resolvedeps", "default", "multilib", "instLangs|inst-langs=",
		"excludeWeakdeps|exclude-weakdeps", "timeout=", "retries=")},
	"pre":         {options: flags("erroronfail", "interpreter=", "log|logfile=")},
	"pre-install": {options: flags("erroronfail", "interpreter=", "log|logfile=")},
	"post":        {options: flags("erroronfail", "interpreter=", "log|logfile=", "nochroot")},
	"onerror":     {options: flags("erroronfail", "interpreter=", "log|logfile=")},
	"traceback":   {options: flags("erroronfail", "interpreter=", "log|logfile=")},
	"certificate": {options: flags("filename=", "dir=", "type=")},
	"addon":       {free: true},
	"anaconda":    {free: true},
}

// opens returns the name of the section that a line opens.
func opens(line string) (name string, ok bool) {
	name, ok = strings.CutPrefix(strings.TrimLeft(line, " \t\v\f"), "%")
	if !ok {
		return "", false
	}
	if i := strings.IndexAny(name, " \t\v\f\r\n"); i >= 0 {
		name = name[:i]
	}
	return name, true
}

// parse sorts a header's words into options and the rest. Like pykickstart's
// argparse it takes --log=x and --log x, and an option's unambiguous beginning.
func (h header) parse(name string, args []string) (opts []Option, rest []string, faults []string) {
	if h.free {
		return nil, args, nil
	}
	for i := 0; i < len(args); i++ {
		long, ok := strings.CutPrefix(args[i], "--")
		if !ok || long == "" {
			faults = append(faults, fmt.Sprintf("%%%s takes no %q", name, clip(args[i])))
			rest = append(rest, args[i])
			continue
		}
		key, value, given := strings.Cut(long, "=")
		o, found := h.find(key)
		switch {
		case !found:
			faults = append(faults, fmt.Sprintf("%%%s has no option --%s%s", name, clip(key), h.hint(key)))
			continue
		case !o.value && given:
			faults = append(faults, fmt.Sprintf("--%s takes no value", key))
		case o.value && !given:
			if i++; i == len(args) || isOption(args[i]) {
				faults = append(faults, fmt.Sprintf("--%s needs a value", key))
				i--
				continue
			}
			value = args[i]
		}
		opts = append(opts, Option{o.name, value})
	}
	return opts, rest, faults
}

// isOption reports whether argparse takes a word for an option, and thus not
// for the value of the option before it.
func isOption(word string) bool {
	return len(word) > 1 && word[0] == '-' && !strings.Contains(word, " ")
}

func (h header) find(key string) (option, bool) {
	if o, ok := h.options[key]; ok {
		return o, true
	}
	begun := make(map[string]option)
	for long, o := range h.options {
		if strings.HasPrefix(long, key) {
			begun[o.name] = o
		}
	}
	if len(begun) != 1 {
		return option{}, false
	}
	for _, o := range begun {
		return o, true
	}
	return option{}, false
}

func (h header) hint(key string) string {
	return near.DidYouMean(key, slices.Collect(maps.Keys(h.options)))
}
