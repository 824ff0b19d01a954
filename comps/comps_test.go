package comps

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const sample = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE comps PUBLIC "-//Red Hat, Inc.//DTD Comps info//EN" "http://192.0.2.1/comps.dtd">
<comps>
  <!-- a comment -->
  <group>
    <id>core</id>
    <name>Core</name>
    <name xml:lang="de">Kern</name>
    <_description>Smallest
     possible</_description>
    <default>true</default>
    <uservisible>false</uservisible>
    <display_order>10</display_order>
    <packagelist>
      <packagereq type="mandatory">bash</packagereq>
      <packagereq type="default" basearchonly="true"> vim </packagereq>
      <packagereq type="conditional" requires="httpd">mod_ssl</packagereq>
      <packagereq type="optional" arch="x86_64,aarch64">efibootmgr</packagereq>
      <packagereq>kernel</packagereq>
    </packagelist>
  </group>
  <group arch="x86_64" variant="BaseOS"><id>fr</id><name>French</name><langonly>fr</langonly><biarchonly>true</biarchonly></group>
  <environment>
    <id>server-env</id><name>Server</name><description/>
    <grouplist><groupid>core</groupid><groupid arch="s390x">zipl</groupid></grouplist>
    <optionlist><groupid default="true">fr</groupid></optionlist>
  </environment>
  <category><id>all</id><name>All</name><grouplist><groupid>core</groupid></grouplist></category>
  <langpacks><match name="vim" install="vim-%s"/></langpacks>
  <blacklist><package name="x" arch="i386"/></blacklist>
  <whiteout><ignoredep package="a" requires="b"/></whiteout>
</comps>
`

func TestRead(t *testing.T) {
	c, err := Read(strings.NewReader(sample), "comps.xml")
	if err != nil {
		t.Fatal(err)
	}
	want := &Comps{
		Name: "comps.xml",
		Groups: []Group{
			{
				Entry: Entry{
					ID: "core", Name: Text{"Core", []Translation{{"de", "Kern"}}},
					Description: Text{Default: "Smallest\n     possible"}, DisplayOrder: new(10), Line: 5, Comments: Comments{Above: []string{" a comment "}},
				},
				Default: true, Stated: StatesDefault | StatesUserVisible,
				Packages: []Package{
					{Name: "bash", Line: 15},
					{Name: "vim", Type: Default, BasearchOnly: true, Line: 16},
					{Name: "mod_ssl", Type: Conditional, Requires: "httpd", Line: 17},
					{Name: "efibootmgr", Type: Optional, Arch: []string{"x86_64", "aarch64"}, Line: 18},
					{Name: "kernel", Line: 19},
				},
			},
			{
				Entry:       Entry{ID: "fr", Name: Text{Default: "French"}, Arch: []string{"x86_64"}, Variant: "BaseOS", Line: 22},
				UserVisible: true, BiarchOnly: true, Stated: StatesBiarchOnly, LangOnly: "fr",
			},
		},
		Environments: []Environment{{
			Entry:   Entry{ID: "server-env", Name: Text{Default: "Server"}, Line: 23},
			Groups:  []GroupRef{{ID: "core", Line: 25}, {ID: "zipl", Arch: []string{"s390x"}, Line: 25}},
			Options: []GroupRef{{ID: "fr", Default: true, Line: 26}},
		}},
		Categories: []Category{{
			Entry:  Entry{ID: "all", Name: Text{Default: "All"}, Line: 28},
			Groups: []GroupRef{{ID: "core", Line: 28}},
		}},
		Langpacks: []Langpack{{Name: "vim", Install: "vim-%s", Line: 29}},
		Blacklist: []Blacklisted{{Name: "x", Arch: "i386", Line: 30}},
		Whiteout:  []IgnoredDep{{Package: "a", Requires: "b", Line: 31}},
		Warnings:  []*Fault{{"comps.xml", 25, `the environment "server-env" names group "zipl", which is not defined here`, "zipl"}},
	}
	if d := cmp.Diff(want, c, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("comps (-want +got):\n%s", d)
	}
}

func TestReadFaults(t *testing.T) {
	group := func(inside string) string { return "<comps>\n<group><id>a</id>" + inside + "</group>\n</comps>" }
	cases := []struct {
		name, xml      string
		faults, warned []string
	}{
		{"all at once", group("<default>yes</default>\n<packagelist><packagereq type='mndatory'>x</packagereq>\n<packagereq type='conditional'>y</packagereq></packagelist>"), []string{
			`c:3: unknown type "mndatory"; write mandatory, default, optional or conditional; did you mean "mandatory"?`,
			"c:4: a conditional package needs requires= with the package it waits for",
		}, []string{`c:2: <default> is "yes", which counts as false; write true or false`}},
		{"twice", group("</group>\n<group><id>a</id>"), []string{`c:3: the group "a" is already defined in line 2`}, nil},
		{"no id", "<comps>\n<environment/>\n<category><id> </id></category></comps>", []string{
			"c:2: environment without an id: nothing can ask for it",
			"c:3: category without an id: nothing can ask for it",
		}, nil},
		{"wrong root", "\n<html><comps/></html>", []string{"c:2: the root element is <html>; a comps file has one <comps>"}, nil},
		{"empty", "", []string{"c:1: no <comps> element in the file"}, nil},
		{"two roots", "<comps/>\n<comps/>", []string{"c:2: the root element is <comps>; a comps file has one <comps>"}, nil},
		{"broken after a fault", "<comps><group>\n<display_order>1.5</display_order>\n</grup>", []string{
			`c:2: <display_order> is "1.5"; write a whole number`,
			"c:3: not well-formed XML: element <group> closed by </grup>",
		}, nil},
		{"unknown entity", group("<name>&bomb;</name>"), []string{"c:2: not well-formed XML: invalid character entity &bomb;"}, nil},
		{"display order", group("<display_order>x</display_order>"), []string{`c:2: <display_order> is "x"; write a whole number`}, nil},
		{
			"unknown elements", group("\n<pkagelist><a><b/></a></pkagelist>hello<packagelist><groupreq>x</groupreq>\n<packagereq>p<i>q</i></packagereq><packagereq/><packagereq>p</packagereq></packagelist>"), nil,
			[]string{
				`c:3: unknown element <pkagelist> in <group>; did you mean "packagelist"?`,
				`c:3: text in <group> is ignored: "hello"`,
				"c:3: unknown element <groupreq> in <packagelist>",
				"c:4: unknown element <i> in <packagereq>",
				"c:4: a <packagereq> without a name",
				`c:4: package "p" already stands in line 4 of this group`,
			},
		},
		{
			"reference with a near name", group("</group><category><id>c</id><grouplist><groupid>A</groupid></grouplist></category><group><id>b</id>"), nil,
			[]string{`c:2: the category "c" names group "A", which is not defined here; did you mean "a"?`},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := Read(strings.NewReader(c.xml), "c")
			var faults, warned []string
			if err != nil {
				faults = strings.Split(err.Error(), "\n")
			}
			for _, w := range got.Warnings {
				warned = append(warned, w.Error())
			}
			if d := cmp.Diff(c.faults, faults); d != "" {
				t.Errorf("faults (-want +got):\n%s", d)
			}
			if d := cmp.Diff(c.warned, warned); d != "" {
				t.Errorf("warnings (-want +got):\n%s", d)
			}
		})
	}
}
