package comps

import (
	"bytes"
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

// FuzzWrite reads, writes and reads: what is sound comes back as it was, and
// is written the same again.
func FuzzWrite(f *testing.F) {
	for _, s := range []string{sample, groups, kept, "<comps><!-- a --><group><id>a</id><!--b--><name xml:lang='de'>x&#13;y</name></group><!--c--></comps><!--d-->"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) { comesBack(t, src) })
}

func comesBack(t *testing.T, src string) {
	c, err := Read(strings.NewReader(src), "c")
	if err != nil {
		return
	}
	out := written(t, c)
	again, err := Read(bytes.NewReader(out), "c")
	if err != nil {
		t.Fatalf("what was written has faults: %v\n%s", err, out)
	}
	if twice := written(t, again); !bytes.Equal(out, twice) {
		t.Errorf("written again it differs:\n%s\n%s", out, twice)
	}
	some, _ := Merge("m", c, again).Filter(Medium{Has: func(name string) bool { return len(name)%2 == 0 }, Arch: "x86_64"})
	if err := some.Validate(); err != nil {
		t.Errorf("merged and filtered it has faults: %v", err)
	}
	if d := sameMeaning(c, again); d != "" {
		t.Errorf("(-read +written):\n%s", d)
	}
}

// FuzzSource changes what it can read, and has the change alone show.
func FuzzSource(f *testing.F) {
	for _, s := range []string{sample, groups, kept, Empty, "<comps><group><id>a</id>\n\n<packagelist>\n\n<packagereq>b</packagereq>\n\n<packagereq>b</packagereq></packagelist></group></comps>"} {
		f.Add(s, "new")
	}
	f.Fuzz(changes)
}

func changes(t *testing.T, src, name string) {
	s, err := NewSource("c", []byte(src))
	if err != nil {
		return
	}
	if err := s.AddGroup(Group{Entry: Entry{ID: name}}); err == nil && s.Comps().Group(trim(name)) == nil {
		t.Fatalf("the group %q was added and is not there:\n%s", name, s.Bytes())
	}
	for i := range min(3, len(s.Comps().Groups)) {
		g := s.Comps().Groups[i]
		if done, err := s.AddPackage(g.ID, Package{Name: name, Type: Optional}); err == nil && done {
			if err := s.RemovePackage(g.ID, name); err != nil {
				t.Fatalf("group %q: added %q, and: %v", g.ID, name, err)
			}
		}
		for _, p := range g.Packages {
			_ = s.RemovePackage(g.ID, p.Name)
		}
	}
	if len(s.Comps().Groups) > 0 {
		if _, err := s.RemoveGroup(s.Comps().Groups[0].ID); err != nil {
			t.Fatal(err)
		}
	}
}
