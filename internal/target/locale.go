package target

import (
	"slices"
	"strings"

	"cdbuilder/kickstart/language"
)

// language writes locale.conf(5), and gives what has the locales made. C.UTF-8 is
// a part of the C library's package; all others are made by locale-gen(8) of the
// package locales.
func (p *planner) language() (files, locales []Action) {
	s := p.Last("lang")
	lang := "C.UTF-8"
	var wanted []string
	if s != nil {
		lang = locale(s.Word(0))
		for _, name := range append([]string{s.Word(0)}, s.List("--addsupport")...) {
			name = locale(name)
			if p.word(s, "lang", name) && !builtIn(name) && !slices.Contains(wanted, name) {
				wanted = append(wanted, name)
			}
		}
	}
	switch {
	case len(wanted) == 0 || p.facts.has("locales-all"):
	case p.lacks(s, "locales", "the language "+strings.Join(wanted, ", ")):
		p.warn(s, RuleMeaning, "the system speaks C.UTF-8, plain English: there is nothing that makes %s", strings.Join(wanted, ", "))
		lang = "C.UTF-8"
	default:
		locales = p.generate(wanted)
	}
	return []Action{
		File{Path: "/etc/locale.conf", Mode: 0o644, Data: "LANG=" + lang + "\n"},
		// PAM reads the older name.
		Link{Path: "/etc/default/locale", Target: "../locale.conf"},
	}, locales
}

func (p *planner) generate(wanted []string) []Action {
	text := p.head("Names from /usr/share/i18n/SUPPORTED; after a change run locale-gen.")
	for _, name := range wanted {
		text += name + " " + charset(name) + "\n"
	}
	return []Action{
		File{Path: "/etc/locale.gen", Mode: 0o644, Data: text},
		Locales{wanted},
	}
}

// locale gives a name its character set as Anaconda does: UTF-8 where none is
// said. Its older spelling .utf8 is what locale -a shows.
func locale(name string) string {
	if name == "C" || name == "POSIX" {
		return name
	}
	base, set, dotted := strings.Cut(name, ".")
	lower := strings.ToLower(set)
	switch {
	case lower == "utf8" || lower == "utf-8":
		return base + ".UTF-8"
	case strings.HasPrefix(lower, "utf8@") || strings.HasPrefix(lower, "utf-8@"):
		return base + ".UTF-8" + set[strings.IndexByte(set, '@'):]
	case !dotted && !strings.Contains(name, "@"):
		return name + ".UTF-8"
	}
	return name
}

func builtIn(name string) bool { return name == "C" || name == "POSIX" || name == "C.UTF-8" }

// charset is the second column of locale.gen.
func charset(name string) string {
	_, set, dotted := strings.Cut(name, ".")
	set, _, _ = strings.Cut(set, "@")
	switch {
	case dotted && set != "":
		return set
	case strings.HasSuffix(name, "@euro"):
		return "ISO-8859-15"
	}
	return "UTF-8"
}

// layout is an XKB layout and its variant.
type layout struct{ name, variant string }

// keymaps are the console keymaps of Fedora that are called otherwise than the XKB
// layout that has the same keys.
var keymaps = map[string]layout{
	"uk": {"gb", ""}, "sv-latin1": {"se", ""}, "sv": {"se", ""}, "dk-latin1": {"dk", ""}, "sg": {"ch", ""}, "sg-latin1": {"ch", ""},
	"fr_CH": {"ch", "fr"}, "fr_CH-latin1": {"ch", "fr"}, "de_CH-latin1": {"ch", ""}, "fr-latin1": {"fr", ""}, "fr-latin9": {"fr", "latin9"}, "fr-pc": {"fr", ""},
	"de-latin1": {"de", ""}, "de-latin1-nodeadkeys": {"de", "nodeadkeys"}, "us-acentos": {"us", "intl"}, "dvorak": {"us", "dvorak"},
	"pt-latin1": {"pt", ""}, "pt-latin9": {"pt", ""}, "br-abnt2": {"br", ""}, "be-latin1": {"be", ""}, "no-latin1": {"no", ""}, "is-latin1": {"is", ""},
	"cz-lat2": {"cz", "qwerty"}, "cz-us-qwertz": {"cz", ""}, "cz-qwertz": {"cz", ""}, "sk-qwertz": {"sk", ""}, "slovene": {"si", ""}, "croat": {"hr", ""}, "hu101": {"hu", "qwerty"},
	"jp106": {"jp", ""}, "la-latin1": {"latam", ""}, "cf": {"ca", ""}, "trq": {"tr", ""}, "trf": {"tr", "f"}, "ua-utf": {"ua", ""}, "et": {"ee", ""},
	"it2": {"it", ""}, "gr-pc": {"gr", ""}, "pl2": {"pl", ""}, "ro_win": {"ro", ""}, "bg_bds-utf8": {"bg", ""},
}

// keyboard writes keyboard(5), from which console-setup makes the console's
// keymap too. Without the package the kernel's own layout, us, stays.
func (p *planner) keyboard() []Action {
	s := p.Last("keyboard")
	if s == nil {
		return nil
	}
	layouts := p.layouts(s)
	if len(layouts) == 0 {
		return nil
	}
	var names, variants []string
	for _, l := range layouts {
		names, variants = append(names, l.name), append(variants, l.variant)
	}
	variant := strings.Join(variants, ",")
	if strings.Trim(variant, ",") == "" {
		variant = ""
	}
	options := s.List("--switch")
	for _, o := range options {
		p.word(s, "--switch", o)
	}
	text := p.head("See keyboard(5); after a change run setupcon.") +
		"\nXKBMODEL=\"pc105\"\nXKBLAYOUT=\"" + strings.Join(names, ",") + "\"\nXKBVARIANT=\"" + variant + "\"\nXKBOPTIONS=\"" + strings.Join(options, ",") + "\"\n\nBACKSPACE=\"guess\"\n"
	all := []Action{File{Path: "/etc/default/keyboard", Mode: 0o644, Data: text}}
	if names[0] == "us" && len(names) == 1 && variant == "" {
		return all
	}
	if !p.lacks(s, "console-setup", "the keyboard layout "+layouts[0].String()+" on the console") {
		all = append(all, Command{Argv: []string{"setupcon", "--keyboard-only", "--save-only", "--force"}, Else: "the console's keymap is made at the first start"})
	}
	return all
}

func (l layout) String() string {
	if l.variant == "" {
		return l.name
	}
	return l.name + " (" + l.variant + ")"
}

// layouts gives the XKB layouts that a keyboard line means: those that it names,
// or the one that a console keymap is like.
func (p *planner) layouts(s *language.Statement) []layout {
	var all []layout
	for _, text := range s.List("--xlayouts") {
		name, variant, _ := strings.Cut(strings.Trim(text, `'"`), "(")
		all = append(all, layout{strings.TrimSpace(name), strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(variant), ")"))})
	}
	if len(all) == 0 {
		keymap := s.Get("--vckeymap")
		if keymap == "" {
			keymap = s.Word(0)
		}
		all = append(all, ofKeymap(keymap))
	}
	for _, l := range all {
		if !p.word(s, "keyboard", l.name) || (l.variant != "" && !p.word(s, "keyboard", l.variant)) {
			return nil
		}
	}
	return all
}

// ofKeymap finds the layout that is like a console keymap: de-nodeadkeys is what
// distributions make of "de (nodeadkeys)".
func ofKeymap(name string) layout {
	if l, ok := keymaps[name]; ok {
		return l
	}
	base, variant, _ := strings.Cut(name, "-")
	return layout{base, variant}
}
