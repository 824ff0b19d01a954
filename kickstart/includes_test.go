package kickstart

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// tree reads a tree from files, of which the first is the root: name, text,
// name, text, …
func tree(t testing.TB, version string, files ...string) (*Tree, error) {
	t.Helper()
	fsys := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	tr, err := ReadTree(files[0], []byte(files[1]), syntax(t, version), Dir(fsys, ""), Limits{})
	for _, f := range tr.Files() {
		if want := string(fsys[f.Name].Data); string(f.Bytes()) != want {
			t.Errorf("%s comes back as %q", f.Name, f.Bytes())
		}
	}
	return tr, err
}

func TestTreeOrder(t *testing.T) {
	tr, err := tree(t, "RHEL9",
		"ks/a.ks", "lang en_US\n%include parts/b.ks # the disk\n%include parts/b.ks\n%packages\nvim\n%include list\nnano\n%end\n%post\nls\n%end\nreboot\n",
		"ks/parts/b.ks", "clearpart --all\n%include c.ks\n",
		"ks/c.ks", "the one beside the including file goes before",
		"ks/parts/c.ks", "part / --size=1\n%post\necho c\n%end\n",
		"ks/list", "# a comment\n\n@web\n%include more\nemacs\n%end\nselinux --enforcing\n",
		"ks/more", "-sendmail\n")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for f, n := range tr.All() {
		got = append(got, fmt.Sprintf("%s:%d %s", f.Name, n.Number, n.Name))
	}
	want := []string{
		"ks/a.ks:1 lang", "ks/a.ks:2 include", "ks/parts/b.ks:1 clearpart", "ks/parts/b.ks:2 include", "ks/parts/c.ks:1 part", "ks/parts/c.ks:2 post",
		"ks/a.ks:3 include", "ks/parts/b.ks:1 clearpart", "ks/parts/b.ks:2 include", "ks/parts/c.ks:1 part", "ks/parts/c.ks:2 post",
		"ks/a.ks:4 packages", "ks/list:1 ", "ks/list:2 ", "ks/list:7 selinux", "ks/a.ks:9 post", "ks/a.ks:12 reboot",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("nodes (-want +got):\n%s", d)
	}
	got = nil
	for _, r := range tr.Requests() {
		got = append(got, r.From+" "+r.String())
	}
	want = []string{"ks/a.ks:4 @core", "ks/a.ks:5 vim", "ks/list:3 @web", "ks/more:1 -sendmail", "ks/list:5 emacs", "ks/a.ks:7 nano"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("requests (-want +got):\n%s", d)
	}
	if n := len(tr.Files()); n != 7 {
		t.Errorf("%d files", n)
	}
	if inc := tr.Included(tr.Root, 6); inc == nil || inc.Section != "packages" || inc.File.Name != "ks/list" {
		t.Errorf("line 6: %+v", inc)
	}
}

func TestTreeScripts(t *testing.T) {
	tr, err := tree(t, "RHEL9",
		"a.ks", "%ksappend head\n%pre --log=/x\ncat <<E\n%include text\n%include /tmp/none\nE\n%end\n%post --interpreter=/bin/perl\n%ksappend tail\nlang en_US\n",
		"head", "%post\necho 1\n%end\n",
		"text", "# dropped\n\n%include deeper\n# kept\nit's here\n",
		"deeper", "deep\n",
		"tail", "print 1\n%end\n%onerror\n%include end")
	var got []string
	for f, s := range tr.Scripts() {
		got = append(got, fmt.Sprintf("%s:%d %s %s", f.Name, s.Line, s.When, s.Body))
	}
	want := []string{
		"head:1 post echo 1\n",
		"a.ks:2 pre cat <<E\ndeep\nit's here\n%include /tmp/none\nE\n",
		"a.ks:8 post print 1\n",
		"tail:3 onerror %include endlang en_US\n",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("scripts (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{
		"a.ks:10: %onerror in line 9 is not closed with %end before the end of the file",
		"text:5: a quotation mark is never closed: the installer splits the first line of an included file into words, also in a script",
		"tail:4: %include end: there is no such file",
	}, lines(err)); d != "" {
		t.Errorf("faults (-want +got):\n%s", d)
	}
}

