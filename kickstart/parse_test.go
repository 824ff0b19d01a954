package kickstart

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func rhel9(t testing.TB) Syntax { return syntax(t, "RHEL9") }

func syntax(t testing.TB, s string) Syntax {
	t.Helper()
	syn, err := ParseSyntax(s)
	if err != nil {
		t.Fatal(err)
	}
	return syn
}

func TestParseTree(t *testing.T) {
	const src = "# comment\n\nlang en_US.UTF-8 # trailing\n%include /tmp/part\n%ksappend http://host/tail\n" +
		"rootpw --lock 'a b'\n%post --logfile /root/x --erroronfail\necho \"100%\"\n%wheel ALL\n  %end\n" +
		"%addon com_redhat_kdump --enable\n%end"
	f, err := Parse("a.ks", []byte(src), rhel9(t))
	if err != nil {
		t.Fatal(err)
	}
	want := []Node{
		{Kind: Comment, Line: Line{1, "# comment\n"}},
		{Kind: Blank, Line: Line{2, "\n"}},
		{Kind: Command, Line: Line{3, "lang en_US.UTF-8 # trailing\n"}, Name: "lang", Args: []string{"en_US.UTF-8"}},
		{Kind: Include, Line: Line{4, "%include /tmp/part\n"}, Name: "include", Args: []string{"/tmp/part"}},
		{Kind: Append, Line: Line{5, "%ksappend http://host/tail\n"}, Name: "ksappend", Args: []string{"http://host/tail"}},
		{Kind: Command, Line: Line{6, "rootpw --lock 'a b'\n"}, Name: "rootpw", Args: []string{"--lock", "a b"}},
		{
			Kind: Section, Line: Line{7, "%post --logfile /root/x --erroronfail\n"}, Name: "post",
			Args:    []string{"--logfile", "/root/x", "--erroronfail"},
			Options: []Option{{"log", "/root/x"}, {"erroronfail", ""}},
			Body:    []Line{{8, "echo \"100%\"\n"}, {9, "%wheel ALL\n"}},
			End:     Line{10, "  %end\n"},
		},
		{
			Kind: Section, Line: Line{11, "%addon com_redhat_kdump --enable\n"}, Name: "addon",
			Args: []string{"com_redhat_kdump", "--enable"},
			Rest: []string{"com_redhat_kdump", "--enable"},
			End:  Line{12, "%end"},
		},
	}
	if d := cmp.Diff(want, f.Nodes, equateEmpty()); d != "" {
		t.Errorf("nodes (-want +got):\n%s", d)
	}
	if !bytes.Equal(f.Bytes(), []byte(src)) {
		t.Errorf("the file doesn't come back as it was:\n%q", f.Bytes())
	}
}

func equateEmpty() cmp.Option {
	return cmp.Transformer("nilIfEmpty", func(s []string) []string {
		if len(s) == 0 {
			return nil
		}
		return append([]string{}, s...)
	})
}

func TestParseFaults(t *testing.T) {
	cases := []struct {
		name, syntax, src string
		want              []string
	}{
		{"clean", "RHEL9", "text\n%packages\n@core\n%end\n", nil},
		{"no %end at the end", "RHEL9", "text\n%packages\n@core\n",
			[]string{"k:3: %packages in line 2 is not closed with %end before the end of the file"}},
		{"no %end before the next section", "F41", "%pre\nls\n%post\nls\n%end\n",
			[]string{"k:3: %pre in line 1 is not closed with %end before %post"}},
		{"RHEL 5 needs no %end", "RHEL5", "%packages\n@core\n%post\nls\n", nil},
		{"Fedora 7 needs no %end", "F7", "%packages\n@core\n", nil},
		{"%end alone", "RHEL9", "text\n%end\n", []string{"k:2: %end, but no section is open"}},
		{"unknown section", "RHEL9", "%package\nvim\n%end\n",
			[]string{`k:1: unknown section %package; did you mean "packages"?`}},
		{"open quote", "RHEL9", "rootpw 'secret\n", []string{"k:1: a quotation mark is never closed"}},
		{"continued line", "RHEL9", "network --bootproto=dhcp \\\n",
			[]string{"k:1: the line ends in a backslash, but a kickstart command cannot go on in the next line"}},
		{"empty command", "RHEL9", "'' x\n", []string{"k:1: an empty pair of quotes where a command was expected"}},
		{"include of nothing", "RHEL9", "%include\n", []string{"k:1: %include takes a file or an address"}},
		{"%end with words and a comment", "RHEL9", "%post\n%end of it\n%post\n  %end# no end\n%end # that is one\n", nil},
		{"%end with an apostrophe behind it", "RHEL9", "%post\n%end # that's all\n", []string{
			"k:2: a quotation mark is never closed; here the installer splits what is behind a # too"}},
		{"a header with a comment", "RHEL9", "%packages # it's all\nvim\n%end\n", nil},
		{"a header with an option twice", "RHEL9", "%post --log=a --log=b --erroronfail --erroronfail\n%end\n", nil},
		{"a header with an option for a value", "RHEL9", "%post --log -x\n%end\n%post --log='-x y'\n%end\n%post --log '-x y' --interpreter ''\n%end\n", []string{
			"k:1: --log needs a value", `k:1: %post takes no "-x"`}},
		{"an unknown section in a known one is its text", "RHEL9", "%post\n%wheel ALL\n%\n%ends\n%end\n", nil},
		{"a known section in an unknown one", "RHEL9", "%nope\n%post\n%end\n", []string{
			"k:1: unknown section %nope", "k:2: %nope in line 1 is not closed with %end before %post"}},
		{"sections within one another", "RHEL9", "%pre\n%packages\n%post\n%end\n%end\n", []string{
			"k:2: %pre in line 1 is not closed with %end before %packages",
			"k:3: %packages in line 2 is not closed with %end before %post", "k:5: %end, but no section is open"}},
		{"old sections within one another", "RHEL5", "%pre\n%packages\n%post\n%end\n", nil},
		{"line ends of old and of others", "RHEL9", "text\rlang 'a\r\n%post\r%end\r\r\nlang \"b", []string{
			"k:2: a quotation mark is never closed", "k:6: a quotation mark is never closed"}},
		{"an include of more than one", "RHEL9", "%include a b\n%packages\n%include a b\n%include 'a\n%include ''\n%end\n", []string{
			"k:4: a quotation mark is never closed; here the installer splits what is behind a # too",
			"k:5: %include takes a file or an address"}},
		{"options", "RHEL9", "%post --nochrot --log\n%end\n%pre --nochroot --erroronfail=1\n%end\n%packages --ignoremising x\n%end\n", []string{
			`k:1: %post has no option --nochrot; did you mean "nochroot"?`,
			"k:1: --log needs a value",
			"k:3: %pre has no option --nochroot",
			"k:3: --erroronfail takes no value",
			`k:5: %packages has no option --ignoremising; did you mean "ignoremissing"?`,
			`k:5: %packages takes no "x"`,
		}},
		{"packages", "RHEL9", "%packages --default --nocore\nvim nano\n@\n-@x --optional\n@x --optional --nodefaults\n@y --optinal\n%end\n", []string{
			"k:1: %packages cannot have both --default and --nocore",
			`k:2: "vim nano": a line names one package; write each on its own`,
			"k:3: a name is missing after the mark",
			`k:4: the option --optional is only for a group that is asked for; did you mean "--optional"?`,
			"k:5: @x cannot have both --optional and --nodefaults",
			`k:6: a group has no option --optinal; did you mean "--optional"?`,
		}},
		{"binary", "RHEL9", "text\n\x00\n", []string{"k:2: a NUL byte: this is not a text file"}},
		{"byte order mark", "RHEL9", "\ufefftext\n", []string{"k:1: the file begins with a byte order mark, which the installer takes for a part of the first word; save it as plain UTF-8"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f, err := Parse("k", []byte(c.src), syntax(t, c.syntax))
			if d := cmp.Diff(c.want, lines(err)); d != "" {
				t.Errorf("faults (-want +got):\n%s", d)
			}
			if string(f.Bytes()) != c.src {
				t.Errorf("the source doesn't come back: %q", f.Bytes())
			}
			var fault *Fault
			if err != nil && (!errors.As(err, &fault) || fault.Line == 0) {
				t.Errorf("%v is no Fault with a line", err)
			}
		})
	}
}

