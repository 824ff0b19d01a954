package lint

import (
	"strings"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// Sources: where the packages come from.
var sourceRules = []rule{
	{Rule{"source-bypass", kickstart.Warning, "the packages are on the medium, and the installer fetches others from elsewhere", false}, sourceBypass, true},
	{Rule{"source-twice", kickstart.Warning, "there is one installation source: the last one said counts", false}, sourceTwice, false},
	{Rule{"source-unverified", kickstart.Warning, "--noverifyssl takes packages from whoever answers", false}, sourceUnverified, false},
}

var methods = []string{"url", "nfs", "harddrive", "cdrom", "hmc", "liveimg", "ostreesetup", "ostreecontainer"}

func sourceBypass(v *view) {
	if !v.facts.Medium {
		return
	}
	for s := range v.Find("url", "nfs", "harddrive", "hmc", "repo") {
		if strings.HasPrefix(s.Get("--baseurl"), "file:") || strings.HasPrefix(s.Get("--url"), "file:") {
			continue
		}
		what := "the packages on the medium are not used"
		if s.Name == "repo" {
			what = "packages are fetched from elsewhere too, which needs a network, and takes newer ones than were tested"
		}
		v.say(at(s), "%s: %s; leave the line out", s.Name, what)
	}
}

func sourceTwice(v *view) {
	var first *language.Statement
	for s := range v.Find(methods...) {
		if first != nil && s.Name != first.Name && s.File == first.File {
			v.say(at(s), "%s takes the place of %s %s: there is one installation source", s.Name, first.Name, other(s, first))
		}
		first = s
	}
}

func sourceUnverified(v *view) {
	for s := range v.Find("url", "repo", "liveimg", "ostreecontainer") {
		if s.Has("--noverifyssl") {
			v.say(at(s), "--noverifyssl: anybody between here and the server can put packages of their own in; give the installer the certificate (%%certificate, or --sslcacert)")
		}
	}
}
