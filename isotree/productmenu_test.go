package isotree

import (
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/product"
	"cdbuilder/kickstart"
)

func menuProduct() *product.File {
	p := &product.File{Product: product.Product{ID: "Demo", Name: "Demo Server"}}
	p.Boot.Label, p.Boot.Default, p.Boot.Timeout = "DEMO-13", "local", 60
	p.Release.Stage, p.Release.Number = "Beta", 1
	p.Installer.Kind, p.Installer.Kickstart = "stage2", "server.ks"
	return p
}

// outline lists a menu's entries, those of menus below it behind a dash.
func outline(entries []MenuEntry, indent string) (lines []string) {
	for _, e := range entries {
		lines = append(lines, indent+e.ID+": "+e.Title)
		lines = append(lines, outline(e.Entries, indent+"- ")...)
	}
	return lines
}

func TestProductMenu(t *testing.T) {
	many := []kickstart.Entry{{File: "server.ks"}}
	for i := range 5 {
		many = append(many, kickstart.Entry{File: fmt.Sprintf("n%d.ks", i)})
	}
	cases := []struct {
		name     string
		standard string
		entries  []kickstart.Entry
		want     string
	}{
		{"one", "server.ks", []kickstart.Entry{{File: "server.ks"}},
			"install: Install Demo Server|ask: Install Demo Server, asking first|check: Test this medium and install|rescue: Rescue shell|local: Boot from the local disk"},
		{"two of the same name to a boot loader", "server.ks", []kickstart.Entry{{File: "web_1.ks", Title: "Install A"}, {File: "web-1.ks", Title: "Install B"}, {File: "server.ks", Title: "Install C"}},
			"install: Install C|ask: Install Demo Server, asking first|install-web-1: Install B|install-web-1-2: Install A|check: Test this medium and install|rescue: Rescue shell|local: Boot from the local disk"},
		{"the installer asks", "", []kickstart.Entry{{File: "Big__One.ks", Title: "Install Größe"}, {File: "x.ks", None: true}},
			"install: Install Demo Server|install-big-one: Install Größe|check: Test this medium and install|rescue: Rescue shell|local: Boot from the local disk"},
		{"as many as the screen holds", "server.ks", many[:4],
			"install: Install Demo Server|ask: Install Demo Server, asking first|install-n0: Install n0|install-n1: Install n1|install-n2: Install n2|check: Test this medium and install|rescue: Rescue shell|local: Boot from the local disk"},
		{"more than that", "server.ks", many,
			"install: Install Demo Server|ask: Install Demo Server, asking first|more: Install something else|- install-n0: Install n0|- install-n1: Install n1|- install-n2: Install n2|- install-n3: Install n3|- install-n4: Install n4|check: Test this medium and install|rescue: Rescue shell|local: Boot from the local disk"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := menuProduct()
			p.Installer.Kickstart = c.standard
			m, err := ProductMenu(p, c.entries)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(strings.Split(c.want, "|"), outline(m.Entries, "")); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			asks := slicesContain(m.Entries[0].Args, "inst.ks=hd:LABEL=DEMO-13:/ks/server.ks")
			if asks != (c.standard != "") {
				t.Errorf("the first entry has the arguments %v", m.Entries[0].Args)
			}
		})
	}
	if _, err := ProductMenu(menuProduct(), []kickstart.Entry{{File: "server.ks", None: true}}); err == nil {
		t.Error("the kickstart that is to be installed is kept off the menu")
	}
}

func slicesContain(all []string, s string) bool {
	return strings.Contains(" "+strings.Join(all, " ")+" ", " "+s+" ")
}

// TestMenuBelow: both boot loaders get the same menus, in 80 columns, and GRUB's
// own parser takes them.
func TestMenuBelow(t *testing.T) {
	entries := []kickstart.Entry{{File: "server.ks"}}
	for i := range kickstart.MaxEntries - 1 {
		entries = append(entries, kickstart.Entry{File: fmt.Sprintf("n%d.ks", i), Title: fmt.Sprintf("%d %s", i, strings.Repeat("w", kickstart.MaxTitle-3))})
	}
	m, err := ProductMenu(menuProduct(), entries)
	if err != nil {
		t.Fatal(err)
	}
	isolinux, grub := rendered(t, m)
	for text, want := range map[string]string{isolinux: "label ask\n  menu label Install Demo Server, ^asking first\n", grub: "--id ask --hotkey=a {"} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
	labels := regexp.MustCompile(`(?m)^(?:label|menu begin) (\S+)$`).FindAllStringSubmatch(isolinux, -1)
	ids := regexp.MustCompile(`(?m)^\t?(?:menuentry|submenu) '.*' --id (\S+)(?: --hotkey=.)? \{$`).FindAllStringSubmatch(grub, -1)
	var a, b []string
	for _, l := range labels {
		if l[1] != "more-back" { // GRUB has Esc for that
			a = append(a, l[1])
		}
	}
	for _, l := range ids {
		b = append(b, l[1])
	}
	if d := cmp.Diff(a, b); d != "" || len(a) != kickstart.MaxEntries+5 {
		t.Errorf("%d entries; isolinux and GRUB differ:\n%s", len(a), d)
	}
	for _, want := range []string{"\nmenu begin more\n  menu label Install ^something else\n", "\nmenu rows 8\n", "\nlabel more-back\n  menu label Back\n  menu exit\n\nmenu end\n\nlabel check\n"} {
		if !strings.Contains(isolinux, want) {
			t.Errorf("isolinux.cfg lacks %q:\n%s", want, isolinux)
		}
	}
	for _, l := range regexp.MustCompile(`(?m)^  menu label (.*)$`).FindAllStringSubmatch(isolinux, -1) {
		if len(l[1]) > 68 { // the menu's 72 columns less its margins
			t.Errorf("wider than the menu: %s", l[1])
		}
	}
	cmd := exec.Command(judge.Program(t, "grub-script-check"))
	cmd.Stdin = strings.NewReader(grub)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("grub.cfg: %v: %s\n%s", err, out, grub)
	}
	theme, err := m.Theme()
	if err != nil || !strings.Contains(string(theme), "Esc goes back") {
		t.Errorf("the theme doesn't say how to leave the menu below: %v", err)
	}
	for _, refs := range [][]LabelRef{LabelsIn([]byte(isolinux)), LabelsIn([]byte(grub))} {
		for _, r := range refs {
			if r.Label != "DEMO-13" {
				t.Errorf("line %d names %q", r.Line, r.Label)
			}
		}
	}
}

func TestMenusBelowAreChecked(t *testing.T) {
	m := demoMenu()
	m.Entries = append(m.Entries, MenuEntry{ID: "empty", Title: "x", Kind: KindMenu},
		MenuEntry{ID: "deep", Title: "x", Kind: KindMenu, Entries: []MenuEntry{
			{ID: "deeper", Title: "x", Kind: KindMenu, Entries: []MenuEntry{{ID: "y", Title: "x", Kind: KindLocal}}},
			{ID: "rescue", Title: "x", Kind: KindLinux, Args: []string{"a b"}},
		}})
	m.Default = "deep"
	err := m.Validate()
	for _, want := range []string{`"empty": a menu has entries`, `"deeper": a menu has entries, and no menus below`, `"rescue" is there twice`, `"a b"`, `default menu entry "deep"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("lacks %q:\n%v", want, err)
		}
	}
}
