package lint

import (
	"fmt"
	"slices"
	"strings"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// Names that must exist in the installed system: zones, locales, keyboards.
var nameRules = []rule{
	{Rule{"zone-unknown", kickstart.Error, "there is no such time zone", false}, zoneUnknown, false},
	{Rule{"locale-unknown", kickstart.Warning, "there is no such locale, and the installed system falls back to C", false}, localeUnknown, false},
	{Rule{"keymap-unknown", kickstart.Warning, "there is no such keymap, and the console keeps the layout us", false}, keymapUnknown, false},
	{Rule{"locale-left-out", kickstart.Warning, "%packages --inst-langs leaves the language out that lang asks for", false}, localeLeftOut, false},
	{Rule{"layout-unknown", kickstart.Warning, "there is no such keyboard layout, and the desktop keeps the layout us", false}, layoutUnknown, false},
}

// check asks for a name and speaks where it doesn't exist.
func (v *view) check(s *language.Statement, what, name string, known Lookup) {
	if name == "" || !filled(name) || strings.Contains(name, "$") {
		return
	}
	ok, similar := known(name)
	if ok {
		return
	}
	for i, n := range similar {
		similar[i] = fmt.Sprintf("%q", n)
	}
	hint := ""
	if len(similar) > 0 {
		hint = "; did you mean " + strings.Join(similar, " or ") + "?"
	}
	v.say(at(s), "there is no %s %q%s", what, name, hint)
}

// or gives the lookup to use.
func (l Lookup) or(own Lookup) Lookup {
	if l != nil {
		return l
	}
	return own
}

func zoneUnknown(v *view) {
	for s := range v.Find("timezone") {
		v.check(s, "time zone", s.Word(0), v.facts.Zones.or(KnownZone))
	}
}

func localeUnknown(v *view) {
	for s := range v.Find("lang") {
		names := append(slices.Clone(s.Words), s.List("--addsupport")...)
		for _, name := range names {
			v.check(s, "locale", name, v.facts.Locales.or(KnownLocale))
		}
	}
}

// localeLeftOut compares the language of lang with those that the packages
// are installed for.
func localeLeftOut(v *view) {
	l := v.Last("lang")
	if l == nil || !filled(l.Word(0)) {
		return
	}
	language, _, _ := strings.Cut(l.Word(0), "_")
	for _, s := range v.Sections {
		value, _ := s.Option("instLangs")
		if s.Name != "packages" || value == "" || !filled(value) || language == "C" {
			continue
		}
		kept := slices.ContainsFunc(strings.Split(value, ","), func(k string) bool {
			k, _, _ = strings.Cut(strings.TrimSpace(k), "_")
			return k == language || k == "all"
		})
		if !kept {
			v.say(place{s.File.Name, s.Number}, "the packages are installed for %s alone, and lang asks for %s %s", value, l.Word(0), place{s.File.Name, s.Number}.in(at(l)))
		}
	}
}

// keymapUnknown looks the words and --vckeymap up: the word of the older form
// may be a console keymap as well as a layout.
func keymapUnknown(v *view) {
	known := v.facts.Keymaps.or(KnownKeymap)
	either := func(name string) (bool, []string) {
		if ok, _ := v.facts.Layouts.or(KnownLayout)(name); ok {
			return true, nil
		}
		return known(name)
	}
	for s := range v.Find("keyboard") {
		v.check(s, "console keymap", s.Get("--vckeymap"), known)
		v.check(s, "keymap", s.Word(0), either)
	}
}

func layoutUnknown(v *view) {
	for s := range v.Find("keyboard") {
		for _, name := range s.List("--xlayouts") {
			name = strings.Trim(name, `'"`)
			v.check(s, "keyboard layout", name, v.facts.Layouts.or(KnownLayout))
		}
	}
}
