package kickstart

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadEntry(t *testing.T) {
	cases := []struct {
		name, text string
		want       Entry
		faults     []string
	}{
		{"nothing said", "# demo.ks\n\ntext\n# menu: too late\n", Entry{Line: 1}, nil},
		{"a title", "#version=RHEL9\n# menu:  Install the   web server \n#menu-order:20\n\ntext\n", Entry{Title: "Install the web server", Order: 20, Line: 2}, nil},
		{"off the menu", "\n## Menu: none\n", Entry{None: true, Line: 2}, nil},
		{"other comments", "# menus: see below\n# the menu: x\n# menu x\n", Entry{Line: 1}, nil},
		{"misspelt", "# menu-oder: 3\n", Entry{Line: 1}, []string{`k.ks:1: "# menu-oder:" says nothing to the boot menu; did you mean "menu-order"?`}},
		{"twice", "# menu: a\n# menu: b\n", Entry{Title: "a", Line: 1}, []string{`k.ks:2: "# menu:" is there already, in line 1`}},
		{"too long", "# menu: " + strings.Repeat("ä", 61) + "\n", Entry{Title: strings.Repeat("ä", 61), Line: 1}, []string{"k.ks:1: the title in the boot menu has 61 letters; a line of it shows 60"}},
		{"not to be shown", "# menu: a\x1b[2J\n", Entry{Title: "a\x1b[2J", Line: 1}, []string{`k.ks:1: the title in the boot menu "a\x1b[2J" holds what cannot be shown`}},
		{"windows line ends", "# menu: a\r\n", Entry{Title: "a", Line: 1}, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := ReadEntry("k.ks", []byte(c.text))
			c.want.File, c.want.Path = "k.ks", "k.ks"
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if d := cmp.Diff(c.faults, lines(err)); d != "" {
				t.Errorf("faults (-want +got):\n%s", d)
			}
		})
	}
}

func TestMenuOrder(t *testing.T) {
	menu, err := Menu([]Entry{
		{File: "a-mail_server.ks"}, {File: "b.ks", Title: "B", Order: 20}, {File: "c.ks", Title: "C", Order: 10},
		{File: "d.ks", None: true}, {File: "z.ks", Order: 99},
	}, "z.ks", "Demo Server")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range menu {
		got = append(got, e.File+" "+e.Title)
	}
	want := []string{"z.ks Install Demo Server", "c.ks C", "b.ks B", "a-mail_server.ks Install a mail server"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestMenuFaults(t *testing.T) {
	all := []Entry{{File: "a.ks", Path: "kickstart/a.ks", None: true, Line: 3}, {File: "b.ks", Path: "b.ks", Title: "Same", Line: 1}, {File: "c.ks", Path: "c.ks", Title: "same", Line: 2},
		{File: "Größe.ks", Path: "kickstart/Größe.ks", Line: 1}, {File: "with space.ks", None: true}}
	for i := range MaxEntries {
		all = append(all, Entry{File: fmt.Sprintf("x%d.ks", i)})
	}
	_, err := Menu(all, "a.ks", "Demo")
	want := []string{
		`kickstart/a.ks:3: "# menu: none", but installer.kickstart in version.toml makes a.ks what "Install" installs`,
		`kickstart/Größe.ks:1: the name "Größe.ks" cannot stand in a boot argument; name the file with A-Z, a-z, 0-9, _, . and -, or write "# menu: none"`,
		`c.ks:2: "same" is also the title of b.ks in the boot menu; write "# menu: …" with one of its own`,
		`33 kickstarts in the boot menu are too many to choose from; keep 30 and write "# menu: none" into the others`,
	}
	if d := cmp.Diff(want, lines(err)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
