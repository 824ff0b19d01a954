package comps

import (
	"strings"
	"testing"

	"cdbuilder/kickstart"
)

func FuzzRead(f *testing.F) {
	for _, s := range []string{sample, groups, "", "<comps>", "<comps><group><id>", "<!DOCTYPE x [<!ENTITY a \"b\">]><comps>&a;</comps>", "<comps><langpacks><match/></langpacks></comps>"} {
		f.Add(s, "core", "x86_64")
	}
	f.Fuzz(func(t *testing.T, src, name, arch string) {
		c, _ := Read(strings.NewReader(src), "c")
		var requests []kickstart.Request
		for _, g := range c.Groups {
			requests = append(requests, kickstart.Request{Name: g.ID, Group: true, Optional: true})
		}
		requests = append(requests, kickstart.Request{Name: name, Environment: true}, kickstart.Request{Name: name, Exclude: true})
		s, _ := c.Select(requests, arch)
		for _, p := range s.Packages {
			if p.Name == "" || p.Why == "" {
				t.Fatalf("chosen without name or reason: %+v", p)
			}
		}
	})
}
