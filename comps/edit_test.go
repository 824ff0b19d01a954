package comps

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const kept = `<?xml version="1.0" encoding="UTF-8"?>
<comps>
	<!-- the ground -->
	<group>
		<id>core</id>
		<name>Core</name>
		<packagelist>
			<!-- start -->
			<packagereq type="mandatory">bash</packagereq>   <!-- the shell -->
			<packagereq  type='mandatory' >zlib</packagereq>

			<packagereq type="optional">nano</packagereq>
			<!-- <packagereq>vim</packagereq> -->
		</packagelist>
	</group>

	<!-- more -->
	<group><id>web</id><name>Web &amp; more</name><packagelist/></group>

	<environment>
		<id>server</id>
		<grouplist>
			<groupid>core</groupid>
			<groupid>web</groupid>
		</grouplist>
	</environment>
	<category><id>all</id><grouplist><groupid>web</groupid><groupid>core</groupid></grouplist></category>
</comps>
`

func TestSourceEdits(t *testing.T) {
	add := func(group string, p Package) func(*Source) error {
		return func(s *Source) error { _, err := s.AddPackage(group, p); return err }
	}
	cases := []struct {
		name string
		do   func(*Source) error
		want []string // the lines that go, with -, and that come, with +
	}{
		{"behind the last of its type", add("core", Package{Name: "tar"}), []string{`+			<packagereq type="mandatory">tar</packagereq>`}},
		{"behind the last of all", add("Core", Package{Name: "vim", Type: Default}), []string{`+			<packagereq type="default">vim</packagereq>`}},
		{"a conditional one", add("core", Package{Name: "a", Type: Conditional, Requires: "b"}), []string{`+			<packagereq type="conditional" requires="b">a</packagereq>`}},
		{"another type", add("core", Package{Name: "nano", Type: Default}), []string{
			`-			<packagereq type="optional">nano</packagereq>`, `+			<packagereq type="default">nano</packagereq>`}},
		{"as it is", add("core", Package{Name: "zlib"}), nil},
		{"into a list in one line", add("web", Package{Name: "httpd"}), []string{
			`-	<group><id>web</id><name>Web &amp; more</name><packagelist/></group>`,
			`+	<group><id>web</id><name>Web &amp; more</name><packagelist><packagereq type="mandatory">httpd</packagereq></packagelist></group>`}},
		{"out, with its remark", func(s *Source) error { return s.RemovePackage("core", "bash") }, []string{
			`-			<packagereq type="mandatory">bash</packagereq>   <!-- the shell -->`}},
		{"a group", func(s *Source) error { return s.AddGroup(Group{Entry: Entry{ID: "db", Name: Text{Default: "D&B"}}}) }, []string{
			"+	<group>", "+		<id>db</id>", "+		<name>D&amp;B</name>", "+		<description/>", "+		<uservisible>false</uservisible>",
			"+		<packagelist>", "+		</packagelist>", "+	</group>", "+"}},
		{"no group", func(s *Source) error { _, err := s.RemoveGroup("web"); return err }, []string{
			`-	<group><id>web</id><name>Web &amp; more</name><packagelist/></group>`, `-			<groupid>web</groupid>`,
			`-	<category><id>all</id><grouplist><groupid>web</groupid><groupid>core</groupid></grouplist></category>`,
			`+	<category><id>all</id><grouplist><groupid>core</groupid></grouplist></category>`}},
		{"an option", func(s *Source) error {
			_, err := s.AddRef(Place{Environment: "server", Options: true}, "web")
			return err
		}, []string{
			"+		<optionlist>", "+			<groupid>web</groupid>", "+		</optionlist>"}},
		{"no part", func(s *Source) error { return s.RemoveRef(Place{Environment: "server"}, "Core") }, []string{"-			<groupid>core</groupid>"}},
	}
	for _, c := range cases {
		for _, newline := range []string{"\n", "\r\n"} {
			t.Run(c.name, func(t *testing.T) {
				before := strings.ReplaceAll(kept, "\n", newline)
				s, err := NewSource("comps.xml", []byte(before))
				if err != nil {
					t.Fatal(err)
				}
				if err := c.do(s); err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(c.want, changed(before, string(s.Bytes()), newline)); d != "" {
					t.Errorf("changed lines (-want +got):\n%s\n%s", d, s.Bytes())
				}
			})
		}
	}
}

// changed lists the lines by which a text differs: a longest common
// subsequence, which for few changes a walk finds.
func changed(before, after, newline string) (lines []string) {
	a, b := strings.Split(before, newline), strings.Split(after, newline)
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(a) > 0 && len(b) > 0 && a[0] == b[0]:
			a, b = a[1:], b[1:]
		case len(a) > 0 && (len(b) == 0 || len(a) > len(b) || !slices.Contains(b, a[0])):
			lines = append(lines, "-"+a[0])
			a = a[1:]
		default:
			lines = append(lines, "+"+b[0])
			b = b[1:]
		}
	}
	return lines
}