func TestTreeFaults(t *testing.T) {
	cases := []struct {
		name, syntax string
		files        []string
		want         []string
	}{
		{"nothing wrong", "RHEL9", []string{"a", "%include b\n", "b", "text\n"}, nil},
		{"missing", "RHEL9", []string{"d/a", "text\n%include b\n"}, []string{"d/a:2: %include b: there is no such file"}},
		{"a circle of one", "RHEL9", []string{"a", "%include ./a\n"}, []string{"a:1: %include ./a: a circle: a:1 includes a"}},
		{"a circle of three", "RHEL9", []string{"a", "%include x/b\n", "x/b", "\n%include c\n", "x/c", "%packages\n%include ../x/b\n%end\n"},
			[]string{"x/c:2: %include ../x/b: a circle: x/b:2 includes x/c, x/c:2 includes x/b"}},
		{"twice is no circle", "RHEL9", []string{"a", "%include b\n%include b\n", "b", "text"}, nil},
		{"out of the directory", "RHEL9", []string{"a", "%include ../../etc/shadow\n"},
			[]string{"a:1: %include ../../etc/shadow: refused: ../../etc/shadow leads out of the directory that includes are read from"}},
		{"a directory", "RHEL9", []string{"a", "%include d\n", "d/x", ""}, []string{"a:1: %include d: refused: d is no regular file"}},
		{"an unknown scheme", "RHEL9", []string{"a", "%include nfs://host/x\n"},
			[]string{"a:1: %include nfs://host/x: refused: the installer fetches no nfs:// here; write a path, http:// or https://"}},
		{"a fault in a file that is included twice", "RHEL9", []string{"a", "%include b\n%include b\n", "b", "'\n"}, []string{"b:1: a quotation mark is never closed"}},
		{"a section that its file doesn't close", "RHEL9", []string{"a", "%include b\n%end\n", "b", "text\n%post\nls\n"}, []string{
			"a:2: %end, but no section is open",
			"b:3: %post in line 2 is not closed with %end before the end of the included file, and the installer then skips the rest of the kickstart"}},
		{"a section opened within an included section", "RHEL9", []string{"a", "%packages\n%include b\n%end\n", "b", "vim\n%post\nls\n"}, []string{
			"b:2: %packages is not closed with %end before %post", "b:3: %post in line 2 is not closed with %end before the end of the included file"}},
		{"a section before %end was needed", "RHEL5", []string{"a", "%include b\nnano\n%post\nls\n", "b", "text\n%packages\nvim\n"}, nil},
		{"a section that an appended file opens", "RHEL9", []string{"a", "%ksappend b\nls\n%end\ntext\n", "b", "%post\n"}, nil},
		{"a section that an appended file closes", "RHEL9", []string{"a", "%post\n%ksappend b\ntext\n", "b", "%end\n"}, nil},
		{"a package list", "RHEL9", []string{"a", "%packages\n%include b\n%end\n", "b", "vim nano\n"}, []string{
			`b:1: "vim nano": a line names one package; write each on its own`}},
		{"no file", "RHEL9", []string{"a", "%packages\n%include\n%end\n%include ''\n"}, []string{
			"a:2: %include takes a file or an address", "a:4: %include takes a file or an address"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := tree(t, c.syntax, c.files...)
			if d := cmp.Diff(c.want, lines(err)); d != "" {
				t.Errorf("faults (-want +got):\n%s", d)
			}
		})
	}
}

func TestTreeFindings(t *testing.T) {
	const src = "%include /tmp/part-include\n%include /tmp/else\n%include /run/install/repo/x.ks\n%include http://host/x\n%include b c\n" +
		"%include b\n%pre\nx=/tmp\necho part >> $x/part-include\n%end\n"
	tr, err := tree(t, "RHEL9", "a", src, "b", "%ksappend c\n", "c", "text\n")
	if err != nil {
		t.Error(err)
	}
	var got []string
	for _, f := range tr.Findings() {
		got = append(got, f.String())
	}
	want := []string{
		"a:1: note: /tmp/part-include is made when %pre runs, so that what is in it is not judged here [include-unseen]",
		"a:2: warning: no %pre script speaks of /tmp/else: unless the installer brings it along, the installation stops here [include-unmade]",
		"a:3: note: /run/install/repo/x.ks is on the medium, and is not judged here [include-unseen]",
		"a:4: note: http://host/x is not fetched, so that what is in it is not judged here [include-unseen]",
		"a:5: warning: the installer reads one file from a line, b, and nothing of the rest [include-words]",
		"b:1: warning: the installer follows %ksappend in the first file only; write %include [include-skipped]",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("findings (-want +got):\n%s", d)
	}
	if n := len(tr.Unresolved()); n != 6 {
		t.Errorf("%d unresolved", n)
	}
}

