package kickstart

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cdbuilder/internal/judge"

	"github.com/google/go-cmp/cmp"
)

func TestFormat(t *testing.T) {
	cases := []struct{ name, syntax, src, want string }{
		{"nothing", "RHEL9", "", ""},
		{"nothing but blank lines", "RHEL9", "\n \n\t\n", ""},
		{"canonical already", "RHEL9", "# a\ntext\n\n%packages\nvim\n%end\n", "# a\ntext\n\n%packages\nvim\n%end\n"},
		{"blanks and line ends", "RHEL9", "\r\n  lang  en_US  \r\n\ttext\t\n\n\n \nreboot", "lang  en_US\ntext\n\nreboot\n"},
		{"around sections", "RHEL9", "text\n%pre\nls\n%end\n%post\nls\n%end\nreboot\n", "text\n\n%pre\nls\n%end\n\n%post\nls\n%end\n\nreboot\n"},
		{"comments on a section", "RHEL9", "text\n# one\n# two\n%pre\n%end\n# three\n\n# four\n%post\n%end\n# five\n",
			"text\n\n# one\n# two\n%pre\n%end\n\n# three\n\n# four\n%post\n%end\n\n# five\n"},
		{"headers and ends", "RHEL9", " %post  --log=/x  # why \n%end  # of it \n\n\n", "%post  --log=/x  # why\n%end  # of it\n"},
		{"scripts stay", "RHEL9", "%post\n\n\n  echo x  \r\n\t\n%end \r\n%addon a\n  b \n%end\n", "%post\n\n\n  echo x  \r\n\t\n%end\n\n%addon a\n  b \n%end\n"},
		{"packages are trimmed", "RHEL9", "%packages\n  @core --nodefaults \n\t# why  \n \n\n- vim # it \r\n%end", "%packages\n@core --nodefaults\n# why\n\n\n- vim # it\n%end\n"},
		{"a blank behind a backslash", "RHEL9", "lang a\\ \nlang b\\  \n", "lang a\\ \nlang b\\  \n"},
		{"an open quote", "RHEL9", "lang 'a \ntext \n", "lang 'a \ntext\n"},
		{"a section without an end", "RHEL5", "text\n%packages\nvim \n\n%post\nls \n\n%post\nls ", "text\n\n%packages\nvim\n\n%post\nls \n\n%post\nls "},
		{"includes", "RHEL9", "  %include  /tmp/x \n%packages\n %include y \n%end\n%ksappend z\n", "%include  /tmp/x\n\n%packages\n%include y\n%end\n\n%ksappend z\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f, _ := Parse("k", []byte(c.src), syntax(t, c.syntax))
			got := string(Format(f))
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("layout (-want +got):\n%s", d)
			}
			formatHolds(t, []byte(c.src), syntax(t, c.syntax))
		})
	}
}

// formatHolds checks of one source what Format promises: it means the same, and
// a second time nothing changes.
func formatHolds(t *testing.T, src []byte, syn Syntax) {
	t.Helper()
	before, err := Parse("k", src, syn)
	out := Format(before)
	after, err2 := Parse("k", out, syn)
	if again := Format(after); !bytes.Equal(again, out) {
		t.Fatalf("%q is laid out as %q, and that as %q", src, out, again)
	}
	if (err == nil) != (err2 == nil) {
		t.Fatalf("%q: %v; laid out as %q: %v", src, err, out, err2)
	}
	if d := cmp.Diff(meaning(before), meaning(after)); d != "" {
		t.Fatalf("%q is laid out as %q and means something else (-before +after):\n%s", src, out, d)
	}
}

// meaning is what a file says, without where it says it.
func meaning(f *File) []string {
	var all []string
	add := func(kind string, parts ...string) { all = append(all, kind+" "+strings.Join(parts, "\x00")) }
	for i := range f.Nodes {
		n := &f.Nodes[i]
		switch n.Kind {
		case Blank:
			continue
		case Comment:
			add("comment", strings.TrimSpace(n.Text()))
			continue
		}
		add("node", append([]string{string('0' + rune(n.Kind)), n.Name}, n.Args...)...)
		if n.Kind != Section {
			continue
		}
		for _, o := range n.Options {
			add("option", o.Name, o.Value)
		}
		add("rest", n.Rest...)
		if n.End.Raw != "" {
			add("end")
		}
		for _, l := range n.Body {
			if n.Name == "packages" {
				add("line", strings.Trim(l.Text(), " \t\v\f\r"))
			} else {
				add("line", l.Raw)
			}
		}
	}
	for _, r := range Requests(f) {
		add("request", r.String())
	}
	for _, s := range f.Scripts() {
		s.Line = 0
		add("script", s.When, s.Interpreter, s.Log, s.Body)
	}
	return all
}

func FuzzFormat(f *testing.F) {
	for _, s := range []string{
		"text\n%packages\n a \n%end\n", "%post\n \n%end", "# a\n%pre\n%end\n# b\n%post\nx", "a\\ \n'b \n", "\r\r\n%end\n", "\ufeff a\n", "\u00a0\n",
		"%x\n%end\n", "%packages\n# \n\n", " # a\n\n # b\n%packages\n%end\n%packages\n%end\n# c", "lang a\\\n", "'' \nlang a\f \n", "%packages\n\v\na\f\n%end\n",
	} {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	f.Fuzz(func(t *testing.T, src []byte, old bool) {
		syn := Syntax{"RHEL", 9}
		if old {
			syn.Number = 5
		}
		formatHolds(t, src, syn)
	})
}

// TestCorpusFormat lays out every kickstart of the corpus.
func TestCorpusFormat(t *testing.T) {
	for _, class := range []string{"kickstart", "kickstart-trees", "kickstart-templates"} {
		dir := judge.Corpus(t, class)
		files, changed := 0, 0
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) == ".tsv" {
				return err
			}
			src, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			files++
			formatHolds(t, src, Syntax{"RHEL", 9})
			formatHolds(t, src, Syntax{"RHEL", 5})
			f, _ := Parse(path, src, Syntax{})
			if !bytes.Equal(Format(f), src) {
				changed++
			}
			return nil
		})
		if err != nil || files == 0 {
			t.Fatalf("%s: %d files, %v", class, files, err)
		}
		t.Logf("%s: %d files laid out, each means the same and stays so; %d of them were not canonical", class, files, changed)
	}
}
