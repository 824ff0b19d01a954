package lint

import (
	"strconv"
	"strings"

	"cdbuilder/kickstart"
)

// Packages: %packages that contradict themselves. Whether the names exist is
// for package medium to say.
var packageRules = []rule{
	{Rule{"package-both", kickstart.Warning, "a package is asked for and left out", false}, packageBoth, false},
	{Rule{"package-twice", kickstart.Note, "a package is asked for twice", true}, packageTwice, false},
	{Rule{"packages-twice", kickstart.Note, "two %packages sections in one file are taken together", false}, packagesTwice, false},
	{Rule{"packages-ignoremissing", kickstart.Note, "a package that is missing passes unnoticed until somebody needs it", false}, packagesIgnoremissing, false},
}

// from is the place of a request.
func (v *view) from(r kickstart.Request) place {
	i := strings.LastIndexByte(r.From, ':')
	n, err := strconv.Atoi(r.From[i+1:])
	if i < 0 || err != nil {
		return place{file: r.From}
	}
	return place{r.From[:i], n}
}

func packageBoth(v *view) {
	wanted := make(map[string]place)
	for _, r := range v.packages {
		if !r.Exclude && !r.Implied && !r.Group && !r.Environment {
			wanted[r.Name] = v.from(r)
		}
	}
	for _, r := range v.packages {
		if p, ok := wanted[r.Name]; ok && r.Exclude && !r.Group && !r.Environment && p.file == v.from(r).file {
			v.say(v.from(r), "%s is left out here and asked for in line %d; keep one of them", r.Name, p.line)
		}
	}
}

func packageTwice(v *view) {
	first := make(map[string]place)
	for _, r := range v.packages {
		p := v.from(r)
		if r.Implied || r.Group || r.Environment {
			continue
		}
		key := p.file + "\x00" + r.String()
		o, ok := first[key]
		if !ok {
			first[key] = p
			continue
		}
		v.say(p, "%s stands in line %d already", r.String(), o.line)
		v.offer("remove the line", p.line, p.line)
	}
}

func packagesTwice(v *view) {
	for _, f := range v.files {
		if s := f.Sections("packages"); len(s) > 1 {
			v.say(place{f.Name, s[1].Number}, "a %%packages section begins in line %d already; the installer takes both together, with the options of both headers", s[0].Number)
		}
	}
}

func packagesIgnoremissing(v *view) {
	for _, s := range v.Sections {
		if _, ok := s.Option("ignoremissing"); ok && s.Name == "packages" {
			v.say(place{s.File.Name, s.Number}, "--ignoremissing: packages that are nowhere to be found are left out without a word")
		}
	}
}