func TestTreeOldSectionsGoOn(t *testing.T) {
	tr, err := tree(t, "RHEL5", "a", "%include b\nnano\n%post\nls\n", "b", "text\n%packages\nvim\n")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range tr.Requests() {
		got = append(got, r.From+" "+r.String())
	}
	if d := cmp.Diff([]string{"b:2 @core", "b:3 vim", "a:2 nano"}, got); d != "" {
		t.Errorf("requests (-want +got):\n%s", d)
	}
}

func TestTreeFromTheWeb(t *testing.T) {
	web := map[string]string{"http://host/d/x.ks": "text\n%include local\n%include https://host/none\n"}
	fetch := func(address string) (io.ReadCloser, error) {
		s, ok := web[address]
		if !ok {
			return nil, fmt.Errorf("404 not found")
		}
		return io.NopCloser(strings.NewReader(s)), nil
	}
	files := Dir(fstest.MapFS{"local": {Data: []byte("cmdline\n")}}, "top")
	tr, err := ReadTree("top/a", []byte("%include http://host/d/x.ks\n"), rhel9(t), Web(files, fetch), Limits{})
	if d := cmp.Diff([]string{"http://host/d/x.ks:3: %include https://host/none: 404 not found"}, lines(err)); d != "" {
		t.Errorf("faults (-want +got):\n%s", d)
	}
	var names []string
	for _, f := range tr.Files() {
		names = append(names, f.Name)
	}
	if d := cmp.Diff([]string{"top/a", "http://host/d/x.ks", "top/local"}, names); d != "" {
		t.Errorf("files (-want +got):\n%s", d)
	}
}

// TestDirStaysInside holds that a symbolic link doesn't lead out.
func TestDirStaysInside(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	top := filepath.Join(dir, "top")
	if err := os.Mkdir(top, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../secret", filepath.Join(top, "link")); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(top)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	tr, err := ReadTree("a", []byte("%include link\n"), rhel9(t), Dir(root.FS(), ""), Limits{})
	if err == nil || len(tr.Files()) != 1 || tr.Includes[0].Reason != Unreadable {
		t.Errorf("the link is followed: %v, %d files", err, len(tr.Files()))
	}
}

// endless includes one file more in each file.
func endless(lines int) Opener {
	n := 0
	return func(string, *File) (io.ReadCloser, string, error) {
		n++
		return io.NopCloser(strings.NewReader(strings.Repeat("%include x\n", lines))), fmt.Sprint(n), nil
	}
}

func TestTreeLimits(t *testing.T) {
	same := func(string, *File) (io.ReadCloser, string, error) {
		return io.NopCloser(strings.NewReader(strings.Repeat("text # a line\n", 100))), "b", nil
	}
	thrice := func(ref string, _ *File) (io.ReadCloser, string, error) {
		next := map[string]string{"a": "%include b\n", "b": "%include c\n", "c": "text\n"}[ref]
		return io.NopCloser(strings.NewReader(strings.Repeat(next, 100))), ref, nil
	}
	cases := []struct {
		name, src string
		open      Opener
		want      string
	}{
		{"10,000 deep", "%include x\n", endless(1), "64:1: %include x: files include one another more than 64 deep; nothing more is included"},
		{"each file includes ten", "%include x\n", endless(10), "more than 64 deep; nothing more"},
		{"each file includes ten, three deep", strings.Repeat("%include a\n", 100), thrice, "larger than 10000 files"},
		{"a million times the same", strings.Repeat("%include x\n", 200_000), same, "nothing more is included"},
		{"a file without an end", "%include x\n", func(string, *File) (io.ReadCloser, string, error) {
			return io.NopCloser(zeros{}), "zeros", nil
		}, "zeros:1: 16777217 bytes: a kickstart has at most 16777216"},
		{"is not there, after all", "%include x\n", func(string, *File) (io.ReadCloser, string, error) {
			return nil, "", fs.ErrPermission
		}, "permission denied"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			tr, err := ReadTree("root", []byte(c.src), rhel9(t), c.open, Limits{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%.300s, want %q", fmt.Sprint(err), c.want)
			}
			if n := len(tr.Files()); n > 10_001 {
				t.Errorf("%d files", n)
			}
			if d := time.Since(start); d > time.Minute {
				t.Errorf("took %v", d)
			}
			for range tr.Scripts() {
				t.Error("a script from nowhere")
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '#'
	}
	return len(p), nil
}
func (zeros) Close() error { return nil }
