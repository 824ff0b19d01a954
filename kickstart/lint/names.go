package lint

import (
	"slices"
	"strings"
	"sync"

	"cdbuilder/internal/near"
	"cdbuilder/kickstart/lint/data"
)

var (
	zoneList   = sync.OnceValue(func() []string { return data.Lines(data.Zones) })
	localeList = sync.OnceValue(func() []string { return data.Lines(data.Locales) })
	keymapList = sync.OnceValue(func() []string { return slices.Concat(data.Lines(data.Keymaps), asKeymaps(layoutList())) })
	layoutList = sync.OnceValue(func() []string {
		var list []string
		for _, l := range data.Lines(data.Layouts) {
			layout, variants, _ := strings.Cut(l, ":")
			list = append(list, layout)
			for _, v := range strings.Fields(variants) {
				list = append(list, layout+" ("+v+")")
			}
		}
		return list
	})
)

// asKeymaps gives the console keymaps that distributions make of the X11
// layouts: "de (nodeadkeys)" is de-nodeadkeys.
func asKeymaps(layouts []string) []string {
	var list []string
	for _, l := range layouts {
		layout, variant, _ := strings.Cut(strings.TrimSuffix(l, ")"), " (")
		if variant != "" {
			layout += "-" + variant
		}
		list = append(list, layout)
	}
	return list
}

// KnownZone looks a time zone up in the tz database.
func KnownZone(name string) (bool, []string) {
	if slices.Contains(zoneList(), name) {
		return true, nil
	}
	var found []string
	for _, z := range zoneList() { // "Berlin", "europe/berlin", "New York"
		_, city, _ := strings.Cut(z, "/")
		flat := strings.ReplaceAll(name, " ", "_")
		if strings.EqualFold(z, flat) || strings.EqualFold(city, flat) {
			found = append(found, z)
		}
	}
	if found != nil {
		return false, found
	}
	return false, nearest(name, zoneList())
}

// codesets are the character sets of glibc's locales, as glibc compares them:
// small letters and digits only.
var codesets = strings.Fields(`utf8 iso88591 iso88592 iso88593 iso88595 iso88596 iso88597 iso88598 iso88599 iso885910
	iso885913 iso885914 iso885915 koi8r koi8t koi8u cp1251 cp1255 euckr eucjp euctw gb2312 gbk gb18030 big5 big5hkscs
	tis620 armscii8 georgianps pt154 rk1048 tcvn57121 ujis eucjisx0213 microsoftcp1251`)

// KnownLocale looks a locale up in glibc's list: language_TERRITORY, with a
// character set and a modifier where it has them.
func KnownLocale(name string) (bool, []string) {
	base, modifier, hasModifier := strings.Cut(name, "@")
	base, codeset, hasCodeset := strings.Cut(base, ".")
	plain := base
	if hasModifier {
		plain += "@" + modifier
	}
	known := slices.Contains(localeList(), plain) || plain == "POSIX"
	flat := strings.Map(func(r rune) rune {
		if strings.ContainsRune("-_ ", r) {
			return -1
		}
		return r
	}, strings.ToLower(codeset))
	if known && hasCodeset && !slices.Contains(codesets, flat) {
		return false, []string{base + ".UTF-8"}
	}
	if known {
		return true, nil
	}
	var found []string
	for _, l := range territories(base) {
		found = append(found, l+".UTF-8")
	}
	return false, found
}

// territories gives the locales that a language without its country, or with
// a wrong one, most likely means.
func territories(base string) []string {
	language, _, _ := strings.Cut(base, "_")
	if found := nearest(base, localeList()); strings.Contains(base, "_") && len(found) > 0 {
		return found
	}
	var found []string
	for _, likely := range []string{language + "_" + strings.ToUpper(language), language + "_US", language + "_CN"} {
		if slices.Contains(localeList(), likely) {
			return []string{likely}
		}
	}
	for _, l := range localeList() {
		if strings.HasPrefix(l, language+"_") && len(found) < 3 {
			found = append(found, l)
		}
	}
	return found
}

// KnownKeymap looks a console keymap up.
func KnownKeymap(name string) (bool, []string) {
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".map")
	if slices.Contains(keymapList(), name) {
		return true, nil
	}
	return false, nearest(name, keymapList())
}

// KnownLayout looks an X11 layout up: "us", or with a variant "us (intl)".
func KnownLayout(name string) (bool, []string) {
	layout, variant, _ := strings.Cut(strings.TrimSuffix(name, ")"), "(")
	whole := strings.TrimSpace(layout)
	if variant != "" {
		whole += " (" + strings.TrimSpace(variant) + ")"
	}
	if slices.Contains(layoutList(), whole) {
		return true, nil
	}
	return false, nearest(whole, layoutList())
}

// nearest gives up to three names of a list that differ from a wrong one by
// the fewest letters, if they are few enough to be a slip.
func nearest(wrong string, known []string) []string {
	limit := max(1, len(wrong)/3)
	var found []string
	for _, k := range known {
		d := near.Distance(strings.ToLower(wrong), strings.ToLower(k), limit)
		switch {
		case d < limit:
			found, limit = []string{k}, d
		case d == limit:
			found = append(found, k)
		}
	}
	slices.Sort(found)
	found = slices.Compact(found)
	return found[:min(3, len(found))]
}