func TestSourceFaults(t *testing.T) {
	s, err := NewSource("c", []byte(kept))
	if err != nil {
		t.Fatal(err)
	}
	_, add1 := s.AddPackage("croe", Package{Name: "a"})
	_, add2 := s.AddPackage("core", Package{Name: "a >= 2"})
	_, add3 := s.AddPackage("core", Package{Name: "a", Type: Conditional})
	_, add4 := s.AddPackage("core", Package{Name: "a", Requires: "b"})
	_, ref := s.AddRef(Place{Category: "al"}, "core")
	for _, c := range []struct {
		err  error
		want string
	}{
		{add1, `c has no group "croe"; did you mean "Core" or "core"?`},
		{add2, `"a >= 2" is not the name of a package; give one name, without a version or a pattern`},
		{add3, `the package that a conditional one waits for without a name`},
		{add4, `a waits for b: only a conditional package does that`},
		{s.RemovePackage("core", "nan"), `the group "core" has no package "nan"; did you mean "nano"?`},
		{s.AddGroup(Group{Entry: Entry{ID: "web"}}), `c:18: there is a group "web" already`},
		{s.AddGroup(Group{Entry: Entry{ID: "a\x01"}}), "the group \"a\\x01\": its id holds \"\\x01\", which XML has no place for"},
		{s.AddGroup(Group{}), `group without an id: nothing can ask for it`},
		{ref, `c has no category "al"; did you mean "all"?`},
		{s.RemoveRef(Place{Environment: "server", Options: true}, "wbe"), `the environment "server" has no group "wbe"; did you mean "web"?`},
	} {
		if c.err == nil || c.err.Error() != c.want {
			t.Errorf("got %v, want %s", c.err, c.want)
		}
	}
	if string(s.Bytes()) != kept {
		t.Error("a refused change changed the file")
	}
	if _, err := NewSource("c", []byte(`<?xml version="1.0" encoding="ISO-8859-1"?><comps/>`)); err == nil || !strings.Contains(err.Error(), "save it as UTF-8") {
		t.Errorf("another encoding: %v", err)
	}
}

func TestSourceFromNothing(t *testing.T) {
	for _, text := range []string{Empty, "<comps/>", "<comps></comps>", "<comps>\n\n</comps>"} {
		s, err := NewSource("c", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.AddGroup(Group{Entry: Entry{ID: "a", Name: Text{Default: "A"}}, UserVisible: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.AddPackage("a", Package{Name: "one"}); err != nil {
			t.Fatal(err)
		}
		want := "  <group>\n    <id>a</id>\n    <name>A</name>\n    <description/>\n    <packagelist>\n" +
			"      <packagereq type=\"mandatory\">one</packagereq>\n    </packagelist>\n  </group>\n"
		if !strings.Contains(string(s.Bytes()), want) {
			t.Errorf("from %q:\n%s", text, s.Bytes())
		}
	}
}

// TestCorpusEdits adds and takes out in every real file, and holds all else to
// what it was.
func TestCorpusEdits(t *testing.T) {
	files, paths := sound(t)
	rows, agree := 0, 0
	for _, c := range files {
		text, err := os.ReadFile(paths[c])
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []int{len(c.Groups) / 2, 0, len(c.Groups) - 1} {
			if at < 0 || at >= len(c.Groups) || at != len(c.Groups)/2 && len(text) > 100_000 {
				continue
			}
			rows++
			if fault := edits(text, c.Groups[at]); fault != "" {
				t.Errorf("%s, group %q: %s", c.Name, c.Groups[at].ID, fault)
				continue
			}
			agree++
		}
	}
	if rows == 0 {
		t.Error("nothing was changed")
	}
	t.Logf("comps-edits: %d rows, %d agree, %d differ", rows, agree, rows-agree)
}

// edits adds a member and takes it out, adds a group and takes it out, and
// takes out a member that was there.
func edits(text []byte, g Group) (fault string) {
	s, err := NewSource("c", text)
	if err != nil {
		return err.Error()
	}
	if _, err := s.AddPackage(g.ID, Package{Name: "zz-new", Type: Optional}); err != nil {
		return err.Error()
	}
	line := []byte(`<packagereq type="optional">zz-new</packagereq>`)
	if bytes.Count(s.Bytes(), line) != 1 || len(g.Packages) > 0 && !sameLess(text, s.Bytes(), line) {
		return "adding a member changed something else"
	}
	if err := s.RemovePackage(g.ID, "zz-new"); err != nil {
		return err.Error()
	}
	if len(g.Packages) > 0 && !bytes.Equal(s.Bytes(), text) {
		return "adding and taking out a member left a trace: " + trace(text, s.Bytes())
	}
	before := s.Bytes()
	if err := s.AddGroup(Group{Entry: Entry{ID: "zz-group"}}); err != nil {
		return err.Error()
	}
	if _, err := s.RemoveGroup("zz-group"); err != nil {
		return err.Error()
	}
	if !bytes.Equal(before, s.Bytes()) {
		return "adding and taking out a group left a trace: " + trace(before, s.Bytes())
	}
	if len(g.Packages) == 0 || g.Packages[0].Name == "" {
		return ""
	}
	if err := s.RemovePackage(g.ID, g.Packages[0].Name); err != nil {
		return err.Error()
	}
	left := s.Comps().Group(g.ID)
	want := slices.DeleteFunc(slices.Clone(g.Packages), func(p Package) bool { return p.Name == g.Packages[0].Name })
	if len(left.Packages) != len(want) {
		return "taking out a member took out others"
	}
	return ""
}

// trace shows where two texts begin to differ.
func trace(a, b []byte) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	return fmt.Sprintf("at byte %d: %.80q became %.80q", i, a[i:], b[i:])
}

// sameLess reports whether a text is another one less a part of it and the
// blanks in front of that.
func sameLess(before, after, part []byte) bool {
	i := bytes.Index(after, part)
	head := bytes.TrimRight(after[:i], " \t\r\n")
	return bytes.HasPrefix(before, head) && bytes.HasSuffix(before, after[i+len(part):]) &&
		len(after)-len(part)-len(before) == i-len(head)-(len(before)-len(head)-len(after[i+len(part):]))
}