func lines(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}

func TestRequests(t *testing.T) {
	cases := []struct {
		name, src string
		want      []string
	}{
		{"no section, no wish", "text\n", nil},
		{"core is implied", "%packages\nvim # the editor\n\n# all\n%end\n", []string{"@core", "vim"}},
		{"core is written", "%packages\n@core --nodefaults\n@core\n%end\n", []string{"@core --nodefaults"}},
		{"no core", "%packages --nocore\n@^server\n@ spaced name \n-sendmail*\n-@web\n-@^x\nkernel.x86_64\n%include /tmp/p\n%end\n",
			[]string{"@^server", "@spaced name", "-sendmail*", "-@web", "-@^x", "kernel.x86_64"}},
		{"core is excluded", "%packages\n-@core\nvim\n%end\n", []string{"-@core", "vim"}},
		{"two sections", "%packages\na\n%end\n%packages\n@b --optional\n%end\n", []string{"@core", "a", "@b --optional"}},
		{"modules", "%packages --nocore\n@nodejs:20/minimal\n%end\n", []string{"@nodejs:20/minimal"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f, err := Parse("k", []byte(c.src), rhel9(t))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range Requests(f) {
				got = append(got, r.String())
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("requests (-want +got):\n%s", d)
			}
		})
	}
	f, _ := Parse("k", []byte("text\n%packages\nvim\n%end\n"), rhel9(t))
	want := []Request{{Name: "core", Group: true, Implied: true, From: "k:2"}, {Name: "vim", From: "k:3"}}
	if d := cmp.Diff(want, Requests(f)); d != "" {
		t.Errorf("requests (-want +got):\n%s", d)
	}
}

func TestScripts(t *testing.T) {
	const src = "%pre\nls\n%end\n%post --interpreter=/usr/bin/python3 --log /tmp/l\n\nprint()\n%end\n%post --nochroot --erroron\n%end\n%packages\n%end\n"
	f, err := Parse("k", []byte(src), rhel9(t))
	if err != nil {
		t.Fatal(err)
	}
	want := []Script{
		{When: "pre", Line: 1, Interpreter: "/bin/sh", Body: "ls\n"},
		{When: "post", Line: 4, Interpreter: "/usr/bin/python3", Log: "/tmp/l", Chroot: true, Body: "\nprint()\n"},
		{When: "post", Line: 8, Interpreter: "/bin/sh", ErrorOnFail: true},
	}
	if d := cmp.Diff(want, f.Scripts()); d != "" {
		t.Errorf("scripts (-want +got):\n%s", d)
	}
}

func TestParseSyntax(t *testing.T) {
	for _, s := range []string{"RHEL3", "RHEL10", "FC6", "F7", "F41", "DEVEL"} {
		if got := syntax(t, s).String(); got != s {
			t.Errorf("%s comes back as %s", s, got)
		}
	}
	for _, s := range []string{"RHEL", "RHEL2", "F6", "FC7", "CentOS7", "F-1", "RHEL9x", "F999"} {
		if got, err := ParseSyntax(s); err == nil {
			t.Errorf("%s is taken for %v", s, got)
		}
	}
}
