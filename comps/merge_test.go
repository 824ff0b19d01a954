package comps

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func mustRead(t testing.TB, name, src string) *Comps {
	t.Helper()
	c, err := Read(strings.NewReader(src), name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const vendor = `<comps>
<group><id>core</id><name>Core</name><name xml:lang="de">Kern</name><default>true</default><uservisible>false</uservisible><packagelist>
<packagereq type="default" arch="x86_64">grub2</packagereq><packagereq type="optional" arch="s390x">zipl</packagereq><packagereq>bash</packagereq></packagelist></group>
<group arch="s390x"><id>mainframe</id><name>Mainframe</name><packagelist><packagereq>x3270</packagereq></packagelist></group>
<environment><id>server</id><display_order>0</display_order><grouplist><groupid>core</groupid><groupid>web</groupid><groupid>nowhere</groupid></grouplist></environment>
<category><id>big</id><grouplist><groupid>mainframe</groupid></grouplist></category>
<langpacks><match name="man" install="man-%s"/></langpacks><blacklist><package name="a"/></blacklist>
</comps>`

const own = `<comps>
<!-- ours -->
<group><id>core</id><packagelist><packagereq type="optional">bash</packagereq><packagereq type="conditional" requires="bash">bash-doc</packagereq></packagelist></group>
<group><id>web</id><name>Web</name><packagelist><packagereq>nginx</packagereq></packagelist></group>
<environment><id>server</id><name>Server</name><optionlist><groupid>web</groupid></optionlist></environment>
<langpacks><match name="man" install="manual-%s"/></langpacks><whiteout><ignoredep package="a" requires="b"/></whiteout>
</comps>`

func TestMergeAddsToAVendorsGroup(t *testing.T) {
	before := mustRead(t, "vendor", vendor)
	m := Merge("m", before, mustRead(t, "own", own))
	const want = doctype + `<comps>
  <!-- ours -->
  <group>
    <id>core</id>
    <name>Core</name>
    <name xml:lang="de">Kern</name>
    <description/>
    <default>true</default>
    <uservisible>false</uservisible>
    <packagelist>
      <packagereq type="default" arch="x86_64">grub2</packagereq>
      <packagereq type="optional" arch="s390x">zipl</packagereq>
      <packagereq type="optional">bash</packagereq>
      <packagereq type="conditional" requires="bash">bash-doc</packagereq>
    </packagelist>
  </group>
  <group arch="s390x">
    <id>mainframe</id>
    <name>Mainframe</name>
    <description/>
    <packagelist>
      <packagereq type="mandatory">x3270</packagereq>
    </packagelist>
  </group>
  <group>
    <id>web</id>
    <name>Web</name>
    <description/>
    <packagelist>
      <packagereq type="mandatory">nginx</packagereq>
    </packagelist>
  </group>
  <environment>
    <id>server</id>
    <name>Server</name>
    <description/>
    <display_order>0</display_order>
    <grouplist>
      <groupid>core</groupid>
      <groupid>web</groupid>
      <groupid>nowhere</groupid>
    </grouplist>
    <optionlist>
      <groupid>web</groupid>
    </optionlist>
  </environment>
  <category>
    <id>big</id>
    <name/>
    <description/>
    <grouplist>
      <groupid>mainframe</groupid>
    </grouplist>
  </category>
  <langpacks>
    <match name="man" install="manual-%s"/>
  </langpacks>
  <blacklist>
    <package name="a"/>
  </blacklist>
  <whiteout>
    <ignoredep package="a" requires="b"/>
  </whiteout>
</comps>
`
	if d := cmp.Diff(want, string(written(t, m))); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if len(m.Warnings) != 1 || m.Warnings[0].Group != "nowhere" || m.Warnings[0].File != "vendor" {
		t.Errorf("warnings: %v, want the group that neither file has", m.Warnings)
	}
	if d := cmp.Diff(mustRead(t, "vendor", vendor), before); d != "" {
		t.Errorf("the merge changed what it was given (-before +after):\n%s", d)
	}
}

func TestFilter(t *testing.T) {
	c := Merge("m", mustRead(t, "vendor", vendor), mustRead(t, "own", own))
	some, dropped := c.Filter(Medium{Has: func(name string) bool { return name == "grub2" || name == "bash" }, Arch: "x86_64"})
	var said []string
	for _, d := range dropped {
		said = append(said, d.String())
	}
	want := []string{
		"@core is without its conditional package bash-doc, which is not on the medium",
		"@web is without its mandatory package nginx, which is not on the medium",
		"@web is left out: nothing of it is on the medium",
		"@^server is without @web, of which nothing is on the medium",
		"@^server is without @nowhere, of which nothing is on the medium",
		"@^server is without @web, of which nothing is on the medium",
		"big is without @mainframe, of which nothing is on the medium",
		"big is left out: nothing of it is on the medium",
	}
	if d := cmp.Diff(want, said); d != "" {
		t.Errorf("dropped (-want +got):\n%s", d)
	}
	out := string(written(t, some))
	for _, gone := range []string{"arch=", "zipl", "mainframe", "web", "match", "bash-doc"} {
		if strings.Contains(out, gone) {
			t.Errorf("%q is still there:\n%s", gone, out)
		}
	}
	if strings.Count(out, "<packagereq") != 2 || len(some.Warnings) != 0 {
		t.Errorf("%v\n%s", some.Warnings, out)
	}
	kept, _ := c.Filter(Medium{Has: func(string) bool { return false }, Keep: []string{"core", "server"}})
	if len(kept.Groups) != 1 || len(kept.Environments) != 1 || len(kept.Environments[0].Groups) != 1 || len(kept.Categories) != 0 {
		t.Errorf("kept:\n%s", written(t, kept))
	}
}

func TestFilterMakesOneOfTwo(t *testing.T) {
	c := mustRead(t, "c", `<comps><group variant="A"><id>g</id><packagelist><packagereq type="optional" variant="A">x</packagereq>
<packagereq type="default">x</packagereq><packagereq variant="B">x</packagereq></packagelist></group><group variant="B"><id>h</id></group></comps>`)
	if len(c.Warnings) != 0 {
		t.Errorf("warnings: %v", c.Warnings)
	}
	some, _ := c.Filter(Medium{Variant: "A"})
	if len(some.Groups) != 1 || len(some.Groups[0].Packages) != 1 || some.Groups[0].Packages[0].Type != Default || some.Groups[0].Variant != "" {
		t.Errorf("%s", written(t, some))
	}
}

func TestValidateTellsAll(t *testing.T) {
	c := &Comps{Name: "c", Groups: []Group{
		{Entry: Entry{ID: "a", Name: Text{Translations: []Translation{{Text: "x"}}}}, Packages: []Package{{Name: "p", Type: 9}, {Name: "q\x00", Type: Conditional}}},
		{Entry: Entry{ID: "a", Comments: Comments{Above: []string{"-- no --"}}}},
		{},
	}, Langpacks: []Langpack{{Name: "\xff"}}}
	const want = `writing c: the group "a": the translation "x" is in no language
the group "a": package "p" has the type 9; there are Mandatory, Default, Conditional and Optional
the group "a": the conditional package "q\x00" needs in Requires the package it waits for
the group "a": a member holds "\x00", which XML has no place for
the group "a" is there twice; Merge makes one of two
the group "a": a comment holds two hyphens in a row, which would end it: "-- no --"
group without an id: nothing can ask for it
langpacks: a <match> holds "\xff", which XML has no place for`
	var out strings.Builder
	err := c.Write(&out)
	if err == nil || err.Error() != want || out.Len() > 0 {
		t.Errorf("%q and\n%v", out.String(), err)
	}
}
