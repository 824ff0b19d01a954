package comps

import (
	"fmt"
	"strings"
	"testing"

	"cdbuilder/kickstart"

	"github.com/google/go-cmp/cmp"
)

const groups = `<comps>
<group><id>core</id><name>Core</name><packagelist>
  <packagereq>bash</packagereq><packagereq type="default">vim</packagereq><packagereq type="optional">nano</packagereq>
  <packagereq type="conditional" requires="httpd">mod_ssl</packagereq><packagereq arch="s390x">s390-tools</packagereq>
</packagelist></group>
<group><id>web</id><name>Web Server</name><packagelist>
  <packagereq>httpd</packagereq><packagereq type="optional">vim</packagereq><packagereq type="default">bash</packagereq>
  <packagereq type="conditional" requires="httpd">mod_ssl</packagereq><packagereq type="default">httpd-tools</packagereq>
</packagelist></group>
<group arch="s390x"><id>mainframe</id><name>Mainframe</name><packagelist><packagereq>x3270</packagereq></packagelist></group>
<environment><id>server</id><name>Server</name>
  <grouplist><groupid>core</groupid><groupid>mainframe</groupid><groupid>gone</groupid></grouplist>
  <optionlist><groupid default="true">web</groupid></optionlist></environment>
</comps>`

// ask reads the body of a %packages section, line 2 on, without the implied core.
func ask(t *testing.T, body string) []kickstart.Request {
	t.Helper()
	f, err := kickstart.Parse("k", []byte("%packages --nocore\n"+body+"\n%end\n"), kickstart.Syntax{})
	if err != nil {
		t.Fatal(err)
	}
	return kickstart.Requests(f)
}

func TestSelect(t *testing.T) {
	c, err := Read(strings.NewReader(groups), "c")
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, body          string
		packages, maybe, no string
	}{
		{"a group", "@core", "bash/mandatory vim/default", "mod_ssl<httpd", ""},
		{"by its name", "@Web Server", "httpd/mandatory bash/default httpd-tools/default", "mod_ssl<httpd", ""},
		{"with optional", "@core --optional", "bash/mandatory vim/default nano/optional", "mod_ssl<httpd", ""},
		{"without defaults", "@core --nodefaults", "bash/mandatory", "", ""},
		{"an environment, not its options", "@^server", "bash/mandatory vim/default", "mod_ssl<httpd", ""},
		{"an environment by its name, less a group", "@^Server\n-@Core", "", "", ""},
		{"an environment, taken back", "@^server\n-@^server", "", "", ""},
		{"the most insistent type", "@web\n@core", "httpd/mandatory bash/mandatory httpd-tools/default vim/default", "mod_ssl<httpd", ""},
		{"less a glob", "@web\n-httpd-*", "httpd/mandatory bash/default", "mod_ssl<httpd", "httpd-*"},
		{"less a conditional one", "@web\n-mod_ssl", "httpd/mandatory bash/default httpd-tools/default", "", "mod_ssl"},
		{"names and globs", "vim\nphp-*", "vim/mandatory php-*/mandatory", "", ""},
		{"the later line wins: excluded", "vim\n-vim", "", "", "vim"},
		{"the later line wins: wanted", "-vim\nvim", "vim/mandatory", "", ""},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			s, err := c.Select(ask(t, tc.body), "x86_64")
			if err != nil {
				t.Fatal(err)
			}
			var packages, maybe []string
			for _, p := range s.Packages {
				packages = append(packages, p.Name+"/"+p.Type.String())
			}
			for _, p := range s.Conditional {
				maybe = append(maybe, p.Name+"<"+p.Requires)
			}
			got := []string{strings.Join(packages, " "), strings.Join(maybe, " "), strings.Join(s.Excluded, " ")}
			if d := cmp.Diff([]string{tc.packages, tc.maybe, tc.no}, got); d != "" {
				t.Errorf("packages, conditional, excluded (-want +got):\n%s", d)
			}
		})
	}
}

func TestSelectWhy(t *testing.T) {
	c, _ := Read(strings.NewReader(groups), "c")
	s, err := c.Select(ask(t, "@^server\n@web\nhtop"), "s390x")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range append(s.Packages, s.Conditional...) {
		got = append(got, fmt.Sprintf("%s: %s", p.Name, p.Why))
	}
	want := []string{
		"bash: @^server, @core", "vim: @^server, @core", "s390-tools: @^server, @core", "x3270: @^server, @mainframe",
		"httpd: @web", "httpd-tools: @web", "htop: k:4", "mod_ssl: @^server, @core",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("why (-want +got):\n%s", d)
	}
	if len(s.Warnings) != 1 || s.Warnings[0].Error() != `c:12: the environment "server" names group "gone", which is not defined here` {
		t.Errorf("warnings %v", s.Warnings)
	}
}

func TestSelectFaults(t *testing.T) {
	c, _ := Read(strings.NewReader(groups), "c")
	_, err := c.Select(append(ask(t, "@croe\n@mainframe\n@server\n@^core\n@^sever\n@zzz\n-@nothing"), kickstart.Request{Name: "base", Group: true, Implied: true}), "x86_64")
	want := []string{
		`k:2: c has no group "croe"; did you mean "Core" or "core"?`,
		`k:3: the group "mainframe" is not for x86_64, only for [s390x]`,
		`k:4: c has no group "server"; there is an environment of that name: write @^server`,
		`k:5: c has no environment "core"; there is a group of that name: write @core`,
		`k:6: c has no environment "sever"; did you mean "Server" or "server"?`,
		`k:7: c has no group "zzz"`,
	}
	if d := cmp.Diff(strings.Join(want, "\n"), fmt.Sprint(err)); d != "" {
		t.Errorf("faults (-want +got):\n%s", d)
	}
}
