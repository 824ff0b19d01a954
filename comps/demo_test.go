package comps

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/product"
	"cdbuilder/kickstart"
)

// TestDemo holds the demo product's own files together: its kickstarts fill
// and parse, ask for groups that its comps.xml has, and the comps.xml is
// without oddities.
func TestDemo(t *testing.T) {
	top := judge.Repository(t)
	p, err := product.Load(top, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	syntax, err := kickstart.ParseSyntax(p.Target.Kickstart)
	if err != nil {
		t.Fatal(err)
	}
	src, err := os.ReadFile("comps.xml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Read(bytes.NewReader(src), "comps.xml")
	if err != nil || len(c.Warnings) > 0 {
		t.Fatalf("comps.xml: %v %v", err, c.Warnings)
	}
	templates, err := kickstart.ReadTemplates(filepath.Join(top, "kickstart"))
	if err != nil {
		t.Fatal(err)
	}
	all, _, err := templates.Render(kickstart.NewData(p, p.ReleaseName(), p.VolumeLabel()), syntax)
	if err != nil || len(all) < 2 {
		t.Fatalf("the demo has %d kickstarts: %v", len(all), err)
	}
	for _, r := range all {
		s, err := c.Select(r.Requests(), p.Target.Arch)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, must := range []string{"linux-image-amd64", "systemd-sysv", "grub2-common", "shim-signed"} {
			if !slices.ContainsFunc(s.Packages, func(p Chosen) bool { return p.Name == must }) {
				t.Errorf("%s asks for no %s: what it installs would not boot", r.Source.File, must)
			}
		}
	}
}
